"""Every request timed and logged by its route; `/metrics` for Prometheus."""

from __future__ import annotations

import hmac
import ipaddress
import logging
import time

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.gateway.answers import ApiError
from assistant.gateway.described import content
from assistant.gateway.gateway import Gateway, gateway_of
from assistant.gateway.metrics import Metrics
from assistant.gateway.refusals import not_found
from assistant.gateway.settings import read_secret

log = logging.getLogger("assistant.gateway")
router = APIRouter(tags=["operation"])


class Observed:
    """Times each request and logs it by its route's template: no address, no query, no id of a person."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began_s, status, first_s, use_id = time.perf_counter(), 500, 0.0, ""

        async def watched(message: Message) -> None:
            nonlocal status, first_s, use_id
            if message["type"] == "http.response.start":
                status, first_s = message["status"], time.perf_counter() - began_s
                use_id = next((value.decode() for key, value in message["headers"] if key == b"x-request-id"), "")
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            whole_s, route = time.perf_counter() - began_s, str(getattr(scope.get("route"), "path", "none"))
            method = scope["method"] if scope["method"] in ("GET", "POST", "HEAD", "OPTIONS") else "other"
            self._metrics.requests.labels(route, method, str(status)).inc()
            self._metrics.first_byte.labels(route).observe(first_s or whole_s)
            self._metrics.whole.labels(route).observe(whole_s)
            fields: dict[str, object] = {"route": route, "method": method, "status": status}
            fields |= {"first_ms": round(first_s * 1000, 1), "ms": round(whole_s * 1000, 1)}
            if use_id:
                fields["use"] = use_id
            log.info("request", extra={"fields": fields})


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses={404: {"description": "not for you", "content": content(ApiError)}},
)
async def metrics_page(request: Request) -> Response:
    """For Prometheus: with the token of `metrics_token_file`, or else from this machine itself, past no proxy."""
    gateway = gateway_of(request)
    if not _may_read(gateway, request):
        raise not_found()
    gateway.metrics.under_way.set(gateway.meter.under_way)
    return Response(generate_latest(gateway.metrics.registry), media_type=CONTENT_TYPE_LATEST)


def _may_read(gateway: Gateway, request: Request) -> bool:
    if wanted := read_secret(gateway.settings.server.metrics_token_file):
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
    if gateway.settings.server.trusted_proxy or "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.client.host if request.client else "").is_loopback
    except ValueError:
        return False
