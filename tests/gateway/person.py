"""What the tests play: a clock, a person at a browser, and a device with a key of its own."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import secrets
from collections.abc import Callable
from functools import cache
from typing import Any

from joserfc import jwt
from joserfc.jwk import OKPKey

from assistant.gateway.gateway import Gateway
from assistant.gateway.passwords import hash_password
from assistant.gateway.sign_in import create_account, sign_in

BASE = "http://127.0.0.1:8600"
GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
PASSWORD = "correct horse battery"


@cache
def hash_of_password() -> str:
    return hash_password(PASSWORD)


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self, now_s: float = 1_800_000_000.0) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s

    def advance(self, seconds: float) -> None:
        self.now_s += seconds


class Person:
    """Somebody at a browser; several share the client (httpx2 or its kin), each with a cookie jar of their own."""

    def __init__(self, client: Any, email: str) -> None:
        self.client = client
        self.base = str(client.base_url).rstrip("/")
        self.email = email
        self.account_id = ""
        self.cookies: dict[str, str] = {}

    @classmethod
    def sign_up(cls, client: Any, email: str) -> Person:
        made = cls(client, email)
        answer = made.post("/signup", email=email, password=PASSWORD, terms="yes")
        assert (303, "/account") == (answer.status_code, answer.headers["location"]), answer.text
        return made

    @classmethod
    def known(cls, client: Any, gateway: Gateway, email: str) -> Person:
        """As signed up and in before; quicker, since the password was hashed once."""
        made = cls(client, email)
        with gateway.database.transaction() as session:
            account = create_account(session, email, hash_of_password(), "1", gateway.now())
            assert account is not None
            made.account_id = account.id
            made.cookies["gateway"] = sign_in(session, account.id, gateway.now())
        return made

    def get(self, path: str) -> Any:
        return self._keep(self.client.get(path, headers=self._headers()))

    def post(self, path: str, **fields: str) -> Any:
        return self._keep(self.client.post(path, data=fields, headers=self._headers()))

    def post_form(self, page: str, path: str, **fields: str) -> Any:
        """Send a form as it stands on a page, with its hidden token."""
        token = re.search(r'name="form_token" value="([0-9a-f]+)"', self.get(page).text)
        assert token is not None
        return self.post(path, form_token=token[1], **fields)

    def decide(self, user_code: str, decision: str = "allow") -> Any:
        shown = self.post_form("/activate", "/activate", user_code=user_code)
        assert 200 == shown.status_code, text_of(shown)
        return self.post_form("/activate", "/activate/decide", user_code=user_code, decision=decision)

    def _headers(self) -> dict[str, str]:
        self.client.cookies.clear()
        return {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def _keep(self, answer: Any) -> Any:
        self.cookies.update(dict(answer.cookies))
        return answer


class Device:
    """A device of the contract in docs/gateway.md."""

    def __init__(self, client: Any, clock: Callable[[], float], key: OKPKey | None = None) -> None:
        self.client = client
        self.base = str(client.base_url).rstrip("/")
        self.clock = clock
        self.key = key or OKPKey.generate_key("Ed25519")
        self.jkt = self.key.thumbprint()
        self.device_code = self.user_code = self.token = self.device_id = ""

    def begin(self, **fields: str) -> Any:
        form = {"client_id": "assistant-device", "dpop_jkt": self.jkt, "device_name": "Kitchen", **fields}
        answer = self.client.post("/oauth/device_authorization", data=form)
        if answer.status_code == 200:
            self.device_code, self.user_code = answer.json()["device_code"], answer.json()["user_code"]
        return answer

    def poll(self, *, proof: str | None = None, **fields: str) -> Any:
        form = {"client_id": "assistant-device", "grant_type": GRANT_TYPE, "device_code": self.device_code, **fields}
        headers = {"DPoP": self.proof("POST", "/oauth/token", with_token=False) if proof is None else proof}
        return self.client.post("/oauth/token", data=form, headers=headers)

    def finish(self) -> None:
        answer = self.poll()
        assert 200 == answer.status_code, answer.text
        self.token, self.device_id = answer.json()["access_token"], answer.json()["device_id"]

    def call(self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any) -> Any:
        return self.client.request(method, path, headers={**self.headers(method, path), **(headers or {})}, **more)

    def headers(self, method: str, path: str, **changes: Any) -> dict[str, str]:
        return {"Authorization": f"DPoP {self.token}", "DPoP": self.proof(method, path, **changes)}

    def proof(self, method: str, path: str, *, with_token: bool = True, **changes: Any) -> str:
        """A proof; `changes` replace claims, None takes one out."""
        claims: dict[str, Any] = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": f"{self.base}{path}",
            "iat": int(self.clock()),
        }
        if with_token:
            digest = hashlib.sha256(self.token.encode()).digest()
            claims["ath"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        claims.update(changes)
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"typ": "dpop+jwt", "alg": "Ed25519", "jwk": self.key.as_dict(private=False)}
        return proof_of(header, claims, self.key)


def proof_of(header: dict[str, Any], claims: dict[str, Any], key: OKPKey) -> str:
    from joserfc.jws import JWSRegistry

    registry = JWSRegistry(algorithms=["Ed25519", "EdDSA"], strict_check_header=False)
    return jwt.encode(header, claims, key, registry=registry, default_type=None)


def text_of(answer: Any) -> str:
    """What a person reads on a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())
