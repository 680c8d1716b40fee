"""Load: so many streamed chats at once, through the gateway and without it, and one account flooding beside another.

Each word of the upstream carries the time at which it was sent, so what a word took to come is measured word by word.
All processes share this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import psutil

from tests.gateway.person import Device
from tests.gateway.running import Running

ACCOUNTS = 50
WISH = {"model": "assistant-chat", "messages": [{"role": "user", "content": "Tell me."}], "stream": True}


async def upstream(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """An ASGI application: a word each `pace` seconds, `words` of them, each with the time of its sending."""
    words, pace_s = (float(part) for part in scope["path"].split("/")[1].split("-"))
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    for number in range(int(words)):
        if number:
            await asyncio.sleep(pace_s)
        text = json.dumps({"id": "c", "choices": [{"index": 0, "delta": {"content": f"{time.perf_counter():.6f} "}}]})
        await send({"type": "http.response.body", "body": f"data: {text}\n\n".encode(), "more_body": True})
    last = {"id": "c", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    usage = {"id": "c", "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": int(words)}}
    end = f"data: {json.dumps(last)}\n\ndata: {json.dumps(usage)}\n\ndata: [DONE]\n\n"
    await send({"type": "http.response.body", "body": end.encode()})


async def stream(port: int, path: str, headers: dict[str, str]) -> tuple[int, float, list[float]]:
    """One chat over a connection of its own: status, seconds to the first word, and what each word took to come."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = json.dumps(WISH).encode()
    lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Content-Type: application/json", "Connection: close"]
    lines += [f"Content-Length: {len(body)}", *(f"{name}: {value}" for name, value in headers.items())]
    began_s, first_s, took_s = time.perf_counter(), 0.0, []
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    status = int((await reader.readline()).split()[1])
    async for line in _lines(reader):
        if b'"content": "' in line:
            now_s = time.perf_counter()
            first_s = first_s or now_s - began_s
            took_s.append(now_s - float(line.split(b'"content": "', 1)[1].split(b" ", 1)[0]))
    writer.close()
    return status, first_s, took_s


async def _lines(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while line := await reader.readline():
        yield line


def p95(values: list[float]) -> float:
    """In milliseconds."""
    return round(statistics.quantiles(values, n=20)[18] * 1000, 1) if len(values) > 1 else 0.0


async def together(chats: int, port: int, path: str, devices: list[Device] | None, ramp_s: float) -> dict[str, Any]:
    """So many chats, begun evenly over `ramp_s`, all under way together."""

    async def one(number: int) -> tuple[int, float, list[float]]:
        await asyncio.sleep(ramp_s * number / chats)
        headers = devices[number % len(devices)].headers("POST", path) if devices else {}
        return await stream(port, path, headers)

    done = await asyncio.gather(*(one(number) for number in range(chats)))
    took = [second for _, _, words in done for second in words]
    return {
        "chats": chats,
        "ok": sum(status == 200 for status, _, _ in done),
        "words": len(took),
        "first_word_p50_ms": round(statistics.median(first for _, first, _ in done) * 1000, 1),
        "first_word_p95_ms": p95([first for _, first, _ in done]),
        "word_p50_ms": round(statistics.median(took) * 1000, 2),
        "word_p95_ms": p95(took),
    }


async def beside(port: int, quiet: Device, loud: Device | None, chats: int, connections: int) -> dict[str, Any]:
    """One account asks chat after chat; another one, if there is, as fast as so many connections can."""
    path, over, refused = "/v1/chat/completions", asyncio.Event(), [0, 0]

    async def flood(device: Device) -> None:
        while not over.is_set():
            status, _, _ = await stream(port, path, device.headers("POST", path))
            refused[status == 429] += 1

    floods = [asyncio.create_task(flood(loud)) for _ in range(connections)] if loud else []
    await asyncio.sleep(1.0 if loud else 0.0)
    firsts = []
    for _ in range(chats):
        status, first_s, _ = await stream(port, path, quiet.headers("POST", path))
        assert status == 200, status
        firsts.append(first_s)
        await asyncio.sleep(0.02)
    over.set()
    await asyncio.gather(*floods)
    return {
        "chats": chats,
        "first_word_p50_ms": round(statistics.median(firsts) * 1000, 1),
        "first_word_p95_ms": p95(firsts),
        "flood_answered": refused[0],
        "flood_refused": refused[1],
    }


def seed(gateway: Running, number: int) -> list[Device]:
    """So many accounts with the plan, a device each; written into the database, since passwords are slow by design."""
    made = []
    now = int(time.time())
    with sqlite3.connect(gateway.database, timeout=20) as connection:
        for index in range(number):
            device = Device(httpx2.Client(base_url=gateway.url), time.time)
            device.token, device.device_id = f"load-token-{index}", f"dev_load{index}"
            token_hash = hashlib.sha256(device.token.encode()).hexdigest()
            account = f"acc_load{index}"
            connection.execute(
                "INSERT INTO accounts (id, email, password, created_at) VALUES (?, ?, 'x', ?)",
                (account, f"load{index}@example.org", now),
            )
            connection.execute(
                "INSERT INTO devices (id, account_id, name, jkt, token_hash, created_at, seen_at, entitlement,"
                " entitlement_of, entitlement_at) VALUES (?, ?, 'x', ?, ?, ?, ?, '', '', 0)",
                (device.device_id, account, device.jkt, token_hash, now, now),
            )
            connection.execute(
                "INSERT INTO subscriptions (account_id, plan_id, source, features, paid_until, renews, updated_at)"
                " VALUES (?, 'plus', 'manual', '[]', ?, 1, ?)",
                (account, now + 86_400, now),
            )
            made.append(device)
    return made


def measure(chats: int, words: int, pace_s: float, flood_chats: int, connections: int) -> dict[str, Any]:
    """All of it; figures in milliseconds and megabytes."""
    with tempfile.TemporaryDirectory() as folder:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        arguments = ["--port", str(port), "--log-level", "error", "--backlog", "2048"]
        server = subprocess.Popen([sys.executable, "-m", "uvicorn", "tests.gateway.load:upstream", *arguments])
        url = f"http://127.0.0.1:{port}/{words}-{pace_s}"
        gateway = Running(Path(folder) / "home", url, "")
        try:
            gateway.command(
                "plans", "set", "plus", "--name", "Plus", "--feature", "chat", "--per-minute", "600", "--at-once", "8"
            )
            gateway.start()
            assert gateway.process is not None
            devices, process = seed(gateway, ACCOUNTS), psutil.Process(gateway.process.pid)
            idle_mb = process.memory_info().rss / 1e6
            direct_path = f"/{words}-{pace_s}/v1/chat/completions"
            ramp_s = words * pace_s / 2
            direct = asyncio.run(together(chats, port, direct_path, None, ramp_s))
            cpu_s = sum(process.cpu_times()[:2])
            through = asyncio.run(together(chats, gateway.port, "/v1/chat/completions", devices, ramp_s))
            cpu_s = sum(process.cpu_times()[:2]) - cpu_s
            full_mb = process.memory_info().rss / 1e6
            time.sleep(2)
            quiet = asyncio.run(beside(gateway.port, devices[0], None, flood_chats, 0))
            loud = asyncio.run(beside(gateway.port, devices[0], devices[1], flood_chats, connections))
        finally:
            gateway.stop()
            server.terminate()
            server.wait(timeout=10)
    return {
        "direct": direct,
        "through": through,
        "added_first_word_p95_ms": round(through["first_word_p95_ms"] - direct["first_word_p95_ms"], 1),
        "added_word_p95_ms": round(through["word_p95_ms"] - direct["word_p95_ms"], 1),
        "gateway_cpu_s": round(cpu_s, 1),
        "gateway_mb": [round(idle_mb), round(full_mb)],
        "alone": quiet,
        "beside_a_flood": loud,
        "slower_by_percent": round(100 * (loud["first_word_p95_ms"] / quiet["first_word_p95_ms"] - 1), 1),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chats", type=int, default=200)
    parser.add_argument("--words", type=int, default=100)
    parser.add_argument("--pace-s", type=float, default=0.1)
    parser.add_argument("--flood-chats", type=int, default=200)
    parser.add_argument("--connections", type=int, default=50)
    print(json.dumps(measure(**vars(parser.parse_args())), indent=1))
