"""A skill that needs something to work on is tested on what its practice settings give it."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.devkit.bench import SkillBench
from assistant.devkit.lint import check_package, check_texts
from assistant.devkit.package import opened
from assistant.devkit.report import Report

pytestmark = pytest.mark.contract


def test_the_home_skill_is_in_order() -> None:
    """It may go to the host that its settings name, and all its texts can be spoken."""
    report = Report(skill="home")
    with opened("home") as package:
        check_package(package, report)
        check_texts(package, report)
    assert [] == [str(finding) for finding in report.findings]


def test_its_practice_home_does_what_it_is_told(tmp_path: Path) -> None:
    """The bench plays the small home that practice.toml asks for: every example is understood, and done."""
    with opened("home") as package:
        bench = SkillBench(package, tmp_path)
        try:
            led = {text: bench.grammar.match(text) for text in package.manifest.examples}
            assert [] == [text for text, calls in led.items() if not calls or calls[0].tool not in bench.skill.specs]
            assert "The Kitchen Light is on." == bench.say("turn on the kitchen light").speech
            assert bench.say("unlock the front door").asks
        finally:
            bench.close()
