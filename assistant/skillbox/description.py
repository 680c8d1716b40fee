"""What a skill's process tells about its tools, as data that is bounded and checked before the daemon uses it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.errors import SkillLoadError
from assistant.skill import ToolMark
from assistant.skillhost.loaded import LoadedSkill, ToolFunction, templates_of, with_sentences
from assistant.skillhost.manifest import Manifest
from assistant.types import Effect, JsonDict, ToolSpec

MAX_TOOLS = 40
MAX_DEADLINE_S = 30.0
_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)

Text = Annotated[str, Field(max_length=300)]
Texts = Annotated[list[Text], Field(max_length=80)]
Word = Annotated[str, Field(max_length=100)]
# parts in any order are spelled out by the grammar, n! of them
Template = Annotated[str, Field(max_length=300, pattern=r"^[^;]*(;[^;]*){0,3}$")]
Templates = Annotated[list[Template], Field(max_length=80)]
Name = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,39}$")]


class Parameter(BaseModel):
    model_config = _STRICT

    type: Literal["string", "integer", "number", "boolean"]
    enum: list[Word] | None = Field(default=None, max_length=500)
    nullable: bool | None = None
    description: Text | None = None


class Parameters(BaseModel):
    model_config = _STRICT

    type: Literal["object"]
    properties: dict[Name, Parameter] = Field(max_length=32)
    required: list[Name] = Field(max_length=32)
    additionalProperties: Literal[False]  # noqa: N815 - a word of JSON schema


class Tool(BaseModel):
    model_config = _STRICT

    description: str = Field(min_length=1, max_length=600)
    parameters: Parameters
    fast: Templates = []
    llm: Texts = []
    never: Texts = []
    unfinished: Templates = []
    after: Templates = []
    lists: dict[Name, Annotated[dict[Word, Word], Field(max_length=500)]] = Field(default={}, max_length=16)
    effect: Effect = "read"
    critical: bool = False
    deadline_s: float = Field(default=5.0, gt=0, le=MAX_DEADLINE_S)
    public: bool = False
    """Read, and not believed: what a skill from elsewhere tells goes to no cloud model on its own word."""


class Description(BaseModel):
    """The tools of a skill by their name without the skill's, and the phrases that it says often."""

    model_config = _STRICT

    tools: dict[Name, Tool] = Field(min_length=1, max_length=MAX_TOOLS)
    phrases: Texts = []


def read_description(fields: object) -> Description:
    """Raises: SkillLoadError: something is unknown, of the wrong type, or far too large."""
    try:
        return Description.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SkillLoadError(
            f"It describes its tools in a way that does not fit: {place[:80]}: {first['msg']}."
        ) from None


def loaded(
    manifest: Manifest, description: Description, functions: Mapping[str, ToolFunction], close: Callable[[], None]
) -> LoadedSkill:
    """The skill as the host sees it; `functions` are by the tools' full names. Raises: SkillLoadError."""
    specs: dict[str, ToolSpec] = {}
    marks: dict[str, ToolMark] = {}
    for name, tool in description.tools.items():
        full = f"{manifest.id}.{name}"
        parameters: JsonDict = tool.parameters.model_dump(exclude_none=True)
        if tool.critical and tool.effect != "sensitive":
            raise SkillLoadError("A critical tool must have the effect 'sensitive'.")
        specs[full] = ToolSpec(name=full, description=tool.description, parameters=parameters, effect=tool.effect)
        marks[full] = ToolMark(
            fast=tuple(tool.fast), llm=tuple(tool.llm), never=tuple(tool.never), unfinished=tuple(tool.unfinished),
            after=tuple(tool.after), lists=tool.lists, effect=tool.effect, critical=tool.critical,
            deadline_s=tool.deadline_s,
        )  # fmt: skip
    return LoadedSkill(
        manifest=manifest, specs={full: with_sentences(spec, marks[full]) for full, spec in specs.items()},
        marks=marks, functions=functions, phrases=tuple(description.phrases),
        templates=tuple(template for full, spec in specs.items() for template in templates_of(spec, marks[full])),
        trusted=False, close=close,
    )  # fmt: skip
