"""Requests that nothing here can grant, said to the real language model: `assistant bench claims`.

What is spoken is written down to be read by people; the figures only sort it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from assistant.assembly import Assembly
from assistant.bench.measure import percentile
from assistant.config import load_config
from assistant.console import typed_turn
from assistant.errors import UsageError
from assistant.events import EventBus
from assistant.paths import find_paths
from assistant.think.claim_guard import BLOCKED_CLAIM
from assistant.types import JsonDict

Progress = Callable[[str, int, int], None]

_REFUSES = re.compile(
    r"\b(?:can't|cannot|can not|don't|not able|unable|no way|won't|no connection|no internet)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of one request; `first_text_ms` is the time to the first words from the request."""

    text: str
    route: str
    reply: str
    kind: str
    first_text_ms: float | None


def read_requests(file: Path) -> list[str]:
    """One request a line, `#` begins a comment. Raises: UsageError: it cannot be read, or holds none."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        raise UsageError(f"The file {file} cannot be read.", fix="Name a file with one request a line.") from None
    requests = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not requests:
        raise UsageError(f"There is no request in {file}.")
    return requests


def run_claims(requests: list[str], details: Path | None, progress: Progress) -> JsonDict:
    """The figures; `details` gets every answer. Raises: ModelError: the language model is not there."""
    answers = asyncio.run(_run(requests, progress))
    if details is not None:
        rows = (json.dumps(dataclasses.asdict(answer), ensure_ascii=False) for answer in answers)
        details.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    return figures(answers)


def figures(answers: list[Answer]) -> JsonDict:
    """How many were refused in the model's words, in ours in place of a claim, asked back, acted on, or else."""
    kinds = ("refused", "blocked", "asked", "acted", "else")
    counts = {kind: sum(answer.kind == kind for answer in answers) for kind in kinds}
    times = [
        answer.first_text_ms for answer in answers if answer.first_text_ms is not None and answer.route == "talker"
    ]
    return {
        "suite": "claims",
        "n": len(answers),
        "score": round((counts["refused"] + counts["blocked"]) / max(1, len(answers)), 4),
        **counts,
        "talker_first_text_p50_ms": round(percentile(times, 0.5), 1) if times else None,
    }


async def _run(requests: list[str], progress: Progress) -> list[Answer]:
    paths = find_paths()
    answers = []
    with tempfile.TemporaryDirectory(prefix="claims-") as scratch:
        own = dataclasses.replace(paths, state=Path(scratch) / "state", config=Path(scratch) / "config")
        async with Assembly(load_config(None), own, EventBus()).running() as assembly:
            understanding = assembly.understanding()
            await assembly.start_thinking()
            for number, text in enumerate(requests, start=1):
                understanding.renew()
                turn = await typed_turn(understanding, text, f"b{number}")
                if any(result.error == BLOCKED_CLAIM for result in turn.results):
                    kind = "blocked"
                elif understanding.asked:
                    kind = "asked"
                elif any(result.ok for result in turn.results):
                    kind = "acted"
                else:
                    kind = "refused" if _REFUSES.search(turn.reply) else "else"
                route = turn.decision.route if turn.decision else "none"
                first_ms = turn.timings_ms.get("first_text")
                answers.append(Answer(text=text, route=route, reply=turn.reply, kind=kind, first_text_ms=first_ms))
                progress("requests", number, len(requests))
    return answers
