"""The key of this device: it proves that a request comes from here (DPoP, RFC 9449); entitlements are bound to it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry
from joserfc.registry import HeaderParameter

from assistant.account.secrets import SecretError

SEED_BYTES = 32
_ALGORITHM = "Ed25519"
_REGISTRY = JWSRegistry(header_registry={"jwk": HeaderParameter("JWK", "jwk", True)}, algorithms=[_ALGORITHM])


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """An Ed25519 key; `seed` is its secret, 32 bytes."""

    seed: bytes

    @classmethod
    def make(cls) -> DeviceKey:
        return cls(secrets.token_bytes(SEED_BYTES))

    @classmethod
    def read(cls, text: str) -> DeviceKey:
        """The key that `text` keeps. Raises: SecretError: it is none."""
        try:
            seed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (binascii.Error, ValueError):
            seed = b""
        if len(seed) != SEED_BYTES:
            raise SecretError("The key of this device is damaged.", fix="Activate again: assistant account activate")
        return cls(seed)

    @property
    def text(self) -> str:
        """To be kept as a secret."""
        return _plain(self.seed)

    @property
    def jkt(self) -> str:
        """The RFC 7638 thumbprint, by which the gateway knows this device."""
        return self._key.thumbprint()

    def proof(self, method: str, url: str, now_s: float, *, token: str = "", nonce: str = "") -> str:
        """The value of a `DPoP` header for one request; `url` without query, `token` the access token beside it."""
        claims = {"jti": secrets.token_urlsafe(18), "htm": method, "htu": url, "iat": int(now_s)}
        if token:
            claims["ath"] = _plain(hashlib.sha256(token.encode()).digest())
        if nonce:
            claims["nonce"] = nonce
        public = self._key.as_dict(private=False)
        header = {"typ": "dpop+jwt", "alg": _ALGORITHM, "jwk": {name: public[name] for name in ("kty", "crv", "x")}}
        return jwt.encode(header, claims, self._key, algorithms=[_ALGORITHM], registry=_REGISTRY)

    @property
    def _key(self) -> OKPKey:
        return OKPKey.import_key(Ed25519PrivateKey.from_private_bytes(self.seed))


def _plain(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
