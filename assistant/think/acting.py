"""Runs the calls of a turn, puts the questions of tools and the challenges of sensitive calls, takes the answers."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from assistant.errors import AssistantError
from assistant.think.confirm import EXPIRES_S, Verdict, pin_digits
from assistant.think.dialogue import Dialogue, answer_of
from assistant.think.taint import BLOCKED, WITHHELD
from assistant.think.tools import Say, Toolbox, ToolCallError, check_calls, failed
from assistant.types import ToolCall, ToolResult, ToolSpec, Turn

MAX_STEPS = 8
"""Sentences that may follow from one result."""
LATER = "Please ask for the rest again after that."
NESTED = "I don't start a routine from within another one."
NO_STEP = "I did not understand one step: {step}."
AGAIN = "I was still speaking. Please wait a moment, and say it once more."
SHOWN_PIN = "(PIN)"
"""What is kept and told in place of the digits of a PIN."""
_SAID: dict[Verdict, str] = {
    "no": "Okay, I won't.",
    "again": AGAIN,
    "say_pin": "I need your PIN for that.",
    "wrong_pin": "That PIN is wrong. Please say it again.",
    "locked": "That was wrong too often. I take no PIN for ten minutes.",
    "no_pin": "There is no PIN, so I did nothing.",
    "expired": "That was too late, so I did nothing.",
    "other_room": "Please say that where you asked for it. I did nothing.",
    "used": "There is nothing to confirm any more.",
    "unclear": "I did not take that for a yes, so I did nothing.",
}
_STAYS: tuple[Verdict, ...] = ("again", "say_pin", "wrong_pin")

Sentences = AsyncGenerator[tuple[str, bool], None]
"""What is to be said, each with whether it is a question."""


@dataclass(slots=True, kw_only=True)
class Acting:
    """What one conversation does with its tools. `room` is where it takes place; `wall_s` gives epoch seconds.

    `match` is the grammar, for the sentences that a result wants to be done then.
    """

    toolbox: Toolbox
    room: str = "here"
    wall_s: Callable[[], float] = time.time
    match: Callable[[str], tuple[ToolCall, ...] | None] = lambda text: None
    _challenged: dict[str, str] = field(default_factory=dict)
    _repeated: str = ""

    async def act(self, turn: Turn, calls: tuple[ToolCall, ...]) -> AsyncGenerator[str, None]:
        """Run the calls in order and say what each really did; a question comes last."""
        specs, question = self.toolbox.specs, ""
        try:
            checked = check_calls(specs, calls)
            if sum(specs[call.tool].effect == "sensitive" for call in checked) > 1:
                raise ToolCallError("I can ask for your confirmation of one thing at a time only.")
        except ToolCallError as error:
            turn.results.append(failed(calls[0].tool, error))
            yield f"{error.sentence} "
            return
        if any(specs[call.tool].effect != "read" for call in checked):
            await turn.committed.wait()
        async with contextlib.aclosing(self._in_order(turn, checked)) as sentences:
            async for sentence, asks in sentences:
                if asks:
                    question = sentence
                elif sentence:
                    yield f"{sentence} "
        if question:
            yield f"{question} "

    def withhold(self, turn: Turn, call: ToolCall) -> str:
        """Note that a call was not made because of the conversation's taint; what to say of it."""
        turn.results.append(ToolResult(tool=call.tool[:80], ok=False, speech=WITHHELD, error=BLOCKED))
        return WITHHELD

    async def change(
        self,
        turn: Turn,
        calls: tuple[ToolCall, ...],
        before: tuple[ToolResult, ...],
        inverse: tuple[ToolCall, ...] = (),
    ) -> AsyncGenerator[str, None]:
        """Do this instead of what was done before, which is taken back once the new is really done; or only that.

        `inverse` takes back what no skill can undo."""
        await turn.committed.wait()
        async with contextlib.aclosing(self.act(turn, calls)) as sentences:
            async for sentence in sentences:
                yield sentence
        if any(not result.ok or asks_back(result) for result in turn.results):
            return  # better the first one than none
        for result in before:
            tool = self.toolbox.specs.get(result.tool)
            if tool is not None and tool.effect == "change" and self.toolbox.undoes(result.tool):
                undone = await self.toolbox.undo(result)
                turn.results.append(undone)
                yield f"{undone.speech} "
        if inverse:
            async with contextlib.aclosing(self.act(turn, inverse)) as sentences:
                async for sentence in sentences:
                    yield sentence

    async def confirm(self, turn: Turn, text: str, nonce: str, *, spoken_over: bool) -> AsyncGenerator[str, None]:
        """Judge the answer to a challenge, and run its call if, and only if, it is a yes that counts."""
        await turn.committed.wait()
        confirmer, now_s = self.toolbox.confirmer, self.toolbox.clock()
        assert turn.decision is not None
        (call,) = turn.decision.calls
        verdict = confirmer.answer(
            nonce, text, room=self.room, spoken_over=spoken_over, now_s=now_s, wall_s=self.wall_s()
        )
        if verdict == "yes":
            async with contextlib.aclosing(self._run(turn, self._started(call, nonce))) as sentences:
                async for sentence, _ in sentences:
                    yield f"{sentence} "
            return
        if verdict in _STAYS:
            self._challenged[turn.id] = nonce
        turn.results.append(ToolResult(tool=call.tool, ok=False, speech=_SAID[verdict], error=f"confirm_{verdict}"))
        yield _SAID[verdict]

    async def answer(self, turn: Turn, text: str, question: str, *, spoken_over: bool) -> AsyncGenerator[str, None]:
        """Give the words to the tool that asked, which goes on with them."""
        await turn.committed.wait()
        if spoken_over and self.toolbox.questions.confirms(question) and answer_of(text):
            if self._repeated != question:
                self._repeated = question
                turn.results.append(ToolResult(tool="", ok=True, speech=AGAIN, data={"question_id": question}))
                yield AGAIN
                return
            text = "no"
        start = functools.partial(self.toolbox.answer, question, text)
        async with contextlib.aclosing(self._run(turn, start)) as sentences:
            async for sentence, _ in sentences:
                yield f"{sentence} "

    def close(self, turn: Turn, dialogue: Dialogue) -> None:
        """Note in the dialogue what the turn has left open; what was open before it is over."""
        before = dialogue.question, dialogue.challenge
        dialogue.question = question_of(turn)
        dialogue.challenge = self._challenged.pop(turn.id, "")
        self.let_go(*{*before} - {dialogue.question, dialogue.challenge})
        self.toolbox.questions.heard(dialogue.question)
        if dialogue.challenge:  # it was said to its end: from now on its time runs
            confirmer, clock = self.toolbox.confirmer, self.toolbox.clock
            confirmer.asked(dialogue.challenge, clock())
            asyncio.get_running_loop().call_later(EXPIRES_S + 0.05, lambda: confirmer.expire(clock()))

    def let_go(self, *ids: str) -> None:
        """The user went on to something else, or stopped: these questions and challenges are over."""
        for old in filter(None, ids):
            self.toolbox.questions.drop(old)
            self.toolbox.confirmer.drop(old)

    def waits_for_yes(self, dialogue: Dialogue) -> bool:
        """A challenge is open."""
        challenge = self.toolbox.confirmer.get(dialogue.challenge)
        return challenge is not None and challenge.is_open(self.toolbox.clock())

    def confirms(self, text: str, dialogue: Dialogue, *, command: bool) -> ToolCall | None:
        """The call that these words say yes or no to, or give a PIN for; also when it is too late, which is then told.

        `command`: they are a whole command of their own, in which digits are no PIN.
        """
        challenge = self.toolbox.confirmer.get(dialogue.challenge)
        if challenge is None:
            return None
        pin = challenge.critical and not command and pin_digits(text)
        return challenge.call if pin or answer_of(text) is not None else None

    def shown(self, text: str, dialogue: Dialogue, *, command: bool) -> str:
        """The words as they may be told, kept and read to a model: without the digits of a PIN."""
        challenge = self.toolbox.confirmer.get(dialogue.challenge)
        if challenge is not None and challenge.critical and not command and pin_digits(text):
            return SHOWN_PIN
        if self.toolbox.questions.is_open(dialogue.question) and self.toolbox.confirmer.is_pin(text):
            return SHOWN_PIN
        return text

    async def _in_order(self, turn: Turn, calls: Sequence[ToolCall], *, inside: bool = False) -> Sentences:
        """What comes of each call, and of what a result wants done then; `inside`: of that nothing more follows."""
        for call in calls:
            sensitive = self.toolbox.specs[call.tool].effect == "sensitive"
            part = self._challenge(turn, call) if sensitive else self._run(turn, self._started(call))
            async with contextlib.aclosing(part) as sentences:
                async for said in sentences:
                    yield said
            for step in turn.results[-1].then[:MAX_STEPS]:
                if inside:
                    turn.results.append(ToolResult(tool=call.tool, ok=False, speech=NESTED, error="nested"))
                    yield NESTED, False
                    break
                async with contextlib.aclosing(self._step(turn, step)) as sentences:
                    async for said in sentences:
                        yield said

    async def _step(self, turn: Turn, step: str) -> Sentences:
        """One sentence of a routine, as if it had been said now; what fails does not stop those after it."""
        found = self.match(step)
        try:
            if not found:
                raise ToolCallError(NO_STEP.format(step=step))
            calls = check_calls(self.toolbox.specs, found)
        except ToolCallError as error:
            turn.results.append(failed(found[0].tool if found else "", error))
            yield error.sentence, False
            return
        async with contextlib.aclosing(self._in_order(turn, calls, inside=True)) as sentences:
            async for said in sentences:
                yield said

    def _started(self, call: ToolCall, permit: str = "") -> Callable[[Say], Awaitable[ToolResult]]:
        """Starts the call, with the nonce of its confirmation if it needed one."""
        return lambda say: self.toolbox.run(call, say, permit)

    async def _run(self, turn: Turn, start: Callable[[Say], Awaitable[ToolResult]]) -> Sentences:
        """What a call says while it goes on, then what came of it."""
        said: asyncio.Queue[str | None] = asyncio.Queue()
        running = asyncio.ensure_future(start(said.put_nowait))
        running.add_done_callback(lambda done: said.put_nowait(None))
        try:
            while (sentence := await said.get()) is not None:
                yield sentence, False
            result = running.result()
        finally:
            if not running.done():
                running.cancel()
                await asyncio.wait([running])
        asks = bool(result.data.get("question_id"))
        if asks and (question_of(turn) or turn.id in self._challenged):
            self.toolbox.questions.drop(str(result.data["question_id"]))
            asks, result = False, ToolResult(tool=result.tool, ok=False, speech=LATER, error="asks_too")
        turn.results.append(result)
        yield result.speech, asks

    async def _challenge(self, turn: Turn, call: ToolCall) -> Sentences:
        """Ask for the confirmation of a sensitive call; nothing runs."""
        if question_of(turn) or turn.id in self._challenged:
            turn.results.append(ToolResult(tool=call.tool, ok=False, speech=LATER, error="asks_too"))
            yield LATER, False
            return
        try:
            challenge = self.toolbox.confirmer.challenge(
                call, room=self.room, now_s=self.toolbox.clock(), wall_s=self.wall_s()
            )
        except AssistantError as error:
            turn.results.append(failed(call.tool, error))
            yield str(error), False
            return
        self._challenged[turn.id] = challenge.nonce
        question = self.toolbox.question(call)
        if challenge.critical:
            question = f"{question} Please say your PIN."
        turn.results.append(ToolResult(tool=call.tool, ok=False, speech=question, error="confirm_asked"))
        yield question, True


def question_of(turn: Turn) -> str:
    """The question of a tool that a turn has left open."""
    return next((str(result.data["question_id"]) for result in turn.results if result.data.get("question_id")), "")


def asks_back(result: ToolResult) -> bool:
    """The tool has asked for something, and done nothing yet."""
    return bool(result.data.get("question_id") or result.data.get("ask"))


def shall_i(tool: ToolSpec, call: ToolCall) -> str:
    """The question whether to make a call, in the words of the tool's own description and with its real arguments."""
    description = tool.description.split(".")[0].strip()
    values = ", ".join(str(value) for value in call.arguments.values())
    wish = description[:1].lower() + description[1:]
    return f"Shall I {wish}: {values}?" if values else f"Shall I {wish}?"
