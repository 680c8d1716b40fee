"""The Korean voice: the real espeak-ng, in its worker."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from assistant.engines.espeak_ng import MAX_CHARS, create
from assistant.errors import EngineError, ModelError
from assistant.speak.cache import PhraseCache
from assistant.speak.tts import WorkerSynthesizer, korean_settings
from assistant.worker import Worker

pytestmark = pytest.mark.contract


def test_sentence_by_sentence() -> None:
    """Each sentence is a part of its own with sound in it; the last part is final."""
    engine = create({"voice": "ko"})
    assert 22_050 == engine.load()["rate_hz"]
    parts = list(engine.run("speak", {"text": "네. 타이머를 시작할게요."}, b"", lambda: False))
    assert [False, False, True] == [header["final"] for header, _ in parts]
    sounds = [np.frombuffer(data, np.int16) for _, data in parts]
    assert len(sounds[1]) > len(sounds[0]) > 2000
    assert 3000 < int(np.abs(sounds[1]).max()) < 32_000


def test_speed_and_cancel() -> None:
    """Twice the speed takes about half the time; a cancelled request says nothing more."""
    engine = create({"voice": "ko"})
    engine.load()
    slow, fast = (
        sum(
            len(data)
            for _, data in engine.run("speak", {"text": "오늘은 금요일이에요.", "speed": speed}, b"", lambda: False)
        )
        for speed in (1.0, 2.0)
    )
    assert 0.35 * slow < fast < 0.8 * slow
    assert [] == list(engine.run("speak", {"text": "네."}, b"", lambda: True))


def test_what_it_refuses() -> None:
    """An unknown request, too much text, and a voice that there is none of, each in a sentence."""
    engine = create({"voice": "ko"})
    engine.load()
    for op, text in (("sing", "네"), ("speak", "네" * (MAX_CHARS + 1))):
        with pytest.raises(EngineError):
            list(engine.run(op, {"text": text}, b"", lambda: False))
    with pytest.raises(ModelError):
        create({"voice": "xx"}).load()


def test_in_its_process() -> None:
    """Behind the worker protocol it renders a phrase, and the same again from the cache."""

    async def use() -> tuple[int, bool]:
        worker = Worker(korean_settings())
        try:
            voice = WorkerSynthesizer(worker, PhraseCache(), voice="espeak-ng-ko")
            count = sum([len(chunk.samples) async for chunk in voice.speak("십분 남았어요.")])
            return count, voice.cached("십분 남았어요.")
        finally:
            await worker.close()

    count, cached = asyncio.run(use())
    assert count > 10_000 and cached
