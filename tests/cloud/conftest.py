"""A stand-in for the servers of cloud models on the loopback: it speaks their real wire, and does what it is told."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qs

import jsonschema
import jwt
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from assistant.think.providers import Provider

from .loopback import LoopbackServer, listening

Wire = Literal["openai", "anthropic", "bedrock", "vertex"]
PATHS = {
    "openai": "/v1", "anthropic": "", "bedrock": "/openai/v1",
    "vertex": "/v1/projects/{project}/locations/global/endpoints/openapi",
}  # fmt: skip
AWS_ID, AWS_SECRET = "AKIAEXAMPLE0EXAMPLE0", "se/cr+et0se/cr+et0se/cr+et0se/cr+et0se/c"
PROJECT = "example-project-7"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
FRESH_S = 300
Fault = Literal[
    "", "stall", "stall_middle", "cut", "drop", "bad_sse", "bad_json", "bad_shape", "no_end", "empty", "nothing"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """How one request is answered: pieces of text, a tool call, a status, a fault."""

    pieces: Sequence[str] = ("Hello ", "there.")
    call: tuple[str, dict[str, Any]] | None = None
    calls: Sequence[tuple[str, dict[str, Any]]] = ()
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    fault: Fault = ""
    read_tokens: int = 21
    written_tokens: int = 7
    pace_s: float = 0.0

    @property
    def called(self) -> list[tuple[str, dict[str, Any]]]:
        return [*([self.call] if self.call is not None else []), *self.calls]


@dataclass(slots=True)
class StandIn(LoopbackServer):
    """Answers requests by `script`, the last act for ever. `seen` are the raw requests, `broken` those cut by us."""

    wire: Wire
    script: list[Act] = field(default_factory=lambda: [Act()])
    seen: list[bytes] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    closed_early: int = 0
    port: int = 0
    tokens: list[str] = field(default_factory=list)
    refused: int = 0
    serving: set[asyncio.Task[None]] = field(default_factory=set)

    def provider(self, **changes: Any) -> Provider:
        """A catalogue entry that leads here."""
        fields = {
            "name": "Example", "kind": self.wire, "base_url": f"http://127.0.0.1:{self.port}{PATHS[self.wire]}",
            "model": "big-1", "signed_for": "us-east-1/bedrock" if self.wire == "bedrock" else "",
            "read_usd": "0.40", "write_usd": "1.60", "context": 100_000, "region": "Example Land",
            "policy": "It keeps nothing and trains on nothing.", "as_of": "2026-01",
        }  # fmt: skip
        return Provider.model_validate(fields | changes)

    @property
    def key(self) -> str:
        """What this server lets in."""
        if self.wire == "bedrock":
            return f"{AWS_ID}:{AWS_SECRET}"
        if self.wire != "vertex":
            return "k3y"
        pem = rsa_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        return json.dumps({
            "type": "service_account", "project_id": PROJECT, "private_key_id": "key-1", "private_key": pem,
            "client_email": "someone@example.test", "token_uri": f"http://127.0.0.1:{self.port}/token",
        })  # fmt: skip

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await self._one(reader, writer):
            pass

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")), 0
        )
        body = await reader.readexactly(length)
        if head.startswith(b"POST /token "):
            return await self._give_token(body, writer)
        if not self._lets_in(head.decode("ascii"), body):
            self.refused += 1
            return await self._say(writer, 403, {}, {"error": {"message": "who are you?"}})
        self.seen.append(head + body)
        self.bodies.append(json.loads(body))
        act = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if wrong := wire_fault(self.wire, self.bodies[-1]):
            self.faults.append(wrong)
            act = Act(status=400)
        if act.fault == "drop":
            return False
        if act.fault == "stall":
            await self._until_closed(reader)
            return False
        if act.status != 200:
            told = {"type": "error", "error": {"type": "some_error", "message": "no"}}
            return await self._say(writer, act.status, act.headers, told)
        self._head(writer, 200, {"content-type": "text/event-stream"}, None)
        if not await self._stream(act, reader, writer):
            return False
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    def _lets_in(self, head: str, body: bytes) -> bool:
        """Is this who may ask, by the rules of the real server?"""
        first, *lines = head.strip().split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if self.wire == "bedrock":
            return _signed(method, target, headers, body)
        if self.wire == "vertex":
            known = [f"Bearer {token}" for token in self.tokens]
            return headers["authorization"] in known and f"/projects/{PROJECT}/" in target
        return "k3y" in headers.get("authorization", "") + headers.get("x-api-key", "")

    async def _give_token(self, body: bytes, writer: asyncio.StreamWriter) -> bool:
        """What Google's token endpoint does with a claim that a service account signed."""
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        where = f"http://127.0.0.1:{self.port}/token"
        try:
            assert "urn:ietf:params:oauth:grant-type:jwt-bearer" == form["grant_type"]
            claims = jwt.decode(form["assertion"], rsa_key().public_key(), algorithms=["RS256"], audience=where)
            assert (SCOPE, "someone@example.test") == (claims["scope"], claims["iss"])
            assert claims["exp"] - claims["iat"] <= 3600
        except (AssertionError, jwt.PyJWTError):
            return await self._say(writer, 400, {}, {"error": "invalid_grant"})
        self.tokens.append(f"ya29.{secrets.token_urlsafe(20)}")
        told = {"access_token": self.tokens[-1], "expires_in": 3599, "token_type": "Bearer"}
        return await self._say(writer, 200, {}, told)

    async def _say(self, writer: asyncio.StreamWriter, status: int, headers: dict[str, str], told: Any) -> bool:
        answer = json.dumps(told).encode()
        self._head(writer, status, headers, len(answer))
        writer.write(answer)
        await writer.drain()
        return True

    def _head(self, writer: asyncio.StreamWriter, status: int, headers: dict[str, str], length: int | None) -> None:
        lines = [f"HTTP/1.1 {status} Said", "content-type: application/json"] if length is not None else []
        lines = lines or [f"HTTP/1.1 {status} OK", "transfer-encoding: chunked"]
        lines += [f"content-length: {length}"] if length is not None else []
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode())

    async def _stream(self, act: Act, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        events = list(_anthropic(act) if self.wire == "anthropic" else _openai(act))
        if act.fault == "nothing":  # as llama-cpp-python's server ends what it can't do in a stream
            events = []
        middle = len(events) // 2
        for number, event in enumerate(events):
            if number == middle and act.fault == "cut":
                writer.transport.abort()
                return False
            if number == middle and act.fault == "stall_middle":
                await self._until_closed(reader)
                return False
            if number == middle and act.fault == "no_end":
                return True
            data = f"{event}\n\n".encode()
            writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            await writer.drain()
            if act.pace_s:
                done, waiting = await asyncio.wait([asyncio.ensure_future(reader.read(1))], timeout=act.pace_s)
                for task in waiting:
                    task.cancel()
                if done:
                    self.closed_early += 1
                    return False
        return True

    async def _until_closed(self, reader: asyncio.StreamReader) -> None:
        """Wait for the client to give up."""
        await reader.read(1)
        self.closed_early += 1


@functools.cache
def rsa_key() -> RSAPrivateKey:
    """The key of the one service account that there is."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def _signed(method: str, target: str, headers: dict[str, str], body: bytes) -> bool:
    """Would Amazon take this? Its own library signs the request once more, with the secret that only it shares."""
    scope = r"([^/]+)/(\d{8})/us-east-1/bedrock/aws4_request"
    form = rf"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=(\S+), Signature=(\w+)"
    found = re.fullmatch(form, headers.get("authorization", ""))
    if found is None or found[1] != AWS_ID or not {"host", "x-amz-date"} <= set(found[3].split(";")):
        return False
    when = time.strptime(headers["x-amz-date"] + "+0000", "%Y%m%dT%H%M%SZ%z")
    if abs(time.time() - time.mktime(when) + time.timezone) > FRESH_S or not headers["x-amz-date"].startswith(found[2]):
        return False
    signed = {name: headers[name] for name in found[3].split(";")}
    again = AWSRequest(method=method, url=f"http://{headers['host']}{target}", headers=signed, data=body)
    again.context["timestamp"] = headers["x-amz-date"]
    auth = SigV4Auth(Credentials(AWS_ID, AWS_SECRET, headers.get("x-amz-security-token")), "bedrock", "us-east-1")
    expected = auth.signature(auth.string_to_sign(again, auth.canonical_request(again)), again)
    return bool(secrets.compare_digest(expected, found[4]))


def wire_fault(wire: Wire, body: dict[str, Any]) -> str:
    """Why the real server would refuse this request: calls without results, results without calls, tools amiss."""
    try:
        named = _anthropic_names(body) if wire == "anthropic" else _openai_names(body)
        if any(not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) for name in named):
            return "a name that is none"
        return _anthropic_fault(body) if wire == "anthropic" else _openai_fault(body)
    except (LookupError, TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def _openai_names(body: dict[str, Any]) -> list[str]:
    for tool in body.get("tools", []):
        assert {"name", "description", "parameters"} == tool["function"].keys()
        jsonschema.Draft202012Validator.check_schema(tool["function"]["parameters"])
    return [tool["function"]["name"] for tool in body.get("tools", [])]


def _anthropic_names(body: dict[str, Any]) -> list[str]:
    for tool in body.get("tools", []):
        assert {"name", "description", "input_schema"} == tool.keys()
        jsonschema.Draft202012Validator.check_schema(tool["input_schema"])
    return [tool["name"] for tool in body.get("tools", [])]


def _openai_fault(body: dict[str, Any]) -> str:
    waiting: list[str] = []
    for message in body["messages"]:
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting or not isinstance(message["content"], str):
                return "a result without its call"
            waiting.remove(message["tool_call_id"])
        elif waiting:
            return "a call without its result"
        elif message.get("tool_calls"):
            waiting = [call["id"] for call in message["tool_calls"]]
            for call in message["tool_calls"]:
                json.loads(call["function"]["arguments"])
        elif not isinstance(message["content"], str):
            return "a message without words"
    if "tool_choice" in body and not body.get("tools"):
        return "a choice among no tools"
    return "a call without its result" if waiting else ""


def _anthropic_fault(body: dict[str, Any]) -> str:
    waiting: set[str] = set()
    for number, message in enumerate(body["messages"]):
        if message["role"] != ("user", "assistant")[number % 2]:
            return "roles do not alternate"
        blocks = message["content"] if isinstance(message["content"], list) else []
        results = {block["tool_use_id"] for block in blocks if block["type"] == "tool_result"}
        if results != waiting:
            return "results do not fit the calls before"
        waiting = {block["id"] for block in blocks if block["type"] == "tool_use"}
        if (waiting or results) and not body.get("tools"):
            return "calls, and no tools"
        if any(block["type"] == "text" and not block["text"].strip() for block in blocks):
            return "an empty text"
    if "tool_choice" in body and not body.get("tools"):
        return "a choice among no tools"
    return "a call without its result" if waiting else ""


def _openai(act: Act) -> list[str]:
    def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
        base = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "big-1", "choices": choices}
        return "data: " + json.dumps(base | more)

    if act.fault == "empty":
        return ["data: [DONE]"]
    if act.fault == "bad_sse":
        return ["data: {]", "data: [DONE]"]
    if act.fault == "bad_json":
        return ["data: 17", "data: [DONE]"]
    if act.fault == "bad_shape":
        return ['data: {"choices": [{"delta": 5}]}', "data: [DONE]"]
    events = [chunk({"role": "assistant", "content": ""}), *(chunk({"content": piece}) for piece in act.pieces)]
    for index, (name, arguments) in enumerate(act.called):
        text = json.dumps(arguments)
        function = {"name": name, "arguments": text[:5]}
        first = {"index": index, "id": f"k{index}", "type": "function", "function": function}
        events.append(chunk({"tool_calls": [first]}))
        events.append(chunk({"tool_calls": [{"index": index, "function": {"arguments": text[5:]}}]}))
    events.append(chunk({}, "tool_calls" if act.called else "stop"))
    usage = {"prompt_tokens": act.read_tokens, "completion_tokens": act.written_tokens, "total_tokens": 0}
    return [*events, chunk({}, choices=[], usage=usage), "data: [DONE]"]


def _anthropic(act: Act) -> list[str]:
    def event(kind: str, **fields: Any) -> str:
        return f"event: {kind}\ndata: " + json.dumps({"type": kind, **fields})

    if act.fault == "empty":
        return [event("ping")]
    if act.fault == "bad_sse":
        return ["event: message_start\ndata: {]"]
    if act.fault == "bad_json":
        return ["event: message_start\ndata: 17"]
    if act.fault == "bad_shape":
        return [event("content_block_delta", index=0, delta=5)]
    usage = {"input_tokens": act.read_tokens, "output_tokens": 1}
    message = {"id": "m1", "type": "message", "role": "assistant", "model": "big-1", "content": [], "usage": usage}
    events = [event("message_start", message=message), event("ping")]
    events.append(event("content_block_start", index=0, content_block={"type": "text", "text": ""}))
    deltas = [{"type": "text_delta", "text": piece} for piece in act.pieces]
    events += [event("content_block_delta", index=0, delta=delta) for delta in deltas]
    events.append(event("content_block_stop", index=0))
    for index, (name, arguments) in enumerate(act.called, start=1):
        block = {"type": "tool_use", "id": f"k{index}", "name": name, "input": {}}
        events.append(event("content_block_start", index=index, content_block=block))
        text = json.dumps(arguments)
        parts = [{"type": "input_json_delta", "partial_json": piece} for piece in (text[:5], text[5:])]
        events += [event("content_block_delta", index=index, delta=part) for part in parts]
        events.append(event("content_block_stop", index=index))
    reason = "tool_use" if act.called else "end_turn"
    done = {"output_tokens": act.written_tokens}
    events.append(event("message_delta", delta={"stop_reason": reason, "stop_sequence": None}, usage=done))
    return [*events, event("message_stop")]


@pytest.fixture
def stand_in() -> Callable[..., contextlib.AbstractAsyncContextManager[StandIn]]:
    """`async with stand_in("openai", Act(...), ...) as server`."""

    def serving(wire: Wire, *script: Act) -> contextlib.AbstractAsyncContextManager[StandIn]:
        return listening(StandIn(wire, list(script) or [Act()]))

    return serving


@pytest.fixture
def act() -> type[Act]:
    return Act
