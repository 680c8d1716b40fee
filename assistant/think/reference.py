"""What "no, twelve minutes", "cancel it" and "turn it off again" refer to: the command just before. Pure.

correction     the last command once more, with one value of it replaced; what it did first is taken back
take it back   what the last command did is undone
it, that one   the thing that the last command named, put in its place
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from assistant.korean import reference as korean
from assistant.korean.dialogue import takes_back as korean_takes_back
from assistant.language import is_korean
from assistant.spoken import duration_ends, number_ends
from assistant.spoken_days import day_ends, repeat_ends
from assistant.spoken_time import time_ends
from assistant.think.normalize import normalize, spell
from assistant.types import ToolCall, ToolResult

STALE_S = 120.0
"""After two minutes nobody means the last command with "it" any more."""
MAX_WORDS = 12
"""A longer sentence is no correction of a value."""
MAX_NAME_WORDS = 3
_NO_NAME = frozenset([
    "thanks", "thank", "problem", "worries", "more", "way", "idea", "need", "you", "i", "it", "that", "this", "not",
    "do", "is", "was", "are", "what", "why", "how", "who", "when", "please", "okay", "stop", "never", "wait",
    "nothing", "no", "yes", "matter", "one", "luck", "good", "bad", "right", "so",
    "about", "too", "again", "really", "very", "sure", "also", "just", "well", "then", "now", "later", "here", "there",
])  # fmt: skip
"""With these words nobody names a thing: "no thanks", "no problem"."""

Match = Callable[[str], tuple[ToolCall, ...] | None]
"""The grammar."""

_STRONG = (
    r"(?:no|nope|sorry|oops|wrong|actually|rather|i (?:meant|mean|said|wanted)|make (?:it|that)|change (?:it|that) to"
    r"|it should (?:be|have been)|not that)"
)
_LEAD = re.compile(rf"^(?:wait |hold on |ah |oh )*{_STRONG}(?: {_STRONG})*(?: not .+? but)? (?P<rest>.+)$")
_TAIL = re.compile(r" (?:instead|rather|please|not .+)$")
_TAKE_BACK = frozenset([
    "cancel it", "cancel that", "cancel that one", "cancel it again", "undo", "undo it", "undo that", "take it back",
    "take that back", "scratch that", "scrap that", "no cancel it", "no cancel that", "no cancel", "delete it",
    "delete that", "remove it again", "remove it", "undo the last command", "and do that", "and do it",
])  # fmt: skip
"""The last two are how a recogniser writes "undo that" and "undo it"."""
_IT = re.compile(r"\b(?:it|that one|this one|them|that)\b")
_PARTED = re.compile(r"\b(turn|switch|shut|put|take|check|cross) (it|that|them) (off|on|up|down|out)\b")
"""Templates mostly have "turn off the light", people "turn it off"."""
_KOREAN_KINDS = {"timer": "타이머", "alarm": "알람", "reminder": "리마인더", "media": "음악", "lists": "목록"}
_READERS: Sequence[Callable[[Sequence[str]], Iterable[tuple[int, object]]]] = (
    duration_ends, repeat_ends, day_ends, time_ends, number_ends,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """The command before: its words, its calls, what came of them, and when (seconds of the wall clock).

    `is_latest`: nothing else was said since; then "cancel that" means it and not the answer that came in between.
    """

    text: str
    calls: tuple[ToolCall, ...]
    results: tuple[ToolResult, ...]
    at_s: float
    is_latest: bool = True

    def is_fresh(self, now_s: float) -> bool:
        return 0.0 <= now_s - self.at_s <= STALE_S


def takes_back(text: str) -> bool:
    """Does this whole sentence want what was just done to be undone?"""
    return korean_takes_back(text) if is_korean(text) else spell(text) in _TAKE_BACK


def corrected(last: Last, text: str, match: Match) -> tuple[str, tuple[ToolCall, ...]] | None:
    """The last command with the value that these words put in its place, as a sentence and as its call.

    None where they correct nothing: only the same tool with other arguments is a correction.
    """
    if is_korean(text):
        values = last.calls[0].arguments if len(last.calls) == 1 else {}
        return _only_other(last, korean.corrections(last.text, values, text), match)
    found = _LEAD.match(spell(text))
    if found is None or len(last.calls) != 1 or len(found["rest"].split()) > MAX_WORDS:
        return None
    rest = _TAIL.sub("", found["rest"])
    if match(rest) and [call.tool for call in match(rest) or ()] != [last.calls[0].tool]:
        return None  # "no, what time is it": another wish
    return _only_other(last, (rest, *_replaced(last, rest)), match)


def _only_other(last: Last, sentences: Iterable[str], match: Match) -> tuple[str, tuple[ToolCall, ...]] | None:
    """The first sentence that asks for the same tool with other arguments."""
    if len(last.calls) != 1:
        return None
    for sentence in sentences:
        calls = match(sentence) or ()
        if [call.tool for call in calls] == [last.calls[0].tool] and calls[0].arguments != last.calls[0].arguments:
            return sentence, calls
    return None


def resolved(last: Last, text: str, match: Match) -> tuple[ToolCall, ...] | None:
    """What a sentence with "it" means when that is what the last command named; None where it means nothing."""
    if is_korean(text):
        return _resolved_korean(last, text, match)
    plain = normalize(text)
    if _IT.search(plain) is None or len(plain.split()) > MAX_WORDS:
        return None
    once = plain.removesuffix(" again")
    for form in dict.fromkeys((plain, once, _PARTED.sub(r"\1 \3 \2", once))):
        for thing in _things(last):
            calls = match(_IT.sub(thing, form, count=1))
            if calls and all(_agrees(call, last) for call in calls):
                return calls
    return None


def _resolved_korean(last: Last, text: str, match: Match) -> tuple[ToolCall, ...] | None:
    """Korean leaves the thing out where it is known: after "turn on the kitchen light", "off" means that light."""
    things = [value for call in last.calls for value in call.arguments.values() if isinstance(value, str) and value]
    kinds = [_KOREAN_KINDS[kind] for call in last.calls if (kind := call.tool.partition(".")[0]) in _KOREAN_KINDS]
    named = [*things, *(f"{thing} {kind}" for thing in things for kind in kinds), *kinds]
    for sentence in korean.in_full(text, named):
        calls = match(sentence)
        if calls and all(_agrees(call, last) for call in calls):
            return calls
    return None


def _agrees(call: ToolCall, last: Last) -> bool:
    """It names nothing else than the last command did: of "add milk to the shopping list", "it" is no list of milk."""
    before = {name: value for one in last.calls for name, value in one.arguments.items()}
    return all(before.get(name, value) == value for name, value in call.arguments.items())


def _replaced(last: Last, rest: str) -> Iterator[str]:
    """The last sentence with a value of the same kind replaced by these words, the likeliest first."""
    words, new = normalize(last.text).split(), rest.split()
    for value in (new, new[1:] if new[0] in ("for", "at", "in", "to", "on") else []):
        for reader in _READERS:
            if value and any(size == len(value) for size, _ in reader(value)):
                for place, size in _spans(words, reader):
                    yield " ".join([*words[:place], *value, *words[place + size :]])
    if len(new) > MAX_NAME_WORDS or _NO_NAME & {*new}:
        return
    for said in (spell(value) for value in last.calls[0].arguments.values() if isinstance(value, str)):
        before, found, after = " ".join(words).partition(said)
        if found and len(said.split()) <= MAX_NAME_WORDS:
            yield f"{before}{rest}{after}"


def _spans(
    words: Sequence[str], reader: Callable[[Sequence[str]], Iterable[tuple[int, object]]]
) -> Iterator[tuple[int, int]]:
    """Where the words hold a value of a kind: (place, count of words), the longest at each place."""
    place = 0
    while place < len(words):
        size = max((size for size, _ in reader(words[place:])), default=0)
        if size:
            yield place, size
        place += max(size, 1)


def _things(last: Last) -> Iterator[str]:
    """Names for what the last command was about: "the kitchen light", "the pasta timer", "the timer"."""
    for call in last.calls:
        kind = call.tool.partition(".")[0].removesuffix("s")
        for value in (spell(value) for value in call.arguments.values() if isinstance(value, str) and value):
            yield f"the {value}"
            yield f"the {value} {kind}"
            yield value
        yield f"the {kind}"
