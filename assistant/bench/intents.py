"""Intents and slots: `assistant bench intents`, the grammar alone against Home Assistant's own test sentences.

Each file names a few things of a home. So that its areas and floors are not empty, each is given one device of every
kind, with a name that nobody says; what has no place stands where the case says that it is.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.assembly import Assembly
from assistant.bench.control import Progress
from assistant.bench.homes import model, part, read_yaml
from assistant.bench.measure import percentile
from assistant.config import load_config
from assistant.errors import UsageError
from assistant.events import EventBus
from assistant.language import Language
from assistant.paths import find_paths
from assistant.types import JsonDict, ToolCall

SETS = {"en": "text/ha_intents_en", "ko": "text/ha_intents_ko"}
HERE = "Own Room"
_FREE = ("domain", "device_class", "area", "floor")
"""Slots that a reading may hold without being asked for: what kind a thing is, and where it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Sentences that mean the same, with what they mean."""

    file: str
    sentences: tuple[str, ...]
    intent: str
    slots: JsonDict
    home: Any


def run_intents(data: Path, details: Path | None, progress: Progress, language: Language = "en") -> JsonDict:
    """The figures. Raises: UsageError: no such data."""
    listed, left_out = _cases(data / SETS[language])
    rows = asyncio.run(_run(listed, progress, language))
    if details is not None:
        details.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), encoding="utf-8")
    times = [row["ms"] for row in rows]
    wrong = Counter(str(row["intent"]) for row in rows if not row["right"])
    return {
        "suite": "intents",
        "language": language,
        "n": len(rows),
        "score": round(sum(row["right"] for row in rows) / max(1, len(rows)), 4),
        "not_ours": left_out,
        "wrong": dict(wrong),
        "p50_ms": round(percentile(times, 0.5), 1),
        "p95_ms": round(percentile(times, 0.95), 1),
    }


def _cases(folder: Path) -> tuple[list[Case], int]:
    """The cases of the intents that the skill serves, and how many sentences belong to others."""
    files = sorted(folder.glob("Hass*.yaml"))
    if not files:
        raise UsageError(f"There is no Hass*.yaml in {folder}.", fix="Give the evaluation data with --data.")
    served = part("intents").SHIPPED
    found: list[Case] = []
    others = 0
    for file in files:
        intent = file.name.partition("__")[0]
        described = read_yaml(file)
        for test in described["tests"]:
            if intent not in served:
                others += len(test["sentences"])
                continue
            slots = dict(test.get("slots") or {})
            home = _home(described, slots)
            sentences = tuple(test["sentences"])
            found.append(Case(file=file.name, sentences=sentences, intent=intent, slots=slots, home=home))
    return found, others


def _home(described: JsonDict, slots: Mapping[str, Any]) -> Any:
    kinds = model()
    floors = {
        _key(one["name"]): kinds.Floor(id=_key(one["name"]), name=one["name"]) for one in _all(described, "floors")
    }
    areas = {HERE: kinds.Area(id=HERE, name=HERE)}
    for one in _all(described, "areas"):
        floor = _key(one.get("floor") or "")
        if floor and floor not in floors:
            floors[floor] = kinds.Floor(id=floor, name=one["floor"])
        areas[_key(one["name"])] = kinds.Area(id=_key(one["name"]), name=one["name"], floor=floor)
    for floor in floors:
        areas[f"qq {floor}"] = kinds.Area(id=f"qq {floor}", name=f"Qq {floor}", floor=floor)
    place = _key(slots.get("area") or "") or (f"qq {_key(slots['floor'])}" if slots.get("floor") else "")
    entities = {}
    for one in _all(described, "entities"):
        key = f"{one['domain']}.{_key(one['name'])}"
        entities[key] = kinds.Entity(
            id=key,
            name=one["name"],
            area=_key(one.get("area") or "") or place,
            state=str(one.get("state", "unknown")),
            attributes=one.get("attributes") or {},
        )
    for one in _fill(list(areas), {entity.domain for entity in entities.values()}):
        entities.setdefault(one.id, one)
    return kinds.Home(floors=floors, areas=areas, entities=entities)


def _fill(areas: list[str], named: set[str]) -> Iterator[Any]:
    """One device of every kind in every area; of what is named in the file there is enough already."""
    kinds = model()
    for name, kind in part("kinds").KINDS.items():
        if kind.domain in ("todo", "scene", "script", "person") or (kind.domain == "vacuum" and "vacuum" in named):
            continue
        for area in areas:
            key = f"{kind.domain}.qq_{_key(name)}_{_key(area)}"
            attributes = {"device_class": kind.classes[0]} if kind.classes else {}
            yield kinds.Entity(
                id=key, name=f"Qq {len(key)} {name} {area} zz", area=area, state="on", attributes=attributes
            )


def _all(described: JsonDict, what: str) -> list[JsonDict]:
    return list(described.get(what) or ())


def _key(name: str) -> str:
    return name.lower().replace(" ", "_")


async def _run(listed: list[Case], progress: Progress, language: Language) -> list[JsonDict]:
    paths = find_paths()
    rows: list[JsonDict] = []
    with tempfile.TemporaryDirectory(prefix="intents-") as scratch:
        own = dataclasses.replace(paths, state=Path(scratch) / "state", config=Path(scratch) / "config")
        async with Assembly(load_config(None), own, EventBus()).running() as assembly:
            link = part("memory").MemoryHome(model().Home())
            assembly.context.settings = {"home": {"link": link, "area": HERE}}
            grammar = assembly.grammar
            for number, case in enumerate(listed, start=1):
                link.home = case.home
                await assembly.host.serve()
                grammar.match("turn on the light" if language == "en" else "불이 어쩐지 모르겠네")
                names = part("names").Names(case.home, HERE)
                for text in case.sentences:
                    started = time.perf_counter()
                    calls = grammar.match(text)
                    spent_ms = 1000.0 * (time.perf_counter() - started)
                    rows.append(_row(case, text, calls or (), names, spent_ms))
                progress("cases", number, len(listed))
    return rows


def _row(case: Case, text: str, calls: tuple[ToolCall, ...], names: Any, spent_ms: float) -> JsonDict:
    found: JsonDict = {}
    intent = ""
    if len(calls) == 1 and calls[0].tool.startswith("home."):
        intent, found = part("intents").as_intent(calls[0].tool.removeprefix("home."), calls[0].arguments, names)
    right = intent == case.intent and _same(found, case.slots)
    return {
        "file": case.file, "text": text, "intent": case.intent, "slots": case.slots, "got": intent, "found": found,
        "right": right, "ms": round(spent_ms, 2), "calls": [[call.tool, call.arguments] for call in calls],
    }  # fmt: skip


def _same(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Every slot that is wanted, with its value, and no other that means something of its own."""
    if any(_spelled(found.get(name)) != _spelled(value) for name, value in wanted.items()):
        return False
    extra = found.keys() - wanted.keys()
    return all(name in _FREE and (name not in ("area", "floor") or "name" in wanted) for name in extra)


def _spelled(value: object) -> str:
    try:
        return f"{float(str(value)):g}"
    except ValueError:
        return str(value).lower()
