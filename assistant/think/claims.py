"""Does prose of a language model claim a deed? "I have turned on the light", "I'll remind you", "Done": pure.

A model has no hands: what was done is told from results of tools alone. So a clause that claims a deed is not spoken.
Stories, quotations, explanations and what somebody else did are no claims. What was said to the assistant decides how
strictly its answer is read: after a wish "the light is on" is a claim, after "what is a circuit?" it explains.
"""

from __future__ import annotations

import re
from typing import Literal

from assistant.korean import claims as korean
from assistant.language import is_korean
from assistant.think.caller import is_question

Asked = Literal["wish", "state", "question", "story"]
"""What was said: a wish or a statement, how things of the user's stand, any other question, a piece of writing."""

_STORY = re.compile(
    r"\b(?:write|tell|compose|invent|make up|sing|recite|read)\b.*\b(?:poems?|stor(?:y|ies)|songs?|verses?|haikus?"
    r"|limericks?|rhymes?|essays?|tales?|jokes?|riddles?|fables?|dialogues?|letters?|scenes?)\b"
    r"|\b(?:pretend|imagine|role ?play)\b"
)
_TOLD = re.compile(
    r"^(?:please |can you |could you )*(?:tell (?:me|us) (?:about|more|something)|describe|explain|define|compare"
    r"|recommend|suggest|translate|spell|give (?:me|us) (?:an? |some )?(?:advice|ideas?|tips?|examples?|facts?)"
    r"|go on)\b"
)

_NOUN = (
    r"(?:lights?|lamps?|bulbs?|fans?|heating|heaters?|radiators?|thermostats?|temperature|doors?|garage|gates?|windows?"
    r"|blinds?|curtains?|shades?|shutters?|locks?|ovens?|stove|kettle|coffee (?:machine|maker)|tv|television|screen"
    r"|music|songs?|playlists?|radio|volume|podcasts?|timers?|alarms?|alarm clock|reminders?|appointments?|meetings?"
    r"|events?|calendars?|schedule|messages?|texts?|e-?mails?|mails?|calls?|orders?|pizzas?|taxis?|cabs?|rides?|uber"
    r"|tables?|reservations?|bookings?|flights?|tickets?|hotels?|payments?|transfers?|notes?|lists?|items?|vacuum"
    r"|robot|sprinklers?|cameras?|security system|system|requests?|notifications?|photos?|printers?|documents?|files?"
    r"|backups?|plugs?|outlets?|switch|devices?|ac|air condition(?:er|ing)|dishwasher|washing machine|washer|dryer"
    r"|phone|computer|package|delivery|groceries|help|ambulance|police|plumber|doctor|wi-?fi|bluetooth|app|apps)"
)
_OWNER = r"(?:your|the|that|this|a|an|all|both|every|his|her|my|another)"
_THING = rf"(?:{_OWNER} )?(?:[\w'-]+ ){{0,4}}?{_NOUN}"

_PLAIN = {
    # These mean a deed whatever follows; the second list only with a thing of the house, or after a wish.
    "sure": """turn switch schedule book order reserve text email e-mail phone dial notify alert contact lock unlock dim
brighten adjust mute unmute cancel activate deactivate enable disable arm disarm connect disconnect download upload
install remind snooze preheat reboot restart confirm arrange check search wake message forward set send delete dispatch
subscribe register archive purchase remember""",
    "loose": """start stop pause resume play add remove clear create buy pay call ring open close lower raise increase
decrease reduce change update save store record note put print post move rename skip charge heat warm cool boil brew
water feed vacuum clean launch run track monitor mark share transfer deliver ship submit request log shut make get place
read pull look find keep take pick fix begin bring light hang""",
}
_PAST = {
    "set": "set", "send": "sent", "buy": "bought", "pay": "paid", "ring": "rang", "put": "put", "wake": "woken",
    "feed": "fed", "run": "ran", "shut": "shut", "make": "made", "get": "got", "read": "read", "find": "found",
    "keep": "kept", "take": "taken", "begin": "begun", "bring": "brought", "light": "lit", "hang": "hung",
}  # fmt: skip


def _past(verb: str) -> str:
    if verb in _PAST:
        return _PAST[verb]
    if verb.endswith("e"):
        return f"{verb}d"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ied"
    return f"{verb}{_doubled(verb)}ed"


def _gerund(verb: str) -> str:
    return f"{verb[:-1]}ing" if verb.endswith("e") else f"{verb}{_doubled(verb)}ing"


def _doubled(verb: str) -> str:
    twice = {"set", "stop", "dim", "put", "run", "skip", "log", "ship", "get", "shut", "submit", "transfer", "begin"}
    return "l?" if verb == "cancel" else verb[-1] if verb in twice else ""


def _forms(kind: str) -> tuple[str, str, str]:
    """Alternatives of a list of verbs: plain, past and with -ing."""
    verbs = _PLAIN[kind].split()
    return "|".join(verbs), "|".join(map(_past, verbs)), "|".join(map(_gerund, verbs))


_SURE, _SURE_PAST, _SURE_ING = _forms("sure")
_LOOSE, _LOOSE_PAST, _LOOSE_ING = _forms("loose")
_BE_PAST = rf"(?:{_SURE_PAST}|{_LOOSE_PAST}|placed|completed?|made|done|confirmed|taken care of)"
_ADVERB = (
    r"(?:(?:just|already|now|also|successfully|quickly|gladly|happily|definitely|certainly|surely|immediately|then"
    r"|currently|gone ahead and|go ahead and|went ahead and|right away|be sure to|make sure to|all|both|finally|even"
    r"|as (?:you )?(?:wished|asked|requested|wanted))"
    r",? )*"
)
_DID = rf"\bi(?:'ve| have)? {_ADVERB}"
_WILL = rf"\b(?:i(?:'ll| will| shall|'m going to| am going to|'m about to| am about to)|let me) {_ADVERB}(?:be )?"
_AM = rf"\bi(?:'m| am) {_ADVERB}"
_MINE = r"(?! (?:my|out to|aside)\b)"
_FIRST_SURE = re.compile(
    rf"{_DID}(?:{_SURE_PAST})\b{_MINE}|{_AM}(?:{_SURE_ING})\b{_MINE}"
    rf"|{_DID}(?:taken care of|looked (?:it|that|this|them) up|let \w+ know"
    r"|put (?:it|that|this|them|you) (?:on|in|down))"
)
_FIRST_LOOSE = re.compile(rf"(?:{_DID}(?:{_LOOSE_PAST})|{_AM}(?:{_LOOSE_ING}))\b{_MINE} (?P<rest>.+)")
_PROMISE = re.compile(
    rf"{_WILL}(?:(?:{_SURE}|{_SURE_ING})\b{_MINE}(?! (?:you )?(?:that|this) (?:i|we|as)\b)"
    r"|let (?:you|them|him|her|everyone|\w+) know\b|keep (?:you|an eye)\b|take care of\b|get (?:right )?on (?:it|that)"
    r"|do (?:that|it|so)\b|get (?:that|it|this) (?:done|set|started|sorted)|handle (?:that|it|this)|see to (?:it|that)"
    r"|look (?:it|that|this|them) up\b|get back to you)"
)
_PROMISE_LOOSE = re.compile(rf"{_WILL}(?:{_LOOSE}|{_LOOSE_ING})\b{_MINE} (?P<rest>.+)")
_STATE = (
    r"(?:on|off|open|closed|shut|locked|unlocked|playing|running|armed|disarmed|ready|on (?:its|the|their|his|her) way"
    r"|in place|scheduled|active|up and running|good to go"
    rf"|{_SURE_ING}|{_LOOSE_ING})"
)
_IS = rf"(?:'s|'re| is| are| has been| have been|'s been| was| were| will be) {_ADVERB}"
_LEAD = (
    r"^(?:(?:and|so|yes|yeah|yep|okay|ok|sure|great|alright|all right|now|then|well|perfect|also|but|right|of course"
    r"|certainly|absolutely|no|no problem|there|here you go|there you go),? )*"
)
_PASSIVE = re.compile(
    rf"{_LEAD}(?P<thing>{_THING})(?:(?:{_IS})(?:{_BE_PAST}|{_STATE})\b"
    r"| will (?:ring|go off|arrive|turn|switch|start|be (?:there|here|delivered|sent|with you|ready|on|off))\b"
    r")"
)
_BARE = re.compile(
    rf"{_LEAD}(?!(?:i|you|we|it|he|she|they|there|please|no|not|if|try)\b)(?:{_OWNER} )?(?:[\w'-]+ ){{0,2}}?{_NOUN}"
    rf" (?:{_SURE_PAST}|created|added|started|stopped|placed|saved|opened|closed|paused|updated|on|off)\b(?! by\b)"
)
"""Headlines: "timer set", "lights on"."""
_PASSIVE_OTHER = re.compile(
    rf"{_LEAD}(?:(?:it|that|they|everything|this)(?:{_IS})(?:{_BE_PAST}|{_STATE})\b"
    r"|[\w' -]{1,40}? (?:has|have) (?:just |now |already |also )*been (?:successfully )?"
    rf"{_BE_PAST}\b"
    rf"|(?:now |okay |all )*(?:{_SURE_ING}|{_LOOSE_ING}) (?P<object>.+)"
    rf"|(?!set|put|read|shut)(?:{_SURE_PAST}|{_LOOSE_PAST}) .+"
    r"|you(?:'ll| will) (?:be (?:reminded|notified|alerted|woken|called|contacted)"
    r"|(?:receive|get|hear) (?:a|an|the|your)))"
)
_YOURS = re.compile(
    r"\byou (?:currently |now )?(?:have|'ve got) (?:no|one|two|three|four|five|\d+|a|an|several|some|a few)"
    r" (?:(?:new|unread|missed|upcoming|more|other|important) )*(?:messages?|e-?mails?|calls?|meetings?|appointments?"
    r"|events?|reminders?|notifications?|voicemails?|texts?|timers?|alarms?)\b"
)
_DONE = re.compile(
    rf"{_LEAD}(?:(?:(?:it|that)(?:'s| is) |(?:i'm|i am|you're|you are) |all )*(?:done|all set|set|finished|completed)"
    r"|consider it done|mission accomplished|task completed?|on it|will do|right away|coming (?:right )?up"
    r"|request sent)"
    r"(?: for you| now| already| as you asked| then)?$"
)
_FINITE = re.compile(
    r"\b(?:is|are|can|could|will|would|may|might|should|must|helps?|makes|takes|requires?|needs?|means|gives|allows"
    r"|involves|lets|does|has|was|were|becomes|uses|works|keeps|can't|isn't|won't|doesn't|wouldn't|depends)\b"
)
_IF = re.compile(
    r"\b(?:if|when|whenever|unless|until|suppose|imagine|would|could|should|as though|whether|before|after|once|wish"
    r"|pretend|example|instance|says?|said|like|what|how|that|because|while|where|who|which|by|in \d{4})\b"
)
_SUPPOSES = re.compile(r"\b(?:if|when|whenever|unless|until|suppose|imagine|pretend|wish|example|instance|once)\b")
_MAYBE_IF = re.compile(r"\b(?:if|when|whenever|unless|until|once|after|before|because|while|by (?!\d))\b")
_YOUR = re.compile(r"\b(?:your|for you)\b")
_HOUSE = re.compile(rf"\b{_NOUN}\b|\b(?:for you|your)\b")
_AGREES = re.compile(
    r"^(?:(?:sure(?: thing)?|okay|ok|of course|certainly|absolutely|alright|all right|got it|no problem|great|perfect"
    r"|yes|yeah|gladly|understood|with pleasure|my pleasure|noted|roger|very well|definitely|right|good"
    r"|(?:i can|i'd be (?:happy|glad) to|i'm happy to|happy to|i would be happy to|i'm here to)"
    r" (?:do|help|assist)?\b.*)"
    r"[ ,]*)+$"
)


def asked_of(text: str) -> Asked:
    """How an answer to these words is to be read."""
    if is_korean(text):
        return korean.asked_of(text)
    plain = " ".join(re.sub(r"[^\w' -]", " ", text.lower().replace("’", "'")).split())
    if _STORY.search(plain):
        return "story"
    if _TOLD.match(plain):
        return "question"
    if not is_question(text):
        return "wish"
    own = re.search(rf"\b(?:my|our|the|any|you)\b.*\b{_NOUN}\b|\b(?:did|have|were) you\b", plain)
    return "state" if own and re.match(r"(?:is|are|was|were|did|has|have|do|does|will)\b", plain) else "question"


def agrees(clause: str) -> bool:
    """Does this only consent ("Sure!", "I'd be happy to help with that")? After a wish it promises by itself."""
    return korean.agrees(clause) if is_korean(clause) else _AGREES.match(_bare(clause)) is not None


def affirmed(clause: str) -> bool:
    """Does this say yes? Nobody has looked how things of the user's stand when a model says so."""
    if is_korean(clause):
        return korean.affirmed(clause)
    return re.match(r"(?:yes|yeah|yep|it is|they are)\b(?! but)", _bare(clause)) is not None


def claims(clause: str, asked: Asked, before: str = "") -> bool:
    """Does this clause claim that something was done, is being done, or will be? `before`: its sentence so far."""
    if is_korean(clause):
        return korean.claims(clause, asked)
    plain, earlier = _bare(clause), _bare(before)
    if asked == "story":
        return _YOUR.search(plain) is not None and _in_own_name(plain, earlier, asked)
    return _in_own_name(plain, earlier, asked) or _of_things(plain, earlier, asked) or bool(_YOURS.search(plain))


def _in_own_name(plain: str, earlier: str, asked: Asked) -> bool:
    """ "I have turned on ...", "I'll remind you", "let me check"."""
    if _PROMISE.search(plain):
        return True
    promise = _PROMISE_LOOSE.search(plain)
    if promise and _acts_on(promise["rest"], asked):
        return True
    for found in (_FIRST_SURE.search(plain), _FIRST_LOOSE.search(plain)):
        if found is None or _IF.search(plain[: found.start()]) or _SUPPOSES.search(earlier):
            continue
        if "rest" not in found.groupdict() or _acts_on(found["rest"], asked):
            return True
    return False


def _acts_on(rest: str, asked: Asked) -> bool:
    """Is what follows such a verb a thing of the house? After a wish anything is, but for the way to say it."""
    if re.match(
        r"(?:with|by|from|at the beginning|it (?:short|simple|brief|simply|to you)|you company|sense|sure)\b", rest
    ):
        return False
    return asked == "wish" or _HOUSE.search(rest) is not None


def _of_things(plain: str, earlier: str, asked: Asked) -> bool:
    """ "Your timer is set", "it's off now", "turning on the light", "done"."""
    if asked in ("wish", "state"):
        if _DONE.match(plain):
            return True
        if _MAYBE_IF.search(f"{earlier} {plain}"):
            return False
        other = _PASSIVE_OTHER.match(plain)
        if other and not (other["object"] and (_FINITE.search(other["object"]) or asked != "wish")):
            return True
        return bool(_PASSIVE.match(plain) or _BARE.match(plain))
    found = _PASSIVE.match(plain)
    return found is not None and found["thing"].startswith("your ") and not _MAYBE_IF.search(f"{earlier} {plain}")


def _bare(text: str) -> str:
    """Lower case without marks; apostrophes and hyphens stay."""
    return " ".join(re.sub(r"[^\w' -]", " ", text.lower().replace("’", "'")).split())
