"""What a model may still do once words of strangers are part of the conversation; pure.

            the user's own command   the tool caller            the talker
            (grammar, a yes)         (reads this sentence)      (reads the whole conversation)
read        runs                     runs                       runs
change      runs                     runs, or asks              is asked about first
outbound    runs                     runs with words just said  is withheld
sensitive   is confirmed             is withheld                is withheld
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from assistant.think.normalize import spell
from assistant.types import JsonDict, Route, ToolCall, ToolSpec

Screened = Literal["run", "ask", "withhold"]

BLOCKED = "blocked:tainted"
"""The error code of a call that was withheld, as it stands in the record of the turn."""
WITHHELD = (
    "I left that undone, because words from outside are part of this conversation."
    " If you want it, say the plain command."
)


def screen(route: Route, call: ToolCall, specs: Mapping[str, ToolSpec], text: str) -> Screened:
    """What becomes of a call that is proposed in a tainted conversation, after the user said `text`.

    A tool that nobody knows is let through: whoever runs calls refuses it with a sentence.
    """
    spec = specs.get(call.tool)
    if spec is None or route not in ("caller", "talker", "cloud"):
        return "run"
    if spec.effect == "sensitive":
        return "withhold"
    if route == "caller":
        return "withhold" if spec.outbound and not _was_said(call, spec, text) else "run"
    if spec.outbound:
        return "withhold"
    return "ask" if spec.effect == "change" else "run"


def _was_said(call: ToolCall, spec: ToolSpec, text: str) -> bool:
    """Does every free text of a call consist of words that the user has just said?"""
    said = set(spell(text).split())
    properties: Mapping[str, JsonDict] = spec.parameters.get("properties", {})
    free = [
        str(value)
        for name, value in call.arguments.items()
        if properties.get(name, {}).get("type") == "string" and "enum" not in properties[name]
    ]
    return all(set(spell(value).split()) <= said for value in free)
