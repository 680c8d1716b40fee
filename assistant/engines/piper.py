"""Piper behind the worker protocol: text in, speech out from the first tenths of a second of a sentence on.

    text -> espeak phonemes -> front half: frames of the whole sentence -> back half: pieces of frames -> int16 sound

The back half sees ten frames on either side, so pieces rendered with that margin join to exactly the same sound as the
whole; the front half takes a third of the time, which is why speech starts early however long the sentence is.
"""

from __future__ import annotations

import json
import logging
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.engines.onnx_split import split_before
from assistant.errors import EngineError, ModelError
from assistant.speak.trim import Trimmer, pause_after_ms
from assistant.types import JsonDict, Samples
from assistant.wire import Part
from assistant.worker import Cancelled

MAX_CHARS = 2000
"""Per request: about two minutes of speech."""

SPEEDS = (0.5, 2.0)

_MARGIN_FRAMES = 10
"""Frames the back half looks at on either side (measured: 8 give -60 dB of error, 10 none)."""

_PIECE_FRAMES = (20, 40, 80)
"""Length of the first, second and all later pieces: 0.23, 0.46 and 0.93 s of sound."""

_FIRST_MS = 120
"""The first part holds at least so much sound, so that it does not run out while the second is rendered."""

_MAX_PHONEMES = 200
"""A longer sentence is rendered in parts, because the front half's work grows with the square of it."""

_GAIN = 1.4
_KNEE = 0.8
"""The voice peaks at 0.3 to 0.76 of full scale: one gain for all keeps it natural, the knee catches the rest."""

_MARKS = frozenset(".,;:!?'-")
_FIX = "Run 'assistant models pull' to bring it again."


def create(options: JsonDict) -> PiperEngine:
    """`options`: path (folder with NAME.onnx and NAME.onnx.json), threads (1), speed (1.0), seed (drawn by chance)."""
    threads, speed = int(options.get("threads", 1)), float(options.get("speed", 1.0))
    return PiperEngine(Path(options["path"]), threads, speed, options.get("seed"))


class PiperEngine:
    def __init__(self, folder: Path, threads: int, speed: float, seed: int | None = None) -> None:
        self._folder = folder
        self._threads = threads
        self._speed = speed
        self._seed = seed

    def load(self) -> JsonDict:
        """Read the voice, warm it up. Raises: ModelError."""
        started = time.monotonic()
        model, config = self._read()
        logging.getLogger("piper").setLevel(logging.CRITICAL + 1)  # it would write users' words to stderr
        from piper import PiperConfig, PiperVoice

        try:
            halves = split_before(model, "dec.conv_pre.weight")
            del model
            settings = PiperConfig.from_dict(config)
            self._voice = PiperVoice(session=self._session(halves.front), config=settings)
            self._back = self._session(halves.back)
        except Exception as error:  # a native loader raises classes of its own
            reason = f"{type(error).__name__}: {error}"[:200]
            raise ModelError(f"The voice in {self._folder.name} cannot be used ({reason}).", fix=_FIX) from None
        self._seam = halves.name
        for text in ("Okay.", "The timer for pasta has ten minutes left."):
            for _ in self._speak(text, 1.0):
                pass
        return {
            "voice": self._folder.name,
            "rate_hz": settings.sample_rate,
            "load_ms": round(1000 * (time.monotonic() - started)),
        }

    def run(self, op: str, args: JsonDict, payload: bytes, cancelled: Cancelled) -> Iterator[Part]:
        """`speak` {text, speed}: parts {rate_hz, final} with int16 mono; the last, maybe empty, is `final`."""
        if op != "speak":
            raise EngineError(f"The voice does not know how to {op}.")
        text = str(args["text"])
        if len(text) > MAX_CHARS:
            raise EngineError("That text is too long to be spoken at once.", fix=f"At most {MAX_CHARS} characters.")
        speed = min(max(float(args.get("speed", self._speed)), SPEEDS[0]), SPEEDS[1])
        rate_hz = self._voice.config.sample_rate
        waiting, enough = b"", 2 * rate_hz * _FIRST_MS // 1000
        for samples in self._speak(text, speed):
            if cancelled():
                return
            waiting += samples.tobytes()
            if len(waiting) > enough:
                yield {"rate_hz": rate_hz, "final": False}, waiting
                waiting, enough = b"", 0
        yield {"rate_hz": rate_hz, "final": True}, waiting

    def _speak(self, text: str, speed: float) -> Iterator[Samples]:
        words = speakable(text)
        if not words:
            return
        for sentence in self._voice.phonemize(words):
            for phonemes in bounded(sentence, _MAX_PHONEMES):
                trimmer = Trimmer(self._voice.config.sample_rate)
                for piece in self._pieces(self._frames(phonemes, speed)):
                    yield trimmer.feed(limited(piece))
                mark = next((phoneme for phoneme in reversed(phonemes) if phoneme != " "), "")
                yield trimmer.finish(round(pause_after_ms(mark) / speed))

    def _frames(self, phonemes: list[str], speed: float) -> NDArray[np.float32]:
        """The front half: float32 (1, channels, frames), one frame is `hop_length` samples."""
        config = self._voice.config
        ids = np.array([self._voice.phonemes_to_ids(phonemes)], dtype=np.int64)
        scales = (config.noise_scale, config.length_scale / speed, config.noise_w_scale)
        inputs = {
            "input": ids,
            "input_lengths": np.array([ids.shape[1]], dtype=np.int64),
            "scales": np.array(scales, dtype=np.float32),
        }
        frames: NDArray[np.float32] = self._voice.session.run(None, inputs)[0]
        return frames

    def _pieces(self, frames: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
        """The back half, piece by piece: float32 (n,), about ±0.8."""
        hop = self._voice.config.hop_length
        total, begin, number = frames.shape[2], 0, 0
        while begin < total:
            end = min(begin + _PIECE_FRAMES[min(number, len(_PIECE_FRAMES) - 1)], total)
            if total - end < _MARGIN_FRAMES:
                end = total
            left, right = max(0, begin - _MARGIN_FRAMES), min(total, end + _MARGIN_FRAMES)
            sound = self._back.run(None, {self._seam: frames[:, :, left:right]})[0].reshape(-1)
            yield sound[(begin - left) * hop : (end - left) * hop]
            begin, number = end, number + 1

    def _read(self) -> tuple[bytes, JsonDict]:
        model = next(iter(sorted(self._folder.glob("*.onnx"))), None)
        if model is None:
            raise ModelError(f"There is no voice in {self._folder}.", fix=_FIX)
        try:
            config: JsonDict = json.loads(model.with_suffix(".onnx.json").read_text(encoding="utf-8"))
            return model.read_bytes(), config
        except (OSError, ValueError):
            raise ModelError(f"The voice in {self._folder} cannot be read.", fix=_FIX) from None

    def _session(self, model: bytes) -> Any:
        import onnxruntime

        if self._seed is not None:
            onnxruntime.set_seed(self._seed)  # taken up by sessions that are made from here on
        onnxruntime.set_default_logger_severity(4)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        options.enable_mem_pattern = False  # a pattern would be kept for every length of sentence
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        session._model_bytes = None  # kept for a fallback to other providers that is never used: 60 MB
        return session


def speakable(text: str) -> str:
    """Only what an English voice can say: Latin letters, digits, plain punctuation; empty when there is no word.

    Left to itself espeak reads an emoji's name and spells Cyrillic letter by letter. Double square brackets would be
    taken for raw phonemes.
    """
    folded = unicodedata.normalize("NFKC", text.replace("’", "'"))
    kept = "".join(char if _can_say(char) else " " for char in folded)
    words = " ".join(kept.split())
    return words if any(char.isalnum() for char in words) else ""


def _can_say(char: str) -> bool:
    return char in _MARKS or (char.isascii() and char.isalnum()) or unicodedata.name(char, "").startswith("LATIN")


def bounded(phonemes: list[str], longest: int) -> Iterator[list[str]]:
    """Cut a sentence of more than `longest` phonemes at its commas, else between words, else anywhere."""
    while len(phonemes) > longest:
        window = phonemes[:longest]
        cut = next(
            (len(window) - window[::-1].index(mark) for mark in (",", " ") if mark in window[longest // 2 :]), longest
        )
        yield phonemes[:cut]
        phonemes = phonemes[cut:]
    if phonemes:
        yield phonemes


def limited(sound: NDArray[np.float32]) -> Samples:
    """Float sound (full scale ±1) with the gain applied to int16; what passes the knee is bent, never clipped."""
    loud = sound * _GAIN
    over = np.abs(loud) > _KNEE
    if over.any():
        room = 0.99 - _KNEE
        bent = _KNEE + room * np.tanh((np.abs(loud[over]) - _KNEE) / room)
        loud[over] = np.copysign(bent, loud[over])
    samples: Samples = (loud * 32767.0).astype(np.int16)
    return samples
