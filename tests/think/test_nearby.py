"""What a sentence of the grammar sounds like: found in all templates, never for open words, and bounded in work."""

from __future__ import annotations

import time

import pytest

from assistant.devkit.bench import compile_grammar
from assistant.think.fastpath import Template
from assistant.think.livelist import LiveList

pytestmark = pytest.mark.unit

LAMPS = {"fernseher lamp": "lamp.tv", "floor lamp": "lamp.floor", "katies lamp": "lamp.katie"}
SIZES = {name: name for name in ("small", "large", "twelve ounce", "twenty ounce")}
DRINKS = {name: name for name in ("mocha", "iced mocha", "cappuccino")}
TEMPLATES = [
    Template(tool="home.turn_on", text="(turn|switch) on [the] {lamp:name}", lists={"lamp": LAMPS}),
    Template(tool="home.turn_off", text="(turn|switch) off [the] {lamp:name}", lists={"lamp": LAMPS}),
    Template(
        tool="cafe.order",
        text="(brew|get me|give me) [a] {size:size} {drink:drink}",
        lists={"size": SIZES, "drink": DRINKS},
    ),
    Template(tool="cafe.cancel", text="cancel [all] [my|the] order[s]", never=("cancel all my orders",)),
    Template(tool="lists.add", text="add {words:item} to my list"),
]
GRAMMAR = compile_grammar(TEMPLATES)


@pytest.mark.parametrize(
    ("heard", "skill", "said"),
    [
        ("turn on the fern saya lamp", "home", "turn on the fernseher lamp"),
        ("turn on katy's lamp", "home", "turn on katies lamp"),
        ("give me a 12 ounce ice mocker", "cafe", "give me a twelve ounce iced mocha"),
        ("get me large capy cheese no", "cafe", "get me large cappuccino"),
        ("cancel my order's", "cafe", "cancel my orders"),
    ],
)
def test_the_nearest_sentence_is_the_one_that_was_said(heard: str, skill: str, said: str) -> None:
    """Words that run into each other, names, and parts of words ("order[s]")."""
    found = [near.text for near in GRAMMAR.near(heard, skill=skill, within=0.34)]
    assert said == found[0].replace(" a large", " large")


def test_the_same_sound_needs_no_skill() -> None:
    """Another spelling is found among all sentences, at no distance."""
    near = GRAMMAR.near("give me a 12 ounce mocha")
    assert [("give me a twelve ounce mocha", 0.0)] == [(one.text, one.distance) for one in near]


@pytest.mark.parametrize("heard", ["what is the tallest mountain", "turn it", "", "...", "zzz " * 40])
def test_what_is_far_is_not_found(heard: str) -> None:
    """Other sentences, none, and far too many words."""
    assert () == tuple(GRAMMAR.near(heard, skill="cafe", within=0.3))


def test_open_words_are_never_guessed() -> None:
    """A template that takes any words is not reached by what only sounds alike."""
    assert () == tuple(GRAMMAR.near("at milk to my list", skill="lists", within=0.34))


def test_an_exception_of_a_template_stays_one() -> None:
    """What a tool must not be triggered by is not brought back by its sound."""
    assert "cancel all my orders" not in [near.text for near in GRAMMAR.near("cancel all my order's", within=0.3)]


def test_a_topic_needs_the_words_of_a_skill() -> None:
    """A sentence half of whose telling words a skill knows is about it; the hint names what its tool takes."""
    topic = GRAMMAR.topic("give me a large cap a cheese with mocha")
    assert topic is not None
    assert "cafe" == topic.skill
    assert {"cappuccino", "iced mocha", "twelve ounce"} <= set(topic.hint.split(", "))
    assert GRAMMAR.topic("who wrote romeo and juliet") is None


def test_lists_are_followed_as_they_change() -> None:
    """A new device is near at once; a template whose list is empty is nowhere."""
    names = LiveList()
    grammar = compile_grammar([Template(tool="home.on", text="turn on the {device}", lists={"device": names})])
    assert () == tuple(grammar.near("turn on the aquarium", within=0.3))
    names.replace({"aquarium": "switch.aquarium"})
    assert "turn on the aquarium" == grammar.near("turn on the aquariums", within=0.3)[0].text


def test_a_long_list_is_bounded() -> None:
    """A home with a hundred thousand phrases is looked through in a moment, once it is known."""
    names = LiveList()
    names.replace({f"lamp {first} of room {second}": "x" for first in range(200) for second in range(500)})
    grammar = compile_grammar([Template(tool="home.on", text="turn on {device}", lists={"device": names})])
    grammar.near("warm", within=0.3)
    started = time.process_time()
    grammar.near("turn on lamp seven of rome eight", skill="home", within=0.3)
    assert time.process_time() - started < 0.5


def test_a_name_of_the_home_is_found_with_its_article_and_in_any_company() -> None:
    """The article is no part of a name, and the home's many Korean phrases do not push the English names out."""
    names = LiveList()
    names.replace(
        {**{f"복도 {number} 불": f"x{number}" for number in range(3000)}, "couch lamp": "c", "hallway light": "h"}
    )
    templates = [
        Template(tool="home.level", text="set {lamp:what} to {number:percent} percent", lists={"lamp": names}),
        Template(tool="home.state", text="is {lamp:what} (on|off)", lists={"lamp": names}),
    ]
    grammar = compile_grammar(templates)
    for heard, said in [
        ("set the cops lamp to 30 percent", "set couch lamp to 30 percent"),
        ("is the hall we like on", "is hallway light on"),
        ("is my hallway light off", "is hallway light off"),
    ]:
        near = grammar.near(heard, skill="home", within=0.16)
        assert said == near[0].text
    assert 0.0 == grammar.near("is the hallway light on", skill="home", within=0.1)[0].distance
