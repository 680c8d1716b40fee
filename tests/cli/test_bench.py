"""The words of `assistant bench latency`: kinds, files, and the models that the peer shares."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.bench.latency_report import AIM_S
from assistant.cli.bench import GROUPS, app
from assistant.errors import UsageError

pytestmark = pytest.mark.unit


def test_every_kind_can_be_asked_for() -> None:
    """The kinds of the report are those of `all`, and each has a name on the command line."""
    assert tuple(AIM_S) == GROUPS["all"]
    result = CliRunner().invoke(app, ["latency", "--kind", "nothing"])
    assert 2 == result.exit_code
    assert [] == [kind for kind in (*AIM_S, "both", "all") if kind not in result.output]


def test_a_noise_that_is_not_there(tmp_path: Path) -> None:
    """A wrong name of a file is told before anything starts."""
    with pytest.raises(UsageError, match="There is no file"):
        CliRunner().invoke(app, ["latency", "--noise", str(tmp_path / "no.wav")], catch_exceptions=False)
