"""One home of two: what Home Assistant knows, and what devices announce on a broker beside it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from assistant_skill_home.homeassistant import HomeAssistant
from assistant_skill_home.link import HomeError
from assistant_skill_home.model import Area, Entity, Home
from assistant_skill_home.mqtt.link import MqttHome


class BothHomes:
    """`assistant_skill_home.link.HomeLink`. A thing that Home Assistant has is used by way of it, never twice.

    While one of the two is lost the names of its things stay known, so that one hears that they do not answer.
    """

    def __init__(self, first: HomeAssistant, second: MqttHome) -> None:
        self.first, self.second = first, second
        self._seen: list[Home | None] = [None, None]

    async def run(self, changed: Callable[[], None]) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.first.run(changed), name="home assistant")
            tasks.create_task(self.second.run(changed), name="home broker")

    def snapshot(self) -> Home | None:
        now = [self.first.snapshot(), self.second.snapshot()]
        if now == [None, None]:
            return None
        self._seen = [fresh or seen for fresh, seen in zip(now, self._seen, strict=True)]
        first, second = (
            fresh or (_silenced(seen) if seen else Home()) for fresh, seen in zip(now, self._seen, strict=True)
        )
        return self._joined(first, second)

    async def call(self, service: str, entities: Sequence[str], data: Mapping[str, Any]) -> None:
        of_second = set((self._seen[1] or Home()).entities)
        refused: set[str] = set()
        problem: HomeError | None = None
        for link, ids in (
            (self.first, [one for one in entities if one not in of_second]),
            (self.second, [one for one in entities if one in of_second]),
        ):
            if not ids:
                continue
            try:
                await link.call(service, ids, data)
            except HomeError as error:
                problem = error
                refused |= error.refused or set(ids)
        if problem is not None:
            raise HomeError(problem.sentence, refused=sorted(refused))

    async def settle(self, done: Callable[[Home], bool], patience_s: float) -> Home:
        """Each of the two is waited for, and with every change of one both are looked at."""

        def together(_: Home) -> bool:
            return done(self._here())

        async def wait(link: HomeAssistant | MqttHome) -> None:
            with contextlib.suppress(HomeError):
                await link.settle(together, patience_s)

        waiting = [asyncio.create_task(wait(link)) for link in (self.first, self.second)]
        try:
            for one in asyncio.as_completed(waiting):
                await one
                if done(self._here()):
                    break
        finally:
            for one in waiting:
                one.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        return self._here()

    def _here(self) -> Home:
        found = self.snapshot()
        if found is None:
            raise HomeError(self.first.problem or self.second.problem or "I can't reach your home right now.")
        return found

    def _joined(self, first: Home, second: Home) -> Home:
        """The first one, and of the second what the first does not have, in the first one's areas of the same name."""
        areas: dict[str, Area] = dict(first.areas)
        moved: dict[str, str] = {}
        for area in second.areas.values():
            known = first.area_named(area.name)
            moved[area.id] = known.id if known else f"mqtt:{area.id}"
            areas.setdefault(moved[area.id], replace(area, id=moved[area.id]))
        taken = {(one.domain, one.name.lower()) for one in first.entities.values()}
        entities = dict(first.entities)
        for key, one in second.entities.items():
            claimed = (one.domain, self.second.unique_id(key)) in self.first.claimed
            if not claimed and (one.domain, one.name.lower()) not in taken:
                entities[key] = replace(one, area=moved.get(one.area, ""))
        return replace(first, areas=areas, entities=entities)


def _silenced(home: Home) -> Home:
    """The home with every state unknown to us."""
    gone: dict[str, Entity] = {
        key: replace(one, state="unavailable", attributes=_lasting(one)) for key, one in home.entities.items()
    }
    return replace(home, entities=gone)


def _lasting(one: Entity) -> dict[str, Any]:
    return {key: value for key, value in one.attributes.items() if key == "device_class"}
