"""Sentences of the grammar that sound nearly like one that it does not take: what may have been said.

    sentence -> spans of words -> sound keys  \\
                                               distances -> walks over the templates, the cheapest first -> sentences
    phrases of all templates and lists -> keys /

Nothing is decided here. A sentence that is near is weighed against the sound by the recogniser, or asked back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from assistant.think.fastpath import Near, Topic
from assistant.think.forms import Either, Form, InOrder, Value, Words, parts
from assistant.think.livelist import ARTICLES, LiveList
from assistant.think.slots import FREE, TYPED, Slot
from assistant.think.topics import topic_of
from assistant.think.vocabulary import Stretches, Vocabulary, skill_of

PHRASE_NEAR = 0.5
"""Share of the sounds of one phrase that may differ: with more it is another one."""
SHORT = 2
"""Phrases of so few sounds, such as "a", may differ in one."""
KEPT = 4
"""Readings of one stretch by one part of a template that are kept."""
FIRST_NEAR = 0.12
"""Looked for first; only where nothing is so near one looks further."""
MOST = 8
"""Sentences that are told at most."""
MAX_STEPS = 6000
"""What is not found with so much work is not found: a sentence must not wait for a guess."""

_FAR = 1e6
OPEN = (*FREE, TYPED["rest"])


_Reading = tuple[float, int, int, str]
"""What a form was read as: cost in sounds, the word where it ends, how many sounds it has of its own, and its words."""


@dataclass(slots=True, eq=False)
class _Branch:
    """Where templates part that begin alike: the form that is read next, and what may follow it.

    `whole`: a template ends here. `live`: lists that must not be empty for what ends here, one group a template.
    """

    form: Form
    follows: dict[Form, _Branch] = field(default_factory=dict)
    whole: bool = False
    live: list[Sequence[LiveList]] = field(default_factory=list)


class Nearby:
    """Finds what is near. Built once for a grammar; lists that change are followed."""

    def __init__(self, templates: Iterable[tuple[Form, Sequence[LiveList], str]]) -> None:
        """`templates` with the live lists that each names (it counts only while none of them is empty) and its tool."""
        self._roots: dict[str, dict[Form, _Branch]] = {}
        tools: dict[Form, set[str]] = {}
        for form, live, tool in templates:
            branches = self._roots.setdefault(skill_of(tool), {})
            for item in form.items if isinstance(form, InOrder) else (form,):
                branch = branches.setdefault(item, _Branch(item))
                branches = branch.follows
            branch.whole = True
            branch.live.append(live)
            for part in parts(form):
                tools.setdefault(part, set()).add(tool)
        self.vocabulary = Vocabulary(tools)
        self._last: tuple[object, tuple[Near, ...]] = (None, ())
        """A turn asks about the same text several times."""

    def find(self, text: str, *, skill: str = "", within: float = 0.0) -> tuple[Near, ...]:
        """The nearest sentences of a skill, or of all, the nearest first; at most `within` of the sounds may differ.

        `text` is normalised.
        """
        heard = Stretches.of(text)
        roots = [self._roots.get(skill, {})] if skill else list(self._roots.values())
        if heard is None or not any(roots):
            return ()
        self.vocabulary.follow()
        asked = (text, skill, within, self.vocabulary.revisions)
        if self._last[0] == asked:
            return self._last[1]
        search = _Search(self.vocabulary, heard, within)
        first = min(within, FIRST_NEAR)
        found = search.run(roots, first) or (search.run(roots, within) if within > first else ())
        self._last = (asked, found)
        return found

    def topic(self, text: str) -> Topic | None:
        """The skill whose own words make up most of a normalised text, and what its likeliest tool may be told."""
        heard = Stretches.of(text)
        self.vocabulary.follow()
        return None if heard is None else topic_of(heard, self.vocabulary)


class _Search:
    """One sentence against the templates; at most `within` of its sounds may differ."""

    def __init__(self, vocabulary: Vocabulary, heard: Stretches, within: float) -> None:
        self._vocabulary = vocabulary
        self._words = heard.words
        self._text = " ".join(heard.words)
        self._spans, self._sizes, self._total = heard.spans, heard.sizes, heard.total
        self._starts = [0]
        for word in heard.words:
            self._starts.append(self._starts[-1] + len(word) + 1)
        self._costs = vocabulary.distances(heard.keys, within * self._total) if within else vocabulary.same(heard.keys)

    def run(self, roots: Sequence[Mapping[Form, _Branch]], near: float) -> tuple[Near, ...]:
        """Those of which at most the share `near` of the sounds differs."""
        self._near = near
        self._budget = near * self._total
        self._steps = 0
        self._known: dict[tuple[Form, int], list[_Reading]] = {}
        self._least: dict[Form, float] = {}
        self._least_after: dict[int, float] = {}
        self._found: dict[str, float] = {}
        self._measure()
        for branches in roots:
            self._grow(branches, [(0.0, 0, 0, "")])
        found = sorted(self._found.items(), key=lambda item: (item[1], item[0]))[:MOST]
        return tuple(Near(text=text, distance=round(cost / max(self._total, 1), 4)) for text, cost in found)

    def _measure(self) -> None:
        """Which phrases are near which stretches of words."""
        lengths = self._vocabulary.lengths
        close = self._costs <= np.minimum(self._budget, np.maximum(PHRASE_NEAR * lengths, lengths <= SHORT))[:, None]
        self._close: list[dict[int, list[tuple[float, int]]]] = [{} for _ in self._sizes]
        phrases, spans = np.nonzero(close)
        for phrase, span, cost in zip(phrases.tolist(), spans.tolist(), self._costs[close].tolist(), strict=True):
            start, end = self._spans[span]
            self._close[start].setdefault(phrase, []).append((cost, end))
        self._cheapest = np.where(close, self._costs, np.float32(_FAR)).min(axis=1)

    def _grow(self, branches: Mapping[Form, _Branch], states: list[_Reading]) -> None:
        """Read on along the branches, those first that may come to least."""
        cheapest = min(state[0] for state in states)
        for least, _, branch in sorted((self._least_of(b.form), n, b) for n, b in enumerate(branches.values())):
            if cheapest + least > self._budget or self._steps > MAX_STEPS:
                return
            further = self._extended(states, branch.form, 0.0)
            if further and branch.whole and any(all(live) for live in branch.live):
                self._note(further)
            if further and branch.follows:
                rest = self._after(branch.follows)
                if further := [state for state in further if state[0] + rest <= self._budget]:
                    self._grow(branch.follows, further)

    def _note(self, readings: list[_Reading]) -> None:
        for cost, end, own, text in readings:
            cost += sum(self._sizes[end:])
            if cost <= self._near * max(own, 1) and cost < self._found.get(text, _FAR):
                self._found[text] = cost
        if len(self._found) > MOST:
            self._budget = min(self._budget, 0.5 + sorted(self._found.values())[MOST - 1])

    def _at_least(self, branch: _Branch) -> float:
        """What a branch and the cheapest that may follow it cost, wherever they are read."""
        return self._least_of(branch.form) + (0.0 if branch.whole else self._after(branch.follows))

    def _after(self, follows: Mapping[Form, _Branch]) -> float:
        if not follows:
            return 0.0
        if (known := self._least_after.get(id(follows))) is None:
            known = self._least_after[id(follows)] = min(map(self._at_least, follows.values()))
        return known

    def _least_of(self, form: Form) -> float:
        if (known := self._least.get(form)) is not None:
            return known
        if isinstance(form, Words):
            number = self._vocabulary.index[form.text]
            found = min(float(self._cheapest[number]), float(self._vocabulary.lengths[number]))
        elif isinstance(form, Either):
            found = min(map(self._least_of, form.options))
        elif isinstance(form, InOrder):
            found = sum(map(self._least_of, form.items))
        elif form.phrases is not None:
            numbers = self._vocabulary.numbers[form]
            found = float(self._cheapest[numbers].min()) if len(numbers) else _FAR
        else:
            found = 0.0
        self._least[form] = found
        return found

    def _extended(self, states: list[_Reading], form: Form, rest: float) -> list[_Reading]:
        """The states with a form read after each; `rest` is what must be added to them later."""
        further: list[_Reading] = []
        for cost, end, own, text in states:
            room = self._budget - cost - rest
            for more, until, sounds, words in self._read(form, end):
                if more <= room:
                    joined = f"{text} {words}" if text and words else text or words
                    further.append((cost + more, until, own + sounds, joined))
        self._steps += len(further)
        return _kept(further)

    def _read(self, form: Form, start: int) -> list[_Reading]:
        """The cheapest readings of a form from a word on."""
        known = self._known.get((form, start))
        if known is None:
            known = self._known[form, start] = _kept(self._readings(form, start))
            self._steps += len(known)
        return known

    def _readings(self, form: Form, start: int) -> list[_Reading]:
        if isinstance(form, Words):
            number = self._vocabulary.index[form.text]
            size = int(self._vocabulary.lengths[number])
            missing = [(float(size), start, size, form.text)] if size <= self._budget else []
            return missing + self._phrase(number, start)
        if isinstance(form, Either):
            options = (option for option in form.options if self._least_of(option) <= self._budget)
            return [reading for option in options for reading in self._read(option, start)]
        if isinstance(form, InOrder):
            states: list[_Reading] = [(0.0, start, 0, "")]
            rests = [self._least_of(item) for item in form.items]
            for place, item in enumerate(form.items):
                states = self._extended(states, item, sum(rests[place + 1 :]))
                if not states:
                    break
            return states
        if form.phrases is not None:
            return self._listed(form, start)
        return list(self._typed(form.slot, start))

    def _listed(self, form: Form, start: int) -> list[_Reading]:
        """A phrase of a list; the article before a name of a live list is no part of it."""
        if start >= len(self._sizes):
            return []
        members = self._vocabulary.members[form]
        found = [
            reading for number in self._close[start] if number in members for reading in self._phrase(number, start)
        ]
        if isinstance(form, Value) and isinstance(form.phrases, LiveList) and self._words[start] in ARTICLES:
            found += [
                (cost, end, own + self._sizes[start], text) for cost, end, own, text in self._listed(form, start + 1)
            ]
        return found

    def _phrase(self, number: int, start: int) -> list[_Reading]:
        if start >= len(self._sizes):
            return []
        phrase, size = self._vocabulary.phrases[number], int(self._vocabulary.lengths[number])
        return [(cost, end, size, phrase) for cost, end in self._close[start].get(number, ())]

    def _typed(self, slot: Slot, start: int) -> Iterator[_Reading]:
        """What a rule reads is taken as it was heard. Words that may be any are not read: nothing speaks for them."""
        if start < len(self._sizes) and slot not in OPEN:
            for end, _ in slot.find(self._text, self._starts[start], "value"):
                if end + 1 in self._starts:
                    until = self._starts.index(end + 1)
                    yield 0.0, until, sum(self._sizes[start:until]), self._text[self._starts[start] : end]


def _kept(readings: Iterable[_Reading]) -> list[_Reading]:
    """The cheapest few for each end, without those that say the same words."""
    kept: list[_Reading] = []
    counts: dict[int, int] = {}
    said: set[tuple[int, str]] = set()
    for reading in sorted(readings):
        _, end, _, text = reading
        if counts.get(end, 0) < KEPT and (end, text) not in said:
            counts[end] = counts.get(end, 0) + 1
            said.add((end, text))
            kept.append(reading)
    return kept
