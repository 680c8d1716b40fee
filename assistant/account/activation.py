"""Activation by RFC 8628: a code that a person types elsewhere, and patient questions until they have.

begun --authorization_pending--> waits `interval`      --200--> granted
      --slow_down--> waits 5 s longer, for good        --access_denied--> denied
      --no answer--> waits twice as long (section 3.5) --expired_token, or 15 min--> expired
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from assistant.account.client import Begun, GatewayClient, Granted
from assistant.account.device import DeviceKey
from assistant.account.errors import GatewayError
from assistant.errors import AssistantError

SLOWER_S = 5.0
"""RFC 8628, section 3.5: `slow_down` adds so much to the interval of this and all later questions."""
MAX_INTERVAL_S = 60.0

Outcome = Literal["denied", "expired", "failed"]
_SENTENCES: dict[Outcome, str] = {
    "denied": "Somebody said no on the page, so nothing was activated.",
    "expired": "The code has run out. Ask for a new one.",
    "failed": "The service of your plan did not take this activation.",
}
_ENDS: dict[str, Outcome] = {"access_denied": "denied", "expired_token": "expired"}
_NO_ANSWER = frozenset({"unreachable", "server", "busy", "malformed"})


class ActivationError(AssistantError):
    """It came to nothing; `outcome` says how."""

    code = "activation"

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(_SENTENCES[outcome], fix="Start again: assistant account activate")
        self.outcome = outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long is waited before the next question: `interval_s`, and once longer where the gateway said so."""

    interval_s: float
    once_s: float = 0.0

    @property
    def wait_s(self) -> float:
        return max(self.interval_s, self.once_s)

    def after(self, error: GatewayError) -> Patience:
        """What an answer that is no token means for the next question. Raises: ActivationError: there is none."""
        if error.kind == "authorization_pending":
            return Patience(interval_s=self.interval_s)
        if error.kind == "slow_down":
            return Patience(interval_s=self.interval_s + SLOWER_S)
        if error.retry_after_s:
            return Patience(interval_s=self.interval_s, once_s=error.retry_after_s)
        if error.kind in _NO_ANSWER:
            return Patience(interval_s=min(2 * self.interval_s, max(MAX_INTERVAL_S, self.interval_s)))
        raise ActivationError(_ENDS.get(error.kind, "failed"))


async def wait_for_person(
    client: GatewayClient,
    begun: Begun,
    key: DeviceKey,
    *,
    sleep: Callable[[float], Awaitable[object]],
    clock: Callable[[], float],
) -> Granted:
    """Ask until the person has said yes or no, or the code is void. `clock` gives seconds that only grow.

    Raises:
        ActivationError: denied, expired, or refused for good.
    """
    ends, patience = clock() + begun.lasts_s, Patience(interval_s=begun.interval_s)
    while clock() + patience.wait_s < ends:
        await sleep(patience.wait_s)
        try:
            return await client.poll(begun, key)
        except GatewayError as error:
            patience = patience.after(error)
    raise ActivationError("expired")
