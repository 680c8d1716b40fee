"""A day on the device: with a cloud model chosen, agreed to and in reach, "only on this device" sends not one byte."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.contract, pytest.mark.slow]

COMMANDS = ["what time is it", "set a timer for {n} minutes", "how long is left", "cancel all timers", "flip a coin",
            "put milk on the shopping list", "what is on my shopping list", "what day is it", "what is {n} times 12",
            "remind me to call at {n} o'clock", "how many miles are {n} kilometers", "good morning"]  # fmt: skip
OPEN = ["why is the sky blue", "ask the cloud what love is", "compare nuclear and solar power", "who won the match",
        "ask the big one to plan a weekend in rome", "write a python function that sorts numbers"]  # fmt: skip
N = 240
CHILD = """
import asyncio, json, socket, sys
from pathlib import Path

tried = []
LEAVES = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname")

def watch(event, arguments):
    if event in LEAVES:
        address = arguments[1] if event.startswith(("socket.connect", "socket.send")) else arguments[0]
        # A path is a socket of this machine.
        if not isinstance(address, (str, bytes)) or event.startswith("socket.get"):
            tried.append([event, repr(address)])

sys.addaudithook(watch)
from assistant.worker_host import leave_network
away = leave_network() if sys.argv[3] == "alone" else False

from assistant.assembly import Assembly
from assistant.cloud_setup import is_wanted
from assistant.config import load_config
from assistant.console import typed_turn
from assistant.errors import AssistantError
from assistant.events import EventBus
from assistant.paths import find_paths

async def day(lines):
    paths, routes = find_paths(), {}
    async with Assembly(load_config(paths.config_file), paths, EventBus()).running() as assembly:
        understanding = assembly.understanding()
        await assembly.start_thinking()
        if assembly.cloud is not None and is_wanted(assembly.cloud):
            await assembly.cloud.model.provider.warm()  # else a busy machine may not have it in time for a first word
        for number, line in enumerate(lines):
            turn = await typed_turn(understanding, line, f"d{number}")
            if number == int(sys.argv[2]):
                await typed_turn(understanding, "only on this device", "choice")
            route = turn.decision.route if turn.decision else "none"
            routes[route] = routes.get(route, 0) + 1
    return routes

def sent():
    rows = [line.split(":") for line in Path("/proc/self/net/dev").read_text().splitlines()[2:]]
    return sum(int(row[1].split()[8]) for row in rows)

before = sent()
routes = asyncio.run(day(json.loads(sys.argv[1])))
sdk = [name for name in ("openai", "anthropic", "httpx2") if name in sys.modules]
print(json.dumps({"away": away, "tried": tried, "bytes": sent() - before, "routes": routes, "sdk": sdk}))
"""


def lines() -> list[str]:
    """A day: mostly commands, every tenth an open question that the cloud would like to have."""
    return [
        OPEN[number // 10 % len(OPEN)]
        if number % 10 == 9
        else COMMANDS[number % len(COMMANDS)].format(n=number % 11 + 2)
        for number in range(N)
    ]


def live(home: Path, words: list[str], *, choose_at: int, network: str) -> dict[str, Any]:
    command = [sys.executable, "-c", CHILD, json.dumps(words), str(choose_at), network]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert 0 == done.returncode, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def choose(home: Path, port: int, mode: str) -> None:
    """A provider on this machine, agreed to; the small language model."""
    config = home / "config"
    config.mkdir(parents=True, exist_ok=True)
    (config / "providers.toml").write_text(
        f'[near]\nname = "Near"\nkind = "openai"\nbase_url = "http://127.0.0.1:{port}/v1"\nmodel = "big-1"\n'
        'read_usd = 0.4\nwrite_usd = 1.6\ncontext = 9000\nregion = "this test"\npolicy = "It keeps every byte."\n'
        'abilities = ["web"]\nas_of = "2026-11"\n'
    )
    (config / "config.toml").write_text(
        f'[cloud]\nprovider = "near"\n{mode}\n[models]\ntalker = "smollm2-135m-instruct-q4_1"\ncaller = false\n'
        "[reply]\nmax_tokens = 16\n"
    )
    agreed = [sys.executable, "-m", "assistant", "cloud", "consent", "--yes"]
    subprocess.run(agreed, check=True, capture_output=True, timeout=120)


def test_a_day_on_the_device_sends_nothing(home: Path) -> None:
    """No connection is tried and no name looked up in 240 turns, and the kernel counts 0 bytes on every interface."""
    choose(home, 9, 'mode = "device"')
    found = live(home, lines(), choose_at=-1, network="alone")
    assert ([], 0, []) == (found["tried"], found["bytes"], found["sdk"])
    assert N == sum(found["routes"].values())
    assert 0 == found["routes"].get("cloud", 0)
    assert found["routes"].get("talker", 0) >= 20
    print(f"{N} turns ({found['routes']}), alone: {found['away']}, 0 bytes, 0 attempts")


def test_by_voice_too_and_the_watch_is_awake(home: Path) -> None:
    """What would leave does leave before "only on this device" is said, and this watch sees it; after it nothing."""

    async def run() -> tuple[list[bytes], dict[str, Any]]:
        heads: list[bytes] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 503 Away\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        await asyncio.to_thread(choose, home, port, "")
        words = ["ask the cloud what love is", *["ask the cloud what love is", "compare stone and glass"] * 5]
        found = await asyncio.to_thread(live, home, words, choose_at=0, network="shared")
        server.close()
        return heads, found

    heads, found = asyncio.run(run())
    assert 1 <= len(heads) <= 2  # the question, and its second try
    assert len(heads) == sum(event == "socket.connect" for event, _ in found["tried"])
    assert ["openai"] == [name for name in found["sdk"] if name == "openai"]
