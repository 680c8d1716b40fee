"""The adapters on the real wire: what is sent, what comes back, and a sentence for every way that it can fail."""

from __future__ import annotations

import asyncio
import importlib
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import CloudError, SkillError
from assistant.think.breaker import Breaker
from assistant.think.cloud import CloudProvider, CloudRequest, Guarded, LazyProvider, Limits
from assistant.types import Done, Message, ReplyPart, TextDelta, ToolCall, ToolSpec

pytestmark = pytest.mark.contract

WIRES = ("openai", "anthropic", "bedrock", "vertex")
LIMITS = Limits(connect_s=0.5, first_s=1.0, between_s=0.3, total_s=5.0)
TIMER = ToolSpec(
    name="timer.set",
    description="Set a timer.",
    parameters={"type": "object", "properties": {"minutes": {"type": "integer"}}, "required": ["minutes"]},
)
REQUEST = CloudRequest(
    system="Be short.",
    messages=(
        Message(role="user", text="Hi."),
        Message(role="assistant", text="Hello."),
        Message(role="user", text="Why is the sky blue?"),
    ),
    max_tokens=99,
    session="s3ss10n",
)


def adapter(provider: Any, key: str = "k3y") -> CloudProvider:
    made: CloudProvider = importlib.import_module(f"assistant.engines.cloud_{provider.kind}").create(provider, key, 0.5)
    return made


async def collect(guarded: Guarded, request: CloudRequest = REQUEST) -> list[ReplyPart]:
    return [part async for part in guarded.reply(request)]


def guarded(provider: Any, limits: Limits = LIMITS, key: str = "k3y") -> Guarded:
    return Guarded(name=provider.name, provider=adapter(provider, key), limits=limits)


@pytest.mark.parametrize("wire", WIRES)
def test_words_come_as_they_are_written(stand_in: Any, act: Any, wire: str) -> None:
    """Pieces in order, and at the end the provider's own count."""

    async def run() -> list[ReplyPart]:
        async with stand_in(wire, act(pieces=("Because ", "of scattering."))) as server:
            model = guarded(server.provider(), key=server.key)
            parts = await collect(model)
            await model.provider.close()
        return parts

    expected = [TextDelta(text="Because "), TextDelta(text="of scattering."), Done(tokens=7, read_tokens=21)]
    assert expected == asyncio.run(run())


@pytest.mark.parametrize("wire", WIRES)
def test_what_leaves_is_the_request_and_no_more(stand_in: Any, wire: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No header tells of this machine, no variable of the environment gets in, nothing asks to be stored."""
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, "from-the-environment")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    async def run() -> Any:
        async with stand_in(wire) as server:
            model = guarded(server.provider(), key=server.key)
            await collect(model)
            await model.provider.close()
            return server

    server = asyncio.run(run())
    head = server.seen[0].partition(b"\r\n\r\n")[0]
    names = {line.split(b":")[0].decode().lower() for line in head.split(b"\r\n")[1:]}
    allowed = {"host", "connection", "content-type", "content-length", "accept", "accept-encoding", "anthropic-version"}
    assert names <= allowed | {"authorization", "x-api-key", "x-amz-date"}
    assert wire in ("bedrock", "vertex") or b"k3y" in head
    assert b"environment" not in server.seen[0].lower()
    assert b"stainless" not in head.lower()
    assert b"python" not in head.lower()
    sent = server.bodies[0]
    assert "big-1" == sent["model"]
    assert "Why is the sky blue?" == sent["messages"][-1]["content"]
    assert 99 == sent["max_tokens"]
    assert "s3ss10n" in (sent.get("user"), sent.get("metadata", {}).get("user_id"))
    assert {"openai": False}.get(wire) == sent.get("store")


@pytest.mark.parametrize("wire", WIRES)
def test_a_tool_call_comes_whole(stand_in: Any, act: Any, wire: str) -> None:
    """Arguments that come in pieces are one call, by our own name of the tool."""
    request = CloudRequest(system="s", messages=REQUEST.messages, max_tokens=9, session="s", tools=(TIMER,))

    async def run() -> tuple[list[ReplyPart], Any]:
        async with stand_in(wire, act(pieces=(), call=("timer__set", {"minutes": 5}))) as server:
            model = guarded(server.provider(), key=server.key)
            parts = await collect(model, request)
            await model.provider.close()
            return parts, server

    parts, server = asyncio.run(run())
    assert ToolCall(tool="timer.set", arguments={"minutes": 5}) in parts
    assert "timer__set" in server.seen[0].decode()


@pytest.mark.parametrize("wire", ["openai", "bedrock", "vertex"])
def test_calls_that_a_model_wrote_into_its_text(stand_in: Any, act: Any, wire: str) -> None:
    """A server that reads no calls out of what its model writes: they are calls all the same, and never words."""
    call = '<tool_call>\n{"name": "timer__set", "arguments": {"minutes": 5}}\n</tool_call>'
    pieces = ("Well. ", *(call[at : at + 7] for at in range(0, len(call), 7)), "\n", call, " Done <b", "ye>.")
    request = CloudRequest(system="s", messages=REQUEST.messages, max_tokens=9, session="s", tools=(TIMER,))

    async def run() -> list[ReplyPart]:
        async with stand_in(wire, act(pieces=pieces)) as server:
            model = guarded(server.provider(), key=server.key)
            parts = await collect(model, request)
            await model.provider.close()
            return parts

    parts = asyncio.run(run())
    assert "Well. Done <bye>." == "".join(part.text for part in parts if isinstance(part, TextDelta))
    assert 2 == parts.count(ToolCall(tool="timer.set", arguments={"minutes": 5}))


FAULTS: list[tuple[str, dict[str, Any], str, int]] = [
    ("a wrong key", {"status": 401}, "key", 1),
    ("forbidden", {"status": 403}, "key", 1),
    ("busy, come in 30 s", {"status": 429, "headers": {"retry-after": "30"}}, "busy", 1),
    ("busy, come at once", {"status": 429, "headers": {"retry-after": "0"}}, "busy", 2),
    ("busy, no number", {"status": 429, "headers": {"retry-after": "soon"}}, "busy", 2),
    ("broken inside", {"status": 500}, "server", 2),
    ("overloaded", {"status": 529}, "server", 2),
    ("refused", {"status": 400}, "refused", 1),
    ("no such model", {"status": 404}, "refused", 1),
    ("says nothing", {"fault": "stall"}, "stalled", 1),
    ("hangs up at once", {"fault": "drop"}, "lost", 1),
    ("no SSE", {"fault": "bad_sse"}, "malformed", 1),
    ("JSON of another kind", {"fault": "bad_json"}, "malformed", 1),
    ("another shape", {"fault": "bad_shape"}, "malformed", 1),
    ("an empty answer", {"fault": "empty"}, "malformed", 1),
    ("a stream of nothing", {"fault": "nothing"}, "malformed", 1),
    ("stops in the middle", {"fault": "stall_middle", "pieces": ("a ",) * 8}, "cut", 1),
    ("cut in the middle", {"fault": "cut", "pieces": ("a ",) * 8}, "cut", 1),
    ("ends in the middle", {"fault": "no_end", "pieces": ("a ",) * 8}, "cut", 1),
]


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(("name", "fields", "kind", "asked"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_every_fault_is_a_sentence_in_time(
    stand_in: Any, act: Any, wire: str, name: str, fields: dict[str, Any], kind: str, asked: int
) -> None:
    """The kind of trouble is told apart, within the limits, and asked again only where that may help."""

    async def run() -> tuple[CloudError, float, int]:
        async with stand_in(wire, act(**fields)) as server:
            model = guarded(server.provider(), key=server.key)
            started = time.monotonic()
            with pytest.raises(CloudError) as caught:
                await collect(model)
            took_s = time.monotonic() - started
            await model.provider.close()
            return caught.value, took_s, len(server.seen)

    error, took_s, seen = asyncio.run(run())
    assert kind == error.kind
    assert asked == seen
    assert "Example" in error.sentence
    assert error.sentence.endswith(".")
    assert "sky" not in str(error)
    assert took_s < 5.0


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("host", ["nobody.invalid", "127.0.0.1"])
def test_nobody_there(stand_in: Any, wire: str, host: str) -> None:
    """A name that nobody knows and a port that nobody serves are told as unreachable."""

    async def run() -> CloudError:
        async with stand_in(wire) as server:
            provider, key = server.provider(), server.key
        address = f"https://{host}/v1" if host != "127.0.0.1" else provider.base_url
        limits = Limits(connect_s=0.5, first_s=3.0)
        model = guarded(provider.model_copy(update={"base_url": address}), limits, key)
        with pytest.raises(CloudError) as caught:
            await collect(model)
        await model.provider.close()
        return caught.value

    error = asyncio.run(run())
    assert error.kind in ("unreachable", "stalled")


def test_the_second_try_is_heard(stand_in: Any, act: Any) -> None:
    """One failure before the first word is not noticed by anybody."""

    async def run() -> list[ReplyPart]:
        async with stand_in("openai", act(status=500), act()) as server:
            model = guarded(server.provider(), key=server.key)
            parts = await collect(model)
            await model.provider.close()
            assert not model.broken
        return parts

    assert TextDelta(text="Hello ") in asyncio.run(run())


@pytest.mark.parametrize("wire", WIRES)
def test_barge_in_closes_the_connection(stand_in: Any, act: Any, wire: str) -> None:
    """Who stops listening to the answer has the server stop writing it."""

    async def run() -> int:
        async with stand_in(wire, act(pieces=("word ",) * 500, pace_s=0.02)) as server:
            model = guarded(server.provider(), key=server.key)
            parts = model.reply(REQUEST)
            assert isinstance(await anext(parts), TextDelta)
            await parts.aclose()
            for _ in range(100):
                if server.closed_early:
                    break
                await asyncio.sleep(0.02)
            await model.provider.close()
            return int(server.closed_early)

    assert 1 == asyncio.run(run())


def test_the_library_is_loaded_when_it_is_needed() -> None:
    """Nothing of the cloud is imported by the assistant's own modules; the first use loads one library, in a thread."""
    code = (
        "import sys, assistant.assembly, assistant.cli.cloud, assistant.think.understanding\n"
        "print([name for name in ('openai', 'anthropic') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]" == done.stdout.strip()


START = """
import asyncio, sys, time
from assistant.assembly import Assembly
from assistant.cloud_setup import is_wanted
from assistant.config import load_config
from assistant.console import typed_turn
from assistant.events import EventBus
from assistant.paths import find_paths
from assistant.store.ledger import Ledger
from assistant.think.providers import load_providers

async def start():
    paths = find_paths()
    async with Assembly(load_config(paths.config_file), paths, EventBus()).running() as assembly:
        assembly.cloud.ledger.agree("openai", load_providers()["openai"].terms, time.time())
        assert is_wanted(assembly.cloud)
        turn = await typed_turn(assembly.understanding(), "what is twelve times eight", "t1")
        print(turn.reply, [name for name in ("openai", "anthropic", "httpx2") if name in sys.modules])

asyncio.run(start())
"""


def test_a_start_with_a_model_that_may_be_asked_loads_no_library(home: Path) -> None:
    """Chosen and agreed to: the first answers of the device come before any library of a cloud is loaded."""
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text('[cloud]\nprovider = "openai"\n', encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=False)
    assert (0, "96. []") == (done.returncode, " ".join(done.stdout.split()[-2:])), done.stderr


def test_it_is_made_once() -> None:
    """Warmed ahead or not, there is one provider."""
    made: list[int] = []

    class Silent:
        def reply(self, request: CloudRequest) -> Any:
            async def parts() -> Any:
                yield Done()

            return parts()

        async def close(self) -> None:
            made.append(-1)

    def make() -> CloudProvider:
        made.append(1)
        return Silent()

    async def run() -> None:
        lazy = LazyProvider(make)
        await asyncio.gather(lazy.warm(), lazy.warm())
        assert [Done()] == [part async for part in lazy.reply(REQUEST)]
        await lazy.close()

    asyncio.run(run())
    assert [1, -1] == made


def test_what_cannot_be_made_is_a_sentence_and_tried_again() -> None:
    """A key that others may read is told as such; once it is mended the next question is answered."""
    tries: list[int] = []

    def make() -> CloudProvider:
        tries.append(1)
        raise SkillError("Others can read the secret openai too.")

    async def run() -> None:
        lazy = LazyProvider(make)
        for _ in range(2):
            with pytest.raises(CloudError) as caught:
                await lazy.warm()
            assert "Others can read the secret openai too." == caught.value.sentence

    asyncio.run(run())
    assert [1, 1] == tries


def test_the_breaker_rests_longer_each_time() -> None:
    """Two failures open it for 30 s, the next for 60; success closes it; a wrong key and "come later" open it at "
    "once."""
    breaker = Breaker()
    breaker.failed("server", 0.0)
    assert not breaker.is_open(0.1)
    breaker.failed("stalled", 1.0)
    assert breaker.is_open(30.9)
    assert not breaker.is_open(31.0)
    breaker.failed("server", 40.0)
    assert breaker.is_open(99.9)
    assert not breaker.is_open(100.0)
    breaker.succeeded()
    breaker.failed("busy", 200.0, 7.0)
    assert breaker.is_open(206.9)
    assert not breaker.is_open(207.0)
    breaker.failed("key", 300.0)
    assert breaker.is_open(899.0)
