"""Plays music through MPD and the players of the desktop, and turns it down while somebody speaks."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Annotated, Any, Literal

from assistant.skill import Context, Reply, Skill, tool
from assistant_skill_media import library, mpris, templates
from assistant_skill_media.ducking import Ducking
from assistant_skill_media.mpd import Mpd
from assistant_skill_media.players import GoneError, Mode, Now, Player, PlayerError

STEP_PERCENT = 10
MAX_NAME_CHARS = 80
LAST = "last_player"

What = Annotated[str, "the song, album, artist or playlist, as the user said it"]
By = Annotated[str, "the artist; empty if the user named none"]


class MediaSkill(Skill):
    """The player that is meant is the one that plays; else the one that was used last; else the music server."""

    def __init__(self, context: Context, texts: Any) -> None:
        super().__init__(context, texts)
        self._one = asyncio.Lock()  # ducking and a tool never change a volume at the same time
        self._busy = False

    @tool(fast=templates.PLAY_SOMETHING, llm=["could we have a little background music"], effect="change")
    async def start(self) -> Reply:
        """Play music, whatever it is."""
        async with self._used() as (player, now):
            if now.state == "paused" or not isinstance(player, Mpd):
                now = await player.do("play")
            elif now.state == "stopped":
                now = await player.play_anything()
            return await self._plays(player, now)

    @tool(fast=templates.PLAY, unfinished=templates.PLAY_UNFINISHED, effect="change", deadline_s=12)
    async def play(self, what: What = "", by: By = "") -> Reply:
        """Play a certain song, album, artist or playlist."""
        return await self._play(what, "anything", by)

    @tool(fast=templates.PLAY_ALBUM, effect="change", deadline_s=12)
    async def play_album(self, what: What, by: By = "") -> Reply:
        """Play an album by its name."""
        return await self._play(what, "album", by)

    @tool(fast=templates.PLAY_ARTIST, effect="change", deadline_s=12)
    async def play_artist(self, what: What) -> Reply:
        """Play songs of an artist or a band."""
        return await self._play(what, "artist")

    @tool(fast=templates.PLAY_PLAYLIST, effect="change", deadline_s=12)
    async def play_playlist(self, what: What) -> Reply:
        """Play a playlist by its name."""
        return await self._play(what, "playlist")

    @tool(fast=templates.RESUME, effect="change")
    async def resume(self) -> Reply:
        """Go on with music that was paused."""
        async with self._used() as (player, now):
            if now.state != "playing":
                now = await player.do("play")
            await self._soften(player, now)
            return self.reply("resumed", data=_data(now))

    @tool(fast=templates.PAUSE, effect="change")
    async def pause(self) -> Reply:
        """Pause the music."""
        async with self._used(playing=True) as (player, _):
            return self.reply("paused", data=_data(await player.do("pause")))

    @tool(fast=templates.STOP, effect="change")
    async def stop(self) -> Reply:
        """Stop the music."""
        async with self._used(playing=True) as (player, _):
            return self.reply("stopped", data=_data(await player.do("stop")))

    @tool(fast=templates.NEXT, never=["skip the meeting"], effect="change")
    async def next(self) -> Reply:
        """Go to the next song."""
        return await self._move("next")

    @tool(fast=templates.PREVIOUS, effect="change")
    async def previous(self) -> Reply:
        """Go back to the previous song."""
        return await self._move("previous")

    @tool(fast=templates.UP, effect="change")
    async def louder(self) -> Reply:
        """Turn the music up."""
        return await self._volume(lambda volume: volume + STEP_PERCENT)

    @tool(fast=templates.DOWN, effect="change")
    async def softer(self) -> Reply:
        """Turn the music down."""
        return await self._volume(lambda volume: volume - STEP_PERCENT)

    @tool(fast=templates.VOLUME, effect="change")
    async def set_volume(self, percent: Annotated[int, "0 to 100"]) -> Reply:
        """Set the volume of the music to some percent."""
        if not 0 <= percent <= 100:
            raise self.error("bad_percent")
        return await self._volume(lambda volume: percent)

    @tool(fast=templates.HOW_LOUD)
    async def how_loud(self) -> Reply:
        """Tell the volume of the music."""
        async with self._used() as (player, now):
            if (volume := self._ducking.before(player, now)) is None:
                raise PlayerError("no_volume")
            return self.reply("volume", percent=volume)

    @tool(fast=templates.WHAT)
    async def what(self) -> Reply:
        """Tell which song is playing and who plays it."""
        async with self._used() as (_, now):
            if now.state == "stopped":
                raise PlayerError("nothing_plays")
            if now.state == "paused":
                return self._tell("paused_at", _data(now), what=self._name(now))
            return self._named("this_is", now)

    @tool(fast=templates.SHUFFLE_ON, effect="change")
    async def shuffle_on(self) -> Reply:
        """Play the songs in random order."""
        return await self._mode("shuffle", on=True)

    @tool(fast=templates.SHUFFLE_OFF, effect="change")
    async def shuffle_off(self) -> Reply:
        """Play the songs in their order."""
        return await self._mode("shuffle", on=False)

    @tool(fast=templates.REPEAT_ON, effect="change")
    async def repeat_on(self) -> Reply:
        """Repeat the songs when all have been played."""
        return await self._mode("repeat", on=True)

    @tool(fast=templates.REPEAT_OFF, effect="change")
    async def repeat_off(self) -> Reply:
        """Stop repeating the songs."""
        return await self._mode("repeat", on=False)

    async def attention(self, busy: bool) -> None:
        """Turn down what plays while somebody speaks, and turn it up again, also what a crash has left so."""
        self._busy = busy
        async with self._one:
            players = await self._players()
            if not busy:
                await self._ducking.restore(players)
                return
            for player in players:
                try:
                    await self._ducking.down(player)
                except PlayerError:
                    continue  # one that is gone or refuses is as loud as it wants

    @property
    def _ducking(self) -> Ducking:
        return Ducking(self.context.store, int(self.context.settings.get("duck_percent", 100)))

    def _server(self) -> Mpd | None:
        settings = self.context.settings
        address = str(settings.get("mpd", ""))
        return Mpd(address, self.context.secret("password")) if address else None

    async def _players(self) -> list[Player]:
        server = self._server()
        desktop: list[Player] = list(await mpris.players()) if self.context.settings.get("mpris") else []
        return [*([server] if server is not None else []), *desktop]

    @asynccontextmanager
    async def _used(self, *, playing: bool = False) -> AsyncIterator[tuple[Player, Now]]:
        """The player that is meant, and how it is; with `playing` one that plays.

        Raises:
            SkillError: there is none, or whatever the player refuses inside.
        """
        try:
            async with self._one:
                found = await self._there()
                if not found:
                    raise PlayerError("no_player" if self.context.settings else "off")
                player, now = self._meant(found)
                if playing and now.state != "playing":
                    raise PlayerError("nothing_plays")
                self.context.store.set(LAST, player.name)
                yield player, now
        except PlayerError as error:
            raise self.error(error.why, **error.values) from None

    async def _there(self) -> list[tuple[Player, Now]]:
        """The players that answer. Raises: PlayerError: the only one refuses."""
        found, refused = [], None
        for player in await self._players():
            try:
                found.append((player, await player.look()))
            except GoneError:
                continue
            except PlayerError as error:
                refused = error
        if not found and refused is not None:
            raise refused
        return found

    def _meant(self, found: list[tuple[Player, Now]]) -> tuple[Player, Now]:
        last = self.context.store.get(LAST, "")
        rank = {"playing": 0, "paused": 1, "stopped": 2}
        return min(found, key=lambda one: (one[1].state != "playing", one[0].name != last, rank[one[1].state]))

    async def _play(self, what: str, kind: library.Kind, by: str = "") -> Reply:
        if not what.strip():
            return self.reply("what_to_play", ask=self.texts["ask_play"])
        server = self._server()
        try:
            async with self._one:
                if server is None:
                    raise PlayerError("no_server" if self.context.settings else "off")
                chosen = await library.find(server, what, kind, by)
                if chosen is None:
                    raise PlayerError("no_such", what=_heard(what))
                others = [player for player, now in await self._there() if now.state == "playing"]
                now = await (server.play_list(chosen.name) if chosen.playlist else server.play_files(chosen.files))
                for player in others:
                    if player.name != server.name:
                        await player.do("pause")  # never two at once
                self.context.store.set(LAST, server.name)
                await self._soften(server, now)
        except GoneError:
            raise self.error("no_server") from None
        except PlayerError as error:
            raise self.error(error.why, **error.values) from None
        artist = _heard(chosen.artist)
        data = {**_data(now), "kind": chosen.kind, "name": chosen.name}
        key = "playing_by" if artist else "playing"
        return self._tell(key, data, what=_heard(chosen.name), artist=artist)

    async def _plays(self, player: Player, now: Now) -> Reply:
        await self._soften(player, now)
        return self._named("playing", now) if now.title else self.reply("playing_music", data=_data(now))

    async def _soften(self, player: Player, now: Now) -> None:
        """Music that begins while somebody speaks begins softly."""
        if self._busy:
            await self._ducking.down(player, now)

    async def _move(self, deed: Literal["next", "previous"]) -> Reply:
        async with self._used() as (player, _):
            now = await player.do(deed)
            if now.state == "stopped":
                return self.reply("end", data=_data(now))
            return self._tell(deed, _data(now), what=self._name(now))

    async def _volume(self, wanted: Callable[[int], int]) -> Reply:
        async with self._used() as (player, now):
            before = self._ducking.before(player, now)
            if before is None:
                raise PlayerError("no_volume")
            after = await self._ducking.set_volume(player, max(0, min(100, wanted(before))))
            if after is None:
                raise PlayerError("refused")
            key = "softest" if after == 0 else "loudest" if after == before == 100 else "volume"
            return self.reply(key, data={"percent": after, "before": before}, percent=after)

    async def _mode(self, mode: Mode, *, on: bool) -> Reply:
        async with self._used() as (player, _):
            now = await player.set(mode=mode, on=on)
            if getattr(now, mode) != on:
                raise PlayerError("refused")
            return self.reply(f"{mode}_{'on' if on else 'off'}", data=_data(now))

    def _named(self, key: str, now: Now) -> Reply:
        artist = _heard(now.artist)
        values = {"what": self._name(now), "artist": artist}
        return self._tell(f"{key}_by" if artist else key, _data(now), **values)

    def _tell(self, key: str, data: dict[str, Any], **values: Any) -> Reply:
        """A reply with names from the tags of files, which are the words of strangers."""
        return replace(self.reply(key, data=data, **values), outside=True)

    def _name(self, now: Now) -> str:
        return _heard(now.title) or self.texts["unknown_song"]


def _heard(text: str) -> str:
    """A name from somebody else's file, fit to be said: one short line of what people write."""
    kept = "".join(sign if unicodedata.category(sign)[0] in "LNPZ" else " " for sign in text[: 4 * MAX_NAME_CHARS])
    for sign in "{}[]<>*_`|\\":
        kept = kept.replace(sign, " ")
    return " ".join(kept.split())[:MAX_NAME_CHARS].strip()


def _data(now: Now) -> dict[str, Any]:
    return {"state": now.state, "title": now.title, "artist": now.artist, "album": now.album, "volume": now.volume}
