"""What a `{slot}` of a template may hold: numbers, durations, times, sums, names, free text and a skill's lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from assistant.spoken import DURATION_WORDS, NUMBER_WORDS, duration_ends, is_number_word, json_number, number_ends
from assistant.spoken_days import DAY_WORDS, REPEAT_WORDS, day_ends, repeat_ends
from assistant.spoken_time import TIME_WORDS, time_ends
from assistant.think import arithmetic
from assistant.think.livelist import LiveList, plain
from assistant.think.normalize import as_said, spell
from assistant.types import JsonDict

Found = tuple[int, JsonDict]
"""(character where the value ends, the arguments that it gives)."""

Finder = Callable[[str, int, str], Iterable[Found]]
"""(normalised text, start, parameter) -> every reading."""

MAX_NAME_WORDS = 3
MAX_SMALL_WORDS = 4
"""Articles and the like that may stand in the phrase of a live list beside its own words."""
MAX_TEXT_WORDS = 12
MAX_SAID_WORDS = 40
_INSIDE_NAMES = frozenset(["and", "of", "the"])
"""Words that a name may hold but neither begin nor end with ("bread and butter")."""
_NOT_IN_NAMES = frozenset([
    "for", "at", "to", "in", "on", "from", "called", "named", "labeled", "labelled", "by", "is", "are", "was",
    "it", "that", "this", "there", "what", "which", "who", "how", "when", "why", "or", "not", "no", "my", "a",
    "an", "another", "second", "new", "timer", "timers", "alarm", "alarms", "minute", "minutes", "hour",
    "hours", "seconds",
])  # fmt: skip


class AsSaid(str):
    """Words that are taken as they were said: the grammar gives them back the commas of the original text."""

    __slots__ = ()


def find_number(text: str, start: int, parameter: str) -> Iterator[Found]:
    words = text[start:].split(" ")
    for size, value in number_ends(words):
        yield _end(words, size, start), {parameter: json_number(value)}


def find_duration(text: str, start: int, parameter: str) -> Iterator[Found]:
    """Fills the parameters `hours`, `minutes` and `seconds` with what is not zero."""
    words = text[start:].split(" ")
    for size, span in duration_ends(words):
        parts = {"hours": span.hours, "minutes": span.minutes, "seconds": span.seconds}
        yield _end(words, size, start), {unit: count for unit, count in parts.items() if count} or {"seconds": 0}


def find_expression(text: str, start: int, parameter: str) -> Iterator[Found]:
    words = text[start:].split(" ")
    for size, symbols in arithmetic.expression_ends(words):
        yield _end(words, size, start), {parameter: symbols}


def find_name(text: str, start: int, parameter: str) -> Iterator[Found]:
    """One to three words that could name a thing, no numbers and no words of the grammar."""
    words = text[start:].split(" ")
    for size in range(1, min(MAX_NAME_WORDS, len(words)) + 1):
        word = words[size - 1]
        if word in _INSIDE_NAMES and size > 1:
            continue
        if not _may_name(word) or word in _INSIDE_NAMES:
            return
        yield _end(words, size, start), {parameter: " ".join(words[:size])}


def find_text(text: str, start: int, parameter: str) -> Iterator[Found]:
    """One to twelve words of any kind ("call mom and ask for the recipe")."""
    words = text[start:].split(" ")
    for size in range(1, min(MAX_TEXT_WORDS, len(words)) + 1):
        if words[size - 1]:
            yield _end(words, size, start), {parameter: " ".join(words[:size])}


def find_words(text: str, start: int, parameter: str) -> Iterator[Found]:
    """One to forty words of any kind, as they were said ("milk, eggs and bread")."""
    words = text[start:].split(" ")
    for size in range(1, min(MAX_SAID_WORDS, len(words)) + 1):
        if words[size - 1]:
            yield _end(words, size, start), {parameter: AsSaid(" ".join(words[:size]))}


def told(arguments: JsonDict, text: str) -> JsonDict:
    """Arguments that were found in a text, with the words of the slot `words` as they stand there."""
    return {name: as_said(value, text) if isinstance(value, AsSaid) else value for name, value in arguments.items()}


def find_rest(text: str, start: int, parameter: str) -> Iterator[Found]:
    """All words to the end of the sentence, commands and "and" among them."""
    if text[start:]:
        yield len(text), {parameter: text[start:]}


def find_time(text: str, start: int, parameter: str) -> Iterator[Found]:
    """A time of day, written as `assistant.spoken_time.parse_time` reads it: "7:30 pm", or "7:30" for either."""
    words = text[start:].split(" ")
    for size, said in time_ends(words):
        yield _end(words, size, start), {parameter: str(said)}


def find_day(text: str, start: int, parameter: str) -> Iterator[Found]:
    """A day and perhaps a part of it, as it was said ("tomorrow evening"); `parse_day` reads it."""
    words = text[start:].split(" ")
    for size, _ in day_ends(words):
        yield _end(words, size, start), {parameter: " ".join(words[:size])}


def find_repeat(text: str, start: int, parameter: str) -> Iterator[Found]:
    """How often, as it was said ("every weekday"); `parse_repeat` reads it."""
    words = text[start:].split(" ")
    for size, _ in repeat_ends(words):
        yield _end(words, size, start), {parameter: " ".join(words[:size])}


def _may_name(word: str) -> bool:
    return word in _INSIDE_NAMES or (word.isalpha() and word not in _NOT_IN_NAMES and word not in NUMBER_WORDS)


class Slot(Protocol):
    """One kind of value."""

    def find(self, text: str, start: int, parameter: str) -> Iterable[Found]:
        """Every reading of a normalised text from `start`."""
        ...

    def is_open(self, rest: str) -> bool:
        """Whether more words could make the rest of a text, which is still spoken, a value of this kind."""
        ...


class Phrases:
    """A slot that takes only the phrases of a list and gives what they stand for; it follows a list that changes."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.phrases = values
        self._live = values if isinstance(values, LiveList) else None
        self._key = plain if self._live is not None else str
        self._revision = -1
        self._beginnings: set[str] | None = None
        if self._live is None:
            self._values: Mapping[str, str] = {spell(phrase): value for phrase, value in values.items()}
            self._longest = max((len(phrase.split()) for phrase in self._values), default=0)

    def _follow(self) -> None:
        """Take what a live list holds now."""
        if self._live is not None and self._live.revision != self._revision:
            self._revision, self._values, self._beginnings = self._live.revision, self._live.by_plain, None
            self._longest = self._live.longest + MAX_SMALL_WORDS if self._values else 0

    def find(self, text: str, start: int, parameter: str) -> Iterable[Found]:
        self._follow()
        words = text[start:].split(" ", self._longest)[: self._longest]
        for size in range(len(words), 0, -1):
            phrase = " ".join(words[:size])
            if (value := self._values.get(self._key(phrase))) is not None:
                yield start + len(phrase), {parameter: value}

    def is_open(self, rest: str) -> bool:
        self._follow()
        if self._beginnings is None:
            words = [phrase.split() for phrase in self._values]
            self._beginnings = {" ".join(phrase[:size]) for phrase in words for size in range(1, len(phrase))}
        return rest in self._beginnings or self._key(rest) in self._beginnings


@dataclass(frozen=True, slots=True)
class Typed:
    """A slot that reads words by a rule; it is open while `of_kind` holds for every one of at most `max_words`."""

    find: Finder
    of_kind: Callable[[str], bool]
    max_words: int = 40

    def is_open(self, rest: str) -> bool:
        words = rest.split(" ")
        return len(words) <= self.max_words and all(self.of_kind(word) for word in words)


TYPED: Mapping[str, Slot] = {
    "number": Typed(find_number, is_number_word),
    "duration": Typed(find_duration, lambda word: word in DURATION_WORDS or is_number_word(word)),
    "expression": Typed(find_expression, lambda word: word in arithmetic.WORDS or is_number_word(word)),
    "name": Typed(find_name, _may_name, max_words=0),
    "text": Typed(find_text, bool, max_words=0),
    "words": Typed(find_words, bool, max_words=0),
    "rest": Typed(find_rest, bool, max_words=0),
    "time": Typed(find_time, lambda word: word in TIME_WORDS or is_number_word(word)),
    "date": Typed(find_day, lambda word: word in DAY_WORDS or is_number_word(word)),
    "repeat": Typed(find_repeat, lambda word: word in REPEAT_WORDS or is_number_word(word)),
}
"""The kinds of slots that every template may use, beside the lists of its tool."""

FREE = (TYPED["name"], TYPED["text"], TYPED["words"])
"""Slots that nearly any word fits: a reading is the better the less it leaves to them."""

DURATION_PARAMETERS = ("hours", "minutes", "seconds")


def _end(words: list[str], size: int, start: int) -> int:
    return start + sum(len(word) for word in words[:size]) + size - 1
