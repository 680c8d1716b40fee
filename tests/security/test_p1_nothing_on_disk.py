"""P1: after turns, neither words nor sound of what was said lie anywhere but where the user asked for it."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from assistant.audio.files import read_audio, write_wav
from assistant.telemetry.log import open_log
from assistant.types import Samples

pytestmark = pytest.mark.contract

CLIP = Path(__file__).parents[1] / "audio" / "clips" / "demo" / "5-time.flac"
WITHOUT_MINDS = {"ASSISTANT_SET_MODELS__CALLER": "false", "ASSISTANT_SET_MODELS__TALKER": "needle3"}
CANARY, LABEL, KEPT = "xylophonic quagmire", "zanzibar", "periwinkle hovercraft"
PATIENCE_S = 120.0


@pytest.fixture
def traces(home: Path, tmp_path: Path) -> Iterator[Path]:
    """Everything that the commands may write to: their home, their temporary folder, and the user's home."""
    yield tmp_path


def run(traces: Path, *words: str) -> str:
    """A real command whose HOME and temporary files lie in `traces` too."""
    for name in ("user", "tmp"):
        (traces / name).mkdir(exist_ok=True)
    env = os.environ | WITHOUT_MINDS | {"HOME": str(traces / "user"), "TMPDIR": str(traces / "tmp")}
    command = [sys.executable, "-m", "assistant", *words]
    done = subprocess.run(command, env=env, cwd=traces, capture_output=True, timeout=PATIENCE_S, check=True)
    return done.stdout.decode()


def holding(traces: Path, *wanted: bytes) -> set[str]:
    """Names of the files that hold one of these bytes, in any letter case."""
    found = set()
    for file in traces.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            if any(part in data or part in data.lower() for part in wanted):
                found.add(file.name.split(".")[0])
    return found


def fingerprints(samples: Samples) -> list[bytes]:
    """Short pieces of the loud parts of a sound, as they would lie in a raw or WAV file."""
    loud = [start for start in range(0, len(samples) - 64, 640) if np.abs(samples[start : start + 64]).max() > 1500]
    return [samples[start : start + 16].astype("<i2").tobytes() for start in loud]


def test_nothing_of_what_was_heard_is_kept(traces: Path) -> None:
    """A spoken turn leaves no sound, no words and no answer on the disk."""
    events = [json.loads(line) for line in run(traces, "hear", str(CLIP)).splitlines()]
    (text,) = [event["text"] for event in events if event["event"] == "transcript"]
    (reply,) = [event["text"].strip() for event in events if event["event"] == "reply"]
    pieces = fingerprints(read_audio(CLIP))
    write_wav(traces / "control.wav", read_audio(CLIP))
    assert {"control"} == holding(traces, *pieces[20:])  # the search itself finds what is there
    (traces / "control.wav").unlink()
    words = text.lower().rstrip("?").encode()
    assert set() == holding(traces, words, reply.lower().encode(), *pieces)
    assert [] == list(traces.rglob("*.wav"))


def test_typed_words_are_kept_only_where_asked(traces: Path) -> None:
    """Without a session nothing stays; a timer's name stays with the timer, and a session holds its own words."""
    run(traces, "ask", f"what does {CANARY} mean to you")
    assert set() == holding(traces, *CANARY.encode().split())
    run(traces, "ask", f"set a {LABEL} timer for ten minutes")
    assert {"commitments"} == holding(traces, LABEL.encode())
    run(traces, "ask", f"what does {KEPT} mean to you", "--session", "mine")
    assert {"mine"} == holding(traces, *KEPT.encode().split())
    (session,) = traces.rglob("mine.json")
    assert 0o600 == session.stat().st_mode & 0o777


def test_a_failing_skill_leaves_no_words_in_the_log(tmp_path: Path) -> None:
    """Of an unexpected error the log tells the kind and the places; its message may hold what was said."""
    open_log(tmp_path / "assistant.log")
    try:
        raise ValueError(CANARY)
    except ValueError:
        logging.getLogger("assistant.skills_host").exception("tool failed", extra={"tool": "a.b"})
    (line,) = (tmp_path / "assistant.warnings").read_text().splitlines()
    told = json.loads(line)
    assert ("tool failed", "ValueError", False) == (told["message"], told["error"], CANARY in line)
    for name in ("assistant", "assistant.events"):
        for handler in list(logging.getLogger(name).handlers):
            handler.close()
            logging.getLogger(name).removeHandler(handler)


def test_everything_that_is_kept_is_private(traces: Path) -> None:
    """Nobody else on the machine can enter the folders of the home."""
    run(traces, "ask", "set a timer for ten minutes")
    folders = [place for place in (traces / "home").iterdir() if place.is_dir()]
    assert {"cache", "config", "state"} == {folder.name for folder in folders}
    assert {0o700} == {folder.stat().st_mode & 0o777 for folder in folders}
