"""Reads a form of RFC 6749: UTF-8, each field at most once, nothing that cannot be printed."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

FORM = "application/x-www-form-urlencoded"
MAX_FIELDS = 30
Told = str | tuple[str, ...]


class FormError(Exception):
    """It is no such form. `sentence` says why, without a word of it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


async def read_form(request: Request) -> dict[str, str]:
    """Raises: FormError: another content type, a field twice, too many, or characters that cannot be printed."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise FormError(f"The body must be a form: {FORM}.")
    try:
        text = (await request.body()).decode()
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError:
        raise FormError("The form cannot be read.") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise FormError("A field is there twice.")
    if not all(is_plain(name) and is_plain(value) for name, value in pairs):
        raise FormError("A field has characters that cannot be printed.")
    return fields


def is_plain(text: str) -> bool:
    """No control characters and no halves of surrogate pairs."""
    return not text or text.isprintable()


def form_body(required: dict[str, Told], optional: dict[str, Told] | None = None) -> dict[str, Any]:
    """What OpenAPI says about a form with these fields (name -> description, or the values that there are)."""
    fields = {**required, **(optional or {})}
    schema = {
        "type": "object",
        "required": list(required),
        "properties": {
            name: {"type": "string", **({"description": told} if isinstance(told, str) else {"enum": list(told)})}
            for name, told in fields.items()
        },
    }
    return {"requestBody": {"required": True, "content": {FORM: {"schema": schema}}}}
