"""What goes wrong between this device and the service of its plan."""

from __future__ import annotations

from assistant.errors import AssistantError


class GatewayError(AssistantError):
    """The gateway did not do what was asked.

    `kind`: unreachable, busy, server, malformed, or the gateway's own code, such as `invalid_token`, `slow_down`.
    `retry_after_s`: when it may be asked again, where it said so.
    """

    code = "gateway"

    def __init__(self, kind: str, sentence: str, *, retry_after_s: float = 0.0) -> None:
        super().__init__(sentence)
        self.kind = kind
        self.retry_after_s = retry_after_s


class LicenceError(AssistantError):
    """Nothing can be asked of the gateway: this device was never activated, or its key is not there."""

    code = "licence"
