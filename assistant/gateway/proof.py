"""Proof that a request comes from the device that holds a key (DPoP, RFC 9449)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import OrderedDict
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry
from joserfc.registry import HeaderParameter

from assistant.gateway.secret import Secret

FRESH_S = 300
MAX_PROOF_CHARS = 2000
MAX_REMEMBERED = 200_000
_ALGORITHMS = ("Ed25519", "EdDSA")
_HEADERS = JWSRegistry(header_registry={"jwk": HeaderParameter("JWK", "jwk", True)}, algorithms=list(_ALGORITHMS))


class ProofError(Exception):
    """A proof that proves nothing. `code` is the error of RFC 9449: invalid_dpop_proof or use_dpop_nonce."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class Proofs:
    """Checks proofs; remembers them for as long as they could be sent again, in this process."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret
        self._seen: OrderedDict[str, float] = OrderedDict()

    def nonce(self, now_s: float) -> str:
        """A value that is good for 300 to 600 s; it needs no memory."""
        window = int(now_s // FRESH_S)
        return f"{window:x}.{self._secret.mac('nonce', str(window))[:32]}"

    def check(self, proof: str | None, method: str, url: str, now_s: float, token: str | None = None) -> str:
        """The thumbprint of the key that made this proof for this request.

        `url` is without query; `token` is the access token that comes with it.

        Raises:
            ProofError: it is missing, malformed, of another request, used before, or too old.
        """
        if not proof or len(proof) > MAX_PROOF_CHARS:
            raise ProofError("invalid_dpop_proof", "A proof of the device's key is needed.")
        key, claims = _verified(proof)
        if claims.get("htm") != method or claims.get("htu") != url:
            raise ProofError("invalid_dpop_proof", "The proof is for another request.")
        if token is not None and not _same(claims.get("ath"), token_hash(token)):
            raise ProofError("invalid_dpop_proof", "The proof is for another token.")
        self._check_fresh(claims, now_s)
        jkt, jti = key.thumbprint(), claims.get("jti")
        if not isinstance(jti, str) or not 16 <= len(jti) <= 100:
            raise ProofError("invalid_dpop_proof", "The proof has no jti of 16 to 100 characters.")
        self._remember(f"{jkt}.{jti}", now_s)
        return jkt

    def _check_fresh(self, claims: dict[str, Any], now_s: float) -> None:
        nonce, issued = claims.get("nonce"), claims.get("iat")
        if nonce is not None:
            if not any(_same(nonce, self.nonce(at_s)) for at_s in (now_s, now_s - FRESH_S)):
                raise ProofError("use_dpop_nonce", "The nonce is no longer good.")
        elif not isinstance(issued, int | float) or not abs(issued - now_s) <= FRESH_S:
            raise ProofError("use_dpop_nonce", "The clocks disagree: repeat the request with this nonce.")

    def _remember(self, name: str, now_s: float) -> None:
        while self._seen and (
            next(iter(self._seen.values())) < now_s - 3 * FRESH_S or len(self._seen) >= MAX_REMEMBERED
        ):
            self._seen.popitem(last=False)
        if name in self._seen:
            raise ProofError("invalid_dpop_proof", "The proof was used before.")
        self._seen[name] = now_s


def token_hash(token: str) -> str:
    """`ath` of RFC 9449."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()


def _verified(proof: str) -> tuple[OKPKey, dict[str, Any]]:
    try:
        header = jws.extract_compact(proof.encode()).headers()
        jwk = header.get("jwk")
        if header.get("typ") != "dpop+jwt" or header.get("alg") not in _ALGORITHMS or not isinstance(jwk, dict):
            raise ValueError("header")
        if jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519" or "d" in jwk:
            raise ValueError("jwk")
        key = OKPKey.import_key({name: jwk[name] for name in ("kty", "crv", "x")})
        claims = jwt.decode(proof, key, algorithms=list(_ALGORITHMS), registry=_HEADERS).claims
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError, json.JSONDecodeError):
        raise ProofError("invalid_dpop_proof", "The proof cannot be verified.") from None
    return key, claims


def _same(given: object, wanted: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
