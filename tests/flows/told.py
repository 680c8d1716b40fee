"""What is told of a story while it is played: its steps, what was said, and what was found to hold."""

from __future__ import annotations

from collections.abc import Callable


class BrokenStepError(AssertionError):
    """Something that a step should show does not hold."""


class Teller:
    """Tells by `out`, line by line. `steps` are those that have begun."""

    def __init__(self, out: Callable[[str], None]) -> None:
        self.steps: list[str] = []
        self._out = out

    def step(self, words: str) -> None:
        self.steps.append(words)
        self._out(f"\n{len(self.steps)}. {words}")

    def said(self, who: str, words: str) -> None:
        self._out(f"   {who}: {words}")

    def holds(self, fact: str, expected: object, found: object) -> None:
        """Raises: BrokenStepError: it is not as expected."""
        if expected != found:
            raise BrokenStepError(f"{fact}: expected {expected!r}, found {found!r}")
        self._out(f"   [holds] {fact}")
