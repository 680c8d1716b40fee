"""What the daemon lends to skills, and the view of it that one skill gets: its own store, its hosts, its calls."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import importlib
import json
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from assistant.language import Language, Speech, Tongue, speak, speaking
from assistant.skill import (
    Commitments,
    Http,
    NotAvailable,
    Picture,
    PlanDesk,
    PlanNeeded,
    Slot,
    Store,
    TimerBook,
    render,
)
from assistant.skillhost.asking import Validate, ask_twice
from assistant.skillhost.calls import current, note_outside
from assistant.skillhost.errand import ANSWER, NO_CLOUD, REFUSED, Errand, Errands
from assistant.skillhost.keyvalue import KeyValue
from assistant.skillhost.manifest import Manifest
from assistant.skillhost.secret import read_secret
from assistant.skillhost.web import DeclaredHttp, Sender
from assistant.think.cloud_side import CloudSide
from assistant.think.dialogue import answer_of
from assistant.think.route import BUILT_IN
from assistant.think.sensitivity import data_class
from assistant.types import Sent, ToolSpec

MAX_LOG_BYTES = 64_000
MAX_LOG_CHARS = 200
_CODE = re.compile(r"[a-z0-9_.:-]{1,40}")


@functools.cache
def _sender() -> Sender:
    made: Sender = importlib.import_module("assistant.engines.httpx_sender").create()
    return made


@dataclass(slots=True, kw_only=True)
class LentContext:
    """What all skills share; `heard` is told after each reply, `begins` before the tools of a turn run.

    `state` is the folder of durable state; without it the skills' own stores live in memory. `sender` makes what
    sends their requests, at the first one. `said_outside`: what was said last may hold words of strangers.
    `other_examples` are those in other languages, by language and skill. `hears_all`: the recogniser knows every
    language, not English alone. `tainted`: the conversation whose tools run holds some (T9). `secrets` holds a folder
    of small private files for each skill,
    `settings` the section of the configuration by skill: without its own a skill leaves the machine alone,
    so that a test which gives none starts nothing. `understand` is the grammar of all skills; `lists_changed` is told
    whose live lists are new. `plan` is the subscription, where one can be had.
    `cloud` gives the way to a cloud model, none where none is set up.
    """

    timers: TimerBook
    said: str = ""
    said_outside: bool = False
    examples: dict[str, tuple[str, ...]] = field(default_factory=dict)
    other_examples: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    clock: Callable[[], dt.datetime] = lambda: dt.datetime.now().astimezone()
    tongue: Tongue = field(default_factory=Tongue)
    hears_all: bool = True
    state: Path | None = None
    secrets: Path | None = None
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    lists_changed: Callable[[str], None] = lambda skill: None
    sender: Callable[[], Sender] = _sender
    tainted: bool = False
    own_words: bool = False
    understand: Callable[[str], Sequence[ToolSpec]] = lambda text: ()
    plan: PlanDesk | None = None
    cloud: Callable[[], CloudSide | None] = lambda: None

    def heard(self, text: str, outside: bool) -> None:
        """This was heard of an answer; `outside`: words of strangers may be in it."""
        self.said, self.said_outside = text, outside

    def begins(self, tainted: bool, own_words: bool = False) -> None:
        """Tools are about to run; `tainted`: words of strangers are part of their conversation.

        `own_words`: they follow from a plain command of the user's own, in no word like those of strangers.
        """
        self.tainted, self.own_words = tainted, own_words

    @property
    def language(self) -> Language:
        """The language of the conversation."""
        return self.tongue.now

    def now(self) -> dt.datetime:
        """Aware local time."""
        return self.clock()

    @property
    def commitments(self) -> Commitments:
        """The whole store that the timers are a part of."""
        found: Commitments = self.timers.commitments  # type: ignore[attr-defined]
        return found


class SkillContext:
    """`assistant.skill.Context` of one skill. Which of its calls is meant follows from where the code runs."""

    def __init__(self, lent: LentContext, manifest: Manifest, texts: Mapping[str, str], *, own: bool = False) -> None:
        """`own`: it is for a skill that belongs to the assistant."""
        self._lent, self._own = lent, own
        self._id = manifest.id
        self._texts = texts
        folder = lent.state / "skills-data" / manifest.id if lent.state is not None else None
        self._log = _SkillLog(folder)
        self._keyvalue = KeyValue(folder, manifest.permissions.storage_kb)
        # What a skill with a network keeps came from there, as far as anybody can tell.
        kept = note_outside if manifest.permissions.network else _check
        self._store = cast(Store, _Guarded(lambda: self._keyvalue, kept))
        self._timers = cast(TimerBook, _Guarded(lambda: lent.timers))
        self._commitments = cast(Commitments, _Guarded(lambda: lent.commitments))
        self._http: Http = DeclaredHttp(manifest.id, manifest.permissions.network, lent.sender, _check, note_outside)

    @property
    def timers(self) -> TimerBook:
        return self._timers

    @property
    def commitments(self) -> Commitments:
        return self._commitments

    @property
    def store(self) -> Store:
        return self._store

    @property
    def http(self) -> Http:
        return self._http

    @property
    def said(self) -> str:
        if self._lent.said_outside:
            note_outside()  # "say that again" in a new conversation must not wash it clean
        return self._lent.said

    @property
    def examples(self) -> Mapping[str, Sequence[str]]:
        return self._lent.other_examples.get(speaking()) or self._lent.examples

    @property
    def language(self) -> str:
        return speaking()

    def speak(self, speech: Speech) -> None:
        if not self._own:
            raise NotAvailable("Only the assistant itself chooses the language.")
        if speech != "en" and not self._lent.hears_all:
            raise NotAvailable(
                "The speech recogniser on this device understands English only. Choose the standard models for more."
            )
        self._lent.tongue.choose(speech)
        speak(self._lent.tongue.now)

    @property
    def tainted(self) -> bool:
        return self._lent.tainted

    @property
    def settings(self) -> Mapping[str, Any]:
        return self._lent.settings.get(self._id, {})

    @property
    def own_words(self) -> bool:
        return self._lent.own_words

    def secret(self, name: str) -> str:
        return "" if self._lent.secrets is None else read_secret(self._lent.secrets / self._id / name)

    def understand(self, text: str) -> Sequence[ToolSpec]:
        return self._lent.understand(text)

    def lists_changed(self) -> None:
        self._lent.lists_changed(self._id)

    def now(self) -> dt.datetime:
        return self._lent.now()

    def close(self) -> None:
        """Close the skill's store."""
        self._keyvalue.close()

    def t(self, key: str, /, **values: object) -> str:
        return render(self._texts, key, values)

    def log(self, message: str, /, **fields: object) -> None:
        self._log.write(message, fields)

    async def progress(self, text: str) -> None:
        current().progress(text)

    async def ask(self, question: str, slot: Slot | Sequence[str] = "text", validate: Validate | None = None) -> Any:
        return await ask_twice(functools.partial(self.ask_once, slot=slot), question, slot, validate)

    async def ask_once(self, question: str, slot: Slot | Sequence[str] = "text") -> str:
        """The words of an answer as they were heard; for a skill that reads its answers in a process of its own."""
        return await current().ask(question, slot)

    async def confirm(self, question: str) -> bool:
        for words in (question, f"Please say yes or no. {question}"):
            answer = answer_of(await current().ask(words, "yes_no", confirms=True))
            if answer is not None:
                return answer
        return False

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
        errand = Errand(
            feature=self._id, task=task or ANSWER, words=prompt, extracts=tuple(extracts), max_tokens=max_tokens,
            total_s=total_s, question=ask,
        )  # fmt: skip
        written = await self._errands(prompt, progress).ask(errand)
        note_outside()  # a cloud model is a stranger
        return written

    async def picture(self, prompt: str, *, of: bytes = b"", progress: str = "") -> Picture:
        drawn = await self._errands(prompt, progress).draw(prompt, feature=self._id, image=of)
        return Picture(png=drawn.png, model=drawn.model)

    def _errands(self, words: str, progress: str) -> Errands:
        """For what is to be done with these `words`; `progress` is said when something leaves.

        Raises:
            PlanNeeded: there is no cloud model.
            NotAvailable: it is the skill of somebody else, or there is no cloud model and none would get these words.
            Cancelled: the call is over.
        """
        if not self._own:
            raise NotAvailable("Asking a cloud model is not available.")
        call = current()
        if (side := self._lent.cloud()) is None:
            if data_class(words, (), ()) == "never":
                raise NotAvailable(REFUSED.format(because=BUILT_IN["never_leaves"]))
            raise PlanNeeded(NO_CLOUD)

        def note(sent: Sent) -> None:
            call.sent.append(sent)
            if progress and not sent.also:  # said once, whoever takes over
                call.progress(progress)

        return Errands(side=side, confirm=self.confirm, note=note)

    async def offer(self, feature: str) -> None:
        if not self._own:
            raise NotAvailable("Only the assistant itself offers anything.")
        current().missed = feature

    @property
    def plan(self) -> PlanDesk:
        _check()
        if not self._own:
            raise NotAvailable("Only the assistant itself speaks of the plan.")
        if self._lent.plan is None:
            raise NotAvailable("No plan can be had here: no service for one is set up.")
        return self._lent.plan


def _check() -> None:
    current()


class _Guarded:
    """Lets the methods of an object be called only by a call that is not over; `check` raises for one that is."""

    def __init__(self, find: Callable[[], object], check: Callable[[], None] = _check) -> None:
        self._find = find
        self._check = check

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        found = getattr(self._find(), name)
        if not callable(found):
            self._check()
            return found

        @functools.wraps(found)
        def guarded(*arguments: Any, **named: Any) -> Any:
            self._check()
            return found(*arguments, **named)

        return guarded


class _SkillLog:
    """A small file of a skill's own notes; of the fields only numbers and short codes are kept, so no words get in."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def write(self, message: str, fields: Mapping[str, object]) -> None:
        if self._folder is None:
            return
        kept = {name: value for name, value in fields.items() if _harmless(value)}
        line = json.dumps({"at": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "message": message[:MAX_LOG_CHARS], **kept})
        file = self._folder / "skill.log"
        with contextlib.suppress(OSError):  # a full disk does not stop a skill
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if file.exists() and file.stat().st_size > MAX_LOG_BYTES:
                file.replace(file.with_suffix(".log.1"))
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as out:
                out.write(f"{line}\n")


def _harmless(value: object) -> bool:
    return value is None or isinstance(value, int | float) or (isinstance(value, str) and bool(_CODE.fullmatch(value)))
