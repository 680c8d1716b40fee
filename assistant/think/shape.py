"""Tools as a small tool-calling model reads them best, and its arguments brought back to what the user really said.

Measured with Needle 3 on 61 wishes: names such as `set_timer` and `get_time` instead of `timer_set` and `clock_time`
raise the right tools from 39 to 55; a duration in words is right where hours, minutes and seconds as numbers are
mostly wrong (36 right calls against 23, with a count of seconds 28).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from assistant.spoken import Duration, duration_ends
from assistant.think.said import kinds_of, said_value
from assistant.types import JsonDict, ToolSpec

DURATION = "duration"
HOURS, MINUTES = "time_hours", "time_minutes"
_PARTS = ("hours", "minutes", "seconds")
_SCHEMA_KEYS = ("type", "description", "enum")


_NAMES = {
    "alarm.cancel_all": "cancel_all_alarms",
    "alarm.list": "list_alarms",
    "alarm.next": "get_next_alarm",
    "alarm.snooze": "snooze",
    "calculator.calculate": "calculate",
    "calculator.convert": "convert_units",
    "calculator.percentage": "calculate_percentage",
    "clock.date": "get_date",
    "clock.days_until": "count_days_until",
    "clock.time": "get_time",
    "clock.weekday": "get_weekday",
    "clock.year": "get_year",
    "help.abilities": "get_help",
    "help.repeat": "repeat_last_answer",
    "reminder.at_place": "refuse_place_reminder",
    "reminder.cancel_all": "cancel_all_reminders",
    "reminder.list": "list_reminders",
    "reminder.missed": "get_missed",
    "reminder.when_online": "refuse_online_reminder",
    "timer.cancel_all": "cancel_all_timers",
    "timer.left": "get_timer_time_left",
    "timer.list": "list_timers",
}
"""Tools whose own name does not read as a deed; for the others `function_skill` does (`set_timer`)."""


_OF_DEEDS = ("home",)
"""Skills whose functions are deeds without their name: `turn_on`, not `turn_on_home`."""


def call_name(tool: str) -> str:
    """The function name that the model is shown: its training set has names that begin with the verb."""
    skill, _, function = tool.rpartition(".")
    if skill in _OF_DEEDS:
        return function
    return _NAMES.get(tool) or re.sub(r"\W", "_", f"{function}_{skill}" if skill else function)


def shape(tool: ToolSpec) -> JsonDict:
    """Only what helps to choose and to fill.

    Hours, minutes and seconds become one `duration` in words, required where they come first; where they come later
    they are one more way to name a thing, and are read from the text alone. A time of day becomes `time_hours` and
    `time_minutes`, which the model writes of itself.
    """
    properties = {
        name: {key: schema[key] for key in _SCHEMA_KEYS if key in schema} for name, schema in _properties(tool).items()
    }
    times = {name for name, kind in kinds_of(tool.sentences).items() if kind == "time"}
    if times:
        properties = {name: schema for name, schema in properties.items() if name not in times}
        properties = {HOURS: _integer("hour of the day"), MINUTES: _integer("minute of the hour"), **properties}
    required = [name for name in tool.parameters.get("required", []) if name not in _PARTS and name not in times]
    if _has_duration(tool):
        properties = {name: schema for name, schema in properties.items() if name not in _PARTS}
        if needs_duration(tool):
            properties = {DURATION: {"type": "string", "description": "how long, such as '10 minutes'"}, **properties}
            required.append(DURATION)
    parameters: JsonDict = {"type": "object", "properties": properties}
    if required:
        parameters["required"] = required
    return {"name": call_name(tool.name), "description": tool.description, "parameters": parameters}


def _integer(description: str) -> JsonDict:
    return {"type": "integer", "description": description}


def ground(tool: ToolSpec, arguments: Mapping[str, object], text: str) -> JsonDict:
    """Arguments for the tool itself, tied to the user's words.

    A duration is always one that the user said, and so are times, days and repetitions where the tool's templates tell
    which parameter takes them; a name that the model cut short is completed from the text.
    """
    kinds = kinds_of(tool.sentences)
    grounded: JsonDict = {}
    if _has_duration(tool) and (span := _said_duration(str(arguments.get(DURATION, "")), text)) is not None:
        parts = {"hours": span.hours, "minutes": span.minutes, "seconds": span.seconds}
        grounded = {unit: amount for unit, amount in parts.items() if amount}
    for name, value in arguments.items():
        if name not in _properties(tool):
            continue
        choices = _properties(tool)[name].get("enum")
        if name in kinds:
            continue
        if isinstance(value, str) and choices is None:
            grounded[name] = _said_words(value, text)
        elif choices is None or value in choices:
            grounded[name] = value
    clock = f"{arguments.get(HOURS, '')}:{arguments.get(MINUTES, 0):0>2}"
    said = {
        name: said_value(kind, clock if kind == "time" else str(arguments.get(name, "")), text)
        for name, kind in kinds.items()
    }
    return grounded | {name: value for name, value in said.items() if value}


def durations(text: str) -> list[Duration]:
    """Every span of time in a text, each as long as it may be read."""
    words, found, place = words_of(text), [], 0
    while place < len(words):
        size, span = next(iter(duration_ends(words[place:])), (0, None))
        if span is not None:
            found.append(span)
        place += max(size, 1)
    return found


def words_of(text: str) -> list[str]:
    """Lower-case words and numbers, punctuation gone."""
    return re.findall(r"[a-z]+(?:'[a-z]+)?|\d+(?:\.\d+)?", text.lower().replace("’", "'"))


def _said_duration(value: str, text: str) -> Duration | None:
    """What the user said counts: the only duration of the text, or the one of several that the model means."""
    said = durations(text)
    if len(said) == 1:
        return said[0]
    return next((span for span in durations(value) if span in said), None)


def _said_words(value: str, text: str) -> str:
    """The value in the user's spelling where it stands in the text; else as the model wrote it."""
    low, said = value.lower().strip(), text.lower()
    if not low or re.search(rf"\b{re.escape(low)}\b", said):
        return low
    return next((word for word in words_of(said) if len(low) > 1 and word.startswith(low)), value)


def _properties(tool: ToolSpec) -> Mapping[str, JsonDict]:
    found: Mapping[str, JsonDict] = tool.parameters.get("properties", {})
    return found


def needs_duration(tool: ToolSpec) -> bool:
    """Is a span of time what the tool is about, and not only one of the ways to name a thing?"""
    return _has_duration(tool) and next(iter(_properties(tool))) in _PARTS


def has_said_duration(arguments: Mapping[str, object]) -> bool:
    return any(part in arguments for part in _PARTS)


def _has_duration(tool: ToolSpec) -> bool:
    return all(part in _properties(tool) for part in _PARTS) and DURATION not in _properties(tool)


def shares_words(words: Iterable[str], others: Iterable[str]) -> bool:
    """Do two bags of words share a word that says something, whatever its ending?"""
    return bool(stems(words) & stems(others))


def stems(words: Iterable[str]) -> frozenset[str]:
    """The words that say something, without their endings."""
    return frozenset(_stem(word) for word in words) - _EMPTY


def _stem(word: str) -> str:
    return re.sub(r"(?:'s|s|ing|ed)$", "", word) if len(word) > 3 else word


_EMPTY_WORDS = """
a an the is are was were be been am do does did it its this that these those there here and or of to for with in on at
by from as into than what which who how when where why can could will would shall should may must i me my you your we
our he she they one ones some any all not no yes please tell give get let make say said user assistant such only if
current running name called skill example empty needed many much have has day today tomorrow yesterday now
city last need needs want wants
"""
_EMPTY = {_stem(word) for word in _EMPTY_WORDS.split()}
"""Words that are in any sentence or any description."""
