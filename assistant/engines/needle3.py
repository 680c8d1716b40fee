"""Needle 3, a small model that turns a wish into tool calls, through the C functions of its library (engine 3.0.2).

A loaded library holds one set of tools, so each set has a copy of the library of its own; all of them read one mapping
of the weights. The publisher's Python wrapper is not used: it reports usage over the network. The library works on two
threads that wait for each other busily: about 0.1 s a request when both cores are free, but many times that when
another process needs them, so nothing heavy should run beside it, and of several sets only one is asked at a time.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from assistant.errors import EngineError
from assistant.types import JsonDict
from assistant.wire import Part
from assistant.worker import Cancelled

MAX_TEXT_CHARS = 240
"""Everyday wishes are short, and the time of a request grows with the square of the text's length."""

MAX_CALL_TOKENS = 192
"""Bound on what the model may write for one request (reasoning and calls); two calls take about 85."""

MAX_TOOLS = 24

_FORMAT_TAG = (0x05E12A84).to_bytes(4, "little")
_ELF = b"\x7fELF"
_MIN_BYTES = 100_000
_ANSWER_BYTES = 1 << 16
_FIX = "Run: assistant models verify"


def create(options: JsonDict) -> NeedleEngine:
    """Options: `library` and `weights`, paths of the two files; `sets`, how many sets of tools it may hold."""
    return NeedleEngine(Path(options["library"]), Path(options["weights"]), int(options.get("sets", 1)))


class NeedleEngine:
    """Serves `tools` (shaped for the model; about 1.5 ms a token) and `call`, both for the set of one `seat`."""

    def __init__(self, library: Path, weights: Path, sets: int) -> None:
        self._library_file, self._weights_file, self._sets = library, weights, sets
        self._seats: dict[int, _Seat] = {}

    def load(self) -> JsonDict:
        """Load library and weights. Raises: EngineError: one of them is missing, damaged or for another machine."""
        started = time.perf_counter()
        self._weights = _mapped(self._weights_file, _FORMAT_TAG, "The tool caller's model")
        _mapped(self._library_file, _ELF, "The tool caller's library")
        self._seats[0] = _Seat(self._library_file, self._weights)
        return {"model": self._weights_file.name, "load_ms": _since(started)}

    def run(self, op: str, args: JsonDict, payload: bytes, cancelled: Cancelled) -> Iterator[Part]:
        """`tools` {tools, key, seat} and `call` {text, key, seat}. Raises: EngineError."""
        seat = int(args.get("seat", 0))
        if not 0 <= seat < self._sets:
            raise EngineError(f"The tool caller holds {self._sets} sets of tools.")
        if op == "tools":
            yield self._seat(seat).set_tools(args["tools"], str(args.get("key", ""))), b""
        elif op == "call" and seat not in self._seats:
            yield {"unprepared": True}, b""
        elif op == "call":
            yield self._seats[seat].call(str(args["text"]), str(args.get("key", ""))), b""
        else:
            raise EngineError(f"The tool caller has no operation {op}.")

    def _seat(self, number: int) -> _Seat:
        """Loaded when it is first used: 55 MB that a machine with few skills does not need."""
        if number not in self._seats:
            self._seats[number] = _Seat(_copied(self._library_file), self._weights)
        return self._seats[number]


class _Seat:
    """One copy of the library with its set of tools."""

    def __init__(self, library: Path, weights: mmap.mmap) -> None:
        self._names: frozenset[str] = frozenset()
        self._key = ""
        self._answer = ctypes.create_string_buffer(_ANSWER_BYTES)
        self._weights = (ctypes.c_char * len(weights)).from_buffer(weights)  # the library goes on reading there
        try:
            self._library = ctypes.CDLL(str(library))
            _declare(self._library)
        except (OSError, AttributeError):
            raise EngineError("The tool caller does not run on this machine.") from None
        if self._library.needle_load(ctypes.addressof(self._weights), len(weights)) < 0:
            raise EngineError("The tool caller's model cannot be loaded.", fix=_FIX)

    def set_tools(self, tools: Sequence[JsonDict], key: str) -> JsonDict:
        started = time.perf_counter()
        if key and key == self._key:
            return {"tools": len(self._names), "ms": 0.0}
        if not 0 < len(tools) <= MAX_TOOLS:
            raise EngineError(f"The tool caller takes 1 to {MAX_TOOLS} tools.")
        names = frozenset(str(tool["name"]) for tool in tools)
        if len(names) < len(tools):
            raise EngineError("Two tools have the same name for the tool caller.")
        self._names, self._key = frozenset(), ""
        listed = json.dumps(tools, ensure_ascii=False).encode("utf-8", "replace")
        prefix_tokens = int(self._library.needle_init(b"", listed, None))
        if prefix_tokens < 0:
            raise EngineError("The tool caller cannot hold so many tools.", fix="Disable a skill.")
        self._names, self._key = names, key
        return {"tools": len(names), "prefix_tokens": prefix_tokens, "ms": _since(started)}

    def call(self, text: str, key: str) -> JsonDict:
        if not self._names or (key and key != self._key):
            return {"unprepared": True}
        started = time.perf_counter()
        wish = " ".join(text.split())
        if not any(letter.isalnum() for letter in wish) or len(wish) > MAX_TEXT_CHARS:
            return {"calls": [], "confidence": 0.0, "ms": 0.0}
        self._library.needle_reset()  # without it every wish would be a turn of one long conversation
        data = wish.encode("utf-8", "replace")
        if self._library.needle_complete(data, MAX_CALL_TOKENS, self._answer, _ANSWER_BYTES) < 0:
            return {"calls": [], "confidence": 0.0, "ms": _since(started)}
        return {**self._read(self._answer.value), "ms": _since(started)}

    def _read(self, answer: bytes) -> JsonDict:
        """The calls of an answer; none where it is not a call, or where the model itself held them back."""
        nothing: JsonDict = {"calls": [], "confidence": 0.0}
        try:
            fields = json.loads(answer.decode("utf-8", "replace"))
            confidence = min(max(float(fields.get("confidence") or 0.0), 0.0), 1.0)
            calls = [
                {"name": str(call["name"]), "arguments": dict(call.get("arguments") or {})}
                for call in fields.get("function_calls") or []
            ]
            held_back = fields.get("type") != "call" or (fields.get("validation") or {}).get("negation")
        except (AttributeError, KeyError, TypeError, ValueError):
            return nothing
        if held_back or any(call["name"] not in self._names for call in calls):
            return nothing
        return {"calls": calls, "confidence": confidence}


def _mapped(file: Path, magic: bytes, what: str) -> mmap.mmap:
    """The file's bytes, shared with the page cache. Native code may crash on a wrong file: look before it sees one."""
    try:
        with file.open("rb") as opened:
            data = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_COPY)  # ctypes wants it writable
    except ValueError:  # it is empty
        raise EngineError(f"{what} is damaged.", fix=_FIX) from None
    except OSError:
        raise EngineError(f"{what} is missing.", fix="Run: assistant models pull") from None
    if data[: len(magic)] != magic or len(data) < _MIN_BYTES:
        raise EngineError(f"{what} is damaged.", fix=_FIX)
    return data


def _copied(library: Path) -> Path:
    """A path of the same library that the loader takes for another one, in memory.

    It stays open: the loader knows a library by its path, and a path that is used again is the library of before.
    """
    try:
        copy = os.memfd_create(library.name)
    except (AttributeError, OSError):
        raise EngineError("The tool caller holds one set of tools on this machine.") from None
    os.write(copy, library.read_bytes())
    return Path(f"/proc/self/fd/{copy}")


def _declare(library: ctypes.CDLL) -> None:
    text, number = ctypes.c_char_p, ctypes.c_int
    library.needle_load.argtypes, library.needle_load.restype = [ctypes.c_void_p, ctypes.c_uint64], number
    library.needle_init.argtypes, library.needle_init.restype = [text, text, text], number
    library.needle_complete.argtypes, library.needle_complete.restype = [text, number, text, number], number
    library.needle_reset.argtypes, library.needle_reset.restype = [], None


def _since(started_s: float) -> float:
    return round(1000 * (time.perf_counter() - started_s), 1)
