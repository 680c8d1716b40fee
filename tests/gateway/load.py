"""Load: so many streamed chats at once, through the gateway and without it, and one account flooding beside another.

Each event of the upstream carries the time at which it was sent, so what it took to come is measured event by event.
The gateway, the upstream, the client and the flood are a process each; all of them share this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import psutil
import uvloop
from joserfc.jwk import OKPKey

from tests.gateway.load_client import PATH, Chat, Headers, stream_on, summary, together
from tests.gateway.person import Device
from tests.gateway.running import Running, free_port

R = TypeVar("R")
AT_ONCE, PER_MINUTE = 8, 600
"""Of one account."""
BESIDE = 6
"""Chats at once of the account beside which another one floods."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How the upstream answers: seconds before the first event, between events, and how many on average."""

    first_s: float
    pace_s: float
    words: int

    @property
    def path(self) -> str:
        return f"/{self.first_s}-{self.pace_s}-{self.words}"

    @property
    def chat_s(self) -> float:
        return self.first_s + self.pace_s * self.words


class Trial:
    """A gateway over a steady upstream, with accounts of a device each."""

    def __init__(self, gateway: Running, upstream: psutil.Popen, upstream_port: int, devices: list[Device]) -> None:
        self.gateway = gateway
        self.upstream = upstream
        self.upstream_port = upstream_port
        self.devices = devices

    def headers(self, number: int) -> Headers:
        device = self.devices[number % len(self.devices)]
        return lambda: device.headers("POST", PATH)

    def served(self) -> dict[str, int]:
        """What the upstream counted of the gateway's requests."""
        found: dict[str, int] = httpx2.get(f"http://127.0.0.1:{self.upstream_port}/counts").json()
        return found

    def counted(self) -> dict[str, int]:
        """What the ledger has."""
        self.gateway.wait_settled()
        lines = [line for line in self.gateway.ledger().values() if line[0] != "released"]
        return {"requests": len(lines), "tokens": sum(read + written for _, read, written in lines)}

    def rss_mb(self) -> float:
        assert self.gateway.process is not None
        return round(self.gateway.process.memory_info().rss / 1e6, 1)

    def cpu_s(self) -> dict[str, float]:
        """What each process has spent so far."""
        assert self.gateway.process is not None
        processes = {"gateway": self.gateway.process, "upstream": self.upstream, "client": psutil.Process()}
        return {name: sum(process.cpu_times()[:2]) for name, process in processes.items()}


@contextlib.contextmanager
def trial(accounts: int, pace: Pace) -> Iterator[Trial]:
    with tempfile.TemporaryDirectory() as folder, httpx2.Client() as client:
        port = free_port()
        server = psutil.Popen(
            [
                *(sys.executable, "-m", "uvicorn", "tests.gateway.steady_upstream:upstream", "--port", str(port)),
                *("--log-level", "error", "--no-access-log", "--backlog", "2048", "--lifespan", "off"),
            ]
        )
        gateway = Running(Path(folder) / "home", f"http://127.0.0.1:{port}{pace.path}")
        try:
            client.base_url = gateway.url
            devices = gateway.seed(accounts, client, requests_per_minute=PER_MINUTE, at_once=AT_ONCE)
            gateway.start()
            yield Trial(gateway, server, port, devices)
        finally:
            gateway.stop()
            server.terminate()
            server.wait(timeout=10)


def many_at_once(chats: int, pace: Pace, for_s: float, rounds: int) -> dict[str, Any]:
    """So many chats at once, in turn without the gateway and through it."""
    direct: list[Chat] = []
    through: list[Chat] = []
    with trial(-(-chats // AT_ONCE) * 2, pace) as made:
        idle_mb, most_mb, busy_s = made.rss_mb(), [0.0], 0.0
        spent = dict.fromkeys(made.cpu_s(), 0.0)
        for _ in range(rounds):
            path = f"{pace.path}{PATH}"
            direct += _run(together(made.upstream_port, path, [dict] * chats, pace.chat_s, for_s))
            before, began_s = made.cpu_s(), time.monotonic()
            headers = [made.headers(number) for number in range(chats)]
            watched = _watched(
                together(made.gateway.port, PATH, headers, pace.chat_s, for_s), lambda: most_mb.append(made.rss_mb())
            )
            through += _run(watched)
            busy_s += time.monotonic() - began_s
            spent = {name: spent[name] + seconds - before[name] for name, seconds in made.cpu_s().items()}
        served, counted = made.served(), made.counted()
    without, with_it = summary(direct), summary(through)
    return {
        "at_once": served["most_at_once"],
        "events_a_second": round(chats * pace.words / pace.chat_s),
        "direct": without,
        "gateway": with_it,
        "added_ms": {
            name: {cut: round(with_it[name][cut] - without[name][cut], 2) for cut in ("p50", "p95")}
            for name in ("first_ms", "event_ms")
        },
        "gateway_rss_mb": {"idle": idle_mb, "most": max(most_mb)},
        "gateway_cpu_ms_of_an_answer": round(1000 * spent["gateway"] / counted["requests"], 1),
        "cpu_percent_of_a_core": {name: round(100 * seconds / busy_s) for name, seconds in spent.items()},
        "upstream": {name: served[name] for name in ("requests", "tokens")},
        "ledger": counted,
    }


async def _watched(body: Coroutine[Any, Any, R], look: Callable[[], object]) -> R:
    """Look twice a second while the body runs."""

    async def looking() -> None:
        while True:
            look()
            await asyncio.sleep(0.5)

    watcher = asyncio.create_task(looking())
    try:
        return await body
    finally:
        watcher.cancel()


def flooded(pace: Pace, for_s: float, rounds: int, connections: int) -> dict[str, Any]:
    """An account with a few chats at once, in turn alone and beside one that asks as fast as it can."""
    alone: list[Chat] = []
    beside: list[Chat] = []
    with trial(2, pace) as made:
        headers = [made.headers(0)] * BESIDE
        statuses: dict[int, int] = {}
        for _ in range(rounds):
            alone += _run(together(made.gateway.port, PATH, headers, pace.chat_s, for_s))
            with _flood(made, connections, pace.chat_s + for_s + 1.0) as found:
                beside += _run(together(made.gateway.port, PATH, headers, pace.chat_s, for_s))
            for status, number in found.items():
                statuses[status] = statuses.get(status, 0) + number
    quiet, loud = summary(alone), summary(beside)
    return {
        "alone": quiet,
        "beside_a_flood": loud,
        "flood": {"connections": connections, "statuses": statuses},
        "slower_percent_p95": {
            name: round(100 * (loud[name]["p95"] / quiet[name]["p95"] - 1), 1) for name in ("first_ms", "event_ms")
        },
    }


@contextlib.contextmanager
def _flood(made: Trial, connections: int, for_s: float) -> Iterator[dict[int, int]]:
    """A process of its own floods while the body runs; what it was answered, afterwards."""
    found: dict[int, int] = {}
    device = made.devices[1]
    who = (made.gateway.url, device.token, device.key.as_dict(private=True))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.apply(os.getpid)  # it is there
        running = pool.apply_async(_flooding, (*who, made.gateway.port, connections, for_s))
        yield found
        found.update(running.get())


def _flooding(url: str, token: str, key: dict[str, str], port: int, connections: int, for_s: float) -> dict[int, int]:
    """How many requests got which status."""

    async def all_of() -> list[list[tuple[float, Chat]]]:
        now_s = time.monotonic()
        asking = [stream_on(port, PATH, headers, now_s, now_s + for_s) for _ in range(connections)]
        return await asyncio.gather(*asking)

    statuses: dict[int, int] = {}
    with httpx2.Client(base_url=url) as client:
        device = Device(client, time.time, OKPKey.import_key(key))
        device.token = token

        def headers() -> dict[str, str]:
            return device.headers("POST", PATH)

        for slot in _run(all_of()):
            for _, chat in slot:
                statuses[chat.status] = statuses.get(chat.status, 0) + 1
    return statuses


def _run(body: Coroutine[Any, Any, R]) -> R:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(body)


def main() -> int:
    """One JSON object for each trial; 1 when an answer did not come whole or the ledger is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chats", type=int, default=200, help="at once")
    parser.add_argument("--first-s", type=float, default=0.0, help="before the upstream's first event")
    parser.add_argument("--pace-s", type=float, default=0.05, help="between its events")
    parser.add_argument("--words", type=int, default=100, help="events of an answer, on average")
    parser.add_argument("--seconds", type=float, default=15.0, help="of each round, without the ramp")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--flood", type=int, default=100, help="connections of the account that floods")
    options = parser.parse_args()
    pace = Pace(first_s=options.first_s, pace_s=options.pace_s, words=options.words)
    good, load = True, [round(each, 1) for each in os.getloadavg()]
    print(json.dumps({"cores": os.cpu_count(), "load_average_before": load, "options": vars(options)}), flush=True)
    if options.chats:
        found = many_at_once(options.chats, pace, options.seconds, options.rounds)
        good &= found["gateway"]["errors"] == 0 and found["ledger"] == found["upstream"]
        print(json.dumps({"trial": "many at once", **found}), flush=True)
    if options.flood:
        found = flooded(pace, options.seconds, options.rounds, options.flood)
        good &= found["beside_a_flood"]["errors"] == 0
        print(json.dumps({"trial": "one floods beside another", **found}), flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
