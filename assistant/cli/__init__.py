"""The command line: thin. Parse, call, print; every error is one sentence, never a traceback."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import traceback
from typing import TYPE_CHECKING

from assistant.errors import AssistantError, UsageError

if TYPE_CHECKING:
    from typer.exceptions import TyperException

PROGRAM = "assistant"


def main() -> None:
    """Entry of the `assistant` command. Exit code 0, 2 on wrong usage, 1 otherwise."""
    logging.getLogger().addHandler(logging.NullHandler())  # else Python writes warnings, with tracebacks, to stderr
    sys.exit(_run())


def _run() -> int:
    from typer.exceptions import Abort, TyperException

    from assistant.cli.app import build

    try:
        result = build()(standalone_mode=False, prog_name=PROGRAM)
        return result if isinstance(result, int) else 0
    except (Abort, KeyboardInterrupt):
        return 130
    except TyperException as error:
        return _misused(error)
    except UsageError as error:
        return _complain(error, 2)
    except AssistantError as error:
        return _complain(error, 1)
    except BaseExceptionGroup as group:
        for inner in _flat(group):
            if isinstance(inner, AssistantError):
                return _complain(inner, 1)
        return _unexpected(group)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has seen enough
        return 0
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        return _complain(AssistantError(f"The system refused: {(error.strerror or str(error)).lower()}{place}."), 1)
    except Exception as error:  # the border of the program: a person never meets a traceback
        return _unexpected(error)


def _misused(error: TyperException) -> int:
    """A command, an option or a value that does not exist; where only a command was missing, the help was shown."""
    if message := error.format_message().strip().rstrip("."):
        context = getattr(error, "ctx", None)
        help_of = context.command_path if context is not None else PROGRAM
        sys.stderr.write(f"{' '.join(message.split())}. Try '{help_of} --help'.\n")
    return error.exit_code


def _complain(error: AssistantError, code: int) -> int:
    sys.stderr.write(f"{error}\n")
    return code


def _flat(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for inner in group.exceptions:
        found += _flat(inner) if isinstance(inner, BaseExceptionGroup) else [inner]
    return found


def _unexpected(error: BaseException) -> int:
    """Keep the details for whoever mends it, beside the log; the sentence says where."""
    from assistant.paths import find_paths

    file = find_paths().state / "crash.txt"
    with contextlib.suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        places = "".join(traceback.format_tb(error.__traceback__))  # the places only: a message may hold what was said
        file.write_text(f"{type(error).__name__}\n{places}", encoding="utf-8")
    sys.stderr.write(f"Something went wrong inside ({type(error).__name__}). The details are in {file}.\n")
    return 1
