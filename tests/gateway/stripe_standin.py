"""Stripe's side of the wire: its forms, its pages, its errors and its signatures, over a state that a test sets."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

API_VERSION = "2026-10-28.endive"
KEY = "sk_test_standin"
WEBHOOK_SECRET = "whsec_standin"


class Stripe:
    """Customers, subscriptions and entitlements; `down` makes every request fail with 500."""

    def __init__(self) -> None:
        self.customers: dict[str, dict[str, Any]] = {}
        self.subscriptions: dict[str, dict[str, Any]] = {}
        self.features: dict[str, list[str]] = {}
        self.sessions: list[dict[str, str]] = []
        self.requests: list[str] = []
        self.down = False
        self.before_answer: Callable[[str], None] = lambda path: None
        self._idempotent: dict[str, dict[str, Any]] = {}
        self._numbers = itertools.count(1)

    def subscribe(
        self, customer: str, price: str, start: int, end: int, *, status: str = "active", **changes: Any
    ) -> str:
        """A subscription as the API returns it; its id."""
        made = f"sub_{next(self._numbers):06d}"
        self.subscriptions[made] = {
            "id": made,
            "object": "subscription",
            "customer": customer,
            "status": status,
            "cancel_at_period_end": False,
            "cancel_at": None,
            "ended_at": None,
            "items": {
                "object": "list",
                "data": [
                    {
                        "id": f"si_{made}",
                        "object": "subscription_item",
                        "current_period_start": start,
                        "current_period_end": end,
                        "price": {"id": price, "object": "price"},
                    }
                ],
                "has_more": False,
                "url": "/v1/subscription_items",
            },
            **changes,
        }
        return made

    def app(self) -> Starlette:
        routes: list[tuple[str, str, Callable[..., dict[str, Any]]]] = [
            ("POST", "/v1/customers", self._create_customer),
            ("DELETE", "/v1/customers/{id}", self._delete_customer),
            ("GET", "/v1/subscriptions", self._list_subscriptions),
            ("POST", "/v1/subscriptions/{id}", self._update_subscription),
            ("GET", "/v1/entitlements/active_entitlements", self._list_entitlements),
            ("POST", "/v1/checkout/sessions", self._checkout),
            ("POST", "/v1/billing_portal/sessions", self._portal),
        ]
        return Starlette(routes=[Route(path, self._answer(call), methods=[method]) for method, path, call in routes])

    def _answer(self, call: Callable[..., dict[str, Any]]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            path = f"{request.method} {request.url.path}"
            self.requests.append(path)
            if self.down:
                return _error(500, "api_error", "Something went wrong.")
            if request.headers.get("authorization") != f"Bearer {KEY}":
                return _error(401, "invalid_request_error", "Invalid API Key provided.")
            fields = dict(request.query_params)
            if request.method != "GET":
                fields = dict(parse_qsl((await request.body()).decode()))
            key = request.headers.get("idempotency-key", "")
            if key in self._idempotent:
                return JSONResponse(self._idempotent[key])
            try:
                found = call(fields, **request.path_params)
            except KeyError:
                return _error(404, "invalid_request_error", "No such thing.", "resource_missing")
            if key:
                self._idempotent[key] = found
            self.before_answer(path)
            return JSONResponse(found)

        return answer

    def _create_customer(self, fields: dict[str, str]) -> dict[str, Any]:
        made = f"cus_{secrets.token_hex(7)}"
        self.customers[made] = {"id": made, "object": "customer", "email": fields["email"]}
        return self.customers[made]

    def _delete_customer(self, _fields: dict[str, str], id: str) -> dict[str, Any]:
        del self.customers[id]
        self.subscriptions = {key: each for key, each in self.subscriptions.items() if each["customer"] != id}
        return {"id": id, "object": "customer", "deleted": True}

    def _list_subscriptions(self, fields: dict[str, str]) -> dict[str, Any]:
        assert fields["status"] == "all"
        self.customers[fields["customer"]]
        found = [json.loads(json.dumps(each)) for each in self.subscriptions.values()]
        return _page("/v1/subscriptions", [each for each in found if each["customer"] == fields["customer"]], fields)

    def _update_subscription(self, fields: dict[str, str], id: str) -> dict[str, Any]:
        row = self.subscriptions[id]
        row["cancel_at_period_end"] = fields["cancel_at_period_end"] in ("true", "True")
        return row

    def _list_entitlements(self, fields: dict[str, str]) -> dict[str, Any]:
        found = [
            {
                "id": f"ent_{key}",
                "object": "entitlements.active_entitlement",
                "feature": f"feat_{key}",
                "lookup_key": key,
            }
            for key in self.features.get(fields["customer"], [])
        ]
        return _page("/v1/entitlements/active_entitlements", found, {**fields, "limit": "10"})

    def _checkout(self, fields: dict[str, str]) -> dict[str, Any]:
        self.customers[fields["customer"]]
        self.sessions.append(fields)
        return {"id": "cs_1", "object": "checkout.session", "url": "https://checkout.stripe.com/c/pay/cs_1"}

    def _portal(self, fields: dict[str, str]) -> dict[str, Any]:
        self.customers[fields["customer"]]
        return {"id": "bps_1", "object": "billing_portal.session", "url": "https://billing.stripe.com/p/session/1"}


def _page(url: str, found: list[dict[str, Any]], fields: dict[str, str]) -> dict[str, Any]:
    """A page of a list, after `starting_after`."""
    limit, start = int(fields["limit"]), 0
    if after := fields.get("starting_after"):
        start = [each["id"] for each in found].index(after) + 1
    return {"object": "list", "url": url, "data": found[start : start + limit], "has_more": len(found) > start + limit}


def _error(status: int, kind: str, message: str, code: str | None = None) -> Response:
    return JSONResponse({"error": {"type": kind, "message": message, "code": code}}, status)


def event(kind: str, thing: dict[str, Any], event_id: str | None = None) -> bytes:
    """An event as Stripe sends it."""
    made = {
        "id": event_id or f"evt_{secrets.token_hex(12)}",
        "object": "event",
        "api_version": API_VERSION,
        "created": int(time.time()),
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
        "data": {"object": thing},
    }
    return json.dumps(made).encode()


def signature(payload: bytes, secret: str = WEBHOOK_SECRET, at_s: float | None = None) -> str:
    """The header Stripe-Signature: HMAC-SHA-256 over the time and the body."""
    at = int(time.time() if at_s is None else at_s)
    mac = hmac.new(secret.encode(), f"{at}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={at},v1={mac}"
