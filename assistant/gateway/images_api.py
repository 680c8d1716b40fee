"""`/v1/images/generations` and `/v1/images/edits`: pictures, for devices whose plan has them."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import anyio
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from assistant.gateway.answers import Pictures
from assistant.gateway.bodies import IMAGE_BYTES
from assistant.gateway.caller import Caller
from assistant.gateway.callers import caller_of
from assistant.gateway.chat_api import REFUSED, check_plan, model_of, slot, take_turn
from assistant.gateway.chat_request import read_request
from assistant.gateway.chat_stream import refusal_of
from assistant.gateway.described import api, json_body
from assistant.gateway.gateway import Gateway, gateway_of
from assistant.gateway.ledger import Amount
from assistant.gateway.refusals import NO_STORE, ApiRefusal
from assistant.gateway.settings import ModelSettings
from assistant.gateway.upstream import UpstreamError

router = APIRouter(tags=["models"])
MAX_IMAGE_BYTES = 20 * 1024 * 1024
_KINDS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))
_Word = Annotated[str, Field(min_length=1, max_length=40)]


class ImageRequest(BaseModel):
    """The fields of docs/gateway.md; the upstream checks the words."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    model: Annotated[str, Field(min_length=1, max_length=100)]
    prompt: Annotated[str, Field(min_length=1, max_length=32_000)]
    n: int = Field(default=1, ge=1, le=4)
    size: _Word | None = None
    quality: _Word | None = None
    background: _Word | None = None
    output_format: Literal["png", "jpeg", "webp"] | None = None

    def passed_on(self, model: ModelSettings) -> dict[str, Any]:
        return {**self.model_dump(exclude_none=True), "model": model.upstream}


class EditForm(ImageRequest):
    """How an edit is described; the files are checked by their first bytes."""

    image: bytes
    mask: bytes | None = None


@router.post("/v1/images/generations", responses=api(Pictures, *REFUSED), openapi_extra=json_body(ImageRequest))
async def generations(request: Request) -> Response:
    """Make pictures from words."""
    gateway, caller = gateway_of(request), await caller_of(request)
    wish = read_request(ImageRequest, await request.body())
    model = model_of(gateway.settings.upstream.images, wish.model)
    return await _made(gateway, caller, wish, model, "/images/generations", json=wish.passed_on(model))


@router.post(
    "/v1/images/edits", responses=api(Pictures, *REFUSED), openapi_extra=json_body(EditForm, "multipart/form-data")
)
async def edits(request: Request) -> Response:
    """Change a picture by words; it is held in memory only."""
    gateway, caller = gateway_of(request), await caller_of(request)
    check_plan(caller, "images")
    words, pictures = await _form(request)
    wish = read_request(ImageRequest, _as_json(words))
    model = model_of(gateway.settings.upstream.images, wish.model)
    if "image" not in pictures:
        raise _bad("image")
    files = {name: (name, data, _kind_of(data, name)) for name, data in pictures.items()}
    fields = {name: str(value) for name, value in wish.passed_on(model).items()}
    return await _made(gateway, caller, wish, model, "/images/edits", data=fields, files=files)


async def _made(
    gateway: Gateway, caller: Caller, wish: ImageRequest, model: ModelSettings, path: str, **content: Any
) -> Response:
    check_plan(caller, "images")
    await take_turn(gateway, caller)
    with slot(gateway, caller), anyio.CancelScope(shield=True):
        meter = gateway.meter
        line = await meter.open(caller, "image", wish.model, model, Amount(images=wish.n))
        try:
            answer = await meter.upstream.ask(path, line.use_id, **content)
            data = answer.get("data")
            if not isinstance(data, list) or not all(isinstance(each, dict) and each.get("b64_json") for each in data):
                raise UpstreamError("malformed")
        except UpstreamError as error:
            await meter.release(line)
            raise refusal_of(error) from None
        await meter.close_counted(line, Amount(images=len(data)))
    return JSONResponse(answer, headers={**NO_STORE, "X-Request-Id": line.use_id})


async def _form(request: Request) -> tuple[dict[str, str], dict[str, bytes]]:
    """Words and pictures of a multipart form; the pictures stay in memory. Raises: ApiRefusal: 400."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise ApiRefusal(400, "invalid_request", "The body must be multipart/form-data.")
    parser = MultiPartParser(request.headers, request.stream(), max_files=2, max_fields=12, max_part_size=IMAGE_BYTES)
    parser.spool_max_size = IMAGE_BYTES
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError):
        raise ApiRefusal(400, "invalid_request", "The form cannot be read.") from None
    words, pictures = {}, {}
    try:
        for name, value in form.multi_items():
            if isinstance(value, str):
                words[name] = value
            elif name in ("image", "mask"):
                pictures[name] = await value.read()
    finally:
        await form.close()
    return words, pictures


def _as_json(words: dict[str, str]) -> bytes:
    values: dict[str, Any] = dict(words)
    if values.get("n", "").isascii() and values.get("n", "").isdigit():
        values["n"] = int(values["n"])
    return json.dumps(values).encode()


def _kind_of(data: bytes, name: str) -> str:
    """The media type by the first bytes. Raises: ApiRefusal: 400, 413."""
    if len(data) > MAX_IMAGE_BYTES:
        raise ApiRefusal(413, "too_large", "The picture is too large.")
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    for magic, kind in _KINDS:
        if data.startswith(magic):
            return kind
    raise _bad(name)


def _bad(name: str) -> ApiRefusal:
    refusal = ApiRefusal(400, "invalid_request", "A picture is needed: PNG, JPEG or WebP.")
    refusal.param = name
    return refusal
