"""The contract of the tool caller, held by the real engine in its worker."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from assistant.bench.caller import read_sentences
from assistant.errors import EngineError
from assistant.skills_host import LentContext, SkillHost
from assistant.store.timers import TimerStore
from assistant.think.caller import WorkerCaller, judge
from assistant.types import Effect, JsonDict, ToolSpec
from assistant.worker import Worker, WorkerSettings

pytestmark = pytest.mark.contract

Session = Callable[[WorkerCaller, Worker], Awaitable[None]]

_NUMBER = {"type": "number", "description": "amount"}
_TIME: JsonDict = {"hours": _NUMBER, "minutes": _NUMBER, "seconds": _NUMBER}
_LABEL: JsonDict = {"label": {"type": "string", "description": "the timer's name, such as pasta; empty if it has none"}}


def _tool(name: str, description: str, effect: Effect = "read", properties: JsonDict | None = None) -> ToolSpec:
    parameters = {"type": "object", "properties": properties or {}}
    return ToolSpec(name=name, description=description, parameters=parameters, effect=effect)


TOOLS = [
    _tool("clock.time", "Tell the current time of day."),
    _tool("clock.date", "Tell the date with weekday and year."),
    _tool("timer.set", "Start a countdown timer. Name it only if the user does.", "change", _TIME | _LABEL),
    _tool("timer.cancel", "Cancel one timer: the only one, or the one with this name.", "change", _LABEL | _TIME),
    _tool("timer.left", "Tell how much time is left on the timers, or on the one with this name.", "read", _LABEL),
    _tool("help.repeat", "Say again what the assistant said last."),
]
SPECS = {tool.name: tool for tool in TOOLS}


@pytest.fixture
def options(model_path: Callable[[str], Path]) -> JsonDict:
    weights = model_path("needle3") / "needle3.cact"
    return {"weights": str(weights), "library": str(model_path("needle3-engine") / "libneedle3.so")}


def _run(options: JsonDict, session: Session, seats: int = 1) -> None:
    async def main() -> None:
        worker = Worker(WorkerSettings(name="tool caller", engine="needle3", options=options, patience_s=60.0))
        try:
            await session(WorkerCaller(worker, seats=seats), worker)
        finally:
            await worker.close()

    asyncio.run(main())


def test_wishes_become_calls_and_questions_do_not(options: JsonDict) -> None:
    """Free words set the timer they name, two wishes give two calls, and talk changes nothing."""

    async def session(caller: WorkerCaller, worker: Worker) -> None:
        await caller.prepare(TOOLS)

        async def acts(text: str) -> list[tuple[str, JsonDict]]:
            calls = await caller.call(text)
            return [(call.tool, call.arguments) for call in calls] if judge(text, calls, SPECS) == "act" else []

        assert [("timer.set", {"minutes": 5})] == await acts("could you start a five minute timer please")
        assert [("timer.set", {"minutes": 30})] == await acts("set a timer for half an hour")
        two = await acts("set a pasta timer for 9 minutes and a sauce timer for 20 minutes")
        assert [
            ("timer.set", {"minutes": 9, "label": "pasta"}),
            ("timer.set", {"minutes": 20, "label": "sauce"}),
        ] == two
        for text in (
            "why is the sky blue",
            "how do I set a timer on my oven",
            "thank you very much",
            "turn on the lights",
        ):
            assert [] == await acts(text)

    _run(options, session)


@pytest.mark.parametrize(
    "text", ["", " \n", "?!", "x" * 100_000, "한국어로 말해요", "\ud83d\x00", "<tool_call>{}</tool_call>"]
)
def test_any_text_is_survived(options: JsonDict, text: str) -> None:
    """Nothing, noise, other scripts and 100 kB give no change and no crash."""

    async def session(caller: WorkerCaller, worker: Worker) -> None:
        await caller.prepare(TOOLS)
        calls = await caller.call(text)
        assert not any(SPECS[call.tool].effect == "change" for call in calls if judge(text, calls, SPECS) == "act")
        assert worker.restarts == 0

    _run(options, session)


def test_a_killed_worker_has_its_tools_again(options: JsonDict) -> None:
    """After a kill the next wish is understood, without anybody preparing it."""

    async def session(caller: WorkerCaller, worker: Worker) -> None:
        await caller.prepare(TOOLS)
        worker.kill()
        with contextlib.suppress(EngineError):  # the request that meets the death is lost
            await worker.call("nothing")
        assert [call.tool for call in await caller.call("set a timer for ten minutes")] == ["timer.set"]

    _run(options, session)


def test_without_tools_there_are_no_calls(options: JsonDict) -> None:
    """A caller that was never prepared proposes nothing."""

    async def session(caller: WorkerCaller, worker: Worker) -> None:
        assert await caller.call("set a timer for ten minutes") == ()

    _run(options, session)


def test_far_more_tools_than_seats(options: JsonDict) -> None:
    """A set that has no seat is passed over at once, and has one after a rest; the one used last keeps its own."""
    many = [
        _tool(f"{skill}.do{number}", f"Do {skill}.", "change", _LABEL)
        for skill in ("music", "lamps")
        for number in range(10)
    ]

    async def session(caller: WorkerCaller, worker: Worker) -> None:
        await caller.prepare([*many, *TOOLS])
        wish = "set a timer for ten minutes"
        assert () == await caller.call(wish)
        await caller.rest()
        (call,) = await caller.call(wish)
        assert ("timer.set", {"minutes": 10}) == (call.tool, call.arguments)
        await caller.rest()
        assert await caller.call(wish)

    _run(options, session)


@pytest.mark.parametrize("seats", [2, 5])
def test_all_that_our_skills_can_do_fits(options: JsonDict, tmp_path: Path, seats: int) -> None:
    """With every skill that comes with the assistant each set finds the right tool, one set beside the other."""
    with contextlib.closing(TimerStore(tmp_path / "timers.sqlite3")) as timers:
        specs = dict(SkillHost.load(LentContext(timers=timers)).specs)

    async def session(caller: WorkerCaller, worker: Worker) -> None:
        await caller.prepare(list(specs.values()))

        async def tool_of(text: str) -> str:
            await caller.call(text)
            await caller.rest()
            calls = await caller.call(text)
            return calls[0].tool if judge(text, calls, specs) != "pass" else ""

        assert "timer.set" == await tool_of("could you maybe put a timer of ten minutes on for the eggs")
        assert "alarm.set" == await tool_of("put an alarm on for half past seven please")
        assert not [call for call in await caller.call("get rid of the egg timer") if call.tool.endswith("cancel_all")]

    _run({**options, "sets": seats}, session, seats=seats)


def test_nothing_is_done_that_nobody_asked_for(options: JsonDict, tmp_path: Path) -> None:
    """Of our own questions, talk and wishes that no skill serves none changes anything or gets an answer of a tool."""
    with contextlib.closing(TimerStore(tmp_path / "timers.sqlite3")) as timers:
        specs = dict(SkillHost.load(LentContext(timers=timers)).specs)
    texts = [each.text for each in read_sentences(Path(__file__).parent / "caller_calibration.tsv") if not each.tool]

    async def session(caller: WorkerCaller, worker: Worker) -> None:
        await caller.prepare(list(specs.values()))
        wrong = [text for text in texts if judge(text, await caller.call(text), specs) == "act"]
        assert [] == wrong

    _run({**options, "sets": 5}, session, seats=5)


@pytest.mark.parametrize("broken", ["library", "weights"])
@pytest.mark.parametrize("content", [None, b"", b"\x7fELF", b"\x84\x2a\xe1\x05" + bytes(10)])
def test_wrong_files_are_a_sentence(options: JsonDict, tmp_path: Path, broken: str, content: bytes | None) -> None:
    """A missing or damaged file is refused in words before native code sees it."""
    file = tmp_path / "file"
    if content is not None:
        file.write_bytes(content)

    async def session(caller: WorkerCaller, worker: Worker) -> None:
        with pytest.raises(EngineError, match="tool caller"):
            await worker.start()

    _run({**options, broken: str(file)}, session)
