"""The router's labelled set: enough turns, and checks that tell right from wrong in other words."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from assistant.bench.router_checks import is_right, numbers, simplified
from assistant.bench.router_set import CLASSES, Check, Labelled, read_set
from assistant.errors import UsageError
from assistant.types import ToolCall

pytestmark = pytest.mark.unit

FOLDER = Path(__file__).parents[1] / "router"
SET = read_set(FOLDER)
BY_TEXT = {turn.text: turn for turn in SET.turns}


def test_the_set_is_large_enough() -> None:
    """At least four hundred turns; every class stands in both halves with fifteen or more."""
    assert len(SET.turns) >= 400
    halves = Counter((turn.kind, turn.half) for turn in SET.turns)
    assert min(halves[kind, half] for kind in CLASSES for half in ("calibration", "test")) >= 15, halves


@pytest.mark.parametrize("turn", SET.turns, ids=lambda turn: turn.id)
def test_every_check_tells_right_from_wrong(turn: Labelled) -> None:
    """The reference answer passes, the wrong one, an empty one and a refusal of another matter do not."""
    if turn.kind == "wishes":
        assert all(is_right(turn.check, "", turn.text, [call]) for call in turn.check.calls)
        assert turn.answer.split(",")[0] == turn.check.calls[0].tool
        assert not is_right(turn.check, "", turn.text, [ToolCall(tool=turn.wrong.split(",")[0], arguments={"x": 1})])
        assert not is_right(turn.check, "", turn.text, [*turn.check.calls[:1], *turn.check.calls[:1]])
    else:
        assert is_right(turn.check, turn.answer, turn.text), turn.answer
        assert not is_right(turn.check, turn.wrong, turn.text), turn.wrong
    assert not is_right(turn.check, "", turn.text)


@pytest.mark.parametrize("turn", [turn for turn in SET.turns if turn.kind == "wishes"], ids=lambda turn: turn.id)
def test_every_argument_of_a_wish_counts(turn: Labelled) -> None:
    """A call with one argument changed or left out is not right."""
    for call in turn.check.calls:
        for name in call.arguments:
            changed = ToolCall(tool=call.tool, arguments={**call.arguments, name: "something else"})
            left_out = ToolCall(tool=call.tool, arguments={k: v for k, v in call.arguments.items() if k != name})
            assert not is_right(turn.check, "", turn.text, [changed])
            assert not is_right(turn.check, "", turn.text, [left_out])


TWIN = '{ say = "x", answer = "y", wrong = "z", has = "a" }'
RIGHT = [
    ("What is the capital of Australia?", "Canberra is, not Sydney as many think."),
    ("What color do you get when you mix blue and yellow?", "You'd get GREEN!"),
    ("How many days are there in a week?", "A week's got 7 of them."),
    ("In what year did the Second World War end?", "That was nineteen forty-five."),
    ("A train goes 80 miles an hour. How far does it get in two and a half hours?", "Two hours are 160, so it is 200."),
    ("A train goes 80 miles an hour. How far does it get in two and a half hours?", "200 miles: 160 plus 40."),
    ("If I buy a coffee for 2.80 and pay with a five dollar bill, how much change do I get?", "$2.20, I'd say."),
    ("A film starts at 7:45 and runs two hours and twenty minutes. When does it end?", "At five past ten."),
    ("Which is heavier, a pound of feathers or a pound of bricks?", "Neither, a pound is a pound."),
    ("A farmer has 17 sheep and all but nine run away. How many are left?", "Just 9."),
    ("If I face the rising sun, which direction is on my right?", "You'd have the south there."),
    ("Who won the game last night?", "Sorry, without internet I can't tell."),
    ("What's the latest version of Python?", "As of my last update it was 3.11, but a newer one may exist."),
    ("How do you say thank you in French?", "In French it's \"merci\"."),
    ("How do you spell necessary?", "It's spelled n-e-c-e-s-s-a-r-y."),
]  # fmt: skip
WRONG = [
    ("What is the capital of Australia?", "The capital of Australia is Sydney, Canberra is only a town."),
    ("How many days are there in a week?", "There are 17 days."),
    ("A train goes 80 miles an hour. How far does it get in two and a half hours?", "80 times 2 is 160 miles."),
    ("What is the square root of 144?", "It is 144 divided by 2, which is 72."),
    ("A bat and a ball cost 1.10 together, and the bat costs one dollar more than the ball. How much is the ball?",
     "The ball is 10 cents."),
    ("Which number is larger, 9.11 or 9.9?", "9.11 is larger, as 11 is more than 9."),
    ("A farmer has 17 sheep and all but nine run away. How many are left?", "Eight sheep, because 17 - 9 is 8."),
    ("Who won the game last night?", "The home team won by three to one."),
    ("What's the temperature outside?", "It is a mild 20 degrees."),
    ("Tell me a joke.", "I'm sorry, but I can't tell jokes, as I have no humor at all."),
    ("Plan a vegetarian dinner with three courses.", "A soup first, then roast chicken, then cake for dessert."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "answer"), RIGHT)
def test_other_words_are_right(text: str, answer: str) -> None:
    """A right answer passes however it is put."""
    assert is_right(BY_TEXT[text].check, answer, text)


@pytest.mark.parametrize(("text", "answer"), WRONG)
def test_near_misses_are_wrong(text: str, answer: str) -> None:
    """A wrong answer fails although it holds words of the right one."""
    assert not is_right(BY_TEXT[text].check, answer, text)


def test_numbers_are_read_in_words_and_digits() -> None:
    """In their order; a minus after a number or a bracket is none of its own."""
    assert [2_500_000, 42, 1234.5, -5] == numbers("2.5 million, forty-two and $1,234.50, but -5")
    assert [10, 4, 6] == numbers("10-4=6")
    assert simplified("Twelve  PEOPLE’s").split()[-1] == "12"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("turns = [", "cannot be read"),
        ('turns = [{ say = "x", answer = "y" }]', "needs say, answer and wrong"),
        ('turns = [{ say = "x", answer = "y", wrong = "z" }]', "nothing to judge"),
        ('turns = [{ say = "x", answer = "y", wrong = "z", has = "(" }]', "cannot be judged"),
        ('turns = [{ say = "x", answer = "y", wrong = "z", has = "a", odd = 1 }]', "odd"),
        (f"turns = [{TWIN}, {TWIN}]",
         "twice"),
    ],
)  # fmt: skip
def test_a_broken_set_is_refused(tmp_path: Path, content: str, told: str) -> None:
    """What is wrong, and in which turn, is said in a sentence."""
    for kind in CLASSES:
        (tmp_path / f"{kind}.toml").write_text("turns = []", encoding="utf-8")
    (tmp_path / "facts.toml").write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=told):
        read_set(tmp_path)


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    """No traceback for a wrong folder."""
    with pytest.raises(UsageError, match="cannot be read"):
        read_set(tmp_path / "nowhere")


def test_the_halves_do_not_move() -> None:
    """The half of a turn hangs on its words alone."""
    text = "What is the capital of France?"
    turn = Labelled(kind="facts", text=text, check=Check(has=("paris",)), answer="a", wrong="b")
    assert (turn.id, turn.half) == (BY_TEXT[turn.text].id, BY_TEXT[turn.text].half)
