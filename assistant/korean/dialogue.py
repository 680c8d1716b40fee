"""Short Korean answers and interjections: yes, no, stop, go on, undo; and what looks like a whole question."""

from __future__ import annotations

import re
from typing import Literal

from assistant.korean.sentence import joined

_YES = frozenset([
    "응", "어", "네", "예", "넵", "넹", "그래", "그래요", "그럼", "그럼요", "좋아", "좋아요", "맞아", "맞아요",
    "맞습니다",
    "오케이", "해", "해줘", "해주세요", "그렇게해", "그렇게해줘", "그렇게해주세요", "부탁해", "부탁해요",
    "당연하지", "물론",
    "물론이지", "물론이죠", "응그래", "네그래요", "응해줘", "네해주세요", "네부탁해요", "네맞아요", "응맞아", "콜",
    "알겠어", "그렇지",
    "네네", "예예", "응응", "네좋아요", "응좋아", "계속", "계속해", "계속해줘", "계속해주세요", "더", "다음",
])  # fmt: skip
_NO = frozenset([
    "아니", "아니요", "아니오", "아뇨", "아냐", "아니야", "싫어", "싫어요", "안돼", "안돼요", "하지마", "하지마요",
    "하지마세요",
    "하지말아줘", "아니하지마", "아니요하지마세요", "괜찮아", "괜찮아요", "됐어", "됐어요", "아니됐어",
    "아니요됐어요", "아니괜찮아",
    "아니요괜찮아요", "틀렸어", "틀려", "아닌데", "그건아니야", "그만", "그만해", "필요없어", "필요없어요", "노",
    "충분해",
])  # fmt: skip

StopIntent = Literal["stop", "cancel", "pause"]
_STOPS: dict[str, StopIntent] = {
    **dict.fromkeys(
        ("그만", "그만해", "그만해줘", "그만해주세요", "그만하세요", "이제그만", "그만그만", "멈춰", "멈춰줘",
        "멈춰주세요",
         "멈추세요", "멈춰봐", "정지", "스톱", "스탑", "조용히", "조용히해", "조용히해줘", "조용히해주세요", "조용",
         "시끄러워",
         "닥쳐", "쉿", "됐어", "됐어요", "됐다", "됐습니다", "이제됐어", "이제됐어요", "알았어그만", "말하지마",
         "말그만해",
         "그만말해", "그만얘기해", "중지", "중지해", "꺼", "이제그만해", "그만좀해", "알았어", "알겠어됐어", "듣지마",
         "충분해", "충분해요"), "stop"
    ),
    **dict.fromkeys(
        ("취소", "취소해", "취소해줘", "취소해주세요", "취소할게", "취소할래", "아니취소", "아니취소해",
        "아니야취소해", "관둬",
         "관두자", "없던걸로해", "없던일로해", "없던걸로해줘", "아무것도아니야", "아무것도아니에요", "아니야됐어",
         "아니됐어",
         "신경쓰지마", "잊어버려", "아냐됐어", "아니에요됐어요"), "cancel"
    ),
    **dict.fromkeys(
        ("잠깐", "잠깐만", "잠깐만요", "잠시만", "잠시만요", "기다려", "기다려줘", "기다려봐", "잠깐기다려",
        "잠깐기다려줘",
         "일시정지", "잠시멈춰"), "pause"
    ),
}  # fmt: skip
_TAKE_BACK = frozenset([
    "취소", "취소해", "취소해줘", "그거취소", "그거취소해", "그거취소해줘", "방금거취소", "방금거취소해",
    "방금거취소해줘",
    "방금한거취소해", "방금한거취소해줘", "되돌려", "되돌려줘", "다시되돌려", "다시되돌려줘", "원래대로해",
    "원래대로해줘",
    "원래대로돌려", "원래대로돌려줘", "원래대로", "아니취소", "아니취소해", "아니취소해줘", "아니야취소해",
    "아니야취소해줘", "실행취소",
    "그거취소해주세요", "취소해주세요", "방금거취소해주세요", "그거지워", "그거지워줘", "그거빼", "그거빼줘",
    "방금그거취소해줘",
])  # fmt: skip
_MORE = re.compile(
    r"(?:좀)?(?:더|계속|이어서|조금더)(?:자세히|자세하게)?(?:이야기|얘기|설명|말)?(?:해|해줘|해봐|해주세요|말해|말해줘|알려줘|알려주세요"
    r"|들려줘|말해주세요|얘기해줘|설명해줘)?(?:요)?|자세히(?:좀)?(?:말해|알려|설명해)(?:줘|주세요)?"
)
_BACKCHANNEL = re.compile(
    r"(?:음+|응+|흠+|어+|아+|오+|와+|네+|예+|넵|그래|그래요|그렇구나|그렇군|그렇군요|아하|오호|맞아|맞아요|진짜|정말|정말요|진짜요|헐|대박|좋아|좋네"
    r"|그치|그쵸|알겠어|하하+|크크+|ㅋ+|ㅎ+|우와|어머|저런)(?:음|응|네|예|어|아|그래|그렇구나)*"
)
_QUESTION = re.compile(
    r"(?:누구|누가|뭐|뭘|무엇|무슨|어떤|어떻게|왜|언제|어디|얼마|몇|어느|설명해|알려|말해|이야기해|얘기해|가르쳐)"
)
_ENDED = re.compile(r"(?:[?？]|(?:까|요|니|나|냐|야|지|줘|해|래|어|다|죠))[.!?]*$")
_TEMPORAL = re.compile(
    r"시간|날짜|오늘|내일|어제|모레|지금|현재|요일|올해|작년|내년|이번|다음|지난|최근|요즘|언제|나이|살이|몇살|몇시|며칠|아침|저녁|밤|새벽|주말|생일"
)
_DIGITS = {
    "영": "0", "공": "0", "일": "1", "이": "2", "삼": "3", "사": "4", "오": "5", "육": "6", "륙": "6", "칠": "7",
    "팔": "8", "구": "9", "하나": "1", "둘": "2", "셋": "3", "넷": "4", "다섯": "5", "여섯": "6", "일곱": "7",
    "여덟": "8", "아홉": "9",
}  # fmt: skip
_PIN = re.compile(
    rf"(?:내|제|나의)?(?:핀|피아이엔|pin|비밀번호|비번|암호|번호)?(?:번호)?(?:는|은|가|이)?"
    rf"(?P<digits>(?:\d|{'|'.join(sorted(_DIGITS, key=len, reverse=True))})+?)(?:이야|야|이에요|예요|입니다|이요|요)?"
)


def answer_of(text: str) -> bool | None:
    """Is this whole sentence a yes (True), a no (False), or something else (None)?"""
    plain = joined(text)
    return True if plain in _YES else False if plain in _NO else None


def stop_intent(text: str) -> StopIntent | None:
    """What a whole text that only wants the assistant to stop asks for."""
    return _STOPS.get(joined(text))


def takes_back(text: str) -> bool:
    """Does this whole sentence want what was just done to be undone?"""
    return joined(text) in _TAKE_BACK


def wants_more(text: str) -> bool:
    """Does this whole sentence ask to expand the last answer?"""
    return _MORE.fullmatch(joined(text)) is not None


def is_backchannel(text: str) -> bool:
    """Are these words by which a listener says "go on"?"""
    return _BACKCHANNEL.fullmatch(joined(text)) is not None


def needs_facts(text: str) -> bool:
    """Does the answer hang on the date or the time?"""
    return _TEMPORAL.search(joined(text)) is not None


def looks_whole(text: str) -> bool:
    """A question word or a wish to be told, at least two words, and the ending of a sentence."""
    plain = text.strip()
    return len(plain.split()) >= 2 and _QUESTION.search(plain) is not None and _ENDED.search(plain) is not None


def pin_digits(text: str) -> str:
    """The digits of a PIN that are the whole text but for its name ("일이삼사", "비밀번호는 1 2 3 4"); else empty."""
    found = _PIN.fullmatch(joined(text))
    if found is None:
        return ""
    pieces = re.findall(rf"\d|{'|'.join(sorted(_DIGITS, key=len, reverse=True))}", found["digits"])
    return "".join(_DIGITS.get(piece, piece) for piece in pieces)
