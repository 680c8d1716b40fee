"""Chat completions: passed on, counted, limited, and what happens when either side breaks."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from assistant.gateway.app import build
from assistant.gateway.gateway import Gateway
from assistant.gateway.ledger import month_of
from assistant.gateway.models import Use
from assistant.gateway.settings import GatewaySettings
from tests.gateway.person import BASE, Clock, Device, Person
from tests.gateway.plans import add_plan, subscribe
from tests.gateway.serving import served
from tests.gateway.upstream_standin import KEY, UpstreamStandIn

pytestmark = pytest.mark.contract
PATH = "/v1/chat/completions"
WISH = {"model": "assistant-chat", "messages": [{"role": "user", "content": "Why is the sky blue?"}]}


@pytest.fixture
def upstream() -> UpstreamStandIn:
    return UpstreamStandIn()


@pytest.fixture
def usage_url() -> str:
    """What the upstream tells of what a request took; a test may say nothing."""
    return "{url}/v1/generation?id={request}"


@pytest.fixture
def settings(upstream: UpstreamStandIn, usage_url: str, tmp_path: Path) -> Iterator[GatewaySettings]:
    key = tmp_path / "upstream.key"
    key.write_text(KEY, encoding="utf-8")
    key.chmod(0o600)
    model = {"upstream": "big-1", "read_usd": 1.0, "write_usd": 4.0, "max_tokens": 100}
    with served(upstream.app()) as url:
        yield GatewaySettings.model_validate(
            {
                "upstream": {
                    "base_url": f"{url}/v1",
                    "key_file": key,
                    "usage_url": usage_url.replace("{url}", url),
                    "silence_s": 2,
                    "chat": {"assistant-chat": model},
                }
            }
        )


@pytest.fixture
def subscribed(gateway: Gateway, person: Person) -> None:
    add_plan(gateway)
    subscribe(gateway, person.account_id)


def lines(gateway: Gateway) -> list[tuple[str, int, int]]:
    with gateway.database.transaction() as session:
        found = session.scalars(select(Use).order_by(Use.at, Use.id))
        return [(row.state, row.read_tokens, row.written_tokens) for row in found]


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.usefixtures("subscribed")
def test_an_answer_in_one_piece(device: Device, gateway: Gateway, upstream: UpstreamStandIn) -> None:
    """The upstream's answer, its count in the ledger, and a request without a word of who asks."""
    answer = device.call("POST", PATH, json={**WISH, "user": "ada", "store": True, "max_tokens": 7})
    assert (200, "chat.completion") == (answer.status_code, answer.json()["object"])
    assert [("counted", 5, 7)] == lines(gateway)
    assert {
        "model": "big-1", "messages": WISH["messages"], "max_completion_tokens": 7, "store": False,
    } == upstream.bodies[0]  # fmt: skip
    assert answer.headers["x-request-id"] == upstream.headers[0]["x-client-request-id"]
    for name, value in upstream.headers[0].items():
        assert device.token not in value and "ada" not in value, name
    with gateway.database.transaction() as session:
        assert 5 * 1000 + 7 * 4000 == session.scalars(select(Use.cost_nano)).one()


@pytest.mark.usefixtures("subscribed")
def test_a_stream(device: Device, gateway: Gateway, upstream: UpstreamStandIn) -> None:
    """Event by event as OpenAI sends it; the count at the end only for who asked for it."""
    answer = device.call("POST", PATH, json={**WISH, "stream": True})
    assert (200, "text/event-stream; charset=utf-8") == (answer.status_code, answer.headers["content-type"])
    events = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
    assert "[DONE]" == events.pop()
    chunks = [json.loads(event) for event in events]
    assert 22 == len(chunks) and all(chunk["choices"] for chunk in chunks)
    assert [("counted", 5, 20)] == lines(gateway)
    assert {"include_usage": True} == upstream.bodies[0]["stream_options"]
    wanted = device.call("POST", PATH, json={**WISH, "stream": True, "stream_options": {"include_usage": True}})
    assert '"completion_tokens": 20' in wanted.text
    names = {file.name for file in (gateway.state / "requests").iterdir()}
    assert set() == names


@pytest.mark.usefixtures("subscribed")
def test_usage_tells_the_month(device: Device, gateway: Gateway, clock: Clock) -> None:
    """Counted by the calendar month; the next one begins at nothing."""
    device.call("POST", PATH, json=WISH)
    start, end = month_of(clock())
    usage = device.call("GET", "/v1/usage").json()
    assert (start, end) == (usage["period_start"], usage["resets_at"])
    assert {"requests": 1, "tokens": 25, "tokens_limit": None} == usage["chat"]
    clock.now_s = end
    assert 0 == device.call("GET", "/v1/usage").json()["chat"]["tokens"]


def test_without_a_plan(device: Device, gateway: Gateway, upstream: UpstreamStandIn, person: Person) -> None:
    """403 before anything leaves: no plan, one without the feature, one that has run out; grace is fine."""
    assert (403, "plan_required") == code(device.call("POST", PATH, json=WISH))
    add_plan(gateway, features=["recipes"])
    subscribe(gateway, person.account_id)
    assert (403, "plan_required") == code(device.call("POST", PATH, json=WISH))
    add_plan(gateway)
    subscribe(gateway, person.account_id, gateway.now() - 14 * 86_400)
    assert (403, "plan_required") == code(device.call("POST", PATH, json=WISH))
    assert [] == upstream.bodies
    subscribe(gateway, person.account_id, gateway.now() - 13 * 86_400)
    assert 200 == device.call("POST", PATH, json=WISH).status_code


def test_the_allowance_of_a_month(device: Device, gateway: Gateway, clock: Clock, person: Person) -> None:
    """Refused before it would be broken, even at the worst; told when it begins anew."""
    add_plan(gateway, chat_tokens=300)
    subscribe(gateway, person.account_id)
    answers = [device.call("POST", PATH, json={**WISH, "max_tokens": 20}) for _ in range(12)]
    good = sum(answer.status_code == 200 for answer in answers)
    assert 5 <= good < 12
    assert (429, "plan_limit_reached") == code(answers[-1])
    assert str(month_of(clock())[1] - int(clock())) == answers[-1].headers["retry-after"]
    assert device.call("GET", "/v1/usage").json()["chat"]["tokens"] <= 300


def test_too_many_a_minute(device: Device, gateway: Gateway, clock: Clock, person: Person) -> None:
    add_plan(gateway, requests_per_minute=8)
    subscribe(gateway, person.account_id)
    answers = [device.call("POST", PATH, json=WISH) for _ in range(3)]
    assert [200, 200, 429] == [answer.status_code for answer in answers]
    assert ("rate_limited", "8") == (code(answers[2])[1], answers[2].headers["retry-after"])
    clock.advance(8)
    assert 200 == device.call("POST", PATH, json=WISH).status_code


@pytest.mark.usefixtures("subscribed")
@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "boss", "content": "x"}]}, "messages.0.role"),
        ({"n": 2}, "n"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": float("nan")}, None),
        ({"logit_bias": {}}, "logit_bias"),
        ({"model": 7}, "model"),
        ({"user": "\ud800"}, None),
    ],
)
def test_fields_that_do_not_fit(device: Device, gateway: Gateway, change: dict[str, Any], param: str | None) -> None:
    """400 with the name of the field; nothing is reserved."""
    answer = device.call(
        "POST", PATH, content=json.dumps({**WISH, **change}), headers={"Content-Type": "application/json"}
    )
    assert (400, "invalid_request") == code(answer)
    if param is not None:
        assert param == answer.json()["error"]["param"]
    assert [] == lines(gateway)


@pytest.mark.usefixtures("subscribed")
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"model": "assistant-chat"}', b"[" * 50_000])
def test_bodies_that_are_no_request(device: Device, body: bytes) -> None:
    answer = device.call("POST", PATH, content=body, headers={"Content-Type": "application/json"})
    assert (400, "invalid_request") == code(answer)


@pytest.mark.usefixtures("subscribed")
def test_unknown_models_and_the_known_ones(device: Device) -> None:
    assert (404, "model_not_found") == code(device.call("POST", PATH, json={**WISH, "model": "big-1"}))
    assert ["assistant-chat"] == [each["id"] for each in device.call("GET", "/v1/models").json()["data"]]


@pytest.mark.usefixtures("subscribed")
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("mode", "expected", "state"),
    [
        ("busy", (503, "upstream_unavailable"), "released"),
        ("broken", (502, "upstream_error"), "released"),
        ("refuses", (400, "invalid_request"), "released"),
        ("key", (502, "upstream_error"), "released"),
        ("nonsense", (502, "upstream_error"), "released"),
    ],
)
def test_an_upstream_in_trouble(
    device: Device,
    gateway: Gateway,
    upstream: UpstreamStandIn,
    mode: str,
    expected: tuple[int, str],
    state: str,
    stream: bool,
) -> None:
    """A status of ours, nothing of the upstream's words, and nothing counted."""
    upstream.mode = mode
    answer = device.call("POST", PATH, json={**WISH, "stream": stream})
    assert expected == code(answer)
    assert "SECRET" not in answer.text
    assert [(state, 0, 0)] == lines(gateway)
    if expected[0] == 503:
        assert "7" == answer.headers["retry-after"]


@pytest.mark.usefixtures("subscribed")
def test_an_upstream_that_is_not_there(device: Device, gateway: Gateway, upstream: UpstreamStandIn) -> None:
    gateway.meter.upstream._settings = gateway.settings.upstream.model_copy(update={"base_url": "http://127.0.0.1:9"})
    assert (503, "upstream_unavailable") == code(device.call("POST", PATH, json={**WISH, "stream": True}))
    assert [("released", 0, 0)] == lines(gateway)


@pytest.mark.usefixtures("subscribed")
@pytest.mark.parametrize("mode", ["breaks", "cut"])
def test_a_stream_that_breaks_off(device: Device, gateway: Gateway, upstream: UpstreamStandIn, mode: str) -> None:
    """The last event says so, no [DONE], and what had come counts, by the upstream's own record."""
    upstream.mode = mode
    text = device.call("POST", PATH, json={**WISH, "stream": True}).text
    assert '"code": "upstream_error"' in text.strip().split("\n\n")[-1]
    assert "[DONE]" not in text
    assert [("counted", 5, 10)] == lines(gateway)


@pytest.mark.usefixtures("subscribed")
@pytest.mark.parametrize("usage_url", [""])
def test_without_any_count_it_is_estimated(device: Device, gateway: Gateway, upstream: UpstreamStandIn) -> None:
    """The events that came, and the prompt by what was learned of earlier ones."""
    device.call("POST", PATH, json={**WISH, "stream": True})
    upstream.mode = "no_usage"
    device.call("POST", PATH, json={**WISH, "stream": True})
    assert [("counted", 5, 20), ("estimated", 5, 20)] == sorted(lines(gateway))


def hang_up(gateway: Gateway, device: Device, after: int) -> int:
    """Stream over a real connection and close it after so many events; how many came."""
    with served(build(gateway), lifespan="on", host="127.0.0.1") as url, httpx2.Client() as client:
        headers = {**device.headers("POST", PATH), "Host": BASE.removeprefix("http://")}
        came = 0
        with client.stream("POST", f"{url}{PATH}", json={**WISH, "stream": True}, headers=headers) as answer:
            assert 200 == answer.status_code, answer.read()
            for line in answer.iter_lines():
                came += line.startswith("data:")
                if came == after:
                    break
        client.close()
        for _ in range(500):
            if all(state != "open" for state, _, _ in lines(gateway)) and not gateway.meter.under_way:
                break
            time.sleep(0.01)
    return came


@pytest.mark.usefixtures("subscribed")
@pytest.mark.parametrize("usage_url", ["", "{url}/v1/generation?id={request}", "{url}/v1/generation?id={id}"])
def test_barge_in_is_metered(device: Device, gateway: Gateway, upstream: UpstreamStandIn, usage_url: str) -> None:
    """Closed in the middle, the upstream stops, and the ledger has what it had written: exactly where it tells, within
    5 % where it does not."""
    upstream.words, upstream.pace_s = 100, 0.01
    hang_up(gateway, device, after=41)
    ((read, written),) = upstream.counts.values()
    assert 40 <= written < 60, "the upstream was not stopped"
    ((state, counted_read, counted_written),) = lines(gateway)
    if usage_url:
        assert ("counted", read, written) == (state, counted_read, counted_written)
    else:
        assert "estimated" == state
        assert abs(counted_written - written) <= max(1, 0.05 * written)
    assert set() == set((gateway.state / "requests").iterdir())


@pytest.mark.usefixtures("subscribed")
def test_a_few_at_once(device: Device, gateway: Gateway, upstream: UpstreamStandIn, person: Person) -> None:
    """A fifth stream of one account waits; the slot of one that is closed is free again."""
    upstream.words, upstream.pace_s = 100, 0.05
    with served(build(gateway), lifespan="on") as url, httpx2.Client() as client:

        def begin() -> Any:
            headers = {**device.headers("POST", PATH), "Host": BASE.removeprefix("http://")}
            request = client.build_request("POST", f"{url}{PATH}", json={**WISH, "stream": True}, headers=headers)
            return client.send(request, stream=True)

        running = [begin() for _ in range(4)]
        assert [200] * 4 == [answer.status_code for answer in running]
        fifth = begin()
        fifth.read()
        assert (429, "rate_limited") == code(fifth)
        for answer in running:
            answer.close()
        client.close()
        for _ in range(500):
            if not gateway.meter.under_way:
                break
            time.sleep(0.01)
        assert 0 == gateway.at_once.of(person.account_id)
