"""Runs small programs of the desktop: without a shell, with a time limit, with little taken from what they write."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

PATIENCE_S = 2.0


class ProgramError(Exception):
    """It is not installed, fails, or takes too long."""


def environment() -> dict[str, str]:
    """What a program of the desktop is given: nothing of the assistant's own, messages in English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ASSISTANT_")}
    return {**kept, "LC_MESSAGES": "C", "LANGUAGE": "C"}


def start(command: Sequence[str]) -> int:
    """Start a program at home in a session of its own, so that it goes on without us; its process id.

    One that is not there fails as `env` does, with an exit status.
    """
    nothing = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1, 2)]
    words = ["env", "-C", str(Path.home()), *command]
    return os.posix_spawnp("env", words, environment(), file_actions=nothing, setsid=True)


def ended(process: int) -> int | None:
    """The exit status of a program that we started; none while it runs. Once asked and told it is forgotten."""
    try:
        process, status = os.waitpid(process, os.WNOHANG)
    except ChildProcessError:
        return 0
    return os.waitstatus_to_exitcode(status) if process else None


async def run(words: Sequence[str], *, most_bytes: int = 65_536) -> bytes:
    """What a program writes, at most so many bytes of it.

    Raises:
        ProgramError: it is not installed, fails, or takes longer than two seconds.
    """
    if shutil.which(words[0]) is None:
        raise ProgramError(f"{words[0]} is not installed")
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    child = await asyncio.create_subprocess_exec(*words, stdin=nothing, stdout=pipe, stderr=nothing, env=environment())
    assert child.stdout is not None
    written = b""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while len(written) < most_bytes and (part := await child.stdout.read(most_bytes - len(written))):
                written += part
            if len(written) < most_bytes and await child.wait() != 0:
                raise ProgramError(f"{words[0]} failed")
    except TimeoutError:
        raise ProgramError(f"{words[0]} takes too long") from None
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            while await child.stdout.read(65_536):
                pass  # what nobody reads would keep it from ending
            await child.wait()
    return written
