"""How a request is refused: the shapes of OAuth (RFC 6749), of OpenAI's API, and of a page for a person."""

from __future__ import annotations

import math

from starlette.responses import JSONResponse, Response

NO_STORE = {"Cache-Control": "no-store"}


class Refusal(Exception):  # noqa: N818 - OAuthRefusal, ApiRefusal read better
    """Base: a status, a stable code, a sentence, and headers. The sentence holds nothing that was sent."""

    def __init__(
        self, status: int, code: str, sentence: str, *, retry_after_s: float = 0, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.headers = {**NO_STORE, **(headers or {})}
        if retry_after_s > 0:
            self.headers["Retry-After"] = str(math.ceil(retry_after_s))

    def response(self) -> Response:
        return JSONResponse(self.body(), self.status, self.headers)

    def body(self) -> dict[str, object]:
        raise NotImplementedError


class OAuthRefusal(Refusal):
    """`{"error": ..., "error_description": ...}` of RFC 6749, section 5.2."""

    def body(self) -> dict[str, object]:
        return {"error": self.code, "error_description": self.sentence}


class ApiRefusal(Refusal):
    """`{"error": {"message", "type", "code", "param"}}` of OpenAI's API."""

    param: str | None = None

    def body(self) -> dict[str, object]:
        kinds = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
        kind = kinds.get(self.status, "invalid_request_error" if self.status < 500 else "server_error")
        return {"error": {"message": self.sentence, "type": kind, "code": self.code, "param": self.param}}


class PageRefusal(Refusal):
    """A sentence on a page."""

    def body(self) -> dict[str, object]:
        return {"error": self.code}


def not_found() -> ApiRefusal:
    return ApiRefusal(404, "not_found", "There is nothing at this address.")
