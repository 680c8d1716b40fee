"""Whether the plan may be mentioned after an answer, and in what words; pure, and strict: most of the time it may not.

The job was done here first. Then at most one offer, of at most 14 words and without a price; a no holds for good.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from assistant.account.states import State
from assistant.errors import ConfigError

MAX_WORDS = 14
AGAIN_S = 30 * 86_400.0
"""An offer that nobody answered is made again so much later at the soonest, whatever it is for."""

OFFERS: Mapping[str, str] = {
    "chat": "A bigger model could say more, with a plan. Shall I tell you how?",
    "images": "With a plan, a bigger model could paint that. Shall I tell you how?",
}
"""What is offered by the feature that was missed."""
OTHER = "With a plan I could do that better. Shall I tell you how?"

HOW = "Say: activate my plan. I then read you a code for a page, which tells the price first. Nothing is paid by voice."
NEVER_AGAIN = "Okay. I won't bring it up again."

NOTICES: Mapping[State, str] = {
    "grace": "Your plan could not be renewed; it works for some days more.",
    "expired": "Your plan has run out, so I did that here.",
    "revoked": "This device is no longer part of your account, so I did that here.",
}
"""What is told once, after an answer that the plan was wanted or used for."""
ENDED = "Your plan has ended; it works for some days more."
"""What is told in place of the grace of a plan that was cancelled."""

Person = Literal["adult", "child", "guest"]
Why = Literal[
    "", "nothing_missed", "fast_path", "switched_off", "has_plan", "said_no", "person", "quiet", "error", "question",
    "offered_lately", "offered_here",
]  # fmt: skip
"""Why there is no offer; empty where there may be one. `has_plan`: also one that has run out, which is told instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Hours of the local day in which nothing is offered; over midnight where the end is earlier than the start."""

    start: dt.time
    end: dt.time

    @classmethod
    def parse(cls, text: str) -> Quiet:
        """Such as 21:00-08:00; the same time twice is the whole day. Raises: ConfigError."""
        try:
            start, end = (dt.datetime.strptime(part.strip(), "%H:%M").time() for part in text.split("-"))
        except ValueError:
            raise ConfigError(
                f"The quiet hours '{text[:20]}' can't be read.", fix='Write them like this: "21:00-08:00".'
            ) from None
        return cls(start=start, end=end)

    def holds(self, now: dt.time) -> bool:
        if self.start < self.end:
            return self.start <= now < self.end
        return now >= self.start or now < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The end of an answer. `missed`: the feature of the plan that would have done more, empty for none.

    `command`: it was a command that the device carried out. `trouble`: something failed in this turn or the one before.
    `asks`: a question is open.
    `offered_here`: this conversation had its offer. `last_offer_s`: when the last one was made, effective time.
    """

    missed: str
    command: bool
    trouble: bool
    asks: bool
    state: State
    to_be_had: bool
    person: Person
    now: dt.time
    quiet: Quiet
    offered_here: bool
    said_no: bool
    now_s: float
    last_offer_s: float


def forbidden(moment: Moment) -> Why:
    """Why nothing may be offered now; empty where one offer may be made."""
    if moment.said_no:
        return "said_no"
    if not moment.to_be_had:
        return "switched_off"
    if moment.command:
        return "fast_path"
    if not moment.missed:
        return "nothing_missed"
    if moment.state != "none":
        return "has_plan"
    if moment.person != "adult":
        return "person"
    if moment.quiet.holds(moment.now):
        return "quiet"
    if moment.trouble:
        return "error"
    if moment.asks:
        return "question"
    if moment.offered_here:
        return "offered_here"
    return "offered_lately" if moment.last_offer_s and moment.now_s - moment.last_offer_s < AGAIN_S else ""


def offer_for(feature: str) -> str:
    """The words of the offer."""
    return OFFERS.get(feature, OTHER)
