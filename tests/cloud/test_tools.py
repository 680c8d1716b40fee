"""A cloud model that uses tools: the same ten turns over every wire, with the real skills and the real libraries."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from assistant.think.cloud_tools import MAX_CALLS, MAX_OFFERED, Offering, outward
from assistant.types import ToolSpec

from .talk import Conversation
from .tool_script import SCRIPT, Step

pytestmark = pytest.mark.contract

PROVIDERS: Mapping[str, dict[str, Any]] = {"openai": {}, "anthropic": {}, "bedrock": {}, "vertex": {}}
"""The wires of the stand-in by name, each with what its entry of the catalogue has beside."""


def results_of(body: dict[str, Any]) -> list[str]:
    """What the model was told in a request of all its calls in this turn, in order, whatever the wire."""
    found: list[str] = []
    for message in body["messages"]:
        if message["role"] == "tool":
            found.append(message["content"])
        elif isinstance(message["content"], list):
            found += [block["content"] for block in message["content"] if block["type"] == "tool_result"]
    return found


def offered(body: dict[str, Any]) -> list[str]:
    return [tool.get("name") or tool["function"]["name"] for tool in body.get("tools", [])]


async def play(talk: Conversation, act: Any, step: Step) -> None:
    """One turn: what was heard, what ran, what the model was told, and what was never sent."""
    server, before = talk.server, len(talk.server.bodies)
    server.script = [act(pieces=[answer.says] * bool(answer.says), calls=answer.calls) for answer in step.answers]
    server.script.append(act(pieces=("This was not asked.",)))
    turn = await talk.say(step.say)
    sent = server.bodies[before:]
    assert len(step.answers) == len(sent), turn.reply
    assert [] == server.faults
    heard = " ".join(turn.reply.split())
    assert all(part in heard for part in step.heard), heard
    assert list(step.done) == [(result.tool, result.ok) for result in turn.results]
    told = results_of(sent[-1]) if sent else []
    assert len(step.told) == len(told), told
    assert all(part in result for part, result in zip(step.told, told, strict=True)), told
    wire = b"".join(server.seen).decode().lower()
    assert [] == [text for text in step.kept if text.lower() in wire]
    for body in sent:
        names = offered(body)
        assert 1 <= len(names) <= MAX_OFFERED
        assert not any(name.startswith(("home__", "weather__set")) for name in names)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_ten_turns_with_tools(stand_in: Any, act: Any, tmp_path: Path, provider: str) -> None:
    """What reads runs and is told, what changes is asked about, what is private stays; every round is counted."""

    async def run() -> None:
        async with stand_in(provider) as server:
            talk = Conversation(tmp_path, server, entry=PROVIDERS[provider])
            try:
                for step in SCRIPT:
                    await play(talk, act, step)
                requests = sum(len(step.answers) for step in SCRIPT)
                spent = talk.ledger.spent(time.time())
                assert (requests, requests * 28) == (spent.uses, spent.tokens)
                assert requests * (21 * 400 + 7 * 1600) == spent.cost_nano
                assert 1 == len(talk.timers.list())
            finally:
                await talk.close()

    assert 10 == len(SCRIPT)
    asyncio.run(run())


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_last_round_is_in_words(stand_in: Any, act: Any, tmp_path: Path, provider: str) -> None:
    """Once the calls of a turn are used up the model is asked for words alone, and what it calls then is not run."""
    call = act(pieces=(), calls=[("clock__time", {"city": "tokyo"})])

    async def run() -> None:
        async with stand_in(provider, call) as server:
            talk = Conversation(tmp_path, server, entry=PROVIDERS[provider])
            try:
                turn = await talk.say("ask the big one what time it is in tokyo")
                assert len(turn.results) <= MAX_CALLS
                assert "Tokyo" in turn.reply  # what the tool found is heard all the same
                chosen = [body["tool_choice"] for body in server.bodies]
                assert chosen[-1] in ("none", {"type": "none"})
                assert all(one in ("auto", {"type": "auto"}) for one in chosen[:-1])
                assert len(chosen) == MAX_CALLS
                assert [] == server.faults
            finally:
                await talk.close()

    asyncio.run(run())


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_the_tools_found_is_heard_if_the_cloud_fails_then(
    stand_in: Any, act: Any, tmp_path: Path, provider: str
) -> None:
    """The model calls, and is gone: the result is told by the device, with why."""

    async def run() -> None:
        async with stand_in(provider, act(pieces=(), calls=[("clock__year", {})]), act(status=401)) as server:
            talk = Conversation(tmp_path, server, entry=PROVIDERS[provider])
            try:
                turn = await talk.say("ask the big one what year it is")
                assert "Example does not take my key. It's 2026." == " ".join(turn.reply.split())
                assert 2 == talk.ledger.spent(time.time()).uses
                assert "estimated" == talk.ledger.latest(1)[0].state
            finally:
                await talk.close()

    asyncio.run(run())


LAMP: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "enum": ["Desk Lamp"], "also": ["desk light"], "description": "the lamp"},
        "mode": {"type": "string", "enum": ["on", "off"], "nullable": True},
    },
    "required": ["name"],
    "additionalProperties": False,
}


def test_no_name_of_the_home_is_in_a_schema() -> None:
    """A list of this home's names becomes plain text; what anybody may know stays, and only what JSON schema knows."""
    spec = ToolSpec(name="room.lamp", description="Switch a lamp.", parameters=LAMP, sentences=("the desk lamp",))
    sent = outward(spec)
    assert {"type": "string", "description": "the lamp; as the user named it"} == sent.parameters["properties"]["name"]
    assert {"type": "string", "enum": ["on", "off"]} == sent.parameters["properties"]["mode"]
    assert () == sent.sentences
    assert LAMP is spec.parameters


def test_who_may_be_offered_what() -> None:
    """Nothing sensitive or outbound ever; no change for a guest; nothing with names where the household stays here."""

    def spec(name: str, **fields: Any) -> ToolSpec:
        fields = {"parameters": {}, "description": f"Lamp {name}."} | fields
        return ToolSpec(name=f"lamp.{name}", **fields)

    specs = {
        one.name: one
        for one in (
            spec("look"), spec("switch", effect="change"), spec("burn", effect="sensitive"),
            spec("post", effect="change", outbound=True), spec("named", effect="change", parameters=LAMP),
        )
    }  # fmt: skip

    def names(**may: bool) -> set[str]:
        offer = Offering().offer(
            "please look at the named lamp, then switch it", specs, **{"changes": True, "household": True} | may
        )
        return {tool.name for tool in offer.tools} if offer is not None else set()

    assert {"lamp.look", "lamp.switch", "lamp.named"} == names()
    assert {"lamp.look"} == names(changes=False)
    assert {"lamp.look", "lamp.switch"} == names(household=False)
