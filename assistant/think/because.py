"""Why the last turn went as it did, in one sentence that can be spoken: "why did you do that?" Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from assistant.korean import because as korean
from assistant.language import is_korean
from assistant.think.acting import asks_back, shall_i
from assistant.think.answered import WHY
from assistant.think.claim_guard import BLOCKED_CLAIM
from assistant.think.normalize import spell
from assistant.think.taint import BLOCKED
from assistant.types import ToolCall, ToolResult, ToolSpec, Turn

NOTHING_YET = "I have done nothing yet that I could explain."
MAX_QUOTED_CHARS = 120

_ASKS = re.compile(
    r"(?:(?:and|but|so|hey|wait|okay) )*(?:why (?:did|have|would) you (?:just )?(?:do|done|say|said|answer|do all)"
    r"(?: (?:that|this|it|so))?|why (?:that|this)|why did (?:that|this|it) happen|how come(?: you did (?:that|this))?"
    r"|what made you (?:do|say) (?:that|this|it)|explain (?:what you (?:just )?did|why you did (?:that|this|it))"
    r"|what (?:did you just do|have you just done|did you do (?:just now|there|right now)))"
)
_TOOK: Mapping[str, str] = {
    "grammar": "is a command that I know: {deed}",
    "answer_to_question": "answered what I had asked, so it meant: {deed}",
    "corrected": "corrected your command before, so it meant: {deed}",
    "taken_back": "took back your command before",
    "referred": "spoke of what your command before was about, so it meant: {deed}",
    "answer": "was the answer to a question that was open",
    "confirmation": "was the answer to my question whether to do it",
    "confirmed": "was the yes that I had asked for: {deed}",
    "declined": "was a no to what I had asked, so I did nothing",
    "caller_sure": "is no command that I know, but the small model for wishes was sure that it meant: {deed}",
    "caller_asks": "sounded to the small model for wishes like: {deed}, but it was not sure, so I asked first",
    "talker_sure": "is no command that I know, but the language model was sure that it meant: {deed}",
    "talker_asks": "sounded to the language model like: {deed}, but it was not sure, so I asked first",
    "tainted": "sounded like: {deed}, but words from outside are part of this conversation, so I left it",
    "open_question": "is no command that I know, so the language model answered in its own words",
    "more": "asked for more of the answer before, so the language model went on",
    "offer_taken": "was the yes to hearing more of the plan",
    "offer_declined": "was a no to the plan, so I won't mention it again",
    "account": "asked about the answer before, or about the cloud",
    "agreed": "was the yes to asking the cloud model",
    "kept_here": "was a no to sending it, so it stayed here",
    "local_refused": "is no command that I know, and the language model had no answer, so the cloud model was asked",
    "local_unsure": "is no command that I know, and the language model was not sure, so the cloud model was asked",
    "stop_word": "is a word that stops me",
    "talker_not_ready": "is no command that I know, and the language model was not ready yet",
}
"""What was made of the words, by the reason code of the decision; `{deed}` is the tool in words with its values."""
_UNDONE = ("caller_asks", "talker_asks", "tainted", "declined")
"""Reasons after which nothing came of the words by themselves."""


def asks_why(text: str) -> bool:
    """Does this whole sentence ask for the reasons of what was done or said just now?"""
    return korean.asks_why(text) if is_korean(text) else _ASKS.fullmatch(spell(text)) is not None


def because(turn: Turn, specs: Mapping[str, ToolSpec], language: str = "en") -> str:
    """What was heard, what it was taken for, and what came of it."""
    decision = turn.decision
    if decision is None:
        return NOTHING_YET
    if language == "ko":
        return korean.because(_quoted(turn.text), decision.reason, decision.route, _came_korean(turn, decision.reason))
    deeds = [_deed(call, specs) for call in decision.calls]
    other = f"was answered by the {decision.route} step ({decision.reason.replace('_', ' ')})"
    if decision.reason in WHY:
        where = "the cloud model was asked" if decision.route == "cloud" else "it stayed on this device"
        other = f"is no command that I know, and {where}, because {WHY[decision.reason]}"
    took = _TOOK.get(decision.reason, other).format(deed=_listed(deeds) if deeds else "a command")
    return f'"{_quoted(turn.text)}" {took}{_came(turn.results, decision.reason)}.'


def _quoted(text: str) -> str:
    heard = text if len(text) <= MAX_QUOTED_CHARS else f"{text[:MAX_QUOTED_CHARS].rsplit(' ', 1)[0]} ..."
    return heard.strip(" .!?,")


def _deed(call: ToolCall, specs: Mapping[str, ToolSpec]) -> str:
    spec = specs.get(call.tool)
    return shall_i(spec, call).removeprefix("Shall I ").rstrip("?") if spec is not None else call.tool


def _listed(deeds: Sequence[str]) -> str:
    return ", then ".join(deeds)


def _came_korean(turn: Turn, reason: str) -> str:
    results = turn.results
    if any(result.error == BLOCKED_CLAIM for result in results):
        return korean.CLAIMED
    told = [result for result in results if result.error != BLOCKED]
    if reason in _UNDONE or not told:
        return ""
    asked = any(result.error in ("confirm_asked", "asks_too") or asks_back(result) for result in told)
    failed = next((result.speech.strip(" .!?") for result in told if not result.ok), "")
    return korean.came(sum(result.ok for result in told), len(told), failed, asked=asked)


def _came(results: Sequence[ToolResult], reason: str) -> str:
    """What the tools really did, as a clause to be put behind."""
    if any(result.error == BLOCKED_CLAIM for result in results):
        return ", but they spoke of a deed that was not done, so I did not say them"
    told = [result for result in results if result.error != BLOCKED]
    if reason in _UNDONE or not told:
        return ""
    if any(result.error in ("confirm_asked", "asks_too") or asks_back(result) for result in told):
        return ", and I asked back"
    done = sum(result.ok for result in told)
    if done == len(told):
        return ", and that was done" if len(told) == 1 else f", and all {len(told)} things were done"
    failed = next(result for result in told if not result.ok)
    said = failed.speech.strip(" .!?")
    if len(told) == 1:
        return f", but it failed: {said}" if said else ", but it failed"
    return f", of which {done} of {len(told)} were done, and one failed: {said}"
