"""The questions of skills that wait for an answer: each is answered once, dropped, or over when nobody speaks."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from assistant.skillhost.asking import fits
from assistant.skillhost.calls import Question
from assistant.skillhost.loaded import LoadedSkill

_SECRETS = re.compile(
    r"\b(?:pins?|pass ?words?|pass ?codes?|codes?|passphrases?|credit|card numbers?|accounts?|licen[cs]es?"
    r"|subscriptions?|log ?in|sign in|confirm)\b",
    re.IGNORECASE,
)


class OpenQuestions:
    """`clock` gives seconds that only grow; the time to answer begins when the question was heard."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._open: dict[str, Question] = {}

    def open(self, question: Question) -> None:
        """A call asks; from now on it can be answered."""
        self._open[question.id] = question
        self._start(question)

    def heard(self, question_id: str) -> None:
        """It was said to its end: the time to answer begins anew."""
        if (question := self._open.get(question_id)) is not None:
            self._start(question)

    def is_open(self, question_id: str) -> bool:
        self.expire(self._clock())
        return question_id in self._open

    def fits(self, question_id: str, text: str) -> bool:
        """Are these words surely the answer, whatever else they may mean?"""
        return self.is_open(question_id) and fits(self._open[question_id].slot, text)

    def confirms(self, question_id: str) -> bool:
        """Is it a question whose yes lets something be done?"""
        return self.is_open(question_id) and self._open[question_id].confirms

    def take(self, question_id: str) -> Question | None:
        """The question, once; none when it is no longer open."""
        return self._open.pop(question_id, None) if self.is_open(question_id) else None

    def forget(self, question_id: str) -> None:
        self._open.pop(question_id, None)

    def drop(self, question_id: str) -> None:
        """Nobody will answer: its call is over."""
        if (question := self._open.pop(question_id, None)) is not None:
            question.call.stop()

    def expire(self, now_s: float) -> None:
        """End the calls that have waited too long."""
        for question in [question for question in self._open.values() if question.is_over(now_s)]:
            self.drop(question.id)

    def _start(self, question: Question) -> None:
        question.asked_s = self._clock()
        asyncio.get_running_loop().call_later(question.patience_s + 0.05, lambda: self.expire(self._clock()))


def in_its_name(skill: LoadedSkill, text: str, *, asks: bool = False) -> str:
    """What a skill says. Whatever one of somebody else's asks, or says of secrets and accounts, is said in its name, so
    that nobody takes it for the assistant's own words (S9).
    """
    if skill.trusted or not (asks or _SECRETS.search(text)):
        return text
    return f"The {skill.manifest.id} skill {'asks' if asks else 'says'}: {text}"
