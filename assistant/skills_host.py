"""Loads the installed skills, offers their tools and templates, and runs a tool so that it cannot harm a turn."""

from __future__ import annotations

import datetime as dt
import importlib.resources
import inspect
import logging
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from importlib.resources.abc import Traversable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.errors import AssistantError, SkillError, SkillLoadError
from assistant.skill import Reply, Skill, TimerBook, ToolMark, mark_of
from assistant.skills_schema import tool_spec
from assistant.think.fastpath import Template, TemplateKind
from assistant.think.slots import DURATION_PARAMETERS
from assistant.think.tools import DEADLINE_S, check_call, failed, within_deadline
from assistant.types import ToolCall, ToolResult, ToolSpec

GROUP = "assistant.skills"

_SLOTS = re.compile(r"\{(\w+)(?::(\w+))?\}")

_log = logging.getLogger(__name__)

Loader = Callable[[], type[Skill]]


class Manifest(BaseModel):
    """`skill.toml`: who the skill is, what it may do, and what a person can say to it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{1,30}$")
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    api: Literal[1]
    languages: tuple[str, ...] = Field(min_length=1)
    tier: Literal["free", "plus"] = "free"
    permissions: tuple[str, ...] = ()
    summary: str = Field(min_length=3, max_length=120)
    examples: tuple[str, ...] = Field(min_length=1)


@dataclass(slots=True, kw_only=True)
class LentContext:
    """`assistant.skill.Context` of the daemon, which writes `said` after each reply that was heard."""

    timers: TimerBook
    said: str = ""
    examples: dict[str, tuple[str, ...]] = field(default_factory=dict)
    clock: Callable[[], dt.datetime] = lambda: dt.datetime.now().astimezone()

    def now(self) -> dt.datetime:
        """Aware local time."""
        return self.clock()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSkill:
    manifest: Manifest
    specs: Mapping[str, ToolSpec]
    templates: tuple[Template, ...]
    functions: Mapping[str, Callable[..., Any]]
    phrases: tuple[str, ...]


class SkillHost:
    """The enabled skills. `problems` says by entry-point name why a skill is not among them."""

    def __init__(self, skills: Iterable[LoadedSkill], problems: Mapping[str, str]) -> None:
        self.skills = {skill.manifest.id: skill for skill in skills}
        self.problems = dict(problems)
        self.specs: Mapping[str, ToolSpec] = {
            name: spec for skill in self.skills.values() for name, spec in skill.specs.items()
        }
        self.phrases = tuple(phrase for skill in self.skills.values() for phrase in skill.phrases)
        self.templates = tuple(template for skill in self.skills.values() for template in skill.templates)

    @classmethod
    def load(
        cls, context: LentContext, *, language: str = "en", sources: Mapping[str, Loader] | None = None
    ) -> SkillHost:
        """Load the skills of all installed packages (or of `sources`); one that fails is left out, with a reason."""
        skills: dict[str, LoadedSkill] = {}
        problems: dict[str, str] = {}
        for name, load in sorted((installed() if sources is None else sources).items()):
            try:
                skill = _load(load, context, language)
                if skill.manifest.id in skills:
                    raise SkillLoadError(f"Another skill has the id {skill.manifest.id} already.")
                skills[skill.manifest.id] = skill
                context.examples[skill.manifest.id] = skill.manifest.examples
            except AssistantError as error:
                problems[name] = error.sentence
            except Exception as error:
                problems[name] = f"It failed to load: {type(error).__name__}: {error}"
        for name, reason in problems.items():
            _log.warning("skill disabled", extra={"skill": name, "reason": reason})
        return cls(skills.values(), problems)

    async def run(self, call: ToolCall, deadline_s: float = DEADLINE_S) -> ToolResult:
        """Check and run one call; every failure becomes a result with a sentence, only cancellation passes through."""
        try:
            checked = check_call(self.specs, call)
            function = self.skills[checked.tool.partition(".")[0]].functions[checked.tool]
            reply = await within_deadline(checked.tool, function(**checked.arguments), deadline_s)
        except AssistantError as error:
            return failed(call.tool, error)
        except Exception:
            _log.exception("tool failed", extra={"tool": call.tool[:80]})
            return failed(call.tool, SkillError("Sorry, that did not work."))
        if not isinstance(reply, Reply):
            return failed(call.tool, SkillError("Sorry, that skill gave no answer."))
        data = {**reply.data, "ask": reply.ask} if reply.ask else reply.data
        return ToolResult(tool=call.tool, ok=True, speech=reply.speech, data=data)


def installed() -> dict[str, Loader]:
    """The skills that installed packages announce, by entry-point name."""
    return {point.name: point.load for point in entry_points(group=GROUP)}


def _load(load: Loader, context: LentContext, language: str) -> LoadedSkill:
    kind = load()
    if not (inspect.isclass(kind) and issubclass(kind, Skill)):
        raise SkillLoadError("Its entry point is not a subclass of Skill.")
    folder = importlib.resources.files(kind.__module__.partition(".")[0])
    manifest = _manifest(folder)
    if language not in manifest.languages:
        raise SkillLoadError(f"It does not speak {language}.")
    skill = kind(context, _texts(folder, language))
    specs: dict[str, ToolSpec] = {}
    functions: dict[str, Callable[..., Any]] = {}
    templates: list[Template] = []
    for attribute, function in inspect.getmembers(kind, inspect.isfunction):
        if mark := mark_of(function):
            spec = tool_spec(f"{manifest.id}.{attribute}", function, mark.effect)
            specs[spec.name] = spec
            functions[spec.name] = getattr(skill, attribute)
            templates += _templates(spec, mark)
    if not specs:
        raise SkillLoadError("It has no tools.")
    return LoadedSkill(
        manifest=manifest, specs=specs, templates=tuple(templates), functions=functions, phrases=tuple(skill.phrases())
    )


def _templates(spec: ToolSpec, mark: ToolMark) -> Iterable[Template]:
    kinds: dict[TemplateKind, tuple[str, ...]] = {
        "whole": mark.fast,
        "unfinished": mark.unfinished,
        "after": mark.after,
    }
    for kind, texts in kinds.items():
        for text in texts:
            for slot, parameter in _SLOTS.findall(text):
                wanted = DURATION_PARAMETERS if slot == "duration" else (parameter or slot,)
                if unknown := [name for name in wanted if name not in spec.parameters["properties"]]:
                    raise SkillLoadError(f"The template '{text}' fills {unknown[0]}, which {spec.name} does not take.")
            yield Template(tool=spec.name, text=text, kind=kind, lists=mark.lists, never=mark.never)


def _manifest(folder: Traversable) -> Manifest:
    try:
        return Manifest.model_validate(tomllib.loads(folder.joinpath("skill.toml").read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise SkillLoadError("It has no skill.toml.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SkillLoadError(f"Its skill.toml is not valid TOML: {error}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SkillLoadError(f"Its skill.toml does not fit: {place}: {first['msg']}.") from None


def _texts(folder: Traversable, language: str) -> dict[str, str]:
    """The texts of one language; of several variants the first is spoken, so that its sound can be kept."""
    try:
        found = tomllib.loads(folder.joinpath("locale", f"{language}.toml").read_text(encoding="utf-8"))
    except (FileNotFoundError, tomllib.TOMLDecodeError) as error:
        raise SkillLoadError(f"Its locale/{language}.toml cannot be read: {error}.") from None
    texts = {key: value[0] if isinstance(value, list) and value else value for key, value in found.items()}
    if wrong := [key for key, value in texts.items() if not isinstance(value, str)]:
        raise SkillLoadError(f"Its locale/{language}.toml holds no text at {wrong[0]}.")
    return texts
