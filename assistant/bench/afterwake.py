"""What is said behind the wake word, in two ways of telling the recogniser of it: `assistant bench after-wake`.

`begins` is how the assistant does it (`assistant.hear.wakephrase.wake_beginning`): the decoder goes on from the wake
words. `prompt` tells them as what was said before. Every sound is decoded both ways, in changing order.
"""

from __future__ import annotations

import importlib
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from assistant.audio.files import read_audio
from assistant.bench.asr import NOISES, READ_SPEECH, Progress, load_wer
from assistant.bench.latency import LatencySettings, find_wake_clip
from assistant.bench.manifest import clips
from assistant.bench.measure import percentile
from assistant.bench.utterances import speech_only
from assistant.hear.wakephrase import strip_wake, wake_beginning
from assistant.korean.wake import wake_prompt
from assistant.language import Tongue
from assistant.types import RATE_HZ, JsonDict, Samples

PHRASE = "Okay Nabu"
BEFORE_S, GAP_S = 0.4, 0.15
"""Silence before the wake word, as the loop keeps it, and a breath between it and what follows."""
LONGEST_S = 7.0
"""Of read speech: nobody talks to a loudspeaker in longer sentences."""
NOISE_S = 2.0

Way = Literal["begins", "prompt"]
_TOLD: dict[Way, JsonDict] = {
    "begins": {"begins": wake_beginning(PHRASE, Tongue("en")), "prompt": wake_prompt(PHRASE, Tongue("en"))},
    "prompt": {"prompt": wake_prompt(PHRASE, Tongue("en"))},
}


@dataclass(slots=True)
class _Heard:
    """One way: the words behind the wake word, milliseconds and further tries of each sound."""

    texts: list[str] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)
    retries: int = 0

    def take(self, engine: Any, told: JsonDict, sound: Samples) -> None:
        started = time.perf_counter()
        (answer, _), *_ = engine.run("transcribe", {"language": "en", **told}, sound.tobytes(), lambda: False)
        self.ms.append(1000.0 * (time.perf_counter() - started))
        self.texts.append(strip_wake(answer["text"], PHRASE))
        self.retries += answer["retries"]


def run_after_wake(data: Path, model: Path, limit: int | None, progress: Progress) -> JsonDict:
    """Word errors on read speech behind the wake word, and words heard where only a noise follows; `score` is 1 - the
    word error rate of `begins`.

    Raises: UsageError: the data are not there. EngineError: the model or the tools of the extra `bench` are missing.
    """
    wer = load_wer()
    engine = importlib.import_module("assistant.engines.faster_whisper").create({"path": str(model)})
    engine.load()
    wake = speech_only(find_wake_clip(LatencySettings(data=data))[0])
    read = [(text, _behind(wake, sound)) for text, sound in _short(data)][:limit]
    noises = [_behind(wake, read_audio(clip.path)[: round(NOISE_S * RATE_HZ)]) for clip in clips(data, NOISES)][:limit]
    spoken: dict[Way, _Heard] = {"begins": _Heard(), "prompt": _Heard()}
    nothing: dict[Way, _Heard] = {"begins": _Heard(), "prompt": _Heard()}
    for number, sound in enumerate([*(sound for _, sound in read), *noises]):
        heard = spoken if number < len(read) else nothing
        for way in ("begins", "prompt") if number % 2 else ("prompt", "begins"):
            heard[way].take(engine, _TOLD[way], sound)
        progress("after the wake word", number + 1, len(read) + len(noises))
    references = [text for text, _ in read]
    errors = {way: wer(references, one.texts) for way, one in spoken.items()}
    return {
        "suite": "after-wake",
        "model": model.name,
        "n": len(read),
        "score": 1.0 - errors["begins"],
        **{
            way: {
                "wer": round(errors[way], 4),
                "retries": one.retries,
                "ms_median": round(statistics.median(one.ms), 1),
                "ms_p95": round(percentile(one.ms, 0.95), 1),
                "noises_with_words": sum(any(map(str.isalnum, text)) for text in nothing[way].texts),
            }
            for way, one in spoken.items()
        },
        "noises": len(noises),
    }


def _short(data: Path) -> Iterator[tuple[str, Samples]]:
    """Read sentences that are short enough, with their words."""
    for clip in clips(data, READ_SPEECH):
        sound = read_audio(clip.path)
        if len(sound) <= LONGEST_S * RATE_HZ and clip.labels.get("text"):
            yield str(clip.labels["text"]), sound


def _behind(wake: Samples, sound: Samples) -> Samples:
    """int16 (n,), 16 kHz: the wake word and then the sound."""
    quiet = [np.zeros(round(seconds * RATE_HZ), dtype=np.int16) for seconds in (BEFORE_S, GAP_S)]
    return np.concatenate([quiet[0], wake, quiet[1], sound]).astype("<i2")
