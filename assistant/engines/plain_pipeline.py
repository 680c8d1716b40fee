"""The same models in the hands of well-known libraries, each used the ordinary way: what the benches compare with.

speech probabilities (Silero) | faster-whisper: 30 s, beam of 5 | llama.cpp: the whole answer | Piper: the whole sound

It lives in a process of its own (`python -m assistant.bench.peer`): llama.cpp must not be loaded beside the assistant's
own ears.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from assistant.errors import EngineError, ModelError
from assistant.types import JsonDict, Samples

FRAME_SAMPLES = 512
"""One speech probability each: 32 ms at 16 kHz."""
CONTEXT_TOKENS = 2048
"""As long as our own talker's."""
SYSTEM = (
    "You are a helpful voice assistant. Your words are read out loud. "
    "Answer in one to three short sentences of plain text."
)


def create(options: JsonDict) -> PlainPipeline:
    """`options`: asr (folder), talker (GGUF file), voice (ONNX file), threads (all cores the machine has)."""
    paths = (Path(options[role]) for role in ("asr", "talker", "voice"))
    return PlainPipeline(*paths, threads=int(options["threads"]))


class PlainPipeline:
    """Four stages that know nothing of each other; not for several threads."""

    def __init__(self, asr: Path, talker: Path, voice: Path, *, threads: int) -> None:
        self._asr_folder, self._talker_file, self._voice_file = asr, talker, voice
        self._threads = threads

    def load(self) -> JsonDict:
        """Load all models and run each once, so that the first turn is as fast as the next. Raises: ModelError."""
        started = time.perf_counter()
        for path in (self._asr_folder / "model.bin", self._talker_file, self._voice_file):
            # Checked here because the libraries would look for missing files on the network.
            if not path.is_file():
                raise ModelError(f"The model {path.name} is not there.", fix="Run 'assistant models pull'.")
        from faster_whisper import WhisperModel
        from faster_whisper.vad import get_vad_model
        from llama_cpp import Llama
        from piper import PiperVoice

        self._detector = get_vad_model()
        # Two of four libraries would take half of the cores, or more threads than there are: the peer gets the best.
        self._whisper = WhisperModel(
            str(self._asr_folder), device="cpu", compute_type="int8", cpu_threads=self._threads
        )
        self._llama = Llama(
            str(self._talker_file),
            n_ctx=CONTEXT_TOKENS,
            n_threads=self._threads,
            n_threads_batch=self._threads,
            verbose=False,
        )
        self._voice = PiperVoice.load(self._voice_file)
        noise = np.random.default_rng(0).normal(0.0, 300.0, 16_000).astype(np.int16)
        self.probabilities(noise)
        self.transcribe(noise)
        self.complete("Hello.", 4)
        self.speak("Hello there.")
        return {"load_ms": round(1000 * (time.perf_counter() - started))}

    def probabilities(self, samples: Samples) -> list[float]:
        """Speech probability 0..1 of each whole frame of int16 (n,) mono 16 kHz."""
        count = len(samples) // FRAME_SAMPLES
        if not count:
            return []
        audio = samples[: count * FRAME_SAMPLES].astype(np.float32) / 32768.0
        return [float(value) for value in np.asarray(self._detector(audio)).reshape(-1)]

    def transcribe(self, samples: Samples) -> str:
        """int16 (n,) mono 16 kHz to text, with the library's own defaults; the language is known to be English."""
        segments, _ = self._whisper.transcribe(samples.astype(np.float32) / 32768.0, language="en")
        return " ".join(segment.text.strip() for segment in segments)

    def complete(self, text: str, max_tokens: int) -> str:
        """The whole answer. The library keeps the beginning of the prompt in memory from turn to turn.

        Raises: EngineError: the library gave no text.
        """
        answer = self._llama.create_chat_completion(
            messages=[{"role": "system", "content": SYSTEM}, {"role": "user", "content": text}],
            max_tokens=max_tokens,
            temperature=0.0,
        )
        try:
            return str(answer["choices"][0]["message"]["content"] or "").strip()
        except (KeyError, IndexError, TypeError):
            raise EngineError("The plain pipeline's language model gave no answer.") from None

    def speak(self, text: str) -> tuple[Samples, int]:
        """All of the sound, int16 (n,) mono, and its rate in Hz."""
        chunks = [chunk.audio_int16_array for chunk in self._voice.synthesize(text)]
        sound: Samples = np.concatenate(chunks) if chunks else np.zeros(0, dtype=np.int16)
        return sound, int(self._voice.config.sample_rate)
