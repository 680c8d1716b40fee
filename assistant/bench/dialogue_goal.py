"""What a conversation must have brought about: compared with the promises, lists, facts and home at its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assistant.assembly import Assembly
from assistant.bench.homes import look
from assistant.types import JsonDict, ToolCall


async def missing(goal: Mapping[str, Any], assembly: Assembly, home: Any) -> list[str]:
    """What is not as the goal wants it, in words; empty if it is reached.

    An alarm is `06:45`, or `06:45|18:45` where it was not said which half of the day is meant: then the next one is.
    A reminder may have two spellings, `call mom|call mum`.
    """
    faults: list[str] = []
    commitments = assembly.timers.commitments
    if "timers" in goal:
        found = sorted((one.label, one.seconds) for one in commitments.list("timer"))
        timers = sorted((str(label or ""), int(seconds)) for label, seconds in goal["timers"])
        faults += [] if found == timers else [f"timers are {found}, not {timers}"]
    if "alarms" in goal:
        times = sorted(f"{one.due:%H:%M}" for one in commitments.list("alarm"))
        faults += [] if _fit(times, goal["alarms"]) else [f"alarms are {times}, not {sorted(goal['alarms'])}"]
    if "reminders" in goal:
        labels = sorted(one.label for one in commitments.list("reminder"))
        faults += [] if _fit(labels, goal["reminders"]) else [f"reminders are {labels}"]
    for name, things in goal.get("lists", {}).items():
        faults += await _list(assembly, name, things)
    if "facts" in goal:
        facts = (await _data(assembly, "memory.about_me")).get("facts", [])
        faults += [] if facts == goal["facts"] else [f"remembered is {facts}"]
    for key, wanted in goal.get("home", {}).items():
        shown = look(home.entities[key])
        different = {name: shown.get(name) for name, value in wanted.items() if shown.get(name) != value}
        faults += [f"{key} is {different}, not {wanted}"] if different else []
    return faults


def _fit(found: list[str], wanted: list[str]) -> bool:
    """Both in order; what is wanted may name alternatives, `call mom|call mum`."""
    pairs = zip(found, sorted(wanted), strict=False)
    return len(found) == len(wanted) and all(one in either.split("|") for one, either in pairs)


async def _list(assembly: Assembly, name: str, wanted: list[str]) -> list[str]:
    data = await _data(assembly, "lists.read", name=name)
    things = [str(thing).lower() for thing in data.get("things", [])]
    return [] if things == [thing.lower() for thing in wanted] else [f"on the list {name} is {things}, not {wanted}"]


async def _data(assembly: Assembly, tool: str, **arguments: str) -> JsonDict:
    """What a tool that reads tells, without saying it."""
    result = await assembly.host.run(ToolCall(tool=tool, arguments=dict(arguments)), lambda sentence: None)
    return result.data
