"""The plan of this device: what is held of it, what that allows now, and how it is renewed, used up and given back.

What a turn asks (`allows`, `look`) needs no network and never fails: where anything is wrong, nothing is allowed, and
only what the plan would have added is missing.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace

from assistant.account.activation import wait_for_person
from assistant.account.client import Begun, GatewayClient, Granted, Told
from assistant.account.device import DeviceKey
from assistant.account.errors import GatewayError, LicenceError
from assistant.account.kept import AccountStore, Held
from assistant.account.secrets import Secrets
from assistant.account.states import REFRESH_AFTER_S, Entitlement, Standing, allows, state_of
from assistant.account.token import Expected, TokenError, read_token
from assistant.account.trusted_time import Reading, TrustedTime, advanced, effective_s, told
from assistant.errors import AssistantError
from assistant.store.clocks import Clock
from assistant.types import JsonDict

KEY, TOKEN = "account/device", "account/token"
"""The names of the secrets: the device's key, and its token at the gateway."""
LOOK_AGAIN_S = 60.0
"""A key that was not there, as in a keyring that was locked, is looked for again so much later."""
EARLIER_S = 300.0
"""A gateway whose clock is so far behind its own last entitlement is not believed about the time."""


class Licence:
    """`assistant.account.entitlement.Entitlements`, for the gateway at `issuer`.

    `connect` makes a client, given what tells the effective time; `secrets` opens them, anew each time.
    """

    def __init__(
        self,
        issuer: str,
        store: AccountStore,
        secrets: Callable[[], Secrets],
        clock: Clock,
        connect: Callable[[Callable[[], float]], GatewayClient],
    ) -> None:
        self.issuer = issuer
        self.store = store
        self.clock = clock
        self.changed = asyncio.Event()
        """Set when something happened that whoever renews the plan should look at."""
        self._secrets = secrets
        self._connect = connect
        self._client: GatewayClient | None = None
        self._key: DeviceKey | None = None
        self._looked_s = float("-inf")
        self._read: tuple[Held, str, Entitlement] | None = None
        self._changed_there = False
        """The plan was changed at the gateway since it was last asked what this device may do."""

    def allows(self, feature: str) -> bool:
        """May this premium feature be used now? False where anything is wrong."""
        try:
            held = self._held()
            return allows(self._entitlement(held), feature, self.now_s(), revoked=held.revoked)
        except AssistantError:
            return False

    def look(self) -> Standing:
        """How the plan stands now; a state of none where what is kept cannot be read."""
        try:
            held, now_s = self._held(), self.now_s()
            found = self._entitlement(held)
        except AssistantError:
            return Standing(state="none", now_s=self.clock.wall_ms() / 1000.0)
        state = state_of(found, now_s, revoked=held.revoked)
        known = bool(held.device_id) and not held.revoked
        if found is None or found.state == "none":
            return Standing(state=state, now_s=now_s, known=known)
        return Standing(
            state=state,
            now_s=now_s,
            known=known,
            plan=found.plan,
            features=found.features,
            valid_until_s=found.valid_until_s,
            grace_until_s=found.usable_until_s,
            paid_until_s=found.paid_until_s,
            renews=found.renews,
            usage=held.usage,
        )

    def now_s(self) -> float:
        """The effective time. Raises: StoreError."""
        return effective_s(self._trusted(), self._reading())

    def tick(self) -> None:
        """Keep what time it is, for the next start; nothing where there is no plan. Raises: StoreError."""
        if self.store.path.exists():
            self.store.trust(advanced(self._trusted(), self._reading()))

    @property
    def refresh_due_s(self) -> float:
        """In how many seconds the gateway is to be asked; 0 for now, infinite where there is nothing to ask about."""
        try:
            held, now_s = self._held(), self.now_s()
            if not held.device_id or held.revoked:
                return float("inf")
            found = self._entitlement(held)
        except AssistantError:
            return float("inf")
        if found is None or now_s >= found.valid_until_s or self._changed_there:
            return 0.0
        # The devices of all people do not ask at the same minute: each is up to an hour later than the day.
        spread_s = int.from_bytes(hashlib.sha256(found.device_id.encode()).digest()[:2]) % 3600
        return max(0.0, found.issued_s + REFRESH_AFTER_S + spread_s - now_s)

    async def refresh(self) -> Standing:
        """Ask the gateway what this device may do. A removed device is then revoked, which is no error.

        Raises:
            LicenceError: it was never activated. GatewayError: no answer. TokenError: what came is not valid.
        """
        held, key, token = self._known()
        usable = self.look().usable
        try:
            answer = await self._gateway().entitlement(token, key, held.etag if usable else "")
            await self._accept(held, key, answer)
            self._changed_there = False
        except GatewayError as error:
            if error.kind != "invalid_token":
                raise
            if self._held().device_id == held.device_id:
                self.store.hold(replace(self._held(), revoked=True))
        return self.look()

    async def begin(self, device_name: str) -> tuple[Begun, DeviceKey]:
        """Ask for a code that a person types on the gateway's page. Raises: GatewayError."""
        key = DeviceKey.make()
        return await self._gateway().begin(key, device_name), key

    async def finish(self, begun: Begun, key: DeviceKey) -> Standing:
        """Wait for the person, and keep what was granted. Raises: ActivationError, GatewayError, TokenError."""
        granted = await wait_for_person(
            self._gateway(), begun, key, sleep=self._sleep, clock=lambda: self.clock.boot_ms() / 1000.0
        )
        self._keep(granted, key)
        return await self.refresh()

    def proof(self, method: str, url: str, nonce: str = "") -> dict[str, str]:
        """The headers of a request to the gateway that is made elsewhere, for `url` without query.

        Raises:
            LicenceError: this device is not activated.
        """
        _, key, token = self._known()
        proof = key.proof(method, url, self.now_s(), token=token, nonce=nonce)
        return {"authorization": f"DPoP {token}", "dpop": proof}

    async def subscription(self) -> JsonDict:
        """`GET /v1/subscription`. Raises: LicenceError, GatewayError."""
        return await self._ask("GET", "/v1/subscription")

    async def usage(self) -> JsonDict:
        """`GET /v1/usage`; kept, to be told without a network too. Raises: LicenceError, GatewayError."""
        usage = await self._ask("GET", "/v1/usage")
        if (held := self._held()).device_id:
            self.store.hold(replace(held, usage=usage))
        return usage

    async def cancel(self) -> JsonDict:
        """End the plan with what is paid. Raises: LicenceError, GatewayError: nothing was changed then."""
        ended = await self._ask("POST", "/v1/subscription/cancel")
        self._changed_there = True
        self.changed.set()
        return ended

    async def deactivate(self) -> bool:
        """Give the device's token back and forget all of it here; false where the gateway could not be told.

        Raises:
            StoreError, SecretError: the disk refuses.
        """
        told_so = True
        try:
            _, _, token = self._known()
            await self._gateway().revoke(token)
        except LicenceError:
            pass
        except GatewayError:
            told_so = False
        secrets = self._secrets()
        for name in (KEY, TOKEN):
            secrets.delete(name)
        if self.store.path.exists():
            self.store.forget()
        self._key, self._read = None, None
        self.changed.set()
        return told_so

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
        self.store.close()

    def _keep(self, granted: Granted, key: DeviceKey) -> None:
        secrets = self._secrets()
        secrets.write(KEY, key.text)
        secrets.write(TOKEN, granted.token)
        self._key, self._read = key, None
        self.store.hold(Held(issuer=self.issuer, device_id=granted.device_id))
        self.changed.set()

    async def _ask(self, method: str, path: str) -> JsonDict:
        _, key, token = self._known()
        return await self._gateway().ask(method, path, token, key)

    async def _accept(self, held: Held, key: DeviceKey, answer: Told) -> None:
        """Keep what the gateway says, once it is checked. Raises: GatewayError, TokenError, StoreError."""
        before = self._entitlement(held)
        reading = self._reading()
        now_s = self.now_s()
        if answer.told_s and (before is None or answer.told_s >= before.issued_s - EARLIER_S):
            self.store.trust(told(reading, answer.told_s))
            now_s = answer.told_s  # a token is judged by the clock of whoever has just made it
        if answer.body is None:
            return
        text = answer.body.get("entitlement")
        if not isinstance(text, str):
            raise TokenError("malformed")
        keys = await self._gateway().keys()
        expected = Expected(issuer=self.issuer, jkt=key.jkt)
        found = read_token(text, keys, expected, now_s)
        if found.device_id != held.device_id or (before is not None and found.issued_s < before.issued_s):
            raise TokenError("claims")  # an older one, or another device's, played again
        if (now := self._held()).device_id == held.device_id:  # it was not given back meanwhile
            self.store.hold(replace(now, token=text, etag=answer.etag, keys=keys, revoked=False))

    def _entitlement(self, held: Held) -> Entitlement | None:
        """What the kept token says, checked anew whenever it is another one; None where it gives nothing."""
        if not held.token or held.issuer != self.issuer or (key := self._device_key()) is None:
            return None
        jkt = key.jkt
        if self._read is not None and self._read[:2] == (held, jkt):
            return self._read[2]
        try:
            found = read_token(held.token, held.keys, Expected(issuer=self.issuer, jkt=jkt))
        except TokenError:
            return None
        self._read = (held, jkt, found)
        return found

    def _known(self) -> tuple[Held, DeviceKey, str]:
        """Raises: LicenceError: there is nothing to ask with."""
        held = self._held()
        key, token = self._device_key(), self._secrets().read(TOKEN) if held.device_id else ""
        if key is None or not token or held.issuer != self.issuer:
            raise LicenceError("This device is not activated.", fix="Try: assistant account activate")
        return held, key, token

    def _held(self) -> Held:
        return self.store.held() if self.store.path.exists() else Held()

    def _device_key(self) -> DeviceKey | None:
        now_s = self.clock.boot_ms() / 1000.0
        if self._key is None and now_s - self._looked_s >= LOOK_AGAIN_S:
            self._looked_s = now_s
            text = self._secrets().read(KEY)
            self._key = DeviceKey.read(text) if text else None
        return self._key

    def _trusted(self) -> TrustedTime | None:
        return self.store.trusted() if self.store.path.exists() else None

    def _reading(self) -> Reading:
        clock = self.clock
        return Reading(wall_s=clock.wall_ms() / 1000.0, boot_s=clock.boot_ms() / 1000.0, boot_id=clock.boot_id())

    def _gateway(self) -> GatewayClient:
        if self._client is None:
            self._client = self._connect(self.now_s)
        return self._client

    async def _sleep(self, seconds: float) -> None:
        await self.clock.wait(asyncio.Event(), seconds * 1000.0)
