"""Structured logs: one JSON object a line, a static message plus fields, never what anybody said or who they are."""

from __future__ import annotations

import json
import logging
import time
import traceback
from typing import TextIO


class _Line(logging.Formatter):
    """An exception is told by its kind and its places; its text may hold what was sent."""

    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, object] = {
            "at": f"{at}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "event": str(record.msg),
        }
        line.update(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["places"] = [
                f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
                for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line)


def open_logs(out: TextIO) -> None:
    """Lines of the gateway to this stream; of the libraries only warnings, as their kind."""
    handler = logging.StreamHandler(out)
    handler.setFormatter(_Line())
    logger = logging.getLogger("assistant.gateway")
    logger.handlers[:] = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logging.raiseExceptions = False
