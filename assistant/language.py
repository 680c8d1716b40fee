"""Which language is spoken: the household's setting, what was heard last, and what the running call speaks."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Language = Literal["en", "ko"]
Speech = Literal["en", "ko", "auto"]
"""A setting: one language, or whichever of them is spoken."""

LANGUAGES: tuple[Language, ...] = ("en", "ko")
NAMES: dict[Language, str] = {"en": "English", "ko": "Korean"}
SURE = 0.8
"""Share of the probability of the languages of the household from which a guess may change the language."""

_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
_speaking: ContextVar[Language] = ContextVar("speaking", default="en")


def speaking() -> Language:
    """The language in which values are told where the code runs: within a call of a skill that of its turn."""
    return _speaking.get()


def speak(language: Language) -> None:
    """Tell values in this language from now on, in this task."""
    _speaking.set(language)


@contextlib.contextmanager
def spoken_in(language: Language) -> Iterator[None]:
    """Tell values in this language, within."""
    token = _speaking.set(language)
    try:
        yield
    finally:
        _speaking.reset(token)


def is_korean(text: str) -> bool:
    """Is any of it written in Hangul?"""
    return _HANGUL.search(text) is not None


@dataclass(slots=True)
class Tongue:
    """The language of a household. `setting` is that of the configuration; a wish in words holds until it changes.

    `file` keeps such a wish over a restart; without one it lives in memory.
    """

    setting: Speech = "en"
    file: Path | None = None
    _chosen: Speech = field(init=False)
    _now: Language = field(init=False)

    def __post_init__(self) -> None:
        self._chosen = self._kept() or self.setting
        self._now = "en" if self._chosen == "auto" else self._chosen

    @property
    def speech(self) -> Speech:
        """The setting, or what was wished for since."""
        return self._chosen

    @property
    def now(self) -> Language:
        """The language of the conversation."""
        return self._now

    @property
    def expected(self) -> tuple[Language, ...]:
        """The languages that may be heard, the likeliest first."""
        if self._chosen != "auto":
            return (self._chosen,)
        return (self._now, *(other for other in LANGUAGES if other != self._now))

    def heard(self, text: str, language: str = "") -> Language:
        """The language of words that were heard or typed, which is then that of the conversation.

        `language` is what a recogniser took them for. What is written in Hangul is Korean; figures and signs alone
        change nothing.
        """
        if self._chosen == "auto" and any(letter.isalpha() for letter in text):
            self._now = "ko" if is_korean(text) else "en" if language in ("", "en") else self._now
        return self._now

    def choose(self, speech: Speech, language: Language | None = None) -> None:
        """The user wants this from now on; `language` is the one to go on in where either may be spoken."""
        self._chosen = speech
        self._now = language or (self._now if speech == "auto" else speech)
        if self.file is not None:
            with contextlib.suppress(OSError):  # a full disk: it holds until the next start
                self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self.file.write_text(json.dumps({"speech": speech, "setting": self.setting}), encoding="utf-8")

    def _kept(self) -> Speech | None:
        """What was wished for before, unless the configuration has been changed since."""
        try:
            kept = json.loads(self.file.read_text(encoding="utf-8")) if self.file is not None else {}
            if (
                isinstance(kept, dict)
                and kept.get("setting") == self.setting
                and kept["speech"] in (*LANGUAGES, "auto")
            ):
                speech: Speech = kept["speech"]
                return speech
        except (OSError, ValueError, KeyError):
            pass
        return None
