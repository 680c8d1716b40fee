"""Everyday phrases that need no cloud, and what counts as knowing one; pure."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from importlib.resources import files
from typing import Literal

NEAR = 0.75
"""So much alike is almost right: the recogniser hears "bon soir" for "bonsoir"."""
Grade = Literal["right", "almost", "wrong"]
_SAME = {"hi": "hello", "thanks": "thank you", "bye": "goodbye", "sorry": "i'm sorry", "i am sorry": "i'm sorry",
         "you are welcome": "you're welcome", "i do not understand": "i don't understand",
         "where is the bathroom": "where is the toilet", "where's the toilet": "where is the toilet",
         "where are the toilets": "where is the toilet", "where's the station": "where is the station",
         "where is the train station": "where is the station", "how much does it cost": "how much is it",
         "how much does that cost": "how much is it", "check please": "the bill please",
         "the check please": "the bill please", "good bye": "goodbye", "pardon": "excuse me"}  # fmt: skip
_ARTICLES = re.compile(r"\b(?:the|a|an|to|please)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """What it means in English, how it is written, and how it sounds to an English ear (may be empty)."""

    meaning: str
    phrase: str
    sounds: str = ""


@functools.cache
def phrasebook() -> Mapping[str, tuple[Phrase, ...]]:
    """All phrases, by language."""
    text = (files("assistant_skill_tutor") / "phrases.toml").read_text(encoding="utf-8")
    return {
        language: tuple(
            Phrase(meaning=meaning, phrase=both.partition(" | ")[0], sounds=both.partition(" | ")[2])
            for meaning, both in phrases.items()
        )
        for language, phrases in tomllib.loads(text).items()
    }


def known(words: str, language: str) -> Phrase | None:
    """The phrase of the book for these English words; None where it has none."""
    plain = _plain(words)
    plain = _SAME.get(plain, plain)
    return next((each for each in phrasebook().get(language, ()) if each.meaning == plain), None)


def graded(answer: str, phrase: Phrase, language: str) -> Grade:
    """How well these words tell what the phrase means; what is written alike in the book means alike."""
    said = _plain(answer)
    said = _SAME.get(said, said)
    said = re.sub(r"^(?:it means|that means|i think|it is|that is) ", "", said)
    meanings = [phrase.meaning, *(e.meaning for e in phrasebook().get(language, ()) if e.phrase == phrase.phrase)]
    bare = _bare(_SAME.get(said, said))
    shares = [1.0 if bare == _bare(_plain(each)) else SequenceMatcher(None, bare, _bare(_plain(each))).ratio()
              for each in meanings]  # fmt: skip
    return "right" if max(shares) >= 0.92 else "almost" if max(shares) >= NEAR else "wrong"


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w' ]", " ", text.lower().replace("’", "'")).split())


def _bare(text: str) -> str:
    return " ".join(_ARTICLES.sub(" ", text).split()) or text
