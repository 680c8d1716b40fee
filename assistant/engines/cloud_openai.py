"""A cloud model behind the chat completions of OpenAI, or of any server that speaks them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from typing import Any

import httpx2
import openai

from assistant.engines.cloud_client import failure, kind_of, lost_as, make_client, retry_after_s
from assistant.think.cloud import CloudRequest, Round
from assistant.think.providers import Provider
from assistant.think.written_calls import WrittenCalls
from assistant.types import Done, JsonDict, ReplyPart, TextDelta, ToolCall, ToolSpec

_ENDINGS = {"stop": "stop", "tool_calls": "stop", "length": "length"}


class OpenAIChat:
    """`assistant.think.cloud.CloudProvider`. `key` is one, or gives one that holds for now."""

    def __init__(self, provider: Provider, key: str | Callable[[], Awaitable[str]], client: httpx2.AsyncClient) -> None:
        self._provider = provider
        self._client = openai.AsyncOpenAI(
            api_key=key or "none", base_url=provider.base_url, max_retries=0, timeout=None, http_client=client
        )

    async def reply(self, request: CloudRequest) -> AsyncGenerator[ReplyPart, None]:
        answer = _Answer(request.tools)
        with self._explained(answer):
            stream = await self._client.chat.completions.create(**self._fields(request))
            async with stream:
                async for chunk in stream:
                    if text := answer.take(chunk):
                        yield TextDelta(text=text)
            if text := answer.rest():
                yield TextDelta(text=text)
            for call in answer.calls():
                yield call
        if answer.ended is None:
            raise failure("cut" if answer.started else "malformed", self._provider.name)
        yield Done(
            reason=_ENDINGS.get(answer.ended, "stop"), tokens=answer.written_tokens, read_tokens=answer.read_tokens
        )

    async def close(self) -> None:
        await self._client.close()

    def _fields(self, request: CloudRequest) -> dict[str, Any]:
        messages: list[JsonDict] = [{"role": "system", "content": request.system}]
        messages += [
            {"role": "user" if message.role == "user" else "assistant", "content": message.text}
            for message in request.messages
        ]
        for each in request.rounds:
            messages += _round(each, empty="" if self._provider.kind == "openai" else None)
        fields: dict[str, Any] = {
            "model": self._provider.model,
            "messages": messages,
            "stream": True,
            "stream_options": {"include_usage": True},
            "user": request.session,
            self._provider.limit: request.max_tokens,
        }
        if self._provider.kind == "openai":  # only there can what is sent be kept for later
            fields["store"] = False
        if self._provider.effort:
            fields["reasoning_effort"] = self._provider.effort
        if request.tools:
            fields["tools"] = [{"type": "function", "function": tool_shape(tool)} for tool in request.tools]
            fields["tool_choice"] = "auto" if request.may_call else "none"
        return fields

    @contextlib.contextmanager
    def _explained(self, answer: _Answer) -> Iterator[None]:
        """Whatever the library raises becomes a CloudError without any word of the request."""
        name = self._provider.name
        try:
            yield
        except openai.APIStatusError as error:
            headers = error.response.headers
            raise failure(kind_of(error.status_code), name, retry_after_s(headers)) from None
        except (openai.APIConnectionError, httpx2.HTTPError, OSError) as error:
            raise failure("cut" if answer.started else lost_as(error), name) from None
        except openai.APIError:
            raise failure("cut" if answer.started else "server", name) from None
        except (ValueError, TypeError, AttributeError, LookupError):
            raise failure("cut" if answer.started else "malformed", name) from None


class _Answer:
    """What has come so far of one answer."""

    def __init__(self, tools: tuple[ToolSpec, ...]) -> None:
        self.started = False
        self.ended: str | None = None
        self.read_tokens = self.written_tokens = 0
        self._names = {call_name(tool.name): tool.name for tool in tools}
        self._calls: dict[int, list[str]] = {}
        self._written = WrittenCalls()

    def take(self, chunk: Any) -> str:
        """The words of a chunk; what else it brings is kept. Raises: ValueError, TypeError, AttributeError."""
        if (usage := getattr(chunk, "usage", None)) is not None:
            self.read_tokens, whole = int(usage.prompt_tokens), int(usage.total_tokens or 0)
            # Gemini's thoughts are paid for and counted in the whole only.
            self.written_tokens = max(int(usage.completion_tokens), whole - self.read_tokens)
        text = ""
        for choice in chunk.choices or ():
            if (delta := choice.delta) is not None:
                text += delta.content or ""
                for part in delta.tool_calls or ():
                    call = self._calls.setdefault(part.index or 0, ["", ""])
                    if part.function is not None:
                        if part.function.name != call[0]:  # llama-cpp-python says it again with every piece
                            call[0] += part.function.name or ""
                        call[1] += part.function.arguments or ""
            self.ended = choice.finish_reason or self.ended
        self.started = self.started or bool(text)
        return self._written.feed(text)

    def rest(self) -> str:
        """The words that were held back, as they might have begun a call. Raises: ValueError."""
        return self._written.flush()

    def calls(self) -> list[ToolCall]:
        """The tool calls, by our names. Raises: ValueError: the arguments are no JSON object."""
        calls = [*((name, text) for _, (name, text) in sorted(self._calls.items())), *self._written.found]
        return [read_call(self._names.get(name, name), text) for name, text in calls]


def _round(each: Round, empty: str | None) -> list[JsonDict]:
    """The calls of one answer and what came of them; `empty` stands for no words beside them.

    Chat completions allow none and an empty text; llama-cpp-python's server takes only the text.
    """
    calls = [
        {
            "id": called.id,
            "type": "function",
            "function": {"name": call_name(called.tool), "arguments": json.dumps(called.arguments)},
        }
        for called in each.calls
    ]
    results = [{"role": "tool", "tool_call_id": called.id, "content": called.result} for called in each.calls]
    return [{"role": "assistant", "content": each.said or empty, "tool_calls": calls}, *results]


def call_name(tool: str) -> str:
    """A tool's name where no dot is allowed."""
    return tool.replace(".", "__")


def tool_shape(tool: ToolSpec) -> JsonDict:
    return {"name": call_name(tool.name), "description": tool.description, "parameters": tool.parameters}


def read_call(name: str, arguments: str) -> ToolCall:
    """Raises: ValueError: no JSON object."""
    values = json.loads(arguments or "{}")
    if not isinstance(values, dict):
        raise ValueError("arguments")
    return ToolCall(tool=name, arguments=values)


def create(provider: Provider, key: str, connect_s: float) -> OpenAIChat:
    return OpenAIChat(provider, key, make_client(connect_s))
