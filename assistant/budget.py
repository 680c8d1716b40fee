"""Who may use the cores? What a person waits for runs first; the language model rests between two tokens meanwhile.

stop and barge-in: recogniser  >  first clause of an answer: voice  >  the talker, which writes on or reads back
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator


class Budget:
    """`rest(True)` makes the talker rest, `rest(False)` go on; urgent work may overlap, the last to end lets it go."""

    def __init__(self, rest: Callable[[bool], None] = lambda rest: None) -> None:
        self._rest = rest
        self._urgent = 0

    @property
    def busy(self) -> bool:
        return self._urgent > 0

    def take(self) -> None:
        """Urgent work begins; each `take` needs its `give`."""
        self._urgent += 1
        if self._urgent == 1:
            self._rest(True)

    def give(self) -> None:
        """It is done."""
        self._urgent -= 1
        if self._urgent == 0:
            self._rest(False)

    @contextlib.contextmanager
    def urgent(self) -> Iterator[None]:
        self.take()
        try:
            yield
        finally:
            self.give()
