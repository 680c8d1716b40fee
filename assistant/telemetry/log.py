"""The log file: one JSON object a line, every line with its turn, never what was said."""

from __future__ import annotations

import json
import logging
import logging.handlers
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from assistant.events import Event

CONTENT_FIELDS = frozenset({"text", "arguments", "data", "message", "results"})
"""Fields that may hold a user's words: they never reach the log."""
MAX_LOG_BYTES = 2_000_000
AT_FORMAT = "%Y-%m-%dT%H:%M:%S%z"


class _Warning(logging.Formatter):
    """A warning of our own code: its static message and, of an exception, the kind and the places, never the text."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {"at": time.strftime(AT_FORMAT), "logger": record.name, "message": str(record.msg)}
        if record.exc_info and record.exc_info[0] is not None:
            fields["error"] = record.exc_info[0].__name__
            fields["places"] = "".join(traceback.format_tb(record.exc_info[2]))
        return json.dumps(fields)


def open_log(file: Path) -> Callable[[Event], None]:
    """An observer that writes events to a rotating file (two files of 2 MB); a full disk does not stop the loop.

    Warnings of our own code go to a file of their own beside it.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = logging.handlers.RotatingFileHandler(file, maxBytes=MAX_LOG_BYTES, backupCount=1, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger("assistant.events")
    logger.propagate = False
    logger.setLevel(logging.INFO)
    logger.handlers[:] = [handler]
    warnings = logging.handlers.RotatingFileHandler(file.with_suffix(".warnings"), maxBytes=200_000, delay=True)
    warnings.setFormatter(_Warning())
    logging.getLogger("assistant").handlers[:] = [warnings]
    logging.raiseExceptions = False

    def observe(event: Event) -> None:
        fields = {key: value for key, value in event.fields.items() if key not in CONTENT_FIELDS}
        at = time.strftime(AT_FORMAT)
        logger.info(json.dumps({"at": at, "event": event.kind, "turn_id": event.turn_id or None, **fields}))

    return observe
