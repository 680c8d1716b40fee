"""What is written to be seen and not said: control characters, Markdown, LaTeX, tags, special tokens, emoji."""

from __future__ import annotations

import re
import unicodedata
from re import Match

CODE_OMITTED = "code omitted."
"""Said in place of a block of code of several lines, which nobody can follow by ear."""

_NO_BREAK = re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))")
_SUPERSCRIPT = re.compile(r"(?<=[\w)])[⁺⁻]?[⁰¹²³⁴-⁹]+")
_SUPERSCRIPT_DIGITS = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")
_VULGAR = re.compile(r"(\d?)\s?([¼-¾⅐-⅞])")
_INVISIBLE = re.compile(r"[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\u20e3]+")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]+")
_MARKS = str.maketrans({"™": " ", "®": " ", "©": " ", "‘": "'", "’": "'", "“": '"', "”": '"', "º": "°", "№": "No."})
_ODD_DIGIT = re.compile(r"(?![0-9])\d")

_SPECIAL = re.compile(
    r"<\|im_start\|>\s*(?:system|user|assistant|tool)\b|<\|[^<>|\n]{0,60}\|>|\[/?(?:INST|SYS)\]|</?s>"
)
_TAG = re.compile(r"</?[A-Za-z][\w:.-]{0,40}(?:\s+[A-Za-z@:][^<>\n]{0,300})?\s?/?>|<!--[^<>]{0,300}-->")
_ENTITY = re.compile(r"&(amp|lt|gt|quot|nbsp|#39|apos);")
_ENTITIES = {"amp": "&", "lt": " < ", "gt": " > ", "quot": '"', "nbsp": " ", "#39": "'", "apos": "'"}

_FENCE = re.compile(
    r"(?:```|~~~)[ \t]*(?P<language>[\w+#.-]{0,20}[ \t]*\n)?(?P<code>(?:(?!```|~~~).)*)(?:```|~~~|\Z)", re.DOTALL
)
_IMAGE_OR_LINK = re.compile(
    r"!?\[([^\[\]\n]{0,300})\](?:\([^()\n]{0,500}(?:\([^()\n]{0,200}\)[^()\n]{0,200})?\)|\[[^\[\]\n]{0,100}\])"
)
_FOOTNOTE = re.compile(r"\[\^[^\]\n]{1,20}\]:?")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]{1,500})>")
_RULE_LINE = re.compile(r"^[ \t]*(?:[-*_=][ \t]*){3,}$|^(?=[^\n]*--)[ \t|:-]+$", re.MULTILINE)
_TABLE_ROW = re.compile(r"^[ \t]*\|(.*)\|[ \t]*$", re.MULTILINE)
_HEADING = re.compile(r"^[ \t]{0,3}#{1,6}[ \t]+(.*?)[ \t#]*$", re.MULTILINE)
_QUOTE = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)
_TASK = re.compile(r"^([ \t]*[-*+][ \t]+)\[[ xX]\][ \t]+", re.MULTILINE)
_BULLET = re.compile(r"^[ \t]*[-*+•‣◦▪–][ \t]+", re.MULTILINE)
_NUMBERED = re.compile(r"^[ \t]*(\d{1,2})[.)][ \t]+(?=\S)", re.MULTILINE)
_LINE_END = re.compile(r"(?P<end>[.!?:;,…]?)(?P<closing>[*_\"')\]]{0,8})[ \t]{0,200}(?P<breaks>\n[ \t\n]*)(?P<next>.?)")
_ITEM = "\x1e"
"""Marks the start of a list item or heading, so that the line before it ends as a sentence does."""

_LATEX_WORDS = {
    "times": "×", "cdot": "×", "div": "÷", "pm": "±", "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥", "neq": "≠",
    "ne": "≠", "approx": "≈", "infty": "∞", "to": "→", "rightarrow": "→", "degree": "°", "circ": "°",
    "left": "", "right": "", "quad": " ", "ldots": "...", "dots": "...", "sum": "the sum of", "int": "the integral of",
}  # fmt: skip
_LATEX_FRACTION = re.compile(r"\\[dt]?frac\s?\{([^{}]{1,80})\}\s?\{([^{}]{1,80})\}")
_LATEX_ROOT = re.compile(r"\\sqrt\s?\{([^{}]{1,80})\}")
_LATEX_TEXT = re.compile(r"\\(?:text|mathrm|mathbf|boxed|textbf|textit|emph)\s?\{([^{}]{0,200})\}")
_LATEX_COMMAND = re.compile(r"\\([A-Za-z]{2,20})(?![A-Za-z])")
_LATEX_SPAN = re.compile(
    r"\\[()\[\]]|\$\$|(?<![\w$])\$(?=[^\s$\d][^$\n]{0,200}\$)|(?<=[\w)}])\$(?![\w$])|\\(?=[$%&#_{}])"
)


def clean_characters(text: str) -> str:
    """Fold look-alike characters into plain ones and drop those that nobody sees; line breaks become "\\n"."""
    if text.isascii():
        return _CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _NO_BREAK.sub(",", text)
    text = _SUPERSCRIPT.sub(lambda m: "^" + m[0].translate(_SUPERSCRIPT_DIGITS), text)
    text = _VULGAR.sub(_vulgar, _INVISIBLE.sub("", text.translate(_MARKS)))
    text = unicodedata.normalize("NFKC", text).replace("\u2044", "/").replace("\u2028", "\n").replace("\u2029", "\n")
    text = _ODD_DIGIT.sub(lambda m: str(unicodedata.digit(m[0])), text)
    return _CONTROL.sub(" ", _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def strip_markup(text: str) -> str:
    """Leave only what is to be said; the ends of lines, items and headings become sentence ends."""
    text = _TAG.sub(" ", _AUTOLINK.sub(r"\1", _SPECIAL.sub(" ", text)))
    text = _FENCE.sub(_code, text)
    text = _ENTITY.sub(lambda m: _ENTITIES[m[1]], text)
    text = _FOOTNOTE.sub("", _IMAGE_OR_LINK.sub(r"\1", text))
    text = _latex(text) if "\\" in text or "$" in text else text
    return _strip_lines(text)


def _vulgar(match: Match[str]) -> str:
    top, _, bottom = unicodedata.normalize("NFKC", match[2]).partition("\u2044")
    return f"{match[1]} {top}/{bottom}"


def _code(match: Match[str]) -> str:
    code = match["code"].strip()
    return f"\n{code}\n" if "\n" not in code and len(code) <= 80 else f"\n{CODE_OMITTED}\n"


def _latex(text: str) -> str:
    text = _LATEX_TEXT.sub(r"\1", text)
    text = _LATEX_FRACTION.sub(r"\1 / \2", text)
    text = _LATEX_ROOT.sub(r"√\1", text)
    text = _LATEX_COMMAND.sub(lambda m: f" {_LATEX_WORDS.get(m[1], m[1])} ", text)
    return _LATEX_SPAN.sub("", text)


def _strip_lines(text: str) -> str:
    text = text.strip()
    text = _RULE_LINE.sub("", text)
    text = _TABLE_ROW.sub(lambda m: _ITEM + ", ".join(cell.strip() for cell in m[1].split("|") if cell.strip()), text)
    text = _HEADING.sub(_ITEM + r"\1\n" + _ITEM, text)
    text = _QUOTE.sub("", text)
    text = _TASK.sub(r"\1", text)
    text = _NUMBERED.sub(_ITEM + r"\1, ", text)
    text = _BULLET.sub(_ITEM, text)
    return _LINE_END.sub(_join_lines, text).replace(_ITEM, " ")


def _join_lines(match: Match[str]) -> str:
    """End a line as a sentence where a new one begins: after a blank line, before an item or a capital letter."""
    following = match["next"]
    if match["end"] or not following:
        stop = match["end"]
    else:
        new = match["breaks"].count("\n") > 1 or following == _ITEM or following.isupper() or following in "*_\"'`"
        stop = "." if new else ""
    return f"{match['closing']}{stop} {following}" if match["closing"] else f"{stop} {following}"
