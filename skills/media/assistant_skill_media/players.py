"""What every player of music can do, whatever it is controlled by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Deed = Literal["play", "pause", "stop", "next", "previous"]
Mode = Literal["shuffle", "repeat"]
State = Literal["playing", "paused", "stopped"]


class PlayerError(Exception):
    """It could not be done; `why` is the key of a text."""

    def __init__(self, why: str, **values: object) -> None:
        super().__init__(why)
        self.why = why
        self.values = values


class GoneError(PlayerError):
    """Nobody is there."""

    def __init__(self) -> None:
        super().__init__("not_there")


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """How a player is. `volume` in percent, none where it has no volume of its own; texts are those of the tags."""

    state: State
    volume: int | None = None
    title: str = ""
    artist: str = ""
    album: str = ""
    shuffle: bool = False
    repeat: bool = False


class Player(Protocol):
    """One player. `name` stays the same as long as it runs.

    Raises:
        GoneError: it is not there. PlayerError: it refuses.
    """

    @property
    def name(self) -> str: ...
    async def look(self) -> Now: ...
    async def do(self, deed: Deed) -> Now:
        """How it is afterwards."""
        ...

    async def set(self, *, volume: int | None = None, mode: Mode | None = None, on: bool = False) -> Now:
        """Set the volume, or a mode on or off; how it is afterwards."""
        ...
