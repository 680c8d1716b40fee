"""Leaves a cloud model alone for a while after it failed; pure: time comes in, in seconds that only grow."""

from __future__ import annotations

from dataclasses import dataclass

MAX_FAILURES = 2
"""Failures in a row that open it: one may be chance."""
REST_S = 30.0
MAX_REST_S = 600.0
_AT_ONCE = frozenset({"unreachable", "cut"})
"""Nobody was reached in two tries, or the network went away in the middle: the next question does not wait for it."""


@dataclass(slots=True)
class Breaker:
    """One provider's; each time that it fails again after its rest, the rest is twice as long."""

    _failures: int = 0
    _rest_s: float = REST_S
    _until_s: float = 0.0

    def is_open(self, now_s: float) -> bool:
        return now_s < self._until_s

    def succeeded(self) -> None:
        self._failures, self._rest_s, self._until_s = 0, REST_S, 0.0

    def failed(self, kind: str, now_s: float, retry_after_s: float = 0.0) -> None:
        """Note a failure by its kind: a wrong key will not mend itself, and who says when to come again is believed."""
        self._failures += 1
        if kind == "key":
            self._until_s = now_s + MAX_REST_S
        elif kind == "busy":
            self._until_s = now_s + min(max(retry_after_s, 1.0), MAX_REST_S)
        elif kind in _AT_ONCE or self._failures >= MAX_FAILURES:
            self._until_s = now_s + self._rest_s
            self._rest_s = min(2 * self._rest_s, MAX_REST_S)
