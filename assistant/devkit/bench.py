"""A skill in conversation: the real host, grammar and understanding, a scripted clock and network, no models."""

from __future__ import annotations

import asyncio
import datetime as dt
import importlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from assistant.devkit.package import SkillPackage
from assistant.devkit.service import Service
from assistant.devkit.virtual import VirtualLoop
from assistant.devkit.watch import FREE_KEYS, Watch, loaded
from assistant.skillhost.loaded import LoadedSkill
from assistant.skillhost.manifest import Permissions
from assistant.skills_host import LentContext, SkillHost, installed
from assistant.store.timers import TimerStore
from assistant.testing import settle
from assistant.think.fastpath import Grammar, Template
from assistant.think.own import OwnSentences
from assistant.think.understanding import Minds, Understanding
from assistant.types import JsonDict, RouteDecision, ToolCall, ToolResult, Turn

READY_S = 5.0
"""How long what a skill runs beside is waited for, in scripted time, to learn which names there are."""
NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
"""When a test begins unless it says otherwise: a Tuesday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came of one thing that was said. `took_ms`: scripted time and real work until the first word."""

    text: str
    speech: str = ""
    tool: str = ""
    arguments: JsonDict = field(default_factory=dict)
    asks: bool = False
    ok: bool = True
    took_ms: float = 0.0
    results: tuple[ToolResult, ...] = ()
    interrupted: bool = False


class SkillBench:
    """One conversation with a skill among the installed ones. `folder` is scratch space of its own.

    `service` is the network; `grammar` may be given where it was compiled before. Close it at the end.
    """

    def __init__(
        self,
        package: SkillPackage,
        folder: Path,
        *,
        at: dt.datetime = NOON,
        service: Service | None = None,
        grammar: Grammar | None = None,
        permissions: Permissions | None = None,
    ) -> None:
        self.package = package
        self.service = service or Service()
        self.watch = Watch(package.folder)
        self.loop = VirtualLoop()
        self._began_s, self._at = self.loop.time(), at
        folder.mkdir(parents=True, exist_ok=True)
        self.timers = TimerStore(folder / "commitments.sqlite3", lambda: self.now().timestamp() * 1000.0)
        self.lent = LentContext(
            timers=self.timers, clock=self.now, state=folder, sender=lambda: self.service,
            settings={package.manifest.id: package.practice},
        )  # fmt: skip
        try:
            self.host, self.skill = self._load(permissions)
        except BaseException:
            self.loop.end()
            self.timers.close()
            raise
        self._turns = 0
        if self.skill.serve is not None and package.practice:
            self._serving = self.loop.create_task(self.host.serve())
            self.loop.run_until_complete(self.host.first_lists(READY_S))
            named = {name: self.host.specs[name] for name in self.skill.marks if name in self.host.specs}
            self.skill = replace(self.skill, specs=named)  # its tools, now that its lists are filled
        self.hear_anew(grammar)

    def hear_anew(self, grammar: Grammar | None = None) -> None:
        """Begin another conversation, with the grammar of the skills that `host` now has."""
        self.compiled = grammar or compile_grammar(self.host.templates)
        self.grammar = OwnSentences(self.compiled, self.host.own_sentences)
        self.lent.understand = self.host.understand(self.grammar)
        self.understanding = Understanding(
            grammar=self.grammar, toolbox=self.host, minds=Minds(), now=self.now,
            on_heard=self.lent.heard, on_begin=self.lent.begins,
        )  # fmt: skip

    def _load(self, permissions: Permissions | None) -> tuple[SkillHost, LoadedSkill]:
        """The skill among the installed ones. Raises: SkillLoadError."""
        manifest = self.package.manifest
        if permissions is not None:
            manifest = manifest.model_copy(update={"permissions": permissions})
        mine = loaded(self.package, self.lent, manifest, self.watch)
        others = {name: load for name, load in installed().items() if name != manifest.id}
        return SkillHost.load(self.lent, sources=others, others=[mine], clock=self.loop.time), mine

    def now(self) -> dt.datetime:
        """Scripted time."""
        return self._at + dt.timedelta(seconds=self.loop.time() - self._began_s)

    def say(self, text: str, *, cut_after_s: float | None = None) -> Heard:
        """Say something and hear the answer; with `cut_after_s` the answer is interrupted then, if it still goes on."""
        return self.loop.run_until_complete(self._say(text, cut_after_s))

    def call(self, tool: str, arguments: Mapping[str, Any], *, cut_after_s: float | None = None) -> Heard:
        """Call a tool as a model would; what is sensitive is only asked for."""
        return self.loop.run_until_complete(self._call(ToolCall(tool=tool, arguments=dict(arguments)), cut_after_s))

    def advance(self, seconds: float) -> None:
        """Let scripted time go by."""
        self.loop.run_until_complete(asyncio.sleep(seconds))

    @property
    def is_open(self) -> bool:
        """A question or a confirmation waits for an answer."""
        return self.understanding.asked

    @property
    def waits(self) -> bool:
        """A tool stands still in the middle of its work, or a confirmation is open."""
        dialogue, challenge = self.understanding.dialogue, None
        if dialogue.challenge:
            challenge = self.host.confirmer.get(dialogue.challenge)
        return self.host.questions.is_open(dialogue.question) or (
            challenge is not None and challenge.is_open(self.loop.time())
        )

    def state(self) -> dict[str, object]:
        """What a skill can change: its store (but what it caches), the promises, what it sent."""
        keyvalue = self.watch.keyvalue
        keys: Sequence[str] = []
        if keyvalue is not None and self.skill.manifest.permissions.storage_kb:
            keys = [key for key in list(keyvalue.keys()) if not key.startswith(FREE_KEYS)]
        return {
            "store": {key: keyvalue.get(key) for key in keys} if keyvalue is not None else {},
            "commitments": [(promise.id, promise.due, promise.ringing) for promise in self.timers.commitments.list()],
            "requests": self.service.sent,
        }

    def close(self) -> None:
        self.host.close()
        self.loop.end()
        self.timers.close()

    async def _say(self, text: str, cut_after_s: float | None) -> Heard:
        turn = self._turn(text)
        if self.understanding.is_stop(text):
            turn.decision = RouteDecision(route="grammar", reason="stop_word")
            self.understanding.close(turn)
            await settle()
            return Heard(text=text)
        turn.decision = await self.understanding.plan(text)
        return await self._act(turn, cut_after_s)

    async def _call(self, call: ToolCall, cut_after_s: float | None) -> Heard:
        turn = self._turn(f"({call.tool})")
        turn.decision = RouteDecision(route="caller", reason="caller_sure", calls=(call,))
        return await self._act(turn, cut_after_s)

    def _turn(self, text: str) -> Turn:
        self._turns += 1
        turn = Turn(id=f"d{self._turns}", ended_ms=0.0, text=text)
        turn.committed.set()
        return turn

    async def _act(self, turn: Turn, cut_after_s: float | None) -> Heard:
        speaking = self.loop.create_task(self._speak(turn))
        done, _ = await asyncio.wait([speaking], timeout=cut_after_s)
        interrupted = not done
        if interrupted:
            speaking.cancel()
            await asyncio.wait([speaking])
        else:
            speaking.result()
        turn.heard = turn.reply.strip()
        self.understanding.close(turn)
        await settle()
        decision = turn.decision
        call = decision.calls[0] if decision is not None and decision.calls else None
        answered = turn.results[-1] if turn.results else None
        return Heard(
            text=turn.text,
            speech=turn.heard,
            tool=call.tool if call else answered.tool if answered else "",
            arguments=call.arguments if call else {},
            asks=self.understanding.asked,
            ok=all(result.ok or result.error == "confirm_asked" for result in turn.results),
            took_ms=turn.timings_ms.get("first_text", 0.0),
            results=tuple(turn.results),
            interrupted=interrupted,
        )

    async def _speak(self, turn: Turn) -> None:
        started, scripted = time.perf_counter(), self.loop.time()
        async for delta in self.understanding.reply(turn, turn.text):
            took_s = time.perf_counter() - started + self.loop.time() - scripted
            turn.timings_ms.setdefault("first_text", round(1000.0 * took_s, 1))
            turn.reply += delta


def compile_grammar(templates: Sequence[Template]) -> Grammar:
    """The grammar of the fast path over these templates; `problems` says what does not parse."""
    grammar: Grammar = importlib.import_module("assistant.engines.hassil_grammar").create(templates)
    return grammar
