"""Scenarios: what they may say, what they find, and the lines that they name."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.devkit.package import opened
from assistant.devkit.scenario_file import ScenarioError, read_scenario
from assistant.devkit.scenarios import run_file

pytestmark = pytest.mark.unit

FORECAST = """
import asyncio
from assistant.skill import Reply, Skill, tool


class Packing(Skill):
    @tool(fast=["will it rain"])
    async def rain(self) -> Reply:
        \"\"\"Tell whether it rains.\"\"\"
        answer = (await self.context.http.get("https://api.example.com/rain")).json()
        return self.reply("rain", rain=answer["rain"], hour=self.context.now().hour)
"""


def run(packing: Path, text: str) -> list[tuple[int, str]]:
    file = packing / "scenarios" / "one.yaml"
    file.write_text(text)
    with opened(str(packing)) as package:
        return list(run_file(package, file, packing / "scratch"))


@pytest.fixture
def forecast(packing: Path) -> Path:
    """A skill that asks a service."""
    folder = packing / "assistant_skill_packing"
    (folder / "__init__.py").write_text(FORECAST)
    (folder / "locale" / "en.toml").write_text('rain = "{rain}, and it is {hour} hours."')
    manifest = (folder / "skill.toml").read_text().replace("offline = true", "offline = false")
    (folder / "skill.toml").write_text(manifest + 'network = ["api.example.com"]\n')
    return packing


def test_what_is_as_expected(packing: Path) -> None:
    """Tool, arguments, speech, questions and time, all on the real understanding."""
    text = """
turns:
  - user: could you add milk to my packing list
    expect: {tool: packing.add, arguments: {item: milk}, speech: Milk is on the list., ok: true, asks: false}
  - user: add to my packing list
    expect: {asks: true}
  - user: never mind
    expect: {tool: none}
  - user: what is on my packing list
    expect: {contains: [MILK], absent: bread, within_ms: 60000}
"""
    assert [] == run(packing, text)


def test_what_is_not_as_expected(packing: Path) -> None:
    """Each difference stands at the line of its expectation."""
    text = """turns:
  - user: add milk to my packing list
    expect:
      tool: packing.read
      arguments: {item: bread}
      contains: [milk, honey]
      absent: list
      asks: true
"""
    found = run(packing, text)
    assert [4, 5, 6, 7, 8] == [line for line, _ in found]
    assert "packing.add ran, expected was packing.read" in found[0][1]


def test_services_answer_as_written(forecast: Path) -> None:
    """A canned answer comes after its time; the skill sees the scripted moment."""
    text = """
at: 2026-11-24 07:30
http: [{url: "https://api.example.com/", json: {rain: It rains}, takes_ms: 800}]
turns:
  - advance: an hour and a half
    user: will it rain
    expect: {speech: "It rains, and it is 9 hours.", within_ms: 700}
"""
    ((line, wrong),) = run(forecast, text)
    assert (7, True) == (line, wrong.startswith("After 'will it rain' the first word came after 8"))


def test_offline(forecast: Path) -> None:
    """`network` decides how all services fail."""
    text = "network: offline\nturns:\n  - user: will it rain\n    expect: {ok: false, contains: network}\n"
    assert [] == run(forecast, text)


def test_words_that_interrupt(forecast: Path) -> None:
    """With `send_after` the answer before is cut off when it still goes on."""
    text = """
http: [{url: "https://api.example.com/", json: {rain: It rains}, takes_ms: 800}]
turns:
  - user: will it rain
    expect: {absent: rains}
  - user: stop
    send_after: 300
    expect: {tool: none}
  - user: will it rain
    expect: {contains: rains}
  - user: stop
    send_after: 900
"""
    assert [] == run(forecast, text)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("turns: [", 1, "no YAML"),
        ("", 0, "empty"),
        ("- a", 1, "table of keys"),
        ("name: x\nturns: []", 1, "needs turns"),
        ("turns:\n  - usr: hi", 2, "Did you mean 'user'?"),
        ("turns:\n  - user: hi\n    expect:\n      contain: x", 4, "Did you mean 'contains'?"),
        ("turns:\n  - user: hi\n    expect:\n      within_ms: soon", 4, "within_ms is a number"),
        ("turns:\n  - user: hi\n    expect:\n      asks: maybe", 4, "asks is true or false"),
        ("turns:\n  - advance: a while", 2, "no length of time"),
        ("turns:\n  - user: hi\n    send_after: 3", 2, "nothing to interrupt"),
        ("network: slow\nturns:\n  - user: hi", 1, "network is one of"),
        ("at: noon\nturns:\n  - user: hi", 1, "no moment"),
        ("http:\n  - {url: 'http://a'}\nturns:\n  - user: hi", 2, "https://"),
        ("turns:\n  - user: a\n    user: b", 3, "twice"),
        ("turns:\n  - expect: {ok: true}", 2, "A turn needs"),
    ],
)
def test_mistakes_have_a_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    """What is not understood is refused, with the place and what to write."""
    file = tmp_path / "one.yaml"
    file.write_text(text)
    with pytest.raises(ScenarioError) as caught:
        read_scenario(file)
    assert (line, True) == (caught.value.line, words in caught.value.sentence), caught.value.sentence
