"""The volume of the machine's loudspeaker through `pactl`, which speaks to PulseAudio and to PipeWire."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant_skill_desktop.programs import ProgramError, run

SINK = "@DEFAULT_SINK@"


@dataclass(frozen=True, slots=True)
class Level:
    """Volume in percent, and whether it is muted."""

    percent: int
    muted: bool


async def level() -> Level:
    """How loud it is now. Raises: ProgramError."""
    volume = (await run(["pactl", "get-sink-volume", SINK])).decode("utf-8", "replace")
    mute = (await run(["pactl", "get-sink-mute", SINK])).decode("utf-8", "replace")
    found = re.search(r"(\d+)\s*%", volume)
    if found is None:
        raise ProgramError("pactl told no volume")
    return Level(int(found[1]), mute.strip().lower().endswith("yes"))


async def set_level(*, percent: int | None = None, muted: bool | None = None) -> Level:
    """Set the volume, mute or unmute; how it is afterwards. Raises: ProgramError."""
    if percent is not None:
        await run(["pactl", "set-sink-volume", SINK, f"{percent}%"])
    if muted is not None:
        await run(["pactl", "set-sink-mute", SINK, str(int(muted))])
    return await level()
