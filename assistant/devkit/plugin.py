"""The pytest plugin: in a skill's own folder its `skill.toml` and its scenarios are tests, and `bench` is a fixture.

It does nothing unless pytest's configuration says `assistant_skill = true`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.devkit.bench import SkillBench
from assistant.devkit.checks import CHECKS, check_skill
from assistant.devkit.package import opened
from assistant.devkit.report import Report
from assistant.devkit.scenarios import run_file
from assistant.errors import UsageError

_INI = "assistant_skill"


class FoundError(Exception):
    """What a check found; shown without a traceback."""


class _Check(pytest.Item):
    """One check of `assistant skills test`."""

    def __init__(self, *, check: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check = check

    def runtest(self) -> None:
        assert isinstance(self.parent, _SkillFile)
        report = self.parent.report()
        if found := report.of(self.check):
            raise FoundError("\n".join(str(finding) for finding in found))
        if self.check not in report.done:
            pytest.skip(report.skipped.get(self.check, "there is nothing to check"))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        return str(excinfo.value) if isinstance(excinfo.value, FoundError) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, f"{self.check}: {CHECKS[self.check]}"


class _SkillFile(pytest.File):
    """`skill.toml`: the checks run once, when the first of them is asked for."""

    _report: Report | None = None

    def collect(self) -> Iterator[_Check]:
        for check in CHECKS:
            if check != "scenario":
                yield _Check.from_parent(self, name=check, check=check)

    def report(self) -> Report:
        if self._report is None:
            self._report = check_skill(str(self.path))
        return self._report


class _Scenario(pytest.Item):
    def runtest(self) -> None:
        root = str(_root(self.path))
        with tempfile.TemporaryDirectory(prefix="assistant-scenario-") as folder, opened(root) as skill:
            found = list(run_file(skill, self.path, Path(folder)))
        if found:
            shown = self.path.relative_to(self.config.rootpath)
            raise FoundError("\n".join(f"{shown}:{line}: {sentence}" for line, sentence in found))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        return str(excinfo.value) if isinstance(excinfo.value, FoundError) else super().repr_failure(excinfo, style)


class _ScenarioFile(pytest.File):
    def collect(self) -> Iterator[_Scenario]:
        yield _Scenario.from_parent(self, name=self.path.stem)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(_INI, "This is the folder of a skill of the assistant: test it.", type="bool", default=False)


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> pytest.Collector | None:
    if not parent.config.getini(_INI):
        return None
    if file_path.name == "skill.toml":
        return _SkillFile.from_parent(parent, path=file_path)
    if file_path.suffix in (".yaml", ".yml") and file_path.parent.name == "scenarios":
        return _ScenarioFile.from_parent(parent, path=file_path)
    return None


@pytest.fixture
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SkillBench]:
    """A conversation with the skill in whose folder the test lies."""
    with opened(str(_root(request.path))) as package:
        made = SkillBench(package, tmp_path / "bench")
        yield made
        made.close()


def _root(file: Path) -> Path:
    """The folder of the skill that a test or a scenario belongs to. Raises: UsageError."""
    for folder in file.parents:
        if (folder / "pyproject.toml").is_file():
            return folder
    raise UsageError(f"{file} lies in no skill's folder.")
