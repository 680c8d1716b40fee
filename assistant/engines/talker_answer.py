"""One answer as it is written: whole characters, no half tool call, and its figures."""

from __future__ import annotations

import codecs
import json
import math
import time

from assistant.think.prompt import TOOL_OPEN
from assistant.types import JsonDict


class Answer:
    """The text of one answer as it grows: whole characters only, and never a part of a tool call."""

    def __init__(self, max_tokens: int, *, watch_calls: bool) -> None:
        self.max_tokens = max_tokens
        self.tokens: list[int] = []
        self.tokens_before_call = 0
        self.call_found = False
        self._watch = watch_calls
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = ""
        self._emitted = 0
        self._ends: list[int] = []
        self._started = time.perf_counter()
        self._first_s = 0.0
        self._min_prob = 1.0
        self._sum_log = 0.0
        self._chances: list[tuple[float, float]] = []

    def add(self, token: int, piece: bytes, chance: tuple[float, float]) -> str:
        """Take a token with its probability and the entropy of its choice (nats).

        Returns: the text that may be said now, without what could be the start of a tool call.
        """
        if not self.tokens:
            self._first_s = time.perf_counter() - self._started
        self._min_prob = min(self._min_prob, chance[0])
        self._sum_log += math.log(max(chance[0], 1e-9))
        self._chances.append((round(chance[0], 4), round(chance[1], 3)))
        self.tokens.append(token)
        self._text += self._decoder.decode(piece)
        self._ends.append(len(self._text))
        limit = len(self._text)
        if self._watch:
            found = 0 if self._text.lstrip().startswith("{") else self._text.find(TOOL_OPEN)  # some forget the marker
            self.call_found = found >= 0
            limit = found if self.call_found else limit - _overlap(self._text, TOOL_OPEN)
            self.tokens_before_call = sum(end <= limit for end in self._ends) if self.call_found else 0
        return self._emit(limit)

    def chances(self) -> list[tuple[float, float]]:
        """Probability and entropy of the tokens since this was last asked."""
        taken, self._chances = self._chances, []
        return taken

    def rest(self) -> str:
        """What is left at the end: half a marker was text after all, half a character becomes U+FFFD."""
        self._text += self._decoder.decode(b"", True)
        return self._emit(len(self._text))

    def _emit(self, limit: int) -> str:
        text = self._text[self._emitted : limit]
        if self._emitted == 0:
            text = text.lstrip()
            if not text:
                return ""
        self._emitted = limit
        return text

    def done(self, reason: str, prompt_tokens: int) -> JsonDict:
        generating_s = time.perf_counter() - self._started - self._first_s
        return {
            "done": reason,
            "tokens": len(self.tokens),
            "prompt_tokens": prompt_tokens,
            "first_token_ms": round(1000 * self._first_s, 1),
            "tokens_per_s": round((len(self.tokens) - 1) / generating_s, 1) if len(self.tokens) > 1 else 0.0,
            "min_prob": round(self._min_prob, 4),
            "mean_log_prob": round(self._sum_log / max(1, len(self.tokens)), 4),
        }


class Choice:
    """A list of calls as it is written, and how sure the model was of each of its choices.

    Counted are the tokens that decide which tools are called, and that the list begins or ends: not what is copied into
    the arguments.
    """

    def __init__(self) -> None:
        self.tokens: list[int] = []
        self.calls: list[JsonDict] | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = ""
        self._sure = 1.0

    def add(self, token: int, piece: bytes, probability: float) -> None:
        """Take a token with its probability among all tokens."""
        if self._deciding():
            self._sure = min(self._sure, probability)
        self.tokens.append(token)
        self._text += self._decoder.decode(piece)
        self.calls = _listed(self._text)

    @property
    def is_whole(self) -> bool:
        return self.calls is not None

    def told(self) -> JsonDict:
        return {"calls": self.calls or [], "confidence": round(self._sure, 4), "tokens": len(self.tokens)}

    def _deciding(self) -> bool:
        """At the beginning of the list, within the name of a tool, or where another call may follow."""
        text = self._text.rstrip()
        name = text.rfind('"name"')
        return not text or text.endswith(("[", "}}")) or (name >= 0 and text.count('"', name + 6) < 2)


def _listed(text: str) -> list[JsonDict] | None:
    """The finished list, or none while it is still being written."""
    if not text.rstrip().endswith("]"):
        return None
    try:
        calls = json.loads(text)
    except json.JSONDecodeError:
        return None
    return calls if isinstance(calls, list) else None


def _overlap(text: str, marker: str) -> int:
    """Length of the longest end of `text` that is a beginning of `marker`."""
    return next((n for n in range(min(len(text), len(marker) - 1), 0, -1) if text.endswith(marker[:n])), 0)
