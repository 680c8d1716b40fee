"""A model on Amazon Bedrock: its chat completions, signed with an access key of AWS, or with a key of Bedrock."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx2

from assistant.engines.cloud_client import make_client
from assistant.engines.cloud_openai import OpenAIChat
from assistant.engines.cloud_signature import AwsKey, ToSign, authorization, read_key, stamp
from assistant.think.providers import Provider

_SIGNED = ("host", "content-type", "x-amz-date", "x-amz-security-token")


class Signer:
    """Signs what is about to leave, for one `REGION/SERVICE`."""

    def __init__(self, key: AwsKey, scope: str) -> None:
        self._key = key
        self._scope = scope

    async def __call__(self, request: httpx2.Request) -> None:
        when = datetime.now(UTC)
        request.headers["x-amz-date"] = stamp(when)
        if self._key.token:
            request.headers["x-amz-security-token"] = self._key.token
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        headers = {name: request.headers[name] for name in _SIGNED if name in request.headers}
        whole = ToSign(method=request.method, path=path, query=query, headers=headers, body=await request.aread())
        request.headers["authorization"] = authorization(whole, when, self._scope, self._key)


def create(provider: Provider, key: str, connect_s: float) -> OpenAIChat:
    """A key of Bedrock travels as it is; of an access key (`ID:SECRET`) only the signature does."""
    found = read_key(key)
    if found is None:
        return OpenAIChat(provider, key, make_client(connect_s))
    return OpenAIChat(provider, "", make_client(connect_s, Signer(found, provider.signed_for)))
