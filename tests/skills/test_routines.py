"""Routines: made by voice, checked when they are made, run as if each step had been said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from assistant_skill_routines.steps import read_plan, read_steps, split_at_joints

from assistant.devkit.bench import Heard, SkillBench
from assistant.devkit.package import opened

pytestmark = pytest.mark.unit

MAKE = "When I say tea time, set a timer for four minutes and tell me the time."


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[SkillBench]:
    with opened("routines") as package:
        made = SkillBench(package, tmp_path)
        yield made
        made.close()


def speech(heard: Heard) -> str:
    return " ".join(heard.speech.split())


@pytest.mark.parametrize(
    ("words", "phrase", "steps", "lost"),
    [
        ("good night light off and alarm on", "good night", ("light off", "alarm on"), ""),
        ("good night then light off then alarm on", "good night", ("light off", "alarm on"), ""),
        ("good night light off and buy bread and butter", "good night", ("light off", "buy bread and butter"), ""),
        ("good night light off and frobnicate and alarm on", "good night", ("light off",), "frobnicate"),
        ("good night frobnicate", "", (), "good night frobnicate"),
        ("light off", "", (), "light off"),
        ("light off light off", "light off", ("light off",), ""),
        ("", "", (), ""),
    ],
)
def test_where_the_phrase_ends(words: str, phrase: str, steps: tuple[str, ...], lost: str) -> None:
    """The phrase ends where commands begin; the first part that is none is named."""
    known = {"light off", "alarm on", "buy bread", "buy bread and butter"}
    plan = read_plan(words, known.__contains__)
    assert (phrase, steps, lost) == (plan.phrase, plan.steps, plan.lost)


def test_parts_of_one_command_stay_together() -> None:
    """A part that is a command alone takes in what would otherwise be lost."""
    known = {"buy bread", "buy bread and butter", "buy bread and butter and jam", "stop"}
    assert (("buy bread and butter and jam", "stop"), "") == read_steps(
        split_at_joints("buy bread and butter and jam then stop"), known.__contains__
    )


def test_made_run_told_and_deleted(talk: SkillBench) -> None:
    """The whole life of a routine, by voice alone."""
    heard = talk.say(MAKE)
    assert heard.ok
    assert heard.speech.startswith("When you say tea time, I do this: set a timer for four minutes, then ")
    assert [] == talk.timers.list()
    heard = talk.say("Tea time!")
    assert ["routines.run", "timer.set", "clock.time"] == [result.tool for result in heard.results]
    assert "Four minutes, starting now. It's 12:00 PM." == speech(heard)
    assert [240] == [timer.seconds for timer in talk.timers.list()]
    assert talk.say("what does tea time do").speech.startswith("When you say tea time, I do this: set a timer")
    assert "One routine: tea time." == talk.say("list my routines").speech
    assert "The routine tea time is gone." == talk.say("delete the routine tea time").speech
    assert "" == talk.say("tea time").tool
    assert talk.say("list my routines").speech.startswith("There are no routines.")


def test_survives_a_restart(talk: SkillBench, tmp_path: Path) -> None:
    """It lies in the skill's store."""
    talk.say(MAKE)
    with opened("routines") as package:
        after = SkillBench(package, tmp_path)
        assert "routines.run" == after.say("tea time").tool
        after.close()


def test_a_part_that_is_not_understood(talk: SkillBench) -> None:
    """It says which, and makes nothing."""
    heard = talk.say("when I say tea time set a timer for four minutes and frobnicate the cat")
    assert (False, "I did not understand this part: frobnicate the cat. I made no routine.") == (
        heard.ok,
        heard.speech,
    )
    assert talk.say("list my routines").speech.startswith("There are no routines.")


def test_in_two_turns(talk: SkillBench) -> None:
    """A phrase alone is asked for its steps; commands are then the answer, and are not obeyed."""
    assert "What shall I do when you say good night?" == talk.say("when I say good night").speech
    heard = talk.say("set an alarm for seven am and tell me the date")
    assert heard.ok
    assert heard.speech.startswith("When you say good night, I do this: set an alarm for seven am")
    assert [] == list(talk.timers.commitments.list())
    assert ["routines.run", "alarm.set", "clock.date"] == [result.tool for result in talk.say("good night").results]
    talk.say("when I say good morning")
    assert "" == talk.say("never mind").speech
    assert "One routine: good night." == talk.say("list my routines").speech


def test_by_name(talk: SkillBench) -> None:
    """Made, run and deleted by the word routine; a name that was nearly heard is meant."""
    assert "What shall I do when you say tea time?" == talk.say("make a routine called tea time").speech
    assert talk.say("what time is it").ok
    assert ["routines.run", "clock.time"] == [result.tool for result in talk.say("run my tee time routine").results]
    assert "There is no routine lunch. There is tea time." == talk.say("delete the routine lunch").speech


def test_replaced_only_after_a_yes(talk: SkillBench) -> None:
    """An old routine is not lost by a word that was misheard."""
    talk.say(MAKE)
    again = "when I say tea time tell me the date"
    assert "There is a routine for tea time already. Shall I replace it?" == talk.say(again).speech
    assert "I leave it as it is." == talk.say("no").speech
    assert "timer.set" in [result.tool for result in talk.say("tea time").results]
    talk.say(again)
    assert talk.say("yes").ok
    assert ["routines.run", "clock.date"] == [result.tool for result in talk.say("tea time").results]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("when I say stop, tell me the time", "I need stop for myself"),
        ("when I say yes please, tell me the time", "I need yes for myself"),
        ("when I say cancel all timers, tell me the time", "I understand cancel all timers as a command already"),
        ("when I say tea time list my routines", "A routine can't hold a command about routines."),
        ("when I say tea time " + " and ".join(["tell me the date"] * 9), "A routine has eight steps at most."),
    ],
)
def test_what_can_be_no_routine(talk: SkillBench, text: str, why: str) -> None:
    """Our own words, commands that change something, routines in routines, and too many steps."""
    heard = talk.say(text)
    assert not heard.ok
    assert why in heard.speech
    assert talk.say("list my routines").speech.startswith("There are no routines.")


def test_a_step_that_fails_does_not_stop_the_others(talk: SkillBench) -> None:
    """Each result is told as it is."""
    assert talk.say("when I say clean up, cancel the timer and tell me the date").ok
    heard = talk.say("clean up")
    assert [True, False, True] == [result.ok for result in heard.results]
    assert heard.speech.startswith("There is no timer running.")
    assert heard.results[-1].speech in heard.speech


def test_no_routine_runs_another(talk: SkillBench) -> None:
    """Also when the inner one was made later: what was said is understood anew, but nothing follows from it."""
    talk.say("when I say first thing, what is the date and tell me the time")
    talk.say("when I say what is the date, what year is it")
    heard = talk.say("first thing")
    assert ["routines.run", "routines.run", "routines.run", "clock.time"] == [result.tool for result in heard.results]
    assert "I don't start a routine from within another one." in heard.speech
    assert "2026" not in heard.speech
