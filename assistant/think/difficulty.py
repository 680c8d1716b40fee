"""How much a question asks of a model, from its words alone: whether it is hard, fresh, and whom it asks for; pure."""

from __future__ import annotations

import re
from typing import Literal

from assistant.spoken import is_number_word
from assistant.think.route import Wish

LONG_WORDS = 30
"""From this length a question counts as a task; most spoken questions have 5 to 12 words."""

_FRESH = re.compile(
    r"\b(?:today's|tonight's|yesterday's|this (?:week|month|year)'s|latest|newest|most recent|current(?:ly)?|right now"
    r"|these days|at the moment|up to date|so far this|last (?:night|week|month)|yesterday|breaking"
    r"|(?:stock|share|bitcoin|gold|oil|gas) prices?|exchange rate|who won(?!')|score of|election results?"
    r"|who is the (?:president|prime minister|chancellor|ceo|champion|king|queen|pope|mayor|governor))\b"
)
_WRITING = re.compile(
    r"\b(?:write|draft|compose|rewrite|rephrase|summari[sz]e|translate|proofread|outline|plan|design|brainstorm|prepare"
    r"|create|invent)\b.*\b(?:e-?mail|letter|essay|report|speech|article|blog|cover letter|application|toast|eulogy"
    r"|itinerary|trip|travel|holiday|week|weekend|month|party|wedding|menu|meal|workout|training|study|schedule"
    r"|budget|course|lesson"
    r"|quiz|story|poem|song|script|presentation|business plan|contract|code|program|function|paragraph|text|points)\b"
)
_CODE = re.compile(
    r"\b(?:python|javascript|typescript|java|rust|c\+\+|sql|regex|regular expression|bash|shell script|html|css|api"
    r"|algorithm|recursion|compile[rd]?|debug|stack trace|unit tests?|data structure|big o|time complexity)\b"
)
_MATHS = re.compile(
    r"\b(?:prove|proof|theorem|derivative|integral|integrate|differentiate|equations?|solve for|probability"
    r"|eigenvalues?"
    r"|matrix|matrices|polynomial|logarithm|standard deviation|permutations?|combinations of|prime factors?"
    r"|compound interest)\b"
)
_REASONING = re.compile(
    r"\b(?:step by step|compare|contrast|pros and cons|advantages and disadvantages|trade-?offs?|analy[sz]e|evaluate"
    r"|critique"
    r"|argue|in (?:great |more |full )?detail|explain (?:how|why) .* (?:and|but|while) |what would happen if"
    r"|implications?"
    r"|consequences of|difference between .* and|relationship between|in depth|thorough(?:ly)?|strategy|recommend)\b"
)
_STEPS = re.compile(r"\b(?:first|then|after that|finally|secondly|thirdly|as well as|and also|both)\b")
_CLOUD = re.compile(
    r"\b(?:ask|use|let|try|get|have) (?:the )?(?:big(?:ger)? (?:one|model)|large(?:r)? (?:one|model)"
    r"|smart(?:er)? (?:one|model)"
    r"|strong(?:er)? (?:one|model)|cloud(?: model)?|online (?:one|model))(?: to)?\b[\s,:]*"
    r"|\b(?:with|in|from|using|through) the cloud\b"
)
_DEVICE = re.compile(
    r"\b(?:answer (?:that|this|it)? ?(?:yourself|locally|on (?:the|this) device)|without the cloud|don't (?:use"
    r"|ask) the cloud"
    r"|do not (?:use|ask) the cloud|(?:use|ask) the (?:local|small) (?:one|model)|offline please|keep (?:this|that"
    r"|it) (?:here|local|private))\b"
)
_REFUSED = re.compile(
    r"^\W*(?:(?:i'm |i am )?(?:sorry|afraid)[\s,.]*(?:but )?)?"
    r"(?:i (?:really )?(?:don't|do not|can't|cannot|can not|am not able to|am unable to|wouldn't"
    r"|have no)\b(?! (?:think|mind|believe))"
    r"|i'm (?:not able|unable|not sure|afraid)|i am not sure|as an ai|my knowledge|there is no way for me"
    r"|that is beyond)"
)

_AMOUNT = re.compile(
    r"\b(?:how (?:many|much|far|long|old|often)|what (?:is|are|do|does|did) .*(?:cost|pay|price|sum|average|percent)"
    r"|percent)\b"
)
"""Asks for a number."""
_NAMES = re.compile(
    r"\b(?:who|whose|which|in (?:what|which) (?:year|city|country)"
    r"|what(?:'s| is| was) the (?:name|capital|chemical|currency|largest|longest|deepest|smallest|highest"
    r"|most|second|national|symbol))\b"
)
"""Asks for a name, a year, or what is the most of its kind."""
_TALK = re.compile(
    r"^(?:hi|hello|good|thanks?|tell me|say|give me|do you|are you|can you|you|i(?:'m| am| feel| love)"
    r"|let's|what do you|how are|how do (?:i|you)|how can|what should|what(?:'s| is) your)\b"
)
"""Small talk, and wishes for advice or a few words."""
_STORY = re.compile(r"\b(?:if|each|every|twice|half|together|left|more than|less than|than|next|comes?|after|before)\b")
"""Words of sums in a story, of order and of logic."""

Feature = Literal["long", "writing", "code", "maths", "reasoning", "steps"]
WEIGHTS: dict[Feature, float] = {
    "long": 0.4, "writing": 0.7, "code": 0.6, "maths": 0.6, "reasoning": 0.6, "steps": 0.2,
}  # fmt: skip
"""How much each feature adds; set by hand so that one strong feature alone makes a question hard."""


def features(text: str) -> frozenset[Feature]:
    """What in these words makes a question hard."""
    lower = _lower(text)
    found: set[Feature] = set()
    if len(lower.split()) >= LONG_WORDS:
        found.add("long")
    patterns: dict[Feature, re.Pattern[str]] = {
        "writing": _WRITING, "code": _CODE, "maths": _MATHS, "reasoning": _REASONING,
    }  # fmt: skip
    found |= {name for name, pattern in patterns.items() if pattern.search(lower)}
    if len(_STEPS.findall(lower)) >= 2:
        found.add("steps")
    return frozenset(found)


def difficulty(text: str) -> float:
    """0 (everyday) to 1, see `WEIGHTS`."""
    return min(1.0, sum(WEIGHTS[name] for name in features(text)))


def signs(text: str) -> dict[str, float]:
    """What a question's words tell of how hard it is, as numbers by name, about 0..1 each: for a fitted line."""
    lower = _lower(text)
    words = re.findall(r"[a-z']+|\d[\d.,]*", lower)
    found: dict[str, float] = {name: float(name in features(text)) for name in WEIGHTS}
    return found | {
        "words": min(40, len(words)) / 20,
        "numbers": min(3, sum(map(_counts, words))) / 3,
        "how_many": float(_AMOUNT.search(lower) is not None),
        "names": float(_NAMES.search(lower) is not None),
        "talk": float(_TALK.search(lower) is not None),
        "story": float(_STORY.search(lower) is not None),
        "fresh": float(is_fresh(text)),
    }


def _counts(word: str) -> bool:
    """Is this word a number, or a part of one?"""
    return is_number_word(word.strip(".,")) and word not in ("a", "an", "and")


def is_fresh(text: str) -> bool:
    """Does the answer hang on what may have changed since a model was made?"""
    return _FRESH.search(_lower(text)) is not None


def wish_of(text: str) -> Wish:
    """Whom these words ask for themselves."""
    lower = _lower(text)
    if _DEVICE.search(lower):
        return "device"
    return "cloud" if _CLOUD.search(lower) else "none"


def without_wish(text: str) -> str:
    """The question alone: "ask the big one why the sky is blue" is "why the sky is blue"."""
    for pattern in (_CLOUD, _DEVICE):
        if (found := pattern.search(_lower(text))) is not None:
            words = " ".join(text.replace("’", "'").split())
            rest = f"{words[: found.start()]} {words[found.end() :]}"
            rest = re.sub(r"^\W*(?:please|can you|could you|and)\b\W*", "", " ".join(rest.split()), flags=re.IGNORECASE)
            return rest.strip(" ,.:;") or text
    return text


def is_refusal(answer: str) -> bool:
    """Does the beginning of an answer say that there will be none ("I don't know ...")?"""
    return _REFUSED.search(_lower(answer)) is not None


def _lower(text: str) -> str:
    return " ".join(text.lower().replace("’", "'").split())
