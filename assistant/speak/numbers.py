"""Numbers in words, the American way: cardinals, ordinals, years and digit strings."""

from __future__ import annotations

import re
from functools import lru_cache

NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
"""Pattern source of an unsigned written number: 7, 3.5, .5, 10,000, 1,234.56."""

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_MAX_PLAIN_DIGITS = 15
"""A longer run of digits without separators is an identifier, which nobody wants as a quantity."""
_MAX_GROUPED_DIGITS = 36
_JOINERS = re.compile(r",| and\b")


def spell_digits(text: str) -> str:
    """Each ASCII digit of `text` as a word, everything else left out: "007" is "zero zero seven"."""
    return " ".join(_DIGITS[int(char)] for char in text if "0" <= char <= "9")


@lru_cache(maxsize=4096)
def _convert(value: int, to: str) -> str:
    # Imported here, not above: the library loads every language it knows, which takes about 0.15 s.
    from num2words import num2words

    return _JOINERS.sub("", str(num2words(value, to=to)))


def cardinal(digits: str) -> str:
    """A whole number without sign, commas allowed, in words; identifiers and leading zeros digit by digit."""
    plain = digits.replace(",", "")
    limit = _MAX_GROUPED_DIGITS if "," in digits else _MAX_PLAIN_DIGITS
    if len(plain) > limit or (len(plain) > 1 and plain[0] == "0"):
        return spell_digits(plain)
    return _convert(int(plain), "cardinal")


def ordinal(digits: str) -> str:
    """The ordinal of a whole number without sign: "23" is "twenty-third"."""
    plain = digits.replace(",", "")
    return spell_digits(plain) if len(plain) > _MAX_PLAIN_DIGITS else _convert(int(plain), "ordinal")


def number(digits: str) -> str:
    """An unsigned number that `NUMBER` matches, in words: "3.05" is "three point zero five"."""
    whole, point, decimals = digits.partition(".")
    words = [cardinal(whole)] if whole else []
    if point:
        words += ["point", spell_digits(decimals)]
    return " ".join(words)


def year(digits: str) -> str:
    """A year of four digits as people say it: "1905" is "nineteen oh five", "2026" is "twenty twenty-six"."""
    century, rest = divmod(int(digits), 100)
    if century % 10 == 0 and rest < 10:
        return cardinal(str(int(digits)))
    if rest == 0:
        return f"{cardinal(str(century))} hundred"
    return f"{cardinal(str(century))} {'oh ' if rest < 10 else ''}{cardinal(str(rest))}"


def plural(words: str) -> str:
    """The plural of number words as in "the nineteen sixties"."""
    return words[:-1] + "ies" if words.endswith("y") else words + ("es" if words.endswith("x") else "s")


def fraction(numerator: str, denominator: str) -> str:
    """Two short whole numbers as a fraction: "two thirds", "one half", or "seven over one hundred"."""
    top, bottom = int(numerator), int(denominator)
    if not 2 <= bottom <= 20 or top >= bottom * 10 or top == 0:
        return f"{cardinal(numerator)} over {cardinal(denominator)}"
    name = {2: "half", 4: "quarter"}.get(bottom, ordinal(denominator))
    if top > 1:
        name = "halves" if bottom == 2 else name + "s"
    return f"{cardinal(numerator)} {name}"
