"""A network of its own with one server in it, and a tap on every wire; run as `unshare -n python wire_spy.py FOLDER`.

FOLDER/port    where the server listens: chat completions, streamed
FOLDER/frames  every frame that any process in this network sends, on any interface: length (4 bytes), then the frame
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import socket
import struct
import sys
import threading
from pathlib import Path

ETH_P_ALL = 3
PACKET_OUTGOING = 4
SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1
ANSWER = ["Because ", "blue light ", "is scattered ", "the most."]


def loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def tap(file: Path) -> None:
    """Writes down what is sent; each frame of the loopback comes by twice, going out and coming in."""
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
    out = file.open("wb", buffering=0)

    def read() -> None:
        while True:
            frame, address = wire.recvfrom(1 << 17)
            if address[2] == PACKET_OUTGOING:
                out.write(struct.pack("!I", len(frame)) + frame)

    threading.Thread(target=read, daemon=True).start()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            await reader.readexactly(int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]))
            events = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in ANSWER]
            events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
            events.append({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18}})
            body = ("".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n").encode()
            kind = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
            writer.write(kind + f"content-length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError, LookupError):
        writer.close()


async def main(folder: Path) -> None:
    loopback_up()
    tap(folder / "frames")
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    part = folder / "port.part"
    part.write_text(str(server.sockets[0].getsockname()[1]))
    part.rename(folder / "port")
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
