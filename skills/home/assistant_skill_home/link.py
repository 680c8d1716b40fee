"""What the skill needs of whatever runs a home: Home Assistant over the network, or a home in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from assistant.skill import SkillError
from assistant_skill_home.model import Home


class HomeError(SkillError):
    """The home could not be reached, or refused; its sentence can be spoken.

    `refused` are the things to which nothing was done, where it was done to others; empty: to none of them.
    """

    code = "home"

    def __init__(self, sentence: str = "", *, refused: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.refused = frozenset(refused)


class Note(Protocol):
    """Notes for the developer: numbers and short codes only."""

    def __call__(self, message: str, /, **fields: object) -> None: ...


class HomeLink(Protocol):
    """A way to one home."""

    async def run(self, changed: Callable[[], None]) -> None:
        """Keep in touch until cancelled; `changed` is called when there are other names, or the home is lost."""
        ...

    def snapshot(self) -> Home | None:
        """The home as it is known now; None while it cannot be reached."""
        ...

    async def call(self, service: str, entities: Sequence[str], data: Mapping[str, Any]) -> None:
        """Call `domain.service` for these entities. Raises: HomeError: refused, too late, or the home is lost."""
        ...

    async def settle(self, done: Callable[[Home], bool], patience_s: float) -> Home:
        """The home once `done` holds, or after so many seconds as it then is. Raises: HomeError: it is lost."""
        ...
