"""Clauses for the voice, cut while the text is still coming."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.speak.sentences import ClauseLimits, ClauseSplitter, split_clauses

pytestmark = pytest.mark.unit

_SAMPLE = (
    "the sky is blue because and but that which 3.5 10,000 4:32 PM p.m. Dr. Smith e.g. etc. Nov 23, 2026. 5 km World "
    "War II https://a.b/c **bold text** [a b](c d) `x . y` ``` ~~~ - 1. # Yes! No? so, on; thus: — – $x^2$ 7 - 5 = 2 ("
)
_PIECES = st.sampled_from([*_SAMPLE.split(), "😀", "...", "U.S.", "\n", "\n\n", "  ", "\t"])
_TEXTS = st.one_of(
    st.lists(_PIECES, max_size=90).map(" ".join),
    st.lists(_PIECES, max_size=30).map("".join),
    st.text(max_size=120),
)


def _squeeze(text: str) -> str:
    return "".join(text.split())


def _stream(text: str, sizes: list[int]) -> list[str]:
    """Feed `text` in deltas of the given sizes, over and over."""
    splitter, pieces, start, turn = ClauseSplitter(), [], 0, 0
    while start < len(text):
        size = sizes[turn % len(sizes)]
        pieces += splitter.feed(text[start : start + size])
        start, turn = start + size, turn + 1
    return pieces + splitter.flush()


@settings(max_examples=500, deadline=None)
@given(_TEXTS, st.lists(st.integers(1, 12), min_size=1, max_size=6))
def test_nothing_is_lost_however_it_comes(text: str, sizes: list[int]) -> None:
    """The pieces joined are the text, white space apart, for any cutting into deltas."""
    assert _squeeze(text) == _squeeze("".join(_stream(text, sizes)))


@settings(max_examples=500, deadline=None)
@given(_TEXTS, st.lists(st.integers(1, 12), min_size=1, max_size=6))
def test_pieces_do_not_depend_on_the_deltas(text: str, sizes: list[int]) -> None:
    """A reply whose deltas end with words is cut the same way whether it streams in or is there at once."""
    words = re.findall(r"\s*\S+\s*$|\s*\S+", text) or [text]
    deltas = []
    for size in itertools.cycle(sizes):
        deltas.append("".join(words[:size]))
        words = words[size:]
        if not words:
            break
    splitter = ClauseSplitter()
    fed = [piece for delta in deltas for piece in splitter.feed(delta)]
    assert split_clauses(text) == fed + splitter.flush()


@pytest.mark.parametrize(
    "pieces",
    [
        ["The largest animal on earth", "is the blue whale."],
        ["Dreams are a natural part", "of our brain's function."],
        ["Penguins are birds of the south."],
        ["The speed of light", "is finite."],
        ["It is the capital", "of the whole of Spain."],
    ],
)
def test_a_long_first_clause_ends_at_a_joint(pieces: list[str]) -> None:
    """After four words also before a verb or a small preposition, so that speech need not wait for the next comma."""
    assert pieces == split_clauses(" ".join(pieces))


def test_the_first_clause_comes_while_the_model_writes() -> None:
    """The first piece is given out before the sentence is finished, as soon as the conjunction is certain."""
    splitter = ClauseSplitter()
    fed = [splitter.feed(delta) for delta in ["The sky", " is blue", " because", " air", " scatters"]]
    assert fed == [[], [], ["The sky is blue"], [], []]
    assert splitter.flush() == ["because air scatters"]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Yes.", ["Yes."]),
        ("", []),
        (" \n ", []),
        ("Sure! Here is why it rains. Clouds cool.", ["Sure! Here is why it rains.", "Clouds cool."]),
        ("Well, I think so, but ask her.", ["Well, I think so,", "but ask her."]),
        ("It was long ago — nobody knows.", ["It was long ago —", "nobody knows."]),
        ("one two three four five six seven eight nine ten", ["one two three four five six seven", "eight nine ten"]),
        ("Bees make honey by drying nectar.", ["Bees make honey", "by drying nectar."]),
        ("Steps:\n1. Mix it well.\n2. Bake", ["Steps:", "1. Mix it well.", "2. Bake"]),
        ("Here we go now. - milk\n- eggs", ["Here we go now.", "- milk", "- eggs"]),
        ("I asked him. Who? Me. Fine.", ["I asked him.", "Who?", "Me.", "Fine."]),
    ],
)
def test_where_replies_are_cut(text: str, pieces: list[str]) -> None:
    """The first clause is early, later pieces are sentences, a line break ends a piece."""
    assert pieces == split_clauses(text)


@pytest.mark.parametrize(
    "whole",
    [
        "Pi is about 3.5 here.",
        "We saw Dr. Smith there.",
        "Bring some fruit, e.g. Apples.",
        "He was born Nov 23, 2026.",
        "She met John F. Kennedy once.",
        "The U.S. Army was there.",
        "It costs 10,000 dollars.",
        "See https://a.example/b.c?d=1 now.",
        "That is **not. Not, and never** good.",
        "Press [the red. Button, and](https://a.b/c d) now.",
        "Type `a. B, and c` now.",
        "It is approx. Nine.",
    ],
)
def test_what_is_never_torn_apart(whole: str) -> None:
    """Numbers, abbreviations, dates, addresses and Markdown spans stay in one piece."""
    assert ["Now we begin here.", whole] == split_clauses(f"Now we begin here. {whole}")


@pytest.mark.parametrize(
    "kept", ["4:32 PM", "5 km", "$5 million", "23 November", "World War II", "7 × 8", "New York", "the house"]
)
def test_a_forced_cut_keeps_what_belongs_together(kept: str) -> None:
    """Even the cut after so many words waits until the breath does no harm."""
    for words in range(5, 10):
        pieces = split_clauses("word " * words + kept + " then more words follow here for a while yes")
        assert any(kept in piece for piece in pieces)


def test_a_long_sentence_is_cut_at_a_clause() -> None:
    """A sentence of more than thirty words is cut at its last comma, so that speech never waits for its end."""
    text = "Now we begin here. " + "Word " + "word " * 14 + "comma, " + "more " * 30 + "end."
    assert split_clauses(text) == ["Now we begin here.", "Word " + "word " * 14 + "comma,", "more " * 30 + "end."]


def test_without_any_mark_the_limit_cuts() -> None:
    """Forty-five words without a pause are cut at a word, whatever they are."""
    pieces = split_clauses("word " * 100)
    assert [len(piece.split()) for piece in pieces] == [7, 45, 45, 3]


def test_figures_without_end_are_cut_too() -> None:
    """Rules that keep figures together give way before a piece grows without bound."""
    assert max(len(piece.split()) for piece in split_clauses("1 2 3 " * 200)) <= 90


def test_a_code_block_is_one_piece() -> None:
    """A fenced block goes to the normaliser whole, which then leaves it out."""
    text = "Here you are:\n```python\nx = 1. Y\n\nprint(x)\n```\nThat is all."
    assert split_clauses(text) == ["Here you are:", "```python\nx = 1. Y\n\nprint(x)\n```", "That is all."]


def test_limits_can_be_set() -> None:
    """Other limits move the first cut."""
    splitter = ClauseSplitter(ClauseLimits(first_min_words=1, first_max_words=4))
    assert splitter.feed("Well, I think ") == ["Well,"]
    assert splitter.feed("so") + splitter.flush() == ["I think so"]


def test_the_splitter_is_ready_again_after_flush() -> None:
    """One splitter may serve one reply after the other."""
    splitter = ClauseSplitter()
    first = splitter.feed("The sky is blue because") + splitter.flush()
    assert first == splitter.feed("The sky is blue because") + splitter.flush()
