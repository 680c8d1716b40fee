"""Pictures: made and changed, counted by number, and what is no picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from assistant.gateway.gateway import Gateway
from assistant.gateway.models import Use
from assistant.gateway.settings import GatewaySettings
from tests.gateway.person import Device, Person
from tests.gateway.plans import add_plan, subscribe
from tests.gateway.serving import served
from tests.gateway.upstream_standin import KEY, PNG, UpstreamStandIn

pytestmark = pytest.mark.contract
WISH = {"model": "assistant-image", "prompt": "a red kite"}


@pytest.fixture
def upstream() -> UpstreamStandIn:
    return UpstreamStandIn()


@pytest.fixture
def settings(upstream: UpstreamStandIn, tmp_path: Path) -> Iterator[GatewaySettings]:
    key = tmp_path / "upstream.key"
    key.write_text(KEY, encoding="utf-8")
    key.chmod(0o600)
    models = {"assistant-image": {"upstream": "paint-1", "image_usd": 0.04}}
    with served(upstream.app()) as url:
        values = {"base_url": f"{url}/v1", "key_file": key, "images": models}
        yield GatewaySettings.model_validate({"upstream": values})


@pytest.fixture(autouse=True)
def subscribed(gateway: Gateway, person: Person) -> None:
    add_plan(gateway, images=5)
    subscribe(gateway, person.account_id)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_make_pictures(device: Device, gateway: Gateway, upstream: UpstreamStandIn) -> None:
    """OpenAI's answer, and as many in the ledger as came."""
    answer = device.call("POST", "/v1/images/generations", json={**WISH, "n": 2, "size": "1024x1024"})
    assert (200, 2) == (answer.status_code, len(answer.json()["data"]))
    assert [{"model": "paint-1", "prompt": "a red kite", "n": 2, "size": "1024x1024"}] == upstream.bodies
    with gateway.database.transaction() as session:
        line = session.scalars(select(Use)).one()
    assert ("image", "counted", 2, 80_000_000) == (line.kind, line.state, line.images, line.cost_nano)
    assert {"requests": 1, "images": 2, "images_limit": 5} == device.call("GET", "/v1/usage").json()["images"]


def test_the_allowance_of_a_month(device: Device) -> None:
    answers = [device.call("POST", "/v1/images/generations", json={**WISH, "n": 2}) for _ in range(3)]
    assert [200, 200, 429] == [answer.status_code for answer in answers]
    assert "plan_limit_reached" == code(answers[2])[1]
    assert 200 == device.call("POST", "/v1/images/generations", json=WISH).status_code


def test_change_a_picture(device: Device, upstream: UpstreamStandIn) -> None:
    """The form goes on with the picture in it."""
    files = {"image": ("any.png", PNG, "text/html"), "mask": ("m", b"\xff\xd8\xff" + bytes(9), "x/y")}
    answer = device.call("POST", "/v1/images/edits", data={**WISH, "n": "1"}, files=files)
    assert 200 == answer.status_code, answer.text
    assert [{"model": "paint-1", "prompt": "a red kite", "n": "1", "image": 72, "mask": 12}] == upstream.bodies


@pytest.mark.parametrize(
    ("data", "files"),
    [
        (WISH, {}),
        (WISH, {"image": ("a.png", b"<svg/>", "image/png")}),
        (WISH, {"image": ("a.png", b"", "image/png")}),
        ({"prompt": "x"}, {"image": ("a.png", PNG, "image/png")}),
        ({**WISH, "n": "9"}, {"image": ("a.png", PNG, "image/png")}),
        ({**WISH, "n": "one"}, {"image": ("a.png", PNG, "image/png")}),
        ({**WISH, "other": "x"}, {"image": ("a.png", PNG, "image/png")}),
    ],
)
def test_forms_that_do_not_fit(
    device: Device, upstream: UpstreamStandIn, data: dict[str, str], files: dict[str, Any]
) -> None:
    answer = device.call("POST", "/v1/images/edits", data=data, files=files or {"other": ("a", b"", "x/y")})
    assert (400, "invalid_request") == code(answer)
    assert [] == upstream.bodies


def test_a_json_body_is_no_form(device: Device) -> None:
    assert (400, "invalid_request") == code(device.call("POST", "/v1/images/edits", json=WISH))


def test_an_upstream_in_trouble_counts_nothing(device: Device, gateway: Gateway, upstream: UpstreamStandIn) -> None:
    upstream.mode = "broken"
    assert (502, "upstream_error") == code(device.call("POST", "/v1/images/generations", json=WISH))
    assert 0 == device.call("GET", "/v1/usage").json()["images"]["images"]


def test_a_plan_without_pictures(device: Device, gateway: Gateway) -> None:
    add_plan(gateway, features=["chat"])
    assert (403, "plan_required") == code(device.call("POST", "/v1/images/generations", json=WISH))
