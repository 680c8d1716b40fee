"""What is counted for Prometheus: routes, models and numbers, never who or what."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)


class Metrics:
    """Of one gateway."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "gateway_requests_total", "Requests", ["route", "method", "status"], registry=self.registry
        )
        self.first_byte = Histogram(
            "gateway_first_byte_seconds", "Until the answer began", ["route"], buckets=SECONDS, registry=self.registry
        )
        self.whole = Histogram(
            "gateway_whole_seconds", "Until the answer ended", ["route"], buckets=SECONDS, registry=self.registry
        )
        self.tokens = Counter("gateway_tokens_total", "Tokens settled", ["model", "way"], registry=self.registry)
        self.images = Counter("gateway_images_total", "Pictures settled", ["model"], registry=self.registry)
        self.uses = Counter("gateway_uses_total", "Uses settled", ["kind", "state"], registry=self.registry)
        self.webhooks = Counter("gateway_webhooks_total", "Events of Stripe", ["again"], registry=self.registry)
        self.under_way = Gauge("gateway_uses_under_way", "Requests to cloud models", registry=self.registry)
