"""Why the last turn went as it did, in Korean: what was heard, what it was taken for, what came of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from assistant.korean.hangul import with_particles
from assistant.korean.sentence import joined

_ASKS = re.compile(
    r"(?:근데|그런데|아니|잠깐|야|그러니까|방금|지금)*(?:왜|어째서)(?:그랬|그렇게(?:했|말했|대답했)|그런(?:말을"
    r"|대답을)?했|그걸했|그런거)"
    r"(?:어|지|니|나|어요|나요|지요|죠|야|예요|거야|거예요|던거야)"
    r"|(?:그|방금)?(?:이유가|이유는)(?:뭐야|뭔데|뭐예요|뭐죠|뭐지)|왜(?:그래|그런거야|그런거예요|그런데)"
)
_DONE: Mapping[str, str] = {
    "grammar": "제가 아는 명령이고",
    "answer_to_question": "제가 여쭤본 것에 대한 대답이었고",
    "corrected": "바로 앞의 명령을 고친 말이었고",
    "taken_back": "바로 앞의 명령을 되돌리라는 말이었고",
    "referred": "바로 앞의 명령에 이어지는 말이었고",
    "answer": "제 질문에 대한 대답이었고",
    "confirmation": "해도 되냐는 제 질문에 대한 대답이었고",
    "confirmed": "제가 기다리던 승낙이었고",
    "caller_sure": "아는 명령은 아니지만 작은 모델이 뜻을 확신했고",
    "talker_sure": "아는 명령은 아니지만 언어 모델이 뜻을 확신했고",
}
"""By the reason code of the decision, with what came of it behind."""
_OVER: Mapping[str, str] = {
    "declined": "거절하는 말이어서 아무것도 하지 않았어요",
    "caller_asks": "작은 모델이 뜻을 짐작했지만 확실하지 않아서 먼저 여쭤봤어요",
    "talker_asks": "언어 모델이 뜻을 짐작했지만 확실하지 않아서 먼저 여쭤봤어요",
    "tainted": "대화에 밖에서 온 말이 들어 있어서 하지 않고 두었어요",
    "open_question": "아는 명령이 아니어서 언어 모델이 자기 말로 대답했어요",
    "more": "앞의 대답을 더 듣고 싶다는 말이어서 언어 모델이 이어서 말했어요",
    "account": "앞의 대답이나 클라우드에 대한 말이었어요",
    "agreed": "클라우드 모델에 물어도 된다는 승낙이었어요",
    "kept_here": "보내지 말라는 말이어서 이 기기에 두었어요",
    "local_refused": "아는 명령이 아니고 언어 모델도 답을 몰라서 클라우드 모델에 물었어요",
    "stop_word": "멈추라는 말이어서 멈췄어요",
    "talker_not_ready": "아는 명령이 아닌데 언어 모델이 아직 준비되지 않았어요",
}


def asks_why(text: str) -> bool:
    """Does this whole sentence ask for the reasons of what was done or said just now?"""
    return _ASKS.fullmatch(joined(text)) is not None


def because(heard: str, reason: str, route: str, outcome: str) -> str:
    """The sentence; `outcome` is what came of it, from `came`, empty where nothing did."""
    over = _OVER.get(reason)
    if over is None and reason not in _DONE:
        over = "아는 명령이 아니어서 " + ("클라우드 모델에 물었어요" if route == "cloud" else "이 기기에서 답했어요")
    told = f"{over}{', ' + outcome if outcome else ''}" if over else f"{_DONE[reason]}, {outcome or '한 일은 없어요'}"
    return with_particles(f'"{heard}"(이)라는 말은 {told}.')


def came(done: int, of: int, failed: str, *, asked: bool) -> str:
    """What the tools did: `done` of so many; `failed` tells the first that did not work."""
    if asked:
        return "되물어봤어요"
    if done == of:
        return "그대로 했어요" if of == 1 else f"{of}가지를 모두 했어요"
    why = f": {failed}" if failed else ""
    return f"실패했어요{why}" if of == 1 else f"{of}가지 중에 {done}가지만 했고 하나는 실패했어요{why}"


CLAIMED = "하지 않은 일을 했다는 말이 들어 있어서 그 말은 하지 않았어요"
"""What came of an answer that claimed a deed."""
