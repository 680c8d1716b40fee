"""Questions about a home; none of them changes anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from assistant.skill import Reply, speaking, tool
from assistant_skill_home import korean, templates
from assistant_skill_home.core import HomeCore
from assistant_skill_home.model import Entity
from assistant_skill_home.words import all_named, is_in, named, state_of, the

Thing = Annotated[str, "name of the device or sensor, or all of a kind"]
State = Annotated[str, "state asked about, such as on, off, open, closed, locked or unlocked"]
_STATES = {"state": templates.STATES}


class HomeQuestions(HomeCore):
    @tool(fast=templates.CHECK, lists=_STATES, llm=["has the front door been left unlocked"])
    async def check_state(self, what: Thing, state: State) -> Reply:
        """Tell whether a device is on, off, open, closed, locked or unlocked."""
        found, there = self._judged(what, state)
        if len(found) == 1:
            key = "yes_is" if there else "no_is"
            return self.shown(key, what=the(found[0].name), state=state_of(found[0]))
        if len(there) == len(found):
            return self.reply("yes_are", what=self._of(what), state=_told_state(state))
        return self._but(found, there)

    @tool(fast=templates.ANY, lists=_STATES)
    async def check_any(self, what: Thing, state: State) -> Reply:
        """Tell whether any of several devices is on, open or unlocked."""
        _, there = self._judged(what, state)
        return self.shown("yes_some", names=named(there)) if there else self.reply("no_none")

    @tool(fast=templates.ALL, lists=_STATES)
    async def check_all(self, what: Thing, state: State) -> Reply:
        """Tell whether all of several devices are off, closed or locked."""
        found, there = self._judged(what, state)
        return (
            self._but(found, there)
            if len(there) < len(found)
            else self.reply("yes_are", what=self._of(what), state=_told_state(state))
        )

    @tool(fast=templates.WHICH, lists=_STATES)
    async def which_are(self, what: Thing, state: State) -> Reply:
        """Tell which devices are on, open or unlocked."""
        _, there = self._judged(what, state)
        return self.shown("which_some", names=all_named(there)) if there else self.reply("which_none")

    @tool(fast=templates.COUNT, lists=_STATES)
    async def count_devices(self, what: Thing, state: State) -> Reply:
        """Tell how many devices are on, open or unlocked."""
        _, there = self._judged(what, state)
        return self.reply("count", count=len(there))

    @tool(fast=templates.STATE, llm=["how much battery does the smart lock have left"])
    async def get_state(self, what: Thing) -> Reply:
        """Tell the state of a device or the value of a sensor."""
        found = self.find(what)
        told = [self.say("state_is", what=the(one.name), state=state_of(one)) for one in found[:3]]
        return Reply(speech=" ".join(told), data={one.id: one.state for one in found}, outside=True)

    @tool(fast=templates.HOW_WARM, llm=["how many degrees does the living room have"])
    async def get_temperature(self, place: str | None = None, what: str | None = None) -> Reply:
        """Tell the temperature in a room or of a thermostat."""
        home = self.home()
        assert self.names is not None
        found = self.find(what) if what else list(home.entities.values())
        if place:
            target = self.names.place(place)
            if target is None:
                raise self.error("no_such_place")
            areas = {target.area} if target.area else {area.id for area in home.on_floor(target.floor)}
            found = [one for one in found if one.area in areas]
        elif not what and self.names.here:
            found = [one for one in found if one.area == self.names.here] or found
        degrees = next((value for one in found if (value := _degrees(one)) is not None), None)
        if degrees is None:
            raise self.error("no_temperature")
        where = self.texts["in_place"].format(place=place) if place else ""
        return self.reply("warm", degrees=f"{degrees:g}", place=where)

    @tool(fast=templates.AWAY)
    async def tell_unreachable(self, what: Thing, room: str = "", percent: float = 0) -> Reply:
        """Say that the home cannot be reached, so that nothing can be done there."""
        self.home()
        raise self.error("absent", what=what)

    def _judged(self, what: str, state: str) -> tuple[list[Entity], list[Entity]]:
        """The things of which it can be said, and those of them that are so. Raises: SkillError: there are none."""
        found = self.find(what)
        judged = [(one, is_in(one, state)) for one in found]
        known = [one for one, so in judged if so is not None]
        if not known:
            raise self.error("silent", what=self._of(what))
        return known, [one for one, so in judged if so]

    def _of(self, what: str) -> str:
        return self.called(what) if speaking() == "ko" else the(what)

    def _but(self, found: Sequence[Entity], there: Sequence[Entity]) -> Reply:
        others = [one for one in found if one not in there]
        states = [self.texts["is"].format(what=the(one.name), state=state_of(one)) for one in others[:4]]
        return self.shown("no_but", names=", ".join(states))


def _told_state(state: str) -> str:
    return korean.asked_state(state) if speaking() == "ko" else state


def _degrees(one: Entity) -> float | None:
    """The temperature that it measures, in the home's own unit."""
    if one.domain == "climate":
        value = one.attributes.get("current_temperature")
        return float(value) if isinstance(value, int | float) else None
    if one.domain == "sensor" and one.device_class == "temperature" and one.answers:
        try:
            return float(one.state)
        except ValueError:
            return None
    return None
