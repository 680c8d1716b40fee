"""The skill under test, loaded so that what its tools do, raise and swallow is noted."""

from __future__ import annotations

import asyncio
import dataclasses
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from assistant.devkit.package import SkillPackage
from assistant.errors import AssistantError, SkillLoadError
from assistant.skill import Http, Reply, Store
from assistant.skillhost.calls import current
from assistant.skillhost.context import LentContext, SkillContext
from assistant.skillhost.keyvalue import KeyValue
from assistant.skillhost.loaded import LoadedSkill, ToolFunction, load_class
from assistant.skillhost.manifest import Manifest

FREE_KEYS = "cache"
"""What a tool that only reads may keep: keys that begin so."""


@dataclass(slots=True, kw_only=True)
class Run:
    """One call of a tool: how it ended, how long it kept the process busy (real seconds)."""

    tool: str
    ended: str = "runs"
    """runs, replied, refused, crashed, cancelled, swallowed (it was cancelled, and went on)."""
    sentence: str = ""
    place: str = ""
    busy_s: float = 0.0
    reply: object = None


@dataclass(slots=True)
class Watch:
    """What was seen of a skill; `uses` names the parts of the context that it touched, by tool."""

    folder: Path
    runs: list[Run] = field(default_factory=list)
    uses: dict[str, set[str]] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    keyvalue: KeyValue | None = None

    def used(self, what: str) -> None:
        tool = current().tool
        self.uses.setdefault(tool, set()).add(what)

    def wrap(self, name: str, function: ToolFunction) -> ToolFunction:
        """The same tool, watched."""

        async def watched(**arguments: Any) -> Reply:
            run = Run(tool=name)
            self.runs.append(run)
            task = asyncio.current_task()
            started = time.perf_counter()
            try:
                run.reply = reply = await function(**arguments)
                run.ended = "swallowed" if task is not None and task.cancelling() else "replied"
                return reply
            except asyncio.CancelledError:
                run.ended = "cancelled"
                raise
            except AssistantError as error:
                run.ended, run.sentence = "refused", error.sentence
                raise
            except Exception as error:
                run.ended, run.sentence = "crashed", f"{type(error).__name__}: {error}"
                run.place = self._place(error)
                raise
            finally:
                run.busy_s = time.perf_counter() - started

        return watched

    def _place(self, error: Exception) -> str:
        """The line of the skill's own code where it happened."""
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if self._is_own(frame.filename)]
        return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""

    def _is_own(self, file: str) -> bool:
        return Path(file).is_relative_to(self.folder)


class _Noted:
    """Notes that a part of the context is used, then lets it go on."""

    def __init__(self, inner: object, name: str, watch: Watch) -> None:
        self._inner, self._name, self._watch = inner, name, watch

    def __getattr__(self, attribute: str) -> Any:
        if not attribute.startswith("_"):
            self._watch.used(self._name)
        return getattr(self._inner, attribute)


class WatchedContext(SkillContext):
    """The real context of a skill, whose use is noted."""

    def __init__(self, lent: LentContext, manifest: Manifest, texts: Mapping[str, str], watch: Watch) -> None:
        super().__init__(lent, manifest, texts)
        self._watch = watch
        watch.keyvalue = self._keyvalue

    @property
    def http(self) -> Http:
        return cast(Http, _Noted(super().http, "http", self._watch))

    @property
    def store(self) -> Store:
        return cast(Store, _Noted(super().store, "store", self._watch))

    async def cloud(self, prompt: str, **more: Any) -> str:
        self._watch.used("cloud")
        return await super().cloud(prompt, **more)

    async def offer(self, feature: str) -> None:
        self._watch.used("offer")
        await super().offer(feature)


def loaded(package: SkillPackage, lent: LentContext, manifest: Manifest, watch: Watch) -> LoadedSkill:
    """The skill as the host takes it. Raises: SkillLoadError."""
    context = WatchedContext(lent, manifest, package.texts, watch)
    made: Callable[[Any], Any] = lambda kind: kind(context, package.texts)  # noqa: E731
    try:
        skill = load_class(package.kind, made, manifest, close=context.close)
    except AssistantError:
        raise
    except Exception as error:
        raise SkillLoadError(f"Its class fails to start: {type(error).__name__}: {error}.") from error
    watched = {name: watch.wrap(name, function) for name, function in skill.functions.items()}
    return dataclasses.replace(skill, functions=watched)
