"""The Korean voice heard by the Korean recogniser: how much of everyday answers is understood, and of figures.

`scripts/korean-voice` prints one line for each sentence, then one JSON object.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from typing import Any

import numpy as np

from assistant.catalog import Catalog
from assistant.korean.aloud import say_aloud
from assistant.paths import find_paths
from assistant.types import RATE_HZ, Samples

SENTENCES = (
    "10분 타이머를 시작할게요.", "지금은 오후 3시 20분이에요.", "내일 아침 7시에 알람이 울려요.", "거실 불을 켰어요.",
    "오늘은 11월 27일 금요일이에요.", "우유와 빵을 목록에 넣었어요.", "라면 타이머는 4분 남았어요.",
    "알람이 3개 있어요.",
)  # fmt: skip
MODEL = "whisper-base"
EDGE_S = 0.25
"""Silence before and after a sentence, as it has in a room."""


def run() -> dict[str, Any]:
    """Say and hear each sentence. Raises: ModelError: the recogniser is not there."""
    import jiwer
    import soxr

    voice = importlib.import_module("assistant.engines.espeak_ng").create({"voice": "ko"})
    voice.load()
    path = Catalog.load(find_paths().models).path(MODEL)
    recogniser = importlib.import_module("assistant.engines.faster_whisper").create({"path": str(path), "threads": 2})
    recogniser.load()
    errors = []
    for sentence in SENTENCES:
        parts = voice.run("speak", {"text": say_aloud(sentence)}, b"", lambda: False)
        sound = np.frombuffer(b"".join(data for _, data in parts), "<i2").astype(np.float32)
        low = soxr.resample(sound, 22_050, RATE_HZ).astype(np.int16)
        edge: Samples = np.zeros(round(EDGE_S * RATE_HZ), np.int16)
        payload = np.concatenate((edge, low, edge)).astype("<i2").tobytes()
        ((heard, _),) = recogniser.run("transcribe", {"language": "ko"}, payload, lambda: False)
        error = float(jiwer.cer(_letters(sentence), _letters(heard["text"]) or "-"))
        errors.append(min(1.0, error))
        sys.stdout.write(f"{error:.2f}  {sentence}  |  {heard['text']}\n")
    return {"suite": "korean voice", "n": len(errors), "score": round(1 - sum(errors) / len(errors), 4)}


def _letters(text: str) -> str:
    """Letters alone, figures as words."""
    return re.sub(r"[^가-힣a-z]", "", say_aloud(text).lower())


if __name__ == "__main__":
    sys.stdout.write(f"{json.dumps(run(), ensure_ascii=False)}\n")
