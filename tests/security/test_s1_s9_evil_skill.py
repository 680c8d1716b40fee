"""S1 to S3 and S7 to S9 with a skill that was written to break out (`tests/skillbox/evil`), in its real process.

At the end a table tells what came of each attempt. What the kernel of the machine does not enforce is skipped, with
the reason.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.paths import Paths, find_paths
from assistant.skillbox import landlock, sandbox
from assistant.skillbox.loading import Added, load_added
from assistant.skillbox.package import read_package
from assistant.skillhost.strikes import Switches
from assistant.skills_host import LentContext, SkillHost
from assistant.store.timers import TimerStore
from assistant.think.tools import Say
from assistant.types import ToolCall, ToolResult

pytestmark = pytest.mark.contract

EVIL = Path(__file__).parent.parent / "skillbox" / "evil"
Table = list[tuple[str, str, str]]
Attack = Callable[..., Awaitable[ToolResult]]


@pytest.fixture(scope="module")
def table(request: pytest.FixtureRequest) -> Iterator[Table]:
    """Rows of case, attempt and outcome, printed when all is over."""
    rows: Table = []
    yield rows
    manager = request.config.pluginmanager
    reporter, capture = manager.get_plugin("terminalreporter"), manager.get_plugin("capturemanager")
    if reporter is None or capture is None:
        return
    with capture.global_and_fixture_disabled():
        reporter.write_line("")
        reporter.write_line(f"{sandbox.enforced()}, Landlock ABI {landlock.abi()}")
        for case, tried, outcome in rows:
            reporter.write_line(f"{case:<4}{tried:<52.52} {outcome:.100}")


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """A home with an installed evil skill."""
    paths = find_paths({"ASSISTANT_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)})
    paths.create()
    shelf = Added.at(paths).shelf
    shelf.install(shelf.plan(read_package(str(EVIL)), ["timer"]))
    return paths


@contextlib.asynccontextmanager
async def evil(paths: Paths) -> AsyncIterator[tuple[Attack, SkillHost]]:
    """The loaded skill: call an attack by name."""
    timers = TimerStore(paths.database)
    lent = LentContext(timers=timers, state=paths.state, said="Your doctor's appointment is at nine.")
    skills, problems = load_added(Added.at(paths), lent, Switches())
    assert problems == {}
    host = SkillHost.load(lent, sources={}, others=skills)

    async def attack(tool: str, say: Say | None = None, **arguments: Any) -> ToolResult:
        return await host.run(ToolCall(tool=f"horoscope.{tool}", arguments=arguments), say)

    try:
        yield attack, host
    finally:
        host.close()
        timers.close()


def needs(what: str) -> None:
    if what in sandbox.enforced().missing:
        pytest.skip(f"the kernel of this machine does not enforce limits on: {what}")


def note(table: Table, case: str, result: ToolResult, home: str = "//") -> list[str]:
    """Add the outcomes to the table; returns the attempts that came through."""
    assert result.ok, result.speech
    table += [(case, tried.replace(home, "~"), outcome) for tried, outcome in result.data.items()]
    return [f"{tried}: {outcome}" for tried, outcome in result.data.items() if outcome.startswith("done")]


def test_s1_files_of_others_stay_closed(paths: Paths, tmp_path: Path, table: Table, monkeypatch: Any) -> None:
    """S1: keys, accounts, the database, other skills: neither read, listed, changed nor linked."""
    needs("file")
    monkeypatch.setenv("SECRET_TOKEN", "s3cret")
    key = tmp_path / ".ssh" / "id_rsa"
    key.parent.mkdir()
    key.write_text("private")
    other = paths.state / "skills" / "other" / "1.0.0" / "data.json"
    other.parent.mkdir(parents=True)
    other.write_text("{}")
    memory = paths.state / "skills-data" / "other" / "store.sqlite3"
    memory.parent.mkdir(parents=True)
    memory.write_text("data")
    targets = [
        key,
        key.parent,
        Path("/etc/passwd"),
        Path("/"),
        paths.database,
        other,
        memory,
        paths.state,
        paths.config,
    ]

    async def run() -> ToolResult:
        async with evil(paths) as (attack, _):
            return await attack("read", paths=json.dumps([str(path) for path in targets]))

    assert [] == note(table, "S1", asyncio.run(run()), str(tmp_path))
    assert ("private", "{}", "data") == (key.read_text(), other.read_text(), memory.read_text())


def test_s1_the_daemon_is_out_of_reach(paths: Paths, table: Table) -> None:
    """S1: the daemon can be neither signalled, traced, slowed down nor outlived."""
    needs("file")
    needs("processes")

    async def run() -> ToolResult:
        async with evil(paths) as (attack, _):
            return await attack("meddle", pid=os.getpid())

    assert [] == note(table, "S1", asyncio.run(run()))


def test_s2_nothing_gets_out(paths: Paths, tmp_path: Path, table: Table) -> None:
    """S2: TCP, UDP, DNS, ICMP, Unix and abstract sockets, and the proxy with hosts that were not declared."""
    needs("network")

    async def run(port: int) -> ToolResult:
        async with evil(paths) as (attack, _):
            return await attack("call_home", port=port, unix=str(tmp_path / "s"), abstract="assistant-test")

    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as unix,
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as abstract,
    ):
        unix.bind(str(tmp_path / "s"))
        unix.listen()
        abstract.bind("\0assistant-test")
        abstract.listen()
        result = asyncio.run(run(server.getsockname()[1]))
    assert [] == note(table, "S2", result)


def test_s3_it_cannot_devour_the_machine(paths: Paths, table: Table) -> None:
    """S3: no child processes, no gigabytes of memory or files, no thousand descriptors; the daemon stays quick."""
    needs("memory")
    needs("processes")

    async def run() -> tuple[ToolResult, float]:
        async with evil(paths) as (attack, _):
            worst_s = 0.0

            async def look() -> None:
                nonlocal worst_s
                while True:
                    before = time.monotonic()
                    await asyncio.sleep(0.01)
                    worst_s = max(worst_s, time.monotonic() - before - 0.01)

            await attack("timers")
            looking = asyncio.create_task(look())
            result = await attack("devour")
            looking.cancel()
            return result, worst_s

    result, worst_s = asyncio.run(run())
    through = note(table, "S3", result)
    table.append(("S3", "longest pause of the daemon meanwhile", f"{1000 * worst_s:.0f} ms"))
    assert ["a stdout flood: done [65536]"] == through, "what is written to stdout goes nowhere"
    assert worst_s < 0.5


def test_s3_threads_are_bounded(paths: Paths, table: Table) -> None:
    """S3: threads end at the limit; for root, whom no kernel counts, at the limit of memory and time."""

    async def run() -> ToolResult:
        async with evil(paths) as (attack, _):
            return await attack("threads")

    result = asyncio.run(run())
    outcome = result.data.get("threads", result.speech)
    table.append(("S3", "5000 threads", outcome if os.getuid() else f"{outcome} (run by root)"))
    assert os.getuid() == 0 or not outcome.startswith("done")


@pytest.mark.parametrize("how", ["python", "native", "threads", "flood"])
def test_s3_s7_what_hangs_is_killed_within_two_seconds(how: str, paths: Paths, table: Table) -> None:
    """S3, S7: a loop, native code, spinning threads, a flood of wishes: an error is spoken, the process is gone."""

    async def run() -> tuple[ToolResult, float, ToolResult]:
        async with evil(paths) as (attack, _):
            started = time.monotonic()
            result = await attack("hang", how=how)
            pids = children()
            while any(alive(pid) for pid in pids) and time.monotonic() - started < 10:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            seconds = time.monotonic() - started
            return result, seconds, await attack("timers")

    result, seconds, after = asyncio.run(run())
    table.append(("S7", f"hang: {how}", f"spoken: {result.speech!r}; gone {seconds:.1f} s after the call began"))
    assert (False, True) == (result.ok, after.ok)
    assert seconds < 0.5 + 2.0


def test_s7_three_strikes_switch_it_off(paths: Paths, table: Table) -> None:
    """S7: after the third hang the skill is off, says so, and no process of it is left."""

    async def run() -> list[ToolResult]:
        async with evil(paths) as (attack, _):
            results = [await attack("hang", how="native") for _ in range(3)]
            await asyncio.sleep(0.05)
            assert [] == [pid for pid in children() if alive(pid)]
            return [*results, await attack("timers")]

    *_, third, after = asyncio.run(run())
    table.append(("S7", "third strike", third.speech))
    assert "switched it off" in third.speech
    assert (False, True) == (after.ok, "switched off" in after.speech)


FORGERIES = [
    "another call", "done for another call", "another skill", "another skill's store", "no such wish",
    "a tool in the reply", "a fake hello", "no JSON", "deep JSON", "negative call", "too long", "a payload",
]  # fmt: skip


@pytest.mark.parametrize("how", FORGERIES)
def test_s8_forged_messages_end_the_process(how: str, paths: Paths, table: Table) -> None:
    """S8, T5: who speaks is the descriptor; another call, another skill, unknown fields or sizes are a strike."""

    async def run() -> ToolResult:
        async with evil(paths) as (attack, _):
            return await attack("forge", how=how, call=1)

    result = asyncio.run(run())
    table.append(("S8", how, f"{result.error}: {result.speech}"))
    assert (False, "skill_crashed") == (result.ok, result.error)


def test_s8_the_timers_and_words_of_others_are_not_shown(paths: Paths, table: Table) -> None:
    """S8: it sees and ends only promises of its own, sets none without permission, and hears nobody's words."""
    store = TimerStore(paths.database)
    store.add(600, "pills")

    async def run() -> ToolResult:
        async with evil(paths) as (attack, _):
            return await attack("timers")

    result = asyncio.run(run())
    assert [] == note(table, "S8", result)
    wanted = {"list": "[]", "all": "[]", "cancel": "[]", "last words": "", "set": "SkillError"}
    assert wanted == result.data
    assert ["pills"] == [timer.label for timer in store.list()]
    store.close()


def test_s9_secrets_are_asked_for_in_its_own_name(paths: Paths, table: Table) -> None:
    """S9: whatever it says or asks about secrets carries its name."""
    said: list[str] = []

    async def run() -> list[str]:
        async with evil(paths) as (attack, host):
            for how in ("progress", "say", "ask"):
                said.append((await attack("phish", said.append, how=how)).speech)
            host.cancel_all()
        return said

    asyncio.run(run())
    table += [("S9", "asks for a secret", speech) for speech in said]
    assert 4 == len(said)
    assert [] == [speech for speech in said if not speech.startswith("The horoscope skill ")]


def children() -> list[int]:
    """The processes of skills that we started and that still run, by the kernel's list."""
    listed = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return [int(pid) for pid in listed if b"skillbox.child" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
