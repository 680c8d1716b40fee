"""kill -9 of the gateway while answers are under way, and devices that hang up in the middle; then its ledger against
the upstream's count.

The upstream runs in this process; it notes each request once it begins to charge for it, and each token that it writes.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2

from tests.gateway.person import Device
from tests.gateway.running import Running
from tests.gateway.serving import served
from tests.gateway.upstream_standin import UpstreamStandIn

PATH = "/v1/chat/completions"
WISH = {"model": "assistant-chat", "messages": [{"role": "user", "content": "Tell me."}], "stream": True}
AT_ONCE = 4
KILL_WORDS, KILL_PACE_S = 25, 0.008
CLOSE_WORDS, CLOSE_PACE_S = 100, 0.02
"""Fifty tokens a second, as hosted models write."""
TELLS = "{url}/v1/generation?id={request}"
TOLERANCE = 0.05


@contextlib.contextmanager
def running(upstream: UpstreamStandIn, usage_url: str) -> Iterator[tuple[Running, Device]]:
    """A gateway over this upstream, and a device with a plan, whose client may be shared by threads."""
    with (
        tempfile.TemporaryDirectory() as folder,
        served(upstream.app()) as url,
        httpx2.Client(timeout=30) as client,
    ):
        gateway = Running(Path(folder) / "home", url, usage_url.replace("{url}", url))
        client.base_url = gateway.url
        (device,) = gateway.seed(1, client, requests_per_minute=9999, at_once=99)
        gateway.start()
        try:
            yield gateway, device
        finally:
            gateway.stop()


def kill_often(kills: int, seed: int = 1) -> dict[str, Any]:
    """Kill so often between charge and settle; what the comparison found.

    A kill counts when at least one line was open then for which the upstream had begun to charge.
    """
    draw, upstream = random.Random(seed), UpstreamStandIn()
    upstream.words, upstream.pace_s = KILL_WORDS, KILL_PACE_S
    all_kills = between = left_open = 0
    with running(upstream, TELLS) as (gateway, device):
        while between < kills:
            threads = _answers_under_way(gateway, device, upstream, draw)
            gateway.kill()
            for thread in threads:
                thread.join()
            all_kills += 1
            open_ids = [use_id for use_id, line in gateway.ledger().items() if line[0] == "open"]
            left_open += len(open_ids)
            between += any(use_id in upstream.counts for use_id in open_ids)
            gateway.start()
            gateway.wait_settled()
            if all_kills % 20 == 0:
                print(f"{between} of {kills}: {compare(gateway.ledger(), upstream)}", file=sys.stderr, flush=True)
        ledger = gateway.ledger()
    return {
        "kills": all_kills,
        "between_charge_and_settle": between,
        "left_open": left_open,
        **compare(ledger, upstream),
    }


def compare(ledger: dict[str, tuple[str, int, int]], upstream: UpstreamStandIn) -> dict[str, Any]:
    """Line by line; `wrong`: lines with other tokens than the upstream charged, and requests that one side only has."""
    asked = Counter(headers["x-client-request-id"] for headers in upstream.headers)
    counted = {use_id: line[1:] for use_id, line in ledger.items() if line[0] != "released"}
    charged = {use_id: tuple(counts) for use_id, counts in upstream.counts.items()}
    return {
        "lines": len(ledger),
        "states": dict(Counter(line[0] for line in ledger.values())),
        "upstream_requests": len(charged),
        "ledger_requests": len(counted),
        "upstream_tokens": sum(map(sum, charged.values())),
        "ledger_tokens": sum(map(sum, counted.values())),
        "asked_twice": sum(number > 1 for number in asked.values()),
        "open": sum(line[0] == "open" for line in ledger.values()),
        "wrong": sum(charged.get(use_id) != counted.get(use_id) for use_id in charged.keys() | counted.keys()),
    }


def _answers_under_way(
    gateway: Running, device: Device, upstream: UpstreamStandIn, draw: random.Random
) -> list[threading.Thread]:
    """Begin a few answers, a moment apart, and come back at a random point after the upstream has begun one."""
    charged = len(upstream.counts)
    threads = [threading.Thread(target=_read, args=(device,)) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
        time.sleep(draw.uniform(0, 0.03))
    while len(upstream.counts) == charged:
        time.sleep(0.001)
    time.sleep(draw.uniform(0, KILL_WORDS * KILL_PACE_S))
    return threads


def _read(device: Device) -> None:
    """To the end, or until the gateway is killed."""
    with contextlib.suppress(httpx2.HTTPError), _asked(device) as answer:
        for _ in answer.iter_raw():
            pass


def _asked(device: Device) -> contextlib.AbstractContextManager[httpx2.Response]:
    return device.client.stream("POST", PATH, json=WISH, headers=device.headers("POST", PATH))


def close_often(closes: int, usage_url: str, seed: int = 1) -> dict[str, Any]:
    """Hang up so often after a random number of tokens (barge-in): what the ledger has and what the upstream wrote."""
    draw, upstream = random.Random(seed), UpstreamStandIn()
    upstream.words, upstream.pace_s = CLOSE_WORDS, CLOSE_PACE_S
    with running(upstream, usage_url) as (gateway, device):
        _read(device)  # a whole one, from which the ratio of a prompt is learned
        for done in range(0, closes, AT_ONCE):
            threads = [
                threading.Thread(target=_hang_up, args=(device, draw.randrange(1, CLOSE_WORDS)))
                for _ in range(min(AT_ONCE, closes - done))
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        gateway.wait_settled()
        ledger = gateway.ledger()
    off = [abs(ledger[use_id][2] - counts[1]) for use_id, counts in upstream.counts.items()]
    within = [
        abs(sum(ledger[use_id][1:]) - sum(counts)) <= max(1, TOLERANCE * sum(counts))
        for use_id, counts in upstream.counts.items()
    ]
    found = compare(ledger, upstream)
    return {
        "closes": closes,
        "stopped_early": sum(counts[1] < CLOSE_WORDS for counts in upstream.counts.values()),
        "within_5_percent_or_1_token": sum(within),
        "most_off_tokens": max(off),
        "off_percent": round(100 * abs(found["ledger_tokens"] / found["upstream_tokens"] - 1), 2),
        **found,
    }


def _hang_up(device: Device, after: int) -> None:
    """Close the connection after so many tokens."""
    came = 0
    with _asked(device) as answer:
        for line in answer.iter_lines():
            came += '"content": "word' in line
            if came == after:
                return


def main() -> int:
    """One JSON object for each trial; 1 when the ledger is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="kill -9 between charge and settle")
    parser.add_argument("--closes", type=int, default=200, help="answers that the device hangs up on")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    good = True
    if options.kills:
        found = kill_often(options.kills, options.seed)
        good &= found["open"] == found["wrong"] == found["asked_twice"] == 0
        print(json.dumps({"trial": "kill -9, the upstream tells what a request took", **found}), flush=True)
    if options.closes:
        found = close_often(options.closes, TELLS, options.seed)
        good &= found["open"] == found["wrong"] == found["asked_twice"] == 0
        print(json.dumps({"trial": "hang up, the upstream tells what a request took", **found}), flush=True)
        found = close_often(options.closes, "", options.seed)
        good &= found["open"] == found["asked_twice"] == 0 and found["off_percent"] <= 100 * TOLERANCE
        print(json.dumps({"trial": "hang up, the upstream tells nothing", **found}), flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
