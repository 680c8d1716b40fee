"""The worker's own process: one engine, one request after the other, see `worker.py`."""

from __future__ import annotations

import contextlib
import importlib
import os
import queue
import signal
import socket
import sys
import threading

from assistant.errors import AssistantError
from assistant.types import JsonDict
from assistant.wire import BlockingWire, Part
from assistant.worker import Engine

HELD_LOOK_S = 0.05


class Host:
    """A reader thread fills the queue and the cancel set, the main thread runs the engine."""

    def __init__(self, sock: socket.socket) -> None:
        self._wire = BlockingWire(sock)
        self._requests: queue.Queue[Part | None] = queue.Queue(maxsize=8)
        self._cancelled: set[int] = set()
        self._going = threading.Event()
        self._going.set()

    def serve(self) -> None:
        header, _ = self._wire.read()
        if not header["network"]:
            leave_network()
        try:
            module = importlib.import_module(f"assistant.engines.{header['engine']}")
            engine: Engine = module.create(header["options"])
            self._wire.write({"id": 0, "ready": engine.load()})
        except AssistantError as error:
            self._wire.write({"id": 0, "error": {"sentence": error.sentence, "fix": error.fix}})
            return
        except Exception as error:  # the border of the process: a native loader may raise anything
            self._wire.write({"id": 0, "error": {"sentence": f"The engine {header['engine']} cannot start: {error}."}})
            return
        threading.Thread(target=self._listen, daemon=True).start()
        while (request := self._requests.get()) is not None:
            self._answer(engine, *request)

    def _listen(self) -> None:
        try:
            while True:
                header, payload = self._wire.read()
                if "cancel" in header:
                    self._cancelled.add(int(header["cancel"]))
                elif "hold" in header:
                    (self._going.clear if header["hold"] else self._going.set)()
                else:
                    self._requests.put((header, payload))
        except (OSError, EOFError):
            os._exit(0)  # the daemon is gone: nobody waits for the request that may still run

    def _answer(self, engine: Engine, header: JsonDict, payload: bytes) -> None:
        number = int(header["id"])

        def cancelled() -> bool:
            return number in self._cancelled

        try:
            for part, data in engine.run(header["op"], header["args"], payload, cancelled):
                self._wire.write({"id": number, "part": part}, data)
                while not self._going.wait(HELD_LOOK_S) and not cancelled():
                    pass
            self._wire.write({"id": number, "done": True})
        except AssistantError as error:
            self._wire.write({"id": number, "error": {"sentence": error.sentence, "fix": error.fix}})
        except Exception as error:  # the border of the process
            name = type(error).__name__
            self._wire.write({"id": number, "error": {"sentence": f"The engine failed on this request ({name})."}})
        finally:
            self._cancelled.discard(number)


def leave_network() -> bool:
    """Move this process into an empty network namespace where the kernel lets it; tells whether it did."""
    import ctypes

    clone_newuser, clone_newnet = 0x10000000, 0x40000000
    libc = ctypes.CDLL(None, use_errno=True)
    unshare = getattr(libc, "unshare", None)
    if unshare is None:
        return False
    return bool(unshare(clone_newnet) == 0 or unshare(clone_newuser | clone_newnet) == 0)


if __name__ == "__main__":
    with contextlib.suppress(OSError, EOFError, KeyboardInterrupt):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the daemon, which ends us in order
        Host(socket.socket(fileno=int(sys.argv[1]))).serve()
