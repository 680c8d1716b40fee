"""The devices of a home: lights, covers, locks, climate, vacuums, players, scenes, lists, and questions about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from assistant.skill import JsonDict, Reply, tool
from assistant_skill_home import actions, templates
from assistant_skill_home.lists import HomeLists
from assistant_skill_home.model import Entity
from assistant_skill_home.parser import HomeParser
from assistant_skill_home.questions import HomeQuestions

DEADLINE_S = 12.0
"""More than a call to the home and the answer of its devices may take, so that the user hears what came of it."""
STEP = 20
"""By how many percent "brighter" and "darker" change a light."""

What = Annotated[str, "name of the device, or all of a kind in a room"]
Besides = Annotated[str, "what is left out"]
Percent = Annotated[float, "from 0 to 100 percent"]
Player = Annotated[str | None, "name of the player; none for what plays now"]
_PLAYS = ("playing", "buffering")
_PLAYING: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("pause_player", "next_track", "previous_track", "turn_off"), _PLAYS),
    **dict.fromkeys(("set_player_volume", "volume_up", "volume_down", "mute_player", "unmute_player"), (*_PLAYS, "on")),
    "resume_player": ("paused",),
}
"""The tools whose sentences may be about music anywhere, and the states of a player here that they may be meant for."""
_LEVELS = {"level": templates.LEVELS}
_COLORS = {"color": {name: name for name in templates.COLORS}}


class HomeSkill(HomeLists, HomeQuestions, HomeParser):
    @tool(fast=templates.ON, effect="change", deadline_s=DEADLINE_S, llm=["it would be nice to have the fan running"])
    async def turn_on(self, what: What) -> Reply:
        """Turn on a light, switch, fan or player."""
        return await self.act(what, actions.switch(True))

    @tool(fast=templates.OFF, effect="change", deadline_s=DEADLINE_S, llm=["we don't need the kitchen lights any more"])
    async def turn_off(self, what: What) -> Reply:
        """Turn off a light, switch, fan or player."""
        return await self.act(what, actions.switch(False))

    @tool(fast=templates.ON_EXCEPT, effect="change", deadline_s=DEADLINE_S)
    async def turn_on_except(self, what: What, besides: Besides) -> Reply:
        """Turn on all of a kind except some."""
        return await self.act(what, actions.switch(True), besides)

    @tool(fast=templates.OFF_EXCEPT, effect="change", deadline_s=DEADLINE_S)
    async def turn_off_except(self, what: What, besides: Besides) -> Reply:
        """Turn off all of a kind except some."""
        return await self.act(what, actions.switch(False), besides)

    @tool(fast=templates.BRIGHTNESS, lists=_LEVELS, effect="change", deadline_s=DEADLINE_S)
    async def set_brightness(self, what: What, percent: Percent) -> Reply:
        """Set the brightness of a light in percent."""
        if round(percent) == 0:
            return await self.act(what, actions.switch(False))
        return await self.act(what, actions.brightness(self._percent(percent)))

    @tool(fast=templates.BRIGHTEN, effect="change", deadline_s=DEADLINE_S, llm=["I can't read in this light"])
    async def brighten(self, what: str | None = None, place: str | None = None) -> Reply:
        """Make a light brighter, or a room that is too dark."""
        return await self._lighten(what, place, STEP)

    @tool(fast=templates.DIM, effect="change", deadline_s=DEADLINE_S, llm=["the lamp hurts my eyes"])
    async def dim(self, what: str | None = None, place: str | None = None) -> Reply:
        """Make a light darker, or a room that is too bright."""
        return await self._lighten(what, place, -STEP)

    @tool(fast=templates.COLOR, lists=_COLORS, effect="change", deadline_s=DEADLINE_S)
    async def set_color(self, what: What, color: Annotated[str, "name of the color, such as red"]) -> Reply:
        """Set the color of a light."""
        return await self.act(what, actions.color(color))

    @tool(fast=templates.COLOR_TEMPERATURE, lists={"white": templates.KELVIN}, effect="change", deadline_s=DEADLINE_S)
    async def set_color_temperature(self, what: What, kelvin: Annotated[float, "kelvin, 1500 to 9000"]) -> Reply:
        """Set the color temperature of a light in kelvin."""
        return await self.act(what, actions.color_temperature(round(kelvin)))

    @tool(fast=templates.FAN, lists={**_LEVELS, "speed": templates.SPEEDS}, effect="change", deadline_s=DEADLINE_S)
    async def set_fan_speed(self, what: What, percent: Percent) -> Reply:
        """Set the speed of a fan in percent."""
        return await self.act(what, actions.fan_speed(self._percent(percent)))

    @tool(fast=templates.OPEN, effect="change", deadline_s=DEADLINE_S, llm=["let some sun in through the blinds"])
    async def open(self, what: What) -> Reply:
        """Open a curtain, blind, shutter, window or valve."""
        return await self.act(what, actions.move(True))

    @tool(fast=templates.OPEN_ENTRY, effect="sensitive", deadline_s=DEADLINE_S)
    async def open_door(self, what: What) -> Reply:
        """Open a garage door or a gate."""
        return await self.act(what, actions.move(True), granted=True)

    @tool(fast=templates.CLOSE, effect="change", deadline_s=DEADLINE_S)
    async def close(self, what: What) -> Reply:
        """Close a curtain, blind, shutter, window, valve, garage door or gate."""
        return await self.act(what, actions.move(False))

    @tool(fast=templates.POSITION, lists=_LEVELS, effect="change", deadline_s=DEADLINE_S)
    async def set_position(self, what: What, percent: Percent = 50) -> Reply:
        """Open a curtain, blind, shutter or valve to so many percent."""
        return await self.act(what, actions.position(self._percent(percent)))

    @tool(fast=templates.LOCK, effect="change", deadline_s=DEADLINE_S)
    async def lock(self, what: What) -> Reply:
        """Lock a door."""
        return await self.act(what, actions.lock(True))

    @tool(fast=templates.UNLOCK, effect="sensitive", deadline_s=DEADLINE_S)
    async def unlock(self, what: What) -> Reply:
        """Unlock a door."""
        return await self.act(what, actions.lock(False), granted=True)

    @tool(fast=templates.TEMPERATURE, effect="change", deadline_s=DEADLINE_S, llm=["I want 21 degrees in the bedroom"])
    async def set_temperature(self, degrees: Annotated[float, "degrees"], what: str | None = None) -> Reply:
        """Set the temperature of a thermostat or of a room."""
        return await self.act(what or self._usual("climate"), actions.temperature(degrees))

    @tool(fast=templates.WARMER, effect="change", deadline_s=DEADLINE_S, llm=["I am freezing"])
    async def warmer(self, what: str | None = None, degrees: Annotated[float, "by how many degrees"] = 1) -> Reply:
        """Make a room warmer, or set a thermostat higher."""
        return await self._heat(what, degrees)

    @tool(fast=templates.COOLER, effect="change", deadline_s=DEADLINE_S, llm=["I am sweating"])
    async def cooler(self, what: str | None = None, degrees: Annotated[float, "by how many degrees"] = 1) -> Reply:
        """Make a room cooler, or set a thermostat lower."""
        return await self._heat(what, -degrees)

    @tool(fast=templates.MODE, lists={"mode": templates.MODES}, effect="change", deadline_s=DEADLINE_S)
    async def set_climate_mode(
        self, what: What, mode: Literal["heat", "cool", "auto", "off", "dry", "fan_only", "heat_cool"]
    ) -> Reply:
        """Set a thermostat or air conditioner to heat, cool, dry, auto or off."""
        return await self.act(what, actions.climate_mode(mode))

    @tool(fast=templates.VACUUM_START, effect="change", deadline_s=DEADLINE_S)
    async def start_vacuum(self, what: str | None = None) -> Reply:
        """Start a vacuum cleaner."""
        return await self.act(what or self._usual("vacuum"), actions.VACUUM["start"])

    @tool(fast=templates.CLEAN, effect="change", deadline_s=DEADLINE_S)
    async def clean(self, place: Annotated[str, "the room or floor"], what: str | None = None) -> Reply:
        """Let a vacuum cleaner clean one room or one floor."""
        assert self.names is not None
        target = self.names.place(place)
        if target is None:
            raise self.error("no_such_place")
        areas = [target.area] if target.area else [area.id for area in self.home().on_floor(target.floor)]
        return await self.act(what or self._usual("vacuum"), actions.clean(areas))

    @tool(fast=templates.VACUUM_DOCK, effect="change", deadline_s=DEADLINE_S)
    async def dock_vacuum(self, what: str | None = None) -> Reply:
        """Send a vacuum cleaner back to its base."""
        return await self.act(what or self._usual("vacuum"), actions.VACUUM["dock"])

    @tool(fast=templates.VACUUM_PAUSE, effect="change", deadline_s=DEADLINE_S)
    async def pause_vacuum(self, what: What) -> Reply:
        """Pause a vacuum cleaner."""
        return await self.act(what, actions.VACUUM["pause"])

    @tool(fast=templates.MOWER_START, effect="change", deadline_s=DEADLINE_S)
    async def start_mower(self, what: str | None = None) -> Reply:
        """Start a lawn mower."""
        return await self.act(what or self._usual("mower"), actions.MOWER["start"])

    @tool(fast=templates.MOWER_DOCK, effect="change", deadline_s=DEADLINE_S)
    async def dock_mower(self, what: str | None = None) -> Reply:
        """Send a lawn mower back to its base."""
        return await self.act(what or self._usual("mower"), actions.MOWER["dock"])

    @tool(fast=templates.PAUSE, effect="change", deadline_s=DEADLINE_S)
    async def pause_player(self, what: Player = None) -> Reply:
        """Pause the music or video of a speaker or TV."""
        return await self.do(await self._players(what, "playing"), actions.PLAYER["pause"])

    @tool(fast=templates.PLAY, effect="change", deadline_s=DEADLINE_S)
    async def resume_player(self, what: Player = None) -> Reply:
        """Resume the music or video of a speaker or TV."""
        return await self.do(await self._players(what, "paused"), actions.PLAYER["play"])

    @tool(fast=templates.NEXT, effect="change", deadline_s=DEADLINE_S)
    async def next_track(self, what: Player = None) -> Reply:
        """Skip to the next song on a speaker or TV."""
        return await self.do(await self._players(what, "playing"), actions.PLAYER["next"])

    @tool(fast=templates.PREVIOUS, effect="change", deadline_s=DEADLINE_S)
    async def previous_track(self, what: Player = None) -> Reply:
        """Go back to the previous song on a speaker or TV."""
        return await self.do(await self._players(what, "playing"), actions.PLAYER["previous"])

    @tool(fast=templates.VOLUME, effect="change", deadline_s=DEADLINE_S)
    async def set_player_volume(self, percent: Percent, what: Player = None) -> Reply:
        """Set the volume of a speaker or TV in percent."""
        return await self.do(await self._players(what, "playing"), actions.volume(self._percent(percent)))

    @tool(fast=templates.LOUDER, effect="change", deadline_s=DEADLINE_S)
    async def volume_up(self, what: Player = None, percent: Annotated[float, "by how many percent"] = 0) -> Reply:
        """Make a speaker or TV louder."""
        return await self._step(what, percent, 1)

    @tool(fast=templates.QUIETER, effect="change", deadline_s=DEADLINE_S)
    async def volume_down(self, what: Player = None, percent: Annotated[float, "by how many percent"] = 0) -> Reply:
        """Make a speaker or TV quieter."""
        return await self._step(what, percent, -1)

    @tool(fast=templates.MUTE, effect="change", deadline_s=DEADLINE_S)
    async def mute_player(self, what: Player = None) -> Reply:
        """Mute a speaker or TV."""
        return await self.do(await self._players(what, "playing"), actions.mute(True))

    @tool(fast=templates.UNMUTE, effect="change", deadline_s=DEADLINE_S)
    async def unmute_player(self, what: Player = None) -> Reply:
        """Make a muted speaker or TV audible again."""
        return await self.do(await self._players(what, "playing"), actions.mute(False))

    @tool(fast=templates.ACTIVATE, effect="change", deadline_s=DEADLINE_S)
    async def activate(self, what: Annotated[str, "name of the scene or script"]) -> Reply:
        """Activate a scene or run a script."""
        return await self.act(what, actions.activate())

    @tool(fast=templates.ACTIVATE_GUARDED, effect="sensitive", deadline_s=DEADLINE_S)
    async def activate_guarded(self, what: Annotated[str, "name of the scene, script or switch"]) -> Reply:
        """Run something that opens the way into the home."""
        return await self.act(what, actions.activate(), granted=True)

    async def _heat(self, what: str | None, step: float) -> Reply:
        """The thermostats that are meant are set to so many degrees more than the first of them was."""
        found = [one for one in await self.chosen(what or self._usual("climate")) if one.domain == "climate"]
        known = [one for one in found if isinstance(one.attributes.get("temperature"), int | float)]
        if not known:
            raise self.error("no_temperature")
        wanted = float(known[0].attributes["temperature"]) + step
        return await self.do(known, actions.temperature(wanted), what or "")

    async def _lighten(self, what: str | None, place: str | None, step: int) -> Reply:
        """One light or room brighter or darker; without a name the room where we are, or else the only one."""
        assert self.names is not None or self.home()
        if what is None:
            place = place or await self._room()
            what = f"{place} lights"
        found = await self.chosen(what)
        lit = [one for one in found if one.state == "on"]
        return await self.do(lit or (found if step > 0 else []) or found, actions.brighten(step), what)

    async def _room(self) -> str:
        """The room that is meant without being named; asked for where that is not known."""
        home = self.home()
        assert self.names is not None
        if self.names.here:
            return home.areas[self.names.here].name
        rooms = [area.name for area in home.areas.values() if self.names.find(f"{area.name} lights", home)]
        if len(rooms) == 1:
            return rooms[0]
        return str(await self.context.ask(self.say("where"), rooms))

    def _usual(self, list_name: str) -> str:
        """The value for all of a kind, near us if that is known. Raises: SkillError: there is none."""
        self.home()
        assert self.names is not None
        return self.names.usual(list_name)

    def gives_way(self, tool: str, arguments: JsonDict) -> bool:
        """What is said of music without naming a player is meant for what plays; if nothing does here, for others."""
        states = _PLAYING.get(tool)
        link = self.link
        if states is None or link is None or self.names is None:
            return False
        target = self.names.targets.get(str(arguments.get("what") or self.names.usual("player")))
        if target is None or target.entities or target.word or not set(target.kinds) <= {"player"}:
            return False
        home = link.snapshot()
        return home is None or not any(one.state in states for one in target.find(home))

    async def _players(self, what: str | None, state: str) -> list[Entity]:
        """The players that are meant; of several those that are in this state, if any are."""
        found = await self.chosen(what or self._usual("player"))
        return [one for one in found if one.state == state] or found

    async def _step(self, what: str | None, percent: float, sign: int) -> Reply:
        players = await self._players(what, "playing")
        if not percent:
            return await self.do(players, actions.louder(sign > 0))
        level = round(100 * float(players[0].attributes.get("volume_level") or 0) + sign * percent)
        return await self.do(players, actions.volume(max(0, min(100, level))))

    def _percent(self, value: float) -> int:
        """Raises: SkillError: it is no percentage."""
        if not 0 <= value <= 100:
            raise self.error("no_percentage")
        return round(value)
