"""A skill that is ready to run, whoever loaded it: an entry point of this process, or a process of its own."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from assistant.errors import SkillError, SkillLoadError
from assistant.skill import Card, Reply, Skill, ToolMark, mark_of
from assistant.skillhost.calls import lent_to
from assistant.skillhost.locale import Locale
from assistant.skillhost.manifest import Manifest
from assistant.skillhost.strikes import SkillCrashed
from assistant.skills_schema import tool_spec
from assistant.think.fastpath import Template, TemplateKind
from assistant.think.livelist import LiveList
from assistant.think.script import spelled
from assistant.think.slots import DURATION_PARAMETERS
from assistant.types import JsonDict, ToolCall, ToolSpec

MAX_SPEECH_CHARS = 4000
MAX_ITEMS = 100

_SLOTS = re.compile(r"\{(\w+)(?::(\w+))?\}")

ToolFunction = Callable[..., Awaitable[Reply]]
Undo = Callable[[str, JsonDict], Awaitable[Reply | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSkill:
    """Tools by their full name `skill.function`. `trusted`: it runs inside the daemon; else what it asks is said in
    its own name. `close` ends what runs for it; it may be called at any time. `attention` and `own_sentences` are
    those of `assistant.skill.Skill`. `live` are its lists that change: `relist` fills them anew and gives the specs
    that then hold, without the tools whose lists are all empty. `parse` reads what no template covers; `serve` goes on
    from the start to the end. `locales` are the languages beside English that it speaks.
    """

    manifest: Manifest
    specs: Mapping[str, ToolSpec]
    marks: Mapping[str, ToolMark]
    templates: tuple[Template, ...]
    functions: Mapping[str, ToolFunction]
    undo: Undo | None = None
    phrases: tuple[str, ...] = ()
    trusted: bool = True
    close: Callable[[], None] = lambda: None
    attention: Callable[[bool], Awaitable[None]] | None = None
    own_sentences: Callable[[], Mapping[str, ToolCall]] = dict
    live: Mapping[str, LiveList] = field(default_factory=dict)
    relist: Callable[[], Mapping[str, ToolSpec]] = dict
    parse: Callable[[str], ToolCall | None] | None = None
    serve: Callable[[], Awaitable[None]] | None = None
    locales: tuple[Locale, ...] = ()


def described(kind: type[Skill], skill_id: str) -> dict[str, tuple[ToolSpec, ToolMark, str]]:
    """The tools of a class by full name: schema, mark and attribute.

    Raises:
        SkillLoadError: a tool cannot be described, or there is none.
    """
    found: dict[str, tuple[ToolSpec, ToolMark, str]] = {}
    for attribute, function in inspect.getmembers(kind, inspect.isfunction):
        if mark := mark_of(function):
            spec = replace(tool_spec(f"{skill_id}.{attribute}", function, mark.effect), public=mark.public)
            found[spec.name] = (spec, mark, attribute)
    if not found:
        raise SkillLoadError("It has no tools.")
    return found


def load_class(
    kind: type[Skill],
    skill: Callable[[type[Skill]], Skill],
    manifest: Manifest,
    close: Callable[[], None] = lambda: None,
    locales: tuple[Locale, ...] = (),
) -> LoadedSkill:
    """A skill of this process; `skill` makes the one object of the class. Raises: SkillLoadError."""
    tools = described(kind, manifest.id)
    made = skill(kind)
    live = {name: LiveList() for name in lent_to(made.lists)}

    def relist() -> dict[str, ToolSpec]:
        choices = made.choices()
        for name, values in lent_to(made.lists).items():
            live[name].replace(values, choices.get(name))
        return {
            name: with_choices(with_sentences(spec, mark), mark, live)
            for name, (spec, mark, _) in tools.items()
            if not _is_idle(mark, live)
        }

    templates = [template for spec, mark, _ in tools.values() for template in templates_of(spec, mark, live)]
    for locale in locales:
        if unknown := locale.sentences.keys() - {attribute for _, _, attribute in tools.values()}:
            raise SkillLoadError(f"Its sentences in {locale.language} are for {min(unknown)}, which is no tool of it.")
        for spec, mark, attribute in tools.values():
            templates += templates_of(spec, locale.mark(attribute, mark), live, language=locale.language)
    if kind.gives_way is not Skill.gives_way:
        ways = {name: partial(made.gives_way, attribute) for name, (_, _, attribute) in tools.items()}
        templates = [replace(template, gives_way=ways[template.tool]) for template in templates]
    return LoadedSkill(
        manifest=manifest,
        specs=relist(),
        marks={name: mark for name, (_, mark, _) in tools.items()},
        templates=tuple(templates),
        functions={name: getattr(made, attribute) for name, (_, _, attribute) in tools.items()},
        undo=made.undo if kind.undo is not Skill.undo else None,
        phrases=tuple(made.phrases()),
        close=close,
        attention=made.attention if kind.attention is not Skill.attention else None,
        own_sentences=_own(made, manifest.id) if kind.own_sentences is not Skill.own_sentences else dict,
        live=live,
        relist=relist,
        parse=_parser(made, manifest.id) if kind.parse is not Skill.parse else None,
        serve=made.serve if kind.serve is not Skill.serve else None,
        locales=locales,
    )


def with_sentences(spec: ToolSpec, mark: ToolMark) -> ToolSpec:
    """The tool with what people say to it, for those who must guess whether a sentence means it."""
    phrases = tuple(phrase for values in mark.lists.values() for phrase in values)
    return replace(spec, sentences=(*mark.llm, *mark.fast, *mark.unfinished, *mark.after, *phrases))


def _own(skill: Skill, skill_id: str) -> Callable[[], Mapping[str, ToolCall]]:
    """The user's own sentences of a skill, normalised, as calls; where its store fails there are none."""

    def found() -> dict[str, ToolCall]:
        try:
            own = lent_to(skill.own_sentences)
        except SkillError:
            return {}
        return {
            spelled(text): ToolCall(tool=f"{skill_id}.{function}", arguments=arguments)
            for text, (function, arguments) in own.items()
        }

    return found


def _parser(made: Skill, skill_id: str) -> Callable[[str], ToolCall | None]:
    def parse(text: str) -> ToolCall | None:
        found = made.parse(text)
        return None if found is None else ToolCall(tool=f"{skill_id}.{found[0]}", arguments=found[1])

    return parse


def _is_idle(mark: ToolMark, live: Mapping[str, LiveList]) -> bool:
    """Does a tool live by lists that are all empty now? Then it can do nothing, and nobody is offered it.

    It lives by those of a parameter that nothing else fills.
    """
    lists = [live[slot] for slots in _fills(mark).values() if slots <= live.keys() for slot in slots]
    return bool(lists) and not any(lists)


def _fills(mark: ToolMark) -> Mapping[str, set[str]]:
    """Parameter -> the slots that fill it in the templates."""
    fills: dict[str, set[str]] = {}
    for text in (*mark.fast, *mark.unfinished, *mark.after):
        for slot, parameter in _SLOTS.findall(text):
            fills.setdefault(parameter or slot, set()).add(slot)
    return fills


def with_choices(spec: ToolSpec, mark: ToolMark, live: Mapping[str, LiveList]) -> ToolSpec:
    """The tool with the values of live lists as the choices of the parameters that only they fill.

    The values that are not shown to a model are accepted all the same: the grammar may give them.
    """
    properties = dict(spec.parameters["properties"])
    for parameter, slots in _fills(mark).items():
        if parameter in properties and slots <= live.keys():
            lists = [live[slot] for slot in sorted(slots)]
            shown = list(dict.fromkeys(value for one in lists for value in one.shown))
            others = sorted({value for one in lists for value in one.values()} - set(shown))
            properties[parameter] = {**properties[parameter], "enum": shown, "also": others}
    return replace(spec, parameters={**spec.parameters, "properties": properties})


def templates_of(
    spec: ToolSpec, mark: ToolMark, live: Mapping[str, LiveList] | None = None, *, language: str = "en"
) -> Iterable[Template]:
    """The templates of a tool for the grammar; `live` are lists that change.

    Raises:
        SkillLoadError: one fills what the tool does not take.
    """
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
            yield Template(
                tool=spec.name, text=text, kind=kind, lists={**mark.lists, **(live or {})}, never=mark.never,
                language=language,
            )  # fmt: skip


def is_outbound(manifest: Manifest, spec: ToolSpec) -> bool:
    """Could a call of this tool carry words or a deed out of here? Its skill has a network, or needs one that the user
    has named (a home), and it takes free text or does more than tell.
    """
    properties: Mapping[str, JsonDict] = spec.parameters.get("properties", {})
    free = any(schema.get("type") == "string" and "enum" not in schema for schema in properties.values())
    return (bool(manifest.permissions.network) or not manifest.offline) and (free or spec.effect != "read")


def checked_reply(reply: object) -> Reply:
    """What a tool returned, if it is a reply of a sensible size. Raises: SkillCrashed."""
    if not isinstance(reply, Reply) or not isinstance(reply.speech, str) or not isinstance(reply.data, dict):
        raise SkillCrashed("Sorry, that skill gave no answer.")
    if len(reply.speech) > MAX_SPEECH_CHARS:
        raise SkillCrashed("Sorry, that skill said far too much.")
    return reply


def reply_of(fields: object) -> Reply:
    """A reply that came as JSON from a skill's own process; what it may not hold is refused whole (T5).

    Raises:
        SkillCrashed: an unknown field, or one of the wrong type.
    """
    bad = SkillCrashed("Sorry, that skill gave a malformed answer.")
    if not isinstance(fields, dict) or not {"speech"} <= fields.keys() <= {"speech", "data", "ask", "card", "outside"}:
        raise bad
    data, ask, card = fields.get("data", {}), fields.get("ask", ""), fields.get("card")
    if not isinstance(data, dict) or not isinstance(ask, str) or not isinstance(card, dict | None):
        raise bad
    if not isinstance(fields.get("outside", False), bool):
        raise bad
    return checked_reply(Reply(speech=fields["speech"], data=data, ask=ask, card=_card(card, bad)))


def _card(fields: dict[str, object] | None, bad: SkillCrashed) -> Card | None:
    if fields is None:
        return None
    items = fields.get("items", [])
    texts = {name: fields.get(name, "") for name in ("title", "text", "image")}
    if not fields.keys() <= {*texts, "items"} or not isinstance(items, list) or len(items) > MAX_ITEMS:
        raise bad
    if not all(isinstance(text, str) and len(text) <= MAX_SPEECH_CHARS for text in [*texts.values(), *items]):
        raise bad
    return Card(title=str(texts["title"]), text=str(texts["text"]), image=str(texts["image"]), items=tuple(items))
