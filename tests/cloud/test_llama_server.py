"""llama.cpp's own server, really run with a small model: the ten turns with tools, and what its answers look like.

What is proven is the wire in both directions, and all that the product does with it. What the model says is bound by
the server's own API (a grammar, a chosen tool): a model of 135 million parameters chooses no tools by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.think.cloud import Limits

from .llama_server import Relay, llama_server
from .loopback import listening
from .talk import Conversation
from .test_tools import play
from .tool_script import SCRIPT

pytestmark = pytest.mark.contract

MODEL = "smollm2-135m-instruct-q4_1"
PATIENT = Limits(connect_s=10.0, first_s=300.0, between_s=300.0, total_s=600.0)
"""It computes on whatever the machine has left."""


@pytest.fixture(scope="module")
def llama(model_path: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server as it is installed: it fills in the model's own template."""
    model = next(model_path(MODEL).glob("*.gguf"))
    with llama_server(model, tmp_path_factory.mktemp("llama") / "server.log") as base:
        yield base


def test_ten_turns_with_tools(llama: str, act: Any, tmp_path: Path) -> None:
    """The same script as over every other wire. One call alone the server is bound to stream itself; several, and those
    beside words, the model writes into its text. The server counts no tokens in a stream: each request is counted at
    its bound, and costs nothing."""

    async def run() -> Relay:
        async with listening(Relay(llama)) as server:
            talk = Conversation(tmp_path, server, limits=PATIENT)
            try:
                for step in SCRIPT:
                    await play(talk, act, step)
                uses = talk.ledger.latest(100)
                assert sum(len(step.answers) for step in SCRIPT) == len(uses)
                assert {("estimated", 0)} == {(use.state, use.cost_nano) for use in uses}
                assert 1 == len(talk.timers.list())
            finally:
                await talk.close()
        return server

    server = asyncio.run(run())
    shapes = [b'"tool_calls": [{' in answer for answer in server.answered]
    assert (8, 13) == (sum(shapes), len(shapes) - sum(shapes))


def test_what_the_model_says_by_itself(llama: str, tmp_path: Path) -> None:
    """Nothing binds it: its words come in a stream, and are heard."""

    async def run() -> None:
        async with listening(Relay(llama)) as server:
            talk = Conversation(tmp_path, server, limits=PATIENT, choices={"max_tokens": 40})
            try:
                turn = await talk.say("ask the big one what the capital of France is")
                assert turn.decision is not None
                assert ("cloud", "asked_cloud") == (turn.decision.route, turn.decision.reason)
                assert turn.reply.strip()
                assert "<" not in turn.reply
                assert server.answered[-1].count(b'"content": "') > 3
                assert [] == server.faults
            finally:
                await talk.close()

    asyncio.run(run())
