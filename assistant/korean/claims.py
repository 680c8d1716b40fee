"""Does Korean prose of a language model claim a deed? "불을 켰습니다", "알려 드릴게요", "다 됐어요": pure.

Korean leaves the doer out, so a claim is known by how its clause ends: in the past (its last stem has a double s under
it), in a state ("켜져 있어요") or in a promise ("할게요", "하겠습니다"). After a wish each of them is a claim; after a
question, whose answer tells of deeds of others, only what is done for the person who asked.
"""

from __future__ import annotations

import re
from typing import Literal

from assistant.korean.hangul import final_of
from assistant.korean.sentence import joined

Asked = Literal["wish", "state", "question", "story"]

_ENDING = re.compile(r"(?:습니다|답니다|어요|네요|지요|죠|어|네|지|고요|으니|으며|는데요?)$")
_PROMISE = re.compile(r"(?P<stem>.)(?:게요|께요|게)$")
_DOUBLE_S, _L = 20, 8
"""Final consonants, as `final_of` numbers them."""
_NOT = re.compile(r"(?:못|안|않|없|모르|말)[가-힣]{0,3}$|(?:지못|지않|수없|못|안)(?:했|합|하겠)")
"""Before the ending: it is said that it was not done, or cannot be."""
_NO_DEED = re.compile(r"(?:수있|알겠|모르겠|좋겠|되겠|싶|이었|였을|셨|시겠|이해했|알아들었|들었|말씀드렸|만났|반가웠)$")
"""Stems in the past or with "will" that are no deeds of ours: what is possible, what somebody else did, being glad."""
_STANDS = re.compile(r"[어아여져혀려켜꺼둬돼되고겨]있$")
"""A state, and what is going on; "방법이 있어요" is neither."""
_WORDS = re.compile(
    r"(?:설명|소개|말씀|이야기|얘기|대답|답변|답|추천|정리|요약|예시|도와|도움|안내|조언|제안)(?:을|를"
    r"|도)?[가-힣]{0,6}$"
)
"""A promise of words is kept by those that follow."""
_IF = re.compile(r"(?:면|려면|다면|라면|도록|때|경우|전에|후에|뒤에)$|(?:만약|만일|예를들어|예컨대)")
_OTHERS = re.compile(r"(?:(?:그|그녀|그들|사람들?|과학자|회사|정부|왕|대통령|작가|선수|친구)(?:이|가|은|는|께서))")
_DEEDS = re.compile(
    r"(?:켜|켰|꺼|껐|끄|설정|맞춰|맞췄|예약|주문|보내|보냈|전송|저장|추가|삭제|지워|지웠|취소|전화|연락|전달|깨워"
    r"|깨웠|기억해|메모"
    r"|등록|재생|틀어|틀었|잠가|잠갔|열어|열었|닫아|닫았|결제|송금|구매|실행)"
)
_FOR_YOU = re.compile(r"(?:드렸|드리겠|드릴게|드릴께|드려|제가|저는|요청하신|말씀하신)")
_ALL_DONE = re.compile(
    r"(?:네|예|응|알겠습니다|알겠어요|물론이죠)*(?:다|모두|전부)?(?:완료|끝|됐어요|됐습니다|완료입니다|완료됨)"
)
_AGREES = re.compile(
    r"(?:네|예|넵|응|그럼요|물론이죠|물론입니다|물론이에요|알겠습니다|알겠어요|알았어요|알았습니다|좋아요|좋습니다"
    r"|당연하죠|그럴게요"
    r"|맡겨주세요|문제없어요|문제없습니다|기꺼이|기꺼이도와드릴게요|도와드릴게요|도와드리겠습니다|이해했습니다"
    r"|이해했어요)+"
)
_YES = re.compile(r"(?:네|예|응|그렇습니다|그래요|맞아요|맞습니다)(?!요?지만)")

_STORY = re.compile(
    r"(?:이야기|동화|소설|노랫말|가사|편지|대본|농담|수수께끼|시|글)(?:를|을|하나|한편|좀)*(?:써|지어|들려|만들"
    r"|적어|해)"
)
_REQUEST = re.compile(
    r"(?:줘|줄래|주라|주세|주시겠어|주십시오|주실래|줄수있(?:어|나|니)|주실수있(?:어|나)|부탁해|부탁드려|부탁합니다"
    r"|해라|하자|싶어|켜|꺼"
    r"|열어|닫아|틀어|맞춰|잠가|보내|예약해|주문해|설정해|취소해|저장해|추가해|깨워|전화해|걸어|해)(?:요|봐|라)?$"
)
_TELL = re.compile(
    r"(?:알려|설명해|말해|가르쳐|추천해|비교해|번역해|얘기해|이야기해|소개해|대답해)(?:줘|줄래|주세|주시겠어|주실래"
    r"|줄수있어)?요?$"
)
_TIMED = re.compile(r"(?:시에|분에|분뒤|분후|시간뒤|시간후|뒤에|후에|내일|모레|아침|저녁|라고)")
_ASKS = re.compile(r"(?:누구|누가|뭐|뭘|무엇|무슨|어떤|어떻게|왜|언제|어디|얼마|몇|어느)")
_OWN = re.compile(
    r"(?:불|조명|램프|전등|문|창문|커튼|블라인드|현관|차고|난방|보일러|에어컨|티비|텔레비전|음악|볼륨|타이머|알람"
    r"|리마인더|알림|일정|약속"
    r"|메시지|문자|전화|메일|주문|예약|목록|메모|청소기|선풍기|가스|피자|택시)"
)
_HOW_IT_STANDS = re.compile(r"(?:있|[가-힣])(?:어|나|니|어요|나요|습니까|지|죠|냐)$")


def asked_of(text: str) -> Asked:
    """How an answer to these words is to be read."""
    plain = joined(text)
    marked = text.rstrip().endswith(("?", "？"))
    if _STORY.search(plain):
        return "story"
    if _TELL.search(plain):
        return "wish" if _TIMED.search(plain) and not _ASKS.search(plain) else "question"
    if _REQUEST.search(plain) and not (marked and _ASKS.search(plain)):
        return "wish"
    if marked or _ASKS.search(plain):
        stands = _OWN.search(plain) and _HOW_IT_STANDS.search(plain) and not _ASKS.search(plain)
        return "state" if stands else "question"
    return "wish"


def claims(clause: str, asked: Asked) -> bool:
    """Does this clause claim that something was done, stands so, or will be done?"""
    plain = joined(clause)
    if asked == "story" or not plain or _IF.search(plain):
        return False
    if asked in ("wish", "state"):
        if _ALL_DONE.fullmatch(plain):
            return True
        return not _OTHERS.search(plain) and (_is_deed(plain) or _is_promise(plain))
    deed = _is_deed(plain) or _is_promise(plain)
    return deed and _DEEDS.search(plain) is not None and _FOR_YOU.search(plain) is not None


def agrees(clause: str) -> bool:
    """Does this only consent ("네, 알겠습니다")? After a wish it promises by itself."""
    return _AGREES.fullmatch(joined(clause)) is not None


def affirmed(clause: str) -> bool:
    """Does this say yes? Nobody has looked how things of the user's stand when a model says so."""
    return _YES.match(joined(clause)) is not None


def _is_deed(plain: str) -> bool:
    """The last stem is in the past or says "will", or a state holds."""
    end = _ENDING.search(plain)
    stem = plain[: end.start()] if end is not None else ""
    if not stem or final_of(stem) != _DOUBLE_S or _NOT.search(stem[:-1]) or _NOT.search(stem) or _NO_DEED.search(stem):
        return False
    if stem.endswith("있"):
        return _STANDS.search(stem) is not None
    return not (stem.endswith("겠") and _WORDS.search(stem))


def _is_promise(plain: str) -> bool:
    """ "할게요", "알려 드릴게요", but not "설명해 드릴게요"."""
    found = _PROMISE.search(plain)
    if found is None or final_of(found["stem"]) != _L or _NOT.search(plain[: found.start()]):
        return False
    return _WORDS.search(plain[: found.start()]) is None
