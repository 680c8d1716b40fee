"""Who answered, why, and what was sent: what a person may ask about the last answer, and how they steer the cloud."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.korean import account as korean
from assistant.language import is_korean
from assistant.think.cloud_side import FIRST, CloudSide
from assistant.think.escalation import Escalation
from assistant.think.named import Named
from assistant.think.route import BUILT_IN, Mode
from assistant.types import RouteDecision, Sent, ToolResult

Topic = Literal["who", "sent", "cost", "device", "prefer_device", "prefer_cloud", "ask", "revoke", "models", "model"]
"""`models`: which there are; `model`: words that choose one of them."""

WHY: dict[str, str] = {
    **BUILT_IN,
    "asked_device": "you wanted it from this device",
    "guest_stays": "a guest's words stay here unless the guest asks for the cloud",
    "asked_cloud": "you asked for it",
    "metered": "this network costs by the byte",
    "premium": "that belongs to your plan",
    "premium_asks": "you wanted to be asked",
    "asks_only_if_needed": "it did not seem to need the cloud",
    "ask_fresh": "it may have changed lately, and you wanted to be asked",
    "ask_hard": "it is a hard question, and you wanted to be asked",
    "ask_failed": "this device had no answer, and you wanted to be asked",
    "first_use": "you asked for the cloud, and nobody had agreed to it yet",
    "premium_first_use": "that needs the cloud, and nobody had agreed to it yet",
    "prefer_cloud": "you prefer the cloud for such questions",
    "fresh": "it may have changed lately",
    "local_missing": "my own language model was not ready",
    "nobody_knows": "that may have changed lately, and no model here can look it up",
    "local_refused": "my own language model had no answer",
    "local_unsure": "my own language model was not sure",
    "language": "my own language model does not know that language well",
    "hard": "it is a hard question",
    "local": "such questions are answered here",
    "agreed": "you said yes to it",
    "kept_here": "you said no to sending it",
    "open_question": "it is none of the commands that I know",
    "more": "you wanted to hear more",
    "talker_not_ready": "it is none of the commands that I know",
}
"""Every reason code of an open question in words that follow "because"."""

_KIND_OF = r"(?: cloud| language| ai| big)?"
_SWITCH = r"(?:switch|change|go|move)(?: back| over)* to"
_SMALL = r"(?:small(?:er)?|little|local|offline|device(?:'s)?|own) (?:one|model)"
_BIG = r"(?:(?:big(?:ger)?|large(?:r)?|smart(?:er)?|strong(?:er)?|online) (?:one|model)|cloud(?: model)?)"
_ABOUT: dict[Topic, str] = {
    "who": r"(?:who|what|which (?:one|model|side))(?: just)? (?:answered|said|told me|wrote) (?:that|this"
    "|it)(?: and why)?"
    r"|(?:who|what) was that|where did (?:that|the|this)(?: answer)? come from|was (?:that"
    r"|this) (?:from )?(?:the )?cloud"
    r"|did (?:you|that) (?:use|ask|come from) the cloud(?: for that)?|why did you (?:use|ask) the cloud(?: for that)?"
    r"|why did you (?:not|n't) (?:use|ask) the cloud|why didn't you (?:use|ask) the cloud(?: for that)?",
    "sent": r"what did you (?:just )?(?:send|share|tell them|tell it)(?: to (?:the cloud|them|it))?(?: for that)?"
    r"|did you send anything(?: to the cloud)?|what (?:has )?(?:just )?left (?:the|this|my) (?:device|house)"
    r"|what did (?:the cloud|they) get(?: to see)?",
    "cost": r"(?:how much|what) (?:did|does|has) (?:the cloud|that) cost(?: me)?(?: today| this month| so far)?"
    r"|how much (?:did|have) (?:i|we) (?:spend|spent) on the cloud(?: today| this month)?"
    r"|how much (?:of the )?(?:cloud )?budget is left",
    "device": r"(?:stay|work|answer|keep everything|run) (?:only |just )?on (?:the|this) device(?: only)?"
    r"|(?:use )?only (?:on )?(?:the|this) device|(?:never|don't|do not) (?:use|ask) the cloud(?: any ?more| at all"
    r"| again)?"
    r"|stop using the cloud|(?:turn|switch) off the cloud|(?:turn|switch) the cloud off"
    rf"|{_SWITCH} (?:the |your )?{_SMALL}(?: from now on)?|(?:always|only) use (?:the |your )?{_SMALL}"
    rf"|use (?:the |your )?{_SMALL} (?:from now on|always|only)",
    "prefer_device": r"prefer (?:the|this) device|(?:use|ask) the cloud (?:only )?(?:when|if) (?:needed|necessary"
    "|you have to)"
    r"|(?:turn|switch) (?:on the cloud|the cloud on)",
    "prefer_cloud": r"prefer the cloud|always (?:use|ask) the cloud|use the cloud whenever you can"
    rf"|{_SWITCH} (?:the )?{_BIG}(?: from now on)?|(?:always use|prefer) (?:the )?{_BIG}"
    rf"|use (?:the )?{_BIG} (?:from now on|always)",
    "ask": r"ask me (?:each|every) time(?: before (?:you (?:use|ask)|using|asking) the cloud)?"
    r"|always ask (?:me )?before (?:you (?:use|ask)|using|asking) the cloud|ask me before (?:you (?:use|ask)|using"
    r"|asking) the cloud",
    "revoke": r"(?:revoke|withdraw|take back) (?:my )?(?:consent|agreement|permission)(?: (?:to|for) the cloud)?"
    r"|forget (?:that i|my) (?:agreed|agreement|consent)(?: to the cloud)?",
    "models": rf"(?:which|what){_KIND_OF} models? (?:can|could|may|do) (?:you|i) (?:use|ask|have|know|choose(?: from)?)"
    rf"|(?:which|what){_KIND_OF} models? (?:are there|are available|are (?:chosen|set up)|are you (?:using|on))"
    r"|(?:who|whom|which one) (?:can|could) you ask|list (?:the|your)(?: cloud)? models"
    r"|which models? (?:is|are) (?:you using|in use)",
}
_PATTERNS: dict[Topic, re.Pattern[str]] = {topic: re.compile(pattern) for topic, pattern in _ABOUT.items()}
_AROUND = re.compile(r"^(?:please|and|so|but|hey|okay|ok|tell me|can you tell me)\b[\s,]*|[\s,]*\b(?:please|and why)$")
_TAKEN_OUT = re.compile(r"\[([A-Z]+)_\d+\]")
_KIND = {
    "EMAIL": "an e-mail address", "LINK": "a link", "ACCOUNT": "an account", "ADDRESS": "an address",
    "DATE": "a date", "NUMBER": "a number", "PERSON": "a name", "THING": "a name",
}  # fmt: skip
_MODES: dict[str, tuple[Mode, str]] = {
    "device": ("device", "From now on everything stays on this device."),
    "prefer_device": ("prefer_device", "I answer here, and ask the cloud only where I have to."),
    "prefer_cloud": ("prefer_cloud", "I ask the cloud for open questions from now on."),
    "ask": ("ask", "I will ask you each time before I use the cloud."),
}


NOT_AGREED = "Nobody has agreed to {name} yet. Say: ask {name}, and a question. I then tell you what would be sent."


@dataclass(slots=True, kw_only=True)
class Account:
    """What can be told of the last answer of a conversation; without a cloud it all came from this device."""

    cloud: Escalation | None = None
    _last: RouteDecision | None = None
    _sent: Sent | None = None
    _skills: Sent | None = None
    """What a skill had sent, in a turn that was a command."""

    def topic(self, text: str) -> Topic | None:
        """Is this whole sentence about that?"""
        if is_korean(text):
            return next((topic for topic in _PATTERNS if topic == korean.topic_of(text)), None) or self._chooses(text)
        words = " ".join(text.lower().replace("’", "'").split()).strip(" .!?,")
        for _ in range(2):
            words = _AROUND.sub("", words).strip(" .!?,")
        found = next((topic for topic, pattern in _PATTERNS.items() if pattern.fullmatch(words)), None)
        return found or self._chooses(text)

    def _chooses(self, text: str) -> Topic | None:
        return "model" if self.cloud is not None and self.cloud.chooses(text) else None

    def because(self, reason: str) -> str:
        """A reason code in words that follow "because"."""
        return WHY.get(reason, "the guideline says so")

    def note(self, decision: RouteDecision | None, results: Sequence[ToolResult] = ()) -> None:
        """A turn is over; one that asked about the last answer, or was answered with a question, leaves it in place."""
        if decision is None or decision.reason in ("account", "why"):
            return
        self._last = decision
        self._skills = next((result.sent[-1] for result in reversed(results) if result.sent), None)
        self._sent = self.cloud.last_sent if self.cloud is not None and decision.route == "cloud" else self._skills

    def tell(self, topic: Topic, text: str = "") -> str:
        """The answer to these words; a wish is carried out."""
        if topic == "who":
            return self._who()
        if topic == "sent":
            return self._what_was_sent()
        if self.cloud is None:
            return "No cloud model is set up. Everything stays on this device."
        if topic == "cost":
            return self._cost(self.cloud)
        side = self.cloud.side
        if topic == "models":
            return _models(side)
        if topic == "model":
            named = side.named(text)
            return _chosen(side, named) if named is not None else _models(side)
        if topic == "revoke":
            gone = sum(side.ledger.revoke(each.id) for each in side.chosen) > 0
            return "I took that back. Nothing goes to the cloud any more." if gone else "Nobody had agreed to anything."
        mode, said = _MODES[topic]
        side.ledger.choose("mode", mode)
        if side.mode("plain") != mode:
            return "The settings of this device are stricter than that, so it stays as it is."
        if mode in ("prefer_cloud", "ask", "prefer_device") and not side.consented:
            return f"{said} First say: ask the cloud, and a question. I then tell you what would be sent."
        return said

    def _who(self) -> str:
        last = self._last
        if last is None:
            return "I have not answered anything yet."
        if self._skills is not None:
            return f"It was a command that I know, and {self._skills.provider} did the work for it."
        if last.route == "cloud" and self._sent is not None:
            return f"The answer came from {self._sent.provider}, because {self.because(last.reason)}."
        if last.route in ("talker", "cloud", "none"):
            return f"This device answered by itself, because {self.because(last.reason)}."
        return "This device answered by itself, because it was a command that I know."

    def _what_was_sent(self) -> str:
        if self._sent is None:
            return "Nothing. The last answer came from this device."
        sent = self._sent
        words = _TAKEN_OUT.sub(lambda found: _KIND.get(found[1], "something"), sent.text)
        more = {0: "", 1: ", with the exchange before"}.get(sent.before, f", with the {sent.before} exchanges before")
        hidden = " What could name somebody was taken out." if sent.hidden else ""
        whom = " and ".join([*(f"{name}, which failed," for name in sent.also), sent.provider])
        return f"I sent this to {whom}{more}: {words.strip(' .')}.{hidden}"

    def _cost(self, cloud: Escalation) -> str:
        side = cloud.side
        day, month = side.ledger.spent(side.wall_s()), side.ledger.spent(side.wall_s(), month=True)
        return f"Today {_money(day.cost_nano)}, this month {_money(month.cost_nano)}."


def _models(side: CloudSide) -> str:
    """Which models may be asked, the first choice first, and which lack only a yes."""
    order = side.in_order
    agreed = [each.provider.name for each in order if each.consented]
    told = f"I can use the model on this device, and {_and(agreed)}." if agreed else "I use the model on this device."
    if other := next((each.provider.name for each in order if not each.consented), ""):
        told += f" {NOT_AGREED.format(name=other)}"
    return told


def _chosen(side: CloudSide, named: Named) -> str:
    """One of the catalogue was wanted: it is the first choice from now on, where a person agreed to it."""
    found = next((each for each in side.chosen if each.id == named.id), None)
    if found is None:
        return f"{side.known[named.id].name} is not chosen on this device: assistant cloud use {named.id} does that."
    name = found.provider.name
    if not found.consented:
        return NOT_AGREED.format(name=name)
    if not named.lasting:
        return f"What shall I ask? Say: ask {name}, and the question."
    side.ledger.choose(FIRST, found.id)
    return f"From now on I ask {name} first, where I ask the cloud at all."


def _and(names: Sequence[str]) -> str:
    return " and ".join([*([", ".join(names[:-1])] if names[:-1] else []), names[-1]])


def _money(nano: int) -> str:
    cents = -(-nano // 10_000_000)
    if cents == 0:
        return "nothing"
    if cents < 100:
        return "one cent at most" if cents == 1 else f"{cents} cents"
    return f"{cents / 100:.2f} dollars"
