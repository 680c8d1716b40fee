"""What a `{slot}` of a Korean template may hold, in a text without spaces; the values are those of English slots."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from assistant.korean.days import day_ends, repeat_ends
from assistant.korean.numbers import number_ends
from assistant.korean.sentence import as_said, joined, plain
from assistant.korean.sums import expression_ends
from assistant.korean.times import duration_ends, time_ends
from assistant.spoken import json_number
from assistant.think.livelist import LiveList
from assistant.think.slots import AsSaid, Found, Slot
from assistant.types import JsonDict

_OPEN_CHARS = 12
"""Characters at the end of an unfinished text that may still grow into a number or a time."""
MAX_CHARS = {"name": 20, "text": 60, "words": 160}
_REPORTED = ("라고", "다고", "는거", "는것", "하기", "먹기", "가기", "보내기", "할것")
_NOT_NAMES = ("타이머", "알람", "목록", "리스트")
"""Words that a name does not hold: they are those of the templates."""


def find_number(text: str, start: int, parameter: str) -> Iterator[Found]:
    for end, value in number_ends(text, start):
        yield end, {parameter: json_number(value)}


def find_duration(text: str, start: int, parameter: str) -> Iterator[Found]:
    """Fills the parameters `hours`, `minutes` and `seconds` with what is not zero."""
    for end, span in duration_ends(text, start):
        parts = {"hours": span.hours, "minutes": span.minutes, "seconds": span.seconds}
        yield end, {unit: count for unit, count in parts.items() if count} or {"seconds": 0}


def find_expression(text: str, start: int, parameter: str) -> Iterator[Found]:
    for end, symbols in expression_ends(text, start):
        yield end, {parameter: symbols}


def find_time(text: str, start: int, parameter: str) -> Iterator[Found]:
    for end, said in time_ends(text, start):
        yield end, {parameter: str(said)}


def find_day(text: str, start: int, parameter: str) -> Iterator[Found]:
    for end, day in day_ends(text, start):
        yield end, {parameter: day}


def find_repeat(text: str, start: int, parameter: str) -> Iterator[Found]:
    for end, repeat in repeat_ends(text, start):
        yield end, {parameter: repeat}


def find_rest(text: str, start: int, parameter: str) -> Iterator[Found]:
    if text[start:]:
        yield len(text), {parameter: AsSaid(text[start:])}


def find_wish(text: str, start: int, parameter: str) -> Iterator[Found]:
    """Reported words: what somebody is to do, or that something is; they end with "라고", "다고", "는 거", "하기"."""
    for end in range(start + 2, min(len(text), start + MAX_CHARS["text"]) + 1):
        if text.endswith(_REPORTED, start, end):
            yield end, {parameter: AsSaid(text[start:end])}


def _free(longest: int, forbidden: tuple[str, ...] = ()) -> Callable[[str, int, str], Iterator[Found]]:
    def find(text: str, start: int, parameter: str) -> Iterator[Found]:
        for end in range(start + 1, min(len(text), start + longest) + 1):
            if any(text.startswith(word, end - len(word)) for word in forbidden if end - len(word) >= start):
                return
            yield end, {parameter: AsSaid(text[start:end])}

    return find


class Phrases:
    """A slot that takes only the phrases of a list and gives what they stand for; it follows a list that changes."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._source = values
        self._revision = -2
        self._values: dict[str, str] = {}
        self._beginnings: set[str] | None = None
        self._longest = 0

    def _follow(self) -> None:
        revision = self._source.revision if isinstance(self._source, LiveList) else -1
        if revision != self._revision:
            self._revision, self._beginnings = revision, None
            self._values = {key: value for phrase, value in self._source.items() if (key := _spaceless(phrase))}
            if revision < 0:  # phrases of our own are compared like sentences: "안녕하세요" without its politeness too
                self._values = {**{plain(key): value for key, value in self._values.items()}, **self._values}
            self._longest = max(map(len, self._values), default=0)

    def find(self, text: str, start: int, parameter: str) -> Iterable[Found]:
        self._follow()
        for end in range(min(len(text), start + self._longest), start, -1):
            if (value := self._values.get(text[start:end])) is not None:
                yield end, {parameter: value}

    def is_open(self, rest: str) -> bool:
        self._follow()
        if self._beginnings is None:
            self._beginnings = {phrase[:size] for phrase in self._values for size in range(1, len(phrase))}
        return rest in self._beginnings


def _spaceless(phrase: str) -> str:
    return joined(phrase) if not phrase.isalnum() or not phrase.islower() else phrase


@dataclass(frozen=True, slots=True)
class Typed:
    """A slot that reads by a rule; `grows`: a few more letters at the end may make it a value."""

    find: Callable[[str, int, str], Iterable[Found]]
    grows: bool = True

    def is_open(self, rest: str) -> bool:
        if not self.grows or len(rest) > _OPEN_CHARS:
            return False
        return any(end == len(rest) for end, _ in number_ends(rest)) or any(
            end == len(rest) for end, _ in self.find(rest, 0, "x")
        )


TYPED: Mapping[str, Slot] = {
    "number": Typed(find_number),
    "duration": Typed(find_duration),
    "expression": Typed(find_expression),
    "name": Typed(_free(MAX_CHARS["name"], _NOT_NAMES), grows=False),
    "text": Typed(_free(MAX_CHARS["text"]), grows=False),
    "wish": Typed(find_wish, grows=False),
    "words": Typed(_free(MAX_CHARS["words"]), grows=False),
    "rest": Typed(find_rest, grows=False),
    "time": Typed(find_time),
    "date": Typed(find_day),
    "repeat": Typed(find_repeat),
}
FREE = (TYPED["name"], TYPED["text"], TYPED["words"], TYPED["wish"])


def told(arguments: JsonDict, text: str) -> JsonDict:
    """Arguments that were found in a text, with free words as they stand there, spaces and all."""
    return {name: as_said(value, text) if isinstance(value, AsSaid) else value for name, value in arguments.items()}


def quoted(arguments: JsonDict, text: str) -> JsonDict:
    """Arguments of which those that are pieces of the normalised text are marked for `told`."""
    return {
        name: AsSaid(value) if isinstance(value, str) and value in text else value for name, value in arguments.items()
    }
