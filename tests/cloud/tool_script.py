"""One conversation of ten turns in which a cloud model uses tools: what is said, what the model does, what must come of
it. The same for every provider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Calls = Sequence[tuple[str, dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer of the model: words, then calls by the names that it was given."""

    says: str = ""
    calls: Calls = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A turn. `done`: the tools that ran, in order, with whether they worked; `told`: what the model got back, the last
    round's first result last; `heard`: what must be in the reply; `kept`: what must never be on the wire."""

    say: str
    answers: Sequence[Answer] = ()
    done: Sequence[tuple[str, bool]] = ()
    told: Sequence[str] = ()
    heard: Sequence[str] = ()
    kept: Sequence[str] = ()


SCRIPT: tuple[Step, ...] = (
    Step(
        say="ask the big one how much a fifteen percent tip on eighty four dollars is",
        answers=(
            Answer(calls=[("calculator__calculate", {"expression": "15% of 84"})]),
            Answer(says="A tip of 12 dollars and 60 cents."),
        ),
        done=[("calculator.calculate", True)],
        told=["12.6"],
        heard=["A tip of 12 dollars and 60 cents."],
    ),
    Step(
        say="ask the big one to convert seventy miles and ninety miles to kilometers",
        answers=(
            Answer(
                says="Let me see. ",
                calls=[
                    ("calculator__convert", {"source": "miles", "target": "kilometers", "amount": 70}),
                    ("calculator__convert", {"source": "miles", "target": "kilometers", "amount": 90}),
                ],
            ),
            Answer(says="That makes about 113 and 145 kilometers."),
        ),
        done=[("calculator.convert", True), ("calculator.convert", True)],
        told=["112.65", "144.84"],
        heard=["Let me see. That makes about 113 and 145 kilometers."],
    ),
    Step(
        say="ask the big one what year it is and how many days it is until christmas",
        answers=(
            Answer(calls=[("clock__year", {})]),
            Answer(calls=[("clock__days_until", {"day": "christmas"})]),
            Answer(says="It is 2026, and Christmas is 31 days away."),
        ),
        done=[("clock.year", True), ("clock.days_until", True)],
        told=["2026", "31 days"],
        heard=["It is 2026, and Christmas is 31 days away."],
    ),
    Step(  # an argument that does not fit is told to the model, which mends it
        say="ask the big one what percentage three is of twelve",
        answers=(
            Answer(calls=[("calculator__percentage", {"part": "three", "whole": 12})]),
            Answer(calls=[("calculator__percentage", {"part": 3, "whole": 12})]),
            Answer(says="A quarter, so 25 percent."),
        ),
        done=[("calculator.percentage", False), ("calculator.percentage", True)],
        told=["cannot use", "25"],
        heard=["A quarter, so 25 percent."],
    ),
    Step(  # what is not there cannot be called; what is, can
        say="ask the big one to flip a coin for me",
        answers=(
            Answer(calls=[("coin__throw", {})]),
            Answer(calls=[("smalltalk__flip", {})]),
            Answer(says="There you have your side."),
        ),
        done=[("coin__throw", False), ("smalltalk.flip", True)],
        told=["no such tool", "s."],
        heard=["There you have your side."],
    ),
    Step(  # a change is asked about, and nothing more leaves
        say="ask the big one to set a timer so that the pasta is done well",
        answers=(Answer(says="Nine minutes. ", calls=[("timer__set", {"minutes": 9, "label": "pasta"})]),),
        heard=["Nine minutes. Shall I", "9, pasta?"],
    ),
    Step(say="yes", done=[("timer.set", True)], heard=["Nine minutes for pasta, starting now."]),
    Step(  # what tells of this home is heard, and stays here
        say="ask the big one how long the pasta timer still has left",
        answers=(
            Answer(calls=[("timer__left", {"label": "pasta"})]),
            Answer(says="Time enough for a sauce."),
        ),
        done=[("timer.left", True)],
        told=["stays on the device"],
        heard=["inutes left on the pasta timer.", "Time enough for a sauce."],
        kept=["minutes left on"],
    ),
    Step(  # names are taken out of the words and put back into the call
        say="ask the big one to set a reminder to call Anna",
        answers=(Answer(calls=[("reminder__set", {"what": "call [PERSON_1]", "time": "5 pm"})]),),
        heard=["Shall I", "call Anna, 5 pm?"],
        kept=["anna"],
    ),
    Step(  # a model that calls without end is stopped
        say="ask the big one what time it is in tokyo",
        answers=(
            *[Answer(calls=[("clock__time", {"city": "tokyo"}), ("clock__time", {"city": "tokyo"})])] * 3,
            Answer(says="It is late in Tokyo."),
        ),
        done=[("clock.time", True)] * 5,
        told=["Tokyo", "Tokyo", "Tokyo", "Tokyo", "Tokyo", "too many calls"],
        heard=["It is late in Tokyo."],
    ),
)
