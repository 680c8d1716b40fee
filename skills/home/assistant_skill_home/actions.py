"""What can be done to the things of a home: which service, with which data, and by what one sees that it happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant_skill_home.colors import shows
from assistant_skill_home.model import Entity

_SWITCHED = ("light", "fan", "switch", "input_boolean", "humidifier", "climate", "media_player")
_MOVED = ("cover", "valve")
SETTLE_S = 2.0
"""How long a device may take to report what it was told to do."""
LOCK_SETTLE_S = 5.0
"""A bolt takes its time."""
TOLERANCE = 2.0
"""How far a level in percent, or a degree, may be from what was asked for: devices round in their own ways."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing to do. `state` names the text that tells what then holds; `values` fill it.

    `service` gives `domain.service` for an entity; `done`, of the entity before and now, whether it reports what was
    asked for: a state that it had before and would have anyway does not prove that it did something. States that are
    `under_way` are told as they are. `domains` are those that it can be done to (all if empty); what `opens` is never
    done unasked to what lets somebody in.
    """

    state: str
    service: Callable[[Entity], str]
    done: Callable[[Entity, Entity], bool]
    under_way: tuple[str, ...] = ()
    patience_s: float = SETTLE_S
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
        done=lambda before, now: now.answers and (now.state in off_states) is not on,
    )


def _plain(service: str, *states: str, state: str, domain: str) -> Action:
    return Action(
        state=state,
        domains=(domain,),
        service=lambda one: f"{one.domain}.{service}",
        done=lambda before, now: now.state in states,
    )


def lock(locked: bool) -> Action:
    verb, moving, states = ("lock", "locking", ("locked",)) if locked else ("unlock", "unlocking", ("unlocked", "open"))
    return Action(
        state=states[0],
        service=lambda one: f"lock.{verb}",
        domains=("lock",),
        done=lambda before, now: now.state in states,
        patience_s=LOCK_SETTLE_S,
        under_way=(moving,),
    )


def move(opens: bool) -> Action:
    """Open or close a cover or a valve; it may still be on its way."""
    verb, moving = ("open", "opening") if opens else ("close", "closing")
    state = "open" if opens else "closed"
    return Action(
        state=state,
        service=lambda one: f"{one.domain}.{verb}_{one.domain}",
        domains=_MOVED,
        opens=opens,
        done=lambda before, now: now.state in (state, moving),
        under_way=(moving,),
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
        done=lambda before, now: _near(now, "current_position", percent) or _sets_out(before, now, percent),
        under_way=("opening", "closing"),
    )


def _sets_out(before: Entity, now: Entity, percent: int) -> bool:
    """Has it begun to move the right way?"""
    level = before.attributes.get("current_position")
    if now.state == before.state or not isinstance(level, int | float):
        return False
    return now.state == ("opening" if percent > level else "closing")


def brightness(percent: int) -> Action:
    return Action(
        state="percent_bright",
        service=lambda one: "light.turn_on",
        domains=("light",),
        data={"brightness_pct": percent},
        values={"percent": percent},
        done=lambda before, now: now.state == "on" and _near(now, "brightness", percent * 2.55, TOLERANCE * 2.55),
    )


def brighten(step: int) -> Action:
    """Brighter by so many percent, or darker."""
    return Action(
        state="brighter" if step > 0 else "darker",
        service=lambda one: "light.turn_on",
        domains=("light",),
        data={"brightness_step_pct": step},
        done=lambda before, now: _is_brighter(before, now, step),
    )


def _is_brighter(before: Entity, now: Entity, step: int) -> bool:
    """Has the level moved the right way? One that was off is brighter when it is on, one without levels never is."""
    if before.state != now.state:
        return now.state == ("on" if step > 0 else "off")
    old, new = (one.attributes.get("brightness") for one in (before, now))
    if not isinstance(old, int | float) or not isinstance(new, int | float):
        return False
    return (new - old) * step > 0


def color(name: str) -> Action:
    return Action(
        state="colored",
        service=lambda one: "light.turn_on",
        domains=("light",),
        data={"color_name": name.replace(" ", "")},
        values={"color": name},
        done=lambda before, now: now.state == "on" and shows(now, name),
    )


def color_temperature(kelvin: int) -> Action:
    return Action(
        state="kelvin",
        service=lambda one: "light.turn_on",
        domains=("light",),
        data={"color_temp_kelvin": kelvin},
        values={"kelvin": kelvin},
        done=lambda before, now: (
            now.state == "on"
            and (
                _near(now, "color_temp_kelvin", kelvin, 0.1 * kelvin)
                or _is_bounded(before, now, "color_temp_kelvin", kelvin)
            )
        ),
    )


def fan_speed(percent: int) -> Action:
    return Action(
        state="percent_speed",
        service=lambda one: "fan.set_percentage",
        domains=("fan",),
        data={"percentage": percent},
        values={"percent": percent},
        done=lambda before, now: _near(now, "percentage", percent) or _is_bounded(before, now, "percentage", percent),
    )


def _is_bounded(before: Entity, now: Entity, attribute: str, wanted: float) -> bool:
    """Has the level moved towards what was asked for, as far as this device can? A fan may have three speeds."""
    old, new = (one.attributes.get(attribute) for one in (before, now))
    if not isinstance(new, int | float):
        return False
    return abs(new - wanted) < abs(old - wanted) if isinstance(old, int | float) else new > 0


def temperature(degrees: float) -> Action:
    return Action(
        state="degrees",
        service=lambda one: "climate.set_temperature",
        domains=("climate",),
        data={"temperature": degrees},
        values={"degrees": f"{degrees:g}"},
        done=lambda before, now: _near(now, "temperature", degrees, 0.5),
    )


def climate_mode(mode: str) -> Action:
    return Action(
        state="mode",
        service=lambda one: "climate.set_hvac_mode",
        domains=("climate",),
        data={"hvac_mode": mode},
        values={"mode": mode.replace("_", " ")},
        done=lambda before, now: now.state == mode,
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
        done=lambda before, now: now.state == "cleaning",
    )


MOWER: Mapping[str, Action] = {
    "start": _plain("start_mowing", "mowing", state="mowing", domain="lawn_mower"),
    "dock": _plain("dock", "returning", "docked", state="returning", domain="lawn_mower"),
}
_TRACK = ("media_title", "media_content_id", "media_track", "media_position", "media_position_updated_at")


def _turned(before: Entity, now: Entity) -> bool:
    """Does it play something else, or from another place?"""
    return any(before.attributes.get(key) != now.attributes.get(key) for key in _TRACK)


PLAYER: Mapping[str, Action] = {
    "play": _plain("media_play", "playing", "buffering", state="playing", domain="media_player"),
    "pause": _plain("media_pause", "paused", "idle", "standby", "off", state="paused", domain="media_player"),
    "next": Action(state="next", service=lambda one: "media_player.media_next_track", done=_turned),
    "previous": Action(state="previous", service=lambda one: "media_player.media_previous_track", done=_turned),
}


def volume(percent: int) -> Action:
    return Action(
        state="percent_volume",
        service=lambda one: "media_player.volume_set",
        data={"volume_level": percent / 100},
        values={"percent": percent},
        done=lambda before, now: _near(now, "volume_level", percent / 100, 0.03),
    )


def louder(up: bool) -> Action:
    name = "up" if up else "down"

    def moved(before: Entity, now: Entity) -> bool:
        old, new = (one.attributes.get("volume_level") for one in (before, now))
        known = isinstance(old, int | float) and isinstance(new, int | float)
        return known and (new > old if up else new < old)  # type: ignore[operator]

    return Action(state=f"volume_{name}", service=lambda one: f"media_player.volume_{name}", done=moved)


def mute(muted: bool) -> Action:
    return Action(
        state="muted" if muted else "unmuted",
        service=lambda one: "media_player.volume_mute",
        data={"is_volume_muted": muted},
        done=lambda before, now: now.attributes.get("is_volume_muted") is muted,
    )


def activate() -> Action:
    """Run a scene or a script, or press a button. A scene and a button tell when they last ran, so that tells it."""
    return Action(
        state="started",
        service=lambda one: "button.press" if one.domain == "button" else f"{one.domain}.turn_on",
        domains=("scene", "script", "switch", "input_boolean", "button"),
        opens=True,
        done=_started,
    )


def _started(before: Entity, now: Entity) -> bool:
    if now.domain in ("switch", "input_boolean"):
        return now.state == "on"
    ran = before.attributes.get("last_triggered") != now.attributes.get("last_triggered")
    return now.state != "unavailable" and (now.state != before.state or ran)


def _near(one: Entity, attribute: str, wanted: float, tolerance: float = TOLERANCE) -> bool:
    """Is the attribute as wanted? What does not tell it has not shown that it is."""
    value = one.attributes.get(attribute)
    return isinstance(value, int | float) and abs(value - wanted) <= tolerance
