"""The clocks of the machine: a wall clock that people set, and a boot clock that only grows, also in suspend."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

PLAUSIBLE_MS = 1_704_067_200_000.0
"""2024-01-01: a board without a battery starts before that, until the network tells it the time."""

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Clock(Protocol):
    """Time for the store and its scheduler."""

    def wall_ms(self) -> float:
        """Epoch ms, UTC; can be set by the user or the network."""
        ...

    def boot_ms(self) -> float:
        """Ms that only grow, also while the machine is suspended; they begin anew with each `boot_id`."""
        ...

    def boot_id(self) -> str:
        """Which life of the machine `boot_ms` counts in."""
        ...

    async def wait(self, event: asyncio.Event, at_most_ms: float) -> None:
        """Return when the event is set or the time is over."""
        ...


class SystemClock:
    """The clocks of this machine."""

    def wall_ms(self) -> float:
        return time.time() * 1000.0

    def boot_ms(self) -> float:
        clock = getattr(time, "CLOCK_BOOTTIME", None)
        return (time.monotonic() if clock is None else time.clock_gettime(clock)) * 1000.0

    def boot_id(self) -> str:
        return _boot_id()

    async def wait(self, event: asyncio.Event, at_most_ms: float) -> None:
        try:
            async with asyncio.timeout(at_most_ms / 1000.0):
                await event.wait()
        except TimeoutError:
            pass


def plausible(wall_ms: float) -> bool:
    """Whether the wall clock was ever set, so that a time of day means something."""
    return wall_ms >= PLAUSIBLE_MS


def local_zone(env: Mapping[str, str] | None = None, localtime: Path = Path("/etc/localtime")) -> str:
    """The IANA name of the zone that the device lives in: `TZ`, else where /etc/localtime points to, else UTC."""
    named = (os.environ if env is None else env).get("TZ", "").lstrip(":")
    try:
        linked = localtime.resolve(strict=True).as_posix()
    except OSError:
        linked = ""
    for name in (named, linked.partition("/zoneinfo/")[2]):
        if name and _exists(name):
            return name
    return "UTC"


def _exists(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


@cache
def _boot_id() -> str:
    """The kernel's name for this life; where it gives none, one of this process: then the wall clock bridges lives."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return str(uuid.uuid4())
