"""A request for a chat completion: what is taken, bounded, and how it goes on to the upstream."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.gateway.refusals import ApiRefusal
from assistant.gateway.settings import ModelSettings

T = TypeVar("T", bound=BaseModel)
MAX_MESSAGES = 500
_Text = Annotated[str, Field(max_length=1_000_000)]
_Name = Annotated[str, Field(min_length=1, max_length=100)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Message(_Strict):
    """`content` is text, or parts as OpenAI has them, which are the upstream's to check."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: _Text | list[dict[str, Any]] | None = None
    name: _Name | None = None
    tool_calls: list[dict[str, Any]] | None = None
    tool_call_id: _Name | None = None
    refusal: _Text | None = None


class StreamOptions(_Strict):
    include_usage: bool = False


class ChatRequest(_Strict):
    """The fields of docs/gateway.md."""

    model: _Name
    messages: list[Message] = Field(min_length=1, max_length=MAX_MESSAGES)
    max_tokens: int | None = Field(default=None, ge=1, le=1_000_000)
    max_completion_tokens: int | None = Field(default=None, ge=1, le=1_000_000)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    stop: _Text | list[_Text] | None = None
    seed: int | None = Field(default=None, ge=-(2**63), lt=2**63)
    presence_penalty: float | None = Field(default=None, ge=-2, le=2)
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2)
    tools: list[dict[str, Any]] | None = Field(default=None, max_length=128)
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    response_format: dict[str, Any] | None = None
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh"] | None = None
    n: Literal[1] | None = None
    user: Annotated[str, Field(max_length=500)] | None = None
    store: bool | None = None

    @property
    def wants_usage(self) -> bool:
        return self.stream_options is not None and self.stream_options.include_usage

    def most_written(self, model: ModelSettings) -> int:
        """Tokens: what was asked for, within what the gateway's owner allows."""
        asked = self.max_completion_tokens or self.max_tokens or model.max_tokens
        return min(asked, model.max_tokens)

    def passed_on(self, model: ModelSettings, limit_field: str) -> dict[str, Any]:
        """Without who asks; with the upstream's name of the model, a limit, and the count at the end of a stream."""
        left_out = {"model", "max_tokens", "max_completion_tokens", "stream_options", "user", "store", "n"}
        fields = self.model_dump(exclude_none=True, exclude=left_out)
        fields |= {"model": model.upstream, limit_field: self.most_written(model), "store": False}
        if self.stream:
            fields["stream_options"] = {"include_usage": True}
        return fields


def read_request(kind: type[T], body: bytes) -> T:
    """Raises: ApiRefusal: 400, with the field that does not fit as `param`."""
    try:
        body.decode()
        found = kind.model_validate_json(body)
        found.model_dump_json()
    except ValidationError as error:
        place = error.errors(include_url=False, include_context=False, include_input=False)[0]["loc"]
        refusal = ApiRefusal(400, "invalid_request", "A field is missing, unknown or out of range.")
        refusal.param = ".".join(str(part) for part in place)[:100] or None
        raise refusal from None
    except (ValueError, RecursionError):
        raise ApiRefusal(400, "invalid_request", "The body must be JSON in UTF-8.") from None
    return found
