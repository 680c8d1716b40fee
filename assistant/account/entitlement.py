"""What a plan allows on this device; a cloud model with a person's own key needs none.

`assistant.account.licence.Licence` is the real one; without an address of a gateway there is `NoPlan`.
"""

from __future__ import annotations

from typing import Protocol


class Entitlements(Protocol):
    """Whoever knows what is paid for; asked without a network, at every use."""

    def allows(self, feature: str) -> bool:
        """May a premium feature (`chat`, `images`, or what a plan names) be used now?"""
        ...


class NoPlan:
    """Nothing is subscribed to: every premium feature is refused, everything else goes on."""

    def allows(self, feature: str) -> bool:
        return False
