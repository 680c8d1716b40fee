"""Starts the process of a skill, in a home of its own, and asks it once what its tools are."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from assistant.errors import SkillLoadError
from assistant.skillbox.consent import Agreement
from assistant.skillbox.description import Description, read_description
from assistant.skillbox.protocol import MAX_MESSAGE_BYTES, ProtocolError, Ready, enforced_of, first, read_first
from assistant.skillbox.sandbox import Enforced, Policy, environment, interpreter, prepare_home
from assistant.types import JsonDict
from assistant.wire import pack

START_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """All that the process of one skill is given. `must`: it may only run where the kernel confines it.

    `grants` are the real paths of folders (`links`, by name) and of devices that the user gave.
    """

    id: str
    folder: Path
    package: str
    language: str
    texts: Mapping[str, str]
    must: bool
    homes: Path
    read: Mapping[str, str] = field(default_factory=dict)
    write: Mapping[str, str] = field(default_factory=dict)
    devices: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Running:
    """A process that was started and greeted; `socket` is our end."""

    process: subprocess.Popen[bytes]
    socket: socket.socket
    home: Path

    def kill(self) -> None:
        """End it at once, with what it may have left behind; safe to call twice."""
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if self.process.returncode is None:
                    kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.socket.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def rest(self, stopped: bool) -> None:
        """Stop it between two calls, so that it can do nothing then; or let it go on."""
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGSTOP if stopped else signal.SIGCONT)

    def memory_kb(self) -> int:
        """Resident memory, 0 when it is gone."""
        return self._number("status", "VmRSS:")

    def cpu_s(self) -> float:
        """CPU time used so far."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _number(self, file: str, label: str) -> int:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{self.process.pid}/{file}").read_text(encoding="ascii").splitlines():
                if line.startswith(label):
                    return int(line.split()[1])
        return 0


def launch_of(agreement: Agreement, texts: Mapping[str, str], *, folder: Path, language: str, must: bool) -> Launch:
    """What the agreement gives to the process; a folder that is gone by now is not given."""
    grants = {name: path for name, path in agreement.grants.items() if Path(path).exists()}
    ways = {way: {entry.partition(":")[2] for entry in agreement.permissions.files if entry.startswith(f"{way}:")}
            for way in ("read", "write")}  # fmt: skip
    return Launch(
        id=agreement.id, folder=folder, package=agreement.package, language=language, texts=texts, must=must,
        homes=folder.parent.parent / ".run",
        read={name: path for name, path in grants.items() if name in ways["read"] - ways["write"]},
        write={name: path for name, path in grants.items() if name in ways["write"]},
        devices={name: path for name, path in grants.items() if name in agreement.permissions.devices},
    )  # fmt: skip


def start(launch: Launch) -> Running:
    """Start the process and greet it; its first message is still to be read. Raises: SkillLoadError."""
    try:
        launch.homes.mkdir(mode=0o700, parents=True, exist_ok=True)
        home = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-{launch.id}-", dir=launch.homes))
        prepare_home(home)
        for name, path in {**launch.read, **launch.write, **launch.devices}.items():
            (home / name).symlink_to(path)
        ours, theirs = socket.socketpair()
        try:
            process = subprocess.Popen(
                [*interpreter(), "assistant.skillbox.child", str(theirs.fileno())],
                pass_fds=[theirs.fileno()], env=environment(str(home)), cwd=home, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        finally:
            theirs.close()
    except OSError as error:
        raise SkillLoadError(f"Its process cannot be started: {(error.strerror or str(error)).lower()}.") from None
    running = Running(process=process, socket=ours, home=home)
    try:
        ours.sendall(pack(_hello(launch, home)))
    except OSError:
        running.kill()
        raise SkillLoadError("Its process ended at once.") from None
    return running


def describe(launch: Launch, cache: Path) -> Description:
    """The skill's tools: from the file `cache` if it holds them, else from a process that is started and ended.

    `cache` belongs to exactly these files and this language. Raises: SkillLoadError.
    """
    with contextlib.suppress(OSError, ValueError, SkillLoadError):
        if cache.stat().st_size <= MAX_MESSAGE_BYTES:
            return read_description(json.loads(cache.read_bytes()))
    running = start(launch)
    try:
        ready, _ = greeted(read_first(running.socket, START_PATIENCE_S))
    except (OSError, ProtocolError):
        raise SkillLoadError("Its process ended or hung while it was loaded.") from None
    finally:
        running.kill()
    description = read_description(ready)
    with contextlib.suppress(OSError):
        part = cache.with_suffix(".part")
        part.write_text(json.dumps(ready), encoding="utf-8")
        part.replace(cache)
    return description


def greeted(message: object) -> tuple[JsonDict, Enforced]:
    """The tools and the confinement that a process told first. Raises: ProtocolError; SkillLoadError: it refused."""
    answer = first(message)
    if isinstance(answer, Ready):
        return answer.ready, enforced_of(answer.enforced)
    raise SkillLoadError(answer.refused)


def sweep(homes: Path) -> None:
    """Remove the homes of processes whose daemon died without doing so."""
    for home in homes.glob("*-*"):
        pid = home.name.partition("-")[0]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            shutil.rmtree(home, ignore_errors=True)


def _hello(launch: Launch, home: Path) -> JsonDict:
    policy = Policy(
        home=str(home),
        read=(str(launch.folder), *launch.read.values()),
        write=tuple(launch.write.values()),
        devices=tuple(launch.devices.values()),
    )
    return {
        "folder": str(launch.folder), "package": launch.package, "language": launch.language,
        "texts": dict(launch.texts), "must": launch.must, "policy": asdict(policy), "parent": os.getpid(),
    }  # fmt: skip
