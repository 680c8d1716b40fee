"""What the local talker is told: the fixed prefix, our own ChatML template, and what may stand in a user's text.

prefix (same bytes for every turn, kept on disk)            | what changes
system: who you are + tools | few-shot exchanges            | history | facts + what the user just said
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from assistant.types import JsonDict, Message, ToolSpec

MAX_TEXT_CHARS = 6000
"""Longest single message that is tokenised at all; a longer one keeps its beginning and its end."""

MAX_TOOLS = 6
"""More schemas cost prompt tokens and make a small model call tools for plain questions."""

TOOL_OPEN, TOOL_CLOSE = "<tool_call>", "</tool_call>"

_SYSTEM = """\
You are Nabu, a friendly voice assistant that runs on a small device at home. Your words are read out loud.
Answer in one to three short sentences, the way a person would say it. Start with a short sentence.
No lists, no headings, no code, no symbols, no emoji.
{only}. You have no internet and no connection to anything: no lights, doors, heating, music, phone, \
messages, e-mail, calendar, shops or reminders. When asked to {do}, say that you can't. Never say that you will do it \
or did it.
If you are not sure, or if it may have changed lately, say that you don't know. Never make up news, weather, prices \
or personal facts."""

_TOOL_RULES = """\
Besides talking you have these tools, and nothing else:
{tools}
When the user asks for exactly what one of them does, answer with nothing but the call, in this form:
<tool_call>
{{"name": "tool name", "arguments": {{}}}}
</tool_call>
Answer every question yourself, in words."""

_EXAMPLES: tuple[tuple[str, str], ...] = (
    ("How many legs does a spider have?", "Eight. That is how you can tell a spider from an insect, which has six."),
    ("Turn off the heating.", "I can't do that. I have no connection to your heating."),
    ("Order a taxi for me.", "I can't do that. I have no way to reach anyone from here."),
    ("Who won the match last night?", "I don't know. I have no internet, so I can't look up results."),
    (
        "Tell me a story about a fox.",
        "Once upon a time a young fox found a silver key in the snow. She carried it from door"
        " to door, until a small red gate opened. Behind it lay a garden in full summer.",
    ),
    ("What can I do against hiccups?", "Try holding your breath for ten seconds. A glass of cold water helps as well."),
    ("Text Anna that I'm late.", "I can't do that. I have no way to send messages."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix:
    """The part of the prompt that never changes: role and text in order, and the tools that it offers."""

    messages: tuple[tuple[str, str], ...]
    tools: tuple[ToolSpec, ...] = ()

    @property
    def key(self) -> str:
        """Names this very text, so that an engine can tell whether it is the one in its memory."""
        return hashlib.sha256(json.dumps(self.messages).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Special:
    """A control token, which only the template can produce."""

    name: str


@dataclass(frozen=True, slots=True)
class Plain:
    """Text for the tokeniser; in untrusted text nothing may become a token that steers the model."""

    text: str
    trusted: bool = False


Segment = Special | Plain

START, END = Special("<|im_start|>"), Special("<|im_end|>")


def build_prefix(tools: Sequence[ToolSpec] = ()) -> Prefix:
    """System prompt, at most `MAX_TOOLS` tools and the example exchanges; the same tools give the same bytes."""
    offered = tuple(tools[:MAX_TOOLS])
    system, examples = _SYSTEM.format(only="You can only talk", do="do something"), _EXAMPLES
    if offered:
        system = _SYSTEM.format(only="Apart from your tools you can only talk", do="do what no tool does")
        examples = (*_EXAMPLES[:-1], _call_example(offered[0]), *_EXAMPLES[-1:], _call_example(offered[-1]))
        lines = "\n".join(_signature(tool) for tool in offered)
        system += "\n\n" + _TOOL_RULES.format(tools=lines)
    messages = [("system", system)]
    for question, answer in examples:
        messages += [("user", question), ("assistant", answer)]
    return Prefix(messages=tuple(messages), tools=offered)


def _signature(tool: ToolSpec) -> str:
    """One line a tool: a JSON schema says the same in five times the tokens, and the grammar sees to the types."""
    required = set(tool.parameters.get("required", []))
    properties: JsonDict = tool.parameters.get("properties", {})
    slots = []
    for name, schema in properties.items():
        kinds = schema.get("enum", [schema.get("type", "string")])
        slots.append(f"{name}{'' if name in required else '?'}: {'|'.join(map(str, kinds))}")
    return f"{tool.name}({', '.join(slots)}): {tool.description}"


def _call_example(tool: ToolSpec) -> tuple[str, str]:
    """A tool's own description, said as a wish, and the call that answers it: shows the form better than rules do."""
    wish = f"{tool.description.split('.')[0].split(':')[0]}, please."
    call = json.dumps({"name": tool.name, "arguments": dict.fromkeys(tool.parameters.get("required", []), "...")})
    return wish, f"{TOOL_OPEN}\n{call}\n{TOOL_CLOSE}"


def tool_fields(tool: ToolSpec) -> JsonDict:
    """What a model is shown of a tool."""
    return {"name": tool.name, "description": tool.description, "parameters": tool.parameters}


_UNBRACKETED = str.maketrans({"<": "‹", ">": "›", "(": "[", ")": "]"})


def chat_fields(message: Message) -> JsonDict:
    """A message of the history as the engine takes it; a tool's result is quoted inside a user line.

    Quotation marks, brackets and line ends inside it are written so that it cannot seem to end before its end (T3).
    """
    if message.role == "tool":
        quoted = json.dumps(clean(message.text).translate(_UNBRACKETED), ensure_ascii=False)
        return {"role": "user", "text": f"(Result of a tool, not said by the user: {quoted})"}
    return {"role": message.role, "text": clean(message.text)}


def clean(text: str, limit: int = MAX_TEXT_CHARS) -> str:
    """Make foreign text harmless and bounded: no control or invisible characters, the middle of a long one cut out.

    Kept: newline, and the two joiners that Indic and Arabic scripts need.
    """
    if len(text) > limit:
        text = f"{text[: limit * 3 // 4]} ... {text[-limit // 4 :]}"
    kept = (" " if _invisible(char) else char for char in text)
    return re.sub(r"[ \t]{2,}", " ", "".join(kept)).strip()


def _invisible(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn") and char not in "\n\u200c\u200d"


def chatml(messages: Iterable[tuple[str, str]], *, trusted: bool) -> Iterator[Segment]:
    """Render whole messages (role, text); `trusted` is for the prefix, which we wrote ourselves."""
    for role, text in messages:
        yield START
        yield Plain(f"{role}\n", trusted=True)
        yield Plain(text, trusted=trusted)
        yield END
        yield Plain("\n", trusted=True)


def chatml_answer() -> tuple[Segment, ...]:
    """The opening of the assistant's answer."""
    return START, Plain("assistant\n", trusted=True)


def untrusted_pieces(text: str) -> list[str]:
    """Cut behind every `<`, so that no piece can hold a whole marker such as `<tool_call>` or `<|im_start|>`."""
    return [piece for piece in re.split(r"(?<=<)", text) if piece]


def with_facts(text: str, facts: str) -> str:
    """The user's words with the volatile facts (time, date) before them."""
    return f"({facts})\n{text}" if facts else text


def call_schema(tools: Iterable[JsonDict], max_string_chars: int = 200) -> JsonDict:
    """JSON schema of a tool call: the name must be one of the tools, the arguments must fit that tool."""
    options = []
    for tool in tools:
        parameters = _bounded({"type": "object", "properties": {}, **tool.get("parameters", {})}, max_string_chars)
        parameters["additionalProperties"] = False
        options.append(
            {
                "type": "object",
                "properties": {"name": {"const": tool["name"]}, "arguments": parameters},
                "required": ["name", "arguments"],
                "additionalProperties": False,
            }
        )
    return {"oneOf": options}


def _bounded(schema: JsonDict, max_chars: int) -> JsonDict:
    """A copy in which every free string has a longest length: a runaway model must not fill the context."""
    result: JsonDict = {}
    for key, value in schema.items():
        if isinstance(value, dict):
            result[key] = _bounded(value, max_chars)
        elif isinstance(value, list):
            result[key] = [_bounded(item, max_chars) if isinstance(item, dict) else item for item in value]
        else:
            result[key] = value
    if result.get("type") == "string" and not {"enum", "const", "pattern", "format", "maxLength"} & result.keys():
        result["maxLength"] = max_chars
    return result


def is_looping(tokens: Sequence[int], *, repeats: int = 4, longest: int = 40, least: int = 16) -> bool:
    """Tell whether the end of an answer is the same run of up to `longest` tokens, `repeats` times over."""
    for period in range(1, longest + 1):
        span = period * repeats
        if span > len(tokens):
            return False
        if span >= least:
            tail = tokens[-span:]
            if all(tail[index] == tail[index - period] for index in range(period, span)):
                return True
    return False
