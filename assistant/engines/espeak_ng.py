"""espeak-ng behind the worker protocol, by the library inside piper-tts (GPL-3.0): the voice of Korean for now.

It is a formant synthesiser: hard on the ear, but clear, and in 20 ms where a neural voice takes 300.
"""

from __future__ import annotations

import ctypes
import importlib.util
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from assistant.errors import EngineError, ModelError
from assistant.speak.trim import Trimmer, pause_after_ms
from assistant.types import JsonDict, Samples
from assistant.wire import Part
from assistant.worker import Cancelled

MAX_CHARS = 2000
SPEEDS = (0.5, 2.0)
WORDS_PER_MINUTE = 150
"""espeak's own 175 is hard to follow in Korean."""
PITCH, PITCH_RANGE = 45, 40
_GAIN = 0.8
_SYNCHRONOUS, _NO_EXIT, _UTF8 = 2, 0x8000, 1
_RATE, _PITCH, _RANGE = 1, 3, 4
_FIX = "Install the package piper-tts, which brings espeak-ng along."
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


def create(options: JsonDict) -> EspeakEngine:
    """`options`: voice (a language of espeak, such as ko), speed (1.0)."""
    return EspeakEngine(str(options.get("voice", "ko")), float(options.get("speed", 1.0)))


class EspeakEngine:
    def __init__(self, voice: str, speed: float) -> None:
        self._voice = voice
        self._speed = speed
        self._rate_hz = 0
        self._pieces: list[Samples] = []

    def load(self) -> JsonDict:
        """Load library and voice. Raises: ModelError."""
        started = time.monotonic()
        # Found without importing the package, whose own code is not needed here.
        found = importlib.util.find_spec("piper")
        folder = Path(found.submodule_search_locations[0]) if found and found.submodule_search_locations else Path()
        library = next(iter(sorted(folder.glob("espeakbridge*.so"))), None)
        if library is None or not (folder / "espeak-ng-data" / f"{self._voice}_dict").is_file():
            raise ModelError(f"There is no espeak-ng voice for {self._voice!r}.", fix=_FIX)
        try:
            self._library = ctypes.CDLL(str(library))
            self._rate_hz = self._library.espeak_Initialize(_SYNCHRONOUS, 200, str(folder).encode(), _NO_EXIT)
        except (OSError, AttributeError) as error:
            raise ModelError(f"espeak-ng cannot be used ({type(error).__name__}).", fix=_FIX) from None
        if self._rate_hz <= 0 or self._library.espeak_SetVoiceByName(self._voice.encode()) != 0:
            raise ModelError(f"espeak-ng has no voice {self._voice!r}.", fix=_FIX)
        self._library.espeak_SetParameter(_PITCH, PITCH, 0)
        self._library.espeak_SetParameter(_RANGE, PITCH_RANGE, 0)
        self._callback = _Callback(self._take)  # kept: the library calls it as long as it lives
        self._library.espeak_SetSynthCallback(self._callback)
        self._render("네.", 1.0)
        load_ms = round(1000 * (time.monotonic() - started))
        return {"voice": f"espeak-ng {self._voice}", "rate_hz": self._rate_hz, "load_ms": load_ms}

    def run(self, op: str, args: JsonDict, payload: bytes, cancelled: Cancelled) -> Iterator[Part]:
        """`speak` {text, speed}: parts {rate_hz, final} with int16 mono; the last, maybe empty, is `final`."""
        if op != "speak":
            raise EngineError(f"The voice does not know how to {op}.")
        text = str(args["text"])
        if len(text) > MAX_CHARS:
            raise EngineError("That text is too long to be spoken at once.", fix=f"At most {MAX_CHARS} characters.")
        speed = min(max(float(args.get("speed", self._speed)), SPEEDS[0]), SPEEDS[1])
        for sentence in _sentences(text):
            if cancelled():
                return
            samples = self._render(sentence, speed)
            if len(samples):
                trimmer = Trimmer(self._rate_hz)
                sound = trimmer.feed(samples)
                rest = trimmer.finish(round(pause_after_ms(sentence[-1]) / speed))
                yield {"rate_hz": self._rate_hz, "final": False}, np.concatenate((sound, rest)).tobytes()
        yield {"rate_hz": self._rate_hz, "final": True}, b""

    def _render(self, text: str, speed: float) -> Samples:
        """int16 (n,) of one sentence."""
        self._pieces = []
        self._library.espeak_SetParameter(_RATE, round(WORDS_PER_MINUTE * speed), 0)
        data = text.replace("\0", " ").encode("utf-8", "replace") + b"\0"
        if self._library.espeak_Synth(data, ctypes.c_size_t(len(data)), 0, 1, 0, _UTF8, None, None) != 0:
            raise EngineError("The voice could not say that.")
        sound = np.concatenate(self._pieces) if self._pieces else np.zeros(0, np.int16)
        return (sound * _GAIN).astype(np.int16)

    def _take(self, samples: ctypes._Pointer[ctypes.c_short], count: int, events: int | None) -> int:
        if count > 0 and samples:
            self._pieces.append(np.ctypeslib.as_array(samples, (count,)).astype(np.int16))
        return 0


def _sentences(text: str) -> Iterator[str]:
    """Sentence by sentence, so that the first one sounds at once; without what espeak takes for commands."""
    start = 0
    clean = " ".join(text.replace("[[", " ").replace("]]", " ").replace("<", " ").split())
    for place, sign in enumerate(clean):
        if sign in ".?!" and (place + 1 == len(clean) or clean[place + 1] == " "):
            yield clean[start : place + 1].strip()
            start = place + 1
    if clean[start:].strip():
        yield clean[start:].strip()
