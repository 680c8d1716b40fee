"""L3: 500 questions with planted personal things, written and spoken, through the real adapter: none is on the wire.

Also: without consent 0 bytes are sent, no placeholder is ever spoken, and sound has no way to the network.
"""

from __future__ import annotations

import ast
import asyncio
import importlib
import json
import random
import re
import time
from pathlib import Path

import pytest

import assistant
from assistant.cloud_setup import load_policy
from assistant.store.ledger import Caps, Ledger
from assistant.think.cloud import Guarded
from assistant.think.escalation import CloudChoices, CloudSide, Escalation
from assistant.think.providers import Provider
from assistant.types import TextDelta

pytestmark = pytest.mark.contract

N = 500
ROOT = Path(assistant.__file__).parent
DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
FIRST = ["Anna", "Piotr", "Sunniva", "Kwame", "Mei Ling", "Jürgen", "Zoë", "Ravi", "Ingrid", "Tomasz"]
LAST = ["Hollister", "Vandermeer", "Okonkwo", "Brightwater", "Szymański", "Featherstone"]
STREETS = ["Maple Street", "Old Mill Road", "Kings Avenue", "Harbour Lane"]
FRAMES = [
    "ask the big one to write a letter with {} in it",
    "ask the cloud to compare {} with something else",
    "write an email that mentions {} and explain why step by step",
    "plan a party and send the invitation to {} please",
    "draft a formal letter, and put {} at the end",
    "use the cloud: summarize a report about {} in two points",
]
PLACEHOLDER = re.compile(r"\b(?:PERSON|EMAIL|NUMBER|ADDRESS|ACCOUNT|DATE|LINK|THING)_?\d", re.IGNORECASE)
CAPS = Caps(day_nano=10**15, month_nano=10**15, day_tokens=10**12, month_tokens=10**12)


class Echo:
    """A server of chat completions that answers with the question, cut into three characters a piece."""

    def __init__(self) -> None:
        self.wire: list[bytes] = []
        self._serving: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                body = await reader.readexactly(length)
                self.wire.append(head + body)
                asked = json.loads(body)["messages"][-1]["content"]
                pieces = [asked[place : place + 3] for place in range(0, len(asked), 3)]
                events = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces]
                events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
                events.append(
                    {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18}}
                )
                data = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
                answer = data.encode()
                kind = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
                writer.write(kind + f"content-length: {len(answer)}\r\n\r\n".encode() + answer)
                await writer.drain()
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    async def close(self) -> None:
        await asyncio.gather(*self._serving, return_exceptions=True)


def spoken(number: str, rng: random.Random) -> str:
    """Digits as they are said: words, some doubled, some left as digits."""
    words, place = [], 0
    while place < len(number):
        if number[place : place + 2] == 2 * number[place] and rng.random() < 0.5:
            words.append(f"double {DIGITS[int(number[place])]}")
            place += 2
        else:
            words.append(DIGITS[int(number[place])] if rng.random() < 0.8 else number[place])
            place += 1
    return " ".join(words)


def planted(rng: random.Random) -> tuple[str, list[str]]:
    """Something personal as it is said, and what of it must not be on the wire."""
    number = "".join(rng.choices("0123456789", k=rng.randint(7, 12)))
    first, last = rng.choice(FIRST), rng.choice(LAST)
    local, domain = f"{last}{rng.randint(10, 99)}".lower(), rng.choice(["example", "mailhost", "acme"])
    local = local.encode("ascii", "ignore").decode()
    said = spoken(number, rng)
    card = "4" + "".join(rng.choices("0123456789", k=15))
    return rng.choice([
        (number, [number]),
        (said, [said]),
        (f"{number[:3]}-{number[3:]}", [number[3:]]),
        (f"{local}@{domain}.com", [local, domain]),
        (f"{local} dot {last.lower()} at {domain} dot com", [local, domain]),
        (" ".join([*local, "at", domain, "dot", "org"]), [" ".join(local), domain]),
        (first, [first]),
        (first.lower(), [first]),
        (f"{first}'s cat", [first]),
        (" ".join(card[place : place + 4] for place in range(0, 16, 4)), [card[4:8], card[8:12], card[12:]]),
        (spoken(card, random.Random(1)), [spoken(card, random.Random(1))]),
        (f"my friend {first} {last}", [first, last]),
        (f"Mr. {last}", [last]),
        (f"{rng.randint(1, 99)} {rng.choice(STREETS)}", STREETS),
        ("the Loft Lamp", ["loft lamp"]),
        (f"the password is sunflower{number}", ["sunflower", number]),
        (f"my sister who lives at {last} and takes insulin", ["insulin", last]),
        (f"someone born on {rng.randint(1, 28)} March 19{rng.randint(30, 99)}", ["March 19"]),
    ])  # fmt: skip


def side_of(port: int, folder: Path) -> CloudSide:
    provider = Provider.model_validate({
        "name": "Example", "kind": "openai", "base_url": f"http://127.0.0.1:{port}/v1", "model": "big-1",
        "read_usd": "0.4", "write_usd": "1.6", "context": 9000, "region": "Example Land",
        "policy": "It keeps nothing at all.", "as_of": "2026-01",
    })  # fmt: skip
    engine = importlib.import_module("assistant.engines.cloud_openai")
    return CloudSide(
        id="example",
        provider=provider,
        model=Guarded(name="Example", provider=engine.create(provider, "k3y", 1.0)),
        ledger=Ledger(folder / "cloud.sqlite3"),
        policy=load_policy(folder / "none.toml"),
        caps=CAPS,
        choices=CloudChoices(mode="prefer_cloud", personal="prefer_cloud", household="prefer_cloud"),
        people=lambda: FIRST,
        things=lambda: ["Loft Lamp"],
    )


def test_five_hundred_questions_leak_nothing(tmp_path: Path) -> None:
    """Every question that may leave leaves without what was planted in it, and comes back whole."""

    async def run() -> tuple[Echo, int, list[str]]:
        rng, echo, wrong, left = random.Random(20_261_127), Echo(), [], 0
        server = await asyncio.start_server(echo.serve, "127.0.0.1", 0)
        side = side_of(server.sockets[0].getsockname()[1], tmp_path)
        side.ledger.agree("example", side.provider.terms, time.time())
        for _ in range(N):
            cloud = Escalation(side=side)
            value, secrets = planted(rng)
            text = rng.choice(FRAMES).format(value)
            placed = cloud.place(text, "unknown")
            if placed.where != "cloud":
                assert placed.reason in ("never_leaves", "asks_only_if_needed"), (placed, text)
                continue
            left += 1
            parts = [part async for part in cloud.reply(text, placed.reason, None)]
            heard = "".join(part.text for part in parts if isinstance(part, TextDelta))
            wire = echo.wire[-1].decode().lower()
            asked = json.loads(echo.wire[-1].partition(b"\r\n\r\n")[2])["messages"][-1]["content"].lower()
            wrong += [f"leak: {text}" for secret in secrets if secret.lower() in asked or secret.lower() in wire]
            if PLACEHOLDER.search(heard) or value.lower() not in heard.lower():
                wrong.append(f"heard: {heard}")
        await side.model.provider.close()
        server.close()
        await echo.close()
        side.ledger.close()
        return echo, left, wrong

    echo, left, wrong = asyncio.run(run())
    assert [] == wrong
    assert left == len(echo.wire)
    assert left > 0.6 * N
    print(f"{N} questions, {left} left the device, {N - left} stayed, 0 leaks")


def test_without_consent_nothing_is_sent(tmp_path: Path) -> None:
    """Whatever is asked, nobody is even connected to."""

    async def run() -> tuple[list[bytes], set[str]]:
        echo = Echo()
        server = await asyncio.start_server(echo.serve, "127.0.0.1", 0)
        side, rng = side_of(server.sockets[0].getsockname()[1], tmp_path), random.Random(7)
        cloud = Escalation(side=side)
        where = {cloud.place(rng.choice(FRAMES).format(planted(rng)[0]), "unknown").where for _ in range(100)}
        await side.model.provider.close()
        server.close()
        side.ledger.close()
        return echo.wire, where

    wire, where = asyncio.run(run())
    assert [] == wire
    assert where <= {"device", "consent"}


def test_sound_has_no_way_to_the_cloud() -> None:
    """What is sent is made of text: no module of the cloud knows samples, and no module of sound knows the cloud."""
    cloud = ["think/cloud.py", "think/escalation.py", "think/redact.py", "engines/cloud_client.py",
             "engines/cloud_openai.py", "engines/cloud_anthropic.py", "engines/cloud_bedrock.py",
             "engines/cloud_vertex.py", "cloud_setup.py"]  # fmt: skip
    for name in cloud:
        source = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"numpy|Samples|AudioChunk|Utterance|assistant\.(?:audio|hear)", source), name
    for file in [*ROOT.glob("audio/*.py"), *ROOT.glob("hear/*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                assert "cloud" not in node.module, file
