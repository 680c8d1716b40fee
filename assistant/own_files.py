"""Files that a person is to open: how they are written, and how they are shown on a screen."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

_STARTS_S = 3.0


def write_private(file: Path, data: bytes) -> None:
    """Write a file of mode 0600, under its name only when whole and on disk; makes its folder. Raises: OSError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


async def show_file(file: Path) -> bool:
    """Open a file with the program that the desktop has for it; false where there is no desktop, or it cannot start."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    if shutil.which("xdg-open") is None or shutil.which("setsid") is None:
        return False
    env = {name: value for name, value in os.environ.items() if not name.startswith("ASSISTANT_")}
    nothing = asyncio.subprocess.DEVNULL
    try:
        started = await asyncio.create_subprocess_exec(
            "setsid", "--fork", "xdg-open", str(file), stdin=nothing, stdout=nothing, stderr=nothing, env=env
        )
    except OSError:
        return False
    try:
        async with asyncio.timeout(_STARTS_S):
            return await started.wait() == 0
    except TimeoutError:
        started.kill()
        await started.wait()
        return False
