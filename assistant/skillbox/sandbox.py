"""What a skill's process gives up before any line of the skill is read, and what of it the kernel really enforces.

    parent-death signal -> limits -> namespaces (user, network, mounts, IPC) with a small tmpfs -> no capabilities
    -> no new privileges -> Landlock (files, TCP, signals) -> filter of system calls -> probes

Each step may be missing on a kernel. Nothing is believed: at the end the process tries what must not work, and
`Enforced` holds the outcome.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import json
import mmap
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from assistant.skillbox import landlock, seccomp

MEMORY_MB = 512
"""Address space, not use: an interpreter with numpy maps some 300 MB and uses 60."""

TMP_MB = 8
_CLONE_NEWNS, _CLONE_NEWIPC, _CLONE_NEWUSER, _CLONE_NEWNET = 0x00020000, 0x08000000, 0x10000000, 0x40000000
_PR_SET_PDEATHSIG, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT = 1, 24, 38, 47
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REC, _MS_PRIVATE = 2, 4, 8, 16384, 1 << 18
_CAPABILITY_VERSION_3 = 0x20080522
_LAST_CAPABILITY = 63
_PROBE_PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What one process may have. `read` and `write` are folders, `devices` device files, `home` a folder of its own."""

    home: str
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    memory_mb: int = MEMORY_MB
    tmp_mb: int = TMP_MB
    cpu_s: int = 600
    threads: int = 32
    open_files: int = 64
    nice: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Enforced:
    """What the kernel refuses to the process, as tried out by it; `tmp`: whether it has a place to write at all."""

    file: bool = False
    network: bool = False
    memory: bool = False
    processes: bool = False
    tmp: bool = False

    @property
    def contained(self) -> bool:
        """Whether a skill of a stranger may run here."""
        return self.file and self.network

    @property
    def missing(self) -> tuple[str, ...]:
        names = ("file", "network", "memory", "processes")
        return tuple(name for name in names if not getattr(self, name))


def confine(policy: Policy, parent: int) -> Enforced:
    """Give up everything that `policy` does not name, as far as this kernel can, and tell what is enforced.

    For a process with one thread that serves one skill; `parent` is the process that may outlive it and no other.
    """
    if not sys.platform.startswith("linux"):
        return Enforced()
    _die_with(parent)
    os.umask(0o077)
    with contextlib.suppress(OSError):
        os.nice(policy.nice)
    apart, writable = _leave(policy)
    _limit(policy, apart=apart)
    _drop_capabilities()
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    rules = [(path, landlock.READ) for path in (*landlock.libraries(sys.path), *policy.read, policy.home)]
    rules += [(path, landlock.DEVICE) for path in ("/dev/null", *policy.devices)]
    places = (*policy.write, _tmp(policy)) if writable else policy.write
    rules += [(path, landlock.WRITE) for path in places]
    with contextlib.suppress(OSError):
        landlock.restrict(rules)
    with contextlib.suppress(OSError):
        seccomp.install()
    return _probe(policy, writable=writable)


@functools.cache
def enforced() -> Enforced:
    """What this machine enforces on a skill's process, found out by one that tries; some 0.2 s at the first call."""
    if not sys.platform.startswith("linux"):
        return Enforced()
    with tempfile.TemporaryDirectory(prefix="assistant-") as home:
        policy = json.dumps(asdict(Policy(home=prepare_home(Path(home)))))
        try:
            done = subprocess.run(
                [*interpreter(), "assistant.skillbox.sandbox", str(os.getpid()), policy],
                env=environment(home), cwd="/", stdin=subprocess.DEVNULL, capture_output=True,
                timeout=_PROBE_PATIENCE_S, check=True,
            )  # fmt: skip
            return Enforced(**json.loads(done.stdout))
        except (OSError, subprocess.SubprocessError, ValueError, TypeError):
            return Enforced()


def interpreter() -> list[str]:
    """The command that runs a module of ours in a fresh interpreter: no user site, no environment, no bytecode."""
    return [sys.executable, "-I", "-B", "-m"]


def environment(home: str) -> dict[str, str]:
    """All that a skill's process sees of the environment."""
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {"HOME": home, "TMPDIR": f"{home}/tmp", "LANG": "C.UTF-8", **one_thread}


def prepare_home(home: Path) -> str:
    """Make the empty home of a skill's process. Raises: OSError."""
    (home / "tmp").mkdir(mode=0o700, parents=True, exist_ok=True)
    return str(home)


def _tmp(policy: Policy) -> str:
    return f"{policy.home}/tmp"


def _die_with(parent: int) -> None:
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)  # it died before the signal was armed


def _leave(policy: Policy) -> tuple[bool, bool]:
    """Move into namespaces of its own; tells whether that went, and whether a bounded /tmp could be mounted there."""
    uid, gid = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    mounts = True
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC | _CLONE_NEWNS) != 0:
        mounts = False
        if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
            return False, False
    try:
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1", encoding="ascii")
    except OSError:
        return True, False
    if not mounts or libc.mount(b"none", b"/", None, ctypes.c_ulong(_MS_REC | _MS_PRIVATE), None) != 0:
        return True, False
    flags = ctypes.c_ulong(_MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
    options = f"size={policy.tmp_mb}m,nr_inodes=512,mode=0700".encode()
    return True, libc.mount(b"tmpfs", os.fsencode(_tmp(policy)), b"tmpfs", flags, options) == 0


def _limit(policy: Policy, *, apart: bool) -> None:
    import resource

    limits = {
        resource.RLIMIT_AS: policy.memory_mb << 20,
        resource.RLIMIT_CPU: policy.cpu_s,
        resource.RLIMIT_FSIZE: policy.tmp_mb << 20,
        resource.RLIMIT_NOFILE: policy.open_files,
        resource.RLIMIT_CORE: 0,
    }
    if apart:  # else it counts every process of the user
        limits[resource.RLIMIT_NPROC] = policy.threads
    for kind, most in limits.items():
        with contextlib.suppress(OSError, ValueError):
            _, hard = resource.getrlimit(kind)
            bounded = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(kind, (bounded, bounded))


def _drop_capabilities() -> None:
    for capability in range(_LAST_CAPABILITY + 1):
        _prctl(_PR_CAPBSET_DROP, capability)
    _prctl(_PR_CAP_AMBIENT, 4)  # clear all
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()
    ctypes.CDLL(None, use_errno=True).capset(header, none)


def _prctl(option: int, value: int) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    return int(libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)))


def _probe(policy: Policy, *, writable: bool) -> Enforced:
    return Enforced(
        file=all(_refused(lambda path=path: os.close(os.open(path, os.O_RDONLY))) for path in ("/etc/passwd", "/"))
        and _refused(lambda: os.close(os.open(f"{policy.home}/probe", os.O_CREAT | os.O_WRONLY))),
        network=all(_refused(lambda family=family: socket.socket(family, socket.SOCK_DGRAM).close())
                    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX)),
        memory=_refused(lambda: mmap.mmap(-1, (policy.memory_mb << 20) + 1).close()),
        processes=_refused(_fork),
        tmp=writable and not _refused(lambda: os.close(os.open(f"{_tmp(policy)}/probe", os.O_CREAT | os.O_WRONLY))),
    )  # fmt: skip


def _refused(attempt: object) -> bool:
    try:
        attempt()  # type: ignore[operator]
    except (OSError, MemoryError):
        return True
    return False


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _main(arguments: list[str]) -> None:
    policy: Mapping[str, object] = json.loads(arguments[1])
    fields = {name: tuple(value) if isinstance(value, list) else value for name, value in policy.items()}
    sys.stdout.write(json.dumps(asdict(confine(Policy(**fields), int(arguments[0])))))  # type: ignore[arg-type]


if __name__ == "__main__":
    _main(sys.argv[1:])
