"""Does a cough, a door or a "mhm" stop an answer for good? `assistant bench interjections`, in the virtual room.

wake word and question ---- answ~ <- a sound ---- ~answer, whole
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from assistant.bench.conversation import Conversation
from assistant.bench.interjection_report import Item, item_of, report, rests
from assistant.bench.latency import LatencySettings, find_wake_clip, wait_until_thinking
from assistant.bench.measure import align, speech_start_s
from assistant.bench.noises import Noise, interjections
from assistant.bench.phrases import QUESTIONS
from assistant.bench.room import Room
from assistant.bench.soundserver import check_programs
from assistant.bench.utterances import Voice, spoken
from assistant.errors import UsageError
from assistant.events import now_ms
from assistant.paths import find_paths
from assistant.types import RATE_HZ, JsonDict, Samples

SETTINGS: JsonDict = {"audio.chime": False, "turn.follow_up_s": 2.0, "reply.max_tokens": 50}
"""A follow-up window is open after the answer: a noise that outlasts it must not be taken for a turn either."""
LONG_COMMAND = "What can you do?"
"""Answered at length without the language model; the questions between are answered by it."""
AFTER_S = 0.8
ANSWER_S, PATIENCE_S, REST_S = 25.0, 60.0, 1.0
SETTLE_S = 0.3
"""The freshest sound is still on its way to the recording."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interjections:
    """`data`: the folder of recordings, if any; `echo_db`: how loud the microphone hears the loudspeaker."""

    answers: int = 28
    echo_db: float = -12.0
    data: Path | None = None
    details: Path | None = None


def run_interjections(bench: Interjections, progress: Callable[[str, int, int], None] | None = None) -> JsonDict:
    """One sound into each answer; `score` is the share of answers that went on to their end.

    Raises:
        AudioDeviceError: PulseAudio is not installed. EngineError: the daemon ended, or the voice does not work.
        UsageError: `details` cannot be written.
    """
    check_programs()
    wake, _ = find_wake_clip(LatencySettings(data=bench.data))
    voice = Voice(find_paths().cache / "bench-speech", dict(os.environ))
    noises = interjections(voice, bench.data)
    items: list[Item] = []
    with (
        _details(bench.details) as write,
        tempfile.TemporaryDirectory(prefix="bench-") as home,
        Room(echo_db=bench.echo_db) as room,
        Conversation(room, Path(home), settings=SETTINGS) as talk,
    ):
        talker = wait_until_thinking(talk)
        for number in range(bench.answers):
            question = question_of(number)
            asked = spoken("question", question, wake, voice.words(question)).samples
            item = _interject(talk, question, asked, next(noises))
            items.append(item)
            write(item)
            if progress:
                progress("answers", number + 1, bench.answers)
        counters = [event.fields["counters"] for event in talk.events if "counters" in event.fields]
    figures = report(items) | {"echo_db": bench.echo_db, "talker": talker, "settings": SETTINGS}
    return figures | ({"audio": counters[-1]} if counters else {})


def question_of(number: int) -> str:
    """The long everyday answer and the questions in turn."""
    return QUESTIONS[number // 2 % len(QUESTIONS)] if number % 2 else LONG_COMMAND


def _interject(talk: Conversation, question: str, asked: Samples, noise: Noise) -> Item:
    recorder = talk.room.recorder
    talk.say(asked)
    try:
        talk.wait_for("first_audio", ANSWER_S)
    except TimeoutError:
        _outlast(talk)
        return item_of(noise.name, question, talk.since, 0.0)
    recorder.wait_until(recorder.position + round(AFTER_S * RATE_HZ))
    start = recorder.position
    talk.room.play(noise.samples)
    recorder.wait_until(recorder.position + round(SETTLE_S * RATE_HZ))
    found = align(recorder.cut(start)[1], noise.samples)
    _outlast(talk)
    onset = start + (found.offset if found else 0) + round((speech_start_s(noise.samples, RATE_HZ) or 0.0) * RATE_HZ)
    onset_ms = recorder.at_ms(onset)
    return item_of(noise.name, question, talk.since, onset_ms)


def _outlast(talk: Conversation) -> None:
    """Wait until it has said all that it will say, and listens no more: the next question is to begin afresh."""
    recorder, until_ms = talk.room.recorder, now_ms() + 1000.0 * PATIENCE_S
    while now_ms() < until_ms:
        if talk.quiet(REST_S, PATIENCE_S) and rests(talk.since, now_ms()):
            return
        recorder.wait_until(recorder.position + RATE_HZ // 2)


@contextlib.contextmanager
def _details(file: Path | None) -> Iterator[Callable[[Item], None]]:
    if file is None:
        yield lambda item: None
        return
    try:
        out = file.open("w", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"The file {file} cannot be written: {error.strerror}.") from None
    with out:

        def write(item: Item) -> None:
            out.write(json.dumps(asdict(item), ensure_ascii=False) + "\n")
            out.flush()

        yield write
