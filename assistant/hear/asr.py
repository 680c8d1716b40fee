"""Speech to text, the daemon's side: the Recognizer protocol, and one that asks a worker process."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from pathlib import Path
from typing import Protocol

import numpy as np

from assistant.language import Tongue
from assistant.types import RATE_HZ, JsonDict, Samples, Transcript
from assistant.worker import Worker, WorkerSettings

WINDOW_S = 56.0
"""How much of a long recording goes to the worker at once; it decodes what lies before the last good cut."""


class Recognizer(Protocol):
    """What was said in a piece of sound."""

    async def transcribe(self, samples: Samples, *, prompt: str = "", begins: str = "") -> Transcript:
        """Words in `samples`: int16 (n,), mono, 16 kHz, at most 60 s; empty text when nobody spoke.

        `prompt` is text that may have been said before: its names are then spelled alike. `begins` are the words with
        which the sound surely begins, and so does the text: the decoder goes on from them, and the prompt only helps to
        tell a noise from the words behind them.

        Raises: EngineError, WorkerDiedError.
        """
        ...

    async def again(self, samples: Samples, *, hint: str) -> tuple[Transcript, ...]:
        """What else may have been said in `samples`, which were just transcribed, the likeliest first; perhaps nothing.

        `hint` names words to be expected; they are found more easily then, also where nobody said them.

        Raises: EngineError, WorkerDiedError.
        """
        ...


def asr_settings(model: Path, *, threads: int = 1) -> WorkerSettings:
    """A worker for the Whisper model in the folder `model`.

    One thread is the default because a decoder step is too small to share: on two busy cores two threads take the
    encoder from 75 to 55 ms and the decoder from 40 to over 100 ms.
    """
    options: JsonDict = {"path": str(model), "threads": threads}
    return WorkerSettings(name="speech recogniser", engine="faster_whisper", options=options, patience_s=60.0)


class WorkerRecognizer:
    """A Recognizer over a worker with the engine `faster_whisper`; `language` none means: find out.

    With a `tongue` it listens for the languages that the household expects, and keeps to the likeliest when unsure.
    """

    def __init__(self, worker: Worker, *, language: str | None = "en", tongue: Tongue | None = None) -> None:
        self._worker = worker
        self._language = language
        self._tongue = tongue

    async def transcribe(self, samples: Samples, *, prompt: str = "", begins: str = "") -> Transcript:
        """See `Recognizer`. Cancelling the task stops the engine at its next step."""
        return (await self._ask(samples, {"prompt": prompt, "begins": begins}))[0]

    async def again(self, samples: Samples, *, hint: str) -> tuple[Transcript, ...]:
        """See `Recognizer`."""
        args = {"language": "en" if self._tongue is not None else self._language, "prompt": hint}
        answer, _ = await self._worker.call("again", args, samples.astype("<i2").tobytes())
        return tuple(
            Transcript(
                text=reading["text"],
                language=reading["language"],
                avg_logprob=reading["avg_logprob"],
                decode_ms=answer["decode_ms"],
            )
            for reading in answer["readings"]
        )

    async def transcribe_long(self, blocks: Iterable[Samples]) -> AsyncGenerator[tuple[float, Transcript], None]:
        """Transcribe sound of any length, block by block, cut in its silences.

        Yields:
            The position in s up to which the sound is decoded, and the words since the one before.

        Raises: EngineError, WorkerDiedError, and what reading the blocks raises.
        """
        window = int(WINDOW_S * RATE_HZ)
        pending: list[Samples] = []
        held = done = 0
        for block in blocks:
            pending.append(block)
            held += len(block)
            while held >= window:
                joined = np.concatenate(pending)
                transcript, used = await self._ask(joined[:window], {"more": True})
                pending, held = [joined[used:]], held - used
                done += used
                yield done / RATE_HZ, transcript
        if held:
            transcript, used = await self._ask(np.concatenate(pending), {})
            yield (done + used) / RATE_HZ, transcript

    async def _ask(self, samples: Samples, args: JsonDict) -> tuple[Transcript, int]:
        if self._tongue is not None:
            first, *others = self._tongue.expected
            args = {"language": first, "others": others, **args}
        else:
            args = {"language": self._language, **args}
        answer, _ = await self._worker.call("transcribe", args, samples.astype("<i2").tobytes())
        transcript = Transcript(
            text=answer["text"],
            language=answer["language"],
            avg_logprob=answer["avg_logprob"],
            decode_ms=answer["decode_ms"],
            retries=answer["retries"],
        )
        return transcript, int(answer["used_samples"])
