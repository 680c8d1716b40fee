"""The big model of a plan: every request carries a proof of this device, and without the plan nothing is asked."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from assistant.account.errors import LicenceError
from assistant.cloud_setup import PLAN, plan_provider, provider_of
from assistant.errors import CloudError, ConfigError
from assistant.paths import find_paths
from assistant.think.cloud import CloudRequest
from assistant.think.pictures import DrawRequest
from assistant.types import Message, TextDelta

from .images import colours, images

pytestmark = pytest.mark.contract

REQUEST = CloudRequest(system="s", messages=(Message(role="user", text="why"),), max_tokens=50, session="x")


class Prover:
    """Proves by numbers, so that a test sees which proof came with what."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.known = True

    def __call__(self, method: str, url: str, nonce: str = "") -> Mapping[str, str]:
        if not self.known:
            raise LicenceError("This device is not activated.")
        self.asked.append((method, url, nonce))
        return {"authorization": "DPoP k3y", "dpop": f"proof{len(self.asked)}"}


def heard(stand_in: Any, prover: Prover, *script: Any) -> tuple[str, Any]:
    """The words of one answer, and the server that gave it."""

    async def run() -> tuple[str, Any]:
        async with stand_in("openai", *script) as server:
            provider = plan_provider(f"http://127.0.0.1:{server.port}")
            chat = importlib.import_module("assistant.engines.cloud_gateway").create(provider, prover, 1.0)
            try:
                words = [part.text async for part in chat.reply(REQUEST) if isinstance(part, TextDelta)]
            finally:
                await chat.close()
            return "".join(words), server

    return asyncio.run(run())


def head(raw: bytes) -> dict[str, str]:
    lines = raw.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


def test_each_request_is_proven(stand_in: Any) -> None:
    """The headers of RFC 9449 in place of a key, for just this address; nothing else of this machine leaves."""
    prover = Prover()
    words, server = heard(stand_in, prover)
    assert "Hello there." == words
    told = head(server.seen[0])
    assert ("DPoP k3y", "proof1") == (told["authorization"], told["dpop"])
    assert [("POST", f"http://127.0.0.1:{server.port}/v1/chat/completions", "")] == prover.asked
    assert "user-agent" not in told and not any(name.startswith("x-stainless") for name in told)


def test_clocks_that_disagree(stand_in: Any, act: Any) -> None:
    """Asked once more with the gateway's nonce, with the same question."""
    prover = Prover()
    challenge = {"dpop-nonce": "n0nce", "www-authenticate": 'DPoP error="use_dpop_nonce"'}
    words, server = heard(stand_in, prover, act(status=401, headers=challenge), act())
    assert "Hello there." == words
    assert ["", "n0nce"] == [nonce for _, _, nonce in prover.asked]
    assert ["proof1", "proof2"] == [head(raw)["dpop"] for raw in server.seen]
    assert server.bodies[0] == server.bodies[1]


def test_a_device_that_is_not_activated_asks_nobody(stand_in: Any) -> None:
    """It is an error of the key, and no byte leaves."""
    prover = Prover()
    prover.known = False
    with pytest.raises(CloudError) as failed:
        heard(stand_in, prover)
    assert "key" == failed.value.kind


def test_pictures_are_proven_too(home: Path) -> None:
    """Generations and edits through the gateway, which takes no field `user`; each with a proof of its own."""
    prover, first = Prover(), colours(1)

    async def run() -> tuple[Any, bytes]:
        async with images() as server:
            provider = plan_provider(f"http://127.0.0.1:{server.port}")
            painter = importlib.import_module("assistant.engines.cloud_gateway_pictures").create(provider, prover, 1.0)
            try:
                await painter.draw(DrawRequest(prompt="a cat", session="s3ss10n"))
                drawn = await painter.draw(DrawRequest(prompt="make it red", image=first, session="s3ss10n"))
            finally:
                await painter.close()
            return server, drawn.png

    server, drawn = asyncio.run(run())
    assert [("generations", "a cat", b""), ("edits", "make it red", first)] == [
        (asked.path.rpartition("/")[2], asked.fields["prompt"], asked.image) for asked in server.asked
    ]
    assert server.drawn[1] == drawn
    assert {"assistant-image"} == {asked.fields["model"] for asked in server.asked}
    assert all(b"s3ss10n" not in raw for raw in server.seen)
    assert ["images/generations", "images/edits"] == [url.partition("/v1/")[2] for _, url, _ in prover.asked]


def test_it_is_chosen_like_any_other(home: Path) -> None:
    """By the id `plan`, where a service is configured."""
    with pytest.raises(ConfigError, match="No service for a plan"):
        provider_of(PLAN, find_paths())
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text('[account]\ngateway = "https://plans.example/"\n', encoding="utf-8")
    found = provider_of(PLAN, find_paths())
    assert ("https://plans.example/v1", "gateway", 0) == (found.base_url, found.kind, found.cost_nano(1000, 1000))
    assert json.loads(found.model_dump_json())["name"] in found.name
