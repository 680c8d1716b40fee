"""A list of phrases that changes while the assistant runs: names of devices, of rooms, of what a skill looks after."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from assistant.think.normalize import spell

ARTICLES = frozenset(["the", "my", "our"])
_ALL = frozenset(["all", "every", "each", "both"])
_PLACED = frozenset(["in", "of", "on", "at", "from", "inside"])


def plain(phrase: str) -> str:
    """A phrase without articles, whose prepositions are all "in": "all of the lights on the terrace" is "all lights in
    terrace". Empty where it ends with such a word, since then it is no whole phrase.
    """
    words = phrase.split()
    if not words or words[-1] in ARTICLES | _PLACED | _ALL:
        return ""
    kept: list[str] = []
    for word in words:
        if word in ARTICLES or (word == "of" and kept[-1:] == ["all"]):
            continue
        kept.append("all" if word in _ALL else "in" if word in _PLACED else word)
    return " ".join(kept)


_SPELLED = re.compile(r"[a-z0-9가-힣]+(?: [a-z0-9가-힣]+)*")


def _spelled(phrase: str) -> str:
    """Most phrases are spelled as they should be: a large home has a hundred thousand."""
    return phrase if _SPELLED.fullmatch(phrase) else spell(phrase)


class LiveList(Mapping[str, str]):
    """Phrase -> value, like the lists of `@tool`, but the whole content may be exchanged; compared by `plain`.

    `by_plain` are the values by what is compared, the longest of which has `longest` words; `revision` grows with each
    exchange. `shown` are the values that a model is given to choose from.
    """

    def __init__(self) -> None:
        self._values: Mapping[str, str] = {}
        self.shown: tuple[str, ...] = ()
        self.revision = 0
        self.by_plain: Mapping[str, str] = {}
        self.longest = 0

    def replace(self, values: Mapping[str, str], shown: Sequence[str] | None = None) -> bool:
        """Exchange the phrases; without `shown` every value is shown. False if nothing is different."""
        new_shown = tuple(dict.fromkeys(values.values())) if shown is None else tuple(shown)
        if (values, new_shown) == (self._values, self.shown):
            return False
        self._values, self.shown = dict(values), new_shown
        self.by_plain = {key: value for phrase, value in values.items() if (key := plain(_spelled(phrase)))}
        self.longest = max((len(phrase.split()) for phrase in self.by_plain), default=0)
        self.revision += 1
        return True

    def __getitem__(self, phrase: str) -> str:
        return self._values[phrase]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
