"""Lets a language model's prose through as it is written, up to the first clause that claims a deed.

words -> released at once | held from a word that may begin a claim to the end of its clause -> judged
                                                                    claim -> nothing more is let through
"""

from __future__ import annotations

import re
from collections.abc import Callable

from assistant.korean.told import in_korean
from assistant.language import is_korean
from assistant.think.claims import Asked, affirmed, agrees, claims

CANNOT = "I can't do that."
UNKNOWN = "I don't know that."
UNCLEAR = "I can't do that, or I misheard it. Please say it another way."
REMEMBER = "I don't keep that by myself. Say: remember that, and then what I shall keep."
BLOCKED_CLAIM = "blocked:claim"
"""The error code of prose that was not spoken because it claimed a deed, as it stands in the record of the turn."""

_END = re.compile(r"(?<=[^\W\d])[,;:](?=\s)|(?<!\d)[,;:](?=\s)|[.!?…]+[\"”')\]]*(?=\s)|\s[–—-](?=\s)|—|\n")
_SENTENCE_END = re.compile(r"[.!?…][\"”')\]]*\s*$|\n\s*$")
_OPEN_END = re.compile(
    r"\b(?:i|i've|i have|i'll|i will|i'm|i am|is|are|has|have|been|let me)(?:, as [\w' ]{3,24})?,$", re.IGNORECASE
)
"""A comma after these parts nothing: "I have, as you wished, turned it on"."""
_BEGINS = re.compile(r"(?<![\w'])(?:i|i['’]\w*|let|your?|you['’]\w*)(?![\w'’])", re.IGNORECASE)
"""Words that may begin a claim after any question."""
_BEGINNINGS = ("i", "i'", "i'v", "i'l", "let", "le", "l", "y", "yo", "you", "your", "you'")
_HELD: tuple[Asked, ...] = ("wish", "state")
"""After these every clause is judged before anything of it is said, and consent alone is a claim."""
_QUOTE = re.compile(r"[\"“”]")
_SORRY = re.compile(r"\s*(?:i'm|i am)? ?(?:so |very )?(?:sorry|afraid)\W*", re.IGNORECASE)
_CANNOT = re.compile(r"\s*(?:but )?i (?:can(?:'?t|not| not)|am (?:not able|unable)|have no)\b", re.IGNORECASE)
"""A model's answer to what it has no tool for."""


class ClaimGuard:
    """The prose of one answer. `asked`: what kind of words it answers; `blocked`: it claimed a deed, and is over.

    `ours` tells whether the words speak of what a skill does; it is asked only where the model says that it can't do a
    wish. The model does not know the skills: more likely the words were not understood.
    """

    def __init__(self, asked: Asked, text: str = "", *, ours: Callable[[], bool] | None = None) -> None:
        self.blocked = False
        self._ours = ours if asked == "wish" else None
        self._unclear = False
        self.said = False
        """Some of it was let through."""
        self._asked = asked
        self._wished = text
        self._clause = ""
        self._told = 0
        self._sentence = ""
        self._held = ""
        self._quoting = False
        self._begun = False

    def feed(self, delta: str) -> str:
        """Take what was written; the text that may be said now."""
        if self.blocked:
            return ""
        self._clause += delta
        out = ""
        while (end := self._end()) and not self.blocked:
            clause, rest = self._clause[:end], self._clause[end:]
            out += self._closed(clause)
            self._clause, self._told = rest, 0
        if not self.blocked:
            out += self._open()
        self.said = self.said or bool(out.strip())
        return out

    def finish(self) -> str:
        """The answer is over: the rest of what may be said, or the truth in place of what was claimed."""
        out = "" if self.blocked else self._closed(self._clause)
        self._clause, self._told = "", 0
        consents = bool(self._held.strip()) and not self.said and not out.strip()
        if consents and self._asked in _HELD and not _greets(self._wished):
            self.blocked = True
        elif not self.blocked:
            out, self._held = self._held + out, ""
        self.said = self.said or bool(out.strip())
        return out + self.truth if self.blocked else out

    @property
    def truth(self) -> str:
        """What is said in place of a claim; nothing where something was said already that nobody wished done."""
        told = self._clause + self._held
        if self._unclear:
            truth = UNCLEAR
        elif self._asked == "wish":
            truth = REMEMBER if re.search(r"\bremember\b|기억", told, re.IGNORECASE) else CANNOT
        else:
            truth = "" if self.said else UNKNOWN
        return in_korean(truth) if truth and is_korean(told) else truth

    def _end(self) -> int:
        for found in _END.finditer(self._clause):
            if not _OPEN_END.search(self._clause[: found.end()]):
                return found.end()
        return 0

    def _closed(self, clause: str) -> str:
        """A clause that has ended: what of it is still to be said."""
        plain = self._unquoted(clause)
        if self._ours is not None and not (self.said or self._begun):
            if _CANNOT.match(plain.replace("’", "'")) and self._ours():
                self.blocked = self._unclear = True
                return ""
            if _SORRY.fullmatch(plain.replace("’", "'")):
                self._held += clause[self._told :]
                return ""
        affirms = self._asked == "state" and not self.said and not self._begun and affirmed(plain)
        if affirms or claims(plain, self._asked, self._sentence):
            self.blocked = True
            self._held = clause  # for the truth, which is never let through
            return ""
        self._sentence = "" if _SENTENCE_END.search(clause) else f"{self._sentence} {plain}"
        rest = clause[self._told :]
        if self._asked in _HELD and not self._told and agrees(plain):
            self._held += rest
            return ""
        if rest.strip():
            self._begun = True
            rest, self._held = self._held + rest, ""
        return rest

    def _open(self) -> str:
        """What of the unfinished clause cannot become a claim."""
        if self._asked in _HELD or is_korean(self._clause):  # there the verb comes last
            return ""
        begin = _BEGINS.search(self._clause)
        limit = begin.start() if begin else len(self._clause)
        last = self._clause.rfind(" ") + 1
        if begin is None and self._clause[last:].lower().replace("’", "'") in _BEGINNINGS:
            limit = last
        out = self._clause[self._told : limit] if limit > self._told else ""
        self._told = max(self._told, limit)
        self._begun = self._begun or bool(out.strip())
        return out

    def _unquoted(self, clause: str) -> str:
        """The clause without what it quotes; an answer that is one quotation from its start is none."""
        kept = ""
        for piece in re.split(r"([\"“”])", clause):
            if _QUOTE.fullmatch(piece):
                self._quoting = not self._quoting and (self._begun or bool(kept.strip()))
            elif not self._quoting:
                kept += piece
        return kept


def _greets(text: str) -> bool:
    """To a greeting or thanks "sure" promises nothing."""
    words = r"\b(?:thanks?|thank you|hello|hi|hey|good (?:morning|night|evening)|okay|sorry)\b|고마|감사|안녕|미안|죄송"
    return re.search(words, text.lower()) is not None
