"""Speaks to the gateway as docs/gateway.md has it: forms, proofs, nonces, and every refusal as one of a few kinds."""

from __future__ import annotations

import email.utils
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlencode

from assistant.account.address import checked_base
from assistant.account.device import DeviceKey
from assistant.account.errors import GatewayError
from assistant.types import JsonDict

CLIENT_ID = "assistant-device"
GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
MAX_WAIT_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WireAnswer:
    """An HTTP answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class WireError(Exception):
    """There was no answer: no network, no such host, a wrong certificate, too slow, too large."""


class Wire(Protocol):
    """HTTP to one gateway. Raises: WireError."""

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WireAnswer: ...
    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """An activation that waits for its person; `interval_s` between two questions, `lasts_s` until it is void."""

    device_code: str = field(repr=False)
    user_code: str
    page: str
    page_with_code: str
    lasts_s: float
    interval_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """The person agreed: the token of this device, and its id at the gateway."""

    token: str = field(repr=False)
    device_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the gateway answered. `body` is None where nothing is new; `told_s` its clock, 0 where it did not say."""

    body: JsonDict | None
    etag: str = ""
    told_s: float = 0.0


class GatewayClient:
    """For one gateway. `now_s` gives the effective time, for proofs.

    Raises:
        ConfigError: the address is neither https nor on this machine.
    """

    def __init__(self, base: str, wire: Wire, now_s: Callable[[], float]) -> None:
        self.base = checked_base(base)
        self._wire = wire
        self._now_s = now_s

    async def begin(self, key: DeviceKey, device_name: str) -> Begun:
        """Ask for a code. Raises: GatewayError."""
        fields = {"client_id": CLIENT_ID, "dpop_jkt": key.jkt, "device_name": device_name[:60], "scope": "assistant"}
        body = _object(await self._form("/oauth/device_authorization", fields))
        try:
            return Begun(
                device_code=_text(body["device_code"]),
                user_code=_text(body["user_code"]),
                page=_text(body["verification_uri"]),
                page_with_code=_text(body.get("verification_uri_complete", body["verification_uri"])),
                lasts_s=_positive(body["expires_in"]),
                interval_s=_positive(body.get("interval", 5)),  # RFC 8628, section 3.2: 5 where it is not given
            )
        except (KeyError, ValueError):
            raise _malformed() from None

    async def poll(self, begun: Begun, key: DeviceKey) -> Granted:
        """Ask whether the person agreed. Raises: GatewayError: its kind is the code of RFC 8628, section 3.5."""
        fields = {"grant_type": GRANT_TYPE, "device_code": begun.device_code, "client_id": CLIENT_ID}
        body = _object(await self._form("/oauth/token", fields, key))
        try:
            return Granted(token=_text(body["access_token"]), device_id=_text(body["device_id"]))
        except (KeyError, ValueError):
            raise _malformed() from None

    async def revoke(self, token: str) -> None:
        """Give the token back: the gateway forgets this device. Raises: GatewayError."""
        await self._form("/oauth/revoke", {"client_id": CLIENT_ID, "token": token})

    async def keys(self) -> tuple[JsonDict, ...]:
        """The keys that entitlements are signed with now. Raises: GatewayError."""
        body = _object(_accepted(await self._send("GET", "/.well-known/jwks.json", {})))
        found = body.get("keys")
        if not isinstance(found, list) or not all(isinstance(key, dict) for key in found):
            raise _malformed()
        return tuple(found)

    async def entitlement(self, token: str, key: DeviceKey, etag: str) -> Told:
        """What this device may do, unless it is what `etag` names. Raises: GatewayError."""
        more = {"If-None-Match": etag} if etag else {}
        answer = await self._proven("GET", "/v1/entitlement", token, key, more)
        body = None if answer.status == 304 else _object(_accepted(answer))
        return Told(body=body, etag=answer.headers.get("etag", "")[:200], told_s=_told_s(answer.headers))

    async def ask(self, method: str, path: str, token: str, key: DeviceKey) -> JsonDict:
        """Another question of the account, such as GET /v1/usage. Raises: GatewayError."""
        return _object(_accepted(await self._proven(method, path, token, key, {})))

    async def close(self) -> None:
        await self._wire.close()

    async def _form(self, path: str, fields: Mapping[str, str], key: DeviceKey | None = None) -> WireAnswer:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(fields).encode()
        if key is None:
            return _accepted(await self._send("POST", path, headers, body))
        return _accepted(await self._with_proof("POST", path, headers, body, key, ""))

    async def _proven(self, method: str, path: str, token: str, key: DeviceKey, more: Mapping[str, str]) -> WireAnswer:
        headers = {"Authorization": f"DPoP {token}", **more}
        return await self._with_proof(method, path, headers, b"", key, token)

    async def _with_proof(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, key: DeviceKey, token: str
    ) -> WireAnswer:
        """Send it; once more with the gateway's nonce where the clocks disagree."""
        url = f"{self.base}{path}"
        proof = key.proof(method, url, self._now_s(), token=token)
        answer = await self._send(method, path, {**headers, "DPoP": proof}, body)
        nonce = answer.headers.get("dpop-nonce", "")
        if answer.status in (400, 401) and nonce and _error_code(answer) == "use_dpop_nonce":
            proof = key.proof(method, url, self._now_s(), token=token, nonce=nonce)
            answer = await self._send(method, path, {**headers, "DPoP": proof}, body)
        return answer

    async def _send(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> WireAnswer:
        try:
            return await self._wire.send(method, f"{self.base}{path}", headers, body)
        except WireError:
            raise GatewayError("unreachable", "I can't reach the service of your plan.") from None


def _accepted(answer: WireAnswer) -> WireAnswer:
    """An answer of success. Raises: GatewayError."""
    if 200 <= answer.status < 300:
        return answer
    kind = _error_code(answer)
    wait_s = _retry_after_s(answer.headers)
    if answer.status >= 500:
        raise GatewayError(
            kind if kind == "billing_unavailable" else "server",
            "The service of your plan has trouble.",
            retry_after_s=wait_s,
        )
    if answer.status == 429:
        raise GatewayError("busy", "The service of your plan is busy.", retry_after_s=wait_s)
    if 300 <= answer.status < 400 or not kind:
        raise _malformed()
    raise GatewayError(kind, "The service of your plan refused that.", retry_after_s=wait_s)


def _error_code(answer: WireAnswer) -> str:
    """The code of a refusal, in either of the two shapes; empty where it has none."""
    try:
        error = json.loads(answer.body).get("error")
    except (ValueError, AttributeError, RecursionError):
        return ""
    code = error.get("code") if isinstance(error, dict) else error
    return code if isinstance(code, str) and code.isidentifier() and len(code) <= 60 else ""


def _object(answer: WireAnswer) -> JsonDict:
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise _malformed()
    return body


def _malformed() -> GatewayError:
    return GatewayError("malformed", "The service of your plan sent something that I can't read.")


def _text(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 2000 or not value.isprintable():
        raise ValueError("no text")
    return value


def _positive(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MAX_WAIT_S:
        raise ValueError("no time")
    return float(value)


def _retry_after_s(headers: Mapping[str, str]) -> float:
    try:
        wait_s = float(headers.get("retry-after", "0"))
    except ValueError:
        return 0.0
    return min(max(wait_s, 0.0), MAX_WAIT_S) if math.isfinite(wait_s) else 0.0


def _told_s(headers: Mapping[str, str]) -> float:
    try:
        return email.utils.parsedate_to_datetime(headers.get("date", "")).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0
