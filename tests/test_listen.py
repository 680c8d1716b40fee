"""The loop with scripted time: wake word, end of turn, speculation, barge-in, follow-up; real grammar and skills."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.config import TurnConfig
from assistant.events import Event, EventBus
from assistant.listen import Ears, Listener
from assistant.skills_host import LentContext, SkillHost
from assistant.speak.speaker import Speaker
from assistant.store.timers import TimerStore
from assistant.testing import (
    MURMUR,
    SILENCE,
    SPEECH,
    WAKE,
    ScriptedLoudspeaker,
    ScriptedMicrophone,
    ScriptedRecognizer,
    ScriptedSpeech,
    ScriptedVoice,
    ScriptedWake,
)
from assistant.think.understanding import Minds, Understanding
from assistant.turn import Stages

pytestmark = pytest.mark.unit

Script = Sequence[tuple[int, int] | asyncio.Event]


class Room:
    """Everything around a listener, with its fakes in reach."""

    def __init__(self, folder: Path, *texts: str, hold: bool = False, follow_up_s: float = 0.0) -> None:
        self.timers = TimerStore(folder / "timers.sqlite3")
        host = SkillHost.load(LentContext(timers=self.timers))
        grammar = importlib.import_module("assistant.engines.hassil_grammar").create(host.templates)
        self.events: list[Event] = []
        self.recognizer = ScriptedRecognizer(*texts)
        self.voice = ScriptedVoice()
        self.loudspeaker = ScriptedLoudspeaker(hold=hold)
        self.silenced = 0
        bus = EventBus()
        bus.observe(self.events.append)
        self.stages = Stages(
            recognizer=self.recognizer,
            understanding=Understanding(grammar=grammar, toolbox=host, minds=Minds()),
            speaker=Speaker(self.voice, self.loudspeaker, bus),
            bus=bus,
            wake_phrase="Okay Nabu",
            silence_alarm=self._silence,
        )
        self._bus = bus
        self._config = TurnConfig(follow_up_s=follow_up_s)

    def _silence(self) -> bool:
        self.silenced += 1
        return True

    async def hear(
        self,
        script: Script,
        prepare: Callable[[Listener], None] = lambda listener: None,
        *,
        can_interrupt: bool = True,
        end: bool = False,
    ) -> None:
        """`end`: what is still said when the script is over is cut off."""
        microphone = ScriptedMicrophone(script)
        ears = Ears(
            microphone=microphone,
            wake=ScriptedWake(),  # type: ignore[arg-type]
            vad=ScriptedSpeech(),  # type: ignore[arg-type]
            can_interrupt=lambda: can_interrupt,
        )
        listener = Listener(ears, self.stages, self._config, self._bus)
        prepare(listener)
        async with asyncio.timeout(5):
            running = asyncio.create_task(listener.run())
            if end:
                await microphone.ended.wait()
                await listener.stop_turn()
            await running

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]


COMMAND = [(SILENCE, 2000), (WAKE, 20), (SPEECH, 1000), (SILENCE, 140), (SILENCE, 800)]


def test_a_command_without_a_pause_is_done(tmp_path: Path) -> None:
    """Wake word and wish in one breath: the timer is set, and what is said comes from its result."""
    room = Room(tmp_path, "Okay Nabu, set a timer for ten minutes.")
    asyncio.run(room.hear(COMMAND))
    assert [600] == [timer.seconds for timer in room.timers.list()]
    assert ["Ten minutes, starting now."] == room.voice.said
    expected = ["wake", "listening", "speech_started", "speech_ended", "transcript", "route", "tool"]
    assert expected == room.kinds()[:7]


def test_the_audio_begins_before_the_wake_word(tmp_path: Path) -> None:
    """No word is lost: the recogniser hears the second before the detection as well."""
    room = Room(tmp_path, "Okay Nabu, set a timer for ten minutes.")
    asyncio.run(room.hear(COMMAND))
    assert len(room.recognizer.heard[0]) >= 16 * (1000 + 1000)


def test_a_whole_command_ends_early(tmp_path: Path) -> None:
    """The grammar's verdict on the running transcript ends the turn at 260 ms of silence instead of 600."""
    room = Room(tmp_path, "Okay Nabu, what time is it?")
    asyncio.run(room.hear(COMMAND))
    ended = next(event for event in room.events if event.kind == "speech_ended")
    assert (260, "complete") == (ended.fields["decided_ms"], ended.fields["ended_by"])


def test_a_thinker_is_not_cut_off_and_nothing_acts_early(tmp_path: Path) -> None:
    """What was understood in a pause is dropped when speech goes on: one timer, the one that was meant."""
    room = Room(tmp_path, "Okay Nabu, set a timer for ten", "Okay Nabu, set a timer for ten hours.")
    pause = [(SILENCE, 2000), (WAKE, 20), (SPEECH, 1000), (SILENCE, 140), (SILENCE, 100), (SPEECH, 500)]
    asyncio.run(room.hear([*pause, (SILENCE, 140), (SILENCE, 1500)]))
    assert [36000] == [timer.seconds for timer in room.timers.list()]
    assert 1 == room.kinds().count("transcript")


def test_even_a_complete_command_is_only_thought_until_the_end(tmp_path: Path) -> None:
    """ "... ten minutes" is whole, but the person goes on: the first reading must leave no timer."""
    room = Room(tmp_path, "Set a timer for ten minutes.", "Set a timer for ten minutes and five seconds.")
    pause = [(SILENCE, 2000), (WAKE, 20), (SPEECH, 1000), (SILENCE, 140), (SPEECH, 500), (SILENCE, 140)]
    asyncio.run(room.hear([*pause, (SILENCE, 1000)]))
    assert [605] == [timer.seconds for timer in room.timers.list()]


def test_noise_after_the_wake_word_is_no_turn(tmp_path: Path) -> None:
    """A sound that holds no words is forgotten, and the wish that follows is heard."""
    room = Room(tmp_path, "", "What time is it?")
    noise = [(SILENCE, 2000), (WAKE, 20), (SILENCE, 300), (SPEECH, 200), (SILENCE, 140), (SILENCE, 300)]
    asyncio.run(room.hear([*noise, (SPEECH, 900), (SILENCE, 140), (SILENCE, 700)]))
    assert ["What time is it?"] == [event.fields["text"] for event in room.events if event.kind == "transcript"]


def test_silence_after_the_wake_word_closes(tmp_path: Path) -> None:
    """Nobody spoke: it closes without a word."""
    room = Room(tmp_path, "")
    asyncio.run(room.hear([(SILENCE, 1000), (WAKE, 20), (SILENCE, 6000)]))
    assert ["wake", "listening", "follow_up_closed"] == room.kinds()
    assert [] == room.voice.said


def test_without_the_wake_word_nothing_is_heard(tmp_path: Path) -> None:
    """Talk in the room never reaches the recogniser."""
    room = Room(tmp_path, "What time is it?")
    asyncio.run(room.hear([(SPEECH, 3000), (SILENCE, 1000)]))
    assert [] == room.recognizer.heard


def test_the_wake_word_interrupts_an_answer(tmp_path: Path) -> None:
    """Speaking over it with the wake word silences the answer and begins a new turn."""
    room = Room(tmp_path, "What time is it?", "Set a timer for one minute.", hold=True)
    asyncio.run(room.hear([*COMMAND, (WAKE, 20), (SPEECH, 800), (SILENCE, 140), (SILENCE, 700), (WAKE, 20)]))
    assert "interrupted" in room.kinds()
    assert room.loudspeaker.cuts >= 1
    assert [60] == [timer.seconds for timer in room.timers.list()]


def test_stop_ends_an_answer_without_the_wake_word(tmp_path: Path) -> None:
    """A short "stop" while it speaks is recognised and ends the answer; nothing is answered to it."""
    room = Room(tmp_path, "What time is it?", "Stop.", hold=True)
    asyncio.run(room.hear([*COMMAND, (SPEECH, 400), (SILENCE, 300), (SILENCE, 300)]))
    assert [("interrupted", "stop")] == [(e.kind, e.fields["by"]) for e in room.events if e.kind == "interrupted"]
    assert 1 == len(room.voice.said)


END = [(WAKE, 20), (SILENCE, 6000)]
OVER = [(SPEECH, 400), (SILENCE, 140), (SILENCE, 300), (SILENCE, 400)]


@pytest.mark.parametrize("sound", ["", "Mhm.", "M H M.", "Uh-huh, okay.", "starting now.", "ten minutes, starting now"])
def test_what_is_no_wish_pauses_an_answer_only(tmp_path: Path, sound: str) -> None:
    """A cough, a sign of listening and our own words pause the answer; it goes on, and no turn begins."""
    room = Room(tmp_path, "Okay Nabu, set a timer for ten minutes.", sound, hold=True)
    asyncio.run(room.hear([*COMMAND, *OVER, *END]))
    kinds = room.kinds()
    assert (1, 1) == (kinds.count("paused"), kinds.count("resumed"))
    assert ["wake"] == [event.fields["by"] for event in room.events if event.kind == "interrupted"]
    assert 1 == kinds.count("transcript")
    assert 2 == len(room.loudspeaker.played)


def test_words_of_ours_that_outlast_our_voice_are_a_wish(tmp_path: Path) -> None:
    """Who says what we have just named goes on long after we fell silent: that is no echo of ours."""
    room = Room(tmp_path, "Set a timer for ten minutes.", "Ten minutes.", hold=True)
    asyncio.run(room.hear([*COMMAND, (SPEECH, 800), *OVER[1:], *END]))
    assert ["speech"] == [event.fields["by"] for event in room.events if event.kind == "interrupted"]
    assert "resumed" not in room.kinds()


def test_a_wish_over_an_answer_is_the_next_turn(tmp_path: Path) -> None:
    """Whoever goes on talking without the wake word is served: the answer ends, the wish is understood."""
    room = Room(tmp_path, "What time is it?", "Set a timer for one minute.", hold=True)
    asyncio.run(room.hear([*COMMAND, *OVER, *END]))
    assert ["speech", "wake"] == [event.fields["by"] for event in room.events if event.kind == "interrupted"]
    assert [60] == [timer.seconds for timer in room.timers.list()]
    assert 2 == len(room.voice.said)


def test_a_noisy_room_does_not_end_an_answer(tmp_path: Path) -> None:
    """After three false interruptions an answer is finished whatever sounds; the wake word still ends it."""
    room = Room(tmp_path, "What time is it?", "", hold=True)
    asyncio.run(room.hear([*COMMAND, *(OVER * 5), *END]))
    kinds = room.kinds()
    assert (3, 3) == (kinds.count("paused"), kinds.count("resumed"))
    assert ["wake"] == [event.fields["by"] for event in room.events if event.kind == "interrupted"]


def test_without_echo_cancellation_only_the_wake_word_interrupts(tmp_path: Path) -> None:
    """Where our own voice cannot be told from a person's, speech does nothing."""
    room = Room(tmp_path, "What time is it?", "Stop.", hold=True)
    asyncio.run(room.hear([*COMMAND, *OVER, *END], can_interrupt=False))
    assert "paused" not in room.kinds()
    assert ["wake"] == [event.fields["by"] for event in room.events if event.kind == "interrupted"]


def test_stop_silences_a_ringing_timer(tmp_path: Path) -> None:
    """While a timer rings the loop listens for "stop" without the wake word."""

    def ring(listener: Listener) -> None:
        listener.ringing = True

    room = Room(tmp_path, "Stop.")
    asyncio.run(room.hear([(SILENCE, 1000), (SPEECH, 400), (SILENCE, 300), (SILENCE, 300)], ring))
    assert 1 == room.silenced


def test_after_an_answer_no_wake_word_is_needed(tmp_path: Path) -> None:
    """The follow-up window hears the next wish; it closes silently when nobody speaks."""
    room = Room(tmp_path, "Set a timer for ten minutes.", "Set a timer for one minute.", follow_up_s=6.0)
    asyncio.run(room.hear([*COMMAND, (SPEECH, 800), (SILENCE, 140), (SILENCE, 700), (SILENCE, 7000)]))
    assert [60, 600] == sorted(timer.seconds for timer in room.timers.list())
    assert "follow_up_closed" == room.kinds()[-1]


def test_a_soft_voice_in_the_follow_up_is_not_for_us(tmp_path: Path) -> None:
    """Who speaks 20 dB more softly than the person before means somebody else."""
    room = Room(tmp_path, "Set a timer for ten minutes.", "Set a timer for one minute.", follow_up_s=6.0)
    asyncio.run(room.hear([*COMMAND, (MURMUR, 800), (SILENCE, 140), (SILENCE, 700), (SILENCE, 7000)]))
    assert [600] == [timer.seconds for timer in room.timers.list()]
    assert "follow_up_closed" == room.kinds()[-1]


@pytest.mark.parametrize(("ended_ms", "turns"), [(4000.0, 1), (0.0, 2)])
def test_our_own_words_start_no_turn(tmp_path: Path, ended_ms: float, turns: int) -> None:
    """What sounds like our last answer right after it is its echo; long after it a person says our words."""
    room = Room(tmp_path, "Set a timer for ten minutes.", "Ten minutes, starting now.", follow_up_s=6.0)
    room.loudspeaker.at_ms = ended_ms
    asyncio.run(room.hear([*COMMAND, (SPEECH, 800), (SILENCE, 140), (SILENCE, 700), (SILENCE, 7000)]))
    assert turns == room.kinds().count("transcript")


def test_our_own_wake_word_wakes_nobody(tmp_path: Path) -> None:
    """A sentence of ours that holds the wake word does not interrupt itself."""
    room = Room(tmp_path, "What time is it?", hold=True)
    room.stages = dataclasses.replace(room.stages, wake_phrase="It's")  # which is how the answer begins
    asyncio.run(room.hear([*COMMAND, (SILENCE, 200), (WAKE, 20), (SILENCE, 400)], end=True))
    assert 1 == room.kinds().count("wake")


@pytest.mark.parametrize(("ended_ms", "wakes"), [(4000.0, 1), (3000.0, 2)])
def test_our_own_wake_word_is_over_after_a_moment(tmp_path: Path, ended_ms: float, wakes: int) -> None:
    """What is detected 0.2 s after our last sound may be its echo; a second later it is a person."""
    room = Room(tmp_path, "What time is it?", "What time is it?")
    room.stages = dataclasses.replace(room.stages, wake_phrase="It's")
    room.loudspeaker.at_ms = ended_ms
    asyncio.run(room.hear([*COMMAND, (SILENCE, 200), (WAKE, 20), (SILENCE, 400)], end=True))
    assert wakes == room.kinds().count("wake")


def test_without_a_talker_it_says_so(tmp_path: Path) -> None:
    """While the language model loads, an open question gets an honest answer."""
    room = Room(tmp_path, "Why is the sky blue?")
    asyncio.run(room.hear([*COMMAND, (SILENCE, 700)]))
    assert room.voice.said[0].startswith("I can't answer")


@pytest.mark.parametrize("answer", ["Ten minutes.", "ten minutes"])
def test_a_question_of_ours_is_answered_in_two_words(tmp_path: Path, answer: str) -> None:
    """ "Set a timer." - "For how long?" - "Ten minutes.\""""
    room = Room(tmp_path, "Set a timer.", answer, follow_up_s=6.0)
    script = [*COMMAND, (SILENCE, 800), (SPEECH, 800), (SILENCE, 140), (SILENCE, 1200)]
    asyncio.run(room.hear(script))
    assert [600] == [timer.seconds for timer in room.timers.list()]


SOUNDS = st.lists(
    st.tuples(st.sampled_from([SPEECH, SILENCE, WAKE]), st.sampled_from([20, 60, 140, 300, 700, 1200])),
    min_size=4,
    max_size=24,
)
WORDS = st.lists(
    st.sampled_from(
        [
            "Set a timer for ten minutes.",
            "Set a timer for ten",
            "Okay Nabu, set a timer for one hour.",
            "Cancel all timers.",
            "What time is it?",
            "Stop.",
            "Mhm.",
            "",
        ]
    ),
    min_size=1,
    max_size=8,
)


@given(sounds=SOUNDS, words=WORDS, hold=st.booleans())
@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_stale_turn_speaks_or_acts(
    tmp_path_factory: pytest.TempPathFactory, sounds: list[tuple[int, int]], words: list[str], hold: bool
) -> None:
    """However sounds and transcripts follow each other: only a turn whose end was certain acts or is heard, none after
    it was interrupted, and no answer stays paused for ever."""
    room = Room(tmp_path_factory.mktemp("any"), *words, hold=hold, follow_up_s=2.0)
    script = [(SILENCE, 500), (WAKE, 20), *sounds, (SILENCE, 3000)]
    asyncio.run(room.hear(script, end=True))
    ended: set[str] = set()
    over: set[str] = set()
    paused: set[str] = set()
    for event in room.events:
        if event.kind in ("tool", "first_audio", "reply", "transcript"):
            assert event.turn_id in ended, f"{event.kind} before the end of speech was certain"
            assert event.turn_id not in over, f"{event.kind} after the interruption"
        if event.kind == "speech_ended":
            assert event.turn_id not in ended
            ended.add(event.turn_id)
        if event.kind == "paused":
            paused.add(event.turn_id)
        if event.kind in ("resumed", "interrupted", "speech_done"):
            paused.discard(event.turn_id)
        if event.kind == "interrupted":
            over.add(event.turn_id)
    assert set() == paused
    changed = [e for e in room.events if e.kind == "tool" and e.fields["ok"] and e.fields["tool"] == "timer.set"]
    assert len(room.timers.list()) <= len(changed)
