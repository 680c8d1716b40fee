"""Calls of tools that a model wrote into its text, because its server does not read them out of it; pure.

Servers that only fill in a model's own template (llama-cpp-python's, as it is installed) stream what the model writes:
`<tool_call>{"name": "clock__time", "arguments": {"city": "Tokyo"}}</tool_call>`, the form that Qwen, Hermes and others
are trained on.
"""

from __future__ import annotations

import json

OPEN, CLOSE = "<tool_call>", "</tool_call>"


class WrittenCalls:
    """Takes the calls out of a text that comes in pieces. `found` are theirs: name and arguments, as JSON."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []
        self._rest = ""
        self._inside = False
        self._after = False

    def feed(self, text: str) -> str:
        """What of the text so far is certainly no call, once. Raises: ValueError: a call that is none."""
        self._rest += text
        ready = ""
        while True:
            if self._after:  # the line break behind a call is part of the form
                self._rest = self._rest.lstrip()
                self._after = not self._rest
            before, mark, behind = self._rest.partition(CLOSE if self._inside else OPEN)
            if not mark:
                break
            if self._inside:
                self.found.append(_read(before))
            else:
                ready += before
            self._rest, self._after, self._inside = behind, self._inside, not self._inside
        if self._inside:
            return ready
        kept = _begun(self._rest)
        ready += self._rest[: len(self._rest) - kept]
        self._rest = self._rest[len(self._rest) - kept :]
        return ready

    def flush(self) -> str:
        """What was held back at the end; a call may lack its closing mark there. Raises: ValueError."""
        rest, self._rest = self._rest, ""
        if not self._inside:
            return rest
        self._inside = False
        self.found.append(_read(rest))
        return ""


def _begun(text: str) -> int:
    """How many characters at the end of a text may begin a call."""
    return next((size for size in range(min(len(text), len(OPEN) - 1), 0, -1) if text.endswith(OPEN[:size])), 0)


def _read(text: str) -> tuple[str, str]:
    """Raises: ValueError."""
    call = json.loads(text)
    if not isinstance(call, dict) or not isinstance(call.get("name"), str):
        raise ValueError("no call")
    arguments = call.get("arguments", {})
    return call["name"], arguments if isinstance(arguments, str) else json.dumps(arguments)
