"""The talker's tools: at most six for a wish, found over all skills, in few sets whose prompts wait on disk.

wish -> rank -> the likeliest set -> is its prompt ready? -- no --> nothing, and it is made ready while nobody waits
                                         | yes
                                     chosen calls -> brought back to the user's words -> judged
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.think.caller import is_forbidden, is_question, permitted, proposals, speaks_of
from assistant.think.choiceprompt import choice_schema, names_line
from assistant.think.llm import Talker
from assistant.think.shape import call_name, stems, words_of
from assistant.think.toolsets import Retrieval, ToolSet, known_words, tool_sets
from assistant.types import Effect, JsonDict, Message, ToolCall, ToolSpec

MAX_TOOLS = 6
"""Tools in one prompt: more cost time, and make a small model call tools for what is no wish."""
SURE: Mapping[Effect, float] = {"read": 0.6, "change": 1.1, "sensitive": 0.9}
"""Probability of the chosen tools from which a call is made; what is sensitive is a challenge even so.

A change is always asked about: of nineteen calls that the model made of 82 sentences ten were right (decision 0013).
For "the front door was unlocked all night" it unlocked it at 0.67."""
DOUBTFUL = 0.3
"""Under this nothing is proposed at all."""
MAX_WORDS = 40
"""A longer sentence is no wish for a tool."""

_DOMAINS = {
    "time": "timer.set timer.cancel alarm.set alarm.cancel reminder.set reminder.cancel",
    "notes": "lists.add lists.remove lists.note lists.create memory.remember memory.forget",
    "switches": "home.turn_on home.turn_off home.dim home.brighten home.set_brightness home.set_color",
    "covers and climate": "home.open home.close home.set_position home.set_temperature home.warmer home.cooler",
    "helpers": "home.start_vacuum home.dock_vacuum home.pause_vacuum home.clean home.set_fan_speed home.lock",
    "music": "media.play media.play_album media.softer media.louder media.pause media.next",
    "sums": "calculator.calculate calculator.convert calculator.exchange smalltalk.number smalltalk.flip clock.time",
}
"""What is meant by much the same words stands side by side, whatever skill it belongs to: a nudge in an hour is a
reminder or a timer, milk is for a list or to be remembered."""

_NEVER = frozenset(["home.turn_on_except", "home.turn_off_except", "alarm.snooze"])
"""What the model takes for their plain sisters: "switch it off" became "all but"."""

Verdict = Literal["act", "ask", "pass"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A set that a wish may be about."""

    name: str
    tools: tuple[ToolSpec, ...]


class Choosing:
    """Lets a talker choose tools for wishes; `missed` is the set whose prompt was not ready when it was wanted."""

    def __init__(self, talker: Talker) -> None:
        self._talker = talker
        self._specs: Mapping[str, ToolSpec] = {}
        self._sets: dict[str, ToolSet] = {}
        self._retrieval = Retrieval(())
        self.missed: Found | None = None

    def learn(self, specs: Mapping[str, ToolSpec]) -> None:
        """Know these tools from now on (some milliseconds)."""
        if specs is self._specs:
            return
        sets = talker_sets(list(specs.values()))
        self._specs, self._sets, self._retrieval = specs, {each.name: each for each in sets}, Retrieval(sets)

    def find(self, text: str) -> Found | None:
        """The tools that these words may call for; none for questions and for what must not be done."""
        if is_question(text) or is_forbidden(text) or len(text.split()) > MAX_WORDS:
            return None
        ranked = self._retrieval.rank(text, question=False)
        if not ranked:
            return None
        best = self._sets[ranked[0].name]
        return Found(name=best.name, tools=best.tools)

    async def propose(self, text: str, history: Sequence[Message]) -> tuple[ToolCall, ...]:
        """The calls that the talker makes of a wish, tied to its words. Raises: EngineError."""
        found = self.find(text)
        if found is None:
            return ()
        schema = choice_schema(found.tools, text)
        if not schema:
            return ()
        wish = Message(role="user", text=names_line(found.tools, text) + text)
        answer = await self._talker.choose(found.tools, schema, [*history, wish])
        if answer is None:
            self.missed = found
            return ()
        return proposals(answer, {call_name(tool.name): tool for tool in found.tools}, text)

    async def rest(self) -> None:
        """Nobody waits: make ready the set that was wanted (seconds). Raises: EngineError."""
        found, self.missed = self.missed, None
        if found is not None:
            await self._talker.prepare(found.tools)


def talker_sets(tools: Sequence[ToolSpec]) -> list[ToolSet]:
    """Sets of at most `MAX_TOOLS`: those of `_DOMAINS`, and the rest by skill, what changes and what reads apart."""
    by_name = {tool.name: tool for tool in tools if tool.name not in _NEVER}
    sets = []
    for name, wanted in _DOMAINS.items():
        if found := tuple(by_name.pop(tool) for tool in wanted.split() if tool in by_name):
            sets.append(ToolSet(name=name, tools=found))
    for each in tool_sets(list(by_name.values())):
        for kind in ("change", "read"):
            own = [tool for tool in each.tools if (tool.effect == "read") == (kind == "read")]
            count = -(-len(own) // MAX_TOOLS)
            sets += [ToolSet(name=f"{each.name} {kind} {part}", tools=tuple(own[part::count])) for part in range(count)]
    return sets


def judge_choice(text: str, calls: Sequence[ToolCall], specs: Mapping[str, ToolSpec]) -> Verdict:
    """What to do with calls of the talker: run them, ask first, or leave them.

    Nothing is done unasked but where the arguments stand in the words that were said and the model had no doubt.
    """
    if not permitted(text, calls, specs):
        return "pass"
    tools = [specs[call.tool] for call in calls]
    confidence = min(call.confidence for call in calls)
    named = all(speaks_of(text, tool) for tool in tools)
    if confidence < DOUBTFUL or not named:
        return "pass"
    if all(is_grounded(text, call, tool) for call, tool in zip(calls, tools, strict=True)):
        if all(confidence >= SURE[tool.effect] for tool in tools):
            return "act"
    elif any(tool.effect != "change" for tool in tools):
        return "pass"
    return "ask" if len(calls) == 1 and tools[0].effect == "change" else "pass"


def is_grounded(text: str, call: ToolCall, tool: ToolSpec) -> bool:
    """Does every word of the arguments stand in the sentence? Of a name of the home one word must."""
    said, heard = stems(words_of(text)), set(words_of(text))
    properties: Mapping[str, JsonDict] = tool.parameters.get("properties", {})
    for name, value in call.arguments.items():
        if not isinstance(value, str) or not value:
            continue
        words = words_of(value)
        if "enum" in properties.get(name, {}):
            if not stems(words) & (said | known_words(tool)):
                return False
        elif not set(words) <= heard:
            return False
    return True
