"""The pictures of the plan: Images through the gateway, each request with a proof of this device's key."""

from __future__ import annotations

from assistant.engines.cloud_gateway import Prove, make_proven_client
from assistant.engines.cloud_openai_pictures import MAX_BYTES, OpenAIPictures
from assistant.think.providers import Provider


def create(provider: Provider, prove: Prove, connect_s: float) -> OpenAIPictures:
    """Raises: ValueError: this provider draws no pictures."""
    if provider.pictures is None:
        raise ValueError("pictures")
    client = make_proven_client(prove, connect_s, max_bytes=MAX_BYTES)
    return OpenAIPictures(provider, provider.pictures, "none", client, tells_session=False)
