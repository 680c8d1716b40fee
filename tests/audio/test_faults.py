"""Faults in the real daemon: whatever is killed, stopped or unplugged, it hears again and nothing promised is lost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from assistant.audio.io import PlayNote
from assistant.audio.supervisor import AudioProcess
from assistant.bench.conversation import Conversation
from assistant.bench.latency import wait_until_thinking
from assistant.bench.measure import first_sound_after, levels_dbfs
from assistant.bench.room import Room
from assistant.bench.soundserver import SoundServer
from assistant.bench.utterances import Voice
from assistant.bench.words import share_heard
from assistant.config import AudioConfig
from assistant.events import Event, now_ms
from assistant.turn import LOST
from assistant.types import RATE_HZ, AudioChunk, JsonDict, Samples

pytestmark = [pytest.mark.audio, pytest.mark.slow]

HEALED_S = 15.0
"""From any fault to hearing again."""
PATIENCE_S = 30.0
RESULT = "96"
SETTINGS: JsonDict = {"turn.follow_up_s": 0, "models.caller": False, "models.talker": "needle3"}
"""No tool caller, and for a language model a file that is none: these turns are the grammar's."""

Person = Callable[[str], Samples]
Transcribe = Callable[[Samples], str]


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Conversation]:
    """One daemon that all these faults happen to, one after the other."""
    with Room() as room, Conversation(room, tmp_path_factory.mktemp("faults"), settings=SETTINGS) as running:
        yield running


@pytest.fixture
def wish(person: Person) -> Samples:
    """ "Okay Nabu, what is twelve times eight?" """
    return person("What is twelve times eight?")


def child(talk: Conversation, name: str) -> psutil.Process:
    """The process of the daemon whose command line holds this word."""
    children = psutil.Process(talk.process.pid).children(recursive=True)
    return next(found for found in children if name in " ".join(found.cmdline()))


def hears_again(talk: Conversation, since: Event | None, fault_ms: float) -> float:
    """Seconds from the fault to the event that the microphone is back."""
    back = talk.wait_for("device", PATIENCE_S, after=since, state="ok")
    return (back.at_ms - fault_ms) / 1000.0


def answers(talk: Conversation, wish: Samples) -> None:
    """The next wish is understood and its answer is heard on the loudspeaker."""
    talk.say(wish)
    result = talk.wait_for("tool", PATIENCE_S)
    talk.wait_for("speech_done", PATIENCE_S)
    assert ("calculator.calculate", True) == (result.fields["tool"], result.fields["ok"])
    assert first_sound_after(talk.heard(), RATE_HZ, 0.0) is not None


def report(what: str, seconds: float) -> None:
    print(f"{what}: {seconds:.1f} s")
    assert seconds <= HEALED_S


def test_the_microphone_leaves_in_the_middle_of_a_sentence(talk: Conversation, wish: Samples) -> None:
    """Unplugged while somebody speaks: it says so; replugged, it hears again in time and answers the next wish."""
    talk.say(wish, wait=False)
    woken = talk.wait_for("wake", PATIENCE_S)
    talk.room.unplug_mic()
    gone = talk.wait_for("device", PATIENCE_S, after=woken, state="no_microphone")
    assert "no microphone" in gone.fields["why"]["microphone"]["sentence"]
    replugged_ms = now_ms()
    talk.room.replug_mic()
    report("microphone replugged, heard again after", hears_again(talk, gone, replugged_ms))
    answers(talk, wish)


def test_the_loudspeaker_leaves_in_the_middle_of_an_answer(talk: Conversation, person: Person, wish: Samples) -> None:
    """Unplugged while it speaks, the turn ends; meanwhile wishes are still done; replugged, it is heard again."""
    talk.say(person("What can you do?"))
    first = talk.wait_for("first_audio", PATIENCE_S)
    unplugged_ms = now_ms()
    talk.room.unplug_speaker()
    talk.wait_for("speech_done", HEALED_S, after=first)
    report("loudspeaker unplugged, heard again after", hears_again(talk, first, unplugged_ms))
    talk.say(wish)
    talk.wait_for("tool", PATIENCE_S, tool="calculator.calculate", ok=True)
    done = talk.wait_for("speech_done", PATIENCE_S)
    replugged_ms = now_ms()
    talk.room.replug_speaker()
    report("loudspeaker replugged, heard again after", hears_again(talk, done, replugged_ms))
    answers(talk, wish)


def test_an_answer_ends_where_there_is_no_loudspeaker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that only hears: what is to be played is told as cut at once, so that nobody waits for its end."""
    server = SoundServer()
    try:
        server.plug("mic", ("module-null-source", "source_name=mic", f"rate={RATE_HZ}", "channels=1"))
        for name, value in server.env().items():
            monkeypatch.setenv(name, value)
        states, notes = asyncio.run(play_without_loudspeaker())
    finally:
        server.close()
    assert (["ok"], [("cut", 7)]) == (states, notes)


async def play_without_loudspeaker() -> tuple[list[str], list[tuple[str, int]]]:
    """What the audio process tells of itself and of a segment."""
    states: list[str] = []
    notes: list[tuple[str, int]] = []
    told = asyncio.Event()

    def noted(note: PlayNote) -> None:
        notes.append((note.kind, note.segment))
        told.set()

    audio = AudioProcess(AudioConfig(), lambda state, fields: states.append(state))
    audio.on_note(noted)
    running = asyncio.create_task(audio.run())
    async with asyncio.timeout(PATIENCE_S):
        await audio.first_look.wait()
        sound = np.full(RATE_HZ, 1000, dtype=np.int16)
        await audio.play(7, AudioChunk(samples=sound, rate_hz=RATE_HZ, start_ms=0.0), last=False)
        await audio.play(7, AudioChunk(samples=sound[:0], rate_hz=RATE_HZ, start_ms=0.0), last=True)
        await told.wait()
    running.cancel()
    await asyncio.wait([running])
    return states, notes


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
def test_the_audio_process_is_killed_or_stopped(talk: Conversation, wish: Samples, fault: signal.Signals) -> None:
    """In the middle of a sentence: it is replaced, and the next wish is answered."""
    talk.say(wish, wait=False)
    woken = talk.wait_for("wake", PATIENCE_S)
    old, fault_ms = child(talk, "assistant.audio.process"), now_ms()
    old.send_signal(fault)
    lost = talk.wait_for("device", PATIENCE_S, after=woken, state="lost")
    report(f"audio process after {fault.name}, heard again after", hears_again(talk, lost, fault_ms))
    assert not old.is_running()
    answers(talk, wish)


def says_it_is_lost(said: str) -> bool:
    """The apology is among the words; one of them may be misheard ("threat")."""
    return share_heard(LOST, said) >= 0.75


def test_the_recogniser_dies_in_the_middle_of_a_turn(talk: Conversation, wish: Samples, transcribe: Transcribe) -> None:
    """kill -9 while it decodes what was said: it costs at most that turn, of which the assistant tells.

    The words are not lost where its successor gets them: a decode that began in an earlier pause holds the last one up.
    """
    recogniser = child(talk, "faster_whisper")
    recogniser.suspend()  # so that it is surely in the middle when it dies
    talk.say(wish)
    talk.wait_for("speech_ended", PATIENCE_S)
    killed_ms = now_ms()
    recogniser.kill()
    talk.wait_for("speech_done", PATIENCE_S)
    lost = [event.fields["code"] for event in talk.since if event.kind == "error"]
    said = transcribe(talk.heard()).lower()
    assert (["worker_died"], True) == (lost, says_it_is_lost(said)) or ([], True) == (lost, RESULT in said)
    answers(talk, wish)
    heard = talk.wait_for("transcript", PATIENCE_S)
    report("recogniser killed, next words after", (heard.at_ms - killed_ms) / 1000.0 - audio_s(talk, wish))


def test_the_language_model_dies_in_the_middle_of_an_answer(
    room: Room, tmp_path: Path, person: Person, transcribe: Transcribe
) -> None:
    """kill -9 while it writes: the assistant says that it lost the thread, and answers the next question."""
    question = person("Tell me a long story about a dragon.")
    with Conversation(room, tmp_path, settings={"turn.follow_up_s": 0, "models.caller": False}) as talk:
        wait_until_thinking(talk)
        model = child(talk, "llama_cpp")
        talk.say(question)
        talk.wait_for("first_audio", PATIENCE_S)
        model.kill()
        error = talk.wait_for("error", PATIENCE_S)
        talk.wait_for("speech_done", PATIENCE_S)
        assert "worker_died" == error.fields["code"]
        assert says_it_is_lost(transcribe(talk.heard()))
        talk.say(question)
        reply = talk.wait_for("reply", PATIENCE_S)
        talk.wait_for("speech_done", PATIENCE_S)
        assert reply.fields["text"]
        assert [] == [event for event in talk.since if event.kind == "error"]


def audio_s(talk: Conversation, wish: Samples) -> float:
    """What of the time was spent with speaking, which is no time of healing."""
    return len(wish) / RATE_HZ + len(talk.heard()) / RATE_HZ


def test_the_voice_dies_in_the_middle_of_a_turn(talk: Conversation, person: Person, transcribe: Transcribe) -> None:
    """kill -9 while it renders the answer: it is started again and says that very answer."""
    voice = child(talk, "piper")
    voice.suspend()
    talk.say(person("What is seventeen times three?"))
    talk.wait_for("tool", PATIENCE_S)
    killed_ms = now_ms()
    voice.kill()
    first = talk.wait_for("first_audio", PATIENCE_S)
    talk.wait_for("speech_done", PATIENCE_S)
    report("voice killed, first sound after", (first.at_ms - killed_ms) / 1000.0)
    assert "51" in transcribe(talk.heard())


def test_a_timer_rings_until_somebody_says_stop(room: Room, tmp_path: Path, voice: Voice) -> None:
    """Set from another process, it rings on the loudspeaker in time; a spoken "stop" ends it without the wake word.

    Nothing was played before, so the echo of the ringing is not known yet.
    """
    stop = voice.words("Stop.")
    with Conversation(room, tmp_path, settings=SETTINGS) as talk:
        talk.say(stop[:0])
        due_ms = set_timer(talk, "three seconds") + 3000.0
        ringing = talk.wait_for("timer", PATIENCE_S, state="ringing")
        assert -200.0 <= ringing.at_ms - due_ms <= 2000.0
        time.sleep(1.2)  # so long that the tone must have been heard
        assert float(levels_dbfs(talk.heard(), RATE_HZ, 100.0).max()) > -30.0
        attempts = 0
        for _ in range(3):  # a person says it again when the first one drowned in the ringing
            attempts += 1
            talk.say(stop)
            with contextlib.suppress(TimeoutError):
                talk.wait_for("timer", 4.0, state="silenced")
                break
        else:
            raise AssertionError("it rings on whatever one says")
        print(f"ringing: stop was said {attempts} times")
        assert talk.quiet(2.5, 10.0)


def test_a_timer_outlives_the_daemon(room: Room, tmp_path: Path) -> None:
    """kill -9 of the whole daemon while a timer runs: its children go with it, and the next daemon rings."""
    home = tmp_path / "home"
    with Conversation(room, home, settings=SETTINGS) as first:
        due_ms = set_timer(first, "four seconds") + 4000.0
        children = psutil.Process(first.process.pid).children(recursive=True)
        first.process.kill()
        first.process.wait()
        _, alive = psutil.wait_procs(children, timeout=10.0)
    assert [] == alive
    with Conversation(room, home, settings=SETTINGS) as second:
        ringing = second.wait_for("timer", PATIENCE_S, state="ringing")
        until_s = time.monotonic() + 5.0
        while not second.heard().any() and time.monotonic() < until_s:
            time.sleep(0.1)
        assert second.heard().any()
    late_s = (ringing.at_ms - max(due_ms, second.ready.at_ms)) / 1000.0
    report("timer of a killed daemon, rings after", late_s)


def set_timer(talk: Conversation, duration: str) -> float:
    """Set it in writing from another process, as `assistant ask` does; the monotonic ms at which it was set."""
    env = talk.room.env() | {"ASSISTANT_HOME": str(talk.home), "ASSISTANT_SET_MODELS__CALLER": "false"}
    before_ms = now_ms()
    words = [sys.executable, "-m", "assistant", "ask", f"set a timer for {duration}", "--json"]
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=60, check=True)
    assert '"ok": true' in done.stdout
    return (before_ms + now_ms()) / 2


def test_without_a_microphone_one_can_type(room: Room, tmp_path: Path) -> None:
    """No microphone at the start: one sentence says so, typed words are answered, a microphone that comes is used,
    and Ctrl-D ends it."""
    room.unplug_mic()
    env = room.env() | {"ASSISTANT_HOME": str(tmp_path / "home")}
    env |= {"ASSISTANT_SET_MODELS__CALLER": "false", "ASSISTANT_SET_MODELS__TALKER": "needle3"}
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "assistant", "run"]
    with subprocess.Popen(command, env=env, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as daemon:
        os.close(theirs)
        assert daemon.stdout is not None
        assert daemon.stderr is not None
        lines = (line.decode() for line in daemon.stdout)
        assert "There is no microphone. You can type instead; Ctrl-D ends.\n" == next(lines)
        os.write(ours, b"what is seven times eight\n")
        assert "56" in next(lines)
        replugged_s = time.monotonic()
        room.replug_mic()
        assert next(lines).startswith('I am listening on "mic".')
        report("first microphone plugged in, heard after", time.monotonic() - replugged_s)
        os.write(ours, b"\x04")
        assert 0 == daemon.wait(PATIENCE_S)
        os.close(ours)
        assert b"" == daemon.stderr.read()
