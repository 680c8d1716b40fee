"""A word while the person waits: learnt, said at most once, and never before an answer that is quick."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from assistant.events import Event, EventBus
from assistant.speak import filler
from assistant.speak.filler import FILLERS, Waits
from assistant.speak.speaker import Speaker
from assistant.testing import ScriptedLoudspeaker, ScriptedVoice, settle
from assistant.types import Route, RouteDecision, Turn

pytestmark = pytest.mark.unit


def test_fast_routes_are_never_announced() -> None:
    """What the grammar answers comes at once, whatever was measured before."""
    waits = Waits()
    waits.note("grammar", 5.0)
    assert waits.fill_after_s("grammar") is None
    assert waits.fill_after_s("none") is None


def test_a_wait_that_is_known_to_be_long_is_filled_early() -> None:
    """Until a route is known as slow, only a wait that has become long is filled."""
    waits = Waits()
    assert filler.SURPRISED_AFTER_S == waits.fill_after_s("talker")
    for _ in range(filler.ENOUGH):
        assert filler.SURPRISED_AFTER_S == waits.fill_after_s("talker")
        waits.note("talker", 2.0)
    assert filler.EXPECTED_AFTER_S == waits.fill_after_s("talker")
    assert filler.SURPRISED_AFTER_S == waits.fill_after_s("cloud")


def test_quick_answers_win_the_prediction_back() -> None:
    """The newest answers count; what was ready before the end of the turn counts as no wait."""
    waits = Waits()
    for wait_s in (2.0, 2.0, 2.0, -0.3, -0.3):
        waits.note("talker", wait_s)
    assert 2.0 == waits.predicted_s("talker")
    waits.note("talker", -0.3)
    assert 0.0 == waits.predicted_s("talker")
    assert filler.SURPRISED_AFTER_S == waits.fill_after_s("talker")


def test_a_phrase_is_never_longer_than_the_wait() -> None:
    """A wait that is hardly longer than a phrase gets a sound; a long one, and one that nobody knew of, words."""
    waits = Waits()
    assert waits.deserves_words("talker")
    for wait_s, words in ((1.2, False), (filler.PHRASE_WAIT_S, False), (1.6, True), (0.5, True)):
        for _ in range(filler.REMEMBERED):
            waits.note("talker", wait_s)
        assert words == waits.deserves_words("talker")


class Answer:
    """A speaker whose answer comes when it is told to."""

    def __init__(self, route: Route) -> None:
        self.voice = ScriptedVoice()
        self.loudspeaker = ScriptedLoudspeaker()
        self.events: list[Event] = []
        bus = EventBus()
        bus.observe(self.events.append)
        self.speaker = Speaker(self.voice, self.loudspeaker, bus)
        self.turn = Turn(id="t", ended_ms=0.0, decision=RouteDecision(route=route, reason="test"))
        self.turn.committed.set()
        self.comes = asyncio.Event()

    async def deltas(self) -> AsyncIterator[str]:
        await self.comes.wait()
        yield "Because of the air."


def say(
    route: Route, monkeypatch: pytest.MonkeyPatch, *, ready: bool = False, waits_s: tuple[float, ...] = ()
) -> Answer:
    """Say an answer that comes only after the time for a filler, or at once; no waiting in either."""
    monkeypatch.setattr(filler, "SURPRISED_AFTER_S", 0.0)

    async def session() -> Answer:
        answer = Answer(route)
        for wait_s in waits_s:
            answer.speaker._waits.note(route, wait_s)
        if ready:
            answer.comes.set()
        task = asyncio.create_task(answer.speaker.say(answer.deltas(), answer.turn))
        await asyncio.sleep(0.001)
        await settle()
        answer.comes.set()
        await asyncio.wait_for(task, 5)
        return answer

    return asyncio.run(session())


def test_a_late_answer_has_one_filler_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The filler sounds first and once; the history and the first sound are those of the answer."""
    answer = say("talker", monkeypatch)
    assert [FILLERS[0], "Because of the air."] == answer.voice.said
    assert [1, 2] == answer.loudspeaker.played
    assert "Because of the air." == answer.turn.heard == answer.turn.reply
    assert {"filler", "first_audio"} <= answer.turn.timings_ms.keys()
    assert ["first_audio", "speech_done"] == [event.kind for event in answer.events]


def test_no_filler_on_the_fast_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command is answered or not; nothing is said about the wait."""
    answer = say("grammar", monkeypatch)
    assert ["Because of the air."] == answer.voice.said


def test_no_filler_when_the_answer_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that was prepared while the person spoke needs none."""
    answer = say("talker", monkeypatch, ready=True)
    assert ["Because of the air."] == answer.voice.said


def test_a_middling_wait_is_filled_with_a_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """It sounds before the answer and says nothing: neither the history nor the voice knows of it."""
    monkeypatch.setattr(filler, "EXPECTED_AFTER_S", 0.0)
    answer = say("talker", monkeypatch, waits_s=(1.2, 1.2, 1.2))
    assert ["Because of the air."] == answer.voice.said
    assert [1, 2] == answer.loudspeaker.played
    assert "Because of the air." == answer.turn.heard
    assert answer.turn.timings_ms["filler"] <= answer.turn.timings_ms["first_audio"]
