"""From the end of a person's speech to the first audible sound of the answer, read off a recording of the room:
`assistant bench latency`.

Nothing the assistant says about itself enters the headline: both moments are found in one stereo recording, the
person's by the place of the known clip in it, the answer's as the first sound of the loudspeaker. The assistant's
events only tell where the time went.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from assistant.audio.files import read_audio
from assistant.bench.conversation import Conversation
from assistant.bench.latency_report import ANSWER_S, AUDIBLE, TimedTurn, stage_times, summarise
from assistant.bench.manifest import clips
from assistant.bench.measure import align, first_sound_after
from assistant.bench.phrases import COMMANDS, QUESTIONS
from assistant.bench.room import Room
from assistant.bench.soundserver import check_programs
from assistant.bench.utterances import Kind, Spoken, Voice, say_all, speech_only
from assistant.errors import UsageError
from assistant.events import Event
from assistant.paths import find_paths
from assistant.types import RATE_HZ, JsonDict, Samples

WAKE_WORD = "okay_nabu"
TALKER = "language model"
"""The component of the health event that tells that questions can be answered."""
THINKING_S = 240.0
SPEECH_S = 45.0
ATTEMPTS = 3
SETTINGS: JsonDict = {"audio.chime": False, "turn.follow_up_s": 0.5, "reply.max_tokens": 48}
"""What differs from daily use: no chime on the loudspeaker, and less to wait for between turns."""
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencySettings:
    """`turns` of each kind; `data` may hold the recorded wake word; `details` gets one JSON line a turn."""

    turns: int = 30
    kinds: tuple[Kind, ...] = ("command", "question")
    data: Path | None = None
    details: Path | None = None
    wake_clip: Path | None = None
    echo_db: float = -12.0
    overrides: JsonDict = field(default_factory=dict)


def run_latency(settings: LatencySettings, progress: Progress | None = None) -> JsonDict:
    """Hold all turns with the real daemon in a virtual room; `progress` hears (step, done, all).

    Raises:
        AudioDeviceError: PulseAudio is not installed.
        UsageError: no recording of the wake word is found.
        EngineError: the daemon ended, or the voice does not work.
    """
    check_programs()
    tell = progress or (lambda step, done, total: None)
    wake, source = find_wake_clip(settings)
    voice = Voice(find_paths().cache / "bench-speech", dict(os.environ))
    texts = _texts(settings)
    turns = say_all(voice, wake, texts, lambda done, total: tell("speech", done, total))
    stop = speech_only(voice.words("Stop."))
    overrides = SETTINGS | settings.overrides
    results: list[TimedTurn] = []
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as home,
        Room(echo_db=settings.echo_db) as room,
        Conversation(room, Path(home), settings=overrides) as conversation,
        _details(settings.details) as write,
    ):
        talker = wait_until_thinking(conversation)
        tell("warm-up", 0, 1)
        hold_turn(conversation, turns[0], stop)
        for index, turn in enumerate(turns):
            results += hold_fair_turn(conversation, turn, stop, write)
            tell("turns", index + 1, len(turns))
        audio = _audio_counters(conversation.events)
        machine = {"tier": conversation.ready.fields.get("tier"), "talker": talker, "audio": audio}
    return summarise(results) | machine | {"echo_db": settings.echo_db, "settings": overrides, "wake": source}


def find_wake_clip(settings: LatencySettings) -> tuple[Samples, str]:
    """The recorded wake word and where it comes from: the given file, the data folder, or the project's own clip."""
    own = Path(__file__).parents[2] / "tests" / "audio" / "clips" / f"{WAKE_WORD}.flac"
    if settings.wake_clip is not None:
        return read_audio(settings.wake_clip), settings.wake_clip.name
    if settings.data is not None:
        with contextlib.suppress(UsageError):
            for clip in clips(settings.data, "wake/*"):
                if clip.keyword == WAKE_WORD:
                    return read_audio(clip.path), f"{clip.folder}/{clip.path.name}"
    if own.exists():
        return read_audio(own), own.name
    raise UsageError(
        "There is no recording of the wake word to speak with.", fix="Give the evaluation data with --data."
    )


def wait_until_thinking(conversation: Conversation) -> str:
    """The language model loads after the daemon is ready: measure what a person meets a minute later, not that.

    Returns what became of it: `ready`, `failed`, or `loading` when it takes too long.
    """
    state = "loading"
    with contextlib.suppress(TimeoutError):
        told = conversation.wait_for("health", THINKING_S, component=TALKER)
        state = str(told.fields.get("state"))
    conversation.quiet(3.0, 10.0)
    return state


def hold_turn(conversation: Conversation, turn: Spoken, stop: Samples) -> TimedTurn:
    """Say it, wait for the answer and its end, and measure on the recording."""
    conversation.say(turn.samples)
    with contextlib.suppress(TimeoutError):
        conversation.wait_for("first_audio", ANSWER_S)
    if any(event.kind == "speech_ended" for event in conversation.since):
        # A late answer is a miss, but it must not sound into the next turn.
        with contextlib.suppress(TimeoutError):
            done = conversation.wait_for("speech_done", SPEECH_S)
            conversation.wait_for("follow_up_closed", 5.0, after=done)
    conversation.quiet(0.7, 10.0)
    result = measure_turn(conversation, turn)
    if any(event.kind == "timer" and event.fields.get("state") == "ringing" for event in conversation.since):
        conversation.say(stop)
        conversation.quiet(2.5, 20.0)
    return result


def hold_fair_turn(
    conversation: Conversation, turn: Spoken, stop: Samples, write: Callable[[JsonDict], None]
) -> list[TimedTurn]:
    """Hold a turn, and again when the room stuttered; all attempts are in the result, the spoilt ones marked."""
    attempts: list[TimedTurn] = []
    while len(attempts) < ATTEMPTS and (not attempts or attempts[-1].spoilt):
        attempts.append(hold_turn(conversation, turn, stop))
        write(attempts[-1].line())
    return attempts


def measure_turn(conversation: Conversation, turn: Spoken) -> TimedTurn:
    """Find the person and the answer in the recording since the turn began."""
    recorder, start = conversation.room.recorder, conversation.said_at
    speaker, person = recorder.cut(start)
    found = align(person[: len(turn.samples) + 5 * RATE_HZ], turn.samples)
    offset, likeness = (found.offset, found.likeness) if found else (0, 0.0)
    end_s = offset / RATE_HZ + turn.end_s
    sound_s = first_sound_after(speaker, RATE_HZ, offset / RATE_HZ + turn.wish_s)
    latency_s = None if sound_s is None or sound_s - end_s > ANSWER_S else round(sound_s - end_s, 3)
    end_ms = recorder.at_ms(start + end_s * RATE_HZ)
    events = conversation.since
    stages = stage_times(events, end_ms)
    if latency_s is not None:
        stages[AUDIBLE] = round(1000.0 * latency_s)
    early = latency_s is not None and latency_s < 0.0
    return TimedTurn(
        kind=turn.kind,
        text=turn.text,
        latency_s=latency_s,
        early=early,
        likeness=likeness,
        stages_ms=stages,
        facts=_facts(events),
    )


def _texts(settings: LatencySettings) -> list[tuple[Kind, str]]:
    pools: dict[Kind, tuple[str, ...]] = {"command": COMMANDS, "question": QUESTIONS}
    return [(kind, pools[kind][index % len(pools[kind])]) for kind in settings.kinds for index in range(settings.turns)]


def _facts(events: list[Event]) -> JsonDict:
    """What was understood and answered, for whoever reads the details."""
    facts: JsonDict = {"woken": any(event.kind == "wake" for event in events)}
    wanted = {"transcript": ("text",), "route": ("route", "reason", "tool"), "reply": ("text",)}
    for event in events:
        for name in wanted.get(event.kind, ()):
            facts.setdefault(event.kind if name == "text" else name, event.fields.get(name))
    errors = [event.fields.get("message") for event in events if event.kind == "error"]
    return facts | ({"errors": errors} if errors else {})


def _audio_counters(events: list[Event]) -> JsonDict:
    """Overflows, drops and the like, as the daemon last told them."""
    told = [event.fields["counters"] for event in events if event.kind == "health" and "counters" in event.fields]
    return dict(told[-1]) if told else {}


@contextlib.contextmanager
def _details(file: Path | None) -> Iterator[Callable[[JsonDict], None]]:
    if file is None:
        yield _ignore
        return
    with file.open("w", encoding="utf-8") as out:

        def write(line: JsonDict) -> None:
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
            out.flush()

        yield write


def _ignore(line: JsonDict) -> None:
    """Nobody asked for details."""
