"""Turns become rows: on the real loop with scripted time, and with what can go wrong between events and disk."""

from __future__ import annotations

import asyncio
import importlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from assistant.config import TurnConfig
from assistant.events import EventBus
from assistant.listen import Ears, Listener
from assistant.skills_host import LentContext, SkillHost
from assistant.speak.speaker import Speaker
from assistant.store.history import DAY_S, Entry, History, Outcome
from assistant.store.recorder import MAX_OPEN, TurnRecorder, recording
from assistant.store.timers import TimerStore
from assistant.telemetry.why import explain
from assistant.testing import (
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

COMMAND = [(SILENCE, 2000), (WAKE, 20), (SPEECH, 1000), (SILENCE, 140), (SILENCE, 800)]
STOP = [(SPEECH, 400), (SILENCE, 300), (SILENCE, 300)]


def kept(file: Path) -> list[Entry]:
    """All turns, the oldest first."""
    history = History(file)
    try:
        return history.latest(1000)[::-1]
    finally:
        history.close()


def spoken(folder: Path, script: Sequence[tuple[int, int]], *texts: str, hold: bool = False) -> list[Entry]:
    """What is kept after the real listener, turn, grammar, skills and speaker have heard a script."""
    bus = EventBus()
    timers = TimerStore(folder / "timers.sqlite3")
    host = SkillHost.load(LentContext(timers=timers))
    grammar = importlib.import_module("assistant.engines.hassil_grammar").create(host.templates)
    stages = Stages(
        recognizer=ScriptedRecognizer(*texts),
        understanding=Understanding(grammar=grammar, toolbox=host, minds=Minds()),
        speaker=Speaker(ScriptedVoice(), ScriptedLoudspeaker(hold=hold), bus),
        bus=bus,
        wake_phrase="Okay Nabu",
        silence_alarm=lambda: False,
    )

    async def session() -> None:
        wake, vad = ScriptedWake(), ScriptedSpeech()
        ears = Ears(microphone=ScriptedMicrophone(script), wake=wake, vad=vad)  # type: ignore[arg-type]
        listener = Listener(ears, stages, TurnConfig(follow_up_s=2.0), bus)
        async with asyncio.timeout(5):
            await listener.run()

    with recording(bus, folder / "h.sqlite3", keep_days=30, keep_words=True):
        asyncio.run(session())
    timers.close()
    return kept(folder / "h.sqlite3")


def test_a_command(tmp_path: Path) -> None:
    """One row, with what was heard, decided, done and said, and when."""
    (entry,) = spoken(tmp_path, COMMAND, "Okay Nabu, set a timer for ten minutes.")
    record = entry.record
    assert "set a timer for ten minutes." == entry.heard.lower()
    assert ("wake", "complete", "spoken") == (record.opened_by, record.ended_by, record.ended)
    assert ("grammar", "grammar", "timer", "timer.set") == (record.route, record.reason, record.skill, record.tool)
    assert (Outcome(tool="timer.set", ok=True),) == record.results
    assert ("Ten minutes, starting now.", 4) == (record.reply, record.heard_words)
    wanted = {"end_decided", "transcript", "decode_ms", "routed", "first_text", "first_sound_ready", "first_audio"}
    assert wanted <= set(record.timings_ms)
    assert explain(entry).endswith("and it was done.")


def test_a_stop_word_over_an_answer(tmp_path: Path) -> None:
    """The answer tells that it was broken off, the stop word what it was; neither needs speech to be kept."""
    answer, stop = spoken(tmp_path, [*COMMAND, *STOP], "Okay Nabu, what time is it?", "Stop.", hold=True)
    assert ("interrupted", "stop") == (answer.record.ended, answer.record.by)
    assert ("interruption", "stop_word", "stopped") == (
        stop.record.opened_by,
        stop.record.reason,
        stop.record.ended,
    )


def test_a_follow_up(tmp_path: Path) -> None:
    """What is said after an answer needs no wake word, and the row says so."""
    script = [*COMMAND, (SPEECH, 900), (SILENCE, 140), (SILENCE, 700)]
    first, second = spoken(tmp_path, script, "Okay Nabu, what time is it?", "What day is it?")
    assert ("wake", "follow_up") == (first.record.opened_by, second.record.opened_by)


def test_a_noise_is_no_turn(tmp_path: Path) -> None:
    """Nothing is kept of sounds without words."""
    assert [] == spoken(tmp_path, COMMAND, "")


def record(folder: Path, tell: Callable[[EventBus], None], wall_s: Callable[[], float] = lambda: 1e9) -> list[Entry]:
    """What is kept of events that are told by hand."""
    bus = EventBus()
    recorder = TurnRecorder(folder / "h.sqlite3", 30, wall_s, keep_words=True)
    bus.observe(recorder.observe)
    tell(bus)
    recorder.close()
    return kept(folder / "h.sqlite3")


def test_a_turn_in_writing(tmp_path: Path) -> None:
    """A typed turn ends with its reply."""

    def tell(bus: EventBus) -> None:
        bus.emit("transcript", "c1", text="what is 2 plus 2", typed=True)
        bus.emit("tool", "c1", tool="calculator.sum", ok=True, error=None, data={})
        bus.emit("reply", "c1", text="4", route="grammar", reason="grammar", timings_ms={"done": 3.0})

    (entry,) = record(tmp_path, tell)
    assert (1e9, "c1", "what is 2 plus 2") == (entry.at_s, entry.turn, entry.heard)
    assert ("typed", "written", "4", {"done": 3.0}) == (
        entry.record.opened_by,
        entry.record.ended,
        entry.record.reply,
        entry.record.timings_ms,
    )


def test_an_alarm_that_is_silenced(tmp_path: Path) -> None:
    """What follows the end of a turn is added to its row."""

    def tell(bus: EventBus) -> None:
        bus.emit("transcript", "t1", text="stop")
        bus.emit("route", "t1", route="grammar", reason="stop_word", tool=None)
        bus.emit("timer", "t1", state="silenced")

    (entry,) = record(tmp_path, tell)
    assert (True, "stopped") == (entry.record.silenced, entry.record.ended)


def test_an_answer_that_goes_on_after_a_noise(tmp_path: Path) -> None:
    """Pauses are told with why it went on, and the next words were said over nothing."""

    def tell(bus: EventBus) -> None:
        bus.emit("transcript", "t1", text="why is the sky blue")
        bus.emit("paused", "t1", onset_ms=1.0)
        bus.emit("resumed", "t1", why="backchannel")
        bus.emit("speech_done", "t1", heard_words=2, text="Because physics.", timings_ms={})
        bus.emit("speech_ended", "t2", ended_by="silence", decided_ms=600.0)
        bus.emit("error", "t2", code="worker_died", message="The engine died.")

    first, second = record(tmp_path, tell)
    assert (("backchannel",), "Because physics.") == (first.record.resumed, first.record.reply)
    assert ("", "", "failed", "worker_died") == (
        second.heard,
        second.record.opened_by,
        second.record.ended,
        second.record.error,
    )


def test_nothing_is_lost_at_the_end(tmp_path: Path) -> None:
    """A turn that is under way when the assistant ends is kept as what it was."""
    (entry,) = record(tmp_path, lambda bus: bus.emit("transcript", "t1", text="tell me a story"))
    assert "unfinished" == entry.record.ended


def test_turns_that_never_end_are_bounded(tmp_path: Path) -> None:
    """Only the newest unfinished turns are remembered."""

    def tell(bus: EventBus) -> None:
        for number in range(100):
            bus.emit("transcript", f"t{number}", text="words")

    assert [f"t{number}" for number in range(100 - MAX_OPEN, 100)] == [entry.turn for entry in record(tmp_path, tell)]


def test_odd_events_do_no_harm(tmp_path: Path) -> None:
    """Fields that are missing or cannot be written cost at most their own row."""

    def tell(bus: EventBus) -> None:
        for kind in ("speech_ended", "transcript", "route", "tool", "reply", "speech_done", "interrupted", "timer"):
            bus.emit(kind, "t1")
        bus.emit("transcript", "t2", text="odd")
        bus.emit("error", "t2", code="\udcff", message="")
        bus.emit("transcript", "t3", text="good")
        bus.emit("speech_done", "t3", heard_words=0, text="", timings_ms={})

    assert ["t3"] == [entry.turn for entry in record(tmp_path, tell)]


def test_writing_does_not_hold_up_the_loop(tmp_path: Path) -> None:
    """While the file is locked by somebody else the observer returns at once; the row follows."""
    history = History(tmp_path / "h.sqlite3")
    bus = EventBus()
    recorder = TurnRecorder(tmp_path / "h.sqlite3", 30, keep_words=True)
    bus.observe(recorder.observe)
    history._db.execute("BEGIN IMMEDIATE")
    bus.emit("transcript", "t1", text="words")
    bus.emit("speech_done", "t1", heard_words=0, text="", timings_ms={})
    assert [] == history.latest(5)
    history._db.execute("ROLLBACK")
    history.close()
    recorder.close()
    assert ["words"] == [entry.heard for entry in kept(tmp_path / "h.sqlite3")]
    assert [] == [thread.name for thread in threading.enumerate() if thread.name.startswith("history")]


def test_a_damaged_file_costs_nothing_but_the_past(tmp_path: Path) -> None:
    """The daemon goes on with a new file, also when the damage comes while it runs."""
    file = tmp_path / "h.sqlite3"
    file.write_bytes(b"no database" * 500)

    def tell(bus: EventBus) -> None:
        bus.emit("transcript", "t1", text="one")
        bus.emit("speech_done", "t1", heard_words=0, text="", timings_ms={})

    assert ["one"] == [entry.heard for entry in record(tmp_path, tell)]
    assert 1 == len(list(tmp_path.glob("*.damaged-*")))


def test_an_unusable_place_costs_the_history_only(tmp_path: Path) -> None:
    """Where nothing can be written, turns go on without a record."""
    (tmp_path / "file").write_text("")
    bus = EventBus()
    with recording(bus, tmp_path / "file" / "h.sqlite3", keep_days=30):
        bus.emit("transcript", "t1", text="words")
        bus.emit("speech_done", "t1", heard_words=0, text="", timings_ms={})
    assert "" == (tmp_path / "file").read_text()


def test_days_go_by_without_a_word(tmp_path: Path) -> None:
    """What is too old goes although nobody speaks."""
    now_s = [1e9]

    def tell(bus: EventBus) -> None:
        bus.emit("transcript", "t1", text="words")
        bus.emit("speech_done", "t1", heard_words=0, text="", timings_ms={})
        now_s[0] += 31 * DAY_S
        bus.emit("health", component="audio", state="ok")

    assert [] == record(tmp_path, tell, lambda: now_s[0])


def test_zero_days(tmp_path: Path) -> None:
    """Nothing is kept, not even a file; what there was goes."""
    bus = EventBus()
    file = tmp_path / "h.sqlite3"
    with recording(bus, file, keep_days=0):
        bus.emit("transcript", "t1", text="words")
        bus.emit("speech_done", "t1", heard_words=0, text="", timings_ms={})
    assert not file.exists()
    record(tmp_path, lambda bus: bus.emit("transcript", "t1", text="words"))
    with recording(bus, file, keep_days=0):
        assert [] == kept(file)
    assert b"words" not in file.read_bytes()


def test_by_default_no_word_is_kept(tmp_path: Path) -> None:
    """What was done and why stays; what was said, answered or named does not, not even in the file's free pages."""
    file = tmp_path / "h.sqlite3"
    bus = EventBus()
    with recording(bus, file, keep_days=30):
        bus.emit("speech_ended", "t1", ended_by="complete", decided_ms=300.0)
        bus.emit("transcript", "t1", text="set a zanzibar timer for ten minutes")
        call = {"tool": "timer.set", "arguments": {"label": "zanzibar", "seconds": 600}}
        bus.emit("route", "t1", route="grammar", reason="grammar", skill="timer", **call)
        bus.emit("tool", "t1", tool="timer.set", ok=True, error=None)
        bus.emit("reply", "t1", text="Ten minutes for zanzibar.", route="grammar", reason="grammar", **call)
        bus.emit("speech_done", "t1", heard_words=4, text="Ten minutes for zanzibar.", timings_ms={"routed": 400.0})
    assert not any(b"zanzibar" in left.read_bytes() for left in tmp_path.iterdir())
    (entry,) = kept(file)
    assert {"seconds": 600} == entry.record.arguments
    assert "Your words were not kept; the grammar knew it as timer.set (seconds 600), and it was done." == explain(
        entry
    )
