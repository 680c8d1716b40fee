"""Sentences of templates: every option, real words in the slots, and the arguments that these mean."""

from __future__ import annotations

import pytest

from assistant.devkit.sampling import TemplateError, parse, samples
from assistant.think.fastpath import Template
from assistant.types import ToolSpec

pytestmark = pytest.mark.unit

SPEC = ToolSpec(name="a.b", description="", parameters={"type": "object", "properties": {}})


def texts(template: str, **lists: dict[str, str]) -> list[str]:
    return [found.text for found in samples(Template(tool="a.b", text=template, lists=lists), SPEC)]


@pytest.mark.parametrize(
    ("template", "sentences"),
    [
        ("what time is it", {"what time is it"}),
        ("(set|start) it", {"set it", "start it"}),
        ("timer[s]", {"timer", "timers"}),
        ("[the|my] list", {"list", "the list", "my list"}),
        ("(one;two)", {"one two", "two one"}),
        ("a [(b|c) d]", {"a", "a b d", "a c d"}),
    ],
)
def test_every_option_is_met(template: str, sentences: set[str]) -> None:
    """A small template gives all its sentences."""
    assert sentences == set(texts(template))


def test_arguments_are_what_the_words_mean() -> None:
    """A duration fills its parts, a phrase of a list stands for its value."""
    template = Template(tool="a.b", text="{duration} in {place:city}", lists={"place": {"the big apple": "new york"}})
    found = {sample.text: sample.arguments for sample in samples(template, SPEC)}
    assert {"minutes": 10, "city": "new york"} == found["ten minutes in the big apple"]
    assert {"hours": 1, "minutes": 30, "city": "new york"} == found["an hour and a half in the big apple"]


def test_the_same_sentences_every_time() -> None:
    """A failure can be looked at again."""
    template = "(a|b|c) [d|e] {number:x} (f;g) {name:y}"
    assert texts(template) == texts(template)


@pytest.mark.parametrize("template", ["(a|b", "a]", "[a", "{number:x", "(a]", "{unheard}"])
def test_a_malformed_template_is_told(template: str) -> None:
    """An open bracket or an unknown slot is no sentence."""
    with pytest.raises(TemplateError):
        texts(template)


def test_brackets_that_close() -> None:
    """What hassil takes is taken."""
    assert "all" == parse("(a|b) [c (d|e)] {x:y}").how
