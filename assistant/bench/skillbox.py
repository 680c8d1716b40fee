"""What a process of its own costs a skill: a call more than in the daemon, a start, memory."""

from __future__ import annotations

import argparse
import asyncio
import inspect
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from assistant.paths import Paths, find_paths
from assistant.skill import Reply, Skill, tool
from assistant.skillbox import sandbox
from assistant.skillbox.link import REST_AFTER_S
from assistant.skillbox.loading import Added, load_added
from assistant.skillbox.package import read_package
from assistant.skillhost.manifest import read_manifest
from assistant.skillhost.strikes import Switches
from assistant.skills_host import LentContext, SkillHost, in_process
from assistant.store.timers import TimerStore
from assistant.types import JsonDict, ToolCall

MANIFEST = """id = "measured"
version = "1.0.0"
api = 1
languages = ["en"]
summary = "Echoes a text, to be measured."
examples = ["echo hello"]
"""
TEXTS = {"echo": "{text}."}
CALL = ToolCall(tool="measured.echo", arguments={"text": "hello"})


class Measured(Skill):
    @tool(fast=["echo {name:text}"])
    async def echo(self, text: str) -> Reply:
        """Say a text back."""
        return self.reply("echo", text=text)


SOURCE = f"from assistant.skill import Reply, Skill, tool\n\n\n{inspect.getsource(Measured)}"


def measure(calls: int, starts: int) -> JsonDict:
    """Times in ms, memory in MB; `overhead` is a call in the process less the median of one in the daemon."""
    with tempfile.TemporaryDirectory(prefix="assistant-bench-") as folder:
        place = Path(folder)
        paths = find_paths({"ASSISTANT_HOME": str(place / "home"), "HOME": folder})
        paths.create()
        package = place / "source" / "measured"
        (package / "locale").mkdir(parents=True)
        (package / "skill.toml").write_text(MANIFEST, encoding="utf-8")
        (package / "__init__.py").write_text(SOURCE, encoding="utf-8")
        (package / "locale" / "en.toml").write_text('echo = "{text}."\n', encoding="utf-8")
        shelf = Added.at(paths).shelf
        shelf.install(shelf.plan(read_package(str(package.parent)), []))
        return asyncio.run(_measure(paths, package, calls, starts))


async def _measure(paths: Paths, package: Path, calls: int, starts: int) -> JsonDict:
    timers = TimerStore(paths.database)
    lent = LentContext(timers=timers, state=paths.state)
    own = in_process(Measured, lent, read_manifest(package), TEXTS)
    inside = SkillHost.load(lent, sources={}, others=[own])
    begun = time.perf_counter()
    skills, problems = load_added(Added.at(paths), lent, Switches())
    described_ms = 1000.0 * (time.perf_counter() - begun)
    assert not problems, problems
    begun = time.perf_counter()
    skills, _ = load_added(Added.at(paths), lent, Switches())
    loaded_ms = 1000.0 * (time.perf_counter() - begun)
    outside = SkillHost.load(lent, sources={}, others=skills)
    try:
        started = []
        for _ in range(starts):
            skills[0].close()
            started.append(await _time(outside))
        base = statistics.median([await _time(inside) for _ in range(calls)])
        each = [await _time(outside) for _ in range(calls)]
        rested = []
        for _ in range(min(calls, 20)):
            await asyncio.sleep(REST_AFTER_S + 0.1)
            rested.append(await _time(outside))
        memory = _memory()
    finally:
        outside.close()
        timers.close()
    return {
        "suite": "skillbox", "n": calls, "score": _share(each, base, 15.0),
        "call_in_daemon_p50_ms": round(base, 2), **_spread("overhead", [ms - base for ms in each]),
        **_spread("overhead_after_rest", [ms - base for ms in rested]), **_spread("start_and_call", started),
        "starts": starts, "first_load_ms": round(described_ms, 1), "load_ms": round(loaded_ms, 1), **memory,
        "enforced": {name: getattr(sandbox.enforced(), name) for name in ("file", "network", "memory", "processes")},
    }  # fmt: skip


async def _time(host: SkillHost) -> float:
    begun = time.perf_counter()
    result = await host.run(CALL)
    assert result.ok, result.speech
    return 1000.0 * (time.perf_counter() - begun)


def _spread(name: str, values: Sequence[float]) -> JsonDict:
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return {f"{name}_p50_ms": round(statistics.median(ordered), 2), f"{name}_p95_ms": round(p95, 2)}


def _share(values: Sequence[float], base: float, most_ms: float) -> float:
    return sum(value - base <= most_ms for value in values) / len(values)


def _memory() -> JsonDict:
    """Of the skill's process: resident, and its own part (shared pages by their share), as the kernel counts."""
    children = Path("/proc/thread-self/children").read_text(encoding="ascii").split()
    found: JsonDict = {}
    for line in Path(f"/proc/{children[-1]}/smaps_rollup").read_text(encoding="ascii").splitlines():
        for label, name in (("Rss:", "resident_mb"), ("Pss:", "proportional_mb")):
            if line.startswith(label):
                found[name] = round(int(line.split()[1]) / 1024, 1)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=400)
    parser.add_argument("--starts", type=int, default=20)
    given = parser.parse_args()
    sys.stdout.write(json.dumps(measure(given.calls, given.starts), indent=1) + "\n")


if __name__ == "__main__":
    main()
