"""A model that draws, behind the Images of OpenAI, or of any server that speaks them: generations and edits."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import httpx2
import openai

from assistant.engines.cloud_client import failure, kind_of, lost_as, make_client, retry_after_s
from assistant.think.pictures import Drawn, DrawRequest
from assistant.think.providers import PictureModel, Provider

MAX_BYTES = 24_000_000
"""A picture of 1536 by 1024 has at most 4.7 MB of plain samples, and a third more as base64; four times that."""
PNG = b"\x89PNG\r\n\x1a\n"


class OpenAIPictures:
    """`assistant.think.pictures.Painter`. `tells_session`: the server takes the field `user`."""

    def __init__(
        self,
        provider: Provider,
        pictures: PictureModel,
        key: str,
        client: httpx2.AsyncClient,
        *,
        tells_session: bool = True,
    ) -> None:
        self._provider, self._pictures, self._tells_session = provider, pictures, tells_session
        self._client = openai.AsyncOpenAI(
            api_key=key or "none",
            base_url=provider.base_url,
            max_retries=0,
            timeout=None,
            http_client=client,
        )

    async def draw(self, request: DrawRequest) -> Drawn:
        name = self._provider.name
        fields: dict[str, Any] = {
            "model": self._pictures.model,
            "prompt": request.prompt,
            "n": 1,
            "size": self._pictures.size,
            "output_format": "png",
        }
        if self._tells_session:
            fields["user"] = request.session
        if self._pictures.quality:
            fields["quality"] = self._pictures.quality
        try:
            if request.image:
                image = ("picture.png", request.image, "image/png")
                answer = await self._client.images.edit(image=image, **fields)
            else:
                answer = await self._client.images.generate(**fields)
            return self._read(answer)
        except openai.APIStatusError as error:
            kind = kind_of(error.status_code)
            raise failure(kind, name, retry_after_s(error.response.headers)) from None
        except (openai.APIConnectionError, httpx2.HTTPError, OSError) as error:
            raise failure(lost_as(error), name) from None
        except openai.APIError:
            raise failure("server", name) from None
        except (ValueError, TypeError, AttributeError, LookupError, binascii.Error):
            raise failure("malformed", name) from None

    async def close(self) -> None:
        await self._client.close()

    def _read(self, answer: Any) -> Drawn:
        """The one picture of an answer; an address in its place is not followed. Raises: ValueError, TypeError, ..."""
        png = base64.b64decode(answer.data[0].b64_json, validate=True)
        if not png.startswith(PNG):
            raise ValueError("no PNG")
        if answer.usage is None:
            return Drawn(png=png, model=self._pictures.model)
        details = answer.usage.input_tokens_details
        return Drawn(
            png=png,
            model=self._pictures.model,
            text_tokens=int(details.text_tokens),
            image_tokens=int(details.image_tokens),
            tokens=int(answer.usage.output_tokens),
        )


def create(provider: Provider, key: str, connect_s: float) -> OpenAIPictures:
    """Raises: ValueError: this provider draws no pictures."""
    if provider.pictures is None:
        raise ValueError("pictures")
    return OpenAIPictures(provider, provider.pictures, key, make_client(connect_s, max_bytes=MAX_BYTES))
