"""A skill's store is read while a grammar is built in a thread beside the event loop."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from assistant.skillhost.keyvalue import KeyValue

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("kept", [True, False])
def test_a_thread_may_open_what_another_closes(tmp_path: Path, kept: bool) -> None:
    """Opened by one thread, used by two at once, closed by a third: nothing is lost, nobody is refused."""
    store = KeyValue(tmp_path if kept else None, 64)
    refused: list[BaseException] = []

    def write(name: str) -> None:
        try:
            for number in range(20):
                store.set(f"{name}{number}", number)
        except BaseException as error:
            refused.append(error)

    writers = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [] == refused
    assert 40 == len(store.keys())
    store.close()
