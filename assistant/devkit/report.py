"""What the checks of a skill found: each finding has the id of its check, a sentence and a place."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from assistant.types import JsonDict

MAX_FINDINGS = 20
"""Of one check; the rest is only counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`place` is a file, with a line where one is known."""

    check: str
    sentence: str
    place: str = ""

    def __str__(self) -> str:
        return f"{self.check}: {self.sentence}" + (f" ({self.place})" if self.place else "")


@dataclass(slots=True, kw_only=True)
class Report:
    """`done`: how many things each check looked at; `skipped`: why a check was not made."""

    skill: str
    findings: list[Finding] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return not self.findings

    def looked(self, check: str, count: int = 1) -> None:
        """Note that a check looked at something."""
        self.done[check] = self.done.get(check, 0) + count

    def add(self, check: str, sentence: str, place: str = "") -> None:
        """Note what is wrong; the same thing once."""
        self.done.setdefault(check, 0)
        found = Finding(check=check, sentence=sentence, place=place)
        if found not in self.findings:
            self.findings.append(found)

    def of(self, check: str) -> list[Finding]:
        return [finding for finding in self.findings if finding.check == check]

    @contextmanager
    def timed(self) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds = round(self.seconds + time.perf_counter() - started, 2)

    def as_json(self) -> JsonDict:
        return {
            "id": self.skill,
            "ok": self.ok,
            "seconds": self.seconds,
            "checks": [
                {"id": check, "ok": not self.of(check), "looked_at": count} for check, count in self.done.items()
            ],
            "skipped": self.skipped,
            "findings": [
                {"check": found.check, "sentence": found.sentence, "place": found.place} for found in self.findings
            ],
        }

    def lines(self) -> Iterator[str]:
        """The report for people."""
        for check, count in self.done.items():
            found = self.of(check)
            yield f"{'ok    ' if not found else 'FAILED'} {check:<10} {count} looked at"
            for finding in found[:MAX_FINDINGS]:
                yield f"       {finding.sentence}" + (f"\n         at {finding.place}" if finding.place else "")
            if len(found) > MAX_FINDINGS:
                yield f"       ... and {len(found) - MAX_FINDINGS} more"
        for check, why in self.skipped.items():
            yield f"-      {check:<10} {why}"
        verdict = "passes" if self.ok else f"fails: {len(self.findings)} found"
        yield f"{self.skill} {verdict} ({self.seconds:.1f} s)"
