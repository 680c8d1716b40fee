"""What a skill asks the cloud for, with several chosen models: who takes over, and who never hears of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from .images import ImagesServer, images
from .talk import Conversation, Issuer

pytestmark = pytest.mark.contract

Body = Callable[[Conversation, Any, Any], Awaitable[None]]
DEEP = "give me a detailed answer about solar power for Anna"
WHOLE = "Solar power is light made current. [PERSON_1] will like it.\n---\n# Solar\n\nMore text."


def asking(stand_in: Any, folder: Path, body: Body, first: Any, second: Any, **more: Any) -> None:
    """Run `body` in a conversation that has a first and a second choice; they speak different wires."""

    async def run() -> None:
        async with stand_in("openai", first) as one, stand_in("anthropic", second) as other:
            settings = {"deep": {"folder": str(folder / "answers"), "show": False}}
            talk = Conversation(folder, one, settings=settings, others={"second": other}, **more)
            try:
                await body(talk, one, other)
                assert [] == [*one.faults, *other.faults]
            finally:
                await talk.close()

    asyncio.run(run())


@pytest.mark.parametrize("fields", [{"status": 500}, {"status": 401}, {"status": 429}, {"fault": "drop"}])
def test_the_next_takes_over_before_the_first_word(
    stand_in: Any, act: Any, tmp_path: Path, fields: dict[str, Any]
) -> None:
    """The answer is the second's alone; each is settled by what it took, and both are told as who was sent it."""

    async def body(talk: Conversation, one: Any, other: Any) -> None:
        turn = await talk.say(DEEP)
        assert "Solar power is light made current." in turn.reply
        assert 1 == turn.reply.count("I'm having that worked out.")
        assert "solar power for [PERSON_1]" == other.bodies[0]["messages"][-1]["content"]
        assert b"anna" not in b"".join([*one.seen, *other.seen]).lower()
        uses = talk.ledger.latest(5)
        assert [("second", "counted"), ("example", "estimated")] == [(use.provider, use.state) for use in uses]
        assert (21, 7) == (uses[0].read_tokens, uses[0].written_tokens)
        assert (uses[1].read_tokens > 0) == ("fault" in fields)  # lost after it had left: it may be billed
        told = (await talk.say("what did you send?")).reply
        assert told.startswith("I sent this to Example, which failed, and Second: solar power for a name.")
        who = (await talk.say("who answered that?")).reply
        assert "It was a command that I know, and Second did the work for it." == who

    asking(stand_in, tmp_path, body, act(**fields), act(pieces=(WHOLE,)))


def test_who_was_not_agreed_to_hears_nothing(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """The first fails: what is heard is why, and not a byte goes to the second."""

    async def body(talk: Conversation, one: Any, other: Any) -> None:
        assert "Example has trouble of its own." in (await talk.say(DEEP)).reply
        assert (2, 0) == (len(one.seen), len(other.seen))

    asking(stand_in, tmp_path, body, act(status=500), act(pieces=(WHOLE,)), agreed=["example"])


def test_the_second_alone_was_agreed_to(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """It is asked at once, without a question about the first."""

    async def body(talk: Conversation, one: Any, other: Any) -> None:
        assert "Solar power is light made current." in (await talk.say(DEEP)).reply
        assert (0, 1) == (len(one.seen), len(other.seen))

    asking(stand_in, tmp_path, body, act(), act(pieces=(WHOLE,)), agreed=["second"])


def test_a_model_that_rests_is_passed_over(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """The second is asked at once; with both at rest nothing leaves, and the sentence tells why."""

    async def body(talk: Conversation, one: Any, other: Any) -> None:
        talk.side.model.breaker.failed("key", time.monotonic())
        assert "Solar power is light made current." in (await talk.say(DEEP)).reply
        talk.side.others[0].model.breaker.failed("key", time.monotonic())
        assert "the cloud model did not answer the last times" in (await talk.say(DEEP)).reply
        assert (0, 1) == (len(one.seen), len(other.seen))

    asking(stand_in, tmp_path, body, act(), act(pieces=(WHOLE,)))


@pytest.mark.parametrize("fault", ["cut", "no_end"])
def test_nobody_takes_over_in_the_middle(stand_in: Any, act: Any, tmp_path: Path, fault: str) -> None:
    """As in a turn: once the first had begun to write, its failure is told."""

    async def body(talk: Conversation, one: Any, other: Any) -> None:
        assert "The answer of Example broke off." in (await talk.say(DEEP)).reply
        assert (1, 0) == (len(one.seen), len(other.seen))

    asking(stand_in, tmp_path, body, act(fault=fault, pieces=("one ", "two ", "three ", "four ")), act())


def test_the_model_of_a_plan_needs_the_plan(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """A second choice that the plan does not allow is not asked, though it was agreed to."""

    async def body(talk: Conversation, one: Any, other: Any) -> None:
        talk.side.others[0].own_key = False
        talk.side.others[0].entitlements = Issuer()
        assert "Example has trouble of its own." in (await talk.say(DEEP)).reply
        assert [] == other.seen

    asking(stand_in, tmp_path, body, act(status=500), act(pieces=(WHOLE,)))


def drawing(folder: Path, body: Body, fault: str | int, **more: Any) -> None:
    """Run `body` in a conversation with two models that draw, of which the first fails so."""

    async def run() -> None:
        async with images() as one, images() as other:
            one.fault = fault
            settings = {"picture": {"folder": str(folder / "pictures"), "show": False}}
            talk = Conversation(folder, one, settings=settings, others={"second": other}, **more)
            try:
                await body(talk, one, other)
            finally:
                await talk.close()

    asyncio.run(run())


@pytest.mark.parametrize("fault", [500, 401, 429])
def test_the_next_draws_where_one_fails_at_once(tmp_path: Path, fault: int) -> None:
    """Nobody waited for a picture and none is paid for: the second draws it, at its own count."""

    async def body(talk: Conversation, one: ImagesServer, other: ImagesServer) -> None:
        assert "Your picture is saved" in (await talk.say("draw a lighthouse")).reply
        assert (1, 1) == (len(one.seen), len(other.seen))
        assert [("second", "counted"), ("example", "estimated")] == [
            (use.provider, use.state) for use in talk.ledger.latest(5)
        ]
        assert 0 == talk.ledger.latest(5)[1].cost_nano
        assert (await talk.say("what did you send?")).reply.startswith(
            "I sent this to Example, which failed, and Second"
        )

    drawing(tmp_path, body, fault)


@pytest.mark.parametrize("fault", [400, "url", "stall"])
def test_what_may_be_paid_or_was_refused_is_not_taken_on(tmp_path: Path, fault: str | int) -> None:
    """A prompt that one will not draw is not shopped around, and no second picture is paid for."""

    async def body(talk: Conversation, one: ImagesServer, other: ImagesServer) -> None:
        assert talk.side.painter is not None
        talk.side.painter.limit_s = 1.0
        assert "Example" in (await talk.say("draw a lighthouse")).reply
        assert [] == other.seen

    drawing(tmp_path, body, fault)


def test_who_draws_nothing_is_not_asked_to(tmp_path: Path) -> None:
    """A first choice without pictures leaves them to the second; where nobody draws, that is told."""

    async def body(talk: Conversation, one: ImagesServer, other: ImagesServer) -> None:
        assert "Your picture is saved" in (await talk.say("draw a lighthouse")).reply
        assert (0, 1) == (len(one.seen), len(other.seen))
        others, talk.side.others = talk.side.others, ()
        assert "Example draws no pictures." in (await talk.say("draw a lighthouse")).reply
        talk.side.others = others

    drawing(tmp_path, body, "", entry={"pictures": None})
