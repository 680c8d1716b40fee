"""The process of one third-party skill: gives up its rights, imports the skill, and runs its tools as it is told.

A reader thread takes the messages; everything of the skill runs in the main thread, in one event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import importlib
import inspect
import json
import os
import signal
import socket
import sys
import threading
from dataclasses import asdict
from typing import Any

from assistant.errors import AssistantError, SkillLoadError
from assistant.skill import Cancelled, NotAvailable, Reply, Skill, SkillError, ToolMark, mark_of
from assistant.skillbox.childcontext import CALL, ChildContext, Wishes
from assistant.skillbox.sandbox import Policy, confine
from assistant.skills_schema import tool_spec
from assistant.types import JsonDict
from assistant.wire import BlockingWire

_MAX_SENTENCE_CHARS = 1000
_MAX_REFUSAL_CHARS = 500


class Child:
    """Serves one skill until the daemon hangs up."""

    def __init__(self, wire: BlockingWire) -> None:
        self._wire = wire
        self._wishes = Wishes(wire)
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._context: ChildContext
        self._skill: Skill

    def prepare(self) -> bool:
        """Read the hello, give up the rights, load the skill; tells the daemon how it went."""
        hello, _ = self._wire.read()
        policy = Policy(**{name: _tuple(value) for name, value in hello["policy"].items()})
        enforced = confine(policy, hello["parent"])
        facts: JsonDict = {"enforced": asdict(enforced)}
        if hello["must"] and not enforced.contained:
            self._wire.write(facts | {"refused": f"It cannot be confined here: {', '.join(enforced.missing)}."})
            return False
        try:
            kind = _skill_class(hello["folder"], hello["package"])
            self._context = ChildContext(self._wishes, hello["language"], hello["texts"])
            self._skill = kind(self._context, hello["texts"])
            self._wire.write(facts | {"ready": _describe(kind, self._skill)})
        except AssistantError as error:
            self._wire.write(facts | {"refused": error.sentence[:_MAX_REFUSAL_CHARS]})
        except (Exception, SystemExit) as error:  # the border of the process: a skill may raise anything
            why = f"It failed to load: {type(error).__name__}: {error}"
            self._wire.write(facts | {"refused": f"{why[:_MAX_REFUSAL_CHARS]}."})
        else:
            return True
        return False

    async def serve(self) -> None:
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._listen, args=(loop,), daemon=True).start()
        await asyncio.Event().wait()

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            while True:
                header, payload = self._wire.read()
                if "answer" in header:
                    self._wishes.answered(header, payload)
                elif "cancel" in header:
                    loop.call_soon_threadsafe(self._cancel, header["cancel"])
                else:
                    loop.call_soon_threadsafe(self._begin, header)
        except (OSError, EOFError, RuntimeError):
            os._exit(0)  # the daemon is gone

    def _begin(self, header: JsonDict) -> None:
        number: int = header["call"]
        self._context.began(header["now"], header["examples"], header["tainted"])
        context = contextvars.copy_context()
        context.run(CALL.set, number)
        task = asyncio.get_running_loop().create_task(
            self._run(number, header["tool"], header["arguments"]), context=context
        )
        self._tasks[number] = task
        task.add_done_callback(lambda _: self._tasks.pop(number, None))

    def _cancel(self, number: int) -> None:
        if number in self._tasks:
            self._tasks[number].cancel()
        else:
            self._wire.write({"done": number, "error": {"code": "cancelled", "sentence": ""}})

    async def _run(self, number: int, tool: str, arguments: JsonDict) -> None:
        try:
            outcome: JsonDict = {"reply": _plain(await getattr(self._skill, tool)(**arguments))}
        except asyncio.CancelledError:
            outcome = _failure("cancelled", "")
        except SkillError as error:
            kinds = {Cancelled: "cancelled", NotAvailable: "not_available"}
            outcome = _failure(kinds.get(type(error), "skill"), error.sentence)
        except (Exception, SystemExit) as error:  # the border of the process
            outcome = _failure("crashed", type(error).__name__)
        try:
            self._wire.write({"done": number, **outcome})
        except OSError:  # larger than a message may be
            self._wire.write({"done": number, **_failure("crashed", "TooLarge")})


def _skill_class(folder: str, package: str) -> type[Skill]:
    """The one class of the package that is a skill. Raises: SkillLoadError, and whatever its code raises."""
    sys.path.insert(0, folder)
    module = importlib.import_module(package)
    kinds = [
        kind
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Skill) and kind.__module__.partition(".")[0] == package
    ]
    if len(kinds) != 1:
        raise SkillLoadError(f"Its package offers {len(kinds) or 'no'} classes derived from Skill, not one.")
    return kinds[0]


def _describe(kind: type[Skill], skill: Skill) -> JsonDict:
    tools: JsonDict = {}
    for name, function in inspect.getmembers(kind, inspect.isfunction):
        if mark := mark_of(function):
            spec = tool_spec(name, function, mark.effect)
            tools[name] = {"description": spec.description, "parameters": spec.parameters, **_marks(mark)}
    return {"tools": tools, "phrases": list(skill.phrases())}


def _marks(mark: ToolMark) -> JsonDict:
    fields: JsonDict = asdict(mark)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}


def _plain(reply: object) -> JsonDict:
    """A reply as JSON; values that are none become text. Raises: TypeError: it is no reply."""
    if not isinstance(reply, Reply):
        raise TypeError("no reply")
    fields: JsonDict = {"speech": reply.speech, "data": reply.data, "ask": reply.ask}
    if reply.card is not None:
        fields["card"] = asdict(reply.card)
    if reply.outside:
        fields["outside"] = True
    plain: JsonDict = json.loads(json.dumps(fields, default=str))
    return plain


def _failure(code: str, sentence: str) -> JsonDict:
    return {"error": {"code": code, "sentence": sentence[:_MAX_SENTENCE_CHARS]}}


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def main(descriptor: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = Child(BlockingWire(socket.socket(fileno=descriptor)))
    with contextlib.suppress(OSError, EOFError):
        if child.prepare():
            asyncio.run(child.serve())


if __name__ == "__main__":
    main(int(sys.argv[1]))
