"""Does this look like a whole question? Pure; a hint for the end of the turn, not an understanding."""

from __future__ import annotations

import re

from assistant.korean import dialogue as korean
from assistant.language import is_korean
from assistant.types import Completeness


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BEGINS = re.compile(
    r"(?:(?:and|but|so|okay|well|then) )*"
    r"(?:who|whom|whose|what|what's|which|when|where|where's|why|how|is|are|was|were|do|does|did|can|could|will|would"
    r"|should|has|have|had|tell me|explain|describe)\b"
)
_OPEN = _words(
    "a an the to of in on at by for with from into about between like and but or so than as that because if when where "
    "which who what how my your his her its our their this these some any very more most not is are was were do does "
    "did can could will would should i we it's"
)
"""Words on which no question ends when it is finished; after them something comes."""
MIN_WORDS = 3


def hint_of(completeness: Completeness, text: str) -> Completeness:
    """What the listener is told of these words: what the grammar said, or that they look like a whole question."""
    return "question" if completeness == "unknown" and looks_whole(text) else completeness


def looks_whole(text: str) -> bool:
    """A question word or a wish to be told, at least three words, a question mark or full stop, no open end."""
    if is_korean(text):
        return korean.looks_whole(text)
    words = re.findall(r"[a-z']+|\d+", text.lower())
    ended = text.rstrip().endswith(("?", ".", "!")) and not text.rstrip().endswith("..")
    return ended and len(words) >= MIN_WORDS and words[-1] not in _OPEN and _BEGINS.match(" ".join(words)) is not None
