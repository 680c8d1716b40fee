"""Answers of a service in a skill's store: fresh, old with their age, or gone; never more than a few."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from assistant.errors import SkillError
from assistant.skill import Cancelled
from assistant.skillhost.keyvalue import KeyValue
from assistant.web_cache import Kept, WebCache, say_age

pytestmark = pytest.mark.unit


class Service:
    """Answers with what it is given, one after the other; an error is raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    async def fetch(self) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def run(answers: Sequence[Any], times_s: Sequence[float], store: KeyValue | None = None, name: str = "x") -> list[Kept]:
    """What the cache gives at these moments."""
    store, service, moments = store or KeyValue(None, 16), Service(*answers), iter(times_s)
    at = [0.0]
    cache = WebCache(lambda: store, lambda: at[0], fresh_s=60, kept_s=600, most=2)
    found = []
    for at[0] in moments:
        found.append(asyncio.run(cache.get(name, service.fetch)))
    return found


def test_a_fresh_answer_is_not_asked_for_again() -> None:
    """For a minute here; then the service is asked."""
    assert [Kept(value=1), Kept(value=1, age_s=59), Kept(value=2)] == run([1, 2], [100, 159, 161])


def test_offline_the_old_answer_tells_its_age() -> None:
    """Until it is too old; then the trouble is told."""
    offline = SkillError("I can't reach the service.")
    assert Kept(value=1, age_s=500, stale=True) == run([1, offline], [100, 600])[-1]
    with pytest.raises(SkillError, match="reach"):
        run([1, offline], [100, 701])


def test_a_call_that_is_over_gets_nothing() -> None:
    """Cancelled is no trouble of the service."""
    with pytest.raises(Cancelled):
        run([1, Cancelled("over")], [100, 200])


def test_a_clock_that_was_set_back_and_damage() -> None:
    """An answer of the future and what is no answer are asked for again."""
    assert [Kept(value=1), Kept(value=2)] == run([1, 2], [100, 50])
    store = KeyValue(None, 16)
    run([1], [100], store)
    (key,) = store.keys()
    for damaged in ([], {"at_s": "x"}, {"at_s": 100}, None):
        store.set(key, damaged)
        assert [Kept(value=2)] == run([2], [101], store)


def test_only_the_newest_stay_and_no_words_of_the_user() -> None:
    """Two here; the names are not on the disk, and other keys of the skill are left alone."""
    store = KeyValue(None, 16)
    store.set("home", "berlin")
    for number, name in enumerate(("alpha", "beta", "gamma")):
        run([number], [100 + number], store, name)
    assert 3 == len(store.keys())
    assert not any(name in str(list(store.keys())) for name in ("alpha", "beta", "gamma"))
    assert [Kept(value=2, age_s=1)] == run([9], [103], store, "gamma")
    assert [Kept(value=9)] == run([9], [103], store, "alpha")


def test_a_full_store_costs_only_the_next_request() -> None:
    """What cannot be kept is told all the same."""
    assert [Kept(value="x" * 9000)] == run(["x" * 9000], [100], KeyValue(None, 1))
    assert [Kept(value=1)] == run([1], [100], KeyValue(None, 0))


@pytest.mark.parametrize(
    ("age_s", "words"),
    [
        (5, "a minute"),
        (600, "ten minutes"),
        (3600, "an hour"),
        (9000, "two hours"),
        (90_000, "a day"),
        (2e5, "two days"),
    ],
)
def test_an_age_in_words(age_s: float, words: str) -> None:
    """As one says it."""
    assert words == say_age(age_s)
