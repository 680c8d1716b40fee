"""kill -9 of the gateway while answers are under way, again and again; then its ledger against the upstream's count."""

from __future__ import annotations

import json
import random
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import httpx2

from tests.gateway.person import Device
from tests.gateway.running import Running
from tests.gateway.serving import served
from tests.gateway.upstream_standin import UpstreamStandIn

AT_ONCE = 4
WORDS, PACE_S = 25, 0.008
SETTLED_WITHIN_S = 30.0
WISH = {"model": "assistant-chat", "messages": [{"role": "user", "content": "Tell me."}], "stream": True}


def kill_often(kills: int, seed: int = 1) -> dict[str, Any]:
    """Kill so often between what the upstream charged and what the ledger settled; the figures of the comparison.

    A kill counts when at least one line was open then whose tokens the upstream had begun to charge.
    """
    draw, upstream = random.Random(seed), UpstreamStandIn()
    upstream.words, upstream.pace_s = WORDS, PACE_S
    all_kills = between = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        served(upstream.app()) as url,
        httpx2.Client() as client,
    ):
        gateway = Running(Path(folder) / "home", url, f"{url}/v1/generation?id={{request}}")
        gateway.command(
            "plans", "set", "plus", "--name", "Plus", "--feature", "chat", "--per-minute", "9999", "--at-once", "99"
        )
        gateway.start()
        client.base_url = gateway.url
        device = gateway.activate(client, "ada@example.org")
        try:
            while between < kills:
                _answers_under_way(gateway, device, draw)
                gateway.kill()
                all_kills += 1
                left_open = [use_id for use_id, line in gateway.ledger().items() if line[0] == "open"]
                between += any(upstream.counts.get(use_id, [0, 0])[1] > 0 for use_id in left_open)
                gateway.start()
                _settled(gateway)
        finally:
            gateway.stop()
        ledger = gateway.ledger()
    billed = {use_id: tuple(counts) for use_id, counts in upstream.counts.items() if counts[1] > 0}
    counted = {use_id: line[1:] for use_id, line in ledger.items() if line[0] != "released"}
    wrong = {use_id for use_id in billed.keys() | counted.keys() if billed.get(use_id) != counted.get(use_id)}
    return {
        "kills": all_kills,
        "between_charge_and_settle": between,
        "lines": len(ledger),
        "released": sum(line[0] == "released" for line in ledger.values()),
        "open": sum(line[0] == "open" for line in ledger.values()),
        "upstream_tokens": sum(sum(counts) for counts in billed.values()),
        "ledger_tokens": sum(sum(counts) for counts in counted.values()),
        "wrong_lines": len(wrong),
    }


def _answers_under_way(gateway: Running, device: Device, draw: random.Random) -> None:
    """Begin a few answers, a moment apart, and come back at a random point of them."""
    threads = []
    for _ in range(AT_ONCE):
        headers = device.headers("POST", "/v1/chat/completions")
        threads.append(threading.Thread(target=_read, args=(gateway.url, headers), daemon=True))
        threads[-1].start()
        time.sleep(draw.uniform(0, 0.03))
    time.sleep(draw.uniform(0.05, 0.05 + WORDS * PACE_S))


def _read(url: str, headers: dict[str, str]) -> None:
    try:
        with httpx2.stream("POST", f"{url}/v1/chat/completions", json=WISH, headers=headers, timeout=30) as answer:
            for _ in answer.iter_raw():
                pass
    except httpx2.HTTPError:
        pass  # the gateway was killed


def _settled(gateway: Running) -> None:
    ends_at = time.monotonic() + SETTLED_WITHIN_S
    while any(line[0] == "open" for line in gateway.ledger().values()):
        assert time.monotonic() < ends_at, "lines stay open"
        time.sleep(0.02)


if __name__ == "__main__":
    print(json.dumps(kill_often(int(sys.argv[1]) if len(sys.argv) > 1 else 200)))
