"""Which cloud model these words name, and what for: this question, the last one again, or from now on; pure.

"ask Claude why the sky is blue" -> anthropic, the question    "use Claude for this" -> anthropic, the last question
"switch to Claude" -> anthropic, from now on                   the same in Korean
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assistant.language import is_korean
from assistant.think.providers import Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """`id` of the provider. `question` is for it alone, empty where the last one is meant; `lasting`: from now on."""

    id: str
    question: str = ""
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class _Forms:
    """What is said with some names: with a question, for the last one, from now on."""

    asks: tuple[re.Pattern[str], ...]
    again: tuple[re.Pattern[str], ...]
    lasting: tuple[re.Pattern[str], ...]


def named_in(text: str, providers: Mapping[str, Provider]) -> Named | None:
    """The model that these words name and want; None where they name none, or only speak of one."""
    words = " ".join(text.replace("’", "'").split()).strip(" .!?,")
    said = words.lower()
    korean = is_korean(text)
    for name, id in sorted(_names(providers), key=lambda one: -len(one[0])):
        if name.replace(" ", "") not in said.replace(" ", ""):
            continue
        forms = _korean(name) if korean else _english(name)
        if any(pattern.fullmatch(said) for pattern in forms.lasting):
            return Named(id=id, lasting=True)
        if any(pattern.fullmatch(said) for pattern in forms.again):
            return Named(id=id)
        found = next((match for pattern in forms.asks if (match := pattern.fullmatch(said))), None)
        if found is not None and len(said) == len(words):
            start, end = found.span("question")
            return Named(id=id, question=words[start:end].strip(" ,.:;"))
    return None


def _names(providers: Mapping[str, Provider]) -> Iterable[tuple[str, str]]:
    """Every name that a model is called by, with the id."""
    for id, provider in providers.items():
        for name in provider.names:
            yield " ".join(name.lower().split()), id


_PLEASE = r"(?:(?:please|hey|okay|ok|so|and|can you|could you|would you|will you|i want you to|let's)[\s,]+)*"
_THIS = r"(?:this|that|it)(?: one| time| question)?"
_NOW_ON = (
    r"(?:from now on|from here on|always|by default|first|(?:as|for) (?:the |my )?(?:default|first choice|standard))"
)
_DOES = (
    r"(?:explain|write|plan|tell|say|compare|describe|summari[sz]e|translate|find|think|work|help|draft|suggest|decide)"
)
_REST = r"[,:]? (?P<question>.*\w.*)"


@functools.lru_cache(maxsize=256)
def _english(name: str) -> _Forms:
    one = rf"(?:the )?{_spaced(name)}(?:'s)?(?: (?:model|one))?"
    answers = rf"(?:let|have|get) {one} (?:to )?(?:answer|handle|do|try)"
    return _Forms(
        asks=_any(
            rf"{_PLEASE}(?:ask|try) {one}(?: to)?{_REST}",
            rf"{_PLEASE}{answers}(?: {_THIS})?{_REST}",
            rf"{_PLEASE}(?:let|have|get) {one} (?:to )?(?P<question>{_DOES}\b.*)",
            rf"{_PLEASE}use {one} (?:for (?:{_THIS}|the (?:next )?question)|to){_REST}",
            rf"{_PLEASE}(?:with|using) {one}{_REST}",
        ),
        again=_any(
            rf"{_PLEASE}(?:ask|try) {one}(?: {_THIS})?(?: again| instead| too| please)*",
            rf"{_PLEASE}{answers} {_THIS}(?: again| instead| too| please)*",
            rf"{_PLEASE}(?:use|try|take) {one} for {_THIS}(?: please)?",
            rf"{_PLEASE}(?:answer|do|try) {_THIS} (?:again )?(?:with|using|by) {one}(?: please)?",
        ),
        lasting=_any(
            rf"{_PLEASE}(?:switch|change|go|move)(?: back| over)* to {one}(?: {_NOW_ON}| please)*",
            rf"{_PLEASE}(?:use|ask|take|prefer|choose|pick|select) {one} {_NOW_ON}(?: please)?",
            rf"{_PLEASE}(?:always|first) (?:use|ask|take) {one}(?: first| please)*",
            rf"{_PLEASE}(?:prefer|choose|pick|select|use) {one}(?: please)?",
            rf"{_PLEASE}make {one} (?:the |my )?(?:default|first choice|standard)(?: please)?",
        ),
    )


_GIVE = r"\s*(?:줘|주세요|줄래|줄래요|봐|봐\s*줘|봐\s*주세요)?요?"


@functools.lru_cache(maxsize=256)
def _korean(name: str) -> _Forms:
    one = rf"{_spaced(name)}(?:\s*모델)?"
    whom = rf"{one}\s*(?:한테|에게|에|보고|께)"
    ask = rf"(?:물어|물어봐|질문해|대답하라고\s*해){_GIVE}"
    when = r"(?:앞으로|이제부터|지금부터)(?:는)?"
    return _Forms(
        asks=_any(
            rf"{whom}\s*(?P<question>\S.*?)\s*{ask}",
            rf"{whom}\s*{ask}[\s,:.]+(?P<question>(?!줘|주세요|줄래)\S.*)",
        ),
        again=_any(
            rf"(?:(?:그|이)(?:거|걸|건)\s*)?{whom}\s*(?:다시\s*)?{ask}",
            rf"(?:이건|그건|이번에는|이번엔|이거|그거)\s*{one}(?:를|을|로|으로)?\s*(?:써|물어|대답해|답해|해){_GIVE}",
        ),
        lasting=_any(
            rf"(?:{when}\s*)?{one}(?:로|으로)\s*(?:바꿔|변경해|전환해){_GIVE}",
            rf"(?:{when}|항상|늘)\s*{one}\s*(?:를|을|한테|에게|에|로|으로)?\s*(?:먼저\s*)?"
            rf"(?:써|사용해|물어|물어봐){_GIVE}",
        ),
    )


def _any(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in patterns)


def _spaced(name: str) -> str:
    """The name however it is spaced: "chat gpt", "ChatGPT"."""
    return r"[\s-]?".join(re.escape(part) for part in name.split())
