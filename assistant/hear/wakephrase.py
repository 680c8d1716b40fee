"""Cut the wake words from the front of a transcript, however the recogniser spelled them, and nothing else.

"OK, now boo set a timer" -> "set a timer", but "Okay, now boost the bass" -> "now boost the bass".
"""

from __future__ import annotations

import re

from assistant.korean.wake import strip_korean_wake
from assistant.language import Tongue, is_korean

_CALLS = frozenset({"okay", "ok", "kay", "okey", "hey", "hay", "o.k"})
"""Words that call: cut where a wake phrase begins with one, even when the recogniser lost the name after it."""
_WEAK_CALLS = frozenset({"a", "he", "hi", "heh", "eh", "oh", "uh", "and", "i", "of", "k", "the", "may", "we", "all"})
"""What a call may sound like when its beginning is missing: cut only together with the name."""

MAX_NAME_WORDS = 3
MAX_REPEATS = 3
TOLERANCE = 0.24
"""Allowed cost for each sound of the name, see `_cost`."""

_ALIKE = ({"b", "p", "v"}, {"n", "m"}, {"k", "g"}, {"s", "z", "x"}, {"t", "d"}, {"j", "q", "c"}, {"f", "v"}, {"r", "l"})
_VOWELS = "aeiouyhw"
_EDGE = re.compile(r"^[\s,.;:!?…\-–—'\"]+")
_WORD = re.compile(r"\S+\s*")


def wake_beginning(phrase: str, tongue: Tongue) -> str:
    """The words with which a sound after the wake word surely begins, for a recogniser that expects English alone.

    Told them only as what was said before, it takes more of what follows for other words, and more sounds have to be
    decoded again (`assistant bench after-wake` tells both).
    """
    return f"{phrase}," if tongue.expected == ("en",) else ""


def strip_wake(text: str, phrase: str) -> str:
    """`text` without the wake words it begins with; unchanged when it begins with something else.

    `phrase` is how the wake word is said: "Okay Nabu", "Alexa".
    """
    if is_korean(text):
        return _EDGE.sub("", strip_korean_wake(text, phrase))
    call, _, name = phrase.casefold().rpartition(" ")
    for _ in range(MAX_REPEATS):
        cut = _cut_once(text, call, _sounds(name))
        if cut is None:
            break
        text = cut
    first = _WORD.match(text)
    if call and first and _letters(first.group()) in _CALLS:
        text = text[first.end() :]
    return _EDGE.sub("", text)


def _cut_once(text: str, call: str, name: str) -> str | None:
    """Text behind the first call and name, or none when the name is not there."""
    words = list(_WORD.finditer(text))[: MAX_NAME_WORDS + 1]
    plain = [_letters(word.group()) for word in words]
    starts = [0]
    if call and plain and plain[0] in _CALLS | _WEAK_CALLS:
        starts.insert(0, 1)
    best: tuple[float, int] | None = None
    for start in starts:
        for end in range(start + 1, min(start + MAX_NAME_WORDS, len(words)) + 1):
            cost = _cost(_sounds("".join(plain[start:end])), name)
            if cost <= TOLERANCE * len(name) and (best is None or cost < best[0]):
                best = cost, words[end - 1].end()
    return None if best is None else text[best[1] :]


def _letters(word: str) -> str:
    return "".join(letter for letter in word.casefold() if letter.isalpha())


def _sounds(word: str) -> str:
    """A coarse spelling of how it sounds: every run of vowels is one `a`, doubled and silent letters are dropped."""
    word = word.replace("ph", "f").replace("ck", "k").replace("x", "ks").replace("qu", "kw")
    word = re.sub(r"^kn", "n", word).replace("c", "k")
    word = re.sub(f"[{_VOWELS}]+", "a", word)
    return re.sub(r"(.)\1+", r"\1", word)


def _cost(heard: str, name: str) -> float:
    """Weighted edit distance: like sounds and vowels cost half, and so does one consonant more at the end."""
    above = [0.0]
    for sound in name:
        above.append(above[-1] + _gap(sound))
    for index, left in enumerate(heard):
        row = [above[0] + _gap(left)]
        for position, right in enumerate(name):
            last = index == len(heard) - 1 and position == len(name) - 1
            extra = above[position + 1] + (0.5 if last else _gap(left))
            row.append(min(above[position] + _swap(left, right), row[-1] + _gap(right), extra))
        above = row
    return above[-1]


def _gap(sound: str) -> float:
    return 0.5 if sound == "a" else 1.0


def _swap(left: str, right: str) -> float:
    if left == right:
        return 0.0
    return 0.5 if any(left in group and right in group for group in _ALIKE) else 1.0
