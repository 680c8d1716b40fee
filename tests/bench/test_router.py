"""The router's benchmark on the answers that are kept: no model runs, nothing leaks, the weights come out again."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.bench.router import LOCALS, Pair, fit_router, leaks, places_of, run_router
from assistant.bench.router_answers import REFERENCE, Run, answer_turns, read_answers, read_counts
from assistant.bench.router_set import read_set
from assistant.cli.bench import app
from assistant.errors import UsageError

pytestmark = pytest.mark.unit

FOLDER = Path(__file__).parents[1] / "router"
HOME = Path(__file__).parents[1] / "think" / "wishes_home.yaml"
STANDARD = "qwen2.5-coder-1.5b-instruct-q4_k_m"
SET = read_set(FOLDER)


def pair(weak: str, strong: str, answers: Path = FOLDER / "answers") -> Pair:
    return Pair(data=FOLDER, weak=weak, strong=strong, run=Run(answers=answers, home=HOME), models=False)


def silent(step: str, done: int, total: int) -> None:
    """Nobody watches."""


def test_nothing_private_leaves(home: Path) -> None:
    """None of sixty private turns may go anywhere by itself, whatever is known of the local answer."""
    told = leaks(SET, places_of(pair(STANDARD, REFERENCE), SET)[1])
    assert told["n"] >= 50
    assert 0 == told["leaked"]


def test_plain_turns_may_leave(home: Path) -> None:
    """Or else no leak would say nothing: nine of ten of the open questions may go where the local answer is unsure."""
    places = places_of(pair(STANDARD, REFERENCE), SET)[1]
    plain = [places[turn.id]["unsure"] for turn in SET.turns if turn.kind not in ("private", "wishes")]
    assert plain.count("cloud") / len(plain) > 0.9
    assert set(places[SET.turns[0].id]) == set(LOCALS)


def test_the_router_stands_between_chance_and_the_oracle(home: Path, tmp_path: Path) -> None:
    """Fitted on the calibration half, told of the test half, by the answers in the repository."""
    sides = pair(STANDARD, REFERENCE)
    weights = tmp_path / "weights.toml"
    fit_router([sides], weights, "a test")
    told = run_router(dataclasses.replace(sides, weights=weights), silent)
    assert told["chance"]["apgr"] < told["router"]["apgr"] <= told["oracle"]["apgr"]
    assert told["router"]["apgr_low"] <= told["router"]["apgr"] <= told["router"]["apgr_high"]
    assert told["n"] >= 60
    assert 0 == told["private"]["leaked"]
    assert "upper bound" in told["strong"]


def test_without_answers_it_says_so(home: Path, tmp_path: Path) -> None:
    """An empty folder of answers is told in a sentence."""
    with pytest.raises(UsageError, match="No turn is answered yet"):
        run_router(pair(STANDARD, REFERENCE, tmp_path), silent)


def test_a_broken_line_is_told(home: Path, tmp_path: Path) -> None:
    """So is a file that is no file of answers."""
    (tmp_path / f"{STANDARD}.jsonl").write_text('{"id": 1}\n', encoding="utf-8")
    with pytest.raises(UsageError, match="is no answer"):
        run_router(pair(STANDARD, REFERENCE, tmp_path), silent)
    (tmp_path / f"{STANDARD}.jsonl").write_text("{\n", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be read"):
        run_router(pair(STANDARD, REFERENCE, tmp_path), silent)


def test_the_command_needs_turns(home: Path) -> None:
    """Without --data and --home it says what is missing."""
    with pytest.raises(UsageError, match="needs turns and a home"):
        CliRunner().invoke(app, ["router"], catch_exceptions=False)


@pytest.mark.slow
def test_a_run_goes_on_where_it_stopped(home: Path, tmp_path: Path) -> None:
    """Answers are kept one by one by the real engine; what is there is not asked again."""
    model = "smollm2-135m-instruct-q4_1"
    turns = [turn for turn in SET.turns if turn.kind == "facts"][:3]
    run = Run(answers=tmp_path, home=HOME, seconds=1e-6)
    assert 3 == asyncio.run(answer_turns(model, turns, run, silent))
    assert {turn.id for turn in turns} == set(read_counts(run.file(REFERENCE)))
    done = Run(answers=tmp_path, home=HOME)
    assert 0 == asyncio.run(answer_turns(model, turns[:1], done, silent))
    first = read_answers(done.file(model))[turns[0].id]
    assert 0 == asyncio.run(answer_turns(model, turns, done, silent))
    answers = read_answers(done.file(model))
    assert [turn.id for turn in turns] == sorted(answers, key=[turn.id for turn in turns].index)
    assert first == answers[turns[0].id]
    assert first.text
    assert all(0 < p <= 1 and h >= 0 for p, h in first.chances)
