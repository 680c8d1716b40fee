"""How words sound, roughly: a key with one sign a sound, so that what a recogniser mixes up has keys that are near.

The keys are compared with each other only. They need not be right, they must be alike for spellings of like sound: the
judge of what was said is the recogniser, which weighs the sentences that are found with them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from assistant.spoken import say_number

_WORDS = {
    "the": "TU",
    "we": "wi",
    "me": "mi",
    "he": "hi",
    "she": "Si",
    "be": "bi",
    "one": "wun",
    "once": "wuns",
    "two": "tu",
    "eye": "I",
    "of": "ov",
    "ounce": "9ns",
    "oz": "9nsiz",
    "hour": "9r",
}
"""Frequent words that no rule of spelling reads."""

_RULES = tuple(
    (re.compile(pattern), sounds)
    for pattern, sounds in (
        (r"[ts]ion", "Sn"), (r"eigh", "A"), (r"igh", "I"), (r"[ao]ugh", "o"), (r"ould", "ud"), (r"tch|ch|cci", "C"),
        (r"sh", "S"), (r"th", "T"), (r"ph", "f"), (r"^kn", "n"), (r"^wr", "r"), (r"wh", "w"), (r"ck", "k"),
        (r"qu", "kw"), (r"x", "ks"), (r"dge?|ge$|j", "J"), (r"ng", "N"), (r"sc(?=[eiy])", "s"), (r"c(?=[eiy])", "s"),
        (r"c", "k"), (r"gh", ""), (r"mb$", "m"), (r"ee|ea|ie|ei|ey", "i"), (r"oo|ew|ue", "u"), (r"ai|ay", "A"),
        (r"oa|ow", "o"), (r"ou", "9"), (r"au|aw", "o"), (r"oi|oy", "oi"), (r"y(?=[aeou])", "y"), (r"y", "i"),
        (r"le$", "l"), (r"er$|re$|or$|ar$", "r"), (r"(?<=[^aeiou])e$", ""),
    )
)  # fmt: skip
"""Tried in this order at each place of an English word; a letter that none takes stands for itself."""

_ALIKE = str.maketrans(
    {
        **dict.fromkeys("b", "p"), **dict.fromkeys("dT", "t"), **dict.fromkeys("g", "k"), **dict.fromkeys("v", "f"),
        **dict.fromkeys("zSCJ", "s"), **dict.fromkeys("mN", "n"), **dict.fromkeys("eioAIOU9u", "a"), "y": "a", "h": "",
    }
)  # fmt: skip
_HANGUL_ALIKE = dict(
    zip(
        (0x1101, 0x110F, 0x1104, 0x1110, 0x1108, 0x1111, 0x110A, 0x110D, 0x110E, 0x1162, 0x1164, 0x116B, 0x116C),
        (0x1100, 0x1100, 0x1103, 0x1103, 0x1107, 0x1107, 0x1109, 0x110C, 0x110C, 0x1166, 0x1168, 0x1170, 0x1170),
        strict=True,
    )
)
"""Tense and aspirated consonants by the plain one, and vowels that most speakers of Korean do not tell apart."""


def sounds_of(text: str) -> str:
    """The key of a spelled text (see `normalize.spell`); words are not parted, since one hears no spaces."""
    return "".join(_key(word) for word in text.split())


def alike(key: str) -> str:
    """A key in which sounds that are easily mixed up are the same: "p" and "b", all vowels, "m" and "n"."""
    return key.translate(_ALIKE).translate(_HANGUL_ALIKE)


def difference(heard: str, said: str) -> float:
    """The share of the sounds of a heard text in which another differs; more than 1 where that one is longer."""
    one, other = sounds_of(heard), sounds_of(said)
    fine, rough = Levenshtein.distance(one, other), Levenshtein.distance(alike(one), alike(other))
    return (fine + rough) / 2 / max(len(one), 1)


@lru_cache(maxsize=20_000)
def _key(word: str) -> str:
    if word in _WORDS:
        return _WORDS[word]
    if word.isdecimal() and len(word) <= 3:
        hundreds, rest = divmod(int(word), 100)
        said = f"{say_number(hundreds)} hundred " if hundreds else ""
        return sounds_of(said + (say_number(rest).replace("-", " ") if rest or not hundreds else ""))
    if not word.isascii():
        return unicodedata.normalize("NFD", word)
    found: list[str] = []
    place = 0
    while place < len(word):
        for pattern, sounds in _RULES:
            if match := pattern.match(word, place):
                found.append(sounds)
                place = match.end()
                break
        else:
            found.append(word[place])
            place += 1
    return re.sub(r"(.)\1+", r"\1", "".join(found))
