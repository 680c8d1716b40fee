"""What could tell who somebody is is found, as written and as spoken; what tells nobody is left."""

from __future__ import annotations

import pytest

from assistant.think.personal import find_personal

pytestmark = pytest.mark.unit


def found(text: str, people: tuple[str, ...] = (), things: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    return [(each.kind, text[each.start : each.end]) for each in find_personal(text, people, things)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail jane.doe@example.com now", ("EMAIL", "jane.doe@example.com")),
        ("mail jane dot doe at example dot com now", ("EMAIL", "jane dot doe at example dot com")),
        ("it is j a n e at mail dot example dot co dot uk", ("EMAIL", "j a n e at mail dot example dot co dot uk")),
        ("to jane.doe at example.com please", ("EMAIL", "jane.doe at example.com")),
        ("call four one one one", ("NUMBER", "four one one one")),
        ("call +1 (555) 010-9999 now", ("NUMBER", "1 (555) 010-9999")),
        ("it's oh seven double nine 3 1", ("NUMBER", "oh seven double nine 3 1")),
        ("code forty one eleven please", ("NUMBER", "forty one eleven")),
        ("pay with 4111 1111 1111 1111 today", ("NUMBER", "4111 1111 1111 1111")),
        ("from DE89 3704 0044 0532 0130 00 today", ("ACCOUNT", "DE89 3704 0044 0532 0130 00")),
        ("d e eight nine three seven oh four", ("NUMBER", "d e eight nine three seven oh four")),
        ("a letter to 12 Baker Street please", ("ADDRESS", "12 Baker Street")),
        ("send it to twenty one baker street", ("ADDRESS", "twenty one baker street")),
        ("he was born on the 3rd of May 1984", ("DATE", "the 3rd of May 1984")),
        ("she was born on 03/05/1984", ("DATE", "03/05/1984")),
        ("a note for my friend Anna Berg please", ("PERSON", "Anna Berg")),
        ("dear Mr. Smith", ("PERSON", "Smith")),
        ("my name is john", ("PERSON", "john")),
        ("read https://example.com/u/jane now", ("LINK", "https://example.com/u/jane")),
    ],
)
def test_personal_things_are_found(text: str, expected: tuple[str, str]) -> None:
    """The one thing in each sentence, whole, with its kind."""
    assert [expected] == found(text)


@pytest.mark.parametrize(
    "text",
    [
        "what happened in 1984",
        "and in nineteen eighty four or 2019",
        "how many is 5000 meters in miles",
        "what are $2500 in euros",
        "a city of 1,250,000 people",
        "count one two three",
        "at half past nine it is twenty two degrees",
        "one hundred twenty three thousand four hundred people",
        "who was Albert Einstein",
        "meet me at the cinema",
    ],
)
def test_what_tells_nobody_is_left(text: str) -> None:
    """Years, amounts and public names are what a question is about."""
    assert [] == found(text)


def test_known_names_are_found_in_any_case() -> None:
    """Names of the household are taken out wherever they stand, the longest first, with their possessive left."""
    text = "does anna-lena's lamp in the Blue Room know Anna Lena and anna?"
    assert [
        ("PERSON", "anna-lena"), ("THING", "Blue Room"), ("PERSON", "Anna Lena"), ("PERSON", "anna"),
    ] == found(text, ("Anna", "Anna Lena"), ("blue room",))  # fmt: skip
