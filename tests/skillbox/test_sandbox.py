"""The layers of the confinement, each for itself, and that nothing is promised that is not enforced."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.skillbox import landlock, sandbox, seccomp

pytestmark = pytest.mark.contract

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the confinement is made of Linux calls")


def outcome(code: str, home: Path) -> dict[str, str]:
    """Run code with `policy` in a process of its own; it prints one JSON object."""
    start = (
        "import ctypes, json, os, socket\nfrom assistant.skillbox import landlock, sandbox, seccomp\n"
        f"policy = sandbox.Policy(home={sandbox.prepare_home(home)!r})\n"
        "def attempt(action):\n    try:\n        action()\n    except (OSError, MemoryError) as error:\n"
        "        return type(error).__name__\n    return 'done'\n"
    )
    done = subprocess.run([sys.executable, "-c", start + code], capture_output=True, text=True, check=True)
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_what_is_told_is_what_a_process_tried() -> None:
    """`enforced` comes from a process that tried; where a layer is missing its part is false, so nothing is claimed."""
    found = sandbox.enforced()
    assert found.contained == (found.file and found.network)
    assert (landlock.abi() > 0) >= found.file
    assert sandbox.Enforced().missing == ("file", "network", "memory", "processes")


@LINUX
def test_the_network_namespace_alone_stops_datagrams(tmp_path: Path) -> None:
    """S2: UDP, which Landlock does not know, ends in the empty namespace even without the filter of calls."""
    code = (
        "left = sandbox._leave(policy)[0]\n"
        "send = lambda to: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', to)\n"
        "print(json.dumps({'left': left, 'out': attempt(lambda: send(('192.0.2.1', 53))),"
        " 'near': attempt(lambda: send(('127.0.0.1', 53)))}))"
    )
    found = outcome(code, tmp_path)
    if not found["left"]:
        pytest.skip("this kernel lets nobody have a network namespace of his own")
    assert ("OSError", "OSError") == (found["out"], found["near"])


@LINUX
def test_landlock_alone_closes_files(tmp_path: Path) -> None:
    """S1: with Landlock alone only the named folder can be read."""
    if landlock.abi() == 0:
        pytest.skip("this kernel has no Landlock")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("x")
    (tmp_path / "other").write_text("x")
    code = (
        "sandbox._prctl(38, 1)\n"
        f"landlock.restrict([({str(tmp_path / 'mine')!r}, landlock.READ)])\n"
        f"print(json.dumps({{'mine': attempt(lambda: open({str(tmp_path / 'mine' / 'file')!r})),"
        f" 'write': attempt(lambda: open({str(tmp_path / 'mine' / 'file')!r}, 'w')),"
        f" 'other': attempt(lambda: open({str(tmp_path / 'other')!r})),"
        " 'connect': attempt(lambda: socket.create_connection(('127.0.0.1', 9)))}))"
    )
    found = outcome(code, tmp_path / "home")
    assert ("done", "PermissionError", "PermissionError") == (found["mine"], found["write"], found["other"])
    assert landlock.abi() < 4 or found["connect"] == "PermissionError"


@LINUX
def test_an_old_kernel_is_told_of_as_it_is(tmp_path: Path) -> None:
    """Where Landlock and the filter are missing, the process says so by what it could do."""
    code = (
        "def none(*arguments): raise OSError('not here')\n"
        "landlock.restrict = seccomp.install = none\n"
        "sandbox._leave = lambda policy: (False, False)\n"
        "from dataclasses import asdict\nprint(json.dumps(asdict(sandbox.confine(policy, os.getppid()))))"
    )
    found = outcome(code, tmp_path)
    assert {"file": False, "network": False, "memory": True, "processes": False, "tmp": False} == found


def test_the_filter_is_well_formed() -> None:
    """Every jump of the filter stays inside it, and every path ends in a verdict, on both architectures."""
    for machine in ("x86_64", "aarch64"):
        program = seccomp._program(machine, 4711)
        assert len(program) < 4096
        for place, (code, yes, no, value) in enumerate(program):
            assert place + 1 + max(yes, no) < len(program) or code == seccomp._RETURN
            struct.pack("=HBBI", code, yes, no, value)
        assert seccomp._RETURN == program[-1][0]
    with pytest.raises(OSError, match="riscv64"):
        seccomp._program("riscv64", 1)


def test_the_numbers_of_the_calls_are_distinct() -> None:
    """No call is listed twice by mistake: each number stands for one name on each architecture."""
    for column in (0, 1):
        numbers = [pair[column] for pair in seccomp._REFUSED.values() if pair[column]]
        assert len(numbers) == len(set(numbers))


def test_the_environment_is_bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of our own environment is passed on."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    found = sandbox.environment("/home/of/skill")
    assert {"HOME", "TMPDIR", "LANG"} == {name for name in found if not name.endswith("_THREADS")}
    assert found["HOME"] != os.environ.get("HOME")
