"""The application: routes, middleware, and the one place where a refusal becomes an answer."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response

from assistant.gateway import (
    account_pages,
    activation_pages,
    chat_api,
    entitlement_api,
    health,
    images_api,
    oauth,
    observe,
    sign_in_pages,
    subscription_api,
    usage_api,
    webhooks,
)
from assistant.gateway.bodies import Bodies, BodyTooLargeError, BodyTooSlowError
from assistant.gateway.database import DatabaseError
from assistant.gateway.gateway import Gateway
from assistant.gateway.page import refused
from assistant.gateway.refusals import ApiRefusal, OAuthRefusal, PageRefusal, Refusal
from assistant.gateway.tidy import keep_tidy

log = logging.getLogger("assistant.gateway")
ROUTERS = (
    oauth.router,
    entitlement_api.router,
    subscription_api.router,
    usage_api.router,
    chat_api.router,
    images_api.router,
    webhooks.router,
    sign_in_pages.router,
    activation_pages.router,
    account_pages.router,
    health.router,
    observe.router,
)


def build(gateway: Gateway) -> FastAPI:
    """The application over this gateway; whoever serves it also closes the database."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with keep_tidy(gateway):
            yield

    app = FastAPI(title="Assistant gateway", version="1", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.gateway = gateway
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(Bodies)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=_hosts(gateway), www_redirect=False)
    app.add_middleware(observe.Observed, metrics=gateway.metrics)
    app.add_exception_handler(Refusal, _refuse)
    app.add_exception_handler(RequestValidationError, _refuse_values)
    app.add_exception_handler(HTTPException, _refuse_route)
    app.add_exception_handler(BodyTooLargeError, _refuse_size)
    app.add_exception_handler(BodyTooSlowError, _refuse_drip)
    app.add_exception_handler(DatabaseError, _refuse_for_now)
    app.add_exception_handler(Exception, _refuse_unexpected)
    return app


def _hosts(gateway: Gateway) -> list[str]:
    """Names that a request may call this server; others are refused (DNS rebinding)."""
    hosts = {urlsplit(gateway.base_url).hostname or ""}
    if gateway.settings.server.is_loopback:
        hosts |= {"127.0.0.1", "localhost", "[::1]", gateway.settings.server.host}
    return sorted(hosts)


def _shape(request: Request, status: int, code: str, sentence: str, *, retry_after_s: float = 0) -> Response:
    """A refusal in the shape of the part of the API that was asked."""
    path = request.url.path
    if path.startswith("/oauth/"):
        return OAuthRefusal(status, code, sentence, retry_after_s=retry_after_s).response()
    if path.startswith(("/v1/", "/.well-known/", "/webhooks/", "/openapi.json", "/health", "/metrics")):
        return ApiRefusal(status, code, sentence, retry_after_s=retry_after_s).response()
    return refused(request, PageRefusal(status, code, sentence, retry_after_s=retry_after_s))


async def _refuse(request: Request, error: Exception) -> Response:
    if isinstance(error, PageRefusal):
        return refused(request, error)
    assert isinstance(error, Refusal)
    return error.response()


async def _refuse_values(request: Request, error: Exception) -> Response:
    return _shape(request, 400, "invalid_request", "A value is missing or does not fit.")


async def _refuse_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    codes = {404: "not_found", 405: "method_not_allowed"}
    answer = _shape(
        request, error.status_code, codes.get(error.status_code, "invalid_request"), "There is nothing at this address."
    )
    answer.headers.update(error.headers or {})
    return answer


async def _refuse_size(request: Request, _error: Exception) -> Response:
    return _shape(request, 413, "too_large", "The body is too large.")


async def _refuse_drip(request: Request, _error: Exception) -> Response:
    return _shape(request, 408, "too_slow", "The body came too slowly.")


async def _refuse_for_now(request: Request, error: Exception) -> Response:
    log.error("database", extra={"fields": {"error": type(error.__cause__).__name__}})
    return _shape(request, 503, "overloaded", "The gateway cannot answer just now.", retry_after_s=5)


async def _refuse_unexpected(request: Request, error: Exception) -> Response:
    log.error("unexpected", exc_info=error)
    return _shape(request, 500, "internal", "Something went wrong inside.")
