"""One spelling for Korean: spaces, particles and politeness do not matter, names keep their spaces."""

from __future__ import annotations

import pytest

from assistant.korean.sentence import as_said, normalize, parts

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "text",
    [
        "불 켜", "불켜", "불 켜 줘", "불켜 줘", "불 좀 켜 주세요.", "저기, 불 켜줄래요?", "음 불 좀 켜 줄 수 있어?",
        "불 켜 주시겠어요?",
        "불 켜십시오", "불 켜라", "불 켜봐", "불 켰으면 좋겠어요", "불 켜 주면 좋겠어", "불켜줘요 고마워요",
        "불 켜 놔", "그냥 불 켜 줘라",
        "불 켜 주실 수 있나요?", "불 켜줄래",
    ],
)  # fmt: skip
def test_politeness(text: str) -> None:
    """Every way to ask for light is the same sentence."""
    assert "불켜" == normalize(text)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("불 끄세요", "불꺼"), ("창문 닫으세요", "창문닫아"), ("문 여세요", "문열어"), ("볼륨 높이세요", "볼륨높여"),
        ("음악 틀어 주실래요", "음악틀어"), ("알람 맞추자", "알람맞춰"), ("콜라 추가해 줘", "콜라추가해"), ("담요",
        "담요"),
        ("지금 몇 시예요?", "지금몇시예"), ("1,200원", "1200원"), ("3.5도로 해 줘", "3.5도로해"),
    ],
)  # fmt: skip
def test_plain_form(text: str, plain: str) -> None:
    """Polite verbs take their plain form; nouns that end alike stay."""
    assert plain == normalize(text)


def test_two_commands() -> None:
    """A verb with "and" ends one command and begins another."""
    assert [("불꺼", "타이머십분맞춰")] == list(parts(normalize("불 끄고 타이머 십 분 맞춰 줘")))
    assert [("거실불켜", "문닫아")] == list(parts(normalize("거실 불 켜 줘 그리고 문 닫아 줘")))
    assert [] == list(parts(normalize("타이머 맞춰 줘")))


def test_as_said() -> None:
    """A name comes back with the spaces that it was said with."""
    assert "김치 찌개" == as_said("김치찌개", "김치 찌개 타이머 십 분 맞춰 줘")
    assert "없는말" == as_said("없는말", "타이머")
