"""What was said in this conversation, as the user really heard it, and what we asked back."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.korean import dialogue as korean
from assistant.language import is_korean
from assistant.types import Message, ToolCall

if TYPE_CHECKING:
    from assistant.think.reference import (
        Last,
    )  # it reads days with `assistant.skill`, which reads answers with this file

MAX_MESSAGES = 12
KEPT_MESSAGES = 4
"""A conversation that grew too long loses its beginning at once, not line by line: every loss makes the language model
read the rest again (0.4 s a turn of two lines)."""

_TEMPORAL = re.compile(
    r"\b(?:time|date|day|days|today|tonight|tomorrow|yesterday|year|years|month|months|week|weeks|weekend|hour|hours"
    r"|now"
    r"|current|currently|old|age|when|ago|until|since|recent|recently|latest|morning|evening|afternoon|season|birthday"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|christmas|early|late)\b",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"(?:(?:can|could|would) you |please )*"
    r"(?:tell me (?:some |a (?:bit|little) )?more(?: (?:about|on) (?:it|that|this|them))?"
    r"|(?:go|carry) on|continue|keep going|say more|elaborate|more details?|give me more(?: details?)?"
    r"|(?:explain|describe) (?:it|that|this) in more detail)"
    r"(?: please)?"
)
MAX_OUTSIDE_WORDS = 4000
"""Different words of strangers that one conversation keeps in mind."""
FORGET_AFTER_S = 300.0
"""A conversation that rested this long is over: what was said then explains nothing now."""

_YES = frozenset(
    ["yes", "yeah", "yep", "yup", "sure", "ok", "okay", "do it", "please do", "yes please", "go ahead", "correct"]
)
_NO = frozenset(["no", "nope", "nah", "no thanks", "no thank you", "don't", "do not", "no don't", "wrong", "not that"])


class Dialogue:
    """Time comes in as an argument (seconds of the wall clock).

    `pending` is a call that waits for a yes; `asked` a sentence whose `{answer}` the next words may be; `question` the
    id of a tool's question, `challenge` the nonce of a confirmation and `last` the command before, which live no longer
    than their process.
    """

    def __init__(self) -> None:
        self.pending: ToolCall | None = None
        self.asked = ""
        self.question = ""
        self.challenge = ""
        self.last: Last | None = None
        self._messages: deque[Message] = deque()
        self._tainted = False
        self._outside: frozenset[str] | None = frozenset()
        self._last_s = 0.0

    @property
    def said(self) -> str:
        """The assistant's last words that were heard."""
        return next((message.text for message in reversed(self._messages) if message.role != "user"), "")

    def messages(self, now_s: float) -> list[Message]:
        if now_s - self._last_s > FORGET_AFTER_S:
            self._messages.clear()
            self._tainted, self._outside = False, frozenset()
        return list(self._messages)

    def talk(self, now_s: float) -> list[Message]:
        """What the local talker reads: without commands, which it can neither do nor take back; reading takes time."""
        return [message for message in self.messages(now_s) if not message.deed]

    def is_tainted(self, now_s: float) -> bool:
        """Are words of strangers part of this conversation? It stays tainted to its end, also when they are gone."""
        self.messages(now_s)
        return self._tainted

    def shares_outside(self, text: str) -> bool:
        """Is a word that says something in these words also in what strangers said in this conversation?

        Also where that is not known any more, or was too much to be kept.
        """
        return self._outside is None or bool(_telling(text) & self._outside)

    def add(self, user: str, heard: str, now_s: float, *, outside: bool = False, deed: bool = False) -> None:
        """Close a turn; an answer that nobody heard is not part of the history.

        `outside`: it holds words of strangers, which a model gets to read as a quotation only. `deed`: a command.
        """
        self.messages(now_s)
        self._last_s = now_s
        self._tainted = self._tainted or outside
        if outside and self._outside is not None:
            known = self._outside | _telling(heard)
            self._outside = known if len(known) <= MAX_OUTSIDE_WORDS else None
        self._messages.append(Message(role="user", text=user, deed=deed))
        if heard:
            self._messages.append(Message(role="tool" if outside else "assistant", text=heard, deed=deed))
        if len(self._messages) > MAX_MESSAGES:
            self._messages = deque(list(self._messages)[-KEPT_MESSAGES:])


def load_dialogue(file: Path) -> Dialogue:
    """The conversation that a file holds; a fresh one when there is none or it is damaged."""
    dialogue = Dialogue()
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        dialogue._messages.extend(Message(role=role, text=text, deed=deed) for role, text, deed in kept["messages"])
        dialogue._last_s, dialogue.asked = float(kept["last_s"]), str(kept["asked"])
        dialogue._tainted = bool(kept.get("tainted", False))
        dialogue._outside = None if dialogue._tainted else frozenset()  # the words of strangers are not written down
        if kept["pending"]:
            dialogue.pending = ToolCall(**kept["pending"])
    except (OSError, ValueError, KeyError, TypeError):
        return Dialogue()
    return dialogue


def save_dialogue(file: Path, dialogue: Dialogue) -> None:
    """Write it, mode 0600, under its name only when whole. Raises: OSError."""
    pending = dialogue.pending
    kept = {
        "messages": [(message.role, message.text, message.deed) for message in dialogue._messages],
        "last_s": dialogue._last_s,
        "asked": dialogue.asked,
        "tainted": dialogue._tainted,
        "pending": dataclasses.asdict(pending) if pending else None,
    }
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        json.dump(kept, out)
    part.replace(file)


def needs_facts(text: str) -> bool:
    """Does the answer hang on the date or the time? Twenty tokens less to read (0.2 s) where it does not."""
    return korean.needs_facts(text) if is_korean(text) else _TEMPORAL.search(text) is not None


def wants_more(text: str) -> bool:
    """Does this whole sentence ask to expand the last answer ("tell me more", "go on")?"""
    if is_korean(text):
        return korean.wants_more(text)
    return _MORE.fullmatch(re.sub(r"[^a-z' ]", "", text.lower()).strip()) is not None


def answer_of(text: str) -> bool | None:
    """Is this whole sentence a yes (True), a no (False), or something else (None)?"""
    if is_korean(text):
        return korean.answer_of(text)
    plain = re.sub(r"[^a-z' ]", "", text.lower()).strip()
    return True if plain in _YES else False if plain in _NO else None


def echoes(text: str, spoken: str) -> bool:
    """Did we hear ourselves? True when at least three words, nearly all in order, are words that we spoke in one place.

    A long answer holds the words of many a wish somewhere; an echo has them one after the other, but for a slip.
    """
    heard, ours = _words(text), _words(spoken)
    if len(heard) < 3:
        return False
    reach = len(heard) + max(2, len(heard) // 2)
    return any(_matched(heard, ours[at : at + reach]) >= 0.8 * len(heard) for at in range(len(ours)))


_COMMON = frozenset([
    "remember", "that", "this", "with", "your", "have", "from", "they", "them", "then", "there", "these", "those",
    "what", "when", "where", "which", "will", "would", "could", "should", "about", "into", "some", "very", "just",
    "please", "also", "been", "were", "does", "each", "than", "more", "most", "only", "over", "such", "here",
    "because", "note", "make",
])  # fmt: skip
"""Words of at least four letters that are in any sentence."""


def _telling(text: str) -> frozenset[str]:
    """The words that say something, without a plural's ending; numbers whatever their length."""
    words = {word.removesuffix("'s").rstrip("s") for word in _words(text) if word not in _COMMON}
    return frozenset(word for word in words if len(word) > 3 or any(char.isdigit() for char in word))


def _matched(heard: list[str], ours: list[str]) -> int:
    """How many of these words are there in this order."""
    position = matched = 0
    for word in heard:
        if word in ours[position:]:
            position = ours.index(word, position) + 1
            matched += 1
    return matched


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9'가-힣]+", text.lower())
