"""One voice: what sounds when, how an answer is paused and goes on, and what of it was heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import numpy as np
import pytest

from assistant.events import Event, EventBus
from assistant.speak.saying import Segment
from assistant.speak.speaker import Speaker
from assistant.testing import ScriptedLoudspeaker, ScriptedVoice, settle
from assistant.types import RATE_HZ, AudioChunk, Turn

pytestmark = pytest.mark.unit

NEWS = "Here is some news, and it is good. That was all of it."
SAID = ["Here is some news", "and it is good.", "That was all of it."]


async def deltas(text: str) -> AsyncIterator[str]:
    yield text


class Stage:
    """A speaker with its fakes; the loudspeaker holds every segment until it is finished or cut."""

    def __init__(self) -> None:
        self.voice = ScriptedVoice()
        self.loudspeaker = ScriptedLoudspeaker(hold=True)
        self.events: list[Event] = []
        bus = EventBus()
        bus.observe(self.events.append)
        self.speaker = Speaker(self.voice, self.loudspeaker, bus)

    async def say(self, text: str = NEWS, *, committed: bool = True) -> tuple[asyncio.Task[None], Turn]:
        """Begin to say it, as far as it goes without time."""
        turn = Turn(id="t", ended_ms=0.0)
        if committed:
            turn.committed.set()
        task = asyncio.create_task(self.speaker.say(deltas(text), turn))
        await settle()
        return task, turn

    def finish(self, *segments: int) -> None:
        for segment in segments:
            self.loudspeaker.finish(segment)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]


def on_stage(play: Callable[[Stage], Awaitable[None]]) -> None:
    async def session() -> None:
        await asyncio.wait_for(play(Stage()), 5)

    asyncio.run(session())


async def cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


def test_a_reply_ends_when_all_of_it_was_played() -> None:
    """`say` returns at the end of the last clause; all words were heard."""

    async def play(stage: Stage) -> None:
        task, turn = await stage.say()
        assert SAID == stage.voice.said
        assert [1, 2, 3] == stage.loudspeaker.played
        stage.finish(1, 2)
        await settle()
        assert not task.done()
        assert stage.speaker.speaking
        stage.finish(3)
        await task
        assert NEWS == turn.heard == turn.reply
        assert not stage.speaker.speaking
        assert ["first_audio", "speech_done"] == stage.kinds()

    on_stage(play)


def test_sound_begins_only_after_the_turn_is_committed() -> None:
    """A prepared answer is rendered and silent; the end of the turn lets it out."""

    async def play(stage: Stage) -> None:
        task, turn = await stage.say(committed=False)
        assert SAID[:1] == stage.voice.said
        assert [] == stage.loudspeaker.played
        assert not stage.speaker.speaking
        turn.committed.set()
        await settle()
        assert [1, 2, 3] == stage.loudspeaker.played
        stage.finish(1, 2, 3)
        await task

    on_stage(play)


def test_a_pause_cuts_and_the_reply_stays_open() -> None:
    """The loudspeaker is silent at once, and `say` waits for what comes next."""

    async def play(stage: Stage) -> None:
        task, _ = await stage.say()
        await stage.speaker.pause()
        await settle()
        assert 1 == stage.loudspeaker.cuts
        assert stage.speaker.paused
        assert stage.speaker.speaking
        assert not task.done()
        await cancel(task)

    on_stage(play)


def test_it_goes_on_from_the_start_of_the_broken_sentence() -> None:
    """Cut in the second clause of the first sentence: the whole sentence is said again, nothing is rendered anew."""

    async def play(stage: Stage) -> None:
        task, turn = await stage.say()
        stage.finish(1)
        await stage.speaker.pause()
        await stage.speaker.resume()
        await settle()
        assert [1, 2, 3, 4, 5, 6] == stage.loudspeaker.played
        assert SAID == stage.voice.said
        assert not stage.speaker.paused
        stage.finish(4, 5)
        await settle()
        assert not task.done()
        stage.finish(6)
        await task
        assert NEWS == turn.heard

    on_stage(play)


def test_a_sentence_that_was_heard_is_not_said_again() -> None:
    """Cut in the second sentence: only that one is repeated."""

    async def play(stage: Stage) -> None:
        task, turn = await stage.say()
        stage.finish(1, 2)
        await stage.speaker.pause()
        await stage.speaker.resume()
        assert [1, 2, 3, 4] == stage.loudspeaker.played
        stage.finish(4)
        await task
        assert NEWS == turn.heard

    on_stage(play)


def test_a_reply_can_be_paused_again_and_again() -> None:
    """Each pause cuts, each resumption plays the sentence from its start."""

    async def play(stage: Stage) -> None:
        task, turn = await stage.say("One two three four.")
        for _ in range(3):
            await stage.speaker.pause()
            await settle()
            assert not task.done()
            await stage.speaker.resume()
        assert [1, 2, 3, 4] == stage.loudspeaker.played
        stage.finish(4)
        await task
        assert "One two three four." == turn.heard

    on_stage(play)


def test_a_pause_before_the_first_sound_holds_it_back() -> None:
    """Somebody began to speak while the answer was still prepared: it begins with the resumption."""

    async def play(stage: Stage) -> None:
        await stage.speaker.pause()
        task, turn = await stage.say()
        assert [] == stage.loudspeaker.played
        await stage.speaker.resume()
        await settle()
        assert [1, 2, 3] == stage.loudspeaker.played
        stage.finish(1, 2, 3)
        await task
        assert NEWS == turn.heard

    on_stage(play)


def test_a_paused_reply_is_cancelled_and_the_next_one_sounds_when_freed() -> None:
    """Until `free` nothing sounds; then the new answer does, and the old one never again."""

    async def play(stage: Stage) -> None:
        task, turn = await stage.say()
        stage.finish(1, 2)
        await stage.speaker.pause()
        await cancel(task)
        assert "Here is some news, and it is good." == turn.heard
        after, turn = await stage.say("Something quite new.")
        assert [1, 2, 3] == stage.loudspeaker.played
        await stage.speaker.free()
        await settle()
        assert not stage.speaker.paused
        assert [1, 2, 3, 4] == stage.loudspeaker.played
        stage.finish(4)
        await after
        assert "Something quite new." == turn.heard

    on_stage(play)


def test_resuming_when_the_reply_is_gone_only_frees() -> None:
    """The answer was cancelled meanwhile: nothing is played, nothing hangs."""

    async def play(stage: Stage) -> None:
        task, _ = await stage.say()
        await stage.speaker.pause()
        await cancel(task)
        await stage.speaker.resume()
        assert [1, 2, 3] == stage.loudspeaker.played
        assert not stage.speaker.paused

    on_stage(play)


def test_heard_is_only_what_was_played() -> None:
    """A cancelled answer counts the clauses that ended, not those that waited."""

    async def play(stage: Stage) -> None:
        task, turn = await stage.say()
        stage.finish(1)
        await cancel(task)
        assert 1 == stage.loudspeaker.cuts
        assert "Here is some news," == turn.heard
        assert NEWS == turn.reply

    on_stage(play)


def test_heard_once_is_heard_although_its_repetition_was_cut() -> None:
    """A clause that was played to its end stays heard when the sentence is repeated and broken off in it."""

    async def play(stage: Stage) -> None:
        task, turn = await stage.say()
        stage.finish(1)
        await stage.speaker.pause()
        await stage.speaker.resume()
        await cancel(task)
        assert "Here is some news," == turn.heard

    on_stage(play)


def test_a_cut_clause_counts_by_the_share_of_its_time() -> None:
    """Half of the sound is half of the words."""
    segment = Segment(text="one two three four")
    segment.add(AudioChunk(samples=np.ones(RATE_HZ, np.int16), rate_hz=RATE_HZ, start_ms=0.0))
    assert "" == segment.heard()
    segment.played_ms = 500.0
    assert "one two" == segment.heard()
    segment.complete = True
    assert "one two three four" == segment.heard()


def test_a_second_prepared_reply_does_not_disturb_the_first() -> None:
    """Two answers at once: only that of the committed turn sounds, and dropping the other cuts nothing."""

    async def play(stage: Stage) -> None:
        first, turn = await stage.say()
        second, other = await stage.say("Nobody hears this.", committed=False)
        assert [1, 2, 3] == stage.loudspeaker.played
        assert "Nobody hears this." == stage.voice.said[-1]
        await cancel(second)
        assert 0 == stage.loudspeaker.cuts
        assert "" == other.heard
        stage.finish(1, 2, 3)
        await first
        assert NEWS == turn.heard
        assert 1 == stage.kinds().count("speech_done")

    on_stage(play)


def test_the_end_of_the_first_reply_leaves_the_second_alone() -> None:
    """A revision that was dropped late neither cuts nor counts the answer that took its place."""

    async def play(stage: Stage) -> None:
        dropped, _ = await stage.say("Never heard at all.", committed=False)
        second, turn = await stage.say("One two three four.")
        assert [1] == stage.loudspeaker.played
        await cancel(dropped)
        assert 0 == stage.loudspeaker.cuts
        assert stage.speaker.speaking
        assert "One two three four." == stage.speaker.recent
        stage.finish(1)
        await second
        assert "One two three four." == turn.heard

    on_stage(play)


def test_nothing_to_say_returns_at_once() -> None:
    """An empty reply needs no loudspeaker."""

    async def play(stage: Stage) -> None:
        task, turn = await stage.say("")
        assert task.done()
        assert "" == turn.heard
        assert [] == stage.loudspeaker.played

    on_stage(play)
