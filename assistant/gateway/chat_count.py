"""Counts a stream of chat completion events as they go by."""

from __future__ import annotations

import json
from typing import Any

from assistant.gateway.journal import Progress
from assistant.gateway.ledger import Amount
from assistant.gateway.upstream import UpstreamError, read_usage

USUAL_BYTES_PER_TOKEN = 4.0
MOST_CHARS_PER_TOKEN = 8.0
"""An event usually brings one token. Where events bring more characters than that on average, four are a token."""


class TokenRatios:
    """Bytes of a prompt for one token, by model, learned from the upstream's own counts."""

    def __init__(self) -> None:
        self._ratios: dict[str, float] = {}

    def learn(self, model: str, prompt_bytes: int, read_tokens: int) -> None:
        if read_tokens > 0 and prompt_bytes > 0:
            ratio = prompt_bytes / read_tokens
            self._ratios[model] = 0.8 * self._ratios.get(model, ratio) + 0.2 * ratio

    def estimate(self, model: str, prompt_bytes: int) -> int:
        return max(1, round(prompt_bytes / self._ratios.get(model, USUAL_BYTES_PER_TOKEN)))


class ChatCount:
    """What one answer has taken so far."""

    def __init__(self, prompt_tokens: int) -> None:
        self.started = False
        self.ended = False
        self.answer_id = ""
        self.exact: Amount | None = None
        self._prompt_tokens = prompt_tokens
        self._events = self._chars = 0
        self._since_exact = 0

    def take(self, data: bytes) -> bool:
        """Count an event; whether it is only the count at the end, which nobody may have asked for.

        Raises:
            UpstreamError: it is no event of a chat completion, or says that the upstream failed.
        """
        try:
            event: dict[str, Any] = json.loads(data)
            choices = event.get("choices") or ()
            if "error" in event:
                raise UpstreamError("failed")
            text = sum(_chars(choice.get("delta") or {}) for choice in choices)
            if any(choice.get("finish_reason") for choice in choices):
                self.ended = True
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise UpstreamError("malformed") from None
        self.answer_id = self.answer_id or str(event.get("id") or "")
        self.started = self.started or bool(text)
        if text:
            self._events += 1
            self._chars += text
            self._since_exact += 1
        if (usage := read_usage(event.get("usage"))) is not None:
            self.exact, self._since_exact = usage, 0
        return not choices

    @property
    def is_exact(self) -> bool:
        """Has the upstream counted everything that came?"""
        return self.exact is not None and self._since_exact == 0

    def amount(self) -> Amount:
        """The upstream's count as far as it goes, and what came since."""
        if self.exact is not None:
            written = self.exact.written_tokens + self._since_exact
            return Amount(read_tokens=self.exact.read_tokens, written_tokens=written)
        crowded = self._events > 0 and self._chars / self._events > MOST_CHARS_PER_TOKEN
        written = round(self._chars / USUAL_BYTES_PER_TOKEN) if crowded else self._events
        return Amount(read_tokens=self._prompt_tokens, written_tokens=written)

    def progress(self) -> Progress:
        amount = self.amount()
        return Progress(
            answer_id=self.answer_id,
            read_tokens=amount.read_tokens,
            written_tokens=amount.written_tokens,
            exact=self.is_exact,
        )


def _chars(delta: dict[str, Any]) -> int:
    """Characters of text, of thought and of arguments of tools that a delta brings."""
    count = sum(len(delta[name]) for name in ("content", "reasoning_content", "refusal") if delta.get(name))
    for call in delta.get("tool_calls") or ():
        function = call.get("function") or {}
        count += len(function.get("arguments") or "") + len(function.get("name") or "")
    return count
