"""Written English into words that a speech synthesiser says as a person would; Korean has rules of its own."""

from __future__ import annotations

import re
import unicodedata
from re import Match

from assistant.korean.aloud import say_aloud
from assistant.language import is_korean
from assistant.speak.markup import clean_characters, strip_markup
from assistant.speak.moments import say_dates, say_times, say_years
from assistant.speak.quantities import say_identifiers, say_numbers, say_powers, say_quantities, say_ranges
from assistant.speak.written import expand_abbreviations, say_addresses

MAX_CHARS = 20_000
"""Longer text is cut at the end of a sentence: that is about twenty minutes of speech."""

_MAX_PASSES = 6
_DIGIT = re.compile(r"[0-9]")
_SENTENCE_END = re.compile(r"[.!?](?=\s)")

_SIGNS = {
    "&": " and ", "@": " at ", "+": " plus ", "×": " times ", "÷": " divided by ", "=": " equals ", "−": " minus ",
    "±": " plus or minus ", "≈": " is about ", "≤": " is at most ", "≥": " is at least ", "≠": " is not equal to ",
    "√": " the square root of ", "∞": " infinity ", "∑": " the sum of ", "∫": " the integral of ", "π": " pi ",
    "°": " degrees ", "%": " percent ", "‰": " per mille ", "Ω": " ohm ", "€": " euro ", "£": " pound ",
    "…": "... ", "。": ". ",
} | dict.fromkeys("—–→⇒|()[]{}•·、", ", ")  # fmt: skip
_SIGN = re.compile("[" + re.escape("".join(_SIGNS)) + "]")
_COMPARISON = re.compile(r"<=|>=|!=|==|->|=>")
_COMPARISONS = {"<=": "≤", ">=": "≥", "!=": "≠", "==": "=", "->": "→", "=>": "→"}
_LESS_MORE = re.compile(r"(?<=[\w)\s])\s?([<>])\s?(?=[\w(-])")
_ASTERISK = re.compile(r"(?<=[\d)])\s?\*\s?(?=[\d(])|(?<=[\da-z)]) \* (?=[\da-z(])")
_DOT_IN_NAME = re.compile(r"(?<=[A-Za-z0-9])\.(?=[a-z]{2,10}\b)")
_ABOUT = re.compile(r"(?<!\S)~\s?(?=[\d$€£])")
_SLASH_WORDS = re.compile(r"(?<=[a-z])/(?=[a-z])")
_AND_OR = re.compile(r"\band/or\b")
_DIVISION = re.compile(r"(?<=[\w)]) / (?=[\w(])|(?<=\d)/(?=\d)")
_SNAKE = re.compile(r"(?<=\w)_+(?=\w)")
_PLURAL_S = re.compile(r"(?<=\w)\((s|es)\)")
_MARKS = re.compile(r"[*_`~]+")

_DASH = re.compile(r"\s+-+\s+|--+|\s+-+$")
_LONE_MARK = re.compile(r"(?<![^\W\d_])['-]+|['-]+(?![^\W\d_])")
_STOPS = re.compile(r"\s*[.,;:?!]+(?:[\s.,;:?!]*[.,;:?!])?(?P<next>\s*\S?)")
_LEADING = re.compile(r"^[\s.,;:?!'-]+")


def normalize(text: str) -> str:
    """The words to say for a written reply: no digit, no markup, no control character, one line.

    Numbers, times, dates, units, money, addresses, Markdown and signs become words; emoji and tags vanish. Letters of
    any script stay. Never raises; a second pass changes nothing; at most `MAX_CHARS` characters, cut at a sentence. The
    result may be empty when nothing in the text can be said.
    """
    if is_korean(text):
        return _cut(say_aloud(text))
    words = _cut(text)
    for _ in range(_MAX_PASSES):
        before, words = words, _cut(_one_pass(words))
        if words == before:
            break
    return words


def _one_pass(text: str) -> str:
    text = strip_markup(clean_characters(text))
    text = say_addresses(text)
    text = expand_abbreviations(text)
    text = _prepare_signs(text)
    if _DIGIT.search(text):
        text = say_times(say_ranges(say_dates(say_identifiers(text))))
        text = say_numbers(say_years(say_quantities(text)))
    text = _SIGN.sub(lambda m: _SIGNS[m[0]], say_powers(_MARKS.sub("", text)))
    return _fold(text)


def _cut(text: str) -> str:
    """At most `MAX_CHARS` characters, up to the last sentence end, else the last space, before the limit."""
    if len(text) <= MAX_CHARS:
        return text
    text = text[:MAX_CHARS]
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    return text[: ends[-1]] if ends else text.rpartition(" ")[0] or text


def _prepare_signs(text: str) -> str:
    """Arithmetic and connecting signs that need their neighbours to be understood."""
    text = _COMPARISON.sub(lambda m: _COMPARISONS[m[0]], text)
    text = _LESS_MORE.sub(lambda m: " is less than " if m[1] == "<" else " is greater than ", text)
    text = _ASTERISK.sub(" × ", text)
    text = _DOT_IN_NAME.sub(" dot ", text)
    text = _ABOUT.sub("about ", text)
    text = _PLURAL_S.sub(r"\1", text)
    text = _SNAKE.sub(" ", _AND_OR.sub("and or", text))
    return text.replace("^−", "^-").replace("−", " minus ")


def _fold(text: str) -> str:
    """Only letters, single stops, inner hyphens and apostrophes, single spaces."""
    text = _DIVISION.sub(" over ", text)
    text = _SLASH_WORDS.sub(" or ", text)
    text = "".join(char if char.isalpha() or char in " .,;:?!'-" else _replace(char) for char in text)
    text = " ".join(text.split())
    text = _DASH.sub(", ", text)
    text = _LONE_MARK.sub(" ", text)
    text = _STOPS.sub(_fold_stops, text)
    return " ".join(_LEADING.sub("", text).split()).rstrip(",;: ")


def _replace(char: str) -> str:
    """Combining marks belong to letters of many scripts; anything else is a gap between words."""
    return char if unicodedata.category(char) in ("Mn", "Mc") else " "


def _fold_stops(match: Match[str]) -> str:
    stops, following = match[0], match["next"]
    body = stops[: len(stops) - len(following)]
    ellipsis = ".." in body and following.strip().islower()
    stop = next((s for s in "?!.;:," if s in body), ",")
    return ("," if ellipsis else stop) + " " + following.strip()
