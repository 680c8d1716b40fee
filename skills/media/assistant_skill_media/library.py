"""Which music is meant by words that were heard: artists, albums, titles and playlists, however they are spelled."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from assistant.skill import spell
from assistant_skill_media.mpd import Mpd, Track

Kind = Literal["anything", "artist", "album", "title", "playlist"]

CLOSE = 0.84
"""How alike two names must be, 0..1, when none is the same: recognisers misspell names that they do not know."""
MAX_WORDS = 3
MAX_FILES = 500
_SMALL = frozenset(["the", "a", "an", "and", "of", "by", "my", "in", "on", "to"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What to play. `name` and `artist` are as the library spells them; `playlist`: one by that name, else `files`."""

    kind: Kind
    name: str
    artist: str = ""
    files: tuple[str, ...] = ()
    playlist: bool = False


def plain(text: str) -> str:
    """Words as the grammar spells them ("do not" for "don't"), accents gone too."""
    letters = unicodedata.normalize("NFKD", spell(text.replace("&", " and ")))
    bare = "".join(sign for sign in letters if not unicodedata.combining(sign))
    return " ".join(word for word in re.split(r"\W+", bare) if word)


async def find(mpd: Mpd, what: str, kind: Kind, by: str = "") -> Chosen | None:
    """What the words mean; none where the library has nothing like it."""
    if kind in ("anything", "playlist") and not by:
        names = await mpd.playlists()
        if name := best_name(what, names, exact=kind == "anything"):
            return Chosen(kind="playlist", name=name, playlist=True)
    if kind == "playlist":
        return None
    found: dict[str, Track] = {}
    for word in search_words(what):
        found |= {track.file: track for track in await mpd.search(word)}
        if chosen := choose(list(found.values()), what, kind, by):
            return chosen
    return None


def search_words(what: str) -> list[str]:
    """The words that a library is searched for: the longest, since those are rarely changed by an apostrophe; and at
    last their beginnings, for names that were not quite heard."""
    words = sorted((word for word in plain(what).split() if word not in _SMALL), key=len, reverse=True)[:MAX_WORDS]
    return [*(words or plain(what).split()[:1]), *dict.fromkeys(word[:3] for word in words if len(word) > 4)]


def choose(tracks: Sequence[Track], what: str, kind: Kind, by: str = "") -> Chosen | None:
    """The artist, album or title among these tracks that the words name; what is the same goes before what is alike."""
    if by:
        artist = best_name(by, [track.artist for track in tracks])
        tracks = [track for track in tracks if artist and track.artist == artist]
    kinds: tuple[Kind, ...] = ("artist", "album", "title") if kind == "anything" else (kind,)
    for exact in (True, False):
        for one in kinds:
            name = best_name(what, [getattr(track, one) for track in tracks], exact=exact)
            if name:
                return _chosen(tracks, one, name)
    return None


def best_name(said: str, names: Iterable[str], *, exact: bool = False) -> str:
    """The name that was said, as it is spelled; empty when none is near enough."""
    wanted = _core(said)
    scored = sorted(((_likeness(wanted, _core(name)), name) for name in set(names) if name), reverse=True)
    if not wanted or not scored or scored[0][0] < (1.0 if exact else CLOSE):
        return ""
    return scored[0][1]


def _core(text: str) -> str:
    words = plain(text).split()
    return " ".join(words[1:] if len(words) > 1 and words[0] in ("the", "a", "an") else words)


def _likeness(one: str, other: str) -> float:
    return 1.0 if one == other else SequenceMatcher(None, one, other).ratio()


def _chosen(tracks: Sequence[Track], kind: Kind, name: str) -> Chosen:
    of_name = [track for track in tracks if getattr(track, kind) == name]
    artist = of_name[0].artist if kind != "artist" else ""
    if kind == "title":
        of_name = of_name[:1]
    elif kind == "album":
        of_name = [track for track in of_name if track.artist == artist] or of_name
    return Chosen(kind=kind, name=name, artist=artist, files=tuple(track.file for track in of_name[:MAX_FILES]))
