"""Starts the program of an MCP server with as little as it needs: its folders, no sockets but those agreed to.

A skill's own process may neither start programs nor open sockets, so its sandbox does not fit here. This one keeps
what can be kept for a foreign program: Landlock on files, a filter of system calls, a network namespace where there is
to be no network, limits of size and number, no new privileges. It ends with the assistant.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import platform
import resource
import socket
import struct
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assistant.skillbox import landlock, sandbox, seccomp

NOT_CONFINED = 97
"""Exit code: this machine does not enforce what must be."""

PATH = "/usr/local/bin:/usr/bin:/bin"
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/ssl", "/etc/pki", "/etc/ca-certificates",
           "/etc/alternatives", "/etc/ld.so.cache", "/etc/localtime", "/etc/mime.types")  # fmt: skip
_RESOLVER = ("/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf",
             "/etc/services", "/run/systemd/resolve")  # fmt: skip
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_PROGRAM = landlock.READ | 1 << 0  # and execute
# what a program with children needs and a skill does not; new sessions stay refused, so that all ends with the group
_ALLOWED = frozenset(
    ["socket", "connect", "bind", "listen", "accept", "accept4", "execve", "execveat", "fork", "vfork", "tkill",
     "rt_sigqueueinfo", "rt_tgsigqueueinfo", "setpriority", "sched_setaffinity", "pidfd_open", "pidfd_send_signal",
     "inotify_init", "inotify_init1", "memfd_create"]
)  # fmt: skip
_SOCKET = (41, 198)
_NETLINK = 16
_OPEN_FAMILIES = (int(socket.AF_INET), int(socket.AF_INET6), _NETLINK)


@dataclass(frozen=True, slots=True, kw_only=True)
class JailPolicy:
    """What the program may have. `home` is its own folder, `read` and `write` granted folders, `tools` where its
    interpreter lies. `must`: do not start where the kernel does not enforce it.
    """

    home: str
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    network: bool = False
    must: bool = True
    memory_mb: int = 1024
    file_kb: int = 8192


def jailed(argv: Sequence[str], policy: JailPolicy) -> list[str]:
    """The command that starts `argv` (its first part an absolute path) in the jail, as a child of this process."""
    return [
        *sandbox.interpreter(), "assistant.skillbox.mcp_jail", str(os.getpid()), json.dumps(asdict(policy)), *argv
    ]  # fmt: skip


def policy_of(told: Mapping[str, Any]) -> JailPolicy:
    """The policy from its JSON."""
    fitted: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}
    return JailPolicy(**fitted)


def tools_of(program: str) -> tuple[str, ...]:
    """Where the interpreter of a script is installed: the real prefix behind its shebang, if it is not the system's."""
    places: list[str] = []
    file = Path(program)
    with contextlib.suppress(OSError, ValueError):
        with file.open("rb") as script:
            first = script.readline(300)
        if first.startswith(b"#!"):
            file = Path(os.fsdecode(first[2:].split()[0]))
        real = file.resolve()
        prefix = real.parent.parent
        if real.parent.name == "bin" and not Path.home().is_relative_to(prefix) and len(prefix.parts) > 2:
            places.append(str(prefix))
    return tuple(places)


def confine(policy: JailPolicy) -> bool:
    """Give up all but the policy; tells whether files and network are really kept."""
    os.umask(0o077)
    with contextlib.suppress(OSError):
        os.nice(5)
    if not policy.network:
        sandbox._leave(sandbox.Policy(home=policy.home, tmp_mb=64))
    for kind, most in (
        (resource.RLIMIT_DATA, policy.memory_mb << 20), (resource.RLIMIT_FSIZE, policy.file_kb << 10),
        (resource.RLIMIT_NOFILE, 512), (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (most, most))
    sandbox._drop_capabilities()
    sandbox._prctl(sandbox._PR_SET_NO_NEW_PRIVS, 1)
    with contextlib.suppress(OSError):
        _restrict_files(_rules(policy), tcp=not policy.network)
    with contextlib.suppress(OSError):
        _filter_calls(network=policy.network)
    return _kept(policy)


def _rules(policy: JailPolicy) -> Iterable[tuple[str, int]]:
    for path in (*_SYSTEM, *policy.tools, *policy.read):
        yield path, _PROGRAM
    for path in _RESOLVER if policy.network else ():
        yield path, landlock.READ
    for path in _DEVICES:
        yield path, landlock.DEVICE
    for path in (policy.home, *policy.write):
        yield path, landlock.WRITE


def _restrict_files(rules: Iterable[tuple[str, int]], *, tcp: bool) -> None:
    """As `landlock.restrict`, which always takes TCP away. Raises: OSError."""
    version = landlock.abi()
    if version == 0:
        raise OSError("this kernel has no Landlock")
    handled = (1 << landlock._FS_BITS.get(version, 16)) - 1
    attributes = struct.pack("=Q", handled)
    if version >= 4:
        attributes += struct.pack("=Q", landlock._ALL_TCP if tcp else 0)
    if version >= 6:
        attributes += struct.pack("=Q", landlock._ALL_SCOPES)
    ruleset = landlock._syscall(landlock._CREATE_RULESET, attributes, len(attributes), 0)
    try:
        for path, rights in rules:
            landlock._allow(ruleset, path, rights & handled)
        landlock._syscall(landlock._RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _filter_calls(*, network: bool) -> None:
    """Refuse what neither a program nor its children need; of sockets at most those of the network. Raises: OSError."""
    machine = platform.machine()
    if machine not in seccomp._ARCHITECTURES:
        raise OSError(f"no filter of system calls for {machine}")
    column, architecture = seccomp._ARCHITECTURES[machine]
    lines: list[seccomp.Instruction] = [
        (seccomp._LOAD, 0, 0, seccomp._ARCHITECTURE_AT),
        (seccomp._EQUAL, 1, 0, architecture),
        (seccomp._RETURN, 0, 0, seccomp._KILL_PROCESS),
        (seccomp._LOAD, 0, 0, seccomp._NUMBER_AT),
        (seccomp._AT_LEAST, 0, 1, seccomp._X32_CALLS),
        (seccomp._RETURN, 0, 0, seccomp._KILL_PROCESS),
    ]
    for name, numbers in seccomp._REFUSED.items():
        if (number := numbers[column]) and name not in _ALLOWED:
            lines += [(seccomp._EQUAL, 0, 1, number), (seccomp._RETURN, 0, 0, seccomp._ERRNO | seccomp._EPERM)]
    families = _OPEN_FAMILIES if network else ()
    tests = [(seccomp._EQUAL, len(families) - 1 - place, int(place == len(families) - 1), family)
             for place, family in enumerate(families)]  # fmt: skip
    lines += seccomp._unless(_SOCKET[column], 0, tests) if tests else [
        (seccomp._EQUAL, 0, 1, _SOCKET[column]), (seccomp._RETURN, 0, 0, seccomp._ERRNO | seccomp._EPERM)
    ]  # fmt: skip
    _install([*lines, (seccomp._RETURN, 0, 0, seccomp._ALLOW)])


def _install(program: Sequence[seccomp.Instruction]) -> None:
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in program))
    header = struct.pack("@HP", len(program), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(seccomp._PR_SET_SECCOMP, ctypes.c_ulong(seccomp._MODE_FILTER), header, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no filter of system calls")


def _kept(policy: JailPolicy) -> bool:
    """Try what must not work."""
    families = [socket.AF_UNIX] if policy.network else [socket.AF_UNIX, socket.AF_INET, socket.AF_INET6]
    files = all(
        sandbox._refused(lambda path=path: os.close(os.open(path, os.O_RDONLY))) for path in ("/etc/passwd", "/")
    )
    return files and all(
        sandbox._refused(lambda family=family: socket.socket(family, socket.SOCK_DGRAM).close()) for family in families
    )


def main(arguments: Sequence[str]) -> None:
    """`PARENT POLICY PROGRAM ARGUMENT...`: becomes the program."""
    parent, text, *argv = arguments
    policy = policy_of(json.loads(text))
    kept = False
    if sys.platform.startswith("linux"):
        sandbox._die_with(int(parent))
        kept = confine(policy)
    if policy.must and not kept:
        sys.exit(NOT_CONFINED)
    os.execv(argv[0], argv)


if __name__ == "__main__":
    main(sys.argv[1:])
