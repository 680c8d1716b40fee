"""A filter of system calls: no new sockets, no new processes, no reach into other processes, no changes of rights.

Landlock and namespaces leave gaps that matter here: a Unix socket by its path (the desktop's bus, the sound server) is
open to every process of the user, mode bits may be changed, and processes of the same user may be signalled. The
filter closes them. It lists what is refused, so that an interpreter with its libraries runs as usual.
Numbers: the kernel's `asm/unistd_64.h` and `asm-generic/unistd.h`.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct

# name: (x86-64, arm64); 0: the architecture has no such call
_REFUSED: dict[str, tuple[int, int]] = {
    # sockets
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201), "accept": (43, 202),
    "accept4": (288, 242), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    # processes of its own
    "execve": (59, 221), "execveat": (322, 281), "fork": (57, 0), "vfork": (58, 0), "setsid": (112, 157),
    "setpgid": (109, 154),
    # other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438), "tkill": (200, 130),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "setpriority": (141, 140), "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119), "sched_setaffinity": (203, 122), "sched_setattr": (314, 274),
    "ioprio_set": (251, 30), "migrate_pages": (256, 238), "move_pages": (279, 239),
    # memory that others share, or that no limit counts
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "msgget": (68, 186), "semget": (64, 190),
    "mq_open": (240, 180), "mq_unlink": (241, 181), "memfd_create": (319, 279), "memfd_secret": (447, 447),
    # rights and marks of files, watching files, the user's keys
    "chmod": (90, 0), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, 0),
    "fchown": (93, 55), "lchown": (94, 0), "fchownat": (260, 54), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "setxattrat": (463, 463), "removexattrat": (466, 466), "utime": (132, 0), "utimes": (235, 0),
    "futimesat": (261, 0), "utimensat": (280, 88), "inotify_init": (253, 0), "inotify_init1": (294, 26),
    "fanotify_init": (300, 262), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    # the machine
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": (442, 442), "unshare": (272, 97), "setns": (308, 268), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142),
    "swapon": (167, 224), "swapoff": (168, 225), "sethostname": (170, 161), "setdomainname": (171, 162),
    "syslog": (103, 116), "acct": (163, 89), "quotactl": (179, 60), "quotactl_fd": (443, 443), "iopl": (172, 0),
    "ioperm": (173, 0), "modify_ldt": (154, 0), "personality": (135, 92), "settimeofday": (164, 170),
    "clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266), "vhangup": (153, 58),
}  # fmt: skip
_CLONE, _CLONE3, _KILL, _TGKILL = (56, 220), (435, 435), (62, 129), (234, 131)
_PRCTL, _PRLIMIT, _SOCKETPAIR = (157, 167), (302, 261), (53, 199)
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

_LOAD, _EQUAL, _ANY_BIT, _AT_LEAST, _AND, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x54, 0x06
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_CLONE_THREAD, _SET_PARENT_DEATH_SIGNAL, _SOCK_STREAM = 0x10000, 1, 1
_X32_CALLS = 0x40000000
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2

Instruction = tuple[int, int, int, int]


def install() -> None:
    """Filter the system calls of this process, for good; `no_new_privs` must be set and no other thread be running.

    Raises: OSError: no filter for this architecture, or the kernel takes none.
    """
    program = _program(platform.machine(), os.getpid())
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in program))
    header = struct.pack("@HP", len(program), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_MODE_FILTER), header, 0, 0) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def _program(machine: str, pid: int) -> list[Instruction]:
    """The filter. Raises: OSError: an architecture that we have no numbers for."""
    if machine not in _ARCHITECTURES:
        raise OSError(f"no filter of system calls for {machine}")
    column, architecture = _ARCHITECTURES[machine]
    lines: list[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_AT_LEAST, 0, 1, _X32_CALLS),
        (_RETURN, 0, 0, _KILL_PROCESS),
    ]
    for numbers in _REFUSED.values():
        if number := numbers[column]:
            lines += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERRNO | _EPERM)]
    # without it the C library takes `clone`, whose flags can be seen
    lines += [(_EQUAL, 0, 1, _CLONE3[column]), (_RETURN, 0, 0, _ERRNO | _ENOSYS)]
    lines += _unless(_CLONE[column], 0, [(_ANY_BIT, 0, 1, _CLONE_THREAD)])
    lines += _unless(_KILL[column], 0, [(_EQUAL, 0, 1, pid)])
    lines += _unless(_TGKILL[column], 0, [(_EQUAL, 0, 1, pid)])
    lines += _unless(_PRLIMIT[column], 0, [(_EQUAL, 0, 1, 0)])
    # a pair of datagram sockets could still be aimed at another socket by its path
    lines += _unless(_SOCKETPAIR[column], 1, [(_AND, 0, 0, 0xF), (_EQUAL, 0, 1, _SOCK_STREAM)])
    lines += _only_if_not(_PRCTL[column], 0, _SET_PARENT_DEATH_SIGNAL)
    return [*lines, (_RETURN, 0, 0, _ALLOW)]


def _unless(number: int, argument: int, test: list[Instruction]) -> list[Instruction]:
    """Refuse this call but where the (lower half of the) argument passes; the last line of `test` decides."""
    body = [(_LOAD, 0, 0, _FIRST_ARGUMENT_AT + 8 * argument), *test]
    body += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _ERRNO | _EPERM)]
    return [(_EQUAL, 0, len(body), number), *body]


def _only_if_not(number: int, argument: int, refused: int) -> list[Instruction]:
    body: list[Instruction] = [(_LOAD, 0, 0, _FIRST_ARGUMENT_AT + 8 * argument), (_EQUAL, 0, 1, refused)]
    body += [(_RETURN, 0, 0, _ERRNO | _EPERM), (_RETURN, 0, 0, _ALLOW)]
    return [(_EQUAL, 0, len(body), number), *body]
