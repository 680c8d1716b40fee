"""What the words heard so far look like, for benchmarks of the end of turn: recogniser, grammar, question."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from assistant.skills_host import LentContext, SkillHost
from assistant.store.timers import TimerStore
from assistant.think.question import hint_of
from assistant.types import Completeness, Samples


def load_hints(model: Path, threads: int = 1) -> Callable[[Samples], Completeness]:
    """int16 (n,) 16 kHz -> the hint that the listener would get; `model` is the recogniser's folder.

    Raises:
        EngineError: the recogniser is missing or damaged.
    """
    engine: Any = importlib.import_module("assistant.engines.faster_whisper").create(
        {"path": str(model), "threads": threads}
    )
    engine.load()
    with tempfile.TemporaryDirectory() as folder, closing(TimerStore(Path(folder) / "timers.sqlite3")) as timers:
        host = SkillHost.load(LentContext(timers=timers))
        grammar = importlib.import_module("assistant.engines.hassil_grammar").create(host.templates)

    def hint(samples: Samples) -> Completeness:
        (answer, _), *_ = engine.run("transcribe", {}, samples.astype("<i2").tobytes(), lambda: False)
        text = str(answer["text"])
        return hint_of(grammar.is_complete(text), text) if any(map(str.isalnum, text)) else "empty"

    return hint
