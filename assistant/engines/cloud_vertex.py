"""A model on Google's Vertex: its chat completions, with an access token that a service account is given for an hour.

key file of the account -> signed claim -> token endpoint -> access token -> every request, until it runs out
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx2
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.engines.cloud_client import failure, kind_of, make_client
from assistant.engines.cloud_openai import OpenAIChat
from assistant.errors import CloudError
from assistant.think.providers import LOOPBACK, Provider

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFE_S = 3600
"""The longest that Google allows ("Using OAuth 2.0 for Server to Server Applications")."""
EARLY_S = 120.0
"""A token is renewed so long before it runs out: no answer takes longer."""
PROJECT = "{project}"


class ServiceAccount(BaseModel):
    """The key file of a service account, as Google writes it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    project_id: str = Field(pattern=r"^[a-z0-9][a-z0-9:.\-]{2,60}$")
    private_key_id: str = Field(max_length=200)
    private_key: str = Field(max_length=8000, repr=False)
    client_email: str = Field(max_length=300)
    token_uri: str = Field(max_length=300)

    def key(self) -> RSAPrivateKey:
        """Raises: ValueError: it is none for RSA."""
        loaded = load_pem_private_key(self.private_key.encode(), password=None)
        if not isinstance(loaded, RSAPrivateKey):
            raise ValueError("no RSA")
        return loaded


class Tokens:
    """The access token of an account, asked for when it is needed. `clock` gives seconds since 1970."""

    def __init__(
        self, account: ServiceAccount, name: str, client: httpx2.AsyncClient, clock: Callable[[], float] = time.time
    ) -> None:
        self._account = account
        self._key = account.key()
        self._name = name
        self._client = client
        self._clock = clock
        self._token = ""
        self._until_s = 0.0

    async def __call__(self) -> str:
        """Raises: CloudError."""
        if self._clock() < self._until_s - EARLY_S:
            return self._token
        now_s = int(self._clock())
        form = {"grant_type": GRANT, "assertion": self.claim(now_s)}
        try:
            answer = await self._client.post(self._account.token_uri, data=form)
        except (httpx2.HTTPError, OSError):
            raise failure("unreachable", self._name) from None
        if answer.status_code != 200:
            kind = "key" if answer.status_code == 400 else kind_of(answer.status_code)
            raise failure(kind, self._name)
        try:
            told = answer.json()
            self._token, self._until_s = str(told["access_token"]), now_s + float(told["expires_in"])
        except (ValueError, TypeError, LookupError):
            raise failure("malformed", self._name) from None
        return self._token

    def claim(self, now_s: int) -> str:
        """What the account asks for, signed (RFC 7523, RS256)."""
        head = {"alg": "RS256", "typ": "JWT", "kid": self._account.private_key_id}
        body = {
            "iss": self._account.client_email,
            "scope": SCOPE,
            "aud": self._account.token_uri,
            "iat": now_s,
            "exp": now_s + LIFE_S,
        }
        signed = ".".join(_encoded(json.dumps(part).encode()) for part in (head, body))
        return f"{signed}.{_encoded(self._key.sign(signed.encode(), PKCS1v15(), SHA256()))}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def create(provider: Provider, key: str, connect_s: float) -> OpenAIChat:
    """`key` is the key file of a service account, or an access token as it is.

    Raises:
        CloudError: it is neither, or the address needs a project and the key names none.
    """
    client = make_client(connect_s)
    if not key.startswith("{"):
        if PROJECT in provider.base_url:
            raise CloudError("key", f"{provider.name} needs the key file of a service account.")
        return OpenAIChat(provider, key, client)
    try:
        account = ServiceAccount.model_validate_json(key)
        tokens = Tokens(account, provider.name, client)
    except (ValidationError, ValueError, UnsupportedAlgorithm):
        raise CloudError("key", f"The key for {provider.name} is no key file of a service account.") from None
    where = urlsplit(account.token_uri)
    if where.scheme != "https" and where.hostname not in LOOPBACK:
        raise CloudError("key", f"The key for {provider.name} would be shown to an address without encryption.")
    there = provider.model_copy(update={"base_url": provider.base_url.replace(PROJECT, account.project_id)})
    return OpenAIChat(there, tokens, client)
