"""What kind of words these are: plain, personal, about the household, or such that they never leave the device; pure.

It errs towards the stricter side: a question that is taken for personal is answered here, which costs quality only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from assistant.korean import private as korean
from assistant.language import is_korean
from assistant.think.personal import find_personal
from assistant.think.route import DataClass

_MINE = r"(?:my|our|his|her|their|\w+'s)"
_SECRETS = re.compile(
    r"\b(?:pin|pins|pin code|pin number|p i n|passwords?|pass ?codes?|pass ?phrases?|pass ?keys?|log ?ins?|credentials"
    r"|(?:credit|debit|bank|id|identity|insurance|sim) cards?|card (?:number|details)|cvv|cvc|security codes?|iban"
    r"|account numbers?|routing number|sort code|social security|passport number|tax (?:id|number)|national insurance"
    r"|driving licen[cs]e|driver's licen[cs]e|(?:api|private|secret|recovery|seed|access) (?:keys?|phrases?|tokens?"
    r"|codes?)"
    r"|one[- ]time (?:code|password)|two[- ]factor"
    r"|(?:alarm|door|gate|garage|safe|entry|access|lock|key|locker|keypad|security|unlock|wi-?fi) ?(?:codes?|keys?"
    r"|combination)"
    r"|combination (?:of|to|for) (?:the|my|our))\b"
)
_LOCKS = re.compile(
    r"\b(?:unlock(?:ed|s|ing)?|(?:front|back|garage|house|cellar|side|apartment) (?:door|gate)s?|door ?locks?|burglar"
    rf"|alarm system|spare key|{_MINE} (?:locks?|keys?|safe|door|alarm system)"
    r"|(?:lock|locked|arm|disarm) (?:the|my|our)|nobody (?:is )?(?:at )?home|(?:we|i) (?:are|am|will be) (?:away"
    r"|on holiday))\b"
)
_CONTACTS = re.compile(
    r"\b(?:(?:phone|telephone|mobile|cell|fax) ?(?:numbers?)?|contacts?|address book"
    rf"|{_MINE} (?:e-?mail|number|address|birthday|postcode|post code|zip(?: code)?|street))\b"
)
_LIVING = re.compile(r"\b(?:i|we|he|she|they) (?:live|lives|moved|stay|reside) (?:at|in|on|near|to)\b|\bhome address\b")
_ILLNESS = (
    r"(?:diagnos\w+|symptoms?|medic\w+|pills?|tablets?|prescri\w+|doctor\w*|hospital|surgery|operation|therap\w+"
    r"|pregnan\w+|period|depress\w+|anxi\w+|panic attacks?|suicid\w+|cancer|tumou?r|diabet\w+|insulin|asthma|epilep\w+"
    r"|hiv|std|blood (?:pressure|sugar|test|type|group)|cholesterol|weight|bmi|allerg\w+|rash|fever|pains?|headaches?"
    r"|migraines?|injur\w+|addict\w+|disab\w+|disease|illness|infect\w+|nausea|cough|ache[sd]?|hurts?|vaccin\w+"
    r"|miscarriage|abortion|contracept\w+|dement\w+|adhd|autis\w+|bipolar|stroke|heart attack)"
)
_OWN = (
    r"(?:i|i'm|i am|i've|i have|my|me|we|our|he|his|she|her|husband|wife|son|daughter|mother|father|mom|dad|child|baby)"
)
_HEALTH = re.compile(rf"\b{_OWN}\b.*\b{_ILLNESS}\b|\b{_ILLNESS}\b.*\b{_OWN}\b")
_HOUSEHOLD = re.compile(
    rf"\b(?:(?:in|of|for) (?:the|our|my) (?:living|bed|bath|dining|guest|kids'?|children's)? ?(?:room|kitchen|hall"
    rf"|cellar"
    r"|basement|attic|garage|garden|house|home|flat|apartment|office)"
    rf"|{_MINE} (?:\w+ )?(?:house|home|flat|apartment|lights?|heating|thermostat|camera|cameras|tv|television|devices?"
    r"|lists?"
    r"|shopping list|alarms?|timers?|reminders?|calendar|appointments?|schedule|notes?|routines?|music|playlists?)"
    r"|at home|my family|our family|the (?:kids|children))\b"
)
_RELATIONS = (
    r"(?:wife|husband|partner|spouse|girlfriend|boyfriend|fianc\w+|ex|son|daughter|kids?|children|child|baby|mother"
    r"|father"
    r"|mom|mum|dad|parents?|brother|sister|siblings?|grand\w+|aunt|uncle|cousin|nephew|niece|friends?|boss|colleagues?"
    r"|neighbou?rs?|teacher|landlord|roommate|flatmate)"
)
_PERSONAL = re.compile(
    rf"\b(?:my|our|his|her|their) (?:\w+ )?{_RELATIONS}\b"
    r"|\b(?:my|our) (?:name|age|job|salary|income|rent|mortgage|debts?|savings|bank|boss|school|company|marriage"
    r"|divorce"
    r"|relationship|religion|birthday|wedding|lawyer|secret|diary)\b"
    r"|\bi(?:'m| am) (?:\w+ )?(?:years old|married|divorced|single|gay|lesbian|trans|unemployed|in love|called|named)\b"
    r"|\bi (?:earn|owe|voted|believe in|was born|feel|love|hate|had sex)\b|\bmy name is\b"
)
_OTHER_SCRIPT = re.compile(r"[^\W\d_\u0000-\u024f\uac00-\ud7a3]")
"""A letter beyond Latin and the syllables of Hangul: no pattern knows such words."""
_RANK: dict[DataClass, int] = {"plain": 0, "personal": 1, "household": 2, "never": 3}


def data_class(text: str, people: Iterable[str] = (), things: Iterable[str] = ()) -> DataClass:
    """The class of a text. `people` and `things` (rooms, devices) are the names that this household knows.

    `never`: secrets, health, addresses, contacts, locks, and words in a script that is not judged here. `household`:
    what is in the home. `personal`: people, and whatever `find_personal` would take out before it leaves.
    """
    text = unicodedata.normalize("NFC", text)
    lower = " ".join(text.lower().replace("’", "'").split())
    if any(pattern.search(lower) for pattern in (_OTHER_SCRIPT, _SECRETS, _LOCKS, _CONTACTS, _LIVING, _HEALTH)):
        return "never"
    said: DataClass = korean.data_class(text) if is_korean(text) else "plain"
    found = find_personal(text, people, things)
    if said == "never" or any(each.kind in ("ADDRESS", "ACCOUNT") for each in found):
        return "never"
    if said == "household" or _HOUSEHOLD.search(lower) or any(each.kind == "THING" for each in found):
        return "household"
    return "personal" if found or _PERSONAL.search(lower) else said


def strictest_class(classes: Iterable[DataClass]) -> DataClass:
    """The class of several texts together."""
    return max(classes, key=lambda each: _RANK[each], default="plain")
