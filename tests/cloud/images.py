"""A stand-in for the Images of OpenAI on the loopback: the real wire of generations (JSON) and edits (multipart)."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import email.parser
import email.policy
import io
import json
from dataclasses import dataclass, field
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from assistant.think.providers import Provider

from .loopback import LoopbackServer, listening

PICTURES = {"model": "paint-1", "quality": "medium", "read_usd": "2", "image_usd": "2.5", "write_usd": "8",
            "most_tokens": 1600}  # fmt: skip
ALLOWED = {"model", "prompt", "n", "size", "quality", "output_format", "user"}


def colours(number: int) -> bytes:
    """A real PNG, another one for each number, with a chunk of its maker in it."""
    picture = Image.new("RGB", (96, 64), ((number * 67) % 256, (number * 131) % 256, (number * 29) % 256))
    told, out = PngInfo(), io.BytesIO()
    told.add_text("Software", f"paint-1, number {number}")
    picture.save(out, format="PNG", pnginfo=told)
    return out.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request: which of both it was, its fields, and the picture that came along."""

    path: str
    fields: dict[str, str]
    image: bytes = b""


@dataclass(slots=True)
class ImagesServer(LoopbackServer):
    """Draws `colours(n)` for the n-th request. `fault`: a status, or "stall", "url", "text", "no usage"."""

    asked: list[Asked] = field(default_factory=list)
    seen: list[bytes] = field(default_factory=list)
    drawn: list[bytes] = field(default_factory=list)
    usage: list[dict[str, Any]] = field(default_factory=list)
    fault: str | int = ""
    port: int = 0
    key: str = "k3y"
    serving: set[asyncio.Task[None]] = field(default_factory=set)

    def provider(self, **changes: Any) -> Provider:
        fields = {
            "name": "Example", "kind": "openai", "base_url": f"http://127.0.0.1:{self.port}/v1", "model": "big-1",
            "read_usd": "0.40", "write_usd": "1.60", "context": 100_000, "region": "Example Land",
            "policy": "It keeps nothing and trains on nothing.", "as_of": "2026-01", "pictures": PICTURES,
        }  # fmt: skip
        return Provider.model_validate(fields | changes)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await self._one(reader, writer)

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head.decode().split("\r\n")[1:] if line)
        }
        body = await reader.readexactly(int(headers["content-length"]))
        self.seen.append(head + body)
        asked = read_request(head.decode().split()[1], headers["content-type"], body)
        if self.fault == "stall":
            await reader.read(1)
            return
        status, answer = (400, {"error": {"message": "no"}}) if wrong(asked) else (200, self._answer(asked))
        if isinstance(self.fault, int):
            status, answer = self.fault, {"error": {"message": "no"}}
        data = json.dumps(answer).encode()
        writer.write(
            f"HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n".encode()
        )
        writer.write(data)
        await writer.drain()

    def _answer(self, asked: Asked) -> dict[str, Any]:
        self.asked.append(asked)
        png = colours(len(self.asked))
        self.drawn.append(png)
        text, image = len(asked.fields["prompt"].split()) + 3, 323 if asked.image else 0
        usage = {
            "input_tokens": text + image, "output_tokens": 1056, "total_tokens": text + image + 1056,
            "input_tokens_details": {"text_tokens": text, "image_tokens": image},
        }  # fmt: skip
        self.usage.append(usage)
        data: dict[str, str] = {"b64_json": base64.b64encode(b"GIF89a" if self.fault == "text" else png).decode()}
        if self.fault == "url":
            data = {"url": f"http://127.0.0.1:{self.port}/elsewhere.png"}
        whole: dict[str, Any] = {"created": 1, "data": [data], "output_format": "png", "usage": usage}
        if self.fault == "no usage":
            del whole["usage"]
        return whole


def read_request(path: str, kind: str, body: bytes) -> Asked:
    """What the real server would read. Raises: ValueError, LookupError: neither JSON nor a form."""
    if path == "/v1/images/generations":
        return Asked(path=path, fields={name: str(value) for name, value in json.loads(body).items()})
    whole = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(
        f"content-type: {kind}\r\n\r\n".encode() + body
    )
    fields: dict[str, str] = {}
    image = b""
    for part in whole.iter_parts():
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True)
        assert isinstance(data, bytes)
        if name in ("image", "image[]"):
            assert ("image/png", "picture.png") == (part.get_content_type(), part.get_filename())
            image = data
        else:
            fields[str(name)] = data.decode()
    return Asked(path=path, fields=fields, image=image)


def wrong(asked: Asked) -> bool:
    """Would the real server refuse it?"""
    edits = asked.path == "/v1/images/edits"
    return (
        asked.path not in ("/v1/images/generations", "/v1/images/edits")
        or not {"model", "prompt"} <= asked.fields.keys() <= ALLOWED
        or edits != asked.image.startswith(b"\x89PNG")
    )


def images() -> contextlib.AbstractAsyncContextManager[ImagesServer]:
    return listening(ImagesServer(), limit_bytes=2**24)
