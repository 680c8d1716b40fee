"""The service of a plan as a small company would run it: the real gateway over HTTP, Stripe and the upstream beside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import func, select

from assistant.gateway import signing
from assistant.gateway.app import build
from assistant.gateway.database import Database
from assistant.gateway.gateway import Gateway
from assistant.gateway.models import StripeEvent, Use
from assistant.gateway.secret import Secret
from assistant.gateway.settings import GatewaySettings
from tests.cloud.images import colours
from tests.gateway import stripe_standin, upstream_standin
from tests.gateway.plans import add_plan
from tests.gateway.serving import address, listen, served
from tests.gateway.stripe_standin import Stripe, event, signature
from tests.gateway.upstream_standin import UpstreamStandIn

PRICE = "price_plus"
TOKENS, PICTURES = 20_000, 50
"""What the plan allows in a month."""
ANSWER = (
    "Solar cells turn light into current. They got cheap, and [PERSON_1] could put some on a roof.\n---\n"
    "# Solar power\n\nCells of silicon part charges where light falls on them.\n\n- They last for decades.\n"
)


@dataclass(slots=True, kw_only=True)
class Service:
    """`browser` is a person's, at `url`; `now_s` is the time."""

    url: str
    gateway: Gateway
    stripe: Stripe
    upstream: UpstreamStandIn
    browser: httpx2.Client
    now_s: Callable[[], float]

    def news(self, kind: str, thing: dict[str, Any], event_id: str | None = None, *, secret: str | None = None) -> int:
        """Stripe tells of something that happened there, signed; the status that answers."""
        payload = event(kind, thing, event_id)
        signed = signature(payload) if secret is None else signature(payload, secret)
        headers = {"Stripe-Signature": signed, "Content-Type": "application/json"}
        return self.browser.post("/webhooks/stripe", content=payload, headers=headers).status_code

    def events(self) -> int:
        """How many different events were taken and done."""
        with self.gateway.database.transaction() as session:
            return session.scalar(select(func.count()).select_from(StripeEvent).where(StripeEvent.done_at > 0)) or 0

    def chats(self) -> list[Any]:
        """What the upstream got to read."""
        return [body for body in self.upstream.bodies if "messages" in body]

    def drawings(self) -> list[Any]:
        """What the upstream was to draw."""
        return [body for body in self.upstream.bodies if "prompt" in body]

    def ledger(self, kind: str) -> list[tuple[str, int]]:
        """How each line of this kind was settled, and its tokens or images."""
        with self.gateway.database.transaction() as session:
            lines = session.scalars(select(Use).where(Use.kind == kind).order_by(Use.at, Use.id))
            return [(line.state, line.read_tokens + line.written_tokens + line.images) for line in lines]

    def billed(self) -> list[int]:
        """The tokens of each request by the upstream's own count."""
        return [read + written for read, written in self.upstream.counts.values()]


@contextmanager
def service(folder: Path, now_s: Callable[[], float]) -> Iterator[Service]:
    """The service while the body runs, with one plan for sale."""
    stripe, upstream = Stripe(), UpstreamStandIn()
    upstream.says, upstream.picture = ANSWER, colours(1)
    with served(stripe.app()) as stripe_url, served(upstream.app()) as upstream_url, listen() as listening:
        gateway = _gateway(folder, address(listening), stripe_url, upstream_url, now_s)
        try:
            with (
                served(build(gateway), lifespan="on", now_s=now_s, listening=listening) as url,
                httpx2.Client(base_url=url, trust_env=False) as browser,
            ):
                yield Service(
                    url=url, gateway=gateway, stripe=stripe, upstream=upstream, browser=browser, now_s=now_s
                )  # fmt: skip
        finally:
            gateway.database.close()


def _gateway(folder: Path, url: str, stripe_url: str, upstream_url: str, now_s: Callable[[], float]) -> Gateway:
    folder.mkdir(parents=True, exist_ok=True)
    database = Database(f"sqlite:///{folder / 'gateway.sqlite3'}")
    database.migrate()
    settings = {
        "server": {"public_url": url},
        "stripe": {
            "api_base": stripe_url,
            "key_file": _secret(folder / "stripe.key", stripe_standin.KEY),
            "webhook_secret_file": _secret(folder / "stripe.webhook", stripe_standin.WEBHOOK_SECRET),
        },
        "upstream": {
            "base_url": f"{upstream_url}/v1",
            "key_file": _secret(folder / "upstream.key", upstream_standin.KEY),
            "chat": {"assistant-chat": {"upstream": "big-1", "read_usd": 1.0, "write_usd": 4.0, "max_tokens": 3000}},
            "images": {"assistant-image": {"upstream": "paint-1", "image_usd": 0.04}},
        },
    }
    gateway = Gateway(
        settings=GatewaySettings.model_validate(settings),
        database=database,
        secret=Secret.load(folder / "gateway.secret"),
        state=folder / "gateway",
        clock=now_s,
    )
    with database.transaction() as session:
        signing.rotate(session, gateway.secret, gateway.now(), at_once=True)
    add_plan(gateway, chat_tokens=TOKENS, images=PICTURES, stripe_price=PRICE)
    return gateway


def _secret(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return file
