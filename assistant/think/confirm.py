"""A sensitive action runs only after a yes that was meant for it: bound to the action, the room and one nonce. Pure.

asked --yes--> granted --redeemed once--> done        the digits of a PIN are compared here and go nowhere else
  |  `--no, 20 s, wrong PIN, other words--> over
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from assistant.errors import AssistantError
from assistant.korean import dialogue as korean
from assistant.language import is_korean
from assistant.spoken import json_number, parse_number
from assistant.think.dialogue import answer_of
from assistant.think.normalize import spell
from assistant.types import ToolCall

EXPIRES_S = 20.0
KEPT_S = 300.0
"""So long an end is remembered, so that a second use of its nonce can be told from a nonce that never was."""

PinVerdict = Literal["right", "wrong", "locked", "unset"]
Verdict = Literal[
    "yes", "no", "again", "say_pin", "wrong_pin", "locked", "no_pin", "expired", "other_room", "used", "unclear"
]

_log = logging.getLogger(__name__)

_PIN_WORDS = frozenset(["my", "the", "pin", "code", "is", "it", "its", "number", "okay", "uh", "um", "yes", "please"])
_HEARD_AS = {"oh": "0", "o": "0", "to": "2", "too": "2", "for": "4", "won": "1", "ate": "8"}


class ConfirmationError(AssistantError):
    """A sensitive call without a yes that belongs to it; nothing was run."""

    code = "confirmation"


class PinCheck(Protocol):
    """Compares digits with the PIN that the user set, and locks after too many wrong ones."""

    def check(self, digits: str, now_s: float) -> PinVerdict:
        """Count a try; `now_s` is epoch seconds."""
        ...

    def state(self, now_s: float) -> PinVerdict:
        """ "locked" or "unset" where no PIN would help now, else "right"; counts nothing."""
        ...

    def matches(self, digits: str) -> bool:
        """Is this the PIN? Counts no try and opens nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A question that was put about one call. Times in seconds of a clock that only grows."""

    nonce: str
    digest: str
    call: ToolCall
    room: str
    made_s: float
    critical: bool = False
    expires_s: float = EXPIRES_S
    granted: bool = False
    asked_again: bool = False
    over: str = ""

    def is_open(self, now_s: float) -> bool:
        return not self.over and now_s < self.made_s + self.expires_s


Audit = Callable[[str, ToolCall], None]
"""Told how a challenge ended (asked, granted, declined, expired, wrong_pin, locked, refused), and of which call."""


def _log_outcome(outcome: str, call: ToolCall) -> None:
    _log.info("confirmation", extra={"outcome": outcome, "tool": call.tool})


class Confirmer:
    """The only place that knows whether the user has confirmed something. One for all rooms."""

    def __init__(self, pin: PinCheck | None = None, critical: frozenset[str] = frozenset()) -> None:
        self.audit: Audit = _log_outcome
        self.critical = critical
        self._pin = pin
        self._challenges: dict[str, Challenge] = {}

    def challenge(self, call: ToolCall, *, room: str, now_s: float, wall_s: float) -> Challenge:
        """Make the question about a call.

        Raises:
            ConfirmationError: it needs a PIN and there is none, or the PIN is locked.
        """
        self.expire(now_s)
        critical = call.tool in self.critical
        if critical:
            self._need_pin(call, wall_s)
        made = Challenge(
            nonce=secrets.token_hex(16), digest=digest_of(call), call=call, room=room, made_s=now_s, critical=critical
        )
        self._challenges[made.nonce] = made
        self.audit("asked", call)
        return made

    def get(self, nonce: str) -> Challenge | None:
        return self._challenges.get(nonce)

    def asked(self, nonce: str, now_s: float) -> None:
        """The question was said to its end: the time to answer begins."""
        if (found := self._challenges.get(nonce)) is not None and found.is_open(now_s) and not found.granted:
            self._challenges[nonce] = replace(found, made_s=now_s)

    def answer(self, nonce: str, text: str, *, room: str, spoken_over: bool, now_s: float, wall_s: float) -> Verdict:
        """Judge an answer. After "yes", and only then, `redeem` lets the call run; after "again" the question stays.

        `spoken_over`: it was heard while, or right after, our own loudspeaker sounded; such a yes counts for nothing,
        and the question is put again once.
        """
        found = self._challenges.get(nonce)
        if found is None or found.over:
            return "expired" if found is not None and found.over == "expired" else "used"
        if not found.is_open(now_s):
            self._end(nonce, "expired")
            return "expired"
        if room != found.room:
            self._end(nonce, "refused")
            return "other_room"
        if answer_of(text) is False:
            self._end(nonce, "declined")
            return "no"
        digits = pin_digits(text) if found.critical else ""
        if found.critical and not digits and answer_of(text):
            return "say_pin"
        if not digits and (found.critical or answer_of(text) is None):
            self._end(nonce, "dropped")
            return "unclear"
        if spoken_over:
            return self._again(found, now_s)
        return self._pin_said(found, digits, wall_s) if found.critical else self._grant(found)

    def redeem(self, nonce: str, call: ToolCall, *, now_s: float) -> None:
        """Use a granted confirmation up, once, for exactly this call.

        Raises:
            ConfirmationError: there is none, it was used, it is too old, or the call is another one.
        """
        found = self._challenges.get(nonce)
        if found is None or not found.granted or found.over:
            self.audit("refused", call)
            raise ConfirmationError("That needs your confirmation first.")
        if not found.is_open(now_s):
            self._end(nonce, "expired")
            raise ConfirmationError("That confirmation is too old.")
        self._end(nonce, "used" if found.digest == digest_of(call) else "refused")
        if found.digest != digest_of(call):
            raise ConfirmationError("That is not what you confirmed, so I did nothing.")

    def drop(self, nonce: str) -> None:
        """The user went on to something else."""
        if (found := self._challenges.get(nonce)) is not None and not found.over:
            self._end(nonce, "dropped")

    def expire(self, now_s: float) -> None:
        """End what nobody answered in time, and forget what ended long ago."""
        for nonce, found in list(self._challenges.items()):
            if not found.over and not found.is_open(now_s):
                self._end(nonce, "expired")
            if found.over and now_s > found.made_s + KEPT_S:
                del self._challenges[nonce]

    def is_pin(self, text: str) -> bool:
        """Are these words the PIN itself? Then they are for nobody else's ears; counts no try."""
        digits = pin_digits(text)
        return len(digits) >= 4 and self._pin is not None and self._pin.matches(digits)

    def _need_pin(self, call: ToolCall, wall_s: float) -> None:
        state = self._pin.state(wall_s) if self._pin is not None else "unset"
        if state == "locked":
            self.audit("locked", call)
            raise ConfirmationError("There were too many wrong PINs. Please try again later.")
        if state == "unset":
            self.audit("refused", call)
            raise ConfirmationError("That needs a PIN, and you have not set one.", fix="Run: assistant pin set")

    def _pin_said(self, found: Challenge, digits: str, wall_s: float) -> Verdict:
        verdict = self._pin.check(digits, wall_s) if self._pin is not None else "unset"
        if verdict == "right":
            return self._grant(found)
        if verdict == "wrong":
            self.audit("wrong_pin", found.call)
            return "wrong_pin"
        self._end(found.nonce, "locked" if verdict == "locked" else "refused")
        return "locked" if verdict == "locked" else "no_pin"

    def _grant(self, found: Challenge) -> Verdict:
        self._challenges[found.nonce] = replace(found, granted=True)
        self.audit("granted", found.call)
        return "yes"

    def _again(self, found: Challenge, now_s: float) -> Verdict:
        if found.asked_again:
            self._end(found.nonce, "refused")
            return "no"
        self._challenges[found.nonce] = replace(found, asked_again=True, made_s=now_s)
        return "again"

    def _end(self, nonce: str, how: str) -> None:
        found = self._challenges[nonce]
        self._challenges[nonce] = replace(found, over=how, granted=False)
        self.audit(how, found.call)


def digest_of(call: ToolCall) -> str:
    """Names exactly this tool with exactly these arguments."""
    return hashlib.sha256(json.dumps([call.tool, call.arguments], sort_keys=True).encode()).hexdigest()


def pin_digits(text: str) -> str:
    """The digits of a PIN in these words ("one two, three four", "12 34", "my PIN is 1234"); empty if there are none.

    Whatever else is said beside them, digits are digits: they must not go on to anybody else.
    """
    if is_korean(text):
        return korean.pin_digits(text)
    words = [word for word in re.sub(r"(?<=\d)[-.](?=\d)", " ", spell(text)).split() if word not in _PIN_WORDS]
    only_digits = all(_digits(word) or word in _HEARD_AS for word in words)
    found = [_digits(word) or (_HEARD_AS.get(word, "") if only_digits else "") for word in words]
    digits, place = "", 0
    while place < len(found):
        this, following = found[place], found[place + 1] if place + 1 < len(found) else ""
        if len(this) == 2 and this[1] == "0" and this[0] > "1" and len(following) == 1 and words[place].isalpha():
            digits, place = digits + this[0] + following, place + 2  # "thirty four" is 34
        else:
            digits, place = digits + this, place + 1
    return digits


def _digits(word: str) -> str:
    if word.isdecimal():
        return word
    value = parse_number([word]) if word.isalpha() and word not in ("a", "an") else None
    return str(json_number(value)) if value is not None and value.denominator == 1 and 0 <= value < 100 else ""
