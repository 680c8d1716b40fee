"""What a chosen cloud model costs the device, side by side: start, first answers, and the turn after its network went.

start    none, agreed: the same start without a provider, and with one that was agreed to; in turn, each a process of
         its own; which libraries of a cloud were loaded by the first answer
pulled   the same question answered here with the cloud out of use, and as the next turn after an answer of the cloud
         that broke off; in turn, in one process
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from assistant.assembly import Assembly
from assistant.bench.measure import percentile
from assistant.config import Config, load_config
from assistant.console import typed_turn
from assistant.events import EventBus
from assistant.paths import Paths, find_paths
from assistant.store.ledger import Ledger
from assistant.think.providers import read_providers
from assistant.think.understanding import Understanding
from assistant.types import JsonDict, Turn

ARMS = ("none", "agreed")
LIBRARIES = ("openai", "anthropic", "httpx2", "botocore")
"""What speaks to clouds, or comes along with what does."""
COMMAND = "what time is it"
QUESTION = "why do people sing"
HARD = "compare nuclear and solar power"
PIECES = ("Both make power without smoke. ", "One needs the sun and ")
PAUSE_S = 3.0
"""A person hears the answer before the next question; meanwhile the local model reads what was said."""
PROVIDER = """
[standin]
name = "the stand-in"
kind = "openai"
base_url = "http://127.0.0.1:{port}/v1"
model = "standin"
read_usd = 0
write_usd = 0
context = 8000
region = "this machine"
policy = "It answers a few words and goes away."
as_of = "2026-11"
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10, help="of each side, after one that is not counted")
    parser.add_argument("--talker", default="", help="a model of the catalog; empty: that of the tier")
    parser.add_argument("--no-caller", action="store_true", help="without the tool caller, which takes longest to load")
    parser.add_argument("--only", choices=("start", "pulled"), help="one of the two")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child is not None:
        asyncio.run(_start())
        return
    models = [f'talker = "{given.talker}"'] * bool(given.talker) + ["caller = false"] * given.no_caller
    found: JsonDict = {
        "suite": "cloud", "n": given.runs, "talker": given.talker or "of the tier", "caller": not given.no_caller,
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="assistant-bench-") as folder:
        homes = {arm: _home(Path(folder) / arm, arm, models, port=9) for arm in ARMS}
        if given.only != "pulled":
            found |= {"start": starts(homes, given.runs)}
        if given.only != "start":
            found |= {"pulled": asyncio.run(pulled(Path(folder) / "pulled", models, given.runs))}
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


def starts(homes: Mapping[str, Path], runs: int) -> JsonDict:
    """Times of each side in ms from the start of the process, and the libraries that were loaded in any of the runs."""
    told: dict[str, list[JsonDict]] = {arm: [] for arm in homes}
    for number in range(runs + 1):
        for arm in list(homes)[:: 1 if number % 2 else -1]:
            env = {**os.environ, "ASSISTANT_HOME": str(homes[arm]), "ASSISTANT_MODELS": str(find_paths().models)}
            begun = time.time()
            command = [sys.executable, "-m", "assistant.bench.cloud", "--child", str(homes[arm])]
            done = subprocess.run(command, env=env, check=False, stdout=subprocess.PIPE, text=True)
            if done.returncode:
                raise SystemExit(f"A start of the side '{arm}' failed.")
            each = json.loads(done.stdout.splitlines()[-1])
            each["times"] = {name: 1000.0 * (at_s - begun) for name, at_s in each["times"].items()}
            if number:
                told[arm].append(each)
    return {
        arm: {
            **{name: _spread([each["times"][name] for each in told[arm]]) for name in told[arm][0]["times"]},
            "work_of_the_main_process": _spread([each["cpu_ms"] for each in told[arm]]),
            "answer": _spread([each["times"]["answered"] - each["times"]["thinks"] for each in told[arm]]),
            "loaded_at_the_first_answer": sorted({one for each in told[arm] for one in each["at_first"]}),
            "loaded_at_the_end": sorted({one for each in told[arm] for one in each["at_end"]}),
        }
        for arm in told
    }


async def _start() -> None:
    """One start as the daemon starts, with a command as soon as one is understood and a question of the talker."""
    paths = find_paths()
    config, times = load_config(paths.config_file), dict[str, float]()
    async with Assembly(config, paths, EventBus()).running() as assembly:
        understanding = assembly.understanding()
        times["understands"] = time.time()
        await typed_turn(understanding, COMMAND, "t1")
        times["first_answer"], at_first = time.time(), _loaded()
        await assembly.start_thinking()
        times["thinks"] = time.time()
        turn = await typed_turn(understanding, QUESTION, "t2")
        times["answered"] = time.time()
        cpu_ms = 1000.0 * time.process_time()
        if turn.decision is None or turn.decision.route != "talker":
            raise SystemExit(f"The question was not answered here: {turn.decision}")
        told = {"times": times, "at_first": at_first, "at_end": _loaded(), "cpu_ms": cpu_ms}
    sys.stdout.write(json.dumps(told) + "\n")


async def pulled(home: Path, models: Sequence[str], runs: int) -> JsonDict:
    """First words and end of a local answer in ms, before and after the network went in the middle of another one."""
    times: dict[str, dict[str, list[float]]] = {side: {"first_words": [], "whole": []} for side in ("before", "after")}
    server = await asyncio.start_server(_break_off, "127.0.0.1", 0)
    _home(home, "agreed", models, port=server.sockets[0].getsockname()[1])
    paths, config = _paths(home), load_config(home / "config" / "config.toml")
    async with server, _ready(config, paths) as (assembly, understanding):
        side = assembly.cloud
        assert side is not None
        for number in range(runs + 1):
            for half in ("before", "after") if number % 2 else ("after", "before"):
                understanding.renew()
                side.model.breaker.succeeded()
                side.ledger.choose("mode", "device" if half == "before" else "prefer_device")
                first = await typed_turn(understanding, HARD, "t1")
                await asyncio.sleep(PAUSE_S)
                turn = await typed_turn(understanding, HARD, "t2")
                _check(first, turn, half)
                if number:
                    times[half]["first_words"].append(turn.timings_ms["first_text"])
                    times[half]["whole"].append(turn.timings_ms["done"])
    return {half: {name: _spread(values) for name, values in kinds.items()} for half, kinds in times.items()}


def _check(first: Turn, turn: Turn, half: str) -> None:
    """Raises: SystemExit: a turn went another way than it was to be measured."""
    routes = [(each.decision.route, each.decision.reason) for each in (first, turn) if each.decision is not None]
    local = ("talker", "only_device" if half == "before" else "cloud_down")
    if routes != [local if half == "before" else ("cloud", "hard"), local] or (half == "after") != (
        "The connection broke off there" in first.reply
    ):
        raise SystemExit(f"{half}: {routes} {first.reply[:80]}")


async def _break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A few words of an answer, and then the line is dead."""
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = head.partition(b"content-length:")[2].split(b"\r\n")[0]
        await reader.readexactly(int(length or b"0"))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        for piece in PIECES:
            choices = [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]
            chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}
            data = f"data: {json.dumps(chunk)}\n\n".encode()
            writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            await writer.drain()
    writer.transport.abort()


@contextlib.asynccontextmanager
async def _ready(config: Config, paths: Paths) -> AsyncIterator[tuple[Assembly, Understanding]]:
    async with Assembly(config, paths, EventBus()).running() as assembly:
        understanding = assembly.understanding()
        await assembly.start_thinking()
        yield assembly, understanding


def _home(home: Path, arm: str, models: Sequence[str], port: int) -> Path:
    """A home of its own with this side's configuration."""
    paths = _paths(home)
    paths.create()
    lines = ["[models]", *models, *['[cloud]\nprovider = "standin"'] * (arm != "none")]
    paths.config_file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    catalogue = PROVIDER.format(port=port)
    (paths.config / "providers.toml").write_text(catalogue, encoding="utf-8")
    if arm == "agreed":
        ledger = Ledger(paths.cloud)
        ledger.agree("standin", read_providers(catalogue, "standin")["standin"].terms, time.time())
        ledger.close()
    return home


def _paths(home: Path) -> Paths:
    return dataclasses.replace(find_paths({"ASSISTANT_HOME": str(home), "HOME": str(home)}), models=find_paths().models)


def _loaded() -> list[str]:
    return [name for name in LIBRARIES if name in sys.modules]


def _spread(values: Sequence[float]) -> JsonDict:
    return {"n": len(values), "p50_ms": round(percentile(values, 0.5), 1), "p95_ms": round(percentile(values, 0.95), 1)}


if __name__ == "__main__":
    main()
