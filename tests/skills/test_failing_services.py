"""Disks, services and players that fail: no answer claims a promise, an entry, a song or a fact that is not there."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.console import typed_turn
from assistant.engines.hassil_grammar import create
from assistant.errors import AssistantError
from assistant.skills_host import LentContext, SkillHost
from assistant.store.timers import TimerStore
from assistant.think.understanding import Minds, Understanding
from assistant.types import Turn

from .conftest import NOON, Wire

pytestmark = pytest.mark.contract

CLAIM = re.compile(
    r"\b(starting|is set|are set|set for|I('ll| will) (wake|remind)|added|remembered|noted|deleted|cancell?ed|playing"
    r"|paused|resumed|degrees|forecast for)\b",
    re.IGNORECASE,
)
DISK_FULL = (
    "set a timer for ten minutes", "set a pasta timer for an hour", "wake me at seven", "remind me to call mom at five",
    "remind me in twenty minutes to check the oven",
)  # fmt: skip
NOT_WRITABLE = (
    "add milk to my shopping list", "create a list called hardware", "take a note: call the plumber",
    "remember that my bike is in the cellar", "when I say good night, set a timer for ten minutes",
)  # fmt: skip
ASKED = {
    "weather": ("what's the weather in berlin", "will it rain tomorrow in berlin"),
    "news": ("what's in the news",),
    "knowledge": ("look up penguins on wikipedia",),
}
SERVICES = ("nobody answers", "status 500", "nonsense", "empty", "status 429")
MUSIC = ("play some music", "pause the music", "next song", "turn the music down", "play the album jazz")
PLAYERS = ("nobody is there", "never answers", "refuses", "hangs up", "speaks another language")


class Talk:
    """All installed skills in one conversation without models; `said` checks that nothing was done or claimed."""

    def __init__(self, folder: Path, wire: Wire | None = None, **settings: dict[str, Any]) -> None:
        self.timers = TimerStore(folder / "timers.sqlite3", lambda: NOON.timestamp() * 1000.0, zone="Europe/Berlin")
        self.lent = LentContext(timers=self.timers, clock=lambda: NOON, state=folder / "state", settings=settings)
        if wire is not None:
            self.lent.sender = wire.sender
        self.host = SkillHost.load(self.lent)
        grammar = create(self.host.templates, self.host.readers)
        self.lent.understand = self.host.understand(grammar)
        self.understanding = Understanding(
            grammar=grammar, toolbox=self.host, minds=Minds(), now=lambda: NOON, on_heard=self.lent.heard,
            on_begin=self.lent.begins,
        )  # fmt: skip

    def fails(self, sentence: str) -> str:
        """Say it; what is answered, after a check that it claims nothing."""

        async def speak() -> Turn:
            return await typed_turn(self.understanding, sentence, "f")

        turn = asyncio.run(speak())
        assert turn.results, f"not understood: {sentence}"
        assert [False] * len(turn.results) == [result.ok for result in turn.results], turn.reply
        assert turn.reply and CLAIM.search(turn.reply) is None, turn.reply
        return turn.reply

    def close(self) -> None:
        self.host.close()
        self.timers.close()


@contextlib.contextmanager
def talking(folder: Path, wire: Wire | None = None, **settings: dict[str, Any]) -> Iterator[Talk]:
    talk = Talk(folder, wire, **settings)
    try:
        yield talk
    finally:
        talk.close()


@pytest.mark.parametrize("sentence", DISK_FULL)
def test_a_full_disk(tmp_path: Path, sentence: str) -> None:
    """A promise that could not be written is not given, and none is there afterwards."""
    with talking(tmp_path) as talk:
        db = talk.timers.commitments._db
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {pages}")
        for kind, when in (("timer", 3600), ("alarm", NOON + dt.timedelta(days=1)), ("timer", 60)):
            with pytest.raises(AssistantError):
                for number in range(10_000):  # the last gap is as small as the smallest promise
                    talk.timers.commitments.add(kind, when, label="x" * (60 if number < 5_000 and when == 3600 else 0))
        before = len(talk.timers.commitments.list())
        talk.fails(sentence)
        assert before == len(talk.timers.commitments.list())


@pytest.mark.parametrize("sentence", NOT_WRITABLE)
def test_a_folder_that_cannot_be_written(tmp_path: Path, sentence: str) -> None:
    """What could not be kept is not said to be kept."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "skills-data").write_text("a file where a folder should be", encoding="utf-8")
    with talking(tmp_path) as talk:
        talk.fails(sentence)


@pytest.mark.parametrize("how", SERVICES)
@pytest.mark.parametrize("skill", ASKED)
def test_a_service_that_fails(tmp_path: Path, wire: Wire, skill: str, how: str) -> None:
    """No weather, no news and no article is told that did not come; the answer says what is wrong."""
    answers = {
        "status 500": (500, "oops"),
        "nonsense": (200, "<html>"),
        "empty": (200, {}),
        "status 429": (429, "slow"),
    }
    places = (
        "geocoding-api.open-meteo.com/v1/search", "api.open-meteo.com/v1/forecast", "feeds.bbci.co.uk/news/rss.xml",
        "feeds.bbci.co.uk/news/world/rss.xml", "en.wikipedia.org/w/rest.php/v1/search/page",
        "en.wikipedia.org/w/rest.php/v1/search/title", "en.wikipedia.org/api/rest_v1/page/summary/Penguins",
        "en.wikipedia.org/w/api.php",
    )  # fmt: skip
    if how in answers:
        status, body = answers[how]
        for place in places:
            wire.put(f"https://{place}", body, status)
    with talking(tmp_path, wire) as talk:
        for sentence in ASKED[skill]:
            talk.fails(sentence)


@pytest.mark.parametrize("how", PLAYERS)
def test_a_music_server_that_fails(tmp_path: Path, how: str) -> None:
    """No song is said to play, pause or change on a server that is not there, silent, refusing or talking nonsense."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        said = {
            "never answers": b"", "refuses": b"OK MPD 0.23.5\nACK [4@0] {} you don't have permission\n" * 4,
            "hangs up": None, "speaks another language": b"HTTP/1.1 400 Bad Request\r\n\r\n",
        }  # fmt: skip
        serving = None
        if how != "nobody is there":
            server.listen()
            serving = threading.Thread(target=_serve, args=(server, said[how]), daemon=True)
            serving.start()
        with talking(tmp_path, media={"mpd": f"127.0.0.1:{port}", "mpris": False}) as talk:
            for sentence in MUSIC:
                talk.fails(sentence)


def _serve(server: socket.socket, said: bytes | None) -> None:
    kept = []
    with contextlib.suppress(OSError):
        while True:
            link, _ = server.accept()
            if said is None:
                link.close()
                continue
            kept.append(link)
            link.sendall(said)


def test_the_count_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """How many failing cases this table holds."""
    cases = len(DISK_FULL) + len(NOT_WRITABLE) + len(PLAYERS) * len(MUSIC)
    cases += len(SERVICES) * sum(len(sentences) for sentences in ASKED.values())
    with capsys.disabled():
        print(f"\n{cases} failing cases of disks, services and players")
    assert cases >= 50
