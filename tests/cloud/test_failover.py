"""Several chosen models: who is asked, who takes over, and who never hears of it."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from assistant.cloud_setup import load_policy
from assistant.store.ledger import Caps, Ledger
from assistant.think.answered import Account
from assistant.think.cloud import Guarded, Limits
from assistant.think.cloud_side import CloudSide
from assistant.think.escalation import Escalation
from assistant.types import Done, ReplyPart, RouteDecision, TextDelta

pytestmark = pytest.mark.contract

CAPS = Caps(day_nano=10**9, month_nano=10**10, day_tokens=10**6, month_tokens=10**7)
LIMITS = Limits(connect_s=2.0, first_s=6.0, between_s=1.0, total_s=20.0)
HARD = "compare nuclear and solar power"


async def local(said: str) -> AsyncGenerator[ReplyPart, None]:
    yield TextDelta(text="From here.")
    yield Done()


class Two:
    """A first and a second choice, each a stand-in; `agreed` names those that a person agreed to."""

    def __init__(self, folder: Path, servers: list[Any], agreed: tuple[str, ...], caps: Caps = CAPS) -> None:
        self.ledger = Ledger(folder / "cloud.sqlite3")
        self.sides = []
        for name, server in zip(("first", "second"), servers, strict=True):
            provider = server.provider(name=name.title(), read_usd="0.40" if name == "first" else "4")
            engine = importlib.import_module(f"assistant.engines.cloud_{provider.kind}")
            model = Guarded(name=provider.name, provider=engine.create(provider, server.key, 0.5), limits=LIMITS)
            self.sides.append(CloudSide(
                id=name, provider=provider, model=model, ledger=self.ledger, caps=caps,
                policy=load_policy(folder / "none.toml"),
            ))  # fmt: skip
            if name in agreed:
                self.ledger.agree(name, provider.terms, time.time())
        self.side = self.sides[0]
        self.side.others = tuple(self.sides[1:])
        self.cloud = Escalation(side=self.side)

    async def ask(self, text: str = HARD) -> str:
        parts = [part async for part in self.cloud.reply(text, "hard", local)]
        return "".join(part.text for part in parts if isinstance(part, TextDelta))

    async def close(self) -> None:
        for side in self.sides:
            await side.model.provider.close()
        await asyncio.sleep(0)
        self.ledger.close()


@contextlib.asynccontextmanager
async def two(
    stand_in: Any, folder: Path, first: Any, second: Any, agreed: tuple[str, ...] = ("first", "second"),
    wires: tuple[str, str] = ("openai", "anthropic"), caps: Caps = CAPS,
) -> Any:  # fmt: skip
    async with stand_in(wires[0], first) as one, stand_in(wires[1], second) as other:
        pair = Two(folder, [one, other], agreed, caps)
        try:
            yield pair, one, other
        finally:
            await pair.close()


@pytest.mark.parametrize("fields", [{"status": 500}, {"status": 401}, {"status": 429}, {"fault": "drop"}])
@pytest.mark.parametrize("wires", [("openai", "anthropic"), ("anthropic", "bedrock"), ("vertex", "openai")])
def test_the_next_takes_over_before_the_first_word(
    stand_in: Any, act: Any, tmp_path: Path, fields: dict[str, Any], wires: tuple[str, str]
) -> None:
    """The answer is the second's alone, it is told so, and each is in the ledger with what it took."""

    async def run() -> None:
        async with two(stand_in, tmp_path, act(**fields), act(), wires=wires) as (pair, _, other):
            assert "Hello there." == await pair.ask()
            assert 1 == len(other.seen)
            uses = pair.ledger.latest(5)
            assert [("second", "counted"), ("first", "estimated")] == [(use.provider, use.state) for use in uses]
            assert [(21, 7), (0, 0)] == [(use.read_tokens * ("status" in fields or not at), use.written_tokens)
                                         for at, use in enumerate(uses)]  # fmt: skip
            assert (uses[1].read_tokens > 21) == ("fault" in fields)  # lost after it had left: it may be billed
            account = Account(cloud=pair.cloud)
            account.note(RouteDecision(route="cloud", reason="hard"))
            assert "The answer came from Second, because it is a hard question." == account.tell("who")
            assert f"I sent this to First, which failed, and Second: {HARD}." == account.tell("sent")

    asyncio.run(run())


@pytest.mark.parametrize("agreed", [("first",), ("second",)])
def test_who_was_not_agreed_to_hears_nothing(stand_in: Any, act: Any, tmp_path: Path, agreed: tuple[str, ...]) -> None:
    """No byte goes to a provider that nobody agreed to, whether it is the first choice or the last help."""

    async def run() -> None:
        async with two(stand_in, tmp_path, act(status=500), act(status=500), agreed) as (pair, one, other):
            assert "trouble of its own. So this is from the device itself. From here." in await pair.ask()
            asked = {"first": len(one.seen), "second": len(other.seen)}
            assert {name: 2 * (name in agreed) for name in asked} == asked

    asyncio.run(run())


def test_a_model_that_rests_is_passed_over(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """While the breaker of the first is open the second is asked at once; when both rest the guideline stays here."""

    async def run() -> None:
        async with two(stand_in, tmp_path, act(), act()) as (pair, one, other):
            pair.sides[0].model.breaker.failed("key", time.monotonic())
            assert ("cloud", "hard") == (pair.cloud.place(HARD, "unknown").where, "hard")
            assert "Hello there." == await pair.ask()
            assert (0, 1) == (len(one.seen), len(other.seen))
            pair.sides[1].model.breaker.failed("key", time.monotonic())
            assert ("device", "cloud_down") == (
                pair.cloud.place(HARD, "unknown").where, pair.cloud.place(HARD, "unknown").reason,
            )  # fmt: skip
            await pair.ask()
            assert (0, 1) == (len(one.seen), len(other.seen))

    asyncio.run(run())


@pytest.mark.parametrize("fault", ["cut", "stall_middle"])
def test_nobody_takes_over_in_the_middle(stand_in: Any, act: Any, tmp_path: Path, fault: str) -> None:
    """Once a word was heard, the device goes on; the words of one model are not sent to another."""

    async def run() -> None:
        broken = act(fault=fault, pieces=("one ", "two ", "three ", "four "))
        async with two(stand_in, tmp_path, broken, act()) as (pair, _, other):
            assert (await pair.ask()).endswith("The connection broke off there, so I go on by myself. From here.")
            assert [] == other.seen
            assert pair.sides[0].model.broken

    asyncio.run(run())


def test_a_silent_one_leaves_no_time_for_another(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """Who waited as long as may be waited hears the device, not a third voice after twice the time."""

    async def run() -> None:
        async with two(stand_in, tmp_path, act(fault="stall"), act()) as (pair, _, other):
            assert "First did not answer in time." in await pair.ask()
            assert [] == other.seen

    asyncio.run(run())


def test_the_next_has_a_budget_of_its_own_price(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """The second costs ten times as much: where the cap has no room for that, it is not asked."""
    caps = Caps(day_nano=2_000_000, month_nano=10**10, day_tokens=10**6, month_tokens=10**7)

    async def run() -> None:
        async with two(stand_in, tmp_path, act(status=500), act(), caps=caps) as (pair, one, other):
            assert "From here." in await pair.ask()
            assert (2, 0) == (len(one.seen), len(other.seen))
            assert 0 == pair.ledger.spent(time.time()).cost_nano

    asyncio.run(run())


def test_taking_back_is_for_all(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """ "Take back my consent" ends it with every chosen provider."""

    async def run() -> None:
        async with two(stand_in, tmp_path, act(), act()) as (pair, one, other):
            assert "Nothing goes to the cloud any more" in Account(cloud=pair.cloud).tell("revoke")
            assert not pair.side.consented
            await pair.ask()
            assert [] == [*one.seen, *other.seen]

    asyncio.run(run())
