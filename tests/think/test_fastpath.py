"""The fast path on whole sentences: what it must understand exactly, and what it must leave alone."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from assistant.engines.hassil_grammar import HassilGrammar, create
from assistant.skills_host import LentContext, SkillHost
from assistant.store.timers import TimerStore
from assistant.think.fastpath import Template, stop_intent
from assistant.think.normalize import as_said, normalize
from assistant.types import ToolCall

pytestmark = pytest.mark.unit

HERE = Path(__file__).parent
Expected = tuple[tuple[str, dict[str, Any]], ...]


def _sentences() -> list[tuple[str, Expected]]:
    found = []
    for line in (HERE / "sentences.tsv").read_text(encoding="utf-8").splitlines():
        text, *calls = line.split("\t")
        parted = [call.split(" ", 1) for call in calls]
        found.append((text, tuple((tool, json.loads(arguments)) for tool, arguments in parted)))
    return found


SENTENCES = _sentences()
NEVER = (HERE / "never.txt").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> SkillHost:
    store = TimerStore(tmp_path_factory.mktemp("store") / "timers.sqlite3")
    loaded = SkillHost.load(LentContext(timers=store))
    store.close()
    return loaded


@pytest.fixture(scope="module")
def grammar(host: SkillHost) -> HassilGrammar:
    assert {"calculator", "clock", "help", "timer"} <= set(host.skills)
    made = create(host.templates)
    assert [] == made.problems
    return made


def _calls(calls: tuple[ToolCall, ...] | None) -> Expected:
    return tuple((call.tool, call.arguments) for call in calls or ())


@pytest.mark.parametrize(("text", "expected"), SENTENCES, ids=[text for text, _ in SENTENCES])
def test_understands_exactly(grammar: HassilGrammar, text: str, expected: Expected) -> None:
    """Each sentence of the corpus becomes its calls with exactly these arguments."""
    assert expected == _calls(grammar.match(text))


@pytest.mark.parametrize("text", NEVER)
def test_leaves_alone(grammar: HassilGrammar, text: str) -> None:
    """What the templates do not cover wholly is not theirs, and it does not end a turn early."""
    assert () == _calls(grammar.match(text))
    assert grammar.is_complete(text) != "complete"
    assert stop_intent(text) is None


def test_corpus_is_large_enough() -> None:
    """The corpus stays the size that it was promised to have."""
    assert len(SENTENCES) >= 150
    assert len(set(NEVER)) >= 80


@pytest.mark.parametrize("text", [text for text, _ in SENTENCES])
def test_case_and_punctuation_do_not_matter(grammar: HassilGrammar, text: str) -> None:
    """A recogniser may shout, and may end anything with a full stop and thanks."""
    assert grammar.match(text) == grammar.match(f"  {text.upper()}. Thank you!")


def test_own_exceptions_hold(host: SkillHost, grammar: HassilGrammar) -> None:
    """The sentences that a tool excludes do not trigger it."""
    pairs = {(template.tool, text) for template in host.templates for text in template.never}
    assert pairs
    assert not [(tool, text) for tool, text in pairs if tool in dict(_calls(grammar.match(text)))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "empty"),
        (" ... ", "empty"),
        ("could you please", "prefix"),
        ("hello", "complete"),
        ("set a", "prefix"),
        ("set a timer", "prefix"),
        ("set a timer for", "prefix"),
        ("set a timer for ten", "prefix"),
        ("set a timer for an hour and", "prefix"),
        ("set a timer for ten minutes", "complete"),
        ("Set a timer for ten minutes, please.", "complete"),
        ("set a timer for ten minutes and", "prefix"),
        ("set a timer for ten minutes and ten seconds", "complete"),
        ("set a timer called pasta", "prefix"),
        ("set a timer called pasta for", "prefix"),
        ("what time is it", "complete"),
        ("what time is it in", "prefix"),
        ("what time is it in new", "prefix"),
        ("what time is it in new york", "complete"),
        ("what's twelve", "prefix"),
        ("what's twelve times", "prefix"),
        ("what's twelve times eight", "complete"),
        ("convert 5 miles to", "prefix"),
        ("how many cups", "prefix"),
        ("cancel the", "prefix"),
        ("turn off the lights", "unknown"),
        ("cancel the meeting", "unknown"),
        ("why is the sky", "unknown"),
        ("thanks", "complete"),
        ("add milk", "unknown"),
        ("add milk to", "prefix"),
        ("add milk to my shopping list", "complete"),
        ("take a note", "prefix"),
    ],
)
def test_completeness(grammar: HassilGrammar, text: str, expected: str) -> None:
    """The listener is told whether words that may go on are a whole command, the start of one, or neither."""
    assert expected == grammar.is_complete(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stop", "stop"),
        ("Stop!", "stop"),
        ("stop stop stop", "stop"),
        ("Okay, stop.", "stop"),
        ("stop it please", "stop"),
        ("could you please stop", "stop"),
        ("you can stop now", "stop"),
        ("shut up", "stop"),
        ("Quiet!", "stop"),
        ("be quiet", "stop"),
        ("That's enough.", "stop"),
        ("enough", "stop"),
        ("silence", "stop"),
        ("cancel", "cancel"),
        ("never mind", "cancel"),
        ("Nevermind.", "cancel"),
        ("oh never mind", "cancel"),
        ("forget it", "cancel"),
        ("wait", "pause"),
        ("hold on", "pause"),
        ("stop the pasta timer", None),
        ("don't stop", None),
        ("please don't stop", None),
        ("cancel the timer", None),
        ("stop the music", None),
        ("stop sign", None),
        ("", None),
        ("x" * 100_000, None),
    ],
)
def test_stop_words(text: str, expected: str | None) -> None:
    """Only a whole sentence that asks for silence stops the assistant."""
    assert expected == stop_intent(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Um, could you please set a timer, thanks!", "set a timer"),
        ("What's 12x8?", "what is 12 * 8"),
        ("It\u2019s 1,000.5%", "it is 1000.5 %"),
        ("10-minute", "10 minute"),
        ("$5 or 1,000.50€", "5 dollars or 1000.50 euros"),
        ("mm, 5mm in inches", "5 millimeters in inches"),
        ("2½ cups", "2 and a half cups"),
        ("5\u22123", "5 - 3"),
        ("a\x00b\n\tc", "a b c"),
        ("set a a timer", "set a timer"),
        ("twenty twenty", "twenty twenty"),
        ("", ""),
        ("please", ""),
        ("Oh, hello!", "hello"),
        ("okay, thank you", "thank you"),
        ("hello, what time is it", "what time is it"),
    ],
)
def test_normalize(text: str, expected: str) -> None:
    """One spelling for the many ways in which a recogniser writes the same words."""
    assert expected == normalize(text)


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        ("milk eggs and bread", "Add milk, eggs, and bread.", "milk, eggs, and bread"),
        ("milk eggs", "add milk, um, eggs to it", "milk, eggs"),
        ("annas cake", "Add Anna’s cake, please", "anna's cake"),
        ("1000 nails", "1,000 nails; and screws", "1,000 nails"),
        ("milk milk", "milk and milk", "milk milk"),
        ("", "milk", ""),
    ],
)
def test_words_as_they_were_said(words: str, text: str, expected: str) -> None:
    """Commas and apostrophes come back from the original; what is not there as it stands stays as it is."""
    assert expected == as_said(words, text)


@pytest.mark.parametrize(
    "text", ["x" * 100_000, "set a timer for " * 5000, "(" * 300, "and " * 90, "\x00\u202e", "세이프"]
)
def test_odd_texts_are_quick(grammar: HassilGrammar, text: str) -> None:
    """No text, however long or strange, keeps the fast path busy or makes it fail."""
    started = time.process_time()
    assert grammar.match(text) is None
    grammar.is_complete(text)
    assert time.process_time() - started < 0.5


def test_is_fast(grammar: HassilGrammar) -> None:
    """95 of 100 sentences take less than 20 ms of processor time, also those that are not understood."""
    spent = []
    for text in [*NEVER, *(text for text, _ in SENTENCES)]:
        started = time.process_time()
        grammar.match(text)
        spent.append(time.process_time() - started)
    assert sorted(spent)[int(0.95 * len(spent))] < 0.020


def test_the_most_specific_template_wins() -> None:
    """A word of a template beats a name, whatever the order of the skills."""
    templates = [
        Template(tool="a.named", text="show {name:what} now please"),
        Template(tool="b.named", text="show {name:what}"),
        Template(tool="c.exact", text="show weather"),
    ]
    for order in (templates, templates[::-1]):
        assert (("c.exact", {}),) == _calls(create(order).match("show weather"))
        assert (("b.named", {"what": "news"}),) == _calls(create(order).match("show news"))


def test_lists_and_permutations() -> None:
    """A tool's own list gives its values, and hassil's permutations are understood."""
    lists = {"room": {"living room": "lounge", "the kitchen": "kitchen"}}
    grammar = create([Template(tool="a.go", text="(turn;[left]) in {room:where}", lists=lists)])
    assert (("a.go", {"where": "lounge"}),) == _calls(grammar.match("left turn in living room"))
    assert (("a.go", {"where": "kitchen"}),) == _calls(grammar.match("turn in the kitchen"))
    assert grammar.match("turn in the attic") is None


@pytest.mark.parametrize("text", ["go to {nowhere}", "go <home>", "go (left", "{name:x} go"])
def test_bad_templates_are_left_out(text: str) -> None:
    """A template that cannot work is told when it is loaded, and takes no other with it."""
    grammar = create([Template(tool="a.b", text=text), Template(tool="a.c", text="go on")])
    assert 1 == len(grammar.problems)
    assert (("a.c", {}),) == _calls(grammar.match("go on"))
