"""llama.cpp's own server in a process of its own, as llama-cpp-python brings it, and what leads the product to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from assistant.think.providers import Provider, load_providers

from .conftest import Act, wire_fault
from .loopback import LoopbackServer

START_S = 60.0
CONTEXT_TOKENS = 4096


@contextlib.contextmanager
def llama_server(model: Path, log: Path) -> Iterator[str]:
    """The address of a server that has loaded this model."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(model), "--host", "127.0.0.1", "--port", port]
    command += ["--n_ctx", str(CONTEXT_TOKENS), "--logits_all", "false", "--verbose", "false"]
    command += ["--n_threads", "1", "--n_threads_batch", "1"]  # more of them spin, for a model that is this small
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT) as process:
        try:
            base = f"http://127.0.0.1:{port}/v1"
            _wait(process, f"{base}/models", log)
            yield base
        finally:
            process.terminate()


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    ends_s = time.monotonic() + START_S
    while time.monotonic() < ends_s and process.poll() is None:
        with contextlib.suppress(httpx2.HTTPError):
            if httpx2.get(address).status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError(f"The server did not start: {log.read_text(errors='replace')[-2000:]}")


@dataclass(slots=True)
class Relay(LoopbackServer):
    """Between the product and the server: every request is kept as it came, and passed on with what binds the model to
    the next act of `script`; what the server answers goes back byte for byte.

    The server's API can bind a model in two ways: `grammar` to a text (with the calls written into it), and
    `tool_choice` with the arguments as constants to one call alone, which the server then streams itself.
    """

    base_url: str
    script: list[Act] = field(default_factory=list)
    seen: list[bytes] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    answered: list[bytes] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    port: int = 0
    key: str = ""
    serving: set[asyncio.Task[None]] = field(default_factory=set)

    def provider(self, **changes: Any) -> Provider:
        """The catalogue's entry for a server of one's own, which leads here."""
        own = load_providers()["own"].model_dump()
        return Provider.model_validate(own | {"base_url": f"http://127.0.0.1:{self.port}/v1"} | changes)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with httpx2.AsyncClient(timeout=None, trust_env=False) as client:
            while True:
                await self._one(client, reader, writer)

    async def _one(
        self, client: httpx2.AsyncClient, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        lines = [line.partition(b":") for line in head.lower().split(b"\r\n")]
        sent = await reader.readexactly(next(int(value) for name, _, value in lines if name == b"content-length"))
        body = json.loads(sent)
        self.seen.append(head + sent)
        self.bodies.append(body)
        if wrong := wire_fault("openai", body):
            self.faults.append(wrong)
        body["temperature"] = 0.0
        if self.script:
            body |= bound(body, self.script.pop(0) if len(self.script) > 1 else self.script[0])
        answered = b""
        async with client.stream("POST", f"{self.base_url}/chat/completions", json=body) as answer:
            kind = answer.headers["content-type"]
            writer.write(
                f"HTTP/1.1 {answer.status_code} Said\r\ncontent-type: {kind}\r\n"
                "transfer-encoding: chunked\r\n\r\n".encode()
            )
            async for piece in answer.aiter_raw():
                answered += piece
                writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                await writer.drain()
        self.answered.append(answered)
        writer.write(b"0\r\n\r\n")
        await writer.drain()


def bound(body: dict[str, Any], act: Act) -> dict[str, Any]:
    """The fields of the server's API with which the model can do nothing but this."""
    known = {tool["function"]["name"] for tool in body.get("tools", [])}
    if len(act.called) == 1 and not act.pieces and act.called[0][0] in known:
        name, arguments = act.called[0]
        constants = {key: {"const": value} for key, value in arguments.items()}
        schema = {"type": "object", "properties": constants, "required": list(constants)}
        tool = {"type": "function", "function": {"name": name, "description": "", "parameters": schema}}
        return {"tools": [tool], "tool_choice": {"type": "function", "function": {"name": name}}}
    return {"grammar": f"root ::= {json.dumps(written(act.pieces, act.called))}"}


def written(pieces: Sequence[str], calls: Sequence[tuple[str, dict[str, Any]]]) -> str:
    """An answer as a model writes it that was trained on this form."""
    told = [json.dumps({"name": name, "arguments": arguments}) for name, arguments in calls]
    return "".join(pieces) + "\n".join(f"<tool_call>\n{call}\n</tool_call>" for call in told)
