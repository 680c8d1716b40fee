"""Players of the desktop over a real D-Bus."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.contract


@pytest.fixture
def desktop(start_player: Callable[..., Any], make_media: Callable[..., Any]) -> Any:
    """The skill with one paused player and no music server."""
    start_player()
    return make_media(mpris=True)


def test_a_session(desktop: Any) -> None:
    """Play, what is it, next, previous, pause, stop: told as the player then is."""
    assert "Playing One by U2." == desktop.say("play some music").speech
    assert "This is One by U2." == desktop.say("what song is this").speech
    assert "Next: Two Hearts." == desktop.say("next song").speech
    assert "Back to One." == desktop.say("previous track").speech
    assert "Paused." == desktop.say("pause the music").speech
    assert "The music goes on." == desktop.say("resume the music").speech
    assert "The music is off." == desktop.say("stop the music").speech
    assert "No music is playing." == desktop.say("stop the music").speech


def test_volume_and_modes(desktop: Any) -> None:
    """The volume is that of the player, in percent."""
    assert "Volume 30 percent." == desktop.say("set the music volume to thirty percent").speech
    assert "Volume 20 percent." == desktop.say("turn the music down").speech
    assert "Shuffle is on." == desktop.say("shuffle my music").speech
    assert "Repeat is on." == desktop.say("turn on repeat").speech


def test_ducking(desktop: Any) -> None:
    """Softer and back."""
    desktop.say("play some music")
    desktop.attend(busy=True)
    assert 30 == desktop.say("what is playing").data["volume"]
    desktop.attend(busy=False)
    assert 100 == desktop.say("what is playing").data["volume"]


def test_a_player_that_does_not_obey(start_player: Callable[..., Any], make_media: Callable[..., Any]) -> None:
    """Nothing is claimed that did not happen, and a player without a volume has none."""
    start_player("stubborn", "stubborn", "mute", "playing")
    media = make_media(mpris=True)
    result = media.say("pause the music")
    assert (False, "The music player did not do that.") == (result.ok, result.speech)
    assert "That player has no volume of its own." == media.say("turn the music up").speech


def test_the_one_that_plays_is_meant(start_player: Callable[..., Any], make_media: Callable[..., Any]) -> None:
    """Of two players the one that plays; one that has ended is not there any more."""
    start_player("first")
    second = start_player("second", "playing")
    media = make_media(mpris=True)
    assert "Next: Two Hearts." == media.say("next song").speech
    second.stop()
    assert "Paused." != media.say("pause the music").speech
    assert "The music is paused at One." == media.say("what is playing").speech


def test_no_bus(make_media: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a session there are no players."""
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    assert make_media(mpris=True).say("what is playing").speech.startswith("I find no music player")


def test_server_and_desktop_never_play_at_once(
    server: Any, start_player: Callable[..., Any], make_media: Callable[..., Any]
) -> None:
    """Music that is asked for by name comes from the server, and the player of the desktop is paused."""
    start_player("tiny", "playing")
    media = make_media(mpd=server.address, mpris=True)
    assert "Playing Queen." == media.say("play some queen").speech
    media.say("stop the music")
    assert "The music is paused at One." != media.say("stop the music").speech
    assert "No music is playing." == media.say("pause the music").speech
