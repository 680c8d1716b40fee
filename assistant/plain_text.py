"""Text from outside as plain words: no markup, nothing hidden, no addresses; pure.

It is data and stays data: whatever it asks for, it is only read out.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator

MAX_READ_CHARS = 20_000
"""Of a longer text only the beginning is looked at."""

_KEPT_SIGNS = "\n\t\u200c\u200d"
"""White space, and the two joiners that Indic and Arabic scripts need (they are removed between other letters)."""
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Letters and marks that show nothing."""
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_LATIN_JOINER = re.compile("(?<=[\x00-\u024f])[\u200c\u200d]+|[\u200c\u200d]+(?=[\x00-\u024f])|^[\u200c\u200d]+")
_TAG = re.compile(r"<!--.*?(?:-->|\Z)|<[!?][^<>]*>?|<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9]*)[^<>]*>?", re.DOTALL)
_HIDDEN = frozenset(["script", "style", "template", "noscript", "head", "title"])
_BLOCKS = frozenset(["br", "p", "div", "li", "td", "tr", "h1", "h2", "h3", "h4"])
_RULES = (
    (re.compile(r"!?\[([^\[\]]{0,200})\]\([^()\s]{0,500}\)"), r"\1"),
    (re.compile(r"\b(?:https?|ftp|file|data|javascript):\S+|\bwww\.\S+", re.IGNORECASE), " "),
    (
        re.compile(r"\b([\w-]{1,60})\.(com|org|net|io|dev|gov|edu|info)\b(?!\.\w)", re.I),
        r"\1 dot \2",
    ),
    (re.compile(r"[<>{}`|\\]|\*\*|__|^#{1,6} |^\s*[-*•] ", re.MULTILINE), " "),
    (re.compile(r"\d{13,}|(\d\.\d{4})\d+"), r"\1"),
    (re.compile(r"\s+"), " "),
    (re.compile(r" +(?=[,.;:!?])"), ""),
)
_ABBREVIATIONS = frozenset([
    "mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "no", "vs", "etc", "approx", "ca", "e.g", "i.e", "u.s", "u.k",
    "inc", "ltd", "co", "corp", "gen", "col", "sen", "rep", "gov", "capt", "lt", "vol", "fig", "b", "d", "born",
])  # fmt: skip
_END = re.compile(r"[.!?]+[\"')\]”’]*(?= +[\"'(\[“‘]*[A-Z0-9])")


def plain_text(text: str, max_chars: int = 2000) -> str:
    """The words of a text or of HTML on one line, at most `max_chars`: fit to be read aloud, and for a card.

    Gone: tags with scripts and styles, Markdown, addresses, control, zero-width, direction and tag characters,
    variation selectors, pictures. Look-alikes of full width become what they look like.
    """
    words = _seen(text[:MAX_READ_CHARS])
    words = _seen(html.unescape(_without_tags(words)))  # feeds hold HTML that is written as text
    words = _without_tags(words)
    for pattern, instead in _RULES:
        words = pattern.sub(instead, words)
    return shortened(words.strip(), max_chars)


def shortened(text: str, max_chars: int) -> str:
    """The text, cut at a word where it is too long."""
    if len(text) <= max_chars:
        return text
    return text[: max_chars + 1].rpartition(" ")[0][:max_chars].rstrip(" ,;:-") or text[:max_chars]


def first_sentences(text: str, count: int, max_chars: int = 400) -> str:
    """The first sentences of a plain text: as many as `count`, and no more than fit; one that is too long is cut."""
    kept = ""
    for number, sentence in enumerate(_sentences(text)):
        if number >= count or (kept and len(kept) + len(sentence) > max_chars):
            break
        kept = f"{kept} {sentence}".strip()
    if len(kept) > max_chars:
        return f"{shortened(kept, max_chars - 1).rstrip('.')}."
    return kept


def _sentences(text: str) -> Iterator[str]:
    start = 0
    for end in _END.finditer(text):
        last = re.findall(r"[\w.]+$", text[start : end.start()])
        word = last[0].lower() if last else ""
        if end[0].startswith(".") and (word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha())):
            continue
        yield text[start : end.end()].strip()
        start = end.end()
    if rest := text[start:].strip():
        yield rest


def _seen(text: str) -> str:
    """What a reader sees of the characters."""
    shown = _SELECTORS.sub("", "".join(_sign(sign) for sign in text))
    return unicodedata.normalize("NFC", _LATIN_JOINER.sub("", shown))


def _sign(sign: str) -> str:
    if sign in _KEPT_SIGNS or sign < "\x7f":
        return sign if sign >= " " or sign in _KEPT_SIGNS else " "
    kind = unicodedata.category(sign)
    if kind in ("Cc", "Zl", "Zp"):
        return " "
    if kind[0] == "C" or (kind == "So" and sign != "°") or sign in _BLANK_LETTERS:
        return ""
    return sign if kind == "No" else unicodedata.normalize("NFKC", sign)


def _without_tags(text: str) -> str:
    """What a page would show of it; the standard library's parser breaks off at some malformed tags."""
    shown: list[str] = []
    place, hidden = 0, ""
    for tag in _TAG.finditer(text):
        if not hidden:
            shown.append(text[place : tag.start()])
        place, name = tag.end(), (tag["name"] or "").lower()
        if tag["end"] and name == hidden:
            hidden = ""
        elif not hidden and not tag["end"] and name in _HIDDEN and not tag[0].endswith("/>"):
            hidden = name
        elif name in _BLOCKS:
            shown.append(" ")
    return "".join(shown) + ("" if hidden else text[place:])
