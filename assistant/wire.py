"""Messages between our own processes: a JSON header and raw bytes, both with bounded lengths, over a socket pair."""

from __future__ import annotations

import asyncio
import json
import socket
import struct

from assistant.types import JsonDict

Part = tuple[JsonDict, bytes]

_LENGTHS = struct.Struct("!II")
_encode = json.JSONEncoder(separators=(",", ":")).encode
MAX_HEADER_BYTES = 1 << 20
MAX_PAYLOAD_BYTES = 64 << 20


def pack(header: JsonDict, payload: bytes = b"") -> bytes:
    """The bytes of one message. Raises: OSError when a length is over its bound."""
    head = _encode(header).encode()
    if len(head) > MAX_HEADER_BYTES or len(payload) > MAX_PAYLOAD_BYTES:
        raise OSError("message too large")
    return _LENGTHS.pack(len(head), len(payload)) + head + payload


async def read_async(reader: asyncio.StreamReader) -> Part:
    """Read one message. Raises: asyncio.IncompleteReadError at the end, OSError on a broken or oversized one."""
    header_bytes, payload_bytes = _check(await reader.readexactly(_LENGTHS.size))
    both = await reader.readexactly(header_bytes + payload_bytes)
    return json.loads(both[:header_bytes]), both[header_bytes:]


class BlockingWire:
    """The child's end of the pair, for its threads: one thread reads, any one thread at a time writes."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._stream = sock.makefile("rb")

    def read(self) -> Part:
        """Raises: EOFError when the parent is gone, OSError on a broken message."""
        header_bytes, payload_bytes = _check(self._exactly(_LENGTHS.size))
        return json.loads(self._exactly(header_bytes)), self._exactly(payload_bytes)

    def write(self, header: JsonDict, payload: bytes = b"") -> None:
        self._sock.sendall(pack(header, payload))

    def _exactly(self, count: int) -> bytes:
        data = self._stream.read(count)
        if len(data) < count:
            raise EOFError
        return data


def _check(lengths: bytes) -> tuple[int, int]:
    header_bytes, payload_bytes = _LENGTHS.unpack(lengths)
    if header_bytes > MAX_HEADER_BYTES or payload_bytes > MAX_PAYLOAD_BYTES:
        raise OSError("message too large")
    return header_bytes, payload_bytes
