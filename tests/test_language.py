"""Which language is spoken: by setting, by wish, and by what is heard."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.assembly import choose_models
from assistant.config import Config
from assistant.language import Tongue, is_korean, speak, speaking, spoken_in

pytestmark = pytest.mark.unit


def test_a_setting_stays() -> None:
    """With one language set, nothing that is heard changes it."""
    tongue = Tongue("ko")
    tongue.heard("turn on the light", "en")
    assert ("ko", ("ko",)) == (tongue.now, tongue.expected)
    assert ("en", ("en",)) == (Tongue("en").heard("불 켜 줘"), Tongue("en").expected)


def test_auto_follows_what_is_heard() -> None:
    """The last language stays where nothing surer is heard; it is then the first that is expected."""
    tongue = Tongue("auto")
    assert "en" == tongue.now
    assert "ko" == tongue.heard("불 켜 줘", "ko")
    assert ("ko", "en") == tongue.expected
    assert "ko" == tongue.heard("19:30", "")
    assert "ko" == tongue.heard("Bonjour", "fr")
    assert "en" == tongue.heard("turn it off", "en")


def test_a_wish_outlives_a_restart(tmp_path: Path) -> None:
    """What was wished for in words holds until the configuration is changed; a damaged file says nothing."""
    file = tmp_path / "language.json"
    Tongue("en", file).choose("ko")
    assert ("ko", "auto") == (Tongue("en", file).now, Tongue("auto", file).speech)
    file.write_text("[1", encoding="utf-8")
    assert "en" == Tongue("en", file).now


def test_spoken_within() -> None:
    """Values are told in the language of the call that runs."""
    with spoken_in("ko"):
        assert "ko" == speaking()
        speak("en")
        assert "en" == speaking()
    assert "en" == speaking()


def test_hangul() -> None:
    """Any Hangul makes a text Korean."""
    assert is_korean("OK 켜") and not is_korean("okay") and not is_korean("日本")


def test_a_recogniser_that_knows_it() -> None:
    """Who speaks Korean gets the recogniser that knows it, also on the small tier; one that is named stays."""
    for speech, named, asr in (
        ("en", None, "whisper-tiny.en"), ("ko", None, "whisper-base"), ("auto", None, "whisper-base"),
        ("ko", "whisper-tiny.en", "whisper-tiny.en"),
    ):  # fmt: skip
        config = Config.model_validate({"language": {"speech": speech}, "models": {"tier": "small", "asr": named}})
        assert asr == choose_models(config, 10**9).asr
