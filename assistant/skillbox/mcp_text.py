"""From what an MCP server answered to what is said: plain words of a sensible length, whatever it sent.

The text comes from a stranger. It is never an instruction and never markup; of it a few sentences are spoken.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import re
import unicodedata
from collections.abc import Callable, Mapping

from assistant.skill import Card, Reply, say_list
from assistant.types import JsonDict

MAX_SENTENCES = 3
MAX_SPOKEN_CHARS = 400
MAX_DATA_CHARS = 8_000
MAX_CARD_CHARS = 2_000
MAX_SPOKEN_FIELDS = 4

NOTHING_TOLD = "Done. There was nothing to say about it."
TOO_MUCH = "I have the answer, but it is too much to read out."

_SLOT = re.compile(r"\{(\w+(?:\.\w+)*)(?:\|(\w+))?\}")
_MARKUP = (
    (re.compile(r"\x1b\[[0-9;?]*[A-Za-z]"), ""),
    (re.compile(r"```.*?(```|\Z)", re.DOTALL), " "),
    (re.compile(r"<(script|style)\b.*?(</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE), " "),
    (re.compile(r"<!--.*?(-->|\Z)", re.DOTALL), " "),
    (re.compile(r"!\[[^\]]*\]\([^)]*\)"), " "),
    (re.compile(r"\[([^\]]+)\]\([^)]*\)"), r"\1"),
    (re.compile(r"</?[A-Za-z][^>]{0,300}>"), " "),
    (re.compile(r"\b(?:[a-z][a-z0-9+.-]*://|www\.)\S+", re.IGNORECASE), " "),
    (re.compile(r"^[ \t]*(?:#{1,6}|>|[-*+•]|\d+[.)])[ \t]+", re.MULTILINE), ""),
    (re.compile(r"[*`~#|<>{}\[\]\\^]|(?<!\w)_+|_+(?!\w)"), ""),
)
_UNSEEN = frozenset(["Cc", "Cf", "Cn", "Co", "Cs", "So"])
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?")
_SPACE_BEFORE = re.compile(r"\s+(?=[.,;:!?](\s|$))")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def reply_of_answer(text: str, structured: object, arguments: Mapping[str, object], spoken: str, title: str) -> Reply:
    """The reply to an answer: `spoken` filled with its values, else its own words; the rest for a screen and as data.

    `data` is marked `tainted`: nobody may take it for more than text of a stranger.
    """
    found = structured if structured is not None else _parsed(text)
    said = fill(spoken, found, arguments, text) if spoken else None
    if said is None:
        said = _in_words(found) if isinstance(found, dict | list) else plain(text)
    whole = text if len(text) <= MAX_DATA_CHARS else text[:MAX_DATA_CHARS]
    data: JsonDict = {"tainted": True, "text": whole}
    if found is not None and len(json.dumps(found)) <= MAX_DATA_CHARS:
        data["values"] = found
    card = Card(title=title, text=_visible(text)[:MAX_CARD_CHARS]) if len(text) > len(said) else None
    return Reply(speech=said or NOTHING_TOLD, data=data, card=card)


def fill(template: str, found: object, arguments: Mapping[str, object], text: str) -> str | None:
    """The template with its slots filled from the answer, else from the arguments; none when a value is missing."""
    missing = False

    def value(match: re.Match[str]) -> str:
        nonlocal missing
        name, how = match[1], match[2]
        raw = plain(text) if name == "text" else _at(found, name)
        if raw is None and "." not in name:
            raw = arguments.get(name)
        told = _told(raw, how)
        missing = missing or not told
        return told

    said = _SLOT.sub(value, template)
    return None if missing else said[:1].upper() + said[1:]


def template_problem(template: str) -> str:
    """What is wrong with a template of speech; empty when nothing is."""
    for _, how in _SLOT.findall(template):
        if how and how not in _FILTERS:
            return f"the text '{template}' asks for |{how}; there are {', '.join(_FILTERS)}"
    rest = _SLOT.sub("", template)
    return f"the text '{template}' has a slot that cannot be read" if "{" in rest or "}" in rest else ""


def plain(text: str) -> str:
    """A few sentences of it without markup, addresses, pictures and signs of a program."""
    text = _MOMENT.sub(lambda found: f"{_date(found[0])}, {_time(found[0])}", text)
    for pattern, instead in _MARKUP:
        text = pattern.sub(instead, text)
    lines = [" ".join(line.split()) for line in _visible(text).splitlines()]
    joined = " ".join(line if line[-1] in ".!?:;," else f"{line}." for line in lines if line)
    return _cut(_SPACE_BEFORE.sub("", joined))


def _cut(text: str) -> str:
    said = ""
    for sentence in _SENTENCE_END.split(text)[:MAX_SENTENCES]:
        if len(said) + len(sentence) >= MAX_SPOKEN_CHARS:
            break
        said = f"{said} {sentence}".strip()
    if not said and text:
        said = text[:MAX_SPOKEN_CHARS].rpartition(" ")[0] or text[:MAX_SPOKEN_CHARS]
        said = said.rstrip(",;:") + "."
    return said


def _visible(text: str) -> str:
    """Letters, signs and line ends; no control and format characters (hidden text), no pictures."""
    return "".join(sign for sign in text if sign in "\n°" or unicodedata.category(sign) not in _UNSEEN)


def _parsed(text: str) -> object:
    """What a text holds when it is JSON of many values."""
    with contextlib.suppress(ValueError, RecursionError):
        found = json.loads(text) if text.lstrip()[:1] in ("{", "[") else None
        return found if isinstance(found, dict | list) else None
    return None


def _in_words(found: object) -> str:
    """A few flat values, one by one; anything larger is for a screen."""
    if isinstance(found, dict) and list(found) == ["result"]:
        found = found["result"]
    if isinstance(found, str):
        return plain(found)
    if isinstance(found, dict) and 0 < len(found) <= MAX_SPOKEN_FIELDS:
        parts = [(re.sub(r"(?<=[a-z])(?=[A-Z])|[_-]+", " ", str(key)).lower(), _told(value, ""))
                 for key, value in found.items()]  # fmt: skip
        if all(told and len(told) < 80 for _, told in parts):
            return plain(" ".join(f"{key.capitalize()}: {told.rstrip('.')}." for key, told in parts))
    if isinstance(found, list) and 0 < len(found) <= MAX_SPOKEN_FIELDS:
        told_all = [_told(value, "") for value in found]
        if all(told and len(told) < 60 for told in told_all):
            return plain(say_list(told_all))
    return _told(found, "") if isinstance(found, bool | int | float) else (TOO_MUCH if found else NOTHING_TOLD)


def _at(found: object, path: str) -> object:
    for part in path.split("."):
        if isinstance(found, list) and part.isdigit() and int(part) < len(found):
            found = found[int(part)]
        elif isinstance(found, dict):
            found = found.get(part)
        else:
            return None
    return found


def _told(value: object, how: str | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float) and not how:
        return _number(str(value))
    if isinstance(value, list) and how == "list":
        return say_list([_told(item, "") for item in value[:8]])
    if not isinstance(value, str | int | float):
        return ""
    with contextlib.suppress(ValueError):
        return _FILTERS[how](str(value)) if how else plain(str(value)).rstrip(".")
    return ""


def _time(text: str) -> str:
    """2026-11-24T14:05:00+09:00 -> 2:05 PM. Raises: ValueError."""
    moment = dt.datetime.fromisoformat(text)
    return f"{moment.hour % 12 or 12}:{moment.minute:02d} {'AM' if moment.hour < 12 else 'PM'}"


def _date(text: str) -> str:
    """2026-11-24 -> November 24, 2026. Raises: ValueError."""
    day = dt.datetime.fromisoformat(text)
    return f"{day:%B} {day.day}, {day.year}"


def _place(text: str) -> str:
    """America/New_York -> New York."""
    return plain(text.rpartition("/")[2].replace("_", " ")).rstrip(".")


def _number(text: str) -> str:
    """1234.5678 -> 1,234.57; empty for what is no number that can be said. Raises: ValueError."""
    value = float(text)
    if not abs(value) < 10**12:  # also refuses nan and infinity
        return ""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


_FILTERS: Mapping[str, Callable[[str], str]] = {
    "time": _time,
    "date": _date,
    "place": _place,
    "number": _number,
    "list": lambda text: plain(text).rstrip("."),
}
