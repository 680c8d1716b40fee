"""While somebody speaks music is softer; whatever happens meanwhile, it comes back as the person wants it."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.contract


def volume(server: Any) -> int:
    return int(server.ask("status")["volume"])


def test_softer_and_back(media: Any, server: Any) -> None:
    """Thirty percent of it while the assistant listens or speaks."""
    media.say("play some queen")
    server.ask("setvol 80")
    media.attend(busy=True)
    assert 24 == volume(server)
    media.attend(busy=True)
    assert 24 == volume(server)
    media.attend(busy=False)
    assert 80 == volume(server)


def test_what_does_not_play_is_left_alone(media: Any, server: Any) -> None:
    """Music that is off or paused keeps its volume."""
    media.attend(busy=True)
    assert 100 == volume(server)
    media.attend(busy=False)


def test_never_left_soft_after_a_crash(media: Any, server: Any) -> None:
    """The next process that starts turns it up again."""
    media.say("play some queen")
    server.ask("setvol 80")
    media.attend(busy=True)
    media.crash()
    media.open()
    media.attend(busy=False)
    assert 80 == volume(server)


def test_server_gone_meanwhile(media: Any, server: Any) -> None:
    """A server that keeps its volume over a restart is turned up when it is there again."""
    media.say("play some queen")
    server.ask("setvol 80")
    media.attend(busy=True)
    server.stop()
    media.attend(busy=False)
    server.start()
    assert 24 == volume(server)
    media.attend(busy=False)
    assert 80 == volume(server)


def test_the_person_has_the_last_word(media: Any, server: Any) -> None:
    """Asked for a volume meanwhile, that is what it comes back to; turned by hand, it stays so."""
    media.say("play some queen")
    server.ask("setvol 80")
    media.attend(busy=True)
    assert "Volume 80 percent." == media.say("how loud is the music").speech
    assert "Volume 50 percent." == media.say("set the volume to fifty percent").speech
    assert 15 == volume(server)
    media.attend(busy=False)
    assert 50 == volume(server)
    media.attend(busy=True)
    server.ask("setvol 90")
    media.attend(busy=False)
    assert 90 == volume(server)


def test_music_that_begins_meanwhile_begins_softly(media: Any, server: Any) -> None:
    """The answer to "play some queen" is spoken over the music that it tells of."""
    media.attend(busy=True)
    assert media.say("play some queen").ok
    assert 30 == volume(server)
    media.attend(busy=False)
    assert 100 == volume(server)


def test_stopped_while_softer(media: Any, server: Any) -> None:
    """Stopping it does not forget how loud it was."""
    media.say("play some queen")
    server.ask("setvol 60")
    media.attend(busy=True)
    assert "The music is off." == media.say("stop the music").speech
    media.attend(busy=False)
    assert 60 == volume(server)
