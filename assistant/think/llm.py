"""The local talker: a conversation answered piece by piece, with tool calls where the model may make them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from assistant.errors import EngineError
from assistant.think.choiceprompt import MAX_CALLS, choice_prefix
from assistant.think.prompt import Prefix, build_prefix, chat_fields, tool_fields
from assistant.types import Done, JsonDict, Message, ReplyPart, TextDelta, ToolCall, ToolSpec
from assistant.worker import Worker

MAX_TOKENS = 160
"""Three spoken sentences take 40 to 80."""


class Talker(Protocol):
    """A language model that answers in words, or asks for one of the tools that it was prepared with."""

    async def prepare(self, tools: Sequence[ToolSpec]) -> None:
        """Load the fixed part of the prompt of a conversation, or with tools of a choice among them.

        Milliseconds from disk, else seconds. Raises: EngineError.
        """
        ...

    async def prefill(self, messages: Sequence[Message], *, facts: str = "", max_tokens: int = MAX_TOKENS) -> None:
        """Read a prompt ahead, so that `reply` with the same arguments starts at once. Raises: EngineError."""
        ...

    def reply(
        self,
        messages: Sequence[Message],
        *,
        facts: str = "",
        max_tokens: int = MAX_TOKENS,
        tools: Sequence[ToolSpec] = (),
    ) -> AsyncGenerator[ReplyPart, None]:
        """Answer the last message; closing the iterator cancels.

        `facts` is what changes by itself (time, place); `tools` are those of the prepared ones that may be called now.

        Yields: TextDelta pieces, at most one ToolCall, and Done at the end. Raises: EngineError.
        """
        ...

    async def choose(
        self, tools: Sequence[ToolSpec], schema: Sequence[JsonDict], messages: Sequence[Message]
    ) -> JsonDict | None:
        """Which of these prepared tools, in the shapes of `schema`, the last message wants called.

        Returns: `calls` [{name, arguments}], none if no tool fits, and `confidence` 0..1; None where the prompt of
        these tools is not ready: nobody is kept waiting for it. Raises: EngineError.
        """
        ...


class WorkerTalker:
    """The talker in a worker (engine `llama_cpp`); several may share one worker, which keeps the last prefix."""

    def __init__(self, worker: Worker, *, temperature: float = 0.0) -> None:
        self._worker = worker
        self._temperature = temperature
        self._prefix: Prefix = build_prefix()

    async def prepare(self, tools: Sequence[ToolSpec]) -> None:
        if tools:
            await self._worker.call("prefix", _fields(choice_prefix(tools)))
        else:
            await self._load_prefix()

    async def prefill(self, messages: Sequence[Message], *, facts: str = "", max_tokens: int = MAX_TOKENS) -> None:
        args = self._args(messages, facts, max_tokens, ())
        part, _ = await self._worker.call("prefill", args)
        if part.get("done") == "unprepared":
            await self._load_prefix()
            await self._worker.call("prefill", args)

    async def reply(
        self,
        messages: Sequence[Message],
        *,
        facts: str = "",
        max_tokens: int = MAX_TOKENS,
        tools: Sequence[ToolSpec] = (),
    ) -> AsyncGenerator[ReplyPart, None]:
        args = self._args(messages, facts, max_tokens, tools)
        for _ in range(2):
            async with contextlib.aclosing(self._chat(args)) as parts:
                async for part in parts:
                    if part == Done(reason="unprepared"):
                        break
                    yield part
                else:
                    return
            await self._load_prefix()
        raise EngineError("The language model lost its instructions.")

    async def _chat(self, args: JsonDict) -> AsyncGenerator[ReplyPart, None]:
        async with contextlib.aclosing(self._worker.stream("chat", args)) as parts:
            async for part, _ in parts:
                if "text" in part:
                    yield TextDelta(text=part["text"], chances=tuple((p, h) for p, h in part.get("chances", ())))
                elif "tool" in part:
                    yield ToolCall(tool=part["tool"], arguments=part["arguments"])
                elif "done" in part:
                    yield Done(reason=part["done"], tokens=part.get("tokens", 0))

    async def _load_prefix(self) -> None:
        await self._worker.call("prefix", _fields(self._prefix))

    async def choose(
        self, tools: Sequence[ToolSpec], schema: Sequence[JsonDict], messages: Sequence[Message]
    ) -> JsonDict | None:
        prefix = choice_prefix(tools)
        loaded, _ = await self._worker.call("prefix", {**_fields(prefix), "ready": True})
        if loaded.get("done") != "stop":
            return None
        args = {
            "prefix": prefix.key,
            "messages": [chat_fields(message) for message in messages],
            "tools": list(schema),
            "calls": MAX_CALLS,
        }
        answer, _ = await self._worker.call("choose", args)
        return answer if answer.get("done") == "stop" else None

    def _args(self, messages: Sequence[Message], facts: str, max_tokens: int, tools: Sequence[ToolSpec]) -> JsonDict:
        allowed = {tool.name for tool in tools}
        return {
            "prefix": self._prefix.key,
            "messages": [chat_fields(message) for message in messages],
            "facts": facts,
            "max_tokens": max_tokens,
            "temperature": self._temperature,
            "tools": [tool_fields(tool) for tool in self._prefix.tools if tool.name in allowed],
        }


def _fields(prefix: Prefix) -> JsonDict:
    return {"messages": [{"role": role, "text": text} for role, text in prefix.messages], "key": prefix.key}
