"""What a skill asks and how an answer is read: text, number, duration, time of day, yes or no, one of a list."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Awaitable, Callable, Sequence
from difflib import get_close_matches
from typing import Any

from assistant.errors import SkillError
from assistant.korean import answers as korean
from assistant.korean.told import in_korean
from assistant.language import is_korean, speaking
from assistant.skill import Slot
from assistant.spoken import duration_ends, json_number, parse_number, say_list
from assistant.spoken_time import parse_time
from assistant.think.dialogue import answer_of
from assistant.think.normalize import normalize

MAX_ANSWER_CHARS = 400

Kind = Slot | Sequence[str]
AskOnce = Callable[[str], Awaitable[str]]
Validate = Callable[[Any], str | None]

_WANTED = {
    "text": "Sorry, I did not get that.",
    "command": "Sorry, I did not get that.",
    "number": "I need a number.",
    "duration": "I need a length of time, such as ten minutes.",
    "time": "I need a time of day, such as half past seven.",
    "yes_no": "Please say yes or no.",
}
_LEAD = ("it is", "it should be", "i would say", "i said", "make it", "about", "at", "for", "in", "the", "a", "an")


async def ask_twice(ask_once: AskOnce, question: str, slot: Kind, validate: Validate | None = None) -> Any:
    """The value that the person gives; what does not fit is asked for once more.

    Raises:
        SkillError: the second answer does not fit either, or whatever `ask_once` raises.
    """
    words = question
    for _ in range(2):
        value = read_answer(slot, await ask_once(words))
        problem = wanted(slot) if value is None else validate(value) if validate is not None else None
        if not problem:
            return value
        words = f"{in_korean(problem) if speaking() == 'ko' else problem} {question}"
    raise SkillError("Sorry, I did not understand that. Let's leave it.")


def read_answer(slot: Kind, text: str) -> Any:
    """The value of a slot in these words; None when they hold none."""
    text = text.strip()[:MAX_ANSWER_CHARS]
    if not any(sign.isalnum() for sign in text):
        return None
    if slot in ("text", "command"):
        return text.strip(" .!?,")
    if slot == "yes_no":
        return answer_of(text)
    if is_korean(text):
        return _korean(slot, text)
    if not isinstance(slot, str):
        return _choice(text, slot)
    words = _words(text)
    if slot == "number":
        value = parse_number(words)
        return None if value is None else json_number(value)
    if slot == "duration":
        return next((span for size, span in duration_ends(words) if size == len(words)), None)
    said = parse_time(" ".join(words))
    return None if said is None else dt.time(said.hour, said.minute)


def _korean(slot: Kind, text: str) -> Any:
    if not isinstance(slot, str):
        return korean.choice(text, slot)
    if slot == "number":
        value = korean.number(text)
        return None if value is None else json_number(value)
    return korean.duration(text) if slot == "duration" else korean.time(text)


def fits(slot: Kind, text: str) -> bool:
    """Do these words fill the slot, whatever else they may mean? Any words are a text, so nothing fits that surely."""
    return slot != "text" and read_answer(slot, text) is not None


def wanted(slot: Kind) -> str:
    """What to tell somebody whose answer did not fit."""
    if isinstance(slot, str):
        return _WANTED[slot]
    return f"You can say {say_list([str(choice) for choice in slot][:6], 'or')}."


def _words(text: str) -> list[str]:
    """Normalised words without what people put before a value ("at", "it should be")."""
    plain = normalize(re.sub(r"(\d):(\d\d)", r"\1 \2", re.sub(r"\b([ap])\.?\s?m\b\.?", r"\1m", text.lower())))
    cut = True
    while cut:
        cut = False
        for lead in _LEAD:
            if plain.startswith(f"{lead} ") and parse_number([lead, *plain.split()[1:]]) is None:
                plain, cut = plain.removeprefix(f"{lead} "), True
    return plain.split()


def _choice(text: str, choices: Sequence[str]) -> str | None:
    """The one choice that was named, as the skill spells it; also "the first one", and what was slightly misheard."""
    plain = normalize(text)
    by_words = {normalize(choice): choice for choice in choices}
    if plain in by_words:
        return by_words[plain]
    named = [choice for words, choice in by_words.items() if words and re.search(rf"\b{re.escape(words)}\b", plain)]
    if len(named) == 1:
        return named[0]
    for place, ordinal in enumerate(("first", "second", "third", "fourth")[: len(choices)]):
        if plain in (ordinal, f"the {ordinal}", f"the {ordinal} one"):
            return choices[place]
    close = get_close_matches(plain, by_words, n=1, cutoff=0.8)
    return by_words[close[0]] if close and not named else None
