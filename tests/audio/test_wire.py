"""Sound never leaves: the real daemon is spoken to in a network where every frame is written down and accounted for."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from assistant.bench.conversation import DAEMON, Conversation
from assistant.bench.latency import wait_until_thinking
from assistant.bench.room import Room
from assistant.types import JsonDict, Samples

pytestmark = [pytest.mark.audio, pytest.mark.slow]

PATIENCE_S = 60.0
SPY = Path(__file__).parent / "wire_spy.py"
OPEN_QUESTIONS = ["Why is the sky blue?", "Who wrote Hamlet?", "What is the meaning of life?"]
COMMAND = "What is twelve times eight?"
FIELDS = {"model", "messages", "stream", "stream_options", "store", "user", "max_tokens", "tools"}
HEADERS = {"host", "accept", "connection", "content-type", "content-length", "authorization", "accept-encoding"}
MAGIC = [b"RIFF", b"OggS", b"fLaC", b"OpusHead", b"ID3", b"UklGR", b"T2dnUw", b"ZkxhQ", b"input_audio", b"data:audio"]
"""How files of sound begin, as they are and in base64, and what the wire calls them."""
WINDOW = 48
"""Bytes of a waveform that are looked for; by chance they would be found once in 2^384 places."""


@dataclass(frozen=True)
class Network:
    """A running spy: `inside` goes before a command that is to run there."""

    folder: Path
    inside: tuple[str, ...]
    port: int

    def frames(self) -> list[bytes]:
        data, place, found = (self.folder / "frames").read_bytes(), 0, []
        while place + 4 <= len(data):
            (length,) = struct.unpack_from("!I", data, place)
            found.append(data[place + 4 : place + 4 + length])
            place += 4 + length
        return found


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    folder = tmp_path / "spy"
    folder.mkdir()
    if os.geteuid() != 0 or shutil.which("unshare") is None or shutil.which("nsenter") is None:
        pytest.skip("only root may make a network with a tap in it")
    command = ["unshare", "-n", "--", sys.executable, str(SPY), str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as spy:
        try:
            until_s = time.monotonic() + PATIENCE_S
            while not (folder / "port").exists():
                assert spy.poll() is None and time.monotonic() < until_s, "the spy did not start"
                time.sleep(0.05)
            inside = ("nsenter", "-t", str(spy.pid), "-n", "--")
            yield Network(folder, inside, int((folder / "port").read_text()))
        finally:
            spy.kill()


def streams(frames: list[bytes]) -> tuple[dict[tuple[int, int], bytes], list[bytes]]:
    """What went from port to port over TCP, put together; and the frames that were anything else."""
    pieces: dict[tuple[int, int], dict[int, bytes]] = {}
    others = []
    for frame in frames:
        packet = frame[14:]
        if frame[12:14] != b"\x08\x00" or packet[9] != 6:
            others.append(frame)
            continue
        whole = packet[: struct.unpack_from("!H", packet, 2)[0]]
        segment = whole[4 * (whole[0] & 15) :]
        source, target, sequence = struct.unpack_from("!HHI", segment)
        if data := segment[4 * (segment[12] >> 4) :]:
            pieces.setdefault((source, target), {})[sequence] = data
    return {ports: b"".join(parts[at] for at in sorted(parts)) for ports, parts in pieces.items()}, others


def requests(stream: bytes) -> list[tuple[set[str], JsonDict]]:
    """All requests that a stream is made of, as names of headers and body; no byte may be left over."""
    found = []
    while stream:
        head, _, rest = stream.partition(b"\r\n\r\n")
        names = {line.split(b":")[0].decode("ascii").lower() for line in head.split(b"\r\n")[1:]}
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        found.append((names, json.loads(rest[:length].decode("ascii"))))
        stream = rest[length:]
    return found


def in_it(sound: Samples, wire: bytes) -> int:
    """How many windows of a waveform are on a wire: as it is, in hex, or in base64 however it is aligned."""
    raw, found = sound.astype("<i2").tobytes(), 0
    for start in range(0, len(raw) - WINDOW, WINDOW):
        window = raw[start : start + WINDOW]
        if not any(window):
            continue  # silence is nobody's voice
        texts = [base64.b64encode(window[shift:])[:-4] for shift in range(3)]
        found += any(form in wire for form in (window, window.hex().encode(), window.hex().upper().encode(), *texts))
    return found


def settings_of(home: Path, port: int) -> None:
    """A cloud model that listens inside, chosen and agreed to."""
    (home / "config").mkdir(parents=True)
    (home / "config" / "providers.toml").write_text(
        f'[spy]\nname = "Spy"\nkind = "openai"\nbase_url = "http://127.0.0.1:{port}/v1"\nmodel = "big-1"\n'
        'read_usd = 0.4\nwrite_usd = 1.6\ncontext = 9000\nregion = "this test"\npolicy = "It keeps every byte."\n'
        'as_of = "2026-11"\n'
    )
    for words in (["use", "spy"], ["consent", "--yes"]):
        assistant(home, "cloud", *words)


def assistant(home: Path, *words: str) -> str:
    env = dict(os.environ) | {"ASSISTANT_HOME": str(home)}
    command = [sys.executable, "-m", "assistant", *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True, timeout=120).stdout


def test_no_sound_is_on_any_wire(network: Network, person: Callable[[str], Samples], tmp_path: Path) -> None:
    """Three questions go to the cloud, one stays: each byte that left is a word that the ledger shows, or around it."""
    home, said = tmp_path / "home", [person(text) for text in [*OPEN_QUESTIONS, COMMAND]]
    settings_of(home, network.port)
    choice = {"turn.follow_up_s": 0.5, "reply.max_tokens": 40, "cloud.mode": "prefer_cloud"}
    with Room() as room, Conversation(room, home, settings=choice, command=(*network.inside, *DAEMON)) as talk:
        wait_until_thinking(talk)
        talk.wait_for("health", PATIENCE_S, component="cloud model", state="ready")
        routes = []
        for sound in said:
            talk.say(sound)
            routes.append(talk.wait_for("reply", PATIENCE_S).fields["route"])
            talk.wait_for("speech_done", PATIENCE_S)
            talk.wait_for("follow_up_closed", PATIENCE_S)
        speaker, microphone = room.recorder.cut(0)
    assert ["cloud"] * 3 + ["grammar"] == routes

    tcp, others = streams(network.frames())
    assert [] == others
    assert all(network.port in ports for ports in tcp)
    sent = [asked for ports, data in tcp.items() if ports[1] == network.port for asked in requests(data)]
    assert all(names <= HEADERS and set(body) <= FIELDS for names, body in sent)
    told = [json.loads(line)["sent"] for line in assistant(home, "cloud", "sent", "--json").splitlines()]
    left = ["\n".join(f"{part['role']}: {part['content']}" for part in body["messages"][1:]) for _, body in sent]
    assert sorted(told) == sorted(left)
    assert 3 == len(left)

    wire = b"".join(data for ports, data in tcp.items() if ports[1] == network.port)
    heard = [speaker, microphone, *said]
    assert 0 == sum(in_it(sound, wire) for sound in heard)
    assert [] == [magic for magic in MAGIC if magic in wire]
    assert set(wire) <= {9, 10, 13, *range(32, 127)}
    seconds = len(microphone) / 16_000
    print(f"{len(wire)} bytes left in {seconds:.0f} s of sound ({seconds * 32_000:.0f} bytes of it), all of them words")

    plant(network, microphone)  # the spy must see what it is looking for
    leaked = b"".join(streams(network.frames())[0].values())
    assert in_it(microphone, leaked) > 100
    with pytest.raises((ValueError, LookupError)):
        for ports, data in streams(network.frames())[0].items():
            if ports[1] == network.port:
                requests(data)


def plant(network: Network, sound: Samples) -> None:
    """Send a second of a waveform, as it is and in base64, from inside."""
    loud = int(np.abs(sound.astype(np.int32)).argmax())
    file = network.folder / "sound"
    file.write_bytes(sound[max(0, loud - 8000) : loud + 8000].astype("<i2").tobytes())
    code = (
        "import base64, pathlib, socket, sys\n"
        "data = pathlib.Path(sys.argv[2]).read_bytes()\n"
        "for form in (data, base64.b64encode(data)):\n"
        "    with socket.create_connection(('127.0.0.1', int(sys.argv[1]))) as leak:\n"
        "        leak.sendall(form)\n"
    )
    command = [*network.inside, sys.executable, "-c", code, str(network.port), str(file)]
    with contextlib.suppress(subprocess.CalledProcessError):
        subprocess.run(command, check=True, timeout=30, capture_output=True)
    time.sleep(0.5)
