"""What OpenAPI says about bodies that are read by hand, after it is known who sends them, and about answers."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from starlette.responses import RedirectResponse

from assistant.gateway.answers import ApiError, OAuthError

Responses = dict[int | str, dict[str, Any]]
_API = {
    304: "nothing new",
    400: "invalid_request",
    401: "invalid_token, invalid_dpop_proof, use_dpop_nonce",
    403: "plan_required",
    404: "model_not_found, not_found",
    408: "too_slow",
    409: "no_subscription",
    413: "too_large",
    429: "plan_limit_reached, rate_limited",
    502: "upstream_error",
    503: "overloaded, upstream_unavailable, billing_unavailable",
    504: "upstream_timeout",
}
_OAUTH = {
    400: "an error of RFC 6749, RFC 8628 or RFC 9449",
    401: "invalid_client",
    408: "too_slow",
    413: "too_large",
    429: "temporarily_unavailable",
    503: "overloaded",
}
_A_PAGE = {"description": "a sentence on a page", "content": {"text/html": {"schema": {"type": "string"}}}}
PAGES: Responses = {303: {"description": "to another page"}, "4XX": _A_PAGE, 503: _A_PAGE}
"""How the pages for people answer, besides with the page that was asked for."""
GOES: dict[str, Any] = {"status_code": 303, "response_class": RedirectResponse}
"""For a form that leads to another page."""


def api(shape: type[BaseModel], *codes: int) -> Responses:
    """For `responses`: the answer, and refusals as OpenAI shapes them."""
    found: Responses = {200: {"model": shape}}
    for code in (*codes, 503):
        found[code] = {"description": _API[code]} | ({} if code == 304 else {"model": ApiError})
    return found


def oauth(shape: type[BaseModel]) -> Responses:
    """For `responses`: the answer, and refusals as RFC 6749 shapes them."""
    found: Responses = {200: {"model": shape}}
    for code, told in _OAUTH.items():
        found[code] = {"model": OAuthError, "description": told}
    return found


def json_body(kind: type[BaseModel], media_type: str = "application/json") -> dict[str, Any]:
    """For `openapi_extra`: a required body of this model, with its definitions put in place."""
    return {"requestBody": {"required": True, "content": content(kind, media_type)}}


def content(kind: type[BaseModel], media_type: str = "application/json") -> dict[str, Any]:
    """This model as `content` of a body."""
    schema = kind.model_json_schema()
    inner = schema.pop("$defs", {})
    return {media_type: {"schema": _inlined(schema, inner)}}


def _inlined(part: Any, inner: dict[str, Any]) -> Any:
    if isinstance(part, list):
        return [_inlined(each, inner) for each in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _inlined(inner[part["$ref"].rpartition("/")[2]], inner)
    return {name: _inlined(value, inner) for name, value in part.items()}
