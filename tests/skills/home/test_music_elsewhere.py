"""What is said of music is meant for what plays: the players of the home, or the music of the media skill."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from assistant_skill_home.memory import MemoryHome
from assistant_skill_home.model import Home

from assistant.engines.hassil_grammar import create
from assistant.skills_host import LentContext, SkillHost, installed
from assistant.store.timers import TimerStore
from assistant.think.fastpath import Grammar

from .conftest import a_home

pytestmark = pytest.mark.unit


class Both:
    """The grammar of the home and of the media skill, and the home."""

    def __init__(self, folder: Path) -> None:
        self.store = TimerStore(folder / "timers.sqlite3")
        self.link = MemoryHome(a_home())
        lent = LentContext(timers=self.store, settings={"home": {"link": self.link}})
        self.host = SkillHost.load(lent, sources={name: installed()[name] for name in ("home", "media")})
        asyncio.run(self.host.serve())
        self.grammar: Grammar = create(self.host.templates, self.host.readers)

    def tv(self, state: str) -> None:
        assert isinstance(self.link.home, Home)
        one = self.link.home.entities["media_player.tv"]
        self.link.home = replace(
            self.link.home, entities={**self.link.home.entities, one.id: replace(one, state=state)}
        )

    def meant(self, text: str) -> str:
        calls = self.grammar.match(text)
        assert calls, text
        return calls[0].tool.partition(".")[0]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    made = Both(tmp_path_factory.mktemp("both"))
    yield made
    made.host.close()
    made.store.close()


@pytest.mark.parametrize(
    "sentence",
    [
        "pause the music", "stop the music", "next song", "volume up", "louder", "turn the music down",
        "turn down the music",
        "turn up the music", "make the music louder", "make the music quieter", "music down", "turn it down",
        "turn it up",
        "play it louder", "lower the music volume", "set the music to thirty percent", "turn the music volume up",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("state", "skill"), [("playing", "home"), ("buffering", "home"), ("off", "media"), ("idle", "media")]
)
def test_what_plays_is_meant(both: Both, sentence: str, state: str, skill: str) -> None:
    """While the TV plays it is the TV; while it is off or idle it is the music elsewhere."""
    both.tv(state)
    assert skill == both.meant(sentence)


@pytest.mark.parametrize(("state", "skill"), [("paused", "home"), ("off", "media")])
def test_what_was_paused_goes_on(both: Both, state: str, skill: str) -> None:
    """ "Resume the music" is for the player that was paused."""
    both.tv(state)
    assert skill == both.meant("resume the music")


@pytest.mark.parametrize("sentence", ["pause the tv", "turn the tv down", "next song on the tv"])
def test_a_player_by_its_name_is_meant(both: Both, sentence: str) -> None:
    """Whoever names the TV means it, whatever it does."""
    both.tv("off")
    assert "home" == both.meant(sentence)
