"""Spoken commands: a schema becomes a real skill, noise has its ratio, and only what is whole counts."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from assistant.bench.commands import SNR_FRAME, CommandSettings, Outcome, figures, lay_on, run_commands
from assistant.bench.measure import loudest_frame_power
from assistant.bench.schema import read_schema, template, write_skill
from assistant.errors import UsageError
from assistant.skills_host import LentContext, SkillHost
from assistant.store.timers import TimerStore
from assistant.types import JsonDict

pytestmark = pytest.mark.unit

SCHEMA = """
context:
  expressions:
    orderTea:
      - "[can I get, I'd like, bring me] (a) $size:size $tea:tea (with [milk, lemon])"
      - "$pv.TwoDigitInteger:count cups of $tea:tea"
  slots:
    size: [small, large]
    tea: [green tea, mint tea]
"""


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    file = tmp_path / "tea.yaml"
    file.write_text(SCHEMA, encoding="utf-8")
    return file


def test_an_expression_becomes_a_template() -> None:
    """Choices, optional words, slots and numbers; politeness is gone, as it is from what is heard."""
    assert "(get|i would like|bring me) [a] {size:size}" == template("[can I get, I'd like, bring me] (a) $size:size")
    assert "[with (milk|lemon)]" == template("(with [milk, lemon])")
    assert "{number:count} cups" == template("$pv.TwoDigitInteger:count cups")


def test_a_schema_is_a_skill_like_any_other(schema: Path, tmp_path: Path) -> None:
    """The package loads, its sentences are understood, and every slot is an argument."""
    from assistant.engines.hassil_grammar import create

    timers = TimerStore(tmp_path / "timers.sqlite3")
    load = write_skill(read_schema(schema, "tea"), tmp_path / "skill")
    host = SkillHost.load(LentContext(timers=timers), sources={"tea": load})
    assert {} == host.problems
    calls = create(host.templates).match("Can I get a large mint tea with lemon?")
    assert calls is not None
    assert [("tea.orderTea", {"size": "large", "tea": "mint tea"})] == [(one.tool, one.arguments) for one in calls]
    counted = create(host.templates).match("Twelve cups of green tea")
    assert counted is not None
    assert {"count": 12, "tea": "green tea"} == counted[0].arguments
    host.close()
    timers.close()


@pytest.mark.parametrize("text", ["context: 7", "other: {}", "context: {expressions: [a]}"])
def test_what_is_no_schema_is_told(text: str, tmp_path: Path) -> None:
    """One sentence, no traceback."""
    file = tmp_path / "bad.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError):
        read_schema(file, "bad")


@pytest.mark.parametrize("snr_db", [6, 24])
def test_the_noise_has_the_ratio_of_the_loudest_frames(snr_db: int) -> None:
    """Measured as the benchmark of the data counts it."""
    random = np.random.default_rng(5)
    sound = (3000 * np.sin(np.arange(16000) * 0.1) * np.linspace(0, 1, 16000)).astype(np.int16)
    bed = (200 * random.standard_normal(40000)).astype(np.int16)
    noise = lay_on(sound, bed, 30000, snr_db).astype(np.int32) - sound
    ratio = loudest_frame_power(sound, SNR_FRAME) / loudest_frame_power(noise.astype(np.int16), SNR_FRAME)
    assert snr_db == pytest.approx(10 * math.log10(ratio), abs=0.2)


def _outcome(snr_db: int | None, wanted: JsonDict | None, first: JsonDict | None, got: JsonDict | None) -> Outcome:
    return Outcome(
        file="x",
        snr_db=snr_db,
        wanted=wanted,
        first="",
        text="",
        first_got=first,
        got=got,
        decode_ms=80.0,
        again_ms=0.0,
    )


def test_only_the_whole_command_is_right() -> None:
    """A missing slot is wrong; the score is the mean of the levels; other speech that is taken for one is told."""
    tea = {"intent": "orderTea", "size": "large", "tea": "mint tea"}
    rows = [
        _outcome(6, tea, None, tea),
        _outcome(6, tea, None, {"intent": "orderTea", "tea": "mint tea"}),
        _outcome(24, tea, tea, tea),
        _outcome(None, None, None, tea),
        _outcome(None, None, None, None),
    ]
    found = figures(rows)
    assert (0.75, 0.5, {"6": 0.5, "24": 1.0}) == (found["score"], found["first_hearing_score"], found["snr_db"])
    assert (1, 0) == (found["wrong"], found["not_understood"])
    assert {"n": 2, "taken_for_commands": 1} == found["other_speech"]


def test_missing_data_are_told(tmp_path: Path) -> None:
    """A usage error, not a traceback."""
    with pytest.raises(UsageError):
        run_commands(tmp_path, CommandSettings(model=tmp_path), lambda step, done, total: None)
