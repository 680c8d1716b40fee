"""A code for the ear: letter by letter with the spelling alphabet, in groups."""

from __future__ import annotations

_ALPHABET = (
    "Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar Papa Quebec Romeo"
    " Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu"
)
SPELLED = {word[0]: word for word in _ALPHABET.split()}
"""The words of the ICAO spelling alphabet by their letters."""
_DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
GROUP = 4


def spell_code(code: str) -> str:
    """`WDJB-MJHT` -> "W as in Whiskey, D as in Delta, ... Then M as in Mike, ..."; groups as the code has them."""
    groups = [group for group in code.upper().replace(" ", "-").split("-") if group]
    if len(groups) == 1:
        groups = [groups[0][at : at + GROUP] for at in range(0, len(groups[0]), GROUP)]
    return ". Then ".join(", ".join(_named(letter) for letter in group) for group in groups)


def _named(letter: str) -> str:
    if letter.isdecimal() and letter.isascii():
        return _DIGITS[int(letter)]
    return f"{letter} as in {SPELLED[letter]}" if letter in SPELLED else letter
