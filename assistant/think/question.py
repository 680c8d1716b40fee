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
_ORDER = re.compile(
    r"(?:(?:and|but|so|okay|well|then) )*(?:(?:can|could|may|might|would) (?:i|we)\b"
    r"|(?:can|could|will|would) you (?!(?:please )?(?:tell|explain|describe|say|remember|understand|hear)\b))"
)
"""A wish in the form of a question: whoever asks "could I have a large coffee" often has more to say about it."""
_OPEN = _words(
    "a an the to of in on at by for with from into about between like and but or so than as that because if when where "
    "which who what how my your his her its our their this these some any very more most not is are was were do does "
    "did can could will would should i we it's"
)
"""Words on which no question ends when it is finished; after them something comes."""
MIN_WORDS = 3


_AMOUNT = r"(?:hundred|thousand|million|billion|half|third|quarter|dozen|dollar|euro|pound|yen|won|mile|foot|cup)\b"
_EXPLAINS = re.compile(
    r"(?:(?:and|but|so|okay|well|then) )*(?:(?:can|could) you (?:please )?)?"
    r"(?:why|explain|describe|what (?:causes|makes|happens)|how (?:do|does|did) (?!i\b|you\b)"
    r"|what(?: is|'s) the (?:difference between|(?:best|easiest|right) way to)|what (?:is|are|was) an? (?!"
    + _AMOUNT
    + r")"
    r"|who (?:invented|discovered|painted|wrote|composed|built|founded)|tell me (?:something|more|all) about)\b"
)


def asks_to_explain(text: str) -> bool:
    """Whether this asks what something is or how it comes to be, which no command does, whatever names it holds."""
    return _EXPLAINS.match(" ".join(re.findall(r"[a-z']+|\d+", text.lower()))) is not None


def hint_of(completeness: Completeness, text: str) -> Completeness:
    """What the listener is told of these words: what the grammar said, or that they look like a whole question."""
    return "question" if completeness == "unknown" and looks_whole(text) else completeness


def looks_whole(text: str) -> bool:
    """A question word or a wish to be told, no order; three words at least, an end mark and no open end."""
    """A question word or a wish to be told, no order; three words at least, an end mark and no open end."""
    if is_korean(text):
        return korean.looks_whole(text)
    words = re.findall(r"[a-z']+|\d+", text.lower())
    ended = text.rstrip().endswith(("?", ".", "!")) and not text.rstrip().endswith("..")
    said = " ".join(words)
    whole = ended and len(words) >= MIN_WORDS and words[-1] not in _OPEN
    return whole and _BEGINS.match(said) is not None and _ORDER.match(said) is None
