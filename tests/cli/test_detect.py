"""`assistant detect` on real sound: what it prints, and what it says when the words are off."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from assistant.audio.files import read_audio, write_wav
from assistant.cli.detect import detect
from assistant.errors import UsageError
from assistant.types import RATE_HZ

pytestmark = [pytest.mark.contract, pytest.mark.usefixtures("home")]

OKAY_NABU = Path(__file__).parent.parent / "audio" / "clips" / "okay_nabu.flac"
APP = typer.Typer()
APP.command()(detect)


def records(*words: str) -> list[dict[str, object]]:
    result = CliRunner().invoke(APP, [*words, "--json"], catch_exceptions=False)
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_every_file_is_one_line_with_its_wake_words_and_speech(tmp_path: Path) -> None:
    """The contract's fields; a second file knows nothing of the first."""
    word = read_audio(OKAY_NABU)
    write_wav(tmp_path / "twice.wav", np.concatenate((word, np.zeros(RATE_HZ, np.int16), word)))
    write_wav(tmp_path / "quiet.wav", np.zeros(RATE_HZ, np.int16))
    twice, quiet, again = records(str(tmp_path / "twice.wav"), str(tmp_path / "quiet.wav"), str(OKAY_NABU))
    assert ["okay_nabu", "okay_nabu"] == [wake["word"] for wake in twice["wakes"]]  # type: ignore[attr-defined]
    assert {"file": str(tmp_path / "quiet.wav"), "audio_s": 1.0, "wakes": [], "speech": []} == quiet
    (wake,), ((start_s, end_s),) = again["wakes"], again["speech"]  # type: ignore[misc]
    assert 1200 <= wake["at_ms"] <= 1900
    assert 0.7 < wake["score"] <= 1.0
    assert 0.3 < start_s < 1.0 < end_s <= 2.0


def test_a_file_that_ends_with_the_word_counts(tmp_path: Path) -> None:
    """The detector needs a moment after the word; the file is followed by silence."""
    write_wav(tmp_path / "cut.wav", read_audio(OKAY_NABU)[: int(1.45 * RATE_HZ)])
    (record,) = records(str(tmp_path / "cut.wav"))
    assert 1 == len(record["wakes"])  # type: ignore[arg-type]
    assert all(end_s <= 1.45 for _, end_s in record["speech"])  # type: ignore[attr-defined]


def test_another_word_and_threshold_may_be_asked_for() -> None:
    """`--wake` takes any built-in word; a threshold near 1 is crossed by few."""
    assert [] == records(str(OKAY_NABU), "--wake", "hey_jarvis")[0]["wakes"]
    assert [] == records(str(OKAY_NABU), "--threshold", "0.999")[0]["wakes"]


def test_the_configured_word_and_threshold_are_the_default(home: Path) -> None:
    """Live settings; another word than the configured one comes with its own threshold."""
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text('[wake]\nword = "alexa"\nthreshold = 0.999\n')
    assert [] == records(str(OKAY_NABU))[0]["wakes"]
    assert 1 == len(records(str(OKAY_NABU), "--wake", "okay_nabu")[0]["wakes"])  # type: ignore[arg-type]


def test_a_bad_file_is_told_and_the_others_are_heard(tmp_path: Path) -> None:
    """One sentence on standard error, exit code 1, and the work goes on."""
    result = CliRunner().invoke(APP, [str(tmp_path / "missing.wav"), str(OKAY_NABU)])
    assert 1 == result.exit_code
    assert "missing.wav does not exist" in result.stderr
    assert "okay_nabu at " in result.stdout


def test_an_unknown_word_is_wrong_usage() -> None:
    """The built-in words are named."""
    with pytest.raises(UsageError, match="okay_nabu, hey_jarvis, hey_mycroft, alexa"):
        CliRunner().invoke(APP, [str(OKAY_NABU), "--wake", "computer"], catch_exceptions=False)
