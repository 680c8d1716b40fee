"""The plain pipeline on its real engines, in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from assistant.audio.files import read_audio
from assistant.bench.measure import speech_end_s
from assistant.bench.peer import Peer, PeerModels
from assistant.types import RATE_HZ

pytestmark = [pytest.mark.contract, pytest.mark.slow]


def test_the_real_pipeline_answers(model_path: Callable[[str], Path]) -> None:
    """A spoken word through all four stages; the second turn is as good as the first."""
    word = read_audio(Path(__file__).parent.parent / "audio" / "clips" / "okay_nabu.flac")
    end_s = speech_end_s(word, RATE_HZ)
    assert end_s is not None
    sound = np.concatenate([word, np.zeros(2 * RATE_HZ, np.int16)])
    models = PeerModels(
        asr=model_path("whisper-tiny.en"),
        talker=next(model_path("smollm2-135m-instruct-q4_1").glob("*.gguf")),
        voice=next(model_path("en_US-joe-medium").glob("*.onnx")),
    )
    with Peer(models, max_tokens=8) as peer:
        turns = [peer.hold(sound, end_s) for _ in range(2)]
    for turn in turns:
        assert turn.text
        assert turn.reply
        assert turn.latency_s is not None
        assert turn.latency_s > 0.7
        assert 500.0 < turn.stages_ms["silence"] < 1000.0
