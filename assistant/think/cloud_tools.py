"""The tools that a cloud model may call in a turn: few, found by the words, without a name of this home; pure.

specs -> may it at all? -> the likeliest six -> schemas without live names -> cloud
calls <- names of this home put in -> checked, screened, run -> what may leave of the result -> cloud
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from assistant.think.caller import is_question
from assistant.think.redact import Redactor
from assistant.think.toolsets import Retrieval, ToolSet
from assistant.types import JsonDict, ToolCall, ToolSpec

MAX_OFFERED = 6
"""Tools in one request: more cost tokens in every round, and only few fit a sentence."""
MAX_CALLS = 5
"""Calls of a cloud model in one turn; what it calls beyond is not run."""
MAX_ROUNDS = 4
"""Requests of one turn that may end in calls; the last one after them must be answered in words."""
NEAR = 0.25
"""How far behind the best a tool may be: a large model tells them apart, and one sentence may need several."""

UNKNOWN = "There is no such tool here."
TOO_MANY = "Not done: there were too many calls in this turn. Answer in words."
PRIVATE = "Done. The user has heard the result; it stays on the device."
FAILED = "It did not work. The user has been told why."


@dataclass(slots=True, kw_only=True)
class Offer:
    """The tools of one turn as they leave, and what came of the calls. `over`: the user has to say something first;
    `closed`: it is time for words, no call is run any more; `unsaid` are results that the model has not told yet."""

    tools: tuple[ToolSpec, ...]
    over: bool = False
    closed: bool = False
    unsaid: list[str] = field(default_factory=list)
    calls: int = 0
    _came: list[str] = field(default_factory=list)

    def knows(self, tool: str) -> bool:
        """It was offered; what was not cannot be called."""
        return any(tool == each.name for each in self.tools)

    def came(self, result: str) -> None:
        """What the model is told of the call that it made last."""
        self._came.append(result)

    @property
    def pending(self) -> int:
        """Calls of this round so far."""
        return len(self._came)

    def taken(self, count: int) -> list[str]:
        """What came of so many calls of one round, in order."""
        came, self._came = self._came, []
        return [*came, *[FAILED] * count][:count]


class Offering:
    """Finds the tools for a sentence. `learn` is cheap where nothing changed."""

    def __init__(self) -> None:
        self._specs: Mapping[str, ToolSpec] | None = None
        self._retrieval = Retrieval(())

    def offer(self, text: str, specs: Mapping[str, ToolSpec], *, changes: bool, household: bool) -> Offer | None:
        """The tools that these words may need, at most six; none where no word leads to one.

        `changes`: also those that change something. `household`: also those that take names of this home, which are
        not told.
        """
        if specs is not self._specs:
            may = [spec for spec in specs.values() if spec.effect != "sensitive" and not spec.outbound]
            self._retrieval = Retrieval(ToolSet(name=spec.name, tools=(spec,)) for spec in may)
            self._specs = specs
        ranked = self._retrieval.rank(text, question=is_question(text) or not changes, near=NEAR)
        found = [specs[each.name] for each in ranked]
        tools = [outward(spec) for spec in found if household or not _names(spec)]
        return Offer(tools=tuple(tools[:MAX_OFFERED])) if tools else None


def outward(spec: ToolSpec) -> ToolSpec:
    """A tool as it leaves: what it can be called with stands there, the names of this home do not."""
    properties: dict[str, JsonDict] = {}
    for name, schema in spec.parameters.get("properties", {}).items():
        kept = {key: value for key, value in schema.items() if key not in ("also", "nullable")}
        if "also" in schema:
            kept.pop("enum", None)
            kept["description"] = f"{kept.get('description', name)}; as the user named it".lstrip("; ")
        properties[name] = kept
    return replace(spec, parameters={**spec.parameters, "properties": properties}, sentences=())


def inward(call: ToolCall, specs: Mapping[str, ToolSpec], redactor: Redactor) -> ToolCall:
    """A call of a cloud model with what had been taken out put back, and names of this home as they are written here.

    An empty value of what may be left out is left out.
    """
    spec = specs.get(call.tool)
    properties: Mapping[str, JsonDict] = spec.parameters.get("properties", {}) if spec is not None else {}
    needed: Sequence[str] = spec.parameters.get("required", ()) if spec is not None else ()
    arguments: JsonDict = {}
    for name, value in call.arguments.items():
        if value is None and name not in needed:
            continue
        if isinstance(value, str):
            value = _as_known(redactor.restore(value), properties.get(name, {}))
        arguments[name] = value
    return replace(call, arguments=arguments)


def _as_known(value: str, schema: JsonDict) -> str:
    known = [*schema.get("enum", ()), *schema.get("also", ())]
    plain = " ".join(value.lower().split())
    return next((one for one in known if isinstance(one, str) and " ".join(one.lower().split()) == plain), value)


def _names(spec: ToolSpec) -> bool:
    """Does it take names of this home?"""
    return any("also" in schema for schema in spec.parameters.get("properties", {}).values())
