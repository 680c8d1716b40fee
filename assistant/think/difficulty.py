"""How much a question asks of a model, from its words alone: whether it is hard, fresh, and whom it asks for; pure."""

from __future__ import annotations

import re
from typing import Literal

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
