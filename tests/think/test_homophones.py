"""Small words of nearly the same sound: commands are understood, and nothing else becomes one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.engines.hassil_grammar import create
from assistant.skills_host import LentContext, SkillHost
from assistant.store.timers import TimerStore
from assistant.think.homophones import MAX_READINGS, certain, readings
from assistant.think.misheard import SecondLook

pytestmark = pytest.mark.unit

HERE = Path(__file__).parent
CASES = [
    (heard, tool, json.loads(arguments))
    for line in (HERE / "homophones.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
    for heard, tool, arguments in [line.split("\t")]
]


def _nothing_meant() -> Iterator[str]:
    """Sentences of the other tables that want nothing to be done."""
    yield from (HERE / "never.txt").read_text(encoding="utf-8").splitlines()
    for name in ("caller_calibration.tsv", "wishes.tsv"):
        for line in (HERE / name).read_text(encoding="utf-8").splitlines():
            text, _, meaning = line.partition("\t")
            if meaning == "-":
                yield text
    for line in (HERE / "questions.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            yield line.partition("\t")[2]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SkillHost]:
    with_store = TimerStore(tmp_path_factory.mktemp("store") / "timers.sqlite3")
    loaded = SkillHost.load(LentContext(timers=with_store))
    yield loaded
    loaded.close()
    with_store.close()


@pytest.fixture(scope="module")
def look(host: SkillHost) -> SecondLook:
    return SecondLook(create(host.templates, host.readers), lambda: host.specs)


@pytest.mark.parametrize(("heard", "tool", "arguments"), CASES, ids=[heard for heard, _, _ in CASES])
def test_a_command_in_other_small_words(look: SecondLook, heard: str, tool: str, arguments: dict[str, object]) -> None:
    """It is the command that was said, with what was said in its place."""
    calls = look.match(heard)
    assert calls is not None
    assert (tool, arguments) == (calls[0].tool, calls[0].arguments)


def test_other_sentences_change_nothing(look: SecondLook, host: SkillHost) -> None:
    """What wants nothing to be done is not made a command that the grammar alone would not have found."""
    first = create(host.templates, host.readers)
    made = {
        text: calls
        for text in _nothing_meant()
        if (calls := look.match(text)) != first.match(text)
        and any(host.specs[call.tool].effect != "read" for call in calls or ())
    }
    assert {} == made


@pytest.mark.parametrize(
    "text",
    [
        "And then she went to the list of names.", "At two we left.", "But that is all.", "Had a good day at work.",
        "Red is my color.", "What is the right way to do it?", "For minutes nobody spoke.",
        "He ate two eggs.", "Turn of events.", "I waited for you at four.", "It is four o'clock.",
    ],
)  # fmt: skip
def test_these_words_mean_themselves(look: SecondLook, text: str) -> None:
    """The words beside decide, and the whole sentence must be a command."""
    assert look.match(text) is None


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Buy a T-shirt", True), ("a T shirt", True), ("don't", True), ("AT&T", True), ("B and T", False),
        ("spell c a t", True), ("vitamin T t", True), ("Green T please", False), ("to by the way", True),
        ("a model T.5", True),
    ],
)  # fmt: skip
def test_a_single_t(text: str, same: bool) -> None:
    """It is the drink where nothing else is spelled with it."""
    assert same is (certain(text) == text)


def test_readings_are_few() -> None:
    """However many rules fit, a turn does not wait for all of them."""
    many = "and four my two my our list take a not at to that 7 four the too my of my list"
    assert len(list(readings(many))) <= MAX_READINGS
    assert [] == list(readings("what is the capital of france"))
