"""The contract of a voice, held by the real one in its worker."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest

from assistant.catalog import Catalog
from assistant.engines.piper import PiperEngine, bounded, limited, speakable
from assistant.errors import EngineError, ModelError
from assistant.paths import find_paths
from assistant.speak.cache import PhraseCache
from assistant.speak.tts import WorkerSynthesizer, voice_settings
from assistant.types import Samples
from assistant.worker import Worker

pytestmark = pytest.mark.contract

VOICE = "en_US-joe-medium"
LONG = "The sky looks blue because air scatters the short waves of light much more than it scatters the long red ones."


@pytest.fixture(scope="module")
def folder() -> Path:
    return Catalog.load(find_paths().models).path(VOICE)


@pytest.fixture(scope="module")
def engine(folder: Path) -> PiperEngine:
    engine = PiperEngine(folder, threads=1, speed=1.0)
    engine.load()
    return engine


Use = Callable[[WorkerSynthesizer, Worker], Awaitable[None]]


def _with_voice(folder: Path, use: Use, cache: PhraseCache | None = None) -> None:
    async def session() -> None:
        worker = Worker(voice_settings(folder))
        try:
            await use(WorkerSynthesizer(worker, cache or PhraseCache(), voice=VOICE), worker)
        finally:
            await worker.close()

    asyncio.run(session())


async def _sound(synthesizer: WorkerSynthesizer, text: str, *, cacheable: bool = False) -> Samples:
    pieces = [chunk.samples async for chunk in synthesizer.speak(text, cacheable=cacheable)]
    return np.concatenate([np.zeros(0, dtype=np.int16), *pieces])


def _run(engine: PiperEngine, text: str, speed: float = 1.0) -> list[Samples]:
    parts = list(engine.run("speak", {"text": text, "speed": speed}, b"", lambda: False))
    assert [False] * (len(parts) - 1) + [True] == [header["final"] for header, _ in parts]
    return [np.frombuffer(data, dtype=np.int16) for _, data in parts]


def test_speech_comes_in_pieces_that_follow_each_other(folder: Path) -> None:
    """A long sentence comes as several chunks whose start times add up, loud enough and never clipped."""

    async def use(voice: WorkerSynthesizer, worker: Worker) -> None:
        chunks = [chunk async for chunk in voice.speak(LONG)]
        assert len(chunks) > 3
        assert {22_050} == {chunk.rate_hz for chunk in chunks}
        ends = [chunk.end_ms for chunk in chunks]
        assert ends[:-1] == pytest.approx([chunk.start_ms for chunk in chunks[1:]])
        assert 4000 < ends[-1] < 9000
        sound = np.abs(np.concatenate([chunk.samples for chunk in chunks]).astype(np.int32))
        assert 8000 < sound.max() < 32_700

    _with_voice(folder, use)


def test_the_first_sound_does_not_wait_for_the_sentence(engine: PiperEngine) -> None:
    """The first part is there in less than half of the time that the whole takes."""
    shares = []
    for _ in range(3):
        started = time.monotonic()
        parts = engine.run("speak", {"text": LONG}, b"", lambda: False)
        next(parts)
        first_s = time.monotonic() - started
        list(parts)
        shares.append(first_s / (time.monotonic() - started))
    assert min(shares) < 0.5


def test_pieces_join_to_the_sound_of_the_whole(engine: PiperEngine) -> None:
    """The seams between the pieces of a sentence cannot be heard, for there are none."""
    phonemes = engine._voice.phonemize(LONG)[0]
    frames = engine._frames(phonemes, 1.0)
    whole = engine._back.run(None, {engine._seam: frames})[0].reshape(-1)
    joined = np.concatenate(list(engine._pieces(frames)))
    assert len(whole) == len(joined)
    assert np.abs(whole - joined).max() < 1e-4


@pytest.mark.parametrize("text", ["", "...", "!?", "🙂", "안녕하세요", "Привет", "\n\t\x00", "-", "[[]]"])
def test_text_without_a_word_is_silent(engine: PiperEngine, text: str) -> None:
    """Nothing to say gives one empty part, not an error."""
    assert [0] == [len(samples) for samples in _run(engine, text)]


@pytest.mark.parametrize("text", ["[[ hello ]]", "a\ud800b", "yes\x00no", "Zürich café", "7", "x" * 1900, "a, " * 80])
def test_odd_text_is_said(engine: PiperEngine, text: str) -> None:
    """Brackets, broken characters, accents, digits and endless words are all sound."""
    assert sum(len(samples) for samples in _run(engine, text)) > 2000


def test_silence_is_trimmed_and_a_pause_kept(engine: PiperEngine) -> None:
    """Sound begins within 15 ms, and a sentence ends in 150 to 250 ms of rest."""
    sound = np.concatenate(_run(engine, "Okay, the timer is set."))
    loud = np.flatnonzero(np.abs(sound.astype(np.int32)) > 104)
    assert loud[0] < 22_050 * 0.015
    assert 0.15 < (len(sound) - loud[-1]) / 22_050 < 0.25


def test_speed_changes_the_length(engine: PiperEngine) -> None:
    """Twice the speed takes about half the time."""
    slow, fast = (sum(map(len, _run(engine, LONG, speed))) for speed in (1.0, 2.0))
    assert 0.4 < fast / slow < 0.65


def test_the_same_seed_gives_the_same_sound(folder: Path) -> None:
    """The voice draws its melody by chance, unless a new worker is told what to draw it from."""

    def spoken(seed: int | None) -> bytes:
        async def session() -> Samples:
            worker = Worker(voice_settings(folder, seed=seed))
            try:
                return await _sound(WorkerSynthesizer(worker, PhraseCache(), voice=VOICE), LONG)
            finally:
                await worker.close()

        return asyncio.run(session()).tobytes()

    assert spoken(7) == spoken(7)
    assert 3 == len({spoken(7), spoken(8), spoken(None)})


def test_too_long_a_text_is_refused_with_a_sentence(engine: PiperEngine) -> None:
    """The engine bounds its work; the synthesiser cuts before it."""
    with pytest.raises(EngineError, match="too long"):
        _run(engine, "word " * 500)


def test_the_synthesiser_cuts_long_text(folder: Path) -> None:
    """Text over the engine's bound is said in parts."""

    async def use(voice: WorkerSynthesizer, worker: Worker) -> None:
        async with contextlib.aclosing(voice.speak("word " * 500)) as chunks:
            async for chunk in chunks:
                assert len(chunk.samples)
                return

    _with_voice(folder, use)


def test_closing_cancels_at_once(folder: Path) -> None:
    """A closed iterator frees the voice long before the text would have been rendered."""

    async def use(voice: WorkerSynthesizer, worker: Worker) -> None:
        await worker.start()
        started = time.monotonic()
        await _sound(voice, LONG * 6)
        whole_s = time.monotonic() - started
        started = time.monotonic()
        async with contextlib.aclosing(voice.speak(LONG * 6)) as chunks:
            async for _ in chunks:
                break
        assert len(await _sound(voice, "Stopped.")) > 2000
        assert time.monotonic() - started < whole_s / 2
        assert 0 == worker.restarts

    _with_voice(folder, use)


def test_a_killed_voice_fails_once_and_speaks_again(folder: Path) -> None:
    """The request in flight ends with an error of ours; the next one is served."""

    async def use(voice: WorkerSynthesizer, worker: Worker) -> None:
        with pytest.raises(EngineError):
            async for _ in voice.speak(LONG * 3):
                worker.kill()
        assert len(await _sound(voice, "Here again.")) > 2000

    _with_voice(folder, use)


def test_a_phrase_is_rendered_once(folder: Path, tmp_path: Path) -> None:
    """The second time a short phrase comes from memory, the same sound to the sample, without the worker."""
    cache = PhraseCache(tmp_path / "phrases")

    async def use(voice: WorkerSynthesizer, worker: Worker) -> None:
        assert not voice.cached("Timer set.")
        first = await _sound(voice, "Timer set.")
        assert voice.cached("Timer set.")
        await worker.close()
        assert first.tolist() == (await _sound(voice, "Timer set.")).tolist()

    _with_voice(folder, use, cache)
    assert not (tmp_path / "phrases").exists()


def test_a_long_phrase_or_one_given_up_is_not_kept(folder: Path) -> None:
    """Only short phrases that were rendered to their end are in the cache."""

    async def use(voice: WorkerSynthesizer, worker: Worker) -> None:
        await _sound(voice, LONG)
        text = "The pasta timer has about three minutes left right now."
        async with contextlib.aclosing(voice.speak(text)) as chunks:
            async for _ in chunks:
                break
        assert [False, False] == [voice.cached(LONG), voice.cached(text)]

    _with_voice(folder, use)


def test_prewarmed_phrases_survive_a_restart(folder: Path, tmp_path: Path) -> None:
    """Set phrases are rendered once in the life of a voice: a new daemon finds them on disk."""
    phrases = ["Okay.", "Timer set.", "Okay.", LONG]

    async def first(voice: WorkerSynthesizer, worker: Worker) -> None:
        assert 2 == await voice.prewarm(phrases)

    async def second(voice: WorkerSynthesizer, worker: Worker) -> None:
        assert 0 == await voice.prewarm(phrases)
        assert len(await _sound(voice, "Okay.")) > 2000
        assert worker.pid is None

    _with_voice(folder, first, PhraseCache(tmp_path))
    _with_voice(folder, second, PhraseCache(tmp_path))


def test_prewarming_gives_way(folder: Path) -> None:
    """A request that comes while phrases are prewarmed is served before the rest of them, which then follow."""
    phrases = [f"The kitchen timer has {minutes} minutes left." for minutes in ("ten", "nine", "eight", "six", "five")]

    async def use(voice: WorkerSynthesizer, worker: Worker) -> None:
        await worker.start()
        warming = asyncio.create_task(voice.prewarm(phrases))
        await asyncio.sleep(0)
        assert len(await _sound(voice, "Yes, what is it?")) > 2000
        assert not all(map(voice.cached, phrases))
        assert 5 == await warming
        assert all(map(voice.cached, phrases))

    _with_voice(folder, use)


@pytest.mark.parametrize("damage", ["missing", "cut", "no settings"])
def test_a_damaged_voice_is_told_in_a_sentence(folder: Path, tmp_path: Path, damage: str) -> None:
    """Missing, truncated or incomplete files give an error of ours that says what to do."""
    if damage != "missing":
        model = (folder / f"{VOICE}.onnx").read_bytes()
        (tmp_path / f"{VOICE}.onnx").write_bytes(model[:100_000] if damage == "cut" else model)
    if damage == "cut":
        (tmp_path / f"{VOICE}.onnx.json").write_bytes((folder / f"{VOICE}.onnx.json").read_bytes())
    with pytest.raises(ModelError, match="assistant models pull"):
        PiperEngine(tmp_path, threads=1, speed=1.0).load()


def test_only_speakable_characters_are_left() -> None:
    """Emoji and other scripts vanish, typographic apostrophes are plain."""
    assert "It's 7 o'clock , Zoë ." == speakable("It’s 7 o'clock 🙂, Zoë 안녕.")


def test_endless_sentences_are_cut_between_words() -> None:
    """Cut at a comma, else at a space, else anywhere; nothing is lost."""
    assert ["aa, ", "bb cc ", "dddddd", "dd"] == ["".join(part) for part in bounded(list("aa, bb cc dddddddd"), 6)]


def test_the_limiter_never_clips() -> None:
    """However loud a voice is, it is bent under full scale; soft sound is only scaled."""
    assert np.abs(limited(np.array([-9.0, 9.0], dtype=np.float32)).astype(int)).max() < 32_767
    assert 4587 == limited(np.array([0.1], dtype=np.float32))[0]
