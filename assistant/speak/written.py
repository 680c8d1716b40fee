"""Written short forms as people say them: abbreviations, addresses, telephone and version numbers, Roman numerals."""

from __future__ import annotations

import re
from re import Match

from assistant.speak.numbers import cardinal, ordinal, spell_digits
from assistant.speak.quantities import say_digits_apart, spell_letters

_TITLES = {
    "Dr": "Doctor", "Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Prof": "Professor", "Gen": "General",
    "Capt": "Captain",
    "Lt": "Lieutenant", "Sgt": "Sergeant", "Col": "Colonel", "Rev": "Reverend", "Gov": "Governor", "Sen": "Senator",
    "Rep": "Representative", "Mt": "Mount", "Ft": "Fort",
}  # fmt: skip
_PLAIN = {
    "e.g.": "for example", "i.e.": "that is", "a.k.a.": "also known as", "vs.": "versus", "approx.": "approximately",
    "dept.": "department", "est.": "established", "incl.": "including", "excl.": "excluding", "cf.": "compare",
    "fig.": "figure", "misc.": "miscellaneous", "ave.": "avenue", "blvd.": "boulevard", "rd.": "road", "mon.": "Monday",
    "tue.": "Tuesday", "tues.": "Tuesday", "wed.": "Wednesday", "thu.": "Thursday",
    "thurs.": "Thursday", "fri.": "Friday",
}  # fmt: skip
_ENDING = {"etc": "et cetera", "Inc": "Incorporated", "Ltd": "Limited", "Corp": "Corporation", "Co": "Company",
           "Jr": "junior", "Sr": "senior"}  # fmt: skip

_TITLE = re.compile(rf"\b({'|'.join(_TITLES)})\.(?=\s?[A-Z])|\b(Mr|Mrs|Ms)\.(?=\s)|\b(Dr|Mr|Mrs|Ms)(?=\s[A-Z])")
_ABBREVIATION = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(_PLAIN, key=len, reverse=True)))})", re.IGNORECASE)
_UNDOTTED = re.compile(r"\b(eg|ie|vs|approx)\b(?!\.\w)")
_END_ABBREVIATION = re.compile(rf"\b({'|'.join(_ENDING)})\.(?P<more>(?=[,;:!?)])|(?=\s+[a-z\d])|(?<=[JS]r\.)(?=\s))?")
_SAINT_OR_STREET = re.compile(r"\bSt\b(?:\.(?P<end>\s*$)?)?(?P<name>(?=\s[A-Z]))?")
_LAST_WORD = re.compile(r"([A-Z]?)\w*\s+$")
_BEFORE_SAINT = re.compile(r"\b(?:In|To|At|From|Near|Visit|And|The)\s+$")
_NUMBER_SIGN = re.compile(r"\b(?:No|Nos|no)\.\s?(?=\d)|(?<!\w)#\s?(?=\d)")
_SHARP = re.compile(r"\b([A-G])#(?!\w)")
_HASHTAG = re.compile(r"(?<!\w)#(?=[^\W\d])")
_LETTERS_AND = re.compile(r"\b([A-Z]{1,2})&([A-Z]{1,2})\b")
_WITH = re.compile(r"(?<!\S)w/(o\b)?\s?")
_PHD = re.compile(r"\bPh\.?\s?D\b\.?")
_DOTTED = re.compile(r"\b((?:[A-Z]\.){2,})(?P<last>[A-Z]\b)?(?P<end>\s+(?=[A-Z][a-z])|\s*$)?")
_ET_AL = re.compile(r"\bet al\.(?!\s*$)")

_URL = re.compile(
    r"\b(?:(?P<scheme>https?|ftp)://|www\.)(?P<rest>[^\s<>\"'`|)\]}*,;]{1,500})"
    r"|(?<![\w@./-])(?P<bare>(?:[a-z\d][a-z\d-]{0,62}\.){1,4}(?:com|org|net|edu|gov|io|dev|co\.uk|ai|de|kr|info|app))"
    r"(?P<path>/[^\s<>\"'`|)\]}*,;]{0,300})?(?![\w@-])",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"[0-9]")
_EMAIL = re.compile(r"(?<![\w.+-])(?:mailto:)?([\w.+-]{1,64})@((?:[\w-]{1,63}\.){1,5}[A-Za-z]{2,12})(?![\w@])")
_URL_SIGNS = {
    ".": " dot ",
    "/": " slash ",
    "-": " dash ",
    "_": " underscore ",
    "+": " plus ",
    ":": " port ",
    "~": " tilde ",
}
_URL_SIGN = re.compile(r"[./_+:~-]")
_URL_DIGITS = re.compile(r"[0-9]+")
_MAX_PATH_PARTS = 4

_PHONE = re.compile(
    r"(?<![\w.$€£-])(?:(?:\+?1[ .-]?)?(?:\(\d{3}\)\s?|\d{3}[ .-])\d{3}[ .-]\d{4}|\d{3}-\d{4}|\d{3}-\d{2}-\d{4}"
    r"|\+\d{1,3}(?:[ .-]?\(?\d{1,4}\)?){2,6})(?![\w-]|[.,]\d)"
)
_CALL = re.compile(r"(?<=\bcall )\d{3}\b(?![.,:]?\d|-|\s?(?:times|people|minutes))|(?<=\bdial )\d{3,6}\b(?![.,:]\d|-)")
_ADDRESS = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?::(\d{1,5}))?(?!\w|\.\d)")
_RELEASED = "[Vv]ersion|Python|Java|iOS|Android|Ubuntu|Debian|Windows|Node|Linux|macOS|Bluetooth|USB"
_VERSION = re.compile(
    r"(?<![\w.])(?P<v>v\.?\s?(?=\d))?(?P<long>\d{1,8}(?:\.\d{1,8}){2,4})(?!\w|\.\d)"
    rf"|(?:\b(?P<name>{_RELEASED}) |\bv\.?)(?P<short>\d{{1,6}}(?:\.\d{{1,6}})?)(?!\w|\.\d)"
)

_RULERS = (
    "Henry|Louis|Elizabeth|George|Edward|Richard|Charles|William|James|Philip|Ferdinand|Frederick|Napoleon|Nicholas|Peter"
    "|Catherine|Alexander|Ramses|Ramesses|Paul|Pius|Benedict|Gregory|Leo|Innocent|Clement|Urban|Francis|Joseph|Gustav|Carl"
)
_THINGS = (
    "War|Chapter|Part|Act|Scene|Volume|Book|Phase|Type|Level|Bowl|Fantasy|Rocky|Apollo|Section|Article|Appendix|Mark"
    "|Vatican"
)
_ROMAN = r"(?=[IVXL]+\b)(?:XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
_RULER = re.compile(
    rf"\b({_RULERS}) (?=[IVXL]{{2}}|[VX])({_ROMAN})\b|\b((?:King|Queen|Pope|Tsar|Emperor) (?:{_RULERS})) (I)\b"
)
_THING = re.compile(rf"\b({_THINGS}) ({_ROMAN})\b(?!')")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50}


def say_addresses(text: str) -> str:
    """URLs, e-mail addresses, IP addresses, version and telephone numbers in words; digits may stay for later rules."""
    text = text if "@" not in text else _EMAIL.sub(lambda m: f" {_spell_url(m[1])} at {_spell_url(m[2])} ", text)
    text = _URL.sub(_url, text)
    if not _DIGIT.search(text):
        return text
    text = _ADDRESS.sub(_ip_address, text)
    text = _VERSION.sub(_version, text)
    text = _PHONE.sub(say_digits_apart, text)
    return _CALL.sub(lambda m: spell_digits(m[0]), text)


def expand_abbreviations(text: str) -> str:
    """Abbreviations, titles, dotted acronyms and clear Roman numerals in full words."""
    text = _NUMBER_SIGN.sub("number ", text)
    text = _HASHTAG.sub("hashtag ", _SHARP.sub(r"\1 sharp", text))
    text = _LETTERS_AND.sub(
        lambda m: f"{spell_letters(m[1]).rstrip(' -')} and {spell_letters(m[2]).rstrip(' -')}", text
    )
    text = _WITH.sub(lambda m: "without " if m[1] else "with ", text)
    text = _PHD.sub("P H D", text)
    if "." in text:
        text = _ABBREVIATION.sub(lambda m: _PLAIN[m[0].lower()], text)
        text = _END_ABBREVIATION.sub(lambda m: _ENDING[m[1]] + ("" if m["more"] is not None else "."), text)
        text = _ET_AL.sub("et al", text)
        text = _DOTTED.sub(_dotted, text)
    text = _TITLE.sub(lambda m: _TITLES[m[1] or m[2] or m[3]], text)
    text = _UNDOTTED.sub(lambda m: _PLAIN.get(m[0] + ".") or _PLAIN[".".join(m[0]) + "."], text)
    text = _SAINT_OR_STREET.sub(_saint_or_street, text)
    text = _RULER.sub(lambda m: f"{m[1] or m[3]} the {ordinal(str(_roman(m[2] or m[4])))}", text)
    return _THING.sub(lambda m: f"{m[1]} {cardinal(str(_roman(m[2])))}", text)


def _saint_or_street(match: Match[str]) -> str:
    """A saint before a name, unless a name comes before it too: "in St. Louis", "Main St. Louisville"."""
    before = match.string[max(0, match.start() - 30) : match.start()]
    last = _LAST_WORD.search(before)
    if match["name"] is not None and (not last or not last[1] or _BEFORE_SAINT.search(before)):
        return "Saint"
    stop = match["name"] is not None and match[0].endswith(".")
    return "Street." if stop or match["end"] is not None else "Street"


def _dotted(match: Match[str]) -> str:
    """ "U.S." becomes "US", which the voice spells by itself; at the end of a sentence the stop is kept."""
    stop = "." if match["end"] is not None and not match["end"].strip() and match.end() == len(match.string) else ""
    return (match[1] + (match["last"] or "")).replace(".", "") + stop + (match["end"] or "")


def _spell_url(text: str) -> str:
    text = _URL_DIGITS.sub(lambda m: f" {cardinal(m[0])} ", text)
    return " ".join(_URL_SIGN.sub(lambda m: _URL_SIGNS[m[0]], text).split())


def _url(match: Match[str]) -> str:
    """Host and the first parts of the path; query and fragment are nothing to listen to."""
    whole = match["rest"] or (match["bare"] + (match["path"] or ""))
    ending = re.search(r"[.!?:]*$", whole)
    stops = ending[0] if ending else ""
    address = re.split(r"[?#]", whole[: len(whole) - len(stops)])[0].removeprefix("www.").rstrip("/")
    parts = [part for part in address.split("/")[: _MAX_PATH_PARTS + 1] if part]
    return f" {_spell_url('/'.join(parts))}{stops} "


def _ip_address(match: Match[str]) -> str:
    words = " dot ".join(spell_digits(part) for part in match[1].split("."))
    return words + (f" port {match[2]}" if match[2] else "")


def _version(match: Match[str]) -> str:
    """Each part as a whole number: release 3.11 comes after 3.9."""
    if (match["short"] and not match["name"]) or match["v"]:
        prefix = "version "
    else:
        prefix = f"{match['name']} " if match["name"] else ""
    return prefix + " point ".join(cardinal(part) for part in (match["long"] or match["short"]).split("."))


def _roman(numeral: str) -> int:
    values = [_ROMAN_VALUES[char] for char in numeral]
    return sum(
        -value if value < following else value for value, following in zip(values, [*values[1:], 0], strict=True)
    )
