"""`assistant history`, `why` and `forget history`: plain words, one object a line, nothing that steers a terminal."""

from __future__ import annotations

import ast
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

import assistant
from assistant.cli.forget import app as forget
from assistant.cli.history import history
from assistant.cli.why import why
from assistant.errors import UsageError
from assistant.paths import find_paths
from assistant.store.history import Entry, History, Outcome, TurnRecord
from assistant.telemetry.why import REASONS, explain, outcome

pytestmark = pytest.mark.unit

NASTY = "[bold red]hi[/] :smile: \x1b]0;owned\x07\x1b[2J\r\u202eabc\u2066\x9b31m [/nothing]"
ESCAPES = ("\x1b", "\x07", "\r", "\u202e", "\u2066", "\x9b")
TIMER = TurnRecord(
    opened_by="wake",
    route="grammar",
    reason="grammar",
    skill="timer",
    tool="timer.set",
    arguments={"minutes": 10, "label": None},
    results=(Outcome(tool="timer.set", ok=True),),
    reply="Ten minutes, starting now.",
    heard_words=4,
    ended="spoken",
    timings_ms={"transcript": 200.0, "decode_ms": 150.0, "end_decided": 300.0, "first_audio": 320.0},
)


@pytest.fixture
def kept(home: Path) -> Iterator[History]:
    opened = History(find_paths().history)
    yield opened
    opened.close()


def run(command: str, *words: str) -> Result:
    app = typer.Typer()
    app.command(name="history")(history)
    app.command(name="why")(why)
    app.add_typer(forget, name="forget")
    return CliRunner().invoke(app, [command, *words], env={"COLUMNS": "200"})


def add(kept: History, turn: str, heard: str, record: TurnRecord = TIMER) -> None:
    kept.add(time.time(), turn, heard, record)


def test_without_a_turn(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty home is told in a sentence and stays empty; where nothing is kept on purpose, that is said."""
    assert "No turn is kept yet" in run("history").output
    assert "" == run("history", "--json").output
    assert isinstance(run("why").exception, UsageError)
    assert "Forgotten: 0 turns.\n" == run("forget", "history").output
    assert not find_paths().history.exists()
    monkeypatch.setenv("ASSISTANT_SET_HISTORY__KEEP_DAYS", "0")
    assert "`[history] keep_days` is 0" in run("history").output


def test_the_table(kept: History) -> None:
    """The newest turn is last, with what was done."""
    add(kept, "t1", "set a timer for ten minutes")
    add(kept, "t2", "stop", TurnRecord(reason="stop_word", ended="stopped"))
    _, first, second = run("history").output.splitlines()
    assert ["1", "t1", "timer.set done"] == [*first.split()[:2], first[-14:].strip()]
    assert ["2", "t2", "silence"] == [*second.split()[:2], second.split()[-1]]
    assert 2 == len(run("history", "-n", "1").output.splitlines())


def test_as_json(kept: History) -> None:
    """One object a line, with the names of `assistant ask`."""
    add(kept, "t1", "set a timer for ten minutes")
    add(kept, "t2", "stop")
    turns = [json.loads(line) for line in run("history", "--json").output.splitlines()]
    assert ["t1", "t2"] == [turn["turn_id"] for turn in turns]
    names = {"text", "route", "reason", "skill", "tool", "arguments", "results", "reply", "timings_ms"}
    assert set() == names - set(turns[0])
    told = json.loads(run("why", "t1", "--json").output)
    assert turns[0] == {name: value for name, value in told.items() if name != "why"}
    assert told["why"] == run("why", "t1").output.strip()


def test_why(kept: History) -> None:
    """The last turn, or the one that is named by its id or number."""
    add(kept, "t1", "set a timer for ten minutes")
    add(kept, "t2", "stop", TurnRecord(reason="stop_word", ended="stopped", opened_by="interruption"))
    first = 'You said "set a timer for ten minutes"; the grammar knew it as timer.set (minutes 10), and it was done.\n'
    assert first == run("why", "t1").output == run("why", "1").output
    assert 'You said "stop" over an answer; that is a stop word, so I fell silent.\n' == run("why").output


def test_an_unknown_turn_names_the_newest(kept: History) -> None:
    """A wrong name is told with those that would be right."""
    for number in range(7):
        add(kept, f"t{number}", "words")
    error = run("why", "t99\x1b[2J").exception
    assert isinstance(error, UsageError)
    assert "No turn 't99 [2J' is kept. The newest are 7 (t6), 6 (t5), 5 (t4), 4 (t3), 3 (t2);" in str(error)


def test_the_timeline(kept: History) -> None:
    """The picture stands below the sentence; a turn without times, or with impossible ones, has none."""
    add(kept, "t1", "set a timer for ten minutes")
    lines = run("why", "--timeline").output.splitlines()
    assert ["end of turn", "transcript ", "loudspeaker"] == [line[:11] for line in lines[2:5]]
    add(kept, "t2", "stop", TurnRecord(timings_ms={"routed": 1e300}))
    assert "No times were taken of this turn." == run("why", "--timeline").output.splitlines()[-1]


@pytest.mark.parametrize(
    "words", [["history"], ["history", "--json"], ["why"], ["why", "--json"], ["why", "--timeline"]]
)
def test_what_was_heard_does_not_steer_the_terminal(kept: History, words: list[str]) -> None:
    """Markup is shown as it is, control and direction characters never arrive."""
    record = TurnRecord(
        route=NASTY,
        reason=NASTY + "{call.__class__}",
        tool=NASTY,
        arguments={NASTY: NASTY},
        results=(Outcome(tool=NASTY, ok=False, error=NASTY),),
        reply=NASTY,
        ended="failed",
        error=NASTY,
        message=NASTY,
        ended_by=NASTY,
        by=NASTY,
        timings_ms={NASTY: 1.0},
    )
    kept.add(time.time(), NASTY, NASTY, record)
    result = run(*words)
    assert 0 == result.exit_code
    assert [] == [char for char in ESCAPES if char in result.output]
    assert "[bold red]hi[/] :smile:" in result.output


def test_what_is_too_old_is_not_shown(kept: History) -> None:
    """Thirty days are kept, whether or not the daemon ran since."""
    kept.add(time.time() - 31 * 86_400, "t1", "old", TIMER)
    assert "No turn is kept yet" in run("history").output


def test_a_damaged_file(home: Path) -> None:
    """It is told once, set aside, and life goes on."""
    file = find_paths().history
    file.parent.mkdir(parents=True)
    file.write_bytes(b"no database" * 500)
    result = run("history")
    assert (0, True) == (result.exit_code, "damaged" in result.stderr)
    assert "" == run("history").stderr


def test_forget(kept: History) -> None:
    """All of it is gone from the folder, while the daemon holds the file open."""
    add(kept, "t1", "xylophonic quagmire")
    assert "Forgotten: 1 turn.\n" == run("forget", "history").output
    assert [] == kept.latest(5)
    files = [file.read_bytes() for file in find_paths().state.iterdir()]
    assert [] == [data for data in files if b"xylophonic" in data]


def reasons_in_the_code() -> set[str]:
    """Every reason that a decision is given, in `RouteDecision(...)` or as the fields of an event."""
    found = set()
    for file in Path(assistant.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) not in ("RouteDecision", "self._tell"):
                continue
            if "reason" not in {word.arg for word in node.keywords}:
                continue
            value = next(word.value for word in node.keywords if word.arg == "reason")
            found |= {part.value for part in ast.walk(value) if isinstance(part, ast.Constant)}
    return {str(reason) for reason in found if reason}


def test_each_reason_has_its_words() -> None:
    """No reason code is left unexplained, and none is explained that is never given."""
    assert set(REASONS) == reasons_in_the_code()
    assert len(REASONS) == len(set(REASONS.values()))


FAILED = (Outcome(tool="timer.cancel", ok=False, error="skill"),)
WITHHELD = (Outcome(tool="door.unlock", ok=False, error="blocked:tainted"),)
BOTH = (Outcome(tool="timer.set", ok=True), *FAILED)


@pytest.mark.parametrize(
    ("heard", "record", "sentence", "done"),
    [
        (
            "cancel the pasta timer",
            TurnRecord(
                reason="caller_sure",
                tool="timer.cancel",
                arguments={"name": "pasta"},
                results=FAILED,
                reply="There is no pasta timer.",
                heard_words=5,
                ended="spoken",
            ),
            'You said "cancel the pasta timer"; the tool caller was sure that it meant timer.cancel (name pasta), '
            'but that failed: "There is no pasta timer".',
            "timer.cancel failed",
        ),
        (
            "and two more",
            TurnRecord(opened_by="follow_up", reason="grammar", tool="timer.set", results=BOTH, ended="spoken"),
            'You said "and two more" right after an answer; the grammar knew it as timer.set, and timer.set was done, '
            "timer.cancel failed.",
            "timer.set done, timer.cancel failed",
        ),
        (
            "why is the sky blue",
            TurnRecord(
                route="talker",
                reason="open_question",
                reply="Light is scattered by the air.",
                heard_words=3,
                ended="interrupted",
                by="wake",
            ),
            'You said "why is the sky blue"; it is none of the commands I know, so the language model answered; '
            "you broke the answer off with the wake word, after 3 of its words.",
            "answered, broken off",
        ),
        (
            "what is",
            TurnRecord(ended="interrupted", by="speech"),
            'You said "what is"; you broke the answer off by saying something else, before any of it was heard.',
            "broken off",
        ),
        (
            "",
            TurnRecord(ended="failed", error="worker_died", message="The engine died."),
            "I could not make out what you said; something went wrong on the way (The engine died).",
            "error",
        ),
        (
            "no",
            TurnRecord(opened_by="typed", reason="declined", reply="Okay, I won't.", heard_words=3, ended="written"),
            'You typed "no"; that was a no to what I had asked, so nothing was done.',
            "left alone",
        ),
        (
            "a story",
            TurnRecord(reason="talker_not_ready"),
            'You said "a story"; it is none of the commands I know, and the language model was not ready to answer; '
            "I was shut down before the turn was over.",
            "could not answer",
        ),
        (
            "open up",
            TurnRecord(
                route="caller",
                reason="tainted",
                tool="door.unlock",
                results=WITHHELD,
                reply="No.",
                heard_words=1,
                ended="spoken",
            ),
            'You said "open up"; it was taken for door.unlock, but words from outside were part of the '
            "conversation, so I left it.",
            "door.unlock withheld",
        ),
        (
            "what do you think",
            TurnRecord(
                route="talker", reason="open_question", results=WITHHELD, reply="No.", heard_words=1, ended="spoken"
            ),
            'You said "what do you think"; it is none of the commands I know, so the language model answered with the '
            "help of door.unlock, which I withheld because words from outside were part of the conversation.",
            "door.unlock withheld, answered",
        ),
        (
            "and now",
            TurnRecord(reason="new_reason", route="cloud", reply="One two.", heard_words=1, ended="spoken"),
            'You said "and now"; the reason was new_reason; only 1 of the 2 words of the answer were heard.',
            "answered",
        ),
    ],
)
def test_sentences(heard: str, record: TurnRecord, sentence: str, done: str) -> None:
    """One plain sentence for each way a turn can go."""
    entry = Entry(number=1, at_s=0.0, turn="t1", heard=heard, record=record)
    assert (sentence, done) == (explain(entry), outcome(record))
