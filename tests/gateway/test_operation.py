"""Health, metrics and logs: enough for whoever runs it, nothing of whoever uses it."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from assistant.gateway.app import build
from assistant.gateway.gateway import Gateway
from assistant.gateway.logs import open_logs
from tests.gateway.person import BASE, Clock, Device, Person

pytestmark = pytest.mark.contract


def test_health_and_readiness(client: TestClient, gateway: Gateway) -> None:
    """Alive without a database; ready only with one."""
    assert {"status": "ok"} == client.get("/healthz").json()
    assert {"status": "ok", "database": "ok", "keys": "ok"} == client.get("/readyz").json()
    for key in client.get("/.well-known/jwks.json").json()["keys"]:
        with gateway.database.transaction() as session:
            from assistant.gateway import signing

            signing.revoke(session, key["kid"])
    gateway._keys = None
    assert (503, "failed") == (client.get("/readyz").status_code, client.get("/readyz").json()["keys"])


def test_a_database_that_went_away(client: TestClient, gateway: Gateway, device: Device) -> None:
    """503 in the shape of each part of the API, and no traceback."""
    gateway.database.engine.dispose()
    gateway.database.engine = type(gateway.database)("postgresql+psycopg://x@/x?host=/nowhere").engine
    assert (503, "failed") == (client.get("/readyz").status_code, client.get("/readyz").json()["database"])
    answer = device.call("GET", "/v1/entitlement")
    assert (503, "overloaded") == (answer.status_code, answer.json()["error"]["code"])
    assert "overloaded" == device.begin().json()["error"]
    assert 200 == client.get("/healthz").status_code


def test_metrics_are_for_this_machine(gateway: Gateway) -> None:
    """By route and number; not through a proxy, not for other machines."""
    for address, headers, status in (
        ("127.0.0.1", {}, 200),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 404),
        ("192.168.1.7", {}, 404),
    ):
        with TestClient(build(gateway), base_url=BASE, client=(address, 5)) as client:
            client.get("/login")
            answer = client.get("/metrics", headers=headers)
            assert status == answer.status_code
            if status == 200:
                assert 'gateway_requests_total{method="GET",route="/login",status="200"} 1.0' in answer.text


def test_metrics_with_a_token(gateway: Gateway, tmp_path: Path) -> None:
    file = tmp_path / "metrics.token"
    file.write_text("let-me-see", encoding="utf-8")
    file.chmod(0o600)
    server = gateway.settings.server.model_copy(update={"metrics_token_file": file})
    gateway.settings = gateway.settings.model_copy(update={"server": server})
    with TestClient(build(gateway), base_url=BASE, client=("192.168.1.7", 5)) as client:
        assert 404 == client.get("/metrics").status_code
        assert 200 == client.get("/metrics", headers={"Authorization": "Bearer let-me-see"}).status_code


def test_logs_tell_routes_and_numbers_only(client: TestClient, person: Person, device: Device, clock: Clock) -> None:
    """One JSON object a line; no address, name, code, token or query of anybody."""
    out = io.StringIO()
    open_logs(out)
    try:
        stranger = Device(client, clock)
        stranger.begin(device_name="Planted name")
        client.get(f"/activate?user_code={stranger.user_code}")
        person.post("/login", email=person.email, password="Planted password")
        device.call("GET", "/v1/entitlement")
        client.get("/planted/path")
    finally:
        logging.getLogger("assistant.gateway").handlers[:] = []
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert ["/oauth/device_authorization", "/activate", "/login", "/v1/entitlement", "none"] == [
        line["route"] for line in lines if line["event"] == "request"
    ]
    for secret in (
        "lanted",
        stranger.user_code,
        person.email,
        device.token,
        device.device_id,
        "testclient",
        "127.0.0.1",
    ):
        assert secret not in out.getvalue()


def test_an_unexpected_error_is_told_by_its_place(gateway: Gateway) -> None:
    """500 without a word of it to the client; kind and places in the log, not the text."""
    out, app = io.StringIO(), build(gateway)

    async def broken() -> None:
        raise ValueError("what somebody said")

    app.add_api_route("/v1/broken", broken)
    open_logs(out)
    try:
        with TestClient(app, base_url=BASE, raise_server_exceptions=False) as client:
            answer = client.get("/v1/broken")
    finally:
        logging.getLogger("assistant.gateway").handlers[:] = []
    assert (500, "internal") == (answer.status_code, answer.json()["error"]["code"])
    assert "what somebody said" not in answer.text + out.getvalue()
    assert '"error": "ValueError"' in out.getvalue() and "test_operation.py:" in out.getvalue()


def test_the_description_of_the_api_names_every_documented_endpoint(client: TestClient) -> None:
    """docs/gateway.md and OpenAPI speak of the same."""
    import re

    text = (Path(__file__).parents[2] / "docs" / "gateway.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(?:GET|POST|DELETE) (/[^` ]*)`", text))
    assert set() == named - set(client.get("/openapi.json").json()["paths"])
    assert len(named) >= 12
