"""`assistant.skill.Context` inside a skill's process: every wish goes to the daemon, which knows what is allowed."""

from __future__ import annotations

import concurrent.futures
import contextvars
import datetime as dt
import functools
import itertools
import os
import time
from asyncio import wrap_future
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from assistant.skill import (
    ONCE,
    Cancelled,
    NotAvailable,
    Picture,
    PlanDesk,
    Promise,
    PromiseKind,
    Repeat,
    Response,
    SkillError,
    Slot,
    Timer,
    render,
)
from assistant.types import JsonDict, ToolSpec
from assistant.wire import BlockingWire, Part

OP_PATIENCE_S = 90.0
"""How long a wish may wait for its answer: longer than a person who is asked has."""

CALL: contextvars.ContextVar[int] = contextvars.ContextVar("call")
"""The call that the code belongs to; tasks that a tool starts inherit it."""


class Wishes:
    """Numbers the wishes and waits for their answers. The main thread wishes, the reader thread answers."""

    def __init__(self, wire: BlockingWire) -> None:
        self._wire = wire
        self._numbers = itertools.count(1)
        self._waiting: dict[int, concurrent.futures.Future[Part]] = {}

    def now(self, name: str, **args: Any) -> JsonDict:
        """Wish and wait, whatever else the loop has to do: for the parts of the context that are not async."""
        header, payload = self._send(name, args).result(timeout=OP_PATIENCE_S)
        return _value(header, payload)

    async def soon(self, name: str, **args: Any) -> JsonDict:
        header, payload = await wrap_future(self._send(name, args))
        return _value(header, payload)

    def answered(self, header: JsonDict, payload: bytes) -> None:
        """For the reader thread."""
        future = self._waiting.pop(int(header["answer"]), None)
        if future is not None and not future.done():
            future.set_result((header, payload))

    def _send(self, name: str, args: JsonDict) -> concurrent.futures.Future[Part]:
        call = CALL.get(0)
        if not call:
            raise Cancelled("Only a tool that was called can do this.")
        number = next(self._numbers)
        future: concurrent.futures.Future[Part] = concurrent.futures.Future()
        self._waiting[number] = future
        try:
            self._wire.write({"op": number, "call": call, "name": name, "args": args})
        except (TypeError, ValueError):
            del self._waiting[number]
            raise SkillError("That is no plain data.") from None
        except OSError:
            os._exit(0)  # the daemon is gone
        return future


class ChildContext:
    """What one skill in a process of its own may wish for. `began` is called at the beginning of each call."""

    def __init__(self, wishes: Wishes, language: str, texts: Mapping[str, str]) -> None:
        self._wishes = wishes
        self._texts = texts
        self._now = dt.datetime.now().astimezone()
        self._now_s = time.monotonic()
        self.language = language
        self.said = ""  # the assistant's last words may be another skill's
        self.examples: Mapping[str, Sequence[str]] = {}
        self.tainted = False
        self.own_words = False  # a skill of somebody else keeps nothing of a tainted conversation
        self.settings: Mapping[str, Any] = {}
        self.timers = Timers(wishes)
        self.commitments = Promises(wishes)
        self.store = Items(wishes)
        self.http = Web(wishes)

    def began(self, now: str, examples: Mapping[str, Sequence[str]], tainted: bool) -> None:
        self._now, self._now_s = dt.datetime.fromisoformat(now), time.monotonic()
        self.examples, self.tainted = examples, tainted

    def now(self) -> dt.datetime:
        return self._now + dt.timedelta(seconds=time.monotonic() - self._now_s)

    def secret(self, name: str) -> str:
        return ""

    def understand(self, text: str) -> Sequence[ToolSpec]:
        raise NotAvailable("Only a skill that belongs to the assistant knows its grammar.")

    def speak(self, speech: str) -> None:
        raise NotAvailable("Only the assistant itself chooses the language.")

    def lists_changed(self) -> None:
        raise NotAvailable("Live lists are not available to an added skill.")

    def t(self, key: str, /, **values: object) -> str:
        return render(self._texts, key, values)

    def log(self, message: str, /, **fields: object) -> None:
        plain = {name: value for name, value in fields.items() if isinstance(value, int | float | str | None)}
        self._wishes.now("log", message=message, fields=plain)

    async def progress(self, text: str) -> None:
        await self._wishes.soon("progress", text=text)

    async def ask(
        self,
        question: str,
        slot: Slot | Sequence[str] = "text",
        validate: Callable[[Any], str | None] | None = None,
    ) -> Any:
        from assistant.skillhost.asking import ask_twice

        return await ask_twice(functools.partial(self._ask_once, slot=slot), question, slot, validate)

    async def confirm(self, question: str) -> bool:
        return bool((await self._wishes.soon("confirm", question=question))["value"])

    async def cloud(
        self,
        prompt: str,
        *,
        task: str = "",
        extracts: Sequence[str] = (),
        max_tokens: int = 800,
        total_s: float = 30.0,
        progress: str = "",
        ask: str = "",
    ) -> str:
        return str((await self._wishes.soon("cloud", prompt=prompt))["value"])

    async def picture(self, prompt: str, *, of: bytes = b"", progress: str = "") -> Picture:
        raise NotAvailable("Drawing pictures is not available.")

    async def offer(self, feature: str) -> None:
        await self._wishes.soon("offer", feature=feature)

    @property
    def plan(self) -> PlanDesk:
        raise NotAvailable("Only the assistant itself speaks of the plan.")

    async def _ask_once(self, question: str, slot: Slot | Sequence[str]) -> str:
        kind = slot if isinstance(slot, str) else list(slot)
        return str((await self._wishes.soon("ask", question=question, slot=kind))["value"])


class Items:
    """`assistant.skill.Store`."""

    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes

    def get(self, key: str, default: Any = None) -> Any:
        found = self._wishes.now("store.get", key=key)
        return found["value"] if found["found"] else default

    def set(self, key: str, value: Any) -> None:
        self._wishes.now("store.set", key=key, value=value)

    def delete(self, key: str) -> None:
        self._wishes.now("store.delete", key=key)

    def keys(self) -> list[str]:
        return list(self._wishes.now("store.keys")["value"])


class Web:
    """`assistant.skill.Http`."""

    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 4.0,
    ) -> Response:
        given = {"params": dict(params or {}), "headers": dict(headers or {}), "timeout_s": timeout_s}
        found = await self._wishes.soon("http.get", url=url, **given)
        return Response(status=found["status"], text=found["payload"])

    async def post(
        self, url: str, *, json: Any = None, headers: Mapping[str, str] | None = None, timeout_s: float = 4.0
    ) -> Response:
        given = {"json": json, "headers": dict(headers or {}), "timeout_s": timeout_s}
        found = await self._wishes.soon("http.post", url=url, **given)
        return Response(status=found["status"], text=found["payload"])


class Timers:
    """`assistant.skill.TimerBook` with the timers of this skill alone."""

    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes

    def add(self, seconds: int, label: str = "") -> Timer:
        return _timer(self._wishes.now("timers.add", seconds=seconds, label=label)["value"])

    def list(self) -> list[Timer]:
        return [_timer(fields) for fields in self._wishes.now("timers.list")["value"]]

    def cancel(self, timer_id: int) -> bool:
        return bool(self._wishes.now("timers.cancel", id=timer_id)["value"])


class Promises:
    """`assistant.skill.Commitments` with the promises of this skill alone."""

    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes

    def add(self, kind: PromiseKind, when: dt.datetime | int, *, label: str = "", repeat: Repeat = ONCE) -> Promise:
        moment = when if isinstance(when, int) else when.isoformat()
        given = {"label": label, "weekdays": list(repeat.weekdays), "every_days": repeat.every_days}
        return _promise(self._wishes.now("promises.add", kind=kind, when=moment, **given)["value"])

    def list(self, kind: PromiseKind | None = None) -> Sequence[Promise]:
        found = [_promise(fields) for fields in self._wishes.now("promises.list")["value"]]
        return [promise for promise in found if kind in (None, promise.kind)]

    def cancel(self, promise_id: int) -> bool:
        return bool(self._wishes.now("promises.cancel", id=promise_id)["value"])

    def snooze(self, seconds: int) -> Sequence[Promise]:
        raise NotAvailable("Only the assistant's own skills can snooze what rings.")

    def missed(self) -> Sequence[Promise]:
        raise NotAvailable("Only the assistant's own skills know what was missed.")


def _value(header: JsonDict, payload: bytes) -> JsonDict:
    """The answer's fields, a payload as text. Raises: SkillError, Cancelled, NotAvailable: as the daemon says."""
    if (error := header.get("error")) is not None:
        kinds: dict[str, type[SkillError]] = {"cancelled": Cancelled, "not_available": NotAvailable}
        raise kinds.get(error["code"], SkillError)(error["sentence"])
    return {**header, "payload": payload.decode(errors="replace")}


def _timer(fields: JsonDict) -> Timer:
    due = dt.datetime.fromisoformat(fields["due"])
    return Timer(id=fields["id"], label=fields["label"], seconds=fields["seconds"], due=due)


def _promise(fields: JsonDict) -> Promise:
    repeat = Repeat(weekdays=tuple(fields["repeat"]["weekdays"]), every_days=fields["repeat"]["every_days"])
    return Promise(
        id=fields["id"], kind=fields["kind"], label=fields["label"], due=dt.datetime.fromisoformat(fields["due"]),
        repeat=repeat, seconds=fields["seconds"], ringing=fields["ringing"],
    )  # fmt: skip
