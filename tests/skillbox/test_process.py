"""A well-behaved skill of somebody else in its own process: all of the context works, and its failures stay its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.paths import Paths, find_paths
from assistant.skillbox import sandbox
from assistant.skillbox.loading import Added, load_added
from assistant.skillbox.package import read_package
from assistant.skillbox.signing import new_key, sign
from assistant.skillhost.strikes import Switches
from assistant.skillhost.web import Answer, Request
from assistant.skills_host import LentContext, SkillHost
from assistant.store.timers import TimerStore
from assistant.think.tools import Say
from assistant.types import ToolCall, ToolResult

pytestmark = pytest.mark.contract

GOOD = Path(__file__).parent / "good"
Run = Callable[..., Awaitable[ToolResult]]


class Server:
    """Answers each request with its address."""

    async def send(self, request: Request, max_bytes: int) -> Answer:
        return Answer(status=200, body=request.url.encode())


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    paths = find_paths({"ASSISTANT_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)})
    paths.create()
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "song.mp3").write_text("la")
    shelf = Added.at(paths).shelf
    shelf.install(shelf.plan(read_package(str(GOOD)), ["timer"]), {"music": str(tmp_path / "music")})
    return paths


@contextlib.asynccontextmanager
async def loaded(paths: Paths) -> AsyncIterator[tuple[Run, SkillHost]]:
    timers = TimerStore(paths.database)
    lent = LentContext(timers=timers, state=paths.state, sender=Server)
    skills, problems = load_added(Added.at(paths), lent, Switches())
    host = SkillHost.load(lent, sources={}, others=skills, problems=problems)

    async def run(tool: str, say: Say | None = None, **arguments: Any) -> ToolResult:
        return await host.run(ToolCall(tool=f"weather_report.{tool}", arguments=arguments), say)

    try:
        yield run, host
    finally:
        host.close()
        timers.close()


def test_the_context_works_across_the_border(paths: Paths) -> None:
    """Texts, cards, the store, the web, timers, a granted folder and a place to write, as in process."""

    async def talk() -> list[str]:
        async with loaded(paths) as (run, _):
            calls: list[tuple[str, dict[str, Any]]] = [
                ("weather", {"city": "Rome"}), ("note", {"text": "milk"}), ("fetch", {"url": "https://weather.example/a"}),
                ("remind", {"seconds": 100}), ("folder", {"name": "music"}), ("fetch", {"url": "https://evil.example/"}),
            ]  # fmt: skip
            return [(await run(tool, **arguments)).speech for tool, arguments in calls]

    assert [
        "It will be sunny in Rome.",
        "Noted milk.",
        "200 https://weather.example/a?q=1",
        "tea 100 True True",
        "song.mp3",
        "The weather_report skill has no permission to reach evil.example.",
    ] == asyncio.run(talk())


def test_a_place_to_write_that_is_gone_afterwards(paths: Paths) -> None:
    """The temporary folder takes files and leaves nothing behind; without mounts it is closed, and told so."""

    async def talk() -> ToolResult:
        async with loaded(paths) as (run, _):
            return await run("temporary")

    result = asyncio.run(talk())
    assert sandbox.enforced().tmp == result.ok
    assert [] == list((paths.state / "skills" / ".run").iterdir())


def test_questions_cross_the_border(paths: Paths) -> None:
    """Progress, a slot, and a yes: asked in the skill's name, and its value is read where the skill is."""
    said: list[str] = []

    async def talk() -> list[ToolResult]:
        async with loaded(paths) as (run, host):
            first = await run("converse", said.append)
            second = await host.answer(first.data["question_id"], "ten minutes")
            third = await host.answer(second.data["question_id"], "yes")
            return [first, second, third]

    results = asyncio.run(talk())
    assert ["One moment."] == said
    assert [
        "The weather_report skill asks: How long?",
        "The weather_report skill asks: Are you sure?",
        "10 minutes, True.",
    ] == [result.speech for result in results]


def test_failures_are_sentences_and_the_next_call_works(paths: Paths) -> None:
    """A refusal in its own words; a bug, a wrong reply, a dead process: a sentence and a strike; then all is well."""

    async def talk() -> list[tuple[bool, str | None]]:
        found = []
        async with loaded(paths) as (run, _):
            for how in ("refuse", "crash", "exit"):
                result = await run("fail", how=how)
                found.append((result.ok, result.error))
            result = await run("nothing")
            return [*found, (result.ok, result.error)]

    wanted = [(False, "skill"), (False, "skill_crashed"), (False, "skill_crashed"), (True, None)]
    assert wanted == asyncio.run(talk())


def test_a_late_handler_can_no_longer_act(paths: Paths) -> None:
    """What a cancelled tool still tries in its last moment is refused, and it stays alive for the next call."""

    async def talk() -> tuple[bool, bool, bool]:
        async with loaded(paths) as (run, _):
            late = await run("slow", how="late")
            note = await run("note", text="after")
            again = await run("nothing")
            return late.ok, note.ok, again.ok

    assert (False, True, True) == asyncio.run(talk()), "a key that it set late would fail the note's own check"


def test_between_calls_the_process_stands_still(paths: Paths) -> None:
    """A quarter of a second after a call the kernel runs nothing of the skill."""

    async def talk() -> str:
        async with loaded(paths) as (run, _):
            await run("nothing")
            pid = children()[0]
            await asyncio.sleep(0.6)
            state = state_of(pid)
            assert (await run("nothing")).ok
            return state

    assert "T" == asyncio.run(talk())


def test_many_calls_at_once_keep_apart(paths: Paths) -> None:
    """Fifty calls at the same time each get their own answer."""

    async def talk() -> list[str]:
        async with loaded(paths) as (run, _):
            results = await asyncio.gather(*(run("weather", city=f"city{number}") for number in range(50)))
            return [result.speech for result in results]

    assert [f"It will be sunny in city{number}." for number in range(50)] == asyncio.run(talk())


def test_an_exchanged_or_disabled_skill_is_left_out_with_a_reason(paths: Paths) -> None:
    """Changed files, and a switch that is off, are told; nothing is started."""
    switches = Switches()
    lent = LentContext(timers=TimerStore(paths.database), state=paths.state)
    added = Added.at(paths)
    switches.disable("weather_report", "it was too loud")
    assert {"weather_report": "It is switched off: it was too loud"} == load_added(added, lent, switches)[1]
    switches.enable("weather_report")
    agreement = added.shelf.agreements()[0]
    (added.shelf.folder(agreement) / agreement.package / "skill.toml").write_text("x")
    assert "were changed" in load_added(added, lent, switches)[1]["weather_report"]
    lent.timers.close()  # type: ignore[attr-defined]


def test_where_nothing_is_enforced_only_trusted_skills_run(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a kernel that cannot confine, an unsigned skill is left out with the reason; a trusted publisher's runs."""
    added = Added.at(paths)
    monkeypatch.setattr(sandbox, "enforced", sandbox.Enforced)
    lent = LentContext(timers=TimerStore(paths.database), state=paths.state)
    skills, problems = load_added(added, lent, Switches())
    assert [] == skills
    assert "only skills that are signed by a publisher you trust" in problems["weather_report"]
    new_key(tmp_path / "key", "Ada")
    package = read_package(str(GOOD))
    place = tmp_path / "signed" / package.name
    for name, content in {**package.files, "skill.sig": sign(package.files, tmp_path / "key")}.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
    added.shelf.install(added.shelf.plan(read_package(str(place.parent)), []))
    assert [] == load_added(added, lent, Switches())[0], "signed, but by nobody that is trusted"
    added.publishers.trust(tmp_path / "key.pub")
    assert ["weather_report"] == [skill.manifest.id for skill in load_added(added, lent, Switches())[0]]
    lent.timers.close()  # type: ignore[attr-defined]


def test_the_process_dies_with_the_daemon(paths: Paths, tmp_path: Path) -> None:
    """After kill -9 of the daemon no skill's process is left, though it stands still between two calls."""
    ready, go = os.pipe()
    if (daemon := os.fork()) == 0:

        async def talk() -> None:
            async with loaded(paths) as (run, _):
                await run("nothing")
                await asyncio.sleep(0.5)
                os.write(go, f"{children()[0]}\n".encode())
                await asyncio.sleep(60)

        with contextlib.suppress(BaseException):
            asyncio.run(talk())
        os._exit(1)
    os.close(go)
    with os.fdopen(ready) as pipe:
        pid = int(pipe.readline())
    os.kill(daemon, signal.SIGKILL)
    os.waitpid(daemon, 0)
    until = time.monotonic() + 5
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.01)
    assert not alive(pid)


def children() -> list[int]:
    """The processes of skills that we started and that still run, by the kernel's list."""
    listed = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return [int(pid) for pid in listed if b"skillbox.child" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return state_of(pid) != "Z"
    return False


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
