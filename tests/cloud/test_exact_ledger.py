"""The ledger against what servers counted, over hundreds of drawn exchanges; and caps that no server can break."""

from __future__ import annotations

import asyncio
import importlib
import random
import time
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.cloud_setup import load_policy
from assistant.errors import CloudError
from assistant.store.ledger import Caps, Ledger
from assistant.think.cloud import CloudRequest, Guarded, Limits
from assistant.think.escalation import CloudSide, Escalation
from assistant.think.providers import Provider
from assistant.types import Done, ReplyPart, TextDelta

pytestmark = pytest.mark.contract

N = 240
WIDE = Caps(day_nano=10**13, month_nano=10**14, day_tokens=10**9, month_tokens=10**10)
LIMITS = Limits(connect_s=0.5, first_s=2.0, between_s=0.3, total_s=5.0)
WORDS = ["why", "how", "sun", "moon", "river", "explain", "the", "of", "and", "bridge", "light", "stone", "glass"]
FAULTS = ["", "", "", "", "cut", "no_end", "stall_middle", "status", "drop", "barge_in"]


def side_of(provider: Provider, model: Guarded, ledger: Ledger, caps: Caps, folder: Path) -> CloudSide:
    ledger.agree("example", provider.terms, time.time())
    return CloudSide(
        id="example", provider=provider, model=model, ledger=ledger, policy=load_policy(folder / "none.toml"), caps=caps
    )


async def ask(cloud: Escalation, text: str, stop_after: int = 10**9) -> None:
    """Ask, and stop listening after so many pieces."""
    parts = cloud.reply(text, "hard", None)
    heard = 0
    async for part in parts:
        heard += isinstance(part, TextDelta)
        if heard >= stop_after:
            break
    await parts.aclose()


@pytest.mark.parametrize("wire", ["openai", "anthropic", "bedrock", "vertex"])
def test_the_ledger_has_what_the_server_counted(stand_in: Any, act: Any, tmp_path: Path, wire: str) -> None:
    """Whole answers to the token and the nano-dollar; broken ones never too low, and never above what was reserved."""

    async def run() -> tuple[int, int]:
        rng, ledger = random.Random(f"{wire} 20261127"), Ledger(tmp_path / "cloud.sqlite3")
        whole = broken = 0
        async with stand_in(wire) as server:
            provider = server.provider()
            engine = importlib.import_module(f"assistant.engines.cloud_{provider.kind}")
            model = Guarded(name="Example", provider=engine.create(provider, server.key, 0.5), limits=LIMITS)
            side = side_of(provider, model, ledger, WIDE, tmp_path)
            for number in range(N // 4):
                fault, pieces = rng.choice(FAULTS), rng.randint(4, 30)
                read, written = rng.randint(1, 300), rng.randint(pieces, 400)
                server.script[0] = act(
                    pieces=[f"{rng.choice(WORDS)} " for _ in range(pieces)],
                    fault=fault if fault not in ("status", "barge_in") else "",
                    status=rng.choice([400, 401, 429, 500]) if fault == "status" else 200,
                    read_tokens=read, written_tokens=written, pace_s=0.005 if fault == "barge_in" else 0.0,
                )  # fmt: skip
                model.breaker.succeeded()
                before, told = (
                    ledger.spent(time.time()),
                    "compare " + " ".join(rng.choices(WORDS, k=rng.randint(1, 40))),
                )
                await ask(Escalation(side=side), told, rng.randint(1, 3) if fault == "barge_in" else 10**9)
                use, after = ledger.latest(1)[0], ledger.spent(time.time())
                took = (use.read_tokens, use.written_tokens, use.cost_nano)
                if fault == "":
                    assert (read, written, read * 400 + written * 1600) == took, number
                    assert "counted" == use.state
                    whole += 1
                elif fault == "status":
                    assert (0, 0, 0) == took, (number, fault)
                else:
                    assert "estimated" == use.state
                    assert read <= use.read_tokens <= _bound_of(told), (number, fault)
                    assert use.written_tokens <= side.choices.max_tokens
                    assert use.cost_nano == use.read_tokens * 400 + use.written_tokens * 1600
                    broken += 1
                assert after.cost_nano - before.cost_nano == use.cost_nano
                assert after.tokens - before.tokens == use.read_tokens + use.written_tokens
            await model.provider.close()
            await asyncio.sleep(0)
        ledger.close()
        return whole, broken

    whole, broken = asyncio.run(run())
    assert whole >= 10
    assert broken >= 5
    print(f"{wire}: {N // 4} exchanges, {whole} whole and exact, {broken} broken off and bounded")


def _bound_of(text: str) -> int:
    """More than any tokeniser makes of a question with what goes around it."""
    return len(text.encode()) + 2000


class Greedy:
    """Bills as it likes within what it was allowed to write, or breaks off; `bill` is what it asks for."""

    def __init__(self) -> None:
        self.share = 1.0
        self.ends = True
        self.read = 1
        self.bill: tuple[int, int] = (0, 0)

    async def reply(self, request: CloudRequest) -> AsyncGenerator[ReplyPart, None]:
        least = len(request.system.split()) + sum(len(message.text.split()) for message in request.messages)
        most = len(request.system.encode()) + sum(len(message.text.encode()) for message in request.messages)
        written = max(1, round(self.share * request.max_tokens))
        self.bill = (min(least + self.read, most), written)
        for _ in range(written if self.ends else written // 2):
            yield TextDelta(text="word ")
        if not self.ends:
            self.bill = (self.bill[0], written // 2)
            raise CloudError("cut", "It broke off.")
        yield Done(tokens=written, read_tokens=self.bill[0])

    async def close(self) -> None:
        """Nothing is open."""


TURN = st.tuples(
    st.floats(0.0, 1.0),
    st.booleans(),
    st.integers(0, 500),
    st.integers(1, 60),
    st.sampled_from([0.0, 3600.0, 40_000.0]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    day_cents=st.integers(0, 20), month_cents=st.integers(0, 60), day_tokens=st.integers(0, 30_000),
    prices=st.tuples(st.integers(0, 20_000), st.integers(0, 80_000)), turns=st.lists(TURN, min_size=1, max_size=25),
)  # fmt: skip
def test_no_server_can_break_a_cap(
    tmp_path: Path, day_cents: int, month_cents: int, day_tokens: int, prices: tuple[int, int], turns: list[Any]
) -> None:
    """Whatever it costs, writes and breaks: what is billed in a day and a month stays within, to the nano-dollar."""
    caps = Caps(day_nano=day_cents * 10**7, month_nano=month_cents * 10**7, day_tokens=day_tokens, month_tokens=10**8)
    provider = Provider.model_validate({
        "name": "Greedy", "kind": "openai", "base_url": "https://greedy.invalid/v1", "model": "big",
        "read_usd": f"{prices[0] / 1000:.3f}", "write_usd": f"{prices[1] / 1000:.3f}", "context": 100_000,
        "region": "nowhere", "policy": "It keeps nothing at all.", "as_of": "2026-01",
    })  # fmt: skip

    async def run() -> None:
        file = tmp_path / f"{random.Random().getrandbits(64):x}.sqlite3"
        ledger, greedy, now = Ledger(file), Greedy(), [1_800_014_400.0]
        side = side_of(provider, Guarded(name="Greedy", provider=greedy), ledger, caps, tmp_path)
        side.wall_s = lambda: now[0]
        billed: list[tuple[float, int, int]] = []
        for share, ends, read, words, later_s in turns:
            now[0] += later_s
            greedy.share, greedy.ends, greedy.read, greedy.bill = share, ends, read, (0, 0)
            side.model.breaker.succeeded()
            await ask(Escalation(side=side), "compare " + "stone " * words)
            bill = greedy.bill
            billed.append((now[0], provider.cost_nano(*bill), sum(bill)))
            for form, cost_cap, token_cap in (
                ("%Y-%m-%d", caps.day_nano, caps.day_tokens), ("%Y-%m", caps.month_nano, caps.month_tokens)
            ):  # fmt: skip
                period = time.strftime(form, time.gmtime(now[0]))
                same = [bill for bill in billed if time.strftime(form, time.gmtime(bill[0])) == period]
                spent = ledger.spent(now[0], month=form == "%Y-%m")
                assert sum(bill[1] for bill in same) <= spent.cost_nano <= cost_cap
                assert sum(bill[2] for bill in same) <= spent.tokens <= token_cap
        ledger.close()

    asyncio.run(run())


def test_a_cap_can_be_used_up(tmp_path: Path) -> None:
    """The bound is not so wide that nothing could be asked: of one dollar a day more than 95 cents can be spent."""
    provider = Provider.model_validate({
        "name": "Greedy", "kind": "openai", "base_url": "https://greedy.invalid/v1", "model": "big",
        "read_usd": "1", "write_usd": "5", "context": 100_000, "region": "nowhere",
        "policy": "It keeps nothing at all.", "as_of": "2026-01",
    })  # fmt: skip

    async def run() -> int:
        ledger, greedy = Ledger(tmp_path / "cloud.sqlite3"), Greedy()
        caps = replace(WIDE, day_nano=10**9)
        side = side_of(provider, Guarded(name="Greedy", provider=greedy), ledger, caps, tmp_path)
        for _ in range(1000):
            await ask(Escalation(side=side), "compare stone and glass")
        spent = ledger.spent(time.time()).cost_nano
        ledger.close()
        return spent

    spent = asyncio.run(run())
    assert 0.95 * 10**9 < spent <= 10**9
    print(f"spent {spent / 10**9:.4f} of 1 dollar")
