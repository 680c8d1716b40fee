"""The reasons of a turn in one sentence: of every route, and with what really came of it."""

from __future__ import annotations

import asyncio
import time

import pytest

from assistant.console import typed_turn
from assistant.skillhost.questions import OpenQuestions
from assistant.telemetry.why import REASONS
from assistant.testing import ScriptedCaller
from assistant.think.because import _TOOK, NOTHING_YET, asks_why, because
from assistant.think.claim_guard import BLOCKED_CLAIM
from assistant.think.confirm import Confirmer
from assistant.think.taint import BLOCKED
from assistant.think.understanding import Minds, Understanding
from assistant.types import JsonDict, Route, RouteDecision, ToolCall, ToolResult, ToolSpec, Turn

pytestmark = pytest.mark.unit

LAMP = ToolSpec(
    name="lamp.on",
    description="Switch on a lamp. There are several.",
    parameters={"type": "object", "properties": {"room": {"type": "string"}}, "required": []},
    effect="change",
)
SPECS = {"lamp.on": LAMP}
HALL = ToolCall(tool="lamp.on", arguments={"room": "hall"})


def result(
    *, ok: bool = True, error: str | None = None, speech: str = "The hall lamp is on.", **data: str
) -> ToolResult:
    return ToolResult(tool="lamp.on", ok=ok, speech=speech, error=error, data=dict(data))


def told(route: Route, reason: str, results: list[ToolResult], calls: tuple[ToolCall, ...] = (HALL,)) -> str:
    turn = Turn(id="t", ended_ms=0.0, text="light the hall", results=results)
    turn.decision = RouteDecision(route=route, reason=reason, calls=calls)
    return because(turn, SPECS)


@pytest.mark.parametrize(
    ("route", "reason", "results", "sentence"),
    [
        ("grammar", "grammar", [result()], "is a command that I know: switch on a lamp: hall, and that was done."),
        (
            "grammar",
            "grammar",
            [result(ok=False, error="skill", speech="The lamp does not answer.")],
            "is a command that I know: switch on a lamp: hall, but it failed: The lamp does not answer.",
        ),
        (
            "grammar",
            "grammar",
            [result(), result(ok=False, error="skill", speech="The lamp does not answer.")],
            "is a command that I know: switch on a lamp: hall, of which 1 of 2 were done, and one failed:"
            " The lamp does not answer.",
        ),
        (
            "grammar",
            "corrected",
            [result(), result(speech="The other one is off again.")],
            "corrected your command before, so it meant: switch on a lamp: hall, and all 2 things were done.",
        ),
        (
            "grammar",
            "grammar",
            [result(question_id="q")],
            "is a command that I know: switch on a lamp: hall, and I asked back.",
        ),
        (
            "caller",
            "caller_sure",
            [result()],
            "is no command that I know, but the small model for wishes was sure that it meant: switch on a lamp: hall,"
            " and that was done.",
        ),
        (
            "caller",
            "caller_asks",
            [],
            "sounded to the small model for wishes like: switch on a lamp: hall, but it was not sure,"
            " so I asked first.",
        ),
        (
            "talker",
            "talker_sure",
            [result()],
            "is no command that I know, but the language model was sure that it meant: switch on a lamp: hall,"
            " and that was done.",
        ),
        (
            "talker",
            "tainted",
            [result(ok=False, error=BLOCKED)],
            "sounded like: switch on a lamp: hall, but words from outside are part of this conversation, so I left it.",
        ),
    ],
)
def test_what_was_made_of_it_and_what_came_of_it(
    route: Route, reason: str, results: list[ToolResult], sentence: str
) -> None:
    """The words, the deed in the tool's own words, and what the tools reported."""
    assert f'"light the hall" {sentence}' == told(route, reason, results)


def test_a_claim_that_was_not_spoken() -> None:
    """The language model spoke of a deed: that is told too."""
    blocked = ToolResult(tool="", ok=False, speech="I can't do that.", error=BLOCKED_CLAIM)
    assert told("talker", "open_question", [blocked], ()).endswith("a deed that was not done, so I did not say them.")


def test_every_reason_has_words() -> None:
    """What `assistant why` can explain in writing can be explained by voice; and a reason of tomorrow is named."""
    assert set(REASONS) - {"why"} <= set(_TOOK)
    assert "cloud step (best of two)" in told("cloud", "best_of_two", [], ())


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("Why did you do that?", True),
        ("why did you say that", True),
        ("But why did you do it?", True),
        ("What did you just do?", True),
        ("what made you do that", True),
        ("How come?", True),
        ("why did you do that to your hair", False),
        ("why is the sky blue", False),
        ("what did you do in Paris", False),
        ("why", False),
    ],
)
def test_who_asks_for_reasons(text: str, asks: bool) -> None:
    """Only whole sentences that can mean nothing else."""
    assert asks == asks_why(text)


class NoGrammar:
    """It knows nothing."""

    def match(self, text: str) -> None:
        return None

    def is_complete(self, text: str) -> str:
        return "unknown"


class Tools:
    """A toolbox of one lamp, which burns or not."""

    def __init__(self, *, works: bool = True) -> None:
        self.specs = SPECS
        self.clock = time.monotonic
        self.questions = OpenQuestions(self.clock)
        self.confirmer = Confirmer(None, frozenset())
        self.works = works

    async def run(self, call: ToolCall, say: object = None, permit: str = "") -> ToolResult:
        return result() if self.works else result(ok=False, error="skill", speech="The lamp does not answer.")

    def undoes(self, tool: str) -> bool:
        return False


def test_the_turn_before_is_explained_in_the_conversation() -> None:
    """ "Why did you do that?" tells of the turn before, also when it is asked twice; at first there is nothing."""
    minds = Minds(
        caller=ScriptedCaller({"lamp on in the hall": (ToolCall(tool="lamp.on", arguments={"room": "hall"}),)})
    )
    talk = Understanding(grammar=NoGrammar(), toolbox=Tools(), minds=minds)  # type: ignore[arg-type]

    async def conversation() -> list[str]:
        said = ["why did you do that", "lamp on in the hall", "why did you do that", "why did you do that"]
        return [(await typed_turn(talk, text, f"t{at}")).reply for at, text in enumerate(said)]

    first, done, why, again = asyncio.run(conversation())
    assert (NOTHING_YET, "The hall lamp is on.") == (first, done)
    assert why == again
    assert '"lamp on in the hall" is no command that I know' in why


def test_values_of_a_call_are_told() -> None:
    """A long sentence is cut at a word, so that the answer stays one sentence."""
    arguments: JsonDict = {"room": "hall"}
    turn = Turn(id="t", ended_ms=0.0, text="word " * 60, results=[result()])
    turn.decision = RouteDecision(
        route="grammar", reason="grammar", calls=(ToolCall(tool="lamp.on", arguments=arguments),)
    )
    assert because(turn, SPECS).startswith('"word') and len(because(turn, SPECS)) < 220
