"""What can be done to the things of a home: which service, with which data, and by what one sees that it happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant_skill_home.model import Entity

_SWITCHED = ("light", "fan", "switch", "input_boolean", "humidifier", "climate", "media_player")
_MOVED = ("cover", "valve")
_COLORED = ("hs", "xy", "rgb", "rgbw", "rgbww")
TOLERANCE = 2.0
"""How far a level in percent, or a degree, may be from what was asked for: devices round in their own ways."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing to do. `state` names the text that tells what then holds; `values` fill it.

    `service` gives `domain.service` for an entity; `done` whether the entity is as it should be. `domains` are those
    that it can be done to (all if empty); what `opens` is never done unasked to what lets somebody in.
    """

    state: str
    service: Callable[[Entity], str]
    done: Callable[[Entity], bool]
    domains: tuple[str, ...] = ()
    opens: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, object] = field(default_factory=dict)


def switch(on: bool) -> Action:
    """On, or off."""
    off_states = ("off", "standby")
    return Action(
        state="on" if on else "off",
        service=lambda one: f"{one.domain}.turn_{'on' if on else 'off'}",
        domains=_SWITCHED,
        opens=on,
        done=lambda one: one.answers and (one.state not in off_states if on else one.state in off_states),
    )


def _plain(service: str, *states: str, state: str, domain: str) -> Action:
    return Action(
        state=state,
        domains=(domain,),
        service=lambda one: f"{one.domain}.{service}",
        done=lambda one: one.state in states,
    )


def lock(locked: bool) -> Action:
    if locked:
        return _plain("lock", "locked", "locking", state="locked", domain="lock")
    return _plain("unlock", "unlocked", "unlocking", "open", state="unlocked", domain="lock")


def move(opens: bool) -> Action:
    """Open or close a cover or a valve; it may still be on its way."""
    verb, states = ("open", ("open", "opening")) if opens else ("close", ("closed", "closing"))
    return Action(
        state="open" if opens else "closed",
        service=lambda one: f"{one.domain}.{verb}_{one.domain}",
        domains=_MOVED,
        opens=opens,
        done=lambda one: one.state in states,
    )


def position(percent: int) -> Action:
    """How far a cover or a valve is open, 0 to 100."""
    return Action(
        state="percent_open",
        service=lambda one: f"{one.domain}.set_{one.domain}_position",
        domains=_MOVED,
        opens=percent > 0,
        data={"position": percent},
        values={"percent": percent},
        done=lambda one: one.state in ("opening", "closing") or _near(one, "current_position", percent),
    )


def brightness(percent: int) -> Action:
    return Action(
        state="percent_bright",
        service=lambda one: "light.turn_on",
        domains=("light",),
        data={"brightness_pct": percent},
        values={"percent": percent},
        done=lambda one: one.state == "on" and _near(one, "brightness", percent * 2.55, TOLERANCE * 2.55),
    )


def brighten(step: int) -> Action:
    """Brighter by so many percent, or darker."""
    return Action(
        state="brighter" if step > 0 else "darker",
        service=lambda one: "light.turn_on",
        domains=("light",),
        data={"brightness_step_pct": step},
        done=lambda one: one.state == ("on" if step > 0 else one.state),
    )


def color(name: str) -> Action:
    return Action(
        state="colored",
        service=lambda one: "light.turn_on",
        domains=("light",),
        data={"color_name": name.replace(" ", "")},
        values={"color": name},
        done=lambda one: one.state == "on" and one.attributes.get("color_mode") in _COLORED,
    )


def color_temperature(kelvin: int) -> Action:
    return Action(
        state="kelvin",
        service=lambda one: "light.turn_on",
        domains=("light",),
        data={"color_temp_kelvin": kelvin},
        values={"kelvin": kelvin},
        done=lambda one: one.state == "on" and one.attributes.get("color_temp_kelvin") is not None,
    )


def fan_speed(percent: int) -> Action:
    return Action(
        state="percent_speed",
        service=lambda one: "fan.set_percentage",
        domains=("fan",),
        data={"percentage": percent},
        values={"percent": percent},
        done=lambda one: one.attributes.get("percentage") is not None and _near(one, "percentage", percent, 34.0),
    )


def temperature(degrees: float) -> Action:
    return Action(
        state="degrees",
        service=lambda one: "climate.set_temperature",
        domains=("climate",),
        data={"temperature": degrees},
        values={"degrees": f"{degrees:g}"},
        done=lambda one: _near(one, "temperature", degrees, 0.5),
    )


def climate_mode(mode: str) -> Action:
    return Action(
        state="mode",
        service=lambda one: "climate.set_hvac_mode",
        domains=("climate",),
        data={"hvac_mode": mode},
        values={"mode": mode.replace("_", " ")},
        done=lambda one: one.state == mode,
    )


VACUUM: Mapping[str, Action] = {
    "start": _plain("start", "cleaning", state="cleaning", domain="vacuum"),
    "dock": _plain("return_to_base", "returning", "docked", state="returning", domain="vacuum"),
    "pause": _plain("pause", "paused", "idle", state="paused", domain="vacuum"),
}


def clean(areas: Sequence[str]) -> Action:
    """Let a vacuum clean certain areas."""
    return Action(
        state="cleaning",
        service=lambda one: "vacuum.clean_area",
        data={"cleaning_area_id": list(areas)},
        done=lambda one: one.state == "cleaning",
    )


MOWER: Mapping[str, Action] = {
    "start": _plain("start_mowing", "mowing", state="mowing", domain="lawn_mower"),
    "dock": _plain("dock", "returning", "docked", state="returning", domain="lawn_mower"),
}
PLAYER: Mapping[str, Action] = {
    "play": _plain("media_play", "playing", "buffering", state="playing", domain="media_player"),
    "pause": _plain("media_pause", "paused", "idle", "standby", "off", state="paused", domain="media_player"),
    "next": Action(state="next", service=lambda one: "media_player.media_next_track", done=lambda one: one.answers),
    "previous": Action(
        state="previous", service=lambda one: "media_player.media_previous_track", done=lambda one: one.answers
    ),
}


def volume(percent: int) -> Action:
    return Action(
        state="percent_volume",
        service=lambda one: "media_player.volume_set",
        data={"volume_level": percent / 100},
        values={"percent": percent},
        done=lambda one: _near(one, "volume_level", percent / 100, 0.03),
    )


def louder(up: bool) -> Action:
    name = "up" if up else "down"
    return Action(
        state=f"volume_{name}",
        service=lambda one: f"media_player.volume_{name}",
        done=lambda one: one.answers,
    )


def mute(muted: bool) -> Action:
    return Action(
        state="muted" if muted else "unmuted",
        service=lambda one: "media_player.volume_mute",
        data={"is_volume_muted": muted},
        done=lambda one: bool(one.attributes.get("is_volume_muted")) == muted,
    )


def activate() -> Action:
    """Run a scene or a script. A scene tells no more than when it last ran, so what the home accepted counts."""
    return Action(
        state="started",
        service=lambda one: f"{one.domain}.turn_on",
        domains=("scene", "script", "switch", "input_boolean"),
        opens=True,
        done=lambda one: one.domain == "scene" or one.answers,
    )


def _near(one: Entity, attribute: str, wanted: float, tolerance: float = TOLERANCE) -> bool:
    """Is the attribute as wanted? Where a device does not tell it, that the call was accepted must do."""
    value = one.attributes.get(attribute)
    if value is None:
        return one.answers
    return isinstance(value, int | float) and abs(value - wanted) <= tolerance
