"""From the end of a person's speech to the first audible sound of the answer, read off a recording of the room:
`assistant bench latency`.

Nothing the assistant says about itself enters the headline: both moments are found in one stereo recording, the
person's by the place of the known clip in it, the answer's as the first sound of the loudspeaker. The assistant's
events only tell where the time went.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from assistant.audio.files import read_audio
from assistant.bench.conversation import Conversation
from assistant.bench.effort import Effort
from assistant.bench.latency_report import TimedTurn, summarise
from assistant.bench.manifest import clips
from assistant.bench.measure import loudest_frame_power
from assistant.bench.peer import Peer, PeerModels
from assistant.bench.room import Room
from assistant.bench.script import Script
from assistant.bench.soundserver import check_programs
from assistant.bench.turns import Stagehand
from assistant.bench.utterances import Kind, Spoken, Voice, speech_only
from assistant.errors import EngineError, UsageError
from assistant.events import Event
from assistant.paths import find_paths
from assistant.types import RATE_HZ, JsonDict, Samples

WAKE_WORD = "okay_nabu"
TALKER = "language model"
TALKER_ENGINE = "llama_cpp"
"""The component of the health event that tells that questions can be answered."""
THINKING_S = 240.0
SETTINGS: JsonDict = {"audio.chime": False, "turn.follow_up_s": 0.5, "reply.max_tokens": 48}
"""What differs from daily use: no chime on the loudspeaker, and less to wait for between turns."""
FOLLOW_UP: JsonDict = {"turn.follow_up_s": 3.0}
"""Who goes on talking needs the assistant to listen for a while."""
SNR_FRAME = 512
IDLE_LOOK_S, IDLE_SHARE, IDLE_PATIENCE_S = 0.5, 0.25, 20.0
"""Resting is less than a quarter of a core over half a second: hearing takes a tenth."""
PEER_METHOD = (
    "0.7 s of silence (Silero), then in sequence: faster-whisper padded to 30 s with a beam of 5; llama.cpp chat to "
    "the end of its answer, commands as well (it has no grammar), at most our number of tokens; Piper on all of it; "
    "the same models, warm, on every core; no time added for the loudspeaker; on the room's recording, turn by turn"
)
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencySettings:
    """`turns` of each kind; `data` may hold the recorded wake word and speech; `details` gets one JSON line a turn.

    `noise` sounds all the time, `noise_db` against the person's voice (loudest frames; negative is softer). `echo_db`
    is how loud the microphone hears the loudspeaker. `peer` names the models of a plain pipeline to measure beside.
    """

    turns: int = 30
    kinds: tuple[Kind, ...] = ("command", "question")
    data: Path | None = None
    details: Path | None = None
    wake_clip: Path | None = None
    echo_db: float = -12.0
    noise: Path | None = None
    noise_db: float = -12.0
    peer: PeerModels | None = None
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
    noise = read_audio(settings.noise) if settings.noise else None
    voice = Voice(find_paths().cache / "bench-speech", dict(os.environ))
    script = Script(voice=voice, wake=wake, data=settings.data)
    turns = script.write(settings.kinds, settings.turns, lambda done, total: tell("speech", done, total))
    stop = speech_only(voice.words("Stop."))
    overrides = SETTINGS | (FOLLOW_UP if "follow_up" in settings.kinds else {}) | settings.overrides
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as home,
        Room(echo_db=settings.echo_db) as room,
        Conversation(room, Path(home), settings=overrides) as conversation,
        _details(settings.details) as write,
        contextlib.ExitStack() as stack,
    ):
        talker = wait_until_thinking(conversation)
        peer = None
        if settings.peer is not None:
            tell("peer", 0, 1)
            peer = stack.enter_context(Peer(settings.peer, max_tokens=int(overrides["reply.max_tokens"])))
        if noise is not None:
            room.set_noise(noise, noise_gain_db(speech_only(wake), noise, settings.noise_db))
        tell("warm-up", 0, 1)
        effort = stack.enter_context(Effort(_talker(conversation))) if "barge_in" in settings.kinds else None
        hand = Stagehand(conversation=conversation, stop=stop, noisy=noise is not None, effort=effort)
        _hold_all(hand, turns[:1], peer, _ignore, lambda step, done, total: None)
        results = _hold_all(hand, turns, peer, write, tell)
        audio = _audio_counters(conversation.events)
        machine = {"tier": conversation.ready.fields.get("tier"), "talker": talker, "audio": audio}
    surroundings: JsonDict = {"echo_db": settings.echo_db, "settings": overrides, "wake": source}
    if settings.noise is not None:
        surroundings |= {"noise": settings.noise.name, "noise_db": settings.noise_db}
    return summarise(results) | machine | surroundings | ({"peer_method": PEER_METHOD} if settings.peer else {})


def wait_until_idle(conversation: Conversation, patience_s: float = IDLE_PATIENCE_S) -> bool:
    """Wait until the assistant's processes rest; false when they do not.

    After an answer it reads its history into the language model, and a peer that computes beside it would be slowed by
    us: without this wait one of two commands took it 28 s, on a busy machine, where it takes 2 s otherwise.
    """
    root, recorder = psutil.Process(conversation.process.pid), conversation.room.recorder
    processes = [root, *root.children(recursive=True)]
    for _ in range(round(patience_s / IDLE_LOOK_S)):
        before_s = _cpu_s(processes)
        recorder.wait_until(recorder.position + round(IDLE_LOOK_S * RATE_HZ))
        if _cpu_s(processes) - before_s < IDLE_SHARE * IDLE_LOOK_S:
            return True
    return False


def _cpu_s(processes: list[psutil.Process]) -> float:
    """What they have used of a core so far, s; one that has ended counts for nothing."""
    total = 0.0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def _talker(conversation: Conversation) -> psutil.Process:
    """The process of the language model. Raises: EngineError: there is none."""
    for process in psutil.Process(conversation.process.pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if process.cmdline()[-1:] == [TALKER_ENGINE]:
                return process
    raise EngineError("The language model does not run.")


def _hold_all(
    hand: Stagehand, turns: list[Spoken], peer: Peer | None, write: Callable[[JsonDict], None], tell: Progress
) -> list[TimedTurn]:
    """Every turn, and the peer on the same sound right after it: a busy machine slows both."""
    results: list[TimedTurn] = []
    for index, turn in enumerate(turns):
        for held in hand.hold_fair(turn):
            timed = held.turn
            if peer is not None and not timed.spoilt and len(held.wish):
                wait_until_idle(hand.conversation)
                timed = dataclasses.replace(timed, peer=peer.hold(held.wish, held.end_s))
            write(timed.line())
            results.append(timed)
        tell("turns", index + 1, len(turns))
    return results


def noise_gain_db(voice: Samples, noise: Samples, wanted_db: float) -> float:
    """How much louder the noise must be made to stand at `wanted_db` against the voice (both int16, loudest frames).

    Raises:
        UsageError: the noise is silent.
    """
    power, noise_power = (loudest_frame_power(sound, SNR_FRAME) for sound in (voice, noise))
    if not noise_power or not power:
        raise UsageError("There is no sound in the noise.", fix="Give another file with --noise.")
    return wanted_db + 10.0 * math.log10(power / noise_power)


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
