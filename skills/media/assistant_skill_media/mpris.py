"""The players of the desktop (MPRIS): programs that offer themselves on the session's D-Bus."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from jeepney import DBusAddress, DBusErrorResponse, new_method_call
from jeepney.io.asyncio import DBusRouter, open_dbus_router
from jeepney.wrappers import unwrap_msg

from assistant_skill_media.players import Deed, GoneError, Mode, Now, PlayerError

PREFIX = "org.mpris.MediaPlayer2."
PLAYER = "org.mpris.MediaPlayer2.Player"
PROPERTIES = "org.freedesktop.DBus.Properties"
PATIENCE_S = 1.5
SETTLES_S = 0.6
"""So long a player may take until its state tells of what it was asked for."""
LOOK_S = 0.05

_DEEDS = {"play": "Play", "pause": "Pause", "stop": "Stop", "next": "Next", "previous": "Previous"}
_STATES = {"Playing": "playing", "Paused": "paused", "Stopped": "stopped"}
_AFTER = {"play": "playing", "pause": "paused", "stop": "stopped"}
_BUS = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")


@contextlib.asynccontextmanager
async def session() -> AsyncIterator[DBusRouter]:
    """The session's bus for one errand. Raises: GoneError: there is none, or the errand takes too long."""
    try:
        async with asyncio.timeout(PATIENCE_S), open_dbus_router(bus="SESSION") as router:
            yield router
    except (OSError, EOFError, KeyError, StopIteration, RuntimeError, TimeoutError, DBusErrorResponse):
        raise GoneError from None


async def players() -> list[Mpris]:
    """The players that run now; none without a session."""
    try:
        async with session() as router:
            (names,) = unwrap_msg(await router.send_and_get_reply(new_method_call(_BUS, "ListNames")))
    except GoneError:
        return []
    # playerctld stands for another player that is in the list as well
    return [Mpris(name) for name in sorted(names) if name.startswith(PREFIX) and not name.endswith(".playerctld")]


class Mpris:
    """One player, by its name on the bus."""

    def __init__(self, bus_name: str) -> None:
        self.name = bus_name
        self._control = DBusAddress("/org/mpris/MediaPlayer2", bus_name, PLAYER)
        self._properties = DBusAddress("/org/mpris/MediaPlayer2", bus_name, PROPERTIES)

    async def look(self) -> Now:
        async with session() as router:
            return await self._now(router)

    async def do(self, deed: Deed) -> Now:
        async with session() as router:
            before = await self._now(router)
            if deed in ("next", "previous") and before.state == "stopped":
                raise PlayerError("nothing_plays")
            await self._ask(router, new_method_call(self._control, _DEEDS[deed]))
            for _ in range(round(SETTLES_S / LOOK_S)):
                now = await self._now(router)
                if now.state == _AFTER.get(deed) or (deed not in _AFTER and now.title != before.title):
                    return now
                await asyncio.sleep(LOOK_S)
            if deed in _AFTER and now.state != _AFTER[deed] and not (deed == "stop" and now.state == "paused"):
                raise PlayerError("refused")
            return now

    async def set(self, *, volume: int | None = None, mode: Mode | None = None, on: bool = False) -> Now:
        async with session() as router:
            if volume is not None:
                await self._put(router, "Volume", ("d", volume / 100))
            if mode == "shuffle":
                await self._put(router, "Shuffle", ("b", on))
            elif mode == "repeat":
                await self._put(router, "LoopStatus", ("s", "Playlist" if on else "None"))
            return await self._now(router)

    async def _put(self, router: DBusRouter, name: str, value: tuple[str, Any]) -> None:
        await self._ask(router, new_method_call(self._properties, "Set", "ssv", (PLAYER, name, value)))

    async def _now(self, router: DBusRouter) -> Now:
        (fields,) = await self._ask(router, new_method_call(self._properties, "GetAll", "s", (PLAYER,)))
        values = {name: value for name, (_, value) in fields.items()}
        song = {name: value for name, (_, value) in values.get("Metadata", {}).items()}
        volume = values.get("Volume")
        return Now(
            state=_STATES.get(str(values.get("PlaybackStatus")), "stopped"),  # type: ignore[arg-type]
            volume=round(100 * volume) if isinstance(volume, float) else None,
            title=str(song.get("xesam:title", "")),
            artist=", ".join(map(str, song.get("xesam:artist", [])[:2])),
            album=str(song.get("xesam:album", "")),
            shuffle=values.get("Shuffle") is True,
            repeat=values.get("LoopStatus") in ("Track", "Playlist"),
        )

    async def _ask(self, router: DBusRouter, message: Any) -> Any:
        """The answer. Raises: GoneError: the player has ended. PlayerError: it refuses."""
        try:
            return unwrap_msg(await router.send_and_get_reply(message))
        except DBusErrorResponse as error:
            if error.name.endswith((".ServiceUnknown", ".NameHasNoOwner", ".NoReply", ".Disconnected")):
                raise GoneError from None
            raise PlayerError("refused") from None
