"""Does the assistant interrupt or answer itself? Spoken answers in the virtual room while nobody says a word."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from assistant.bench.conversation import Conversation
from assistant.bench.latency import LatencySettings, find_wake_clip, wait_until_thinking
from assistant.bench.phrases import QUESTIONS
from assistant.bench.room import Room
from assistant.bench.soundserver import check_programs
from assistant.bench.utterances import Voice, spoken
from assistant.events import Event
from assistant.paths import find_paths
from assistant.types import JsonDict

SETTINGS: JsonDict = {"audio.chime": False, "turn.follow_up_s": 2.0, "reply.max_tokens": 40}
"""A follow-up window that is open for a while: it must not take our last word for a person's."""
EVERYDAY = (
    "What time is it?",
    "What is seventeen times twenty three?",
    "Convert three hundred fifty degrees Fahrenheit to Celsius.",
    "What's the date?",
    "What can you do?",
)
WITH_WAKE_WORD = (
    "Repeat after me: Okay Nabu is my name.",
    "Say the words: I am called Okay Nabu.",
    "Write a sentence with the name Okay Nabu in it.",
)
ANSWER_S, SPEECH_S, CLOSE_S = 25.0, 60.0, 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfHearing:
    """`echo_db`: how loud the microphone hears the loudspeaker, 0 being as loud as it plays."""

    answers: int = 20
    echo_db: float = 0.0


def run_selfhearing(bench: SelfHearing, progress: Callable[[str, int, int], None] | None = None) -> JsonDict:
    """Ask, keep silent, and count what the assistant did to itself. `score` is the share of undisturbed answers.

    Raises:
        AudioDeviceError: PulseAudio is not installed. EngineError: the daemon ended.
    """
    check_programs()
    wake, _ = find_wake_clip(LatencySettings())
    voice = Voice(find_paths().cache / "bench-speech", dict(os.environ))
    counted = dict.fromkeys(("paused", "resumed", "interrupted", "wake", "transcript"), 0)
    answers = disturbed = named = 0
    spoken_s = 0.0
    where: list[int] = []
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as home,
        Room(echo_db=bench.echo_db) as room,
        Conversation(room, Path(home), settings=SETTINGS) as talk,
    ):
        wait_until_thinking(talk)
        for number in range(bench.answers):
            question = _ask(number)
            talk.say(spoken("question", question, wake, voice.words(question)).samples)
            events = _until_it_rests(talk)
            if any(event.kind == "first_audio" for event in events):
                answers += 1
                named += _says_wake_word(events)
                spoken_s += _spoken_s(events)
                own = _own_doings(events)
                if any(own.values()):
                    disturbed += 1
                    where.append(number)
                for kind, count in own.items():
                    counted[kind] += count
            if progress:
                progress("answers", number + 1, bench.answers)
        echo = [event.fields["counters"] for event in talk.events if "counters" in event.fields]
    figures: JsonDict = {"suite": "selfhearing", "n": answers, "score": round(1 - disturbed / max(1, answers), 4)}
    figures |= {"echo_db": bench.echo_db, "with_wake_word": named, "spoken_minutes": round(spoken_s / 60.0, 1)}
    figures |= {"disturbed": disturbed, "disturbed_answers": where, **{f"own_{kind}": n for kind, n in counted.items()}}
    return figures | ({"audio": echo[-1]} if echo else {})


def _ask(number: int) -> str:
    """Five everyday answers, two longer ones, and one that says our own wake word."""
    round_, place = divmod(number, 8)
    if place < 5:
        return EVERYDAY[place]
    if place < 7:
        return QUESTIONS[(2 * round_ + place) % len(QUESTIONS)]
    return WITH_WAKE_WORD[round_ % len(WITH_WAKE_WORD)]


def _says_wake_word(events: list[Event]) -> bool:
    return any("nabu" in str(event.fields.get("text", "")).lower() for event in events if event.kind == "reply")


def _spoken_s(events: list[Event]) -> float:
    """From the first sound of an answer to its end."""
    first = next(event.at_ms for event in events if event.kind == "first_audio")
    return max((event.at_ms - first for event in events if event.kind == "speech_done"), default=0.0) / 1000.0


def _until_it_rests(talk: Conversation) -> list[Event]:
    with contextlib.suppress(TimeoutError):
        talk.wait_for("first_audio", ANSWER_S)
        done = talk.wait_for("speech_done", SPEECH_S)
        talk.wait_for("follow_up_closed", CLOSE_S, after=done)
    return talk.since


def _own_doings(events: list[Event]) -> dict[str, int]:
    """What happened after the answer began, when nobody spoke."""
    start = next(index for index, event in enumerate(events) if event.kind == "first_audio")
    kinds = [event.kind for event in events[start:]]
    return {kind: kinds.count(kind) for kind in ("paused", "resumed", "interrupted", "wake", "transcript")}
