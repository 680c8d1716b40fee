"""What OpenAPI says about bodies that are read by hand, after it is known who sends them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


def json_body(kind: type[BaseModel], media_type: str = "application/json") -> dict[str, Any]:
    """For `openapi_extra`: a required body of this model, with its definitions put in place."""
    schema = kind.model_json_schema()
    inner = schema.pop("$defs", {})
    return {"requestBody": {"required": True, "content": {media_type: {"schema": _inlined(schema, inner)}}}}


def _inlined(part: Any, inner: dict[str, Any]) -> Any:
    if isinstance(part, list):
        return [_inlined(each, inner) for each in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _inlined(inner[part["$ref"].rpartition("/")[2]], inner)
    return {name: _inlined(value, inner) for name, value in part.items()}
