"""Nothing personal is left in what goes out, and no placeholder in what is heard, however the answer is cut."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.think.redact import Redactor

pytestmark = pytest.mark.unit

PLACEHOLDER = re.compile(
    r"(?:PERSON|EMAIL|NUMBER|ADDRESS|ACCOUNT|DATE|LINK|THING)_\d|\[(?:PERSON|EMAIL|NUMBER)", re.IGNORECASE
)
WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]

digits = st.text("0123456789", min_size=5, max_size=16)
spoken = digits.map(lambda number: " ".join(WORDS[int(digit)] for digit in number))
mixed = digits.flatmap(
    lambda number: st.tuples(*[st.sampled_from([digit, WORDS[int(digit)]]) for digit in number]).map(" ".join)
)
letters = st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=8)
emails = st.tuples(letters, letters, letters).map(lambda parts: "{}.{}@{}.com".format(*parts))
spoken_emails = st.tuples(letters, letters, letters).map(lambda parts: "{} dot {} at {} dot com".format(*parts))
names = st.sampled_from(["Anna", "Jürgen Weiß", "Marie-Claire", "Mum", "O'Neill"])
planted = st.one_of(digits, spoken, mixed, emails, spoken_emails, names)
frames = st.sampled_from(
    ["write that {} is late", "what does {} mean", "{}", "explain {} to a child, and then {} again"]
)


def redactor() -> Redactor:
    return Redactor(
        people=lambda: ["Anna", "Jürgen Weiß", "Marie-Claire", "Mum", "O'Neill"], things=lambda: ["Blue Room"]
    )


@given(planted, frames)
@settings(max_examples=400)
def test_what_is_planted_never_leaves_and_comes_back(value: str, frame: str) -> None:
    """Numbers, addresses and names in any spelling are out of the text, and whole again after the way back."""
    if re.fullmatch(r"(?:1\d|20)\d\d", value):
        return
    text, mine = frame.format(value, value), redactor()
    sent = mine.hide(text)
    assert value.lower() not in sent.lower()
    assert not re.search(r"\d{4}|(?:\b(?:zero|one|two|three|four|five|six|seven|eight|nine)\b\s*){4}", sent)
    assert text == mine.restore(sent)


@given(st.lists(planted, min_size=1, max_size=3), st.data())
@settings(max_examples=300)
def test_an_answer_cut_anywhere_is_heard_as_if_it_came_whole(values: list[str], data: st.DataObject) -> None:
    """Pieces of any size give the same words as the whole answer, and nothing of a placeholder."""
    mine = redactor()
    sent = [mine.hide(f"tell {value} that") for value in values]
    answer = " Then ".join(["Well, [PERSON_9] and person 1 agree (a [note]).", *sent])
    whole = mine.restore(answer)
    restorer, said, rest = mine.restorer(), "", answer
    while rest:
        size = data.draw(st.integers(1, 9))
        said += restorer.feed(rest[:size])
        assert not PLACEHOLDER.search(said)
        rest = rest[size:]
    said += restorer.flush()
    assert whole == said
    assert not PLACEHOLDER.search(said)


@given(st.text(max_size=80))
def test_any_text_survives(text: str) -> None:
    """Text without placeholders comes back as it was, and whatever a model writes, no placeholder is spoken."""
    mine = redactor()
    restorer = mine.restorer()
    said = restorer.feed(text) + restorer.flush()
    assert not PLACEHOLDER.search(said)
    assert mine.restore(mine.hide(text)) == text or "_" in text or "[" in text


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        ("Dear [PERSON_1],", "Dear Anna,"),
        ("Dear PERSON_1,", "Dear Anna,"),
        ("Dear [Person 1]'s friend", "Dear Anna's friend"),
        ("Dear <PERSON_1>,", "Dear Anna,"),
        ("Dear **PERSON_1**,", "Dear Anna,"),
        ("Dear [person_1],", "Dear Anna,"),
        ("Dear [PERSON_7],", "Dear that person,"),
        ("Dear [PERSON],", "Dear that person,"),
        ("Person 2 wins; number 10 is best", "Person 2 wins; number 10 is best"),
        ("The person [in] the room", "The person [in] the room"),
        ("It ends with [PERSON_", "It ends with "),
        ("It ends with [PERS", "It ends with "),
    ],
)
def test_however_a_model_spells_it(answer: str, heard: str) -> None:
    """Brackets lost, other case, unknown numbers, half ones: a person hears a name or an ordinary word."""
    mine = redactor()
    mine.hide("a note for Anna")
    restorer = mine.restorer()
    assert heard == "".join([*(restorer.feed(char) for char in answer), restorer.flush()])


def test_the_same_value_has_the_same_placeholder() -> None:
    """A model can follow who is who through a conversation."""
    mine = redactor()
    assert "[PERSON_1] and [PERSON_2]" == mine.hide("Anna and Mum")
    assert "is [PERSON_1] [PERSON_2]'s child" == mine.hide("is anna Mum's child")
    assert 2 == mine.hidden


def test_a_known_name_comes_back_as_it_is_written() -> None:
    """What is heard has small letters; the answer is read, too."""
    mine = redactor()
    assert "[PERSON_1] and [PERSON_2]" == mine.hide("jürgen weiß and marie-claire")
    assert "Dear Jürgen Weiß and Marie-Claire" == mine.restore("Dear [PERSON_1] and [PERSON_2]")


def test_a_placeholder_that_was_typed_is_no_placeholder() -> None:
    """Who types "[PERSON_1]" does not get at what somebody else had taken out."""
    mine = redactor()
    mine.hide("a note for Anna")
    assert "who is person 1" == mine.hide("who is [PERSON_1]")
