"""Prints the story of a plan step by step: `scripts/demo_subscription`."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from assistant.errors import AssistantError
from tests.flows.story import play
from tests.flows.told import BrokenStepError, Teller


def main() -> int:
    tell = Teller(lambda line: print(line, flush=True))
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"  # nobody's keyring is touched
    with tempfile.TemporaryDirectory() as folder:
        try:
            asyncio.run(play(Path(folder), tell))
        except (BrokenStepError, AssistantError) as error:
            where = f"Step {len(tell.steps)} does not hold" if tell.steps else "The first step could not begin"
            print(f"\n{where}: {str(error).rstrip('.')}.")
            return 1
    print(f"\nAll {len(tell.steps)} steps hold.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
