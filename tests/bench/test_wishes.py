"""The bench of wishes: what counts as right, wrong, asked and passed; the wishes of the repository can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.bench.claims import Answer, read_requests
from assistant.bench.claims import figures as claims_figures
from assistant.bench.wishes import Meant, Outcome, figures, judged, read_wishes
from assistant.errors import UsageError
from assistant.types import ToolCall

pytestmark = pytest.mark.unit

THINK = Path(__file__).parents[1] / "think"
TIMER = ToolCall(tool="timer.set", arguments={"minutes": 10})
LAMP = ToolCall(tool="home.turn_on", arguments={"what": "Desk Lamp"})
WISH, NOTHING = Meant(text="ten minutes please", calls=(TIMER, LAMP)), Meant(text="hello", calls=())


@pytest.mark.parametrize(
    ("meant", "calls", "asked", "kind"),
    [
        (WISH, [TIMER], False, "right"),
        (WISH, [ToolCall(tool="timer.set", arguments={"minutes": 10, "label": "tea"})], False, "right"),
        (WISH, [LAMP], True, "asked"),
        (WISH, [ToolCall(tool="timer.set", arguments={"minutes": 9})], False, "wrong"),
        (WISH, [TIMER, LAMP], False, "wrong"),
        (WISH, [], False, "passed"),
        (NOTHING, [], False, "right"),
        (NOTHING, [TIMER], False, "wrong"),
        (NOTHING, [TIMER], True, "asked_wrong"),
    ],
)
def test_what_came_of_a_wish(meant: Meant, calls: list[ToolCall], asked: bool, kind: str) -> None:
    """Any of its meanings is right, with the arguments that were said; whatever else is done is wrong."""
    assert kind == judged(meant, calls, asked=asked)


def test_ours_are_enough() -> None:
    """Sixty wishes with a meaning, twenty sentences without, a hundred requests that nothing grants."""
    wishes = list(read_wishes(THINK / "wishes.tsv"))
    assert sum(bool(wish.calls) for wish in wishes) >= 60
    assert sum(not wish.calls for wish in wishes) >= 20
    assert 100 == len(read_requests(THINK / "impossible.txt"))


def test_a_line_without_a_meaning_is_a_sentence(tmp_path: Path) -> None:
    """It says which line."""
    file = tmp_path / "wishes.tsv"
    file.write_text("turn it on\n")
    with pytest.raises(UsageError, match="turn it on"):
        list(read_wishes(file))


def test_figures_by_step() -> None:
    """The score is the share that was done, or rightly left alone."""
    outcomes = [
        Outcome(meant=WISH, step="grammar", kind="right", calls=(TIMER,), reply="", plan_ms=2.0),
        Outcome(meant=WISH, step="talker", kind="asked", calls=(LAMP,), reply="", plan_ms=900.0),
    ]
    told = figures(outcomes)
    assert (0.5, 1, 0) == (told["score"], told["wishes"]["asked"], told["wishes"]["wrong"])
    assert (1, 900.0) == (told["steps"]["talker"]["decided"], told["steps"]["talker"]["p50_ms"])


def test_figures_of_requests_that_nothing_grants() -> None:
    """Refused in the model's words or in ours."""
    answers = [
        Answer(text="a", route="talker", reply="I can't do that.", kind="refused", first_text_ms=100.0),
        Answer(text="b", route="talker", reply="I can't do that.", kind="blocked", first_text_ms=200.0),
        Answer(text="c", route="talker", reply="Nice weather.", kind="else", first_text_ms=300.0),
    ]
    told = claims_figures(answers)
    assert (0.6667, 1, 1, 200.0) == (told["score"], told["blocked"], told["else"], told["talker_first_text_p50_ms"])
