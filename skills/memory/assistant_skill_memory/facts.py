"""What was told, turned around to be said back, found again by its words, and known for a secret: pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.skill import is_korean

MAX_FACT_CHARS = 300
_TURNED = {
    "my": "your", "your": "my", "i": "you", "me": "you", "mine": "yours", "yours": "mine", "myself": "yourself",
    "our": "your", "we": "you", "us": "you", "ours": "yours", "am": "are", "i'm": "you're", "i've": "you've",
    "i'll": "you'll", "i'd": "you'd", "we're": "you're", "we've": "you've",
}  # fmt: skip
_WAS = {"you": {"was": "were"}}
_SMALL = frozenset([
    "a", "an", "the", "my", "your", "our", "his", "her", "its", "is", "are", "was", "were", "am", "be", "to", "of",
    "in", "on", "at", "for", "and", "or", "that", "this", "it", "i", "you", "we", "me", "about", "do", "did", "does",
    "have", "has", "with", "again", "what", "where", "told",
])  # fmt: skip
_SECRET = re.compile(
    r"\b(?:pins?|pin ?codes?|pass ?words?|pass ?codes?|pass ?phrases?|codes?|combination|cvv|cvc|secrets?"
    r"|(?:credit|debit|bank) ?cards?|card numbers?|account numbers?|iban|social security|security numbers?"
    r"|(?:safe|locker|alarm|door|gate) (?:code|number))\b"
)
_SECRET_KOREAN = re.compile(r"비밀번호|비번|암호|핀 ?번호|카드 ?번호|계좌 ?번호|주민 ?등록|공인 ?인증")
_SUBJECT_KOREAN = re.compile(r"(.{1,30}?)(?:은|는|이|가) .+")
_MINE_KOREAN = re.compile(r"^(?:내|나의|제|저의|우리) (?=\S)")
_ENDS_KOREAN = re.compile(r"(?:은|는|이|가|을|를|에 대해|에 대한 것)$")
_DIGIT = r"(?:\d|\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)\b)"
_DIGITS = re.compile(rf"(?:{_DIGIT}[\s,.-]*){{4,}}")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


_HEAD = re.compile(
    r"(?:(?:your|my|our|the|his|her|their) )?(?P<thing>[\w'-]+(?: [\w'-]+){0,4}?)"
    r" (?:is|are|was|were|has|have|hangs?|lies?|stands?|lives?|belongs?|keeps?|comes?|goes|starts?|ends?)\b"
)
_SAID_OF_US = frozenset(["you", "i", "we", "it", "that", "this", "there", "he", "she", "they", "what", "who", "where"])


def turned(said: str) -> str:
    """As it is said back: "my bike is in the cellar" is "your bike is in the cellar"."""
    if is_korean(said):
        return _turned_korean(" ".join(said.split())[:MAX_FACT_CHARS].strip(" .!?"))
    words: list[str] = []
    for word in " ".join(said.split())[:MAX_FACT_CHARS].strip(" .!?").split():
        plain = word.lower().rstrip(",")
        before = words[-1] if words else ""
        new = _WAS.get(before, {}).get(plain) or _TURNED.get(plain)
        words.append(word if new is None else new + word[len(plain) :])
    return " ".join(words)


def _turned_korean(said: str) -> str:
    """ "내 자전거는 지하실에 있다" as it is said back: without "my", in the form of a statement."""
    told = _MINE_KOREAN.sub("", said)
    return re.sub(r"(?:이라|라|다)$", lambda end: "" if end[0] != "다" else "다", told)


def is_secret(said: str) -> bool:
    """Does it look like a PIN, a password or a number that opens something? A year does not."""
    plain = said.lower()
    if _SECRET_KOREAN.search(plain) is not None:
        return True
    return _SECRET.search(plain) is not None or _DIGITS.search(_YEAR.sub(" ", plain)) is not None


def subject(fact: str) -> str:
    """What a fact is about, so that a new one takes the place of the old: "your locker code" of "... is 4711"."""
    if is_korean(fact):
        found = _SUBJECT_KOREAN.match(fact)
        return found[1] if found else ""
    head, link, _ = re.sub(r"\s+", " ", fact.lower()).partition(" is ")
    return head if link and head.startswith(("your ", "my ", "the ")) else ""


def things(facts: Sequence[str]) -> dict[str, str]:
    """What these facts are about, as a person asks for it -> the same: "bike" of "your bike is in the cellar"."""
    found: dict[str, str] = {}
    for fact in facts:
        if is_korean(fact):
            thing = subject(fact)
        else:
            head = _HEAD.match(" ".join(fact.lower().split()))
            thing = head["thing"] if head is not None and not set(head["thing"].split()) & _SAID_OF_US else ""
        if thing:
            found[thing] = thing
    return found


def find_facts(about: str, facts: Sequence[str]) -> list[str]:
    """The facts that hold every word that says something; none where nothing was said."""
    if is_korean(about):
        plain = _ENDS_KOREAN.sub("", turned(about)).replace(" ", "")
        return [fact for fact in facts if plain and plain in fact.replace(" ", "")]
    wanted = _words(about)
    return [fact for fact in facts if wanted and wanted <= _words(fact)]


def _words(text: str) -> frozenset[str]:
    found = (word for word in re.findall(r"[\w']+", text.lower()) if word not in _SMALL)
    return frozenset(re.sub(r"'s$|(?<=[a-z]{3})s$", "", word) for word in found)
