"""Device control by final state: what counts as right, on a small home of our own, through the real command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from assistant.bench.control import ControlSettings, run_control
from assistant.bench.homes import build, is_right, part, wishes
from assistant.bench.intents import run_intents
from assistant.cli.bench import app
from assistant.errors import UsageError

pytestmark = pytest.mark.unit

FIXTURE = """
areas: [{name: Study, id: study}]
devices: [{name: Desk, id: desk, area: study}]
entities:
  - {name: Desk Lamp, id: light.desk, device: desk, attributes: {supported_color_modes: [brightness], brightness: 10}}
  - {name: Shelf, id: light.shelf, area: study, state: "off", attributes: {supported_color_modes: [onoff]}}
  - name: Bay
    id: cover.bay
    area: study
    state: false
    attributes: {device_class: cover.CoverDeviceClass.GARAGE}
"""
WISHES = """
tests:
  - sentences: [Switch off the desk lamp, Switch off the study lights]
    expect_changes: {light.desk: {state: "off", attributes: {brightness: null, color_mode: null}}}
    ignore_changes: {light.desk: [color_mode]}
  - sentences: [Open the garage door]
    expect_changes: {cover.bay: {state: open}}
  - sentences: [Is the desk lamp on]
  - sentences: [Please do the thing with the thing]
    expect_changes: {light.shelf: {state: "on"}}
"""
CASES = """
areas: [{name: Study}]
entities: [{name: Desk Lamp, domain: light}]
tests:
  - sentences: [turn on the desk lamp, kindle the desk lamp]
    slots: {name: Desk Lamp}
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    homes, intents = tmp_path / "text" / "ha_assist-mini", tmp_path / "text" / "ha_intents_en"
    for folder in (homes, intents):
        folder.mkdir(parents=True)
    (homes / "a___fixtures.yaml").write_text(FIXTURE)
    (homes / "a__wishes.yaml").write_text(WISHES)
    (intents / "HassTurnOn__name_only.yaml").write_text(CASES)
    (intents / "HassGetWeather__default.yaml").write_text('tests: [{sentences: ["what is the weather"]}]')
    return tmp_path


def test_reads_homes_and_wishes(data: Path) -> None:
    """Areas by way of devices, states that are true or false, classes as the file writes them; each sentence a wish."""
    listed = list(wishes(data / "text" / "ha_assist-mini"))
    assert 5 == len(listed)
    entities = listed[0].home.entities
    assert ("study", "on") == (entities["light.desk"].area, entities["light.desk"].state)
    assert ("closed", "garage") == (entities["cover.bay"].state, entities["cover.bay"].device_class)


def test_right_is_exactly_what_was_expected(data: Path) -> None:
    """Nothing less, nothing more: a second lamp that goes off as well makes it wrong, and so does a wrong level."""
    off, *_ = wishes(data / "text" / "ha_assist-mini")
    memory = part("memory")
    after = memory.after

    def with_changes(*calls: tuple[str, str, dict[str, Any]]) -> Any:
        home = off.home
        entities = dict(home.entities)
        for entity, service, values in calls:
            entities[entity] = after(entities[entity], service, values)
        return part("model").Home(areas=home.areas, entities=entities)

    assert not is_right(off, off.home)
    assert is_right(off, with_changes(("light.desk", "light.turn_off", {})))
    assert not is_right(off, with_changes(("light.desk", "light.turn_off", {}), ("light.shelf", "light.turn_on", {})))
    assert not is_right(off, with_changes(("light.desk", "light.turn_on", {"brightness_pct": 50})))


def test_the_figures(data: Path, home: Path, tmp_path: Path) -> None:
    """By the command: what each step answered, what asked for a yes, and a line for each sentence."""
    details = tmp_path / "details.jsonl"
    arguments = ["control", "--data", str(data), "--no-caller", "--no-talker", "--json", "--details", str(details)]
    figures = json.loads(CliRunner().invoke(app, arguments, catch_exceptions=False).output)
    assert ("control", 5, 0.8) == (figures["suite"], figures["n"], figures["score"])
    assert (4, 4) == (figures["steps"]["grammar"]["answered"], figures["steps"]["grammar"]["right"])
    assert (1, 0) == (figures["steps"]["none"]["answered"], figures["steps"]["none"]["right"])
    assert (1, 0, 0) == (figures["asked_for_a_yes"], figures["wrong_changes"], figures["false_claims"])
    rows = [json.loads(line) for line in details.read_text().splitlines()]
    assert ["Please do the thing with the thing"] == [row["text"] for row in rows if not row["right"]]


def test_intents(data: Path, home: Path) -> None:
    """Intent and slots of what is ours; what is not ours is counted apart."""
    figures = run_intents(data, None, lambda step, done, total: None)
    assert (2, 0.5, 1) == (figures["n"], figures["score"], figures["not_ours"])
    assert {"HassTurnOn": 1} == figures["wrong"]


def test_no_data(tmp_path: Path, home: Path) -> None:
    """An empty folder is told."""
    for run in (
        lambda: run_control(tmp_path, ControlSettings(), lambda step, done, total: None),
        lambda: run_intents(tmp_path, None, lambda step, done, total: None),
    ):
        with pytest.raises(UsageError):
            run()


def test_a_state_of_its_own_for_what_has_none() -> None:
    """What the fixture gives no state has the one that such a thing begins with."""
    described = {"entities": [{"name": "List", "id": "todo.list"}, {"name": "Lock", "id": "lock.door", "state": True}]}
    entities = build(described, {}).entities
    assert ("0", "locked") == (entities["todo.list"].state, entities["lock.door"].state)
