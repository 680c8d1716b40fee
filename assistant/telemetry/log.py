"""The log file: one JSON object a line, every line with its turn, never what was said."""

from __future__ import annotations

import json
import logging
import logging.handlers
import time
from collections.abc import Callable
from pathlib import Path

from assistant.events import Event

CONTENT_FIELDS = frozenset({"text", "arguments", "data", "message", "results"})
"""Fields that may hold a user's words: they never reach the log."""
MAX_LOG_BYTES = 2_000_000


def open_log(file: Path) -> Callable[[Event], None]:
    """An observer that writes events to a rotating file (two files of 2 MB); a full disk does not stop the loop."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = logging.handlers.RotatingFileHandler(file, maxBytes=MAX_LOG_BYTES, backupCount=1, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger("assistant.events")
    logger.propagate = False
    logger.setLevel(logging.INFO)
    logger.handlers[:] = [handler]
    logging.raiseExceptions = False

    def observe(event: Event) -> None:
        fields = {key: value for key, value in event.fields.items() if key not in CONTENT_FIELDS}
        at = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        logger.info(json.dumps({"at": at, "event": event.kind, "turn_id": event.turn_id or None, **fields}))

    return observe
