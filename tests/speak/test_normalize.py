"""Written text into speakable words: a corpus of written and spoken forms, and what holds for any text at all."""

from __future__ import annotations

import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.speak.normalize import MAX_CHARS, normalize

pytestmark = pytest.mark.unit

_ESCAPES = {"\\n": "\n", "\\x00": "\0", "\\x07": "\a", "\\u200b": "\u200b", "\\u00ad": "\u00ad"}


def _unescape(text: str) -> str:
    """The corpus writes a line break as \\n, invisible characters by their code and a backslash doubled."""
    parts = text.split("\\\\")
    for escape, char in _ESCAPES.items():
        parts = [part.replace(escape, char) for part in parts]
    return "\\".join(parts)


def _corpus() -> list[tuple[str, str]]:
    lines = (Path(__file__).parent / "corpus.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.partition("\t") for line in lines]
    return [(_unescape(written), spoken) for written, _, spoken in rows]


_ROWS = _corpus()
_FRAGMENTS = st.sampled_from(
    [piece for written, _ in _ROWS for piece in written.split()]
    + list("0123456789.,:;-–—'\"()[]{}<>|*_`~#$€£%^&@+=/\\ \n\t°²½é가😀")
    + [
        "```",
        "\n\n",
        "- ",
        "1. ",
        "| a |",
        "St. ",
        "etc. ",
        "King ",
        "II",
        "a ",
        "km",
        "/h",
        "www.",
        "x@y.de",
        "\u0301",
    ]
)
_TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(_FRAGMENTS, max_size=12).map("".join),
    st.lists(_FRAGMENTS, max_size=12).map(" ".join),
)


@pytest.mark.parametrize(("written", "spoken"), _ROWS, ids=[repr(written)[:40] for written, _ in _ROWS])
def test_corpus(written: str, spoken: str) -> None:
    """Every written form of the corpus is said as its spoken form."""
    assert spoken == normalize(written)


@settings(max_examples=600, deadline=None)
@given(_TEXTS)
def test_a_second_pass_changes_nothing(text: str) -> None:
    """Normalised text is left as it is, so that it does not matter who normalises first."""
    once = normalize(text)
    assert once == normalize(once)


@settings(max_examples=600, deadline=None)
@given(_TEXTS)
def test_only_letters_and_stops_are_left(text: str) -> None:
    """Whatever comes in, no digit, markup, sign or control character goes out."""
    letters = {char for char in normalize(text) if char not in " .,;:?!'-"}
    assert set() == {char for char in letters if unicodedata.category(char)[0] not in "LM"}


@pytest.mark.parametrize("text", ["", " \n\t", "...", "***", "😀", "\x00", "---\n---", "```", "<|im_end|>", "\ud800"])
def test_nothing_to_say(text: str) -> None:
    """Text without a word gives the empty string."""
    assert normalize(text) == ""


def test_a_long_text_is_cut_at_a_sentence() -> None:
    """Beyond the limit only whole sentences are said."""
    spoken = normalize("This is one sentence. " * 5000)
    assert spoken[-9:] == "sentence."
    assert MAX_CHARS - 22 <= len(spoken) <= MAX_CHARS


@pytest.mark.parametrize(
    "unit",
    ["7", "*", "<a", "[", "- ", "1-", "$a", "a.", "a_", "|", "😀", "$1,000,", "<", "  -", "A.", "'", "-", "# ", "> "],
)
def test_hostile_repetition_stays_cheap_and_short(unit: str) -> None:
    """100,000 characters of anything are done in seconds at most, and the answer is bounded."""
    started_s = time.process_time()
    spoken = normalize(unit * (100_000 // len(unit)))
    assert len(spoken) <= MAX_CHARS
    assert time.process_time() - started_s < 5.0


def test_a_sentence_takes_about_a_millisecond() -> None:
    """The clause before speech begins must not wait; the bound is wide because test machines are busy."""
    sentence = "It is 4:32 PM on Nov 23, 2026, and it costs $3.50 or 20 % more at 5 km from Dr. Smith."
    normalize(sentence)
    started_s = time.process_time()
    for _ in range(20):
        normalize(sentence)
    assert (time.process_time() - started_s) / 20 < 0.010
