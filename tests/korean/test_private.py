"""What tells in Korean who somebody is is found, as written and as spoken; plain questions are plain."""

from __future__ import annotations

import unicodedata

import pytest

from assistant.think.personal import find_personal
from assistant.think.redact import Redactor
from assistant.think.route import DataClass
from assistant.think.sensitivity import data_class

pytestmark = pytest.mark.unit


def found(text: str, people: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    return [(each.kind, text[each.start : each.end]) for each in find_personal(text, people)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("주민번호는 900101-1234567 이야", ("ACCOUNT", "900101-1234567")),
        ("9001011234567 이거야", ("ACCOUNT", "9001011234567")),
        ("010-1234-5678로 연락해", ("NUMBER", "010-1234-5678")),
        ("전화는 01012345678이야", ("NUMBER", "01012345678")),
        ("공일공 일이삼사 오육칠팔로 전화해", ("NUMBER", "공일공 일이삼사 오육칠팔")),
        ("공일공에 일이삼사에 오육칠팔", ("NUMBER", "공일공에 일이삼사에 오육칠팔")),
        ("번호는 02-123-4567이야", ("NUMBER", "02-123-4567")),
        ("숫자는 일 이 삼 사 오 육", ("NUMBER", "일 이 삼 사 오 육")),
        ("110-234-567890으로 보내", ("ACCOUNT", "110-234-567890")),
        ("서울시 강남구 테헤란로 12로 보내", ("ADDRESS", "서울시 강남구 테헤란로 12")),
        ("무지개아파트 101동 202호에 살아", ("ADDRESS", "무지개아파트 101동 202호")),
        ("종로구 삼청동 12-3번지로 와", ("ADDRESS", "종로구 삼청동 12-3번지")),
        ("생일은 1984년 5월 3일이야", ("DATE", "1984년 5월 3일")),
        ("84년 5월 3일에 태어났어", ("DATE", "84년 5월 3일")),
        ("김민수 씨가 왔어", ("PERSON", "김민수")),
        ("박지영님께 편지를 써 줘", ("PERSON", "박지영")),
        ("민수한테 줄 선물 추천해 줘", ("PERSON", "민수")),
        ("지영이에게 뭐라고 하지", ("PERSON", "지영")),
        ("이정훈 선생님이 말했어", ("PERSON", "이정훈")),
        ("내 이름은 홍길동이야", ("PERSON", "홍길동")),
        ("영희라는 친구가 있어", ("PERSON", "영희")),
        ("내 친구 철수가 아프대", ("PERSON", "철수")),
        ("메일은 jane.doe@example.com 이야", ("EMAIL", "jane.doe@example.com")),
    ],
)
def test_personal_things_are_found(text: str, expected: tuple[str, str]) -> None:
    """The one thing in each sentence, with its kind."""
    assert expected in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "세종대왕은 누구야?", "하늘은 왜 파래?", "1984년에 무슨 일이 있었어?", "서울의 인구는 940만 명이야",
        "5000미터는 몇 마일이야?", "선생님이 뭐야?", "부모님한테 무슨 선물이 좋아?", "강아지한테 초콜릿을 줘도 돼?",
        "누구한테 물어봐야 해?", "사람들에게 인기 있는 음식은 뭐야?", "손님한테 뭘 대접하면 좋아?", "일이 삼일 걸려?",
        "오이와 사과를 먹어", "비타민 씨가 많은 과일은 뭐야?", "달님 이야기를 해 줘", "오늘 저녁 메뉴 추천해 줘",
        "길이 12미터는 몇 피트야?", "백로 사진", "3월 1일은 무슨 날이야?", "한 시간 이십 분 동안",
        "고객님이라는 말의 뜻은?",
        "날씨가 어때?", "글씨가 작아", "마음씨가 고운 사람", "아저씨가 뭐라고 했어?", "아가씨라는 말은 어디서 왔어?",
        "솜씨가 좋아", "씨가 없는 수박", "불씨는 뭐야?",
    ],
)  # fmt: skip
def test_what_tells_nobody_is_left(text: str) -> None:
    """Public names, amounts, words that only look like names."""
    assert [] == found(text)


CLASSES: dict[DataClass, list[str]] = {
    "never": [
        "내 비밀번호는 사칠일일이야", "은행 비밀번호가 뭐였지", "현관문 잠겼어?", "문 잠금 풀어 줘",
        "민수 전화번호가 뭐야",
        "우리 집 주소는 테헤란로 12야", "내 혈압이 150인데 괜찮아?", "우리 딸이 열이 나는데 어떻게 해",
        "나는 당뇨 진단을 받았어",
        "허리가 너무 아파", "신용카드를 잃어버렸어", "여벌 열쇠는 누가 가지고 있어", "다음 주에 집이 비어",
        "와이파이 암호는 해바라기야",
        "주민번호는 900101-1234567이야", "무지개아파트 101동 202호로 보내", "통장에 얼마 있어",
        "엄마 당뇨에 좋은 음식은 뭐야",
    ],
    "household": [
        "장보기 목록에 뭐 있어", "거실에 불 켜져 있어?", "우리 집 온도는 몇 도야", "내 일정 알려 줘",
        "주방에서 뭘 하면 좋아",
    ],
    "personal": [
        "아내 생일에 쓸 시를 써 줘", "김민수 씨한테 농담 해 줘", "내 상사한테 월급 올려 달라고 어떻게 말해",
        "나는 34살인데 뭘 저축해야 해",
        "내 이름은 철수야", "우리 부모님 결혼기념일 선물 추천해 줘", "내 친구 영희가 결혼해",
    ],
    "plain": [
        "하늘은 왜 파래?", "세종대왕은 누구야?", "광합성이 뭐야?", "감기 증상이 뭐야?",
        "바다에 대한 시를 써 줘", "백신은 어떻게 만들어?", "로마 주말 여행 계획을 짜 줘", "80의 12퍼센트는 얼마야?",
        "1984년 대통령은 누구였어?", "고래는 물고기야?", "김치찌개 끓이는 방법 알려 줘", "양자역학을 쉽게 설명해 줘",
        "축구 규칙을 알려 줘", "프랑스의 수도는 어디야?", "무지개는 왜 생겨?", "영어로 사과가 뭐야?",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("expected", "text"), [(kind, text) for kind, texts in CLASSES.items() for text in texts])
def test_the_class_of_words(expected: DataClass, text: str) -> None:
    """One sentence, one class."""
    assert expected == data_class(text)


@pytest.mark.parametrize("text", ["что это такое", "これは何ですか", "你好吗", "ما هذا", "이것은 これ", "ㅂㅣㅂㅓㄴ"])
def test_other_scripts_stay(text: str) -> None:
    """Words that nothing here can judge never leave."""
    assert "never" == data_class(text)


def test_letters_in_pieces_are_put_together() -> None:
    """Hangul that is written in its parts is the same words."""
    parts = unicodedata.normalize("NFD", "내 비밀번호는 뭐야")
    assert parts != unicodedata.normalize("NFC", parts)
    assert "never" == data_class(parts)
    assert "민수" not in unicodedata.normalize("NFC", Redactor().hide(unicodedata.normalize("NFD", "김민수 씨가 왔어")))


def test_known_names_are_found_before_particles() -> None:
    """A name of the household is one whatever hangs on it, and is no part of another word."""
    assert [("PERSON", "안나"), ("PERSON", "안나")] == found("안나가 안나한테 갔어", ("안나",))
    assert [] == found("안나푸르나는 산이야", ("안나",))


def test_taken_out_and_put_back() -> None:
    """What leaves holds no name, and the answer has it back with its particle."""
    redactor = Redactor()
    hidden = redactor.hide("김민수 씨한테 보낼 편지를 써 줘")
    assert "민수" not in hidden and "[PERSON_1]" in hidden
    assert "친애하는 김민수 씨께" == redactor.restore("친애하는 [PERSON_1] 씨께")
