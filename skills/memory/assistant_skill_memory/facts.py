"""What was told, turned around to be said back, found again by its words, and known for a secret: pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

MAX_FACT_CHARS = 300
_TURNED = {
    "my": "your", "your": "my", "i": "you", "me": "you", "mine": "yours", "yours": "mine", "myself": "yourself",
    "our": "your", "we": "you", "us": "you", "ours": "yours", "am": "are", "i'm": "you're", "i've": "you've",
    "i'll": "you'll", "i'd": "you'd", "we're": "you're", "we've": "you've",
}  # fmt: skip
_WAS = {"you": {"was": "were"}}
_SMALL = frozenset([
    "a", "an", "the", "my", "your", "our", "his", "her", "its", "is", "are", "was", "were", "am", "be", "to", "of",
    "in", "on", "at", "for", "and", "or", "that", "this", "it", "i", "you", "we", "me", "about", "do", "did", "does",
    "have", "has", "with", "again", "what", "where", "told",
])  # fmt: skip
_SECRET = re.compile(
    r"\b(?:pins?|pin ?codes?|pass ?words?|pass ?codes?|pass ?phrases?|codes?|combination|cvv|cvc|secrets?"
    r"|(?:credit|debit|bank) ?cards?|card numbers?|account numbers?|iban|social security|security numbers?"
    r"|(?:safe|locker|alarm|door|gate) (?:code|number))\b"
)
_DIGIT = r"(?:\d|\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)\b)"
_DIGITS = re.compile(rf"(?:{_DIGIT}[\s,.-]*){{4,}}")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def turned(said: str) -> str:
    """As it is said back: "my bike is in the cellar" is "your bike is in the cellar"."""
    words: list[str] = []
    for word in " ".join(said.split())[:MAX_FACT_CHARS].strip(" .!?").split():
        plain = word.lower().rstrip(",")
        before = words[-1] if words else ""
        new = _WAS.get(before, {}).get(plain) or _TURNED.get(plain)
        words.append(word if new is None else new + word[len(plain) :])
    return " ".join(words)


def is_secret(said: str) -> bool:
    """Does it look like a PIN, a password or a number that opens something? A year does not."""
    plain = said.lower()
    return _SECRET.search(plain) is not None or _DIGITS.search(_YEAR.sub(" ", plain)) is not None


def subject(fact: str) -> str:
    """What a fact is about, so that a new one takes the place of the old: "your locker code" of "... is 4711"."""
    head, link, _ = re.sub(r"\s+", " ", fact.lower()).partition(" is ")
    return head if link and head.startswith(("your ", "my ", "the ")) else ""


def find_facts(about: str, facts: Sequence[str]) -> list[str]:
    """The facts that hold every word that says something; none where nothing was said."""
    wanted = _words(about)
    return [fact for fact in facts if wanted and wanted <= _words(fact)]


def _words(text: str) -> frozenset[str]:
    found = (word for word in re.findall(r"[\w']+", text.lower()) if word not in _SMALL)
    return frozenset(re.sub(r"'s$|(?<=[a-z]{3})s$", "", word) for word in found)
