"""Small words that a recogniser writes for others of nearly the same sound: "and milk to my list", "a T timer". Pure.

words as heard -> certain(): what can be nothing else            -> grammar
               -> readings(): what else may have been said       -> grammar, where it does not take the words as heard

A rule names the words beside it, so that hardly any other sentence changes; whether one was meant is for the grammar to
say, which must take the whole sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.spoken import NUMBER_WORDS
from assistant.think.normalize import MAX_CHARS, spell

MAX_READINGS = 6
"""Others are not tried: each costs a walk over the grammar."""

_CERTAIN = (
    (
        re.compile(
            r"(?<!\b[b-z] )(?<!\b[b-z] a )(?<!\b(?:don|can|won|isn) )(?<!\bdidn )(?<!\bdoesn )(?<!['.\w&-])\bt\b"
            r"(?!['.\w&-]| (?:shirts?|bones?|mobile|rex|cells?|[b-z]|and t)\b)",
            re.IGNORECASE,
        ),
        "tea",
    ),
    (re.compile(r"\bto (?:by|bye) (?=(?!the (?:way|time)\b)[a-z])", re.IGNORECASE), "to buy "),
    (re.compile(r"\b(?:chopping|shop in|shocking) list\b", re.IGNORECASE), "shopping list"),
)
"""On the words as they stand. A single T is the drink where no letter is spelled beside it."""

_NUMBER = rf"(?:\d+|{'|'.join(sorted(NUMBER_WORDS - {'a', 'an', 'and'}, key=len, reverse=True))})"
_UNIT = r"(?:minutes?|hours?|seconds?|degrees?|percent|%)"
_HOUR = (
    r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half past|(?:a )?quarter|noon|midnight)"
)
_FIRST = r"(?:^|(?<=\band )|(?<=\bthen ))(?:please )?"
"""Where a command may begin."""
_LIST = r"(?=.+ (?:to|on|onto|two|2)\b.* list\b)"

_THING = r"(?:lights?|lamps?|fans?|heaters?|plugs?|speakers?|blinds?|curtains?)"
"""Of two such one is not in the other."""

_ITEMS = re.compile(r"\w+, .*\blist\b", re.IGNORECASE)

_RULES = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        # verbs, where a command begins
        (rf"{_FIRST}(?:and|at|had|ad|ed|add and) {_LIST}", "add "),
        (rf"{_FIRST}(?:but|putt|foot) {_LIST}", "put "),
        (rf"{_FIRST}(?:red|reed|raid|ready) (?=(?:me|my|the|our|out)\b)", "read "),
        (rf"{_FIRST}(?:right|rite|ride) (?=(?:down|a|another|this|that)\b)", "write "),
        (rf"{_FIRST}(?:not|no|know) (?=down\b)", "note "),
        (rf"{_FIRST}(?:remained|remain|rewind|re mind|remined) (?=(?:me|us)\b)", "remind "),
        (rf"{_FIRST}(?:wait|weight|weak|way) (?=(?:me|us)\b)", "wake "),
        (rf"{_FIRST}(?:tic|tack|tik) (?=off\b|.+ off\b)", "tick "),
        (rf"{_FIRST}(?:cancell?ed|council|counsel) (?:leave|the|a|my) (?=(?:alarm|timer|reminder)\b)", "cancel the "),
        (rf"({_FIRST}(?:set|start|make|create)) (?:in|un|and) (?=(?:\w+ ){{0,2}}(?:timer|alarm)\b)", r"\1 a "),
        (rf"{_FIRST}(?:halon|how on|hell long|how lawn) (?=(?:is )?left\b)", "how long "),
        (r"\b(remind (?:me|us)(?: today| tomorrow| tonight)?) i(?: would)? hate to\b", r"\1 at eight to"),
        (r"^(is the [\w ]+) lock$", r"\1 locked"),
        (r"\b(list) call (?=\w)", r"\1 called "),
        # nouns
        (r"\b(take|make|write|leave|add|create|save) (a|another) (?:not|nod|node|no)\b", r"\1 \2 note"),
        (r"\b(shopping|grocery|groceries|to do|todo) (?:lists|least|lest|lisp)\b", r"\1 list"),
        (rf"\b(an|half an|{_NUMBER}) (?:our|ours|are)\b", r"\1 hour"),
        (r"\b(the) whether\b", r"\1 weather"),
        # what stands between
        (rf"\b(?:that|add|had|and|it|as) (?={_HOUR}\b)", "at "),
        (rf"\b(?:four|fore|4) (?=(?:a|an|my|the|our|me|us|half|today|tomorrow|tonight|{_NUMBER})\b)", "for "),
        (r"\b(?:two|too|2) (?=(?:my|the|our|a|an|call|buy|take|go|get|do|feed|pay|check|water|send|be)\b)", "to "),
        (r"\b(turn|switch|shut|power|take|check|cross|tick) of (?=\w)", r"\1 off "),
        (r"\bof (?=(?:my|the|our) [\w ]*list\b)", "off "),
        (r"(?<= )of$", "off"),
        (rf"\b({_THING}) in (?=(?:the|my) [\w ]*\b{_THING}(?: off| on)?$)", r"\1 and "),
        # numbers
        (rf"\b(?:aching|aging|a team|hate teen|a teen|eight teen) (?={_UNIT})", "eighteen "),
        (r"\b(at|by|until|till) (?:to|too)(?= (?:oclock|am|pm|thirty|fifteen)\b|$)", r"\1 two"),
        (r"\b(at|by|until|till) for(?= (?:oclock|am|pm|thirty|fifteen)\b|$)", r"\1 four"),
        (r"\bate\b", "eight"),
        (r"\b(at|by|until|till) (\d)([0-5]\d)$", r"\1 \2 \3"),
        (r"(percent of|% of|times|plus|minus|divided by) (?:ad|a d|ady)\b", r"\1 eighty"),
        (rf"\bwon (?={_UNIT}\b|oclock\b|am\b|pm\b)", "one "),
        (rf"\bfor (?={_UNIT}\b)", "four "),
        (rf"\b(?:to|too) (?={_UNIT}\b)", "two "),
    )
)  # fmt: skip
"""On spelled words. Seen so far in transcripts of our own voice: "and" and "at" for "add", "wait me that 7"; the others
are of their kind."""


def certain(text: str) -> str:
    """The text with the words that were surely said; mostly as it is."""
    if len(text) > MAX_CHARS:
        return text
    for pattern, said in _CERTAIN:
        text = pattern.sub(said, text)
    return text


def readings(text: str) -> Iterator[str]:
    """What else may have been said, spelled: first with one of the rules, then with all that fit."""
    if len(text) > MAX_CHARS:
        return
    if _ITEMS.search(text):  # spelling drops the commas, and "milk, eggs" would be one thing
        text = re.sub(r",(?! *(?:and|or)\b) *", " and ", text)
    spelled = spell(text)
    told = {spelled}
    every = spelled
    for pattern, said in _RULES:
        every = pattern.sub(said, every)
        if (one := pattern.sub(said, spelled)) not in told and len(told) < MAX_READINGS:
            told.add(one)
            yield one
    if every not in told:
        yield every
