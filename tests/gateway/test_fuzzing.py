"""Whatever is sent along the description of the API, and against it: no 5xx, and an answer as the description says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import Phase, given, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.python.asgi import ASGIClient, shutdown_lifespans
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from assistant.gateway.activation import begin, decide, waiting
from assistant.gateway.app import build
from assistant.gateway.gateway import Gateway
from assistant.gateway.settings import GatewaySettings
from assistant.gateway.sign_in import form_token, sign_in
from tests.gateway.person import BASE, PASSWORD, Clock, Device, Person
from tests.gateway.plans import add_plan, subscribe
from tests.gateway.serving import served
from tests.gateway.stripe_standin import Stripe
from tests.gateway.test_webhooks import settings as stripe_settings
from tests.gateway.test_webhooks import stripe
from tests.gateway.upstream_standin import KEY, PNG, UpstreamStandIn

pytestmark = pytest.mark.contract
__all__ = ["stripe", "stripe_settings"]
EXAMPLES = 12
"""Of each operation and each mode."""
PAUSE_S = 10
"""Between requests, by the gateway's clock: its limits are far, and are tested elsewhere."""
NEVER = {
    "POST /webhooks/stripe": "Stripe signs the whole body",
    "POST /account/delete": "the person would be gone",
    "GET /metrics": "is for this machine",
}
"""What cannot succeed here; each is tested elsewhere."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]


@pytest.fixture
def settings(stripe_settings: GatewaySettings, tmp_path: Path) -> Iterator[GatewaySettings]:
    """Payment and models are set up, so there is no reason for any 5xx."""
    key = tmp_path / "upstream.key"
    key.write_text(KEY, encoding="utf-8")
    key.chmod(0o600)
    with served(UpstreamStandIn().app()) as url:
        models = {"chat": {"assistant-chat": {"upstream": "b"}}, "images": {"assistant-image": {"upstream": "p"}}}
        upstream = {"base_url": f"{url}/v1", "key_file": key, **models}
        yield GatewaySettings.model_validate({**stripe_settings.model_dump(), "upstream": upstream})


@dataclass
class Callers:
    """Who may call: a person who is signed in, and a device, both with a plan."""

    gateway: Gateway
    clock: Clock
    person: Person
    device: Device
    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    asked: int = 0

    def send(self, case: Case, session: ASGIClient, *, knowing: bool) -> None:
        """As generated, but by somebody who may call; `knowing`: what can only be known from us is put in."""
        self.clock.advance(PAUSE_S)
        path, method = case.operation.path, case.operation.method.upper()
        headers: dict[str, str] = {}
        if path.startswith("/v1/"):
            headers = self.device.headers(method, path)
        elif path.startswith("/oauth/"):
            headers = {"DPoP": self.device.proof(method, path, with_token=False)}
        else:
            headers = {"Cookie": f"gateway={self._signed_in()}"}
        if knowing and isinstance(case.body, dict):
            known = self._known(path, headers.get("Cookie", "").removeprefix("gateway="))
            case.body.update({name: known[name] for name in known.keys() & case.body.keys()})
        answer = case.call(base_url=BASE, session=session, headers=headers, allow_redirects=False)
        self.statuses.setdefault(f"{method} {path}", Counter())[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)

    def _signed_in(self) -> str:
        with self.gateway.database.transaction() as session:
            return sign_in(session, self.person.account_id, self.gateway.now())

    def _known(self, path: str, token: str) -> dict[str, Any]:
        """Values that are right; a code of a device that waits, and for `/oauth/token` no longer does."""
        self.asked += 1
        with self.gateway.database.transaction() as session:
            begun = begin(session, self.device.jkt, "Fuzzed", self.gateway.now())
            if path == "/oauth/token":
                row = waiting(session, begun.user_code, self.clock())
                assert row is not None
                decide(session, row, self.person.account_id, "1", self.gateway.now(), allow=True)
        return {
            "form_token": form_token(self.gateway.secret, token),
            "email": f"new{self.asked}@example.org" if path == "/signup" else self.person.email,
            "password": "wrong" if path == "/account/delete" else PASSWORD,
            "model": "assistant-image" if "images" in path else "assistant-chat",
            "plan": "plus",
            "device_code": begun.device_code,
            "user_code": begun.user_code,
            "device_id": "dev_unknown",
            "device_name": "Kitchen",
            "dpop_jkt": self.device.jkt,
            "token": "unknown",
            "next": "/activate",
            "image": PNG,
            "mask": PNG,
        }


@pytest.fixture
def callers(gateway: Gateway, clock: Clock, person: Person, device: Device) -> Callers:
    add_plan(gateway, requests_per_minute=10_000, at_once=100, stripe_price="price_plus")
    subscribe(gateway, person.account_id)
    return Callers(gateway=gateway, clock=clock, person=person, device=device)


@pytest.fixture
def session(gateway: Gateway) -> Iterator[ASGIClient]:
    """The application under one event loop, started and stopped once."""
    with ASGIClient(build(gateway), BASE) as made:
        yield made
    shutdown_lifespans()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_answer_is_as_described(callers: Callers, session: ASGIClient, stripe: Stripe) -> None:
    """Each operation with values that fit its description, and with some that do not."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", session.app, headers={"Host": "127.0.0.1:8600"})
    wrong: list[str] = []
    for result in schema.get_all_operations():
        operation = result.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            try:
                fuzz(operation.as_strategy(generation_mode=mode), callers, session)
            except FailureGroup as group:
                wrong += [f"{operation.label}: {error}" for error in group.exceptions]
            except Unsatisfiable:
                pass
    assert [] == wrong
    assert len(schema.raw_schema["paths"]) == len({name.split()[1] for name in callers.statuses})
    reached = {name for name, statuses in callers.statuses.items() if statuses[200] or statuses[303]}
    assert set(NEVER) == callers.statuses.keys() - reached, callers.statuses


def fuzz(strategy: Any, callers: Callers, session: ASGIClient) -> None:
    @seed(1)
    @hypothesis_settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate])
    @given(strategy, st.booleans())
    def send(case: Case, knowing: bool) -> None:
        callers.send(case, session, knowing=knowing)

    send()
