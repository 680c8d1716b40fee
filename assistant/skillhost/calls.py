"""One run of a tool: a task with a deadline that may put questions, and once it is over can neither speak nor act.

running --returns, raises--> done
   |  ^ `--deadline, cancelled--> over
   |  |
asking --silence, "never mind", another command--> over       the clock stands while a person is asked
"""

from __future__ import annotations

import asyncio
import contextvars
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from assistant.skill import Cancelled, Reply, ToolMark
from assistant.skillhost.asking import Kind
from assistant.think.tools import Say
from assistant.types import JsonDict, Sent, ToolCall

T = TypeVar("T")

MAX_PROGRESS = 3
ASK_PATIENCE_S = 30.0
CONFIRM_PATIENCE_S = 20.0

CURRENT: contextvars.ContextVar[Call | None] = contextvars.ContextVar("assistant_call", default=None)
"""The call that the code which looks at it belongs to; tasks that a tool starts inherit it."""


@dataclass(slots=True, kw_only=True, eq=False)
class Question:
    """A question that waits for an answer. `asked_s` on the host's clock; `confirms`: its yes counts."""

    call: Call
    text: str
    slot: Kind
    patience_s: float
    asked_s: float = 0.0
    confirms: bool = False
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    answer: asyncio.Future[str]

    def is_over(self, now_s: float) -> bool:
        return now_s >= self.asked_s + self.patience_s


class Call:
    """A checked call of a tool under way. Not for use from several threads."""

    def __init__(
        self, call: ToolCall, mark: ToolMark, say: Say | None, on_question: Callable[[Question], None]
    ) -> None:
        self.tool = call.tool
        self.mark = mark
        self.over = False
        self.silent = False
        self.begun = False
        self.question: Question | None = None
        self.outside = False
        """It got hold of words of strangers: over the network, or from what it kept of those."""
        self.missed = ""
        """The feature of the plan that would have done more."""
        self.sent: list[Sent] = []
        """What it had sent to a cloud model."""
        self._arguments: JsonDict = call.arguments
        self._say = say
        self._told = 0
        self._left_s = mark.deadline_s
        self._on_question = on_question
        self._task: asyncio.Task[Reply] | None = None
        self._opened: asyncio.Future[None] | None = None

    def start(self, function: Callable[..., Awaitable[Reply]]) -> None:
        """Begin; the tool sees this call as its own in everything that it awaits or starts."""
        context = contextvars.copy_context()
        context.run(CURRENT.set, self)
        self._opened = asyncio.get_running_loop().create_future()
        self._task = asyncio.get_running_loop().create_task(self._run(function), name=self.tool, context=context)
        self._task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def advance(self) -> Question | None:
        """Let it go on until it has ended (None) or asks something; only this time counts.

        Raises:
            TimeoutError: its time is used up.
        """
        assert self._task is not None and self._opened is not None
        clock = asyncio.get_running_loop().time
        started = clock()
        try:
            both: set[asyncio.Future[Any]] = {self._task, self._opened}
            await asyncio.wait(both, timeout=self._left_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._left_s = max(0.0, self._left_s - (clock() - started))
        if self._task.done():
            return None
        if self._opened.done():
            return self.question
        raise TimeoutError

    def result(self) -> Reply:
        """What a call that has ended returned. Raises: whatever it raised."""
        assert self._task is not None
        self.over = True
        if self._task.cancelled():
            raise Cancelled("That was cancelled.")
        return self._task.result()

    def answered(self, text: str, say: Say | None) -> None:
        """Give the answer to the open question; the call goes on."""
        question, self.question, self._say = self.question, None, say
        assert question is not None
        self._opened = asyncio.get_running_loop().create_future()
        if not question.answer.done():
            question.answer.set_result(text)

    def stop(self) -> None:
        """It is over: what it still tries to say or do fails."""
        self.over = True
        question, self.question = self.question, None
        if question is not None and not question.answer.done():
            question.answer.set_exception(Cancelled("Nobody answered."))
            question.answer.exception()  # seen here, in case that the tool is gone already
        if self._task is not None:
            self._task.cancel()

    def check(self) -> None:
        """Raises: Cancelled: this call is over."""
        if self.over:
            raise Cancelled("This call is over.")

    def progress(self, text: str) -> None:
        """Say it, if anybody still listens; more than three sentences of a call are not said."""
        self.check()
        self._told += 1
        if self._say is not None and not self.silent and self._told <= MAX_PROGRESS:
            self._say(text)

    async def ask(self, text: str, slot: Kind, *, confirms: bool = False) -> str:
        """Put a question; the words of the answer as they were heard.

        Raises:
            Cancelled: the call is over, nobody listens any more, or nobody answered.
        """
        self.check()
        if self.silent or self.question is not None or self._opened is None:
            raise Cancelled("Nobody can be asked now.")
        patience_s = CONFIRM_PATIENCE_S if confirms else ASK_PATIENCE_S
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.question = Question(
            call=self, text=text, slot=slot, patience_s=patience_s, confirms=confirms, answer=answer
        )
        self._on_question(self.question)
        self._opened.set_result(None)
        words = await answer
        self.check()
        return words

    async def _run(self, function: Callable[..., Awaitable[Reply]]) -> Reply:
        self.begun = True
        try:
            return await function(**self._arguments)
        finally:
            self.over = True  # at once, so that nothing which it leaves behind can act even once


def note_outside() -> None:
    """What the call here says from now on may be the words of strangers. Raises: Cancelled: as `current` does."""
    current().outside = True


def lent_to(function: Callable[[], T]) -> T:
    """What a function of a skill returns that is asked outside of any call: it may use the context, and ask nothing."""
    moment = Call(ToolCall(tool=function.__qualname__, arguments={}), ToolMark(), None, _nobody)
    context = contextvars.copy_context()
    context.run(CURRENT.set, moment)
    try:
        return context.run(function)
    finally:
        moment.over = True


def _nobody(question: Question) -> None:
    """There is nobody to put a question to: its call is over."""
    question.call.stop()


async def notify(function: Callable[..., Awaitable[Any]], deadline_s: float, **arguments: Any) -> None:
    """Let a skill take note of something, as a call that nobody waits for the words of.

    Raises:
        TimeoutError: its time is used up; it is stopped. Or whatever it raised.
    """
    call = Call(ToolCall(tool=function.__name__, arguments=arguments), ToolMark(deadline_s=deadline_s), None, _nobody)
    call.start(function)
    try:
        await call.advance()
        call.result()
    finally:
        call.stop()


def current() -> Call:
    """The call that is under way here. Raises: Cancelled: there is none, or it is over."""
    call = CURRENT.get()
    if call is None:
        raise Cancelled("Only a tool that was called can do this.")
    call.check()
    return call
