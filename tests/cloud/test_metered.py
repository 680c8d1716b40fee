"""On a network that costs by the byte only words leave, and only where a person asked for it."""

from __future__ import annotations

import asyncio
import importlib
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from assistant.cloud_setup import load_policy
from assistant.store.ledger import Caps, Ledger
from assistant.think.cloud import Guarded
from assistant.think.escalation import CloudChoices, CloudSide, Escalation

pytestmark = pytest.mark.contract

CAPS = Caps(day_nano=10**12, month_nano=10**12, day_tokens=10**9, month_tokens=10**9)
ASKED = ["ask the cloud what love is", "ask the big one to write a poem about rain", "use the cloud: compare two teas",
         "ask the cloud to plan a weekend in rome", "ask the big one why the sky is blue"]  # fmt: skip
NOT_ASKED = ["compare nuclear and solar power", "who won the match", "write a python function that sorts numbers",
             "plan a week of dinners", "what is love"]  # fmt: skip
PACKED = re.compile(r"[A-Za-z0-9+/=_-]{60,}")
"""So long a run without a space is no word of a question: base64, hex, or a key."""


def texts_in(value: Any) -> list[str]:
    """All strings in a body."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in texts_in(each)]
    if isinstance(value, list):
        return [text for each in value for text in texts_in(each)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("wire", ["openai", "anthropic", "bedrock", "vertex"])
def test_metered_sends_nothing_but_words(stand_in: Any, tmp_path: Path, wire: str) -> None:
    """What was asked for leaves as text of some hundred bytes; the rest stays, however hard it is."""

    async def run() -> tuple[Any, list[str]]:
        async with stand_in(wire) as server:
            provider = server.provider(abilities=["web", "tools"])
            engine = importlib.import_module(f"assistant.engines.cloud_{provider.kind}")
            ledger = Ledger(tmp_path / "cloud.sqlite3")
            side = CloudSide(
                id="example", provider=provider, ledger=ledger, policy=load_policy(tmp_path / "none.toml"), caps=CAPS,
                model=Guarded(name="Example", provider=engine.create(provider, server.key, 0.5)),
                choices=CloudChoices(metered=True),
            )  # fmt: skip
            ledger.agree("example", provider.terms, time.time())
            cloud = Escalation(side=side)
            where = []
            for text in [*ASKED, *NOT_ASKED]:
                placed = cloud.place(text, "unknown")
                where.append(placed.where)
                if placed.where == "cloud":
                    async for _ in cloud.reply(text, placed.reason, None):
                        pass
            await side.model.provider.close()
            await asyncio.sleep(0)
            ledger.close()
            return server, where

    server, where = asyncio.run(run())
    assert ["cloud"] * len(ASKED) + ["device"] * len(NOT_ASKED) == where
    assert len(ASKED) == len(server.bodies)
    for raw, body in zip(server.seen, server.bodies, strict=True):
        head, _, sent = raw.partition(b"\r\n\r\n")
        assert b"content-type: application/json" in head.lower()
        assert len(raw) < 4000
        assert sent.isascii()
        assert all(isinstance(part["content"], str) for part in body["messages"])
        assert [] == [text for text in texts_in(body) if PACKED.search(text) or text.startswith("data:")]
        assert json.loads(sent) == body
