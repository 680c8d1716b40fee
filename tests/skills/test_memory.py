"""Memory: kept as it is told, changed, forgotten; a secret only after a yes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from assistant_skill_memory.facts import find_facts, is_secret, subject, turned

from assistant.devkit.bench import SkillBench
from assistant.devkit.package import opened

pytestmark = pytest.mark.unit


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[SkillBench]:
    with opened("memory") as package:
        bench = SkillBench(package, tmp_path)
        yield bench
        bench.close()


@pytest.mark.parametrize(
    ("said", "back"),
    [
        ("my bike is in the cellar", "your bike is in the cellar"),
        ("I'm allergic to nuts.", "you're allergic to nuts"),
        ("i was born in Rome, and my sister too", "you were born in Rome, and your sister too"),
        ("your name is Nabu", "my name is Nabu"),
        ("the plumber is called Joe", "the plumber is called Joe"),
    ],
)
def test_said_back(said: str, back: str) -> None:
    """My is your, and the other way round."""
    assert back == turned(said)


@pytest.mark.parametrize(
    ("said", "secret"),
    [
        ("your locker code is 4711", True),
        ("your pin is the year of the revolution", True),
        ("your password is swordfish", True),
        ("your bank card is blocked with four seven one one", True),
        ("the gate opens with 47 11", True),
        ("your sister was born in 1987", False),
        ("your bike is in the cellar", False),
        ("you parked on level 3", False),
        ("your spinning class is on Monday", False),
    ],
)
def test_secrets_are_recognised(said: str, secret: bool) -> None:
    """Words for secrets, and four digits in a row, but not a year or a word that only holds one."""
    assert secret is is_secret(said)


def test_facts_are_found_by_their_words() -> None:
    """Every word that says something must be there."""
    facts = ["your bike is in the cellar", "your sister's bike is red", "you parked on level three"]
    assert facts[:2] == find_facts("my bike", facts)
    assert facts[1:2] == find_facts("my sister's bike", facts)
    assert facts[2:] == find_facts("parked", facts)
    assert [] == find_facts("the", facts)


@pytest.mark.parametrize(
    ("fact", "about"),
    [("your locker code is 12", "your locker code"), ("you like tea", ""), ("there is tea", "")],
)
def test_what_a_fact_is_about(fact: str, about: str) -> None:
    """Only of one thing of yours a new fact replaces the old."""
    assert about == subject(fact)


def test_a_secret_is_kept_only_after_a_yes(memory: SkillBench) -> None:
    """No, silence and another wish keep nothing."""
    for answer in ("no", "", "what time is it"):
        assert memory.say("remember that my locker code is 4711").asks
        if answer:
            memory.say(answer)
        memory.advance(60)
        assert "I remember nothing about you." == memory.say("what do you know about me").speech
    memory.say("remember that my locker code is 4711")
    assert "I'll remember: your locker code is 4711." == memory.say("yes").speech


def test_a_new_fact_takes_the_place_of_the_old(memory: SkillBench) -> None:
    """The answer names both."""
    memory.say("remember that my bike is in the cellar")
    said = memory.say("remember that my bike is in the yard").speech
    assert "I'll remember: your bike is in the yard. Until now it was: your bike is in the cellar." == said
    assert "You told me: your bike is in the yard." == memory.say("what do you know about me").speech
    assert "I know that already: your bike is in the yard." == memory.say("remember my bike is in the yard").speech


def test_of_several_it_asks_which_to_forget(memory: SkillBench) -> None:
    """One is forgotten, the other stays."""
    memory.say("remember that my red bike is in the cellar")
    memory.say("remember that my blue bike is in the yard")
    assert memory.say("forget my bike").asks
    assert "Forgotten: your blue bike is in the yard." == memory.say("the second one").speech
    assert "You told me: your red bike is in the cellar." == memory.say("what do you know about me").speech


def test_everything_is_forgotten_only_after_a_yes(memory: SkillBench) -> None:
    """Silence forgets nothing."""
    memory.say("remember that I like tea")
    assert "Shall I forget the one thing that I know about you?" == memory.say("forget everything about me").speech
    memory.advance(60)
    assert "You told me: you like tea." == memory.say("what do you know about me").speech
    memory.say("forget everything about me")
    memory.say("yes")
    assert "I remember nothing about you." == memory.say("what do you know about me").speech


def test_what_is_to_be_done_is_no_fact(memory: SkillBench) -> None:
    """ "Remember to buy milk" is left to others."""
    assert not memory.grammar.match("remember to buy milk")
    assert not memory.grammar.match("remember the milk")
