"""A small home in memory, to check the skill on where there is no real one."""

from __future__ import annotations

from typing import Any

from assistant_skill_home.memory import MemoryHome
from assistant_skill_home.model import Area, Entity, Floor, Home

_DIMMABLE: dict[str, Any] = {"supported_color_modes": ["color_temp", "rgb"], "brightness": 128}


def practice_home() -> MemoryHome:
    """Three rooms with something of each kind."""
    areas = [
        Area(id="kitchen", name="Kitchen", floor="ground"),
        Area(id="living", name="Living Room", floor="ground"),
        Area(id="bed", name="Bedroom", floor="first"),
    ]
    entities = [
        Entity(id="light.kitchen", name="Kitchen Light", area="kitchen", state="off", attributes=_DIMMABLE),
        Entity(id="light.sofa", name="Sofa Lamp", area="living", state="on", attributes=_DIMMABLE),
        Entity(id="light.bed", name="Bedside Lamp", area="bed", state="on", attributes=_DIMMABLE),
        Entity(id="switch.kettle", name="Kettle", area="kitchen", state="off"),
        Entity(id="fan.bed", name="Ceiling Fan", area="bed", state="on", attributes={"percentage": 66}),
        Entity(
            id="cover.blinds", name="Blinds", area="living", state="open",
            attributes={"device_class": "blind", "current_position": 100},
        ),
        Entity(id="cover.garage", name="Garage Door", state="closed", attributes={"device_class": "garage"}),
        Entity(id="lock.front", name="Front Door", area="living", state="locked"),
        Entity(
            id="climate.bed", name="Thermostat", area="bed", state="heat",
            attributes={"temperature": 19.0, "current_temperature": 19.5},
        ),
        Entity(
            id="media_player.tv", name="Television", area="living", state="playing",
            attributes={"volume_level": 0.4, "media_track": 3},
        ),
        Entity(id="vacuum.dusty", name="Dusty", area="kitchen", state="docked"),
        Entity(id="lawn_mower.lawn", name="Mower", state="docked"),
        Entity(id="valve.tap", name="Garden Tap", state="closed"),
        Entity(id="scene.evening", name="Evening", state="unknown"),
        Entity(id="todo.errands", name="Errands", state="0", attributes={"todo_items": []}),
        Entity(
            id="binary_sensor.window", name="Kitchen Window", area="kitchen", state="off",
            attributes={"device_class": "window"},
        ),
    ]  # fmt: skip
    floors = [Floor(id="ground", name="Ground Floor"), Floor(id="first", name="First Floor")]
    return MemoryHome(
        Home(
            floors={one.id: one for one in floors},
            areas={one.id: one for one in areas},
            entities={one.id: one for one in entities},
        )
    )
