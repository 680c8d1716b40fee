"""Memory: kept as it is told, changed, forgotten; a secret only after a yes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from assistant_skill_memory.facts import find_facts, is_secret, subject, things, turned

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


@pytest.mark.parametrize(
    ("told", "asked", "found"),
    [
        ("my bike is in the cellar", "where is my bike", "in the cellar"),
        ("my bike is in the cellar", "Do you know where my bike is?", "in the cellar"),
        ("the guest towel is in the blue cupboard", "where is the guest towel", "blue cupboard"),
        ("our passports are in the safe", "where are our passports", "in the safe"),
        ("our passports are in the safe", "where are the passports again", "in the safe"),
        ("the plumber is called Joe", "who is the plumber", "called Joe"),
        ("my dentist appointment is on Friday", "when is my dentist appointment", "on Friday"),
        ("I put the ladder behind the shed", "where did I put the ladder", "behind the shed"),
        ("my car is on level two", "tell me where my car is", "level two"),
        ("my sister's name is Ann", "what is my sister's name", "name is Ann"),
        ("the spare bulbs are in the attic", "where are the spare bulbs", "in the attic"),
    ],
)
def test_where_who_and_when(memory: SkillBench, told: str, asked: str, found: str) -> None:
    """What was told is found by the plain question for it."""
    memory.say(f"remember that {told}")
    said = memory.say(asked)
    assert ("memory.recall", True) == (said.results[0].tool, found.lower() in said.speech.lower())


def test_a_plain_question_is_ours_only_where_something_was_told(memory: SkillBench) -> None:
    """Of a thing of one's own that nobody told of it is said; other questions are left to those who know more."""
    assert "You told me nothing about your bike." == memory.say("where is my bike").speech
    for question in ("where is the guest towel", "where is the eiffel tower", "who is the plumber", "when is easter"):
        assert not any(call.tool.startswith("memory.") for call in memory.grammar.match(question) or ()), question
    memory.say("remember that the guest towel is in the blue cupboard")
    assert memory.grammar.match("where is the guest towel")
    memory.say("forget that the guest towel is in the blue cupboard")
    assert not memory.grammar.match("where is the guest towel")
    assert not memory.grammar.match("where is the eiffel tower")


def test_what_facts_are_about() -> None:
    """Things, not people who speak, each by the words with which it is asked for."""
    facts = ["your red bike is in the cellar", "you're allergic to nuts", "you like tea", "the keys hang in the hall"]
    assert {"red bike": "red bike", "keys": "keys"} == things(facts)


def test_what_was_told_before_a_restart_is_found_after_it(tmp_path: Path) -> None:
    """The list of what there is something to tell about is filled from the store at once."""
    with opened("memory") as package:
        before = SkillBench(package, tmp_path)
        before.say("remember that the guest towel is in the blue cupboard")
        before.close()
        after = SkillBench(package, tmp_path)
        assert "blue cupboard" in after.say("where is the guest towel").speech
        after.close()
