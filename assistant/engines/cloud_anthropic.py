"""A cloud model behind the Messages of Anthropic."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import anthropic
import httpx2

from assistant.engines.cloud_client import failure, kind_of, lost_as, make_client, retry_after_s
from assistant.engines.cloud_openai import call_name, read_call
from assistant.think.cloud import CloudRequest, Round
from assistant.think.providers import Provider
from assistant.types import Done, JsonDict, Message, ReplyPart, TextDelta, ToolCall, ToolSpec


class AnthropicMessages:
    """`assistant.think.cloud.CloudProvider`."""

    def __init__(self, provider: Provider, key: str, connect_s: float) -> None:
        self._provider = provider
        self._client = anthropic.AsyncAnthropic(
            api_key=key or "none",
            base_url=provider.base_url,
            max_retries=0,
            timeout=None,
            http_client=make_client(connect_s),
            open_telemetry=False,
        )

    async def reply(self, request: CloudRequest) -> AsyncGenerator[ReplyPart, None]:
        answer = _Answer(request.tools)
        with self._explained(answer):
            stream = await self._client.messages.create(**self._fields(request))
            async with stream:
                async for event in stream:
                    if text := answer.take(event):
                        yield TextDelta(text=text)
            for call in answer.calls():
                yield call
        if not answer.ended:
            raise failure("cut" if answer.started else "malformed", self._provider.name)
        reason = "length" if answer.reason == "max_tokens" else "stop"
        yield Done(reason=reason, tokens=answer.written_tokens, read_tokens=answer.read_tokens)

    async def close(self) -> None:
        await self._client.close()

    def _fields(self, request: CloudRequest) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "model": self._provider.model,
            "system": request.system,
            "messages": [*_alternating(request.messages), *_rounds(request.rounds)],
            "max_tokens": request.max_tokens,
            "metadata": {"user_id": request.session},
            "stream": True,
        }
        if request.tools:
            fields["tools"] = [
                {"name": call_name(tool.name), "description": tool.description, "input_schema": tool.parameters}
                for tool in request.tools
            ]
            fields["tool_choice"] = {"type": "auto" if request.may_call else "none"}
        return fields

    @contextlib.contextmanager
    def _explained(self, answer: _Answer) -> Iterator[None]:
        """Whatever the library raises becomes a CloudError without any word of the request."""
        name = self._provider.name
        try:
            yield
        except anthropic.APIStatusError as error:
            if answer.started:  # an error event in the middle of an answer
                raise failure("cut", name) from None
            kind = "server" if error.status_code < 300 else kind_of(error.status_code)
            raise failure(kind, name, retry_after_s(error.response.headers)) from None
        except (anthropic.APIConnectionError, httpx2.HTTPError, OSError) as error:
            raise failure("cut" if answer.started else lost_as(error), name) from None
        except anthropic.APIError:
            raise failure("cut" if answer.started else "server", name) from None
        except (ValueError, TypeError, AttributeError, LookupError):
            raise failure("cut" if answer.started else "malformed", name) from None


def _alternating(messages: tuple[Message, ...]) -> Iterator[dict[str, str]]:
    """User and assistant in turn, beginning with the user, as the wire demands."""
    open_role, texts = "", list[str]()
    for message in messages:
        role = "user" if message.role == "user" else "assistant"
        if not open_role and role != "user":
            continue
        if role != open_role and texts:
            yield {"role": open_role, "content": "\n".join(texts)}
            texts = []
        open_role = role
        texts.append(message.text)
    if texts:
        yield {"role": open_role, "content": "\n".join(texts)}


def _rounds(rounds: tuple[Round, ...]) -> Iterator[JsonDict]:
    """The calls of this turn, and what came of them, as the wire pairs them."""
    for each in rounds:
        said: list[JsonDict] = [{"type": "text", "text": each.said}] if each.said.strip() else []
        yield {
            "role": "assistant",
            "content": said
            + [
                {"type": "tool_use", "id": called.id, "name": call_name(called.tool), "input": called.arguments}
                for called in each.calls
            ],
        }
        yield {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": called.id, "content": called.result} for called in each.calls
            ],
        }


class _Answer:
    """What has come so far of one answer."""

    def __init__(self, tools: tuple[ToolSpec, ...]) -> None:
        self.started = self.ended = False
        self.reason = ""
        self.read_tokens = self.written_tokens = 0
        self._names = {call_name(tool.name): tool.name for tool in tools}
        self._calls: dict[int, list[str]] = {}

    def take(self, event: Any) -> str:
        """The words of an event; what else it brings is kept. Raises: ValueError, TypeError, AttributeError."""
        match event.type:
            case "message_start":
                usage = event.message.usage
                cached = (usage.cache_creation_input_tokens or 0) + (usage.cache_read_input_tokens or 0)
                self.read_tokens, self.written_tokens = int(usage.input_tokens) + cached, int(usage.output_tokens or 0)
            case "content_block_start" if event.content_block.type == "tool_use":
                self._calls[event.index] = [event.content_block.name, ""]
            case "content_block_delta" if event.delta.type == "text_delta":
                text = str(event.delta.text)
                self.started = self.started or bool(text)
                return text
            case "content_block_delta" if event.delta.type == "input_json_delta":
                self._calls[event.index][1] += event.delta.partial_json
            case "message_delta":
                self.reason = event.delta.stop_reason or self.reason
                self.written_tokens = int(event.usage.output_tokens)
            case "message_stop":
                self.ended = True
        return ""

    def calls(self) -> list[ToolCall]:
        """The tool calls, by our names. Raises: ValueError: the arguments are no JSON object."""
        return [read_call(self._names.get(name, name), text) for _, (name, text) in sorted(self._calls.items())]


def create(provider: Provider, key: str, connect_s: float) -> AnthropicMessages:
    return AnthropicMessages(provider, key, connect_s)
