"""Questions about the last answer and the cloud, and reasons, in Korean: whole sentences only."""

from __future__ import annotations

import pytest

from assistant.korean.account import topic_of
from assistant.korean.because import asks_why, because, came
from assistant.think.answered import WHY
from assistant.think.because import _TOOK

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("누가 대답했어?", "who"), ("방금 누가 그렇게 말했어?", "who"), ("그 대답은 어디서 나온 거야?", "who"),
        ("클라우드에 물어봤어?", "who"), ("왜 클라우드를 썼어?", "who"), ("뭘 보냈어?", "sent"),
        ("클라우드에 뭘 보냈어요?", "sent"), ("뭐가 밖으로 나갔어?", "sent"), ("클라우드 비용이 얼마야?", "cost"),
        ("이번 달 클라우드 요금 얼마야?", "cost"), ("클라우드에 얼마나 썼어?", "cost"),
        ("이 기기에서만 해 줘.", "device"),
        ("클라우드 쓰지 마.", "device"), ("클라우드를 다시는 쓰지 말아 주세요.", "device"),
        ("클라우드 꺼 줘.", "device"),
        ("클라우드는 필요할 때만 써 줘.", "prefer_device"), ("항상 클라우드에 물어봐.", "prefer_cloud"),
        ("클라우드를 쓰기 전에 매번 물어봐 줘.", "ask"), ("동의를 철회할게.", "revoke"),
        ("클라우드 동의 취소해 줘.", "revoke"),
        ("클라우드가 뭐야?", ""), ("누가 라디오를 발명했어?", ""), ("엄마한테 뭘 보냈어?", ""), ("얼마야?", ""),
        ("불 꺼 줘", ""),
    ],
)  # fmt: skip
def test_topic(text: str, topic: str) -> None:
    """What is asked of the cloud is known, other questions are not taken for it."""
    assert topic == topic_of(text)


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("왜 그랬어?", True), ("왜 그렇게 했어요?", True), ("근데 왜 그런 거야?", True), ("이유가 뭐야?", True),
        ("왜 그래?", True), ("어째서 그랬어?", True), ("하늘은 왜 파래?", False), ("왜 늦었어?", False),
        ("왜 그 사람이 그랬어?", False), ("왜", False),
    ],
)  # fmt: skip
def test_who_asks_for_reasons(text: str, asks: bool) -> None:
    """Only whole sentences that can mean nothing else."""
    assert asks is asks_why(text)


def test_every_reason_is_told_in_korean() -> None:
    """Whatever decided a turn, its reason is a whole Korean sentence; one that nobody knows is told too."""
    for reason in (*_TOOK, *WHY, "tomorrow"):
        told = because("불 켜", reason, "grammar", "")
        assert told.startswith('"불 켜"라는 말은 ') and told.endswith("요."), reason


@pytest.mark.parametrize(
    ("done", "of", "failed", "asked", "told"),
    [
        (1, 1, "", False, "그대로 했어요"), (2, 2, "", False, "2가지를 모두 했어요"),
        (0, 1, "불이 없어요", False, "실패했어요: 불이 없어요"),
        (1, 2, "", False, "2가지 중에 1가지만 했고 하나는 실패했어요"), (0, 1, "", True, "되물어봤어요"),
    ],
)  # fmt: skip
def test_what_came_of_it(done: int, of: int, failed: str, asked: bool, told: str) -> None:
    """Done, partly done, failed, asked back."""
    assert told == came(done, of, failed, asked=asked)
