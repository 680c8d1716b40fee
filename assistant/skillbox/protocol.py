"""The messages between the daemon and a skill's process, over `assistant.wire`; the process is never believed.

daemon                               process
 {hello}            ------------->   gives up its rights, imports the skill
                    <-------------   {ready} or {refused}
 {call: n, ...}     ------------->   a task runs the tool
                    <-------------   {op: m, call: n, name, args}      a wish to the context, counted by the process
 {answer: m, ...}   ------------->
 {cancel: n}        ------------->
                    <-------------   {done: n, reply | error}

Who speaks is known from the descriptor alone: no message names a skill. A message about a call that is not under way
on this descriptor, with an unknown field or over its bounds ends the process.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from assistant.skillbox.sandbox import Enforced
from assistant.types import JsonDict

MAX_MESSAGE_BYTES = 256 << 10
_LENGTHS = struct.Struct("!II")
_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)

Number = Annotated[int, Field(ge=1, le=2**53)]


class ProtocolError(Exception):
    """The process sent what no honest one sends."""


class Ready(BaseModel):
    """What the process could give up, and its tools (checked by `description.read_description`)."""

    model_config = _STRICT

    enforced: dict[str, bool]
    ready: dict[str, Any]


class Refused(BaseModel):
    model_config = _STRICT

    refused: str = Field(max_length=600)
    enforced: dict[str, bool] | None = None


class Op(BaseModel):
    model_config = _STRICT

    op: Number
    call: Number
    name: str = Field(max_length=40)
    args: dict[str, Any] = Field(max_length=8)


class Failure(BaseModel):
    """`skill`: a refusal in the skill's words; `crashed`: the name of an exception; `cancelled`: as it was told to."""

    model_config = _STRICT

    code: Literal["skill", "not_available", "crashed", "cancelled"]
    sentence: str = Field(max_length=1000)


class Done(BaseModel):
    model_config = _STRICT

    done: Number
    reply: dict[str, Any] | None = None
    error: Failure | None = None


First = Ready | Refused
Later = Op | Done

_FIRST: TypeAdapter[First] = TypeAdapter(First)
_LATER: TypeAdapter[Later] = TypeAdapter(Later)


def first(fields: object) -> First:
    """Raises: ProtocolError."""
    found: First = _checked(_FIRST, fields)
    return found


def later(fields: object) -> Later:
    """Raises: ProtocolError."""
    found: Later = _checked(_LATER, fields)
    return found


def enforced_of(fields: dict[str, bool] | None) -> Enforced:
    """Raises: ProtocolError: another set of names."""
    try:
        return Enforced(**(fields or {}))
    except TypeError:
        raise ProtocolError("unknown fields") from None


async def read_message(reader: asyncio.StreamReader) -> object:
    """One message: a header alone, of bounded size. Raises: ProtocolError, asyncio.IncompleteReadError, OSError."""
    size, payload = _LENGTHS.unpack(await reader.readexactly(_LENGTHS.size))
    if size > MAX_MESSAGE_BYTES or payload:
        raise ProtocolError("message too large")
    try:
        return json.loads(await reader.readexactly(size))
    except (ValueError, RecursionError):
        raise ProtocolError("no JSON") from None


def read_first(sock: socket.socket, patience_s: float) -> object:
    """The first message of a process, for who waits without a loop. Raises: ProtocolError, OSError: none in time."""
    until_s = time.monotonic() + patience_s
    size, payload = _LENGTHS.unpack(_receive(sock, _LENGTHS.size, until_s))
    if size > MAX_MESSAGE_BYTES or payload:
        raise ProtocolError("message too large")
    try:
        return json.loads(_receive(sock, size, until_s))
    except (ValueError, RecursionError):
        raise ProtocolError("no JSON") from None


def _receive(sock: socket.socket, size: int, until_s: float) -> bytes:
    data = b""
    while len(data) < size:
        sock.settimeout(max(0.001, until_s - time.monotonic()))
        piece = sock.recv(size - len(data))
        if not piece:
            raise OSError("it ended")
        data += piece
    return data


def timer_fields(timer: Any) -> JsonDict:
    """A timer or a promise as plain data."""
    fields: JsonDict = {"id": timer.id, "label": timer.label, "seconds": timer.seconds, "due": timer.due.isoformat()}
    if hasattr(timer, "kind"):
        repeat = {"weekdays": list(timer.repeat.weekdays), "every_days": timer.repeat.every_days}
        fields |= {"kind": timer.kind, "ringing": timer.ringing, "repeat": repeat}
    return fields


def _checked(adapter: TypeAdapter[Any], fields: object) -> Any:
    try:
        return adapter.validate_python(fields)
    except (ValidationError, RecursionError):
        raise ProtocolError("malformed message") from None
