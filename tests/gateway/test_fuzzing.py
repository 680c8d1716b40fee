"""Whatever is sent along the description of the API: an answer, never a 5xx of the gateway's own (case A10)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from schemathesis.generation import GenerationMode

from assistant.gateway import callers, oauth
from assistant.gateway.app import build
from assistant.gateway.database import Database
from assistant.gateway.gateway import Gateway
from assistant.gateway.secret import Secret
from assistant.gateway.settings import GatewaySettings
from tests.gateway.person import Device, Person
from tests.gateway.plans import add_plan, subscribe
from tests.gateway.serving import served
from tests.gateway.upstream_standin import KEY, UpstreamStandIn

pytestmark = pytest.mark.slow
EXAMPLES = 40
BILLING_OFF = {("POST", "/webhooks/stripe"), ("POST", "/account/subscribe")}
"""Without Stripe set up these tell 503, by design."""


@pytest.fixture
def live(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Gateway, Person, Device]]:
    """A served gateway with limits out of the way, a person and a device with a plan."""
    for module, name in ((oauth, "BEGIN_PER_MINUTE"), (oauth, "POLL_PER_MINUTE"), (callers, "CALLS_PER_MINUTE")):
        monkeypatch.setattr(module, name, 10**9)
    monkeypatch.setattr(callers, "CALLS_BURST", 10**9)
    key = tmp_path / "upstream.key"
    key.write_text(KEY, encoding="utf-8")
    key.chmod(0o600)
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(served(UpstreamStandIn().app()))
        models = {"chat": {"assistant-chat": {"upstream": "b"}}, "images": {"assistant-image": {"upstream": "p"}}}
        settings = GatewaySettings.model_validate({"upstream": {"base_url": f"{url}/v1", "key_file": key, **models}})
        gateway = Gateway(
            settings=settings,
            database=Database(database_url),
            secret=Secret.load(tmp_path / "secret"),
            state=tmp_path / "gateway",
        )
        address = stack.enter_context(served(build(gateway), lifespan="on"))
        server = settings.server.model_copy(update={"public_url": address})
        gateway.settings = settings.model_copy(update={"server": server})
        client = stack.enter_context(httpx2.Client(base_url=address))
        person = Person.known(client, gateway, "ada@example.org")
        add_plan(gateway, requests_per_minute=10**6, at_once=1000)
        subscribe(gateway, person.account_id)
        device = Device(client, gateway.clock)
        device.begin()
        person.decide(device.user_code)
        device.finish()
        yield address, gateway, person, device
        gateway.database.close()


def test_no_answer_is_an_error_of_ours(live: tuple[str, Gateway, Person, Device]) -> None:
    """Every operation, with what fits its description and what does not, by whoever may call it."""
    address, _, person, device = live
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    schema.config.base_url = address
    seen: dict[tuple[str, str], set[int]] = {}
    for result in schema.get_all_operations():
        operation = result.ok()
        place = (operation.method.upper(), operation.path)
        seen[place] = set()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            with contextlib.suppress(Exception):
                strategy = operation.as_strategy(generation_mode=mode)
                fuzz(strategy, place, address, person, device, seen[place])
    assert len(seen) >= 25
    wrong = {place: codes for place, codes in seen.items() if any(code >= 500 for code in codes)}
    assert {} == {place: codes for place, codes in wrong.items() if place not in BILLING_OFF}
    assert {503} >= {code for place in BILLING_OFF for code in seen[place] if code >= 500}
    reached = {path for (_, path), codes in seen.items() if 200 in codes}
    assert {"/v1/entitlement", "/v1/usage", "/oauth/revoke", "/login"} <= reached


def fuzz(strategy: Any, place: tuple[str, str], address: str, person: Person, device: Device, codes: set[int]) -> None:
    @hypothesis_settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategy)
    def send(case: Any) -> None:
        method, path = place
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in person.cookies.items())}
        if path.startswith("/v1/"):
            headers |= device.headers(method, case.formatted_path)
        sent = case.as_transport_kwargs(base_url=address, headers=headers)
        try:
            answer = requests.request(**{**sent, "timeout": 30, "allow_redirects": False, "cookies": None})
        except (UnicodeError, requests.exceptions.InvalidHeader):
            return
        codes.add(answer.status_code)

    send()
