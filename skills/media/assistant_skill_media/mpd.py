"""A music server's own protocol (MPD 0.21 and later): lines of text over a socket, one short connection an errand."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from assistant_skill_media.players import Deed, GoneError, Mode, Now, PlayerError

PORT = 6600
PATIENCE_S = 1.8
"""For one errand, connecting included: a tool may have to wait for another one to be given up before its own."""
STARTS_S = 1.0
"""So long a server may take to open a file before it is believed that it plays."""
MAX_BYTES = 4_000_000

_ACK = re.compile(r"ACK \[(\d+)@\d+\] \{[^}]*\} ?(.*)")
_REFUSED = {3: "wrong_password", 4: "no_password", 50: "not_found"}

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A file of the library with the tags by which people name it."""

    file: str
    title: str = ""
    artist: str = ""
    album: str = ""


class Link:
    """A connection on which commands can be sent."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._taken = 0

    async def greet(self, password: str) -> None:
        """Raises: GoneError: it is no music server. PlayerError: it does not take the password."""
        if not (await self._line()).startswith("OK MPD "):
            raise GoneError
        if password:
            await self.ask("password", password)

    async def ask(self, *words: str) -> Pairs:
        """One command; the names and values of its answer."""
        return await self._send([words])

    async def ask_all(self, commands: Sequence[Sequence[str]]) -> Pairs:
        """Several commands, of which none after the first that fails is done."""
        return await self._send([("command_list_begin",), *commands, ("command_list_end",)])

    async def wait(self, subsystem: str, within_s: float) -> None:
        """Until something changes there, or the time is over."""
        try:
            async with asyncio.timeout(within_s):
                await self.ask("idle", subsystem)
        except TimeoutError:
            self._writer.write(b"noidle\n")  # anything else would end the connection
            await self._answer()

    async def _send(self, commands: Sequence[Sequence[str]]) -> Pairs:
        text = "".join(" ".join([words[0], *map(quoted, words[1:])]) + "\n" for words in commands)
        self._writer.write(text.encode())
        await self._writer.drain()
        return await self._answer()

    async def _answer(self) -> Pairs:
        pairs: Pairs = []
        while (line := await self._line()) != "OK":
            if refused := _ACK.fullmatch(line):
                raise PlayerError(_REFUSED.get(int(refused[1]), "refused"))
            name, _, value = line.partition(": ")
            pairs.append((name.lower(), value))
        return pairs

    async def _line(self) -> str:
        line = await self._reader.readline()
        self._taken += len(line)
        if not line.endswith(b"\n") or self._taken > MAX_BYTES:
            raise GoneError
        return line.decode("utf-8", "replace").rstrip("\n")


class Mpd:
    """`address` is "host", "host:port" or the path of a socket."""

    name = "mpd"

    def __init__(self, address: str, password: str = "") -> None:
        self._address = address
        self._password = password

    @contextlib.asynccontextmanager
    async def link(self) -> AsyncIterator[Link]:
        """A connection for one errand. Raises: GoneError, also when the errand takes too long."""
        writer = None
        try:
            async with asyncio.timeout(PATIENCE_S):
                reader, writer = await self._connect()
                link = Link(reader, writer)
                await link.greet(self._password)
                yield link
        except (OSError, TimeoutError, ValueError):
            raise GoneError from None
        finally:
            if writer is not None:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()

    async def look(self) -> Now:
        async with self.link() as link:
            return await _now(link)

    async def do(self, deed: Deed) -> Now:
        async with self.link() as link:
            before = await _now(link)
            if deed in ("next", "previous") and before.state == "stopped":
                raise PlayerError("nothing_plays")
            await link.ask(*{"pause": ("pause", "1"), "play": ("play",)}.get(deed, (deed,)))
            return await (_started(link) if deed == "play" else _now(link))

    async def set(self, *, volume: int | None = None, mode: Mode | None = None, on: bool = False) -> Now:
        async with self.link() as link:
            if volume is not None:
                await link.ask("setvol", str(volume))
            if mode is not None:
                await link.ask("random" if mode == "shuffle" else "repeat", str(int(on)))
            return await _now(link)

    async def search(self, word: str, most: int = 500) -> list[Track]:
        """The tracks that hold a word in any of their tags, whatever its case."""
        async with self.link() as link:
            return tracks(await link.ask("search", f"(any contains {quoted(word)})", "window", f"0:{most}"))

    async def playlists(self) -> list[str]:
        """The names of the stored playlists."""
        async with self.link() as link:
            return [value for name, value in await link.ask("listplaylists") if name == "playlist"]

    async def play_files(self, files: Sequence[str]) -> Now:
        """Put these in the place of what is queued, and play."""
        async with self.link() as link:
            await link.ask_all([("clear",), *(("add", file) for file in files), ("play", "0")])
            return await _started(link)

    async def play_list(self, name: str) -> Now:
        """Play a stored playlist."""
        async with self.link() as link:
            await link.ask_all([("clear",), ("load", name), ("play", "0")])
            return await _started(link)

    async def play_anything(self) -> Now:
        """Go on with what is queued; where nothing is, play the whole library in any order."""
        async with self.link() as link:
            if not int(dict(await link.ask("status")).get("playlistlength", "0")):
                await link.ask_all([("add", "/"), ("shuffle",)])
            await link.ask("play")
            return await _started(link)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if "/" in self._address:
            return await asyncio.open_unix_connection(self._address)
        host, colon, port = self._address.rpartition(":")
        return await asyncio.open_connection(*((host, int(port)) if colon else (self._address, PORT)))


def quoted(word: str) -> str:
    """A word as the server reads it: no sign in it can end it or the line."""
    plain = "".join(sign for sign in word if sign.isprintable())
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def tracks(pairs: Pairs) -> list[Track]:
    """The tracks of an answer; of several artists of one track the first counts."""
    found: list[dict[str, str]] = []
    for name, value in pairs:
        if name == "file":
            found.append({"file": value})
        elif name in ("title", "artist", "album") and found:
            found[-1].setdefault(name, value)
    return [Track(**fields) for fields in found]


async def _now(link: Link) -> Now:
    status = dict(await link.ask("status"))
    song = dict(reversed(await link.ask("currentsong")))
    volume = int(status.get("volume", "-1"))
    return Now(
        state={"play": "playing", "pause": "paused"}.get(status.get("state", ""), "stopped"),  # type: ignore[arg-type]
        volume=volume if volume >= 0 else None,
        title=song.get("title") or song.get("name") or song.get("file", "").rpartition("/")[2].rpartition(".")[0],
        artist=song.get("artist", ""),
        album=song.get("album", ""),
        shuffle=status.get("random") == "1",
        repeat=status.get("repeat") == "1",
    )


async def _started(link: Link) -> Now:
    """How it is once it really plays: "play" is answered before the file was opened.

    Raises:
        PlayerError: nothing is queued, or what is cannot be played.
    """
    until_s = asyncio.get_running_loop().time() + STARTS_S
    while (left_s := until_s - asyncio.get_running_loop().time()) > 0:
        status = dict(await link.ask("status"))
        if status.get("state") != "play" or "audio" in status:  # the output is open
            break
        await link.wait("player", left_s)
    now = await _now(link)
    if now.state != "playing":
        broken = "error" in dict(await link.ask("status"))
        await link.ask("clearerror")
        raise PlayerError("cannot_play" if broken else "empty")
    return now
