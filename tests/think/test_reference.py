"""What refers to the command before: corrections, taking back, "it"; and what only sounds like that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.devkit.bench import SkillBench
from assistant.devkit.package import opened
from assistant.think.reference import STALE_S, Last, corrected, resolved, takes_back
from assistant.types import ToolCall

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def grammar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SkillBench]:
    with opened("timer") as package:
        made = SkillBench(package, tmp_path_factory.mktemp("bench"))
        yield made
        made.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[SkillBench]:
    with opened("timer") as package:
        made = SkillBench(package, tmp_path)
        yield made
        made.close()


def last(bench: SkillBench, text: str) -> Last:
    return Last(text=text, calls=bench.grammar.match(text) or (), results=(), at_s=100.0)


@pytest.mark.parametrize(
    ("before", "said", "meant"),
    [
        ("set a timer for ten minutes", "No, twelve minutes.", "set a timer for 12 minutes"),
        ("set a timer for ten minutes", "I meant fifteen", "set a timer for 15 minutes"),
        ("set a timer for ten minutes", "no, I said an hour and a half", "set a timer for an hour and a half"),
        ("set a timer for ten minutes", "sorry, make it twenty, please", "set a timer for 20 minutes"),
        ("set a timer for ten minutes", "no, not ten but twelve minutes", "set a timer for 12 minutes"),
        ("set a timer for ten minutes", "actually for 12 minutes", "set a timer for 12 minutes"),
        ("set a timer for ten minutes", "no, set a timer for twelve minutes", "set a timer for 12 minutes"),
        ("set a pasta timer for ten minutes", "no, rice", "set a rice timer for ten minutes"),
        ("wake me at seven", "no, half past seven", "wake me at half past seven"),
        ("wake me tomorrow at seven", "I meant friday", "wake me friday at seven"),
        ("remind me to call mom at five", "no, at six", "remind me to call mom at six"),
        ("remind me to call mom at five", "no, call dad", "remind me to call dad at five"),
        ("add milk to my shopping list", "no, oat milk", "add oat milk to my shopping list"),
        ("what time is it in london", "I meant paris", "what time is it in paris"),
        ("what is 5 times 8", "no, 6 times 8", "what is 6 times 8"),
        ("convert 5 miles to kilometers", "sorry, seven", "convert 7 miles to kilometers"),
    ],
)
def test_corrections(grammar: SkillBench, before: str, said: str, meant: str) -> None:
    """The same command with the value that was said, whatever kind of value it is."""
    found = corrected(last(grammar, before), said, grammar.grammar.match)
    assert found is not None
    assert grammar.grammar.match(meant) == found[1] == grammar.grammar.match(found[0])


@pytest.mark.parametrize(
    "said",
    [
        "no", "no thanks", "no problem", "no, what time is it", "no, stop", "twelve minutes", "no, ten minutes",
        "sorry about that", "I said so", "no way", "actually never mind", "no, cancel the timer", "make it so",
        "no, that is not what I wanted to hear from you today my dear machine at all", "",
    ],
)  # fmt: skip
def test_what_corrects_nothing(grammar: SkillBench, said: str) -> None:
    """Another wish, a bare value, the same value, a turn of speech."""
    assert corrected(last(grammar, "set a pasta timer for ten minutes"), said, grammar.grammar.match) is None


@pytest.mark.parametrize(
    ("before", "said", "meant"),
    [
        ("set a pasta timer for ten minutes", "cancel it", "cancel the pasta timer"),
        ("set a timer for ten minutes", "how long is left on it", "how long is left on the timer"),
        ("set a timer for ten minutes", "turn it off again", "turn off the timer"),
        ("add milk to my shopping list", "check it off the list", "check off milk on the list"),
        ("add milk to my shopping list", "what's on it", "what is on the shopping list"),
        ("add milk to my shopping list", "clear it", "clear the shopping list"),
    ],
)
def test_it(grammar: SkillBench, before: str, said: str, meant: str) -> None:
    """The thing that the command before was about, by its name or by its kind."""
    expected = grammar.grammar.match(meant)
    assert expected
    assert expected == resolved(last(grammar, before), said, grammar.grammar.match)


@pytest.mark.parametrize("said", ["what is it", "is it raining", "who wrote that", "cancel the meeting", "it", ""])
def test_what_it_does_not_mean(grammar: SkillBench, said: str) -> None:
    """A sentence that makes no command of the thing is left to others."""
    assert resolved(last(grammar, "set a pasta timer for ten minutes"), said, grammar.grammar.match) is None


def test_only_for_a_while() -> None:
    """After two minutes, and after the clock was set back, the command before is forgotten."""
    before = Last(text="", calls=(ToolCall(tool="timer.set"),), results=(), at_s=100.0)
    assert before.is_fresh(100.0 + STALE_S)
    assert not before.is_fresh(101.0 + STALE_S)
    assert not before.is_fresh(99.0)


def test_whole_sentences_take_back() -> None:
    """And no others."""
    assert takes_back("Cancel that.")
    assert takes_back("undo it")
    assert takes_back("And do that.")  # as it is heard
    assert not takes_back("cancel")
    assert not takes_back("cancel it tomorrow")


def running(bench: SkillBench) -> list[int]:
    return [timer.seconds for timer in bench.timers.list()]


def test_a_timer_is_set_anew(bench: SkillBench) -> None:
    """The wrong one is cancelled, and said to be; again and again."""
    bench.say("set a timer for ten minutes")
    assert "Twelve minutes, starting now. Ten minute timer cancelled." == bench.say("no, twelve minutes").speech
    assert "Fifteen minutes, starting now. Twelve minute timer cancelled." == bench.say("I meant fifteen").speech
    assert [900] == running(bench)


def test_of_two_alike_the_right_one_goes(bench: SkillBench) -> None:
    """The one that was set last, not one of the same length."""
    bench.say("set a timer for ten minutes")
    bench.advance(60)
    bench.say("set a timer for ten minutes")
    bench.say("no, twenty minutes")
    assert [600, 1200] == running(bench)
    assert 540 == round((bench.timers.list()[0].due - bench.now()).total_seconds())


def test_better_the_first_than_none(bench: SkillBench) -> None:
    """Where the new command fails, what was done stays."""
    bench.say("set a timer for ten minutes")
    assert not bench.say("no, thirty hours").ok
    assert [600] == running(bench)


def test_cancel_it(bench: SkillBench) -> None:
    """Right after the command it is undone; after that "cancel it" is a stop word again."""
    bench.say("set a timer for ten minutes")
    assert "Ten minute timer cancelled." == bench.say("cancel it").speech
    assert [] == running(bench)
    assert bench.understanding.is_stop("cancel it")


def test_over_another_answer_it_only_stops(bench: SkillBench) -> None:
    """After something else was answered "cancel that" is meant for the answer; a correction still for the command."""
    bench.say("set a timer for ten minutes")
    bench.say("why is the sky blue")
    assert bench.understanding.is_stop("cancel that")
    bench.say("cancel that")
    assert [600] == running(bench)
    bench.say("sorry, twelve minutes")
    assert [720] == running(bench)


def test_an_answer_to_a_question_is_corrected_too(bench: SkillBench) -> None:
    """The sentence that it completed is the command."""
    bench.say("set a timer")
    bench.say("ten minutes")
    bench.say("no, twelve minutes")
    assert [720] == running(bench)


def test_cancel_it_at_a_question_ends_the_question(bench: SkillBench) -> None:
    """What is asked is nearer than what was done before."""
    bench.say("set a timer for ten minutes")
    bench.say("set a pasta timer")
    assert bench.understanding.is_stop("cancel it")
    bench.say("cancel it")
    assert [600] == running(bench)


def test_lists_and_alarms_are_corrected(bench: SkillBench) -> None:
    """Every skill takes back its own."""
    bench.say("add milk to my shopping list")
    assert (
        "Oat milk added to your shopping list. Milk taken off your shopping list." == bench.say("no, oat milk").speech
    )
    assert "Your shopping list has oat milk." == bench.say("what's on it").speech
    bench.say("wake me tomorrow at seven")
    bench.say("no, half past seven")
    assert "Your alarm rings tomorrow, Wednesday, at 7:30 AM." == bench.say("which alarms do I have").speech
    bench.say("remind me to call mom at five")
    bench.say("no, at six")
    assert "5 PM" not in bench.say("what are my reminders").speech
    bench.say("remember that my bike is in the yard")
    assert "Forgotten: your bike is in the yard." == bench.say("undo that").speech
    bench.say("take a note: call the plumber")
    assert "Note deleted: call the plumber." == bench.say("take that back").speech
