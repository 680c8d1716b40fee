"""The help skill."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.unit


def test_abilities_name_every_other_skill(bench: Any) -> None:
    """One example of each enabled skill that can do something, and each example really works."""
    speech = bench.say("help.abilities")
    assert speech.startswith("You can say: ")
    for skill, examples in bench.context.examples.items():
        assert (skill != "help" and bool(examples)) == any(example in speech for example in examples[:1])


def test_repeat(bench: Any) -> None:
    """The last words that were heard, once more; nothing was said is said as well."""
    assert "I haven't said anything yet." == bench.say("help.repeat")
    bench.context.said = "It's 3:05 PM."
    assert "It's 3:05 PM." == bench.say("help.repeat")
