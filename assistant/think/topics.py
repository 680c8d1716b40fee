"""What a sentence that is no command speaks of: the skill whose own words are most of it."""

from __future__ import annotations

import numpy as np

from assistant.think.fastpath import Topic
from assistant.think.vocabulary import FEW, Stretches, Vocabulary, skill_of

HEARD = 0.2
"""Share of the sounds of a phrase that may differ, and it still speaks for its skill."""
LONG, HEARD_LONG = 8, 0.36
"""Of names of so many sounds more may differ: strange ones are heard worst, and hardly sound alike by chance."""
LEAST_SOUNDS = 4
"""Shorter phrases are like too many words."""
SPOKEN_OF = 0.5
"""Share of the telling words of a sentence that a skill must know."""


def topic_of(heard: Stretches, vocabulary: Vocabulary) -> Topic | None:
    """The skill, and what its likeliest tool takes; None where no skill knows half of the words that tell something.

    Words that several skills know tell nothing, nor do numbers and the small words of any sentence.
    """
    costs = vocabulary.distances(heard.keys, HEARD_LONG * heard.total)
    lengths = vocabulary.lengths
    allowed = np.where(vocabulary.listed & (lengths >= LONG), HEARD_LONG * lengths, np.floor(HEARD * lengths))
    close = (costs <= allowed[:, None]) & (lengths >= LEAST_SOUNDS)[:, None]
    own: dict[str, int] = {}
    tools: dict[str, int] = {}
    for number, span in zip(*(axis.tolist() for axis in np.nonzero(close)), strict=True):
        start, end = heard.spans[span]
        stretch = (1 << end) - (1 << start)  # words as bits, so that none counts twice
        for tool in vocabulary.tools[number]:
            tools[tool] = tools.get(tool, 0) | stretch
        if len(vocabulary.skills[number]) <= FEW:
            for skill in vocabulary.skills[number]:
                own[skill] = own.get(skill, 0) | stretch

    def size(words: int) -> int:
        return sum(sounds for place, sounds in enumerate(heard.sizes) if words >> place & 1)

    telling = sum(1 << place for place, word in enumerate(heard.words) if vocabulary.tells(word))
    best = max(sorted(own), key=lambda skill: size(own[skill] & telling), default=None)
    if best is None or size(own[best]) < LEAST_SOUNDS or size(own[best] & telling) < max(SPOKEN_OF * size(telling), 1):
        return None
    tool = max(sorted(tool for tool in tools if skill_of(tool) == best), key=lambda tool: size(tools[tool]))
    return Topic(skill=best, hint=vocabulary.hint(tool, costs.min(axis=1)))
