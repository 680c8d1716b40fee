"""One spelling for what was heard: the form of text that templates, slots and stop words are compared with."""

from __future__ import annotations

import re
import unicodedata

from assistant.spoken import NUMBER_WORDS

MAX_CHARS = 400
"""Longer texts are no everyday command; they are not looked at."""

_REWRITTEN = {
    "whats": "what is", "hows": "how is", "wheres": "where is", "whens": "when is", "whos": "who is",
    "thats": "that is", "its": "it is", "theres": "there is", "dont": "do not", "doesnt": "does not",
    "cant": "can not", "cannot": "can not", "didnt": "did not", "im": "i am", "ok": "okay", "wanna": "want to",
    "gimme": "give me", "lets": "let us", "celcius": "celsius", "farenheit": "fahrenheit", "youve": "you have",
    "nevermind": "never mind", "mustnt": "must not", "shouldnt": "should not", "isnt": "is not", "arent": "are not",
    "wont": "will not", "neednt": "need not",
}  # fmt: skip
_NUMERALS = NUMBER_WORDS - {"a", "an", "and"}
_FILLERS = frozenset([
    "um", "umm", "uh", "uhm", "uhh", "erm", "er", "hmm", "hm", "mm", "ah", "please", "just", "kindly",
])  # fmt: skip
_OPENERS = tuple(
    text.split()
    for text in (
        "okay", "hey", "well", "so", "now", "alright", "all right", "yes", "yeah", "oh", "hello", "hi", "and", "then",
        "could you", "can you", "would you", "will you", "can i", "could i", "may i", "can we", "i want you to",
        "i would like you to", "i would like to", "i want to", "i need you to", "i need to", "i have to",
        "would you mind", "do me a favor and", "go ahead and", "let us", "let me", "please",
        "tell me", "do you know", "know", "find out", "let me know", "show me",
    )
)  # fmt: skip
_CLOSERS = tuple(
    text.split()
    for text in ("thanks", "thank you", "thank you very much", "please", "for me", "right now", "now", "okay", "dear",
                 "will you", "would you", "could you", "can you", "if you can", "if you could", "at the moment")
)  # fmt: skip
_GREETINGS = frozenset([
    "hello", "hello there", "hi", "hi there", "hey", "hey there", "thanks", "thank you", "thank you very much",
    "many thanks",
])  # fmt: skip
"""Polite words that are a sentence of their own where nothing else is said."""
_APOSTROPHES = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "`": "'", "−": "-", "–": "-", "—": " ", "×": " * ", "÷": " / ", "\u2044": "/"}
)
_AROUND_WORDS = '.!?:"“”„…()[]{}<>'
_COINS = {"$": "dollars", "€": "euros", "£": "pounds", "¥": "yen", "₩": "won", "₹": "rupees"}
_MONEY = re.compile(r"([$€£¥₩₹])\s*(\d[\d,.]*\d|\d)|(\d[\d,.]*\d|\d)\s*([$€£¥₩₹])")
_HALVES = (("½", "half"), ("¼", "a quarter"), ("¾", "three quarters"))


def spell(text: str) -> str:
    """Lower case, one space, contractions opened, hyphens and punctuation gone, operators and digits kept apart."""
    text = text[: 4 * MAX_CHARS]
    for sign, words in _HALVES:
        text = re.sub(rf"(?<=\d)\s*{sign}", f" and {'a half' if words == 'half' else words}", text).replace(sign, words)
    text = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).lower()
    text = "".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in text)
    text = _MONEY.sub(lambda found: f" {found[2] or found[3]} {_COINS[found[1] or found[4]]} ", text)
    text = re.sub(r"\bi'd\b", "i would", text)
    text = re.sub(r"\b(i|we|you|they|he|she|it)'ll\b", r"\1 will", text).replace("'", "")
    text = re.sub(r"(?<=\d)\s*mm\b", " millimeters", text)  # without a number it is a hum
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    text = re.sub(r"(?<=[a-z])-(?=[a-z0-9])|(?<=\d)-(?=[a-z])", " ", text)
    text = re.sub(r"(?<=\d)\s*x\s*(?=\d)", " * ", text).replace("**", "^")
    text = re.sub(r"([-+*/^%()=°])", r" \1 ", text)
    text = re.sub(r"\.(?!\d)|(?<![\d ])\.|[,;!?\"“”„:…\[\]{}<>]", " ", text)
    return " ".join(_REWRITTEN.get(word, word) for word in text.split())


def normalize(text: str) -> str:
    """`spell` without fillers, stutters, polite openers ("could you please") and closers ("thanks"); may be empty."""
    words = _without_stutter([word for word in spell(text).split() if word not in _FILLERS])
    while (cut := _opener(words)) and not _greets(words):
        words = words[cut:]
    while (cut := _closer(words)) and not _greets(words):
        words = words[:-cut]
    return " ".join(words)


def as_said(words: str, text: str) -> str:
    """The words of a normalised text as they stand in the original, in lower case: with their commas and apostrophes.

    They come back as they are where the original has them in another form (stutters, fractions).
    """
    tokens = [token.replace(";", ",") for token in text[: 4 * MAX_CHARS].translate(_APOSTROPHES).lower().split()]
    spelled = [[word for word in spell(token).split() if word not in _FILLERS] for token in tokens]
    for start in range(len(tokens)):
        left = words.split()
        kept: list[str] = []
        for token, said in zip(tokens[start:], spelled[start:], strict=True):
            if left[: len(said)] != said:
                break
            left, kept = left[len(said) :], [*kept, token.strip(_AROUND_WORDS)] if said else kept
            if not left:
                return " ".join(kept).rstrip(",")
    return words


def _without_stutter(words: list[str]) -> list[str]:
    """ "set a a timer": of a word said twice in a row one stays; of numbers both, "twenty twenty" may be meant."""
    pairs = zip(["", *words], words, strict=False)
    return [word for before, word in pairs if word != before or not word.isalpha() or word in _NUMERALS]


def _greets(words: list[str]) -> bool:
    return " ".join(words) in _GREETINGS


def _opener(words: list[str]) -> int:
    return max((len(opener) for opener in _OPENERS if words[: len(opener)] == opener), default=0)


def _closer(words: list[str]) -> int:
    return max((len(closer) for closer in _CLOSERS if words[-len(closer) :] == closer), default=0)
