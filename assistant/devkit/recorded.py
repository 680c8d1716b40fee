"""Turns that really happened become a scenario, which `assistant skills test` plays again and again."""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Sequence
from pathlib import Path

from assistant.devkit.scenario_file import NO_TOOL
from assistant.errors import UsageError
from assistant.store.history import Entry
from assistant.types import JsonDict

HEAD = """\
# What was really said, with what was done about it then. Check that it was right; answers of services go under `http`.
"""


def scenario_text(entries: Sequence[Entry], name: str) -> str:
    """A scenario (YAML) of the turns whose words were kept, oldest first, with the time between them.

    Tools, arguments and success are expected again, not the answer's words, which change with the hour.

    Raises:
        UsageError: there is no turn with words.
    """
    spoken = [entry for entry in sorted(entries, key=lambda entry: entry.number) if entry.heard]
    if not spoken:
        raise UsageError(
            "There are no words of a turn to make a scenario of.",
            fix="Set [history] keep_words = true, talk to the assistant, and set it back.",
        )
    turns: list[JsonDict] = []
    before_s = spoken[0].at_s
    for entry in spoken:
        turn: JsonDict = {"user": entry.heard}
        if (passed_s := round(entry.at_s - before_s)) > 0:
            turn["advance"] = str(passed_s)
        turn["expect"] = _expected(entry)
        turns.append(turn)
        before_s = entry.at_s
    began = dt.datetime.fromtimestamp(spoken[0].at_s).astimezone()
    scenario = {"name": name, "at": began.isoformat(sep=" ", timespec="seconds"), "turns": turns}
    yaml = importlib.import_module("yaml")
    return HEAD + str(yaml.safe_dump(scenario, sort_keys=False, allow_unicode=True, width=110))


def write_scenario(root: Path, entries: Sequence[Entry]) -> Path:
    """The scenario of these turns as a new file of the skill's folder. Raises: UsageError."""
    folder = root / "scenarios"
    numbers = (n for n in range(1, 1000) if not (folder / f"recorded-{n}.yaml").exists())
    file = folder / f"recorded-{next(numbers)}.yaml"
    text = scenario_text(entries, file.stem)
    try:
        folder.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {(error.strerror or str(error)).lower()}.") from None
    return file


def _expected(entry: Entry) -> JsonDict:
    record = entry.record
    if record.tool is None:
        return {"tool": NO_TOOL}
    expected: JsonDict = {"tool": record.tool, "arguments": dict(record.arguments)}
    if record.results:
        expected["ok"] = all(result.ok for result in record.results)
    return expected
