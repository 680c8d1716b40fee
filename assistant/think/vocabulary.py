"""All phrases that the grammar knows, by their sounds, and which tools and skills they belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

from assistant.language import is_korean
from assistant.spoken import is_number_word
from assistant.think.forms import Form, Value, Words
from assistant.think.livelist import LiveList
from assistant.think.normalize import spell
from assistant.think.shape import stems
from assistant.think.sounds import alike, sounds_of

MAX_WORDS = 24
"""Longer sentences are no everyday commands."""
SPAN_WORDS = 6
"""The longest stretch of heard words that is compared with one phrase."""
MAX_LIVE = 2000
"""Phrases of one list that are compared; a large home has a hundred thousand, the shortest come first."""
FEW = 3
"""Of so many skills a word may be and still tell what a sentence is about."""
HINT_PHRASES = 150
"""Phrases of a tool that are looked at for its hint: those that were heard best, so that names are among them."""
HINT_CHARS = 600
"""About 150 tokens; the recogniser takes no more than 224 of what was said before."""

Costs = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretches:
    """The stretches of a sentence that a phrase may be: (first word, end) and their keys; and how the words sound.

    `sizes` are the sounds of each word, `total` those of all.
    """

    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    keys: tuple[str, ...]
    sizes: tuple[int, ...]
    total: int

    @classmethod
    def of(cls, text: str) -> Stretches | None:
        """Those of a normalised text; None where it has no words or too many."""
        words = tuple(text.split())
        sizes = tuple(len(sounds_of(word)) for word in words)
        if not sum(sizes) or len(words) > MAX_WORDS:
            return None
        ends = range(len(words))
        spans = tuple((a, b + 1) for a in ends for b in ends[a : a + SPAN_WORDS])
        keys = tuple(sounds_of(" ".join(words[a:b])) for a, b in spans)
        return cls(words=words, spans=spans, keys=keys, sizes=sizes, total=sum(sizes))


class Vocabulary:
    """Numbered phrases; lists that change are followed. What is public is as of the last `follow`."""

    def __init__(self, tools: Mapping[Form, Set[str]]) -> None:
        """`tools` by the form that they have in a template."""
        self._tools = tools
        self._lists = [form for form in tools if isinstance(form, Value) and form.phrases is not None]
        self.revisions: tuple[int, ...] | None = None
        self.follow()

    def follow(self) -> None:
        """Take the lists as they are now."""
        revisions = tuple(form.phrases.revision for form in self._lists if isinstance(form.phrases, LiveList))
        if self.revisions == revisions:
            return
        self.revisions = revisions
        chosen: dict[Form, list[str]] = {}
        for form in self._lists:
            said = {spell(phrase) for phrase in form.phrases or () if not is_korean(phrase)}
            chosen[form] = sorted(said, key=lambda phrase: (phrase.count(" "), phrase))[:MAX_LIVE]
        tools: dict[str, set[str]] = {}
        for part, named in self._tools.items():
            for phrase in [part.text] if isinstance(part, Words) else chosen.get(part, ()):
                tools.setdefault(phrase, set()).update(named)
        self.phrases = list(tools)
        self.index = {phrase: number for number, phrase in enumerate(self.phrases)}
        self.tools = list(tools.values())
        self.skills = [{skill_of(tool) for tool in named} for named in self.tools]
        self.numbers = {form: np.array([self.index[one] for one in said], np.intp) for form, said in chosen.items()}
        self.members = {form: frozenset(numbers.tolist()) for form, numbers in self.numbers.items()}
        self.listed = np.zeros(len(self.phrases), bool)
        for numbers in self.numbers.values():
            self.listed[numbers] = True
        self._keys = [sounds_of(phrase) for phrase in self.phrases]
        self._by_key: dict[str, list[int]] = {}
        for number, key in enumerate(self._keys):
            self._by_key.setdefault(key, []).append(number)
        self._rough = [alike(key) for key in self._keys]
        self.lengths = np.array([len(key) for key in self._keys], dtype=np.int32)
        known: dict[str, set[str]] = {}
        for phrase, skills in zip(self.phrases, self.skills, strict=True):
            for word in phrase.split():
                known.setdefault(word, set()).update(skills)
        self._common = {word for word, skills in known.items() if len(skills) > FEW}

    def distances(self, heard: Sequence[str], most: float) -> Costs:
        """How many sounds of each phrase and each heard key differ, float32 (phrases, heard); over `most` infinite."""
        fine = _distances(self._keys, heard, int(2 * most))
        rough = _distances(self._rough, [alike(key) for key in heard], int(2 * most))
        costs = (fine + rough) * np.float32(0.5)
        costs[costs > most] = np.inf
        return costs

    def same(self, heard: Sequence[str]) -> Costs:
        """`distances` for what sounds the same alone, found without comparing."""
        costs = np.full((len(self.phrases), len(heard)), np.inf, np.float32)
        for place, key in enumerate(heard):
            costs[self._by_key.get(key, ()), place] = 0.0
        return costs

    def tells(self, word: str) -> bool:
        """Does a word tell what a sentence is about? Not if several skills use it, and no number does."""
        return word not in self._common and bool(stems([word])) and not is_number_word(word) and not word[0].isdigit()

    def hint(self, tool: str, costs: Costs) -> str:
        """Phrases of a tool, each for the words that it adds; of many those that cost least where they fit best."""
        own = [number for number, named in enumerate(self.tools) if tool in named and self.phrases[number]]
        own.sort(key=lambda number: float(costs[number]) / max(int(self.lengths[number]), 1))
        known: set[str] = set()
        hints: list[str] = []
        for number in sorted(own[:HINT_PHRASES], key=lambda number: (self.phrases[number].count(" "), number)):
            words = [word for word in self.phrases[number].split() if len(word) > 2]
            if not known.issuperset(words):
                known.update(words)
                hints.append(self.phrases[number])
        while sum(map(len, hints)) + 2 * len(hints) > HINT_CHARS:
            hints.pop()
        return ", ".join(hints)


def skill_of(tool: str) -> str:
    return tool.rpartition(".")[0]


def _distances(keys: list[str], others: Sequence[str], most: int) -> Costs:
    """Edit distances; what is over `most` is `most` + 1."""
    found: Any = cdist(keys, others, scorer=Levenshtein.distance, score_cutoff=most, dtype=np.uint8)
    return np.asarray(found, dtype=np.float32)
