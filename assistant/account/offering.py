"""Offers in one conversation: made at the end of an answer at most, and what is said to one is kept for good."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.account.kept import AccountStore
from assistant.account.offers import ENDED, HOW, NEVER_AGAIN, NOTICES, Moment, Person, Quiet, forbidden, offer_for
from assistant.errors import AssistantError
from assistant.korean.told import in_korean
from assistant.think.difficulty import difficulty, is_refusal
from assistant.think.normalize import spell
from assistant.think.route import HARD
from assistant.types import ToolResult, Turn

if TYPE_CHECKING:
    from assistant.account.licence import Licence
    from assistant.think.escalation import Escalation

NO, LAST, TOLD = "no", "last", "told"
"""The names of what is kept: when somebody said no, when the last offer was made, and what was told of the plan."""
_ALSO_NO = re.compile(
    r"(?:no[, ]*)?(?:i'm |i am )?(?:not interested|no interest|never(?: again)?|stop (?:that|it|offering|advertising)"
    r"|(?:stop|don't|do not) (?:ask(?:ing)?|offer(?:ing)?|bother(?:ing)?)(?: me)?(?: (?:again|that|about (?:it|that|the"
    r" plan|plans)))*|leave me alone(?: with that)?|go away|shut up|no (?:ads|advertising|offers)(?: please)?"
    r"|i don't want (?:a|any|the|that)(?: plan)?)"
)


@dataclass(slots=True, kw_only=True)
class OfferBook:
    """What all conversations of a device share about offers."""

    licence: Licence
    quiet: Quiet
    person: Callable[[], Person] = lambda: "adult"
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now().astimezone()
    on: bool = True

    @property
    def store(self) -> AccountStore:
        return self.licence.store

    def never(self) -> None:
        """Somebody said no. Raises: StoreError."""
        self.store.note_wish(NO, str(self.licence.now_s()))

    def again(self) -> None:
        """Somebody wants to hear of the plan after all. Raises: StoreError."""
        self.store.note_wish(NO, "")


@dataclass(slots=True, kw_only=True)
class Offering:
    """The offers of one conversation. Where anything about them cannot be read or kept, nothing is offered."""

    book: OfferBook
    asks: bool = False
    """The last answer ended with an offer, and what is said next may be the answer to it."""
    _made: str = ""
    _here: bool = False
    _trouble: bool = False

    def answer(self, text: str, yes_or_no: bool | None) -> bool | None:
        """Is this what is said to the offer: a yes, a no, or something else (None)?"""
        if not self.asks:
            return None
        words = " ".join(text.lower().replace("’", "'").split()).strip(" .!?,")
        return False if _ALSO_NO.fullmatch(words) else yes_or_no

    def reply(self, agreed: bool) -> str:
        """What is said to a yes or a no; the no is kept first. Raises: StoreError: then it was not."""
        self.asks = False
        if agreed:
            return HOW
        self.book.never()
        return NEVER_AGAIN

    def after(self, turn: Turn, said: str, missed: str) -> str:
        """What ends an answer of these words: mostly nothing, else how a lapsing plan stands, told once, or an offer.

        `missed`: the feature that would have done more. An answer without words is one that failed.
        """
        decision, failed = turn.decision, not said.strip() or any(not result.ok for result in turn.results)
        trouble, self._trouble = failed or self._trouble, failed
        by_plan = (decision is not None and decision.route == "cloud") or any(result.sent for result in turn.results)
        if not (missed or by_plan) or not self.book.on:
            return ""
        asks = turn.asks is not None or any(_asks(result) for result in turn.results)
        try:
            if not failed and (notice := self._notice()):
                return notice
            moment = self._moment(missed, command=_is_command(turn), trouble=trouble, asks=asks)
            if forbidden(moment):
                return ""
            self.book.store.note_wish(LAST, str(moment.now_s))
        except (AssistantError, ValueError):
            return ""
        self._here, self._made = True, offer_for(missed)
        return self._made

    def failed(self) -> None:
        """The turn ended in an error: nothing is offered after the next answer either."""
        self._trouble = True

    def close(self, heard: str) -> None:
        """A turn is over, of which this was heard; an offer that was talked over was none to answer."""
        made, self._made = self._made, ""
        self.asks = bool(made) and any(spell(heard).endswith(spell(words)) for words in (made, in_korean(made)))

    def _notice(self) -> str:
        """How a plan that lapses stands, if nobody heard it yet of what was paid last. Raises: StoreError."""
        standing = self.book.licence.look()
        ended = standing.state == "grace" and not standing.renews and standing.now_s >= standing.paid_until_s
        words = ENDED if ended else NOTICES.get(standing.state, "")
        mark = f"{standing.state} {standing.paid_until_s:.0f}"  # the entitlement is another one every day
        if not words or self.book.store.wish(TOLD) == mark:
            return ""
        self.book.store.note_wish(TOLD, mark)
        return words

    def _moment(self, missed: str, *, command: bool, trouble: bool, asks: bool) -> Moment:
        """Raises: StoreError, ValueError: what is kept cannot be read."""
        book = self.book
        standing, wishes = book.licence.look(), book.store.wishes()
        return Moment(
            missed=missed,
            command=command,
            trouble=trouble,
            asks=asks,
            state=standing.state,
            to_be_had=book.on,
            person=book.person(),
            now=book.now().time(),
            quiet=book.quiet,
            offered_here=self._here,
            said_no=bool(wishes.get(NO)),
            now_s=standing.now_s,
            last_offer_s=float(wishes.get(LAST) or 0),
        )


def missed_in(turn: Turn, text: str, said: str, *, cloud: Escalation | None) -> str:
    """The feature of the plan that would have done more in this turn; empty for none.

    It is what a tool named, or a bigger model where the local one answered a hard question and no cloud is chosen, or
    the plan's without a plan.
    """
    if named := next((result.missed for result in turn.results if result.missed), ""):
        return named
    decision = turn.decision
    if decision is None or decision.route != "talker" or decision.calls or turn.results:
        return ""
    if cloud is not None and decision.reason != "no_plan":
        return ""
    return "chat" if difficulty(text) >= HARD and not is_refusal(said) else ""


def _is_command(turn: Turn) -> bool:
    """A command that the device carried out as it should: nothing would have done more."""
    grammar = turn.decision is not None and turn.decision.route in ("grammar", "caller")
    return grammar and not any(result.missed for result in turn.results)


def _asks(result: ToolResult) -> bool:
    return bool(result.data.get("ask") or result.data.get("question_id"))
