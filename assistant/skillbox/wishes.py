"""What a skill's process wishes for, answered by the daemon: checked argument by argument, in the skill's own name."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.errors import SkillError
from assistant.skill import PromiseKind, Repeat
from assistant.skillbox.protocol import ProtocolError, timer_fields
from assistant.skillhost.context import SkillContext
from assistant.skillhost.manifest import Manifest
from assistant.types import JsonDict

MAX_OWN = 20
"""Timers, alarms and reminders that one skill may have at a time."""

Value = tuple[JsonDict, bytes]
Speech = Annotated[str, Field(min_length=1, max_length=1000)]
Label = Annotated[str, Field(max_length=120)]
Seconds = Annotated[int, Field(ge=1, le=366 * 86_400)]


class _Args(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Nothing(_Args):
    pass


class _Key(_Args):
    key: str = Field(max_length=200)


class _Item(_Key):
    value: Any


class _Get(_Args):
    url: str = Field(max_length=4000)
    params: dict[str, str] = Field(max_length=40)
    headers: dict[str, str] = Field(max_length=20)
    timeout_s: float | int


class _Post(_Args):
    url: str = Field(max_length=4000)
    json_: Any = Field(alias="json")
    headers: dict[str, str] = Field(max_length=20)
    timeout_s: float | int


class _Progress(_Args):
    text: Speech


class _Ask(_Args):
    question: Speech
    slot: Literal["text", "number", "duration", "time", "yes_no"] | Annotated[list[str], Field(max_length=50)]


class _Confirm(_Args):
    question: Speech


class _Cloud(_Args):
    prompt: str = Field(max_length=4000)


class _Offer(_Args):
    feature: str = Field(max_length=100)


class _Log(_Args):
    message: str = Field(max_length=1000)
    fields: dict[str, Any] = Field(max_length=20)


class _TimerAdd(_Args):
    seconds: Seconds
    label: Label


class _PromiseAdd(_Args):
    kind: PromiseKind
    when: Seconds | Annotated[str, Field(max_length=40)]
    label: Label
    weekdays: list[Annotated[int, Field(ge=0, le=6)]] = Field(max_length=7)
    every_days: Annotated[int, Field(ge=0, le=366)]


class _Id(_Args):
    id: int


class Wishes:
    """Answers the wishes of one skill. `serve` must run inside the call that the wish is made for.

    Timers and promises: a skill sees and ends only those that it made itself, and makes them only if its manifest
    declares notifications, since they speak up later. `own` is the file that remembers which they are.
    """

    def __init__(self, manifest: Manifest, context: SkillContext, *, own: Path | None) -> None:
        self._manifest = manifest
        self._context = context
        self._own = _Own(own)
        self._table: dict[str, tuple[type[_Args], Callable[[Any], Awaitable[Value]]]] = {
            "store.get": (_Key, self._store_get), "store.set": (_Item, self._store_set),
            "store.delete": (_Key, self._store_delete), "store.keys": (_Nothing, self._store_keys),
            "http.get": (_Get, self._http_get), "http.post": (_Post, self._http_post),
            "progress": (_Progress, self._progress), "ask": (_Ask, self._ask), "confirm": (_Confirm, self._confirm),
            "cloud": (_Cloud, self._cloud), "offer": (_Offer, self._offer), "log": (_Log, self._log),
            "timers.add": (_TimerAdd, self._timer_add), "timers.list": (_Nothing, self._timer_list),
            "timers.cancel": (_Id, self._timer_cancel), "promises.add": (_PromiseAdd, self._promise_add),
            "promises.list": (_Nothing, self._promise_list), "promises.cancel": (_Id, self._promise_cancel),
        }  # fmt: skip

    async def serve(self, name: str, args: JsonDict) -> Value:
        """Fields and payload of the answer.

        Raises:
            ProtocolError: no such wish, or arguments that do not fit. SkillError: it is refused, in a sentence.
        """
        if name not in self._table:
            raise ProtocolError(f"no wish {name[:40]}")
        model, method = self._table[name]
        try:
            checked = model.model_validate(args)
        except (ValidationError, RecursionError):
            raise ProtocolError(f"malformed {name}") from None
        return await method(checked)

    async def _store_get(self, args: _Key) -> Value:
        missing = object()
        value = self._context.store.get(args.key, missing)
        return {"found": value is not missing, "value": None if value is missing else value}, b""

    async def _store_set(self, args: _Item) -> Value:
        self._context.store.set(args.key, args.value)
        return {}, b""

    async def _store_delete(self, args: _Key) -> Value:
        self._context.store.delete(args.key)
        return {}, b""

    async def _store_keys(self, args: _Nothing) -> Value:
        return {"value": self._context.store.keys()}, b""

    async def _http_get(self, args: _Get) -> Value:
        found = await self._context.http.get(
            args.url, params=args.params, headers=args.headers, timeout_s=args.timeout_s
        )
        return {"status": found.status}, found.text.encode()

    async def _http_post(self, args: _Post) -> Value:
        found = await self._context.http.post(args.url, json=args.json_, headers=args.headers, timeout_s=args.timeout_s)
        return {"status": found.status}, found.text.encode()

    async def _progress(self, args: _Progress) -> Value:
        await self._context.progress(args.text)
        return {}, b""

    async def _ask(self, args: _Ask) -> Value:
        return {"value": await self._context.ask_once(args.question, args.slot)}, b""

    async def _confirm(self, args: _Confirm) -> Value:
        return {"value": await self._context.confirm(args.question)}, b""

    async def _cloud(self, args: _Cloud) -> Value:
        return {"value": await self._context.cloud(args.prompt)}, b""

    async def _offer(self, args: _Offer) -> Value:
        await self._context.offer(args.feature)
        return {}, b""

    async def _log(self, args: _Log) -> Value:
        self._context.log(args.message, **args.fields)
        return {}, b""

    async def _timer_add(self, args: _TimerAdd) -> Value:
        self._may_speak_up()
        timer = self._context.timers.add(args.seconds, args.label)
        self._own.add(timer.id)
        return {"value": timer_fields(timer)}, b""

    async def _timer_list(self, args: _Nothing) -> Value:
        return {"value": [timer_fields(timer) for timer in self._mine(self._context.timers.list())]}, b""

    async def _timer_cancel(self, args: _Id) -> Value:
        mine = args.id in self._own.ids()
        return {"value": mine and self._context.timers.cancel(args.id)}, b""

    async def _promise_add(self, args: _PromiseAdd) -> Value:
        self._may_speak_up()
        when: dt.datetime | int
        try:
            when = args.when if isinstance(args.when, int) else dt.datetime.fromisoformat(args.when)
        except ValueError:
            raise ProtocolError("malformed time") from None
        repeat = Repeat(weekdays=tuple(args.weekdays), every_days=args.every_days)
        promise = self._context.commitments.add(args.kind, when, label=args.label, repeat=repeat)
        self._own.add(promise.id)
        return {"value": timer_fields(promise)}, b""

    async def _promise_list(self, args: _Nothing) -> Value:
        return {"value": [timer_fields(promise) for promise in self._mine(self._context.commitments.list())]}, b""

    async def _promise_cancel(self, args: _Id) -> Value:
        mine = args.id in self._own.ids()
        return {"value": mine and self._context.commitments.cancel(args.id)}, b""

    def _may_speak_up(self) -> None:
        if not self._manifest.permissions.notifications:
            raise SkillError(f"The {self._manifest.id} skill has no permission to speak up later.")
        if len(self._mine(self._context.commitments.list())) >= MAX_OWN:
            raise SkillError(f"The {self._manifest.id} skill has {MAX_OWN} timers and reminders already.")

    def _mine(self, found: Iterable[Any]) -> list[Any]:
        ids = self._own.ids()
        return [one for one in found if one.id in ids]


class _Own:
    """The ids of what a skill made, in a small file; the newest few hundred."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._ids: list[int] | None = None

    def ids(self) -> list[int]:
        if self._ids is None:
            try:
                kept = json.loads(self._file.read_text(encoding="ascii")) if self._file else []
                self._ids = [int(number) for number in kept]
            except (OSError, ValueError, TypeError):
                self._ids = []
        return self._ids

    def add(self, number: int) -> None:
        self._ids = [*self.ids(), number][-400:]
        if self._file is not None:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = self._file.with_suffix(".part")
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as out:
                json.dump(self._ids, out)
            part.replace(self._file)
