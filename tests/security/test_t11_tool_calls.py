"""T11: calls with extra arguments, wrong types, 10 MB or fifty at once are refused whole, whoever proposes them."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import pytest

from assistant.skills_host import LentContext, SkillHost
from assistant.store.timers import TimerStore
from assistant.testing import ScriptedCaller
from assistant.think.tools import MAX_CALLS, run_calls
from assistant.think.understanding import Minds, Understanding
from assistant.types import Done, Message, ReplyPart, ToolCall, ToolSpec, Turn

pytestmark = pytest.mark.unit

GOOD = ToolCall(tool="timer.set", arguments={"minutes": 5}, confidence=0.9)
BAD = {
    "extra": ToolCall(tool="timer.set", arguments={"minutes": 5, "also": "unlock the door"}),
    "type": ToolCall(tool="timer.set", arguments={"minutes": {"$gt": 0}}),
    "list": ToolCall(tool="timer.set", arguments={"minutes": [5]}),
    "endless": ToolCall(tool="timer.set", arguments={"minutes": 5, "label": "x" * 10_000_000}),
    "not a number": ToolCall(tool="timer.set", arguments={"minutes": float("nan")}),
    "inside": ToolCall(tool="timer.__init__", arguments={}),
    "private": ToolCall(tool="timer._choose", arguments={"label": "x"}),
    "unknown": ToolCall(tool="door.unlock", arguments={}),
    "name": ToolCall(tool="x" * 10_000_000, arguments={}),
}


class ScriptedTalker:
    """A model that answers with one call."""

    def __init__(self, call: ToolCall) -> None:
        self._call = call

    async def prepare(self, tools: Sequence[ToolSpec]) -> None:
        """Nothing to load."""

    async def prefill(self, messages: Sequence[Message], *, facts: str = "", max_tokens: int = 0) -> None:
        """Nothing to read ahead."""

    async def reply(
        self,
        messages: Sequence[Message],
        *,
        facts: str = "",
        max_tokens: int = 0,
        tools: Sequence[ToolSpec] = (),
    ) -> AsyncGenerator[ReplyPart, None]:
        yield self._call
        yield Done()


@pytest.fixture
def store(tmp_path: Path) -> TimerStore:
    return TimerStore(tmp_path / "timers.sqlite3")


@pytest.fixture
def host(store: TimerStore) -> SkillHost:
    return SkillHost.load(LentContext(timers=store))


def turn_of(host: SkillHost, minds: Minds) -> Turn:
    """One typed turn with a wish that the grammar does not know."""
    grammar = importlib.import_module("assistant.engines.hassil_grammar").create(host.templates)
    understanding = Understanding(grammar=grammar, toolbox=host, minds=minds)
    turn = Turn(id="t1", ended_ms=0.0, text=WISH)
    turn.committed.set()

    async def run() -> None:
        turn.decision = await understanding.plan(WISH)
        async for delta in understanding.reply(turn, WISH):
            turn.reply += delta

    asyncio.run(run())
    return turn


WISH = "brew me a pot of coffee"


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("place", [0, 1])
def test_one_bad_call_leaves_no_partial_effect(store: TimerStore, host: SkillHost, name: str, place: int) -> None:
    """Before or after a good call: nothing runs, and the one result is a short sentence."""
    calls = [GOOD]
    calls.insert(place, BAD[name])
    (result,) = asyncio.run(run_calls(host, calls))
    assert (False, []) == (result.ok, store.list())
    assert len(result.speech) < 300


def test_fifty_calls_run_none(store: TimerStore, host: SkillHost) -> None:
    """More than five calls are refused, not shortened."""
    (result,) = asyncio.run(run_calls(host, [GOOD] * 50))
    assert (False, []) == (result.ok, store.list())
    asyncio.run(run_calls(host, [GOOD] * MAX_CALLS))
    assert MAX_CALLS == len(store.list())


@pytest.mark.parametrize("name", BAD)
def test_a_caller_that_proposes_nonsense_is_passed_over(store: TimerStore, host: SkillHost, name: str) -> None:
    """The wish goes on as if the caller had proposed nothing."""
    caller = ScriptedCaller({WISH: (GOOD, BAD[name])})
    turn = turn_of(host, Minds(caller=caller))
    assert turn.decision is not None
    assert ("none", [], []) == (turn.decision.route, turn.results, store.list())


@pytest.mark.parametrize("name", BAD)
def test_a_talker_that_calls_nonsense_does_nothing(store: TimerStore, host: SkillHost, name: str) -> None:
    """The refusal is said, and nothing was done."""
    turn = turn_of(host, Minds(talker=ScriptedTalker(BAD[name])))
    assert ([False], []) == ([result.ok for result in turn.results], store.list())
    assert 0 < len(turn.reply) < 300
