"""Landlock through its three system calls: from then on this process opens only the files that it was given.

Source of names and numbers: the kernel's `include/uapi/linux/landlock.h`. What an older kernel does not know is left
out, and `Landlock.abi` tells what is left: 1 files, 2 moving between folders, 3 truncation, 4 TCP, 5 device controls,
6 abstract Unix sockets and signals.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_RULE_PATH_BENEATH = 1
_VERSION = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_REG, _REFER = 1 << 4, 1 << 5, 1 << 7, 1 << 8, 1 << 13
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_FS_BITS = {1: 13, 2: 14, 3: 15, 4: 15}
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_ALL_TCP = 0b11
_ALL_SCOPES = 0b11

READ = _READ_FILE | _READ_DIR
DEVICE = _READ_FILE | _WRITE_FILE | _IOCTL_DEV
WRITE = READ | _WRITE_FILE | _TRUNCATE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _REFER


def abi() -> int:
    """The kernel's version of Landlock, 0 when it has none or keeps it switched off."""
    if not sys.platform.startswith("linux"):
        return 0
    try:
        return max(0, _syscall(_CREATE_RULESET, None, 0, _VERSION))
    except OSError:
        return 0


def restrict(rules: Iterable[tuple[str, int]]) -> int:
    """Give up every file, TCP port, abstract socket and foreign process but what `rules` (path, rights) name.

    For good, for this process and its children. Paths that do not exist are passed over. Returns the ABI that is
    enforced from now on. Raises: OSError: the kernel refuses; then nothing is restricted.
    """
    version = abi()
    if version == 0:
        raise OSError("this kernel has no Landlock")
    handled = (1 << _FS_BITS.get(version, 16)) - 1
    attributes = struct.pack("=Q", handled)
    if version >= 4:
        attributes += struct.pack("=Q", _ALL_TCP)
    if version >= 6:
        attributes += struct.pack("=Q", _ALL_SCOPES)
    ruleset = _syscall(_CREATE_RULESET, attributes, len(attributes), 0)
    try:
        for path, rights in rules:
            _allow(ruleset, path, rights & handled)
        _syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def libraries(search_path: Sequence[str]) -> list[str]:
    """What a Python process must read to run at all: its own library, shared libraries, zones of the clock."""
    places = [entry for entry in search_path if Path(entry).name in ("site-packages", "dist-packages", "lib-dynload")]
    places += [str(Path(os.__file__).parent), str(Path(__file__).parent.parent)]
    places += ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache"]
    places += ["/usr/share/zoneinfo", "/etc/localtime", "/dev/null", "/dev/zero", "/dev/urandom"]
    base = Path(sys.base_prefix)
    if base not in (Path("/"), Path("/usr"), Path("/usr/local")):
        with contextlib.suppress(OSError):
            places += [str(path) for path in sorted(base.glob("lib/*.so*"))]
    return list(dict.fromkeys(places))


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _ON_FILES
        rule = struct.pack("=Qi", rights, place)
        _syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, rule, 0)
    finally:
        os.close(place)


def _syscall(number: int, *arguments: int | bytes | None) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    shaped = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    result = int(libc.syscall(ctypes.c_long(number), *shaped))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
