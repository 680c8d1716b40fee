"""Music gets softer while somebody speaks, and comes back: what it was like is on disk before it is touched."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.skill import Store
from assistant_skill_media.players import GoneError, Now, Player, PlayerError

KEY = "ducked"
NEAR = 2
"""Players round their volume; so many percent beside what we set still count as ours."""


def ducked_volume(volume: int, keep_percent: int) -> int:
    """The volume in percent that music has while somebody speaks."""
    return round(volume * keep_percent / 100)


@dataclass(slots=True)
class Ducking:
    """`keep_percent` of its volume is kept. The store holds, by player, the volume before and the one that we set."""

    store: Store
    keep_percent: int

    async def down(self, player: Player, now: Now | None = None) -> None:
        """Turn a player down that plays, unless it is down already."""
        now = now or await player.look()
        if now.state != "playing" or not now.volume or self.keep_percent >= 100 or player.name in self._kept():
            return
        await self._turn(player, before=now.volume)

    async def up(self, player: Player) -> None:
        """Turn a player up again. Whoever changed its volume meanwhile has the last word; one that is gone is left
        for another time."""
        kept = self._kept()
        if (entry := kept.get(player.name)) is None:
            return
        now = await player.look()
        if now.volume is not None and abs(now.volume - entry["set"]) <= NEAR:
            await player.set(volume=entry["before"])
        self._keep({name: entry for name, entry in kept.items() if name != player.name})

    async def restore(self, players: list[Player]) -> None:
        """Turn everything up that we turned down, also before a crash."""
        there = {player.name: player for player in players}
        for name in self._kept():
            if name in there:
                try:
                    await self.up(there[name])
                except GoneError:
                    continue
                except PlayerError:
                    self.forget(name)
            else:
                self.forget(name)

    def before(self, player: Player, now: Now) -> int | None:
        """The volume that a player has for the person who asks, whatever we do to it at the moment."""
        entry = self._kept().get(player.name)
        return entry["before"] if entry is not None else now.volume

    async def set_volume(self, player: Player, percent: int) -> int | None:
        """Set the volume that it shall have; while it is turned down, that of afterwards. What it then is."""
        if player.name not in self._kept():
            return (await player.set(volume=percent)).volume
        now = await self._turn(player, before=percent)
        return percent if now.volume is not None else None

    def forget(self, name: str) -> None:
        self._keep({other: entry for other, entry in self._kept().items() if other != name})

    async def _turn(self, player: Player, *, before: int) -> Now:
        softer = ducked_volume(before, self.keep_percent)
        self._keep({**self._kept(), player.name: {"before": before, "set": softer}})
        return await player.set(volume=softer)

    def _kept(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = self.store.get(KEY, {})
        return found

    def _keep(self, entries: dict[str, dict[str, int]]) -> None:
        if entries:
            self.store.set(KEY, entries)
        else:
            self.store.delete(KEY)
