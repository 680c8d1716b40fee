"""The names that this household knows: from the settings, from what it let be remembered, of its rooms and devices."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assistant.errors import AssistantError
from assistant.skillhost.keyvalue import STORE, KeyValue
from assistant.types import ToolSpec

_NAME = re.compile(r"(?<=[a-z0-9,;] )[A-Z][\w'-]*[a-z](?: [A-Z][\w'-]*[a-z])*|\b(?:called|named) ([\w'-]+)")


@dataclass(slots=True)
class KnownNames:
    """Looked up anew at each question: names change while the assistant runs. `memory` is the folder of that skill."""

    given: Sequence[str]
    memory: Path
    specs: Callable[[], Mapping[str, ToolSpec]]
    _seen: tuple[int, int] = (0, 0)
    _remembered: tuple[str, ...] = field(default=())

    def people(self) -> tuple[str, ...]:
        """Names of people, and of whatever else was remembered by a name."""
        return (*self.given, *self._from_memory())

    def things(self) -> tuple[str, ...]:
        """Names of rooms, devices and lists: the values of tools that come from live lists."""
        schemas = [
            schema for spec in self.specs().values() for schema in spec.parameters.get("properties", {}).values()
        ]
        return tuple({str(value) for schema in schemas if "also" in schema for value in schema.get("enum", ())})

    def _from_memory(self) -> tuple[str, ...]:
        files = [self.memory / STORE, self.memory / f"{STORE}-wal"]
        seen = (sum(file.stat().st_mtime_ns for file in files if file.exists()), len(files))
        if files[0].exists() and seen != self._seen:
            self._remembered, self._seen = names_in(self._facts()), seen
        return self._remembered

    def _facts(self) -> list[str]:
        kept = KeyValue(self.memory, storage_kb=1)
        try:
            return [str(fact) for fact in kept.get("facts", [])]
        except AssistantError:
            return []
        finally:
            kept.close()


def names_in(facts: Sequence[str]) -> tuple[str, ...]:
    """What is written like a name inside these sentences, and each of its words."""
    found = [match[1] or match[0] for fact in facts for match in _NAME.finditer(fact)]
    return tuple(dict.fromkeys(name for whole in found for name in (whole, *whole.split()) if len(name) > 1))
