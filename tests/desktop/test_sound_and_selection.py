"""The volume of a real PulseAudio server, and the selection of a real X server."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from assistant_skill_desktop.selection import speakable

from assistant.bench.soundserver import SoundServer

pytestmark = pytest.mark.contract


@pytest.fixture
def sound(monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundServer]:
    """A sound server with one loudspeaker."""
    server = SoundServer()
    server.plug("speaker", ("module-null-sink", "sink_name=speaker"))
    for name in ("PULSE_SERVER", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, server.env()[name])
    yield server
    server.close()


def test_volume(desktop: Any, sound: SoundServer) -> None:
    """What is told is what the server then has."""
    assert "The computer's volume is 30 percent." == desktop.say("set the computer volume to thirty percent").speech
    assert " 30% " in sound.control("get-sink-volume", "speaker")
    assert "The computer's volume is 40 percent." == desktop.say("turn up the computer").speech
    assert "The computer's volume is 30 percent." == desktop.say("turn the system volume down").speech
    assert "The computer's volume is 30 percent." == desktop.say("how loud is the computer").speech
    assert "The volume goes from zero to one hundred." == desktop.say("set the computer volume to 150 percent").speech
    for _ in range(9):
        loudest = desktop.say("turn up the computer").speech
    assert "The computer's volume is 100 percent." == loudest


def test_mute(desktop: Any, sound: SoundServer) -> None:
    """Muted, and as loud as before afterwards."""
    desktop.say("computer volume fifty percent")
    assert "The computer is muted." == desktop.say("mute the computer").speech
    assert "Mute: yes" in sound.control("get-sink-mute", "speaker")
    assert "The computer's sound is on again, at 50 percent." == desktop.say("unmute the computer").speech


def test_no_sound_server(desktop: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without one nothing is claimed."""
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/none")
    result = desktop.say("mute the computer")
    assert (False, "I can't reach the sound server of this computer.") == (result.ok, result.speech)


@pytest.fixture(scope="module")
def screen() -> Iterator[str]:
    """The name of a display that nobody sees."""
    reader, writer = os.pipe()
    words = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "320x240x24", "-nolisten", "tcp"]
    server = subprocess.Popen(words, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    with os.fdopen(reader) as told:
        number = told.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait()


@pytest.fixture
def select(screen: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Select or copy a text, as a program on that display does."""
    monkeypatch.setenv("DISPLAY", screen)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    holders: list[subprocess.Popen[bytes]] = []

    def put(where: str, text: str) -> None:
        words = ["xclip", "-quiet", "-selection", where, "-i"]
        holder = subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        assert holder.stdin is not None
        assert holder.stderr is not None
        holder.stdin.write(text.encode())
        holder.stdin.close()
        holder.stderr.readline()  # it tells when it holds the selection
        holders.append(holder)

    yield put
    for holder in holders:
        holder.terminate()
        holder.wait()
        assert holder.stderr is not None
        holder.stderr.close()


def test_reads_what_is_selected_and_copied(desktop: Any, select: Callable[[str, str], None]) -> None:
    """The two are told apart, and said without what cannot be said."""
    assert "Nothing is selected." == desktop.say("read the selection").speech
    assert "There is no text on the clipboard." == desktop.say("what's on my clipboard").speech
    select("primary", "Dear Ann,\n\n  see <b>https://example.com/x?y=1</b>\u200b now!")
    select("clipboard", "Grüße aus Köln.")
    assert "It says: Dear Ann, see b a link now!" == desktop.say("read me the selected text").speech
    assert "It says: Grüße aus Köln." == desktop.say("read my clipboard").speech


def test_long_texts_are_cut(desktop: Any, select: Callable[[str, str], None]) -> None:
    """A whole book on the clipboard is begun, not read; the words are nowhere but in the speech."""
    select("clipboard", "All work and no play. " * 100_000)
    result = desktop.say("read my clipboard")
    assert result.speech.startswith("It begins: All work and no play. All work")
    assert len(result.speech) <= 120 + len("It begins: ") + 4
    assert "work" not in str(result.data)


def test_without_a_desktop(desktop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what is missing."""
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert desktop.say("read the selection").speech.startswith("I can't read the selection here")


def test_lock(desktop: Any, program: Callable[[str, str], Path], tmp_path: Path) -> None:
    """The first program that locks the screen is believed; where none does, nothing is claimed."""
    program("loginctl", "exit 1")
    program("xdg-screensaver", "exit 1")
    assert (False, "I could not lock the screen.") == ((result := desktop.say("lock the screen")).ok, result.speech)
    program("xdg-screensaver", f'echo "$*" > {tmp_path}/locked')
    assert "The screen is locked." == desktop.say("lock my computer").speech
    assert "lock\n" == (tmp_path / "locked").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "most", "said"),
    [
        ("one two three", 8, ("one two ...", True)),
        ("It is so. It is not so at all", 15, ("It is so.", True)),
        ("a\x00b\u202e\U000e0041c\tD", 50, ("abc D", False)),
        ("www.example.com", 50, ("a link", False)),
        (" \u200b\n", 50, ("", False)),
        ("xxxxxxxxxxxx", 4, ("xxxx ...", True)),
    ],
)
def test_speakable(text: str, most: int, said: tuple[str, bool]) -> None:
    """No invisible signs, no addresses, cut at a sentence or a word."""
    assert said == speakable(text, most)
