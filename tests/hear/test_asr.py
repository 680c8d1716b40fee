"""The contract of a recogniser, held by the real models in their worker, on speech of the real voice."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import jiwer
import numpy as np
import onnxruntime
import pytest
import soxr

from assistant.engines.faster_whisper import FasterWhisper, Request, create
from assistant.engines.piper import PiperEngine
from assistant.errors import EngineError
from assistant.hear.asr import Recognizer, WorkerRecognizer, asr_settings
from assistant.types import RATE_HZ, Samples, Transcript
from assistant.worker import Worker

pytestmark = pytest.mark.contract

T = TypeVar("T")
ModelPath = Callable[[str], Path]
COMMAND = "Turn on the light in the kitchen."
WORDS = ("turn", "light", "kitchen")
SEED = 7
"""The voice draws its melody by chance: with a seed the same sounds are tested in every run."""


@pytest.fixture(scope="module")
def say(model_path: ModelPath) -> Callable[[str], Samples]:
    """Speech of the shipped voice, 16 kHz, with a little silence around."""
    onnxruntime.set_seed(SEED)
    voice = PiperEngine(model_path("en_US-joe-medium"), threads=1, speed=1.0)
    facts = voice.load()
    rate_hz = int(facts["rate_hz"])

    def speak(text: str) -> Samples:
        parts = [np.frombuffer(data, "<i2") for _, data in voice.run("speak", {"text": text}, b"", lambda: False)]
        sound = soxr.resample(np.concatenate(parts).astype(np.float32), rate_hz, RATE_HZ)
        return np.pad(np.clip(sound, -32768, 32767), (3200, 4800)).astype(np.int16)

    return speak


@pytest.fixture(scope="module", params=["whisper-tiny.en", "whisper-base"])
def model(request: pytest.FixtureRequest, model_path: ModelPath) -> Path:
    return model_path(request.param)


@pytest.fixture(scope="module")
def engine(model: Path) -> FasterWhisper:
    engine = create({"path": str(model)})
    engine.load()
    return engine


def noise(seconds: float, level: float) -> Samples:
    return (np.random.default_rng(3).standard_normal(int(seconds * RATE_HZ)) * level).astype(np.int16)


def with_worker(model: Path, use: Callable[[WorkerRecognizer], Awaitable[T]]) -> T:
    async def session() -> T:
        worker = Worker(asr_settings(model))
        try:
            return await use(WorkerRecognizer(worker))
        finally:
            await worker.close()

    return asyncio.run(session())


def text_of(engine: FasterWhisper, samples: Samples) -> str:
    (answer, _), *_ = engine.run("transcribe", {}, samples.astype("<i2").tobytes(), lambda: False)
    return str(answer["text"])


def test_a_command_is_understood(model: Path, say: Callable[[str], Samples]) -> None:
    """Text, certainty and time come back, also with the wake words as a prompt, or as what it begins with."""

    async def use(recognizer: Recognizer) -> list[Transcript]:
        sound, called = say(COMMAND), say(f"Okay Nabu, {COMMAND}")
        begun = await recognizer.transcribe(called, begins="Okay Nabu,")
        assert begun.text.startswith("Okay Nabu, ")
        return [await recognizer.transcribe(sound), await recognizer.transcribe(sound, prompt="Okay Nabu,"), begun]

    for transcript in with_worker(model, use):
        assert list(WORDS) == [word for word in WORDS if word in transcript.text.lower()]
        assert ("en", True, 0) == (transcript.language, transcript.is_final, transcript.retries)
        assert -1.0 < transcript.avg_logprob < 0.0 < transcript.decode_ms


def test_a_sound_is_heard_again_with_a_hint(model: Path, say: Callable[[str], Samples]) -> None:
    """Several readings come back, the likeliest first; a name is spelled as the hint has it; noise stays short."""

    async def use(recognizer: Recognizer) -> tuple[tuple[Transcript, ...], tuple[Transcript, ...]]:
        sound = say("Turn on the Fernsayer lamp.")
        await recognizer.transcribe(sound)
        again = await recognizer.again(sound, hint="turn on, turn off, Fernseher lamp, floor lamp")
        return again, await recognizer.again(np.zeros(40 * RATE_HZ, np.int16), hint="turn on")

    readings, too_long = with_worker(model, use)
    assert 2 <= len(readings) <= 5
    assert sorted((one.avg_logprob for one in readings), reverse=True)[0] == readings[0].avg_logprob
    assert any("fernseher lamp" in one.text.lower() for one in readings)
    assert () == too_long


def test_a_cancelled_request_leaves_the_recogniser_usable(model: Path, say: Callable[[str], Samples]) -> None:
    """The task ends at once, and the next request is answered by the same process."""

    async def use(recognizer: WorkerRecognizer) -> tuple[str, bool]:
        sound = say(COMMAND)
        await recognizer.transcribe(sound)
        task = asyncio.create_task(recognizer.transcribe(np.tile(sound, 12)))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        return (await recognizer.transcribe(sound)).text.lower(), task.cancelled()

    text, cancelled = with_worker(model, use)
    assert (True, True) == ("kitchen" in text, cancelled)


LONG_TEXT = (
    "The first train leaves at noon.",
    "Our garden has an old apple tree.",
    "She bought a yellow umbrella.",
    "The museum is closed on Monday.",
    "My brother plays the piano every evening.",
    "We walked along the river for an hour.",
    "The doctor asked me to drink more water.",
    "His new bicycle was stolen last week.",
    "There is fresh bread on the kitchen table.",
    "The children are building a house of snow.",
    "I forgot my glasses at the office.",
    "They moved to a village near the sea.",
    "The teacher told us a story about a fox.",
    "A black cat sleeps under the window.",
    "Winter was long and very cold that year.",
    "The bridge was painted green last summer.",
    "Please bring two chairs into the garden.",
    "The farmer sells eggs and honey at the market.",
    "Nobody answered when I knocked at the door.",
    "The film begins at a quarter past eight.",
    "He wrote a long letter to his sister.",
    "The lights went out during the storm.",
    "You can see the mountains from our balcony.",
    "The captain counted the boats in the harbor.",
)
LOST_WORDS = 4
"""So many words in a row that are missing, or come twice, are a sentence; fewer the recogniser misheard."""


def plain(text: str) -> str:
    """Lower case, no punctuation."""
    return re.sub(r"[^a-z0-9 ]", "", text.lower())


def test_a_long_recording_is_written_down_piece_by_piece(model: Path, say: Callable[[str], Samples]) -> None:
    """No sentence of a recording of over a minute is lost or said twice, and the position comes to its end."""
    pause = np.zeros(RATE_HZ // 2, np.int16)
    sound = np.concatenate([part for sentence in LONG_TEXT for part in (say(sentence), pause)])
    assert 56 * RATE_HZ < len(sound)

    async def use(recognizer: WorkerRecognizer) -> list[tuple[float, Transcript]]:
        blocks = (sound[start : start + RATE_HZ] for start in range(0, len(sound), RATE_HZ))
        return [part async for part in recognizer.transcribe_long(blocks)]

    parts = with_worker(model, use)
    assert len(sound) / RATE_HZ == pytest.approx(parts[-1][0])
    told = jiwer.process_words(plain(" ".join(LONG_TEXT)), plain(" ".join(transcript.text for _, transcript in parts)))
    assert told.wer <= 0.08
    for chunk in told.alignments[0]:
        if chunk.type in ("delete", "insert"):
            words = max(chunk.ref_end_idx - chunk.ref_start_idx, chunk.hyp_end_idx - chunk.hyp_start_idx)
            assert words < LOST_WORDS


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0, np.int16),
        np.zeros(RATE_HZ // 4, np.int16),
        np.zeros(5 * RATE_HZ, np.int16),
        noise(3.0, 30.0),
        noise(3.0, 1000.0),
        np.tile(np.array([12000, -12000], np.int16).repeat(20), 2000),
    ],
    ids=["nothing", "silence", "long silence", "quiet noise", "loud noise", "buzz"],
)
def test_where_nobody_speaks_there_are_no_words(engine: FasterWhisper, samples: Samples) -> None:
    """Silence, noise and a buzz give empty text."""
    assert "" == text_of(engine, samples)


def test_quiet_speech_is_heard(engine: FasterWhisper, say: Callable[[str], Samples]) -> None:
    """Speech 34 dB below its usual level is not taken for silence."""
    assert "kitchen" in text_of(engine, (say(COMMAND) * 0.02).astype(np.int16)).lower()


def test_the_short_context_equals_padded_audio(engine: FasterWhisper, say: Callable[[str], Samples]) -> None:
    """Repeating the frame of silence gives the features of padded sound: the same words with the same certainty."""
    audio = (say(COMMAND) / 32768).astype(np.float32)
    padded = np.pad(audio, (0, 12 * RATE_HZ - len(audio)))
    ours = engine.decode(engine.encode(audio, 12.0), Request(), max_tokens=60)
    theirs = engine.decode(engine.encode(padded, 12.0), Request(), max_tokens=60)
    assert (ours.text, True) == (theirs.text, ours.ended)
    assert ours.avg_logprob == pytest.approx(theirs.avg_logprob, abs=0.05)  # int8 rounds by what else is in view


def test_cancel_is_asked_between_the_steps(engine: FasterWhisper, say: Callable[[str], Samples]) -> None:
    """A request that is cancelled after the encoder yields nothing."""
    answers = iter([False, True, True, True])
    assert [] == list(engine.run("transcribe", {}, say(COMMAND).tobytes(), lambda: next(answers)))


@pytest.mark.parametrize(
    ("op", "args", "payload"),
    [
        ("sing", {}, b""),
        ("transcribe", {}, b"odd"),
        ("transcribe", {}, bytes(2 * RATE_HZ * 61)),
    ],
)
def test_a_wrong_request_is_refused(engine: FasterWhisper, op: str, args: dict[str, str], payload: bytes) -> None:
    """An unknown operation, half a sample and over a minute of sound give a sentence."""
    with pytest.raises(EngineError, match="speech recogniser"):
        list(engine.run(op, args, payload, lambda: False))


def test_the_language_is_found_or_refused(model_path: ModelPath, say: Callable[[str], Samples]) -> None:
    """None finds the language out; one that does not exist is named."""
    engine = create({"path": str(model_path("whisper-base"))})
    engine.load()
    (answer, _), *_ = engine.run("transcribe", {"language": None}, say(COMMAND).tobytes(), lambda: False)
    assert "en" == answer["language"]
    with pytest.raises(EngineError, match="klingon"):
        list(engine.run("transcribe", {"language": "klingon"}, b"", lambda: False))


def test_a_missing_model_is_a_sentence(tmp_path: Path) -> None:
    """A folder without a model is told, and nothing is looked for on the network."""
    with pytest.raises(EngineError, match="no Whisper model"):
        create({"path": str(tmp_path)}).load()


def test_the_first_command_is_as_fast_as_the_next(model: Path, say: Callable[[str], Samples]) -> None:
    """Loading warms everything up: the first decoding takes at most four times as long as later ones."""

    engine = create({"path": str(model)})
    engine.load()
    times: list[float] = []
    for _ in range(4):
        started = time.process_time()
        text_of(engine, say(COMMAND))
        times.append(time.process_time() - started)
    assert times[0] <= 4 * min(times[1:])
