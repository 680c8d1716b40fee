"""The help skill."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.unit


def test_abilities_name_every_other_skill_bit_by_bit(bench: Any) -> None:
    """One example of each enabled skill that can do something, four at a time, everyday ones first; then anew."""
    wanted = {examples[0] for skill, examples in bench.context.examples.items() if skill != "help" and examples}
    first = bench.say("help.abilities")
    assert first.startswith("You can say: ")
    told: list[str] = []
    speech = first
    while len(told) < len(wanted):
        now = [example for example in wanted if example in speech]
        assert 1 <= len(now) <= 4
        told += now
        assert speech.endswith("Ask what else, for more.") == (len(told) < len(wanted))
        speech = bench.say("help.more_abilities")
    assert sorted(wanted) == sorted(told)
    assert speech == first == bench.say("help.abilities")


def test_repeat(bench: Any) -> None:
    """The last words that were heard, once more; nothing was said is said as well."""
    assert "I haven't said anything yet." == bench.say("help.repeat")
    bench.context.said = "It's 3:05 PM."
    assert "It's 3:05 PM." == bench.say("help.repeat")
