"""Lists and notes: several things at once, told exactly, nothing thrown away without a yes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from assistant_skill_lists.things import find_things, split_things

from assistant.devkit.bench import SkillBench
from assistant.devkit.package import opened

pytestmark = pytest.mark.unit


@pytest.fixture
def lists(tmp_path: Path) -> Iterator[SkillBench]:
    with opened("lists") as package:
        bench = SkillBench(package, tmp_path)
        yield bench
        bench.close()


@pytest.mark.parametrize(
    ("said", "things"),
    [
        ("milk", ["milk"]),
        ("milk, eggs and bread", ["milk", "eggs", "bread"]),
        ("milk, eggs, and some bread", ["milk", "eggs", "bread"]),
        ("a bottle of milk and the eggs", ["bottle of milk", "eggs"]),
        ("milk and milk", ["milk"]),
        ("mac and cheese and beer", ["mac and cheese", "beer"]),
        ("two percent milk", ["two percent milk"]),
        (", and", []),
        ("", []),
    ],
)
def test_things_are_told_apart(said: str, things: list[str]) -> None:
    """By commas and "and", without articles, each once."""
    assert things == [thing for thing in split_things(said) if thing != "and"]


def test_tasks_are_parted_by_commas_alone() -> None:
    """What is to be done may hold an "and"."""
    assert ["call mom and ask for the recipe", "buy a stamp"] == split_things(
        "call mom and ask for the recipe, buy a stamp", tasks=True
    )


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("milk", ["milk"]),
        ("oat milk", ["oat milk"]),
        ("egg", ["eggs"]),
        ("the tomato", ["tomatoes"]),
        ("cheese", ["blue cheese", "goat cheese"]),
        ("honey", []),
        ("the", []),
    ],
)
def test_things_are_found(wanted: str, found: list[str]) -> None:
    """The one of this name before those that only hold it; the plural is the same thing."""
    there = ["milk", "oat milk", "eggs", "tomatoes", "blue cheese", "goat cheese"]
    assert found == find_things(wanted, there)


def test_what_is_confirmed_lies_in_the_store(bench: Any) -> None:
    """The answer names what was added and what was there, and reading gives just that."""
    result = bench.run("lists.add", items="milk, eggs", name="my shopping list")
    assert (True, ["milk", "eggs"], "shopping") == (result.ok, result.data["added"], result.data["list"])
    again = bench.run("lists.add", items="eggs, bread")
    assert "Bread added to your shopping list. Already on your shopping list: eggs." == again.speech
    assert ["milk", "eggs", "bread"] == bench.run("lists.read").data["things"]


@pytest.mark.parametrize("wish", ["add to my shopping list", "put something on the list", "add it to the list"])
def test_what_was_not_said_is_asked_for(lists: SkillBench, wish: str) -> None:
    """No list holds an "it"."""
    assert lists.say(wish).asks
    assert "Oat milk added to your shopping list." == lists.say("oat milk").speech


def test_of_several_it_asks_which(lists: SkillBench) -> None:
    """ "Cheese" may be either; nothing goes before the answer."""
    lists.say("add blue cheese, goat cheese to my shopping list")
    asked = lists.say("take the cheese off my shopping list")
    assert (True, "Which one, blue cheese or goat cheese?") == (asked.asks, asked.speech)
    assert "Goat cheese taken off your shopping list." == lists.say("the goat cheese").speech
    assert "blue cheese" in lists.say("what's on my shopping list").speech


def test_what_is_checked_off_is_not_read(lists: SkillBench) -> None:
    """It comes back when it is needed again."""
    lists.say("add milk and eggs to my shopping list")
    lists.say("check off the milk on my shopping list")
    assert "Your shopping list has eggs." == lists.say("what's on my shopping list").speech
    assert lists.say("check off the eggs on my shopping list").speech.endswith("That was everything.")
    assert "Everything on your shopping list is checked off." == lists.say("what's on the list").speech
    assert "Milk added to your shopping list." == lists.say("put milk on the list").speech


def test_a_long_list_is_read_in_portions(lists: SkillBench) -> None:
    """Seven at a time; whoever has heard enough hears no more."""
    names = ["ash", "birch", "cedar", "elm", "fir", "gum", "hazel", "ivy", "juniper", "kapok", "larch", "maple"]
    lists.say(f"add {', '.join(names)} to my shopping list")
    first = lists.say("read my shopping list")
    assert first.speech.endswith("gum, hazel. five more. Shall I go on?")
    assert "Ivy, juniper, kapok, larch and maple." == lists.say("go on").speech
    lists.say("read my shopping list")
    assert "Okay." == lists.say("no").speech


def test_a_name_that_was_nearly_heard(lists: SkillBench) -> None:
    """A list is found by a name that is slightly off; another name is another list, which is asked about."""
    lists.say("make a list called camping")
    assert "Tent added to your camping list." == lists.say("add a tent to my campin list").speech
    assert lists.say("add a tent to my hardware list").asks
    assert "Okay, then I add nothing." == lists.say("no").speech
    assert "hardware" not in lists.say("which lists do I have").speech


def test_nothing_is_thrown_away_without_a_yes(lists: SkillBench) -> None:
    """Clearing, deleting a list and deleting all notes ask; silence and other words leave all as it is."""
    lists.say("add milk to my shopping list")
    lists.say("take a note: the key is under the mat")
    for wish in ("clear my shopping list", "delete my shopping list", "delete all my notes"):
        assert lists.say(wish).asks
        lists.advance(60)
    assert "milk" in lists.say("what's on my shopping list").speech
    assert "under the mat" in lists.say("read my notes").speech


def test_lists_outlive_the_process(tmp_path: Path) -> None:
    """They lie on the disk when the answer is heard."""
    for say, expected in (("add milk to my shopping list", "added"), ("what's on my shopping list", "has milk")):
        with opened("lists") as package:
            bench = SkillBench(package, tmp_path)
            assert expected in bench.say(say).speech
            bench.close()


def test_not_without_end(bench: Any) -> None:
    """Two hundred things on a list, thirty lists, two hundred notes."""
    for start in range(0, 200, 10):
        assert bench.run("lists.add", items=", ".join(f"thing {start + number}" for number in range(10))).ok
    assert "Your shopping list is full. Take something off first." == bench.say("lists.add", items="one more")
    for number in range(29):
        assert bench.run("lists.create", name=f"number {number}").ok
    assert not bench.run("lists.create", name="another").ok
    for _ in range(200):
        bench.run("lists.note", text="again")
    assert not bench.run("lists.note", text="one more").ok
