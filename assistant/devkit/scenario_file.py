"""Scenarios in YAML: conversations with what is expected of them, read strictly, each mistake with its line.

name: rain tomorrow
at: 2026-11-24 12:00              # scripted time at the beginning; a tool sees it as its now()
network: offline                  # or: scripted (the default), hangs, error, garbage, empty
http:                             # what services answer, by the beginning of the address
  - {url: "https://api.example.com/v1", json: {rain: true}, status: 200, takes_ms: 300}
turns:
  - user: will it rain tomorrow   # what is said
    advance: 2 hours              # scripted time that goes by before that
    send_after: 300               # ms after the words before, whose answer is interrupted if it still goes on
    expect:
      tool: weather.rain          # `none`: no tool runs
      arguments: {day: tomorrow}  # all of them
      speech: It will rain.       # word for word
      contains: [rain]            # each somewhere in the answer, upper or lower case
      absent: [sorry]             # none of them anywhere in the answer
      asks: false                 # whether an answer is waited for
      ok: true                    # whether the tools did what was asked
      within_ms: 500              # to the first word: scripted waiting and real work together
"""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from assistant.devkit.service import Canned, Mode
from assistant.errors import AssistantError
from assistant.spoken import duration_ends
from assistant.think.normalize import normalize
from assistant.types import JsonDict

MAX_SCENARIO_CHARS = 200_000
NO_TOOL = "none"


class ScenarioError(AssistantError):
    """A scenario cannot be read; `line` counts from 1."""

    code = "scenario"

    def __init__(self, sentence: str, line: int = 0) -> None:
        super().__init__(sentence)
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is expected of an answer; None where nothing is. `lines` says where each expectation stands."""

    tool: str | None = None
    arguments: JsonDict | None = None
    speech: str | None = None
    contains: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    asks: bool | None = None
    ok: bool | None = None
    within_ms: float | None = None
    lines: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioTurn:
    """`user` is empty where only time goes by. Times in seconds."""

    line: int
    user: str = ""
    advance_s: float = 0.0
    send_after_s: float | None = None
    expect: Expected = Expected()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    file: Path
    name: str
    at: dt.datetime | None
    network: Mode
    canned: tuple[Canned, ...]
    turns: tuple[ScenarioTurn, ...]


def read_scenario(file: Path) -> Scenario:
    """Raises: ScenarioError: it is no YAML, or holds what is not known."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ScenarioError("The scenario cannot be read.") from None
    if len(text) > MAX_SCENARIO_CHARS:
        raise ScenarioError("The scenario is far too long.")
    root = _Map(_composed(text))
    root.allow("name", "at", "network", "http", "turns")
    network = root.text("network", "scripted")
    if network not in get_args(Mode):
        raise ScenarioError(f"network is one of {', '.join(get_args(Mode))}.", root.line("network"))
    turns = tuple(_turn(_Map(node)) for node in root.items("turns"))
    if not turns:
        raise ScenarioError("A scenario needs turns.", root.line())
    if turns[0].send_after_s is not None:
        raise ScenarioError("The first turn has nothing to interrupt: take send_after out.", turns[0].line)
    return Scenario(
        file=file,
        name=root.text("name", file.stem),
        at=_moment(root),
        network=network,  # type: ignore[arg-type]
        canned=tuple(_canned(_Map(node)) for node in root.items("http")),
        turns=turns,
    )


def _turn(node: _Map) -> ScenarioTurn:
    node.allow("user", "advance", "send_after", "expect")
    expect = _expected(_Map(node.keys["expect"])) if "expect" in node.keys else Expected()
    turn = ScenarioTurn(
        line=node.line(),
        user=node.text("user", ""),
        advance_s=_seconds(node, "advance"),
        send_after_s=_ms(node, "send_after"),
        expect=expect,
    )
    if not turn.user and not turn.advance_s:
        raise ScenarioError("A turn needs words under `user`, or time under `advance`.", node.line())
    if not turn.user and expect.lines:
        raise ScenarioError("Where nobody speaks nothing can be expected.", node.line("expect"))
    return turn


def _expected(node: _Map) -> Expected:
    node.allow("tool", "arguments", "speech", "contains", "absent", "asks", "ok", "within_ms")
    arguments = node.plain("arguments") if "arguments" in node.keys else None
    if arguments is not None and not isinstance(arguments, dict):
        raise ScenarioError("arguments is a table of names and values.", node.line("arguments"))
    return Expected(
        tool=node.text("tool", "") or None,
        arguments=arguments,
        speech=node.text("speech", "") or None,
        contains=node.texts("contains"),
        absent=node.texts("absent"),
        asks=node.yes_no("asks"),
        ok=node.yes_no("ok"),
        within_ms=node.number("within_ms"),
        lines={key: node.line(key) for key in node.keys},
    )


def _canned(node: _Map) -> Canned:
    node.allow("url", "status", "text", "json", "takes_ms")
    if not node.text("url", "").startswith("https://"):
        raise ScenarioError("An answer of a service needs the beginning of its address: url: https://...", node.line())
    return Canned(
        url=node.text("url", ""),
        status=int(node.number("status") or 200),
        text=node.text("text", ""),
        json=node.plain("json") if "json" in node.keys else None,
        takes_s=(node.number("takes_ms") or 0.0) / 1000.0,
    )


def _moment(root: _Map) -> dt.datetime | None:
    text = root.text("at", "")
    if not text:
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ScenarioError(f"'{text}' is no moment; write 2026-11-24 12:00.", root.line("at")) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)


def _ms(node: _Map, key: str) -> float | None:
    given = node.number(key)
    return None if given is None else given / 1000.0


def _seconds(node: _Map, key: str) -> float:
    """A length of time in words, or seconds."""
    text = node.text(key, "")
    if not text:
        return 0.0
    if text.replace(".", "", 1).isdigit():
        return float(text)
    words = normalize(text).split()
    span = next((span for size, span in duration_ends(words) if size == len(words)), None)
    if span is None:
        raise ScenarioError(f"'{text}' is no length of time; write 2 hours, or seconds.", node.line(key))
    return float(3600 * span.hours + 60 * span.minutes + span.seconds)


def _composed(text: str) -> Any:
    yaml = importlib.import_module("yaml")
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 0
        raise ScenarioError(f"It is no YAML: {error.problem}.", line) from None
    except yaml.YAMLError:
        raise ScenarioError("It is no YAML.") from None
    if root is None:
        raise ScenarioError("The scenario is empty.")
    return root


class _Map:
    """A table of a YAML file that knows its lines."""

    def __init__(self, node: Any) -> None:
        self._node = node
        if node.id != "mapping":
            raise ScenarioError("Here a table of keys and values is needed.", node.start_mark.line + 1)
        self.keys: dict[str, Any] = {}
        for key, value in node.value:
            if key.value in self.keys:
                raise ScenarioError(f"The key '{key.value}' stands here twice.", key.start_mark.line + 1)
            self.keys[str(key.value)] = value
        self._lines = {str(key.value): key.start_mark.line + 1 for key, _ in node.value}

    def line(self, key: str = "") -> int:
        return int(self._lines.get(key, self._node.start_mark.line + 1))

    def allow(self, *known: str) -> None:
        """Raises: ScenarioError: a key that is not known."""
        for key in self.keys:
            if key not in known:
                near = get_close_matches(key, known, n=1)
                hint = f"Did you mean '{near[0]}'?" if near else f"Known are {', '.join(known)}."
                raise ScenarioError(f"The key '{key}' is not known. {hint}", self.line(key))

    def text(self, key: str, default: str) -> str:
        if key not in self.keys:
            return default
        if self.keys[key].id != "scalar":
            raise ScenarioError(f"{key} is a text.", self.line(key))
        return str(self.keys[key].value)

    def texts(self, key: str) -> tuple[str, ...]:
        """One text, or a list of them."""
        if key not in self.keys:
            return ()
        return tuple(_scalar(node, key) for node in _sequence(self.keys[key]))

    def items(self, key: str) -> Iterator[Any]:
        if key in self.keys:
            if self.keys[key].id != "sequence":
                raise ScenarioError(f"{key} is a list.", self.line(key))
            yield from self.keys[key].value

    def yes_no(self, key: str) -> bool | None:
        value = self.plain(key) if key in self.keys else None
        if value is not None and not isinstance(value, bool):
            raise ScenarioError(f"{key} is true or false.", self.line(key))
        return value

    def number(self, key: str) -> float | None:
        value = self.plain(key) if key in self.keys else None
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise ScenarioError(f"{key} is a number, not below zero.", self.line(key))
        return float(value)

    def plain(self, key: str) -> Any:
        """The value as plain data. Raises: ScenarioError: YAML cannot make it."""
        yaml = importlib.import_module("yaml")
        loader = yaml.SafeLoader("")
        try:
            return loader.construct_document(self.keys[key])
        except (yaml.YAMLError, ValueError):
            raise ScenarioError(f"The value of {key} cannot be read.", self.line(key)) from None


def _sequence(node: Any) -> Sequence[Any]:
    return node.value if node.id == "sequence" else [node]


def _scalar(node: Any, key: str) -> str:
    if node.id != "scalar":
        raise ScenarioError(f"{key} is a text or a list of texts.", node.start_mark.line + 1)
    return str(node.value)
