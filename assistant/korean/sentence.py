"""One spelling for what was said in Korean: no spaces, no politeness, the command in its plain form.

"불 좀 켜 주시겠어요?", "불을 켜줘", "불켜 줘"  ->  "불켜", "불을켜", "불켜"
Spaces are a matter of taste in written Korean and of chance in what a recogniser writes, so nothing hangs on them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from assistant.korean.hangul import final_of

MAX_CHARS = 400
"""Longer texts are no everyday command; they are not looked at."""

_FILLERS = frozenset([
    "음", "어", "엄", "저기", "저기요", "저", "좀", "제발", "혹시", "그냥", "자", "야", "응", "아", "그럼", "그러면",
    "있잖아", "있잖아요", "미안한데", "미안하지만", "죄송한데", "죄송하지만", "부탁인데", "네", "예", "이제",
])  # fmt: skip
_CLOSERS = frozenset([
    "부탁해", "부탁해요", "부탁합니다", "부탁드려요", "부탁드립니다", "고마워", "고마워요", "감사합니다", "감사해요",
    "알겠지", "알았지", "제발", "응", "네", "예", "좀", "당장", "얼른", "빨리",
])  # fmt: skip
_LITTLE = re.compile(r"좀(?![비약도처더])")
_KEPT_YO = re.compile(r"(?:담|필|동|수|중|개|가|주|긴|고|내|강|도자기|월|화)요$")
"""Nouns that end like a polite verb."""

_STEMS = {
    "켜": "켜", "끄": "꺼", "하": "해", "여": "열어", "열": "열어", "닫으": "닫아", "닫": "닫아", "맞추": "맞춰",
    "멈추": "멈춰", "트": "틀어", "틀으": "틀어", "틀": "틀어", "높이": "높여", "올리": "올려", "내리": "내려",
    "낮추": "낮춰", "줄이": "줄여", "키우": "키워", "잠그": "잠가", "지우": "지워", "빼": "빼", "넣으": "넣어",
    "넣": "넣어", "바꾸": "바꿔", "깨우": "깨워", "돌리": "돌려", "보내": "보내", "읽으": "읽어", "읽": "읽어",
    "찾으": "찾아", "찾": "찾아", "적으": "적어", "적": "적어", "알리": "알려", "들려주": "들려", "알려주": "알려",
    "말씀하": "말해", "보여주": "보여", "보이": "보여", "세우": "세워", "밝히": "밝혀", "던지": "던져", "뽑으": "뽑아",
    "굴리": "굴려", "부르": "불러", "기억하": "기억해", "잊으": "잊어", "잊": "잊어", "듣": "들어", "들으": "들어",
    "걸": "걸어", "거": "걸어", "푸": "풀어", "풀": "풀어", "채우": "채워", "없애": "없애", "쉬": "쉬어",
}  # fmt: skip
_BY_LENGTH = sorted(_STEMS, key=len, reverse=True)
_STEM = "|".join(_BY_LENGTH)
_DONE = "|".join(sorted({*_STEMS.values()}, key=len, reverse=True))
"""The plain forms: what one says to a friend."""

_GIVE = re.compile(
    r"(?:주시겠어|주시겠습니까|주실래|주실수있(?:어|나|을까|습니까|는지)|줄수있(?:어|나|니|을까|겠어|냐|는지)|줄래|줄레|주라|주세|주십시오|주시오"
    r"|주길바라|주면(?:안)?(?:돼|될까|좋겠어|고맙겠어|고맙겠습니다)|주시면(?:안)?(?:돼|될까|좋겠어|감사하겠습니다)|줘봐|줘라|줘봐라|주겠어"
    r"|주겠니|달라고|줬으면(?:좋겠어|해)|줘|죠오|조)$"
)
"""For me, please: what hangs on the verb of nearly every wish."""
_STEM_ENDS = re.compile(
    rf"(?P<stem>{_STEM})(?:세|십시오|시오|시죠|시겠어|실래|실까|실수있어|자|렴|도록해|시면돼|게|기|면돼|면안돼|면될까|고싶어)$"
)
_DONE_ENDS = re.compile(
    rf"(?P<done>{_DONE})(?:라|봐|봐라|보세|보자|놔|놓아|놔라|둬|두어|둬라|두세|버려|야지|야돼|야해|도돼|도될까|도돼겠어)$"
)
_WISHED = re.compile(r"(?P<stem>켰|껐|했|열었|닫았|틀었|맞췄|멈췄|올렸|내렸|껐)으면(?:좋겠어|해|하는데)$")
_OF_WISHED = {"켰": "켜", "껐": "꺼", "했": "해", "열었": "열어", "닫았": "닫아", "틀었": "틀어", "맞췄": "맞춰",
              "멈췄": "멈춰", "올렸": "올려", "내렸": "내려"}  # fmt: skip
_AND = re.compile(rf"(?P<stem>{_STEM}|{_DONE})(?:주|놓|두)?고(?:나서|서)?(?:그리고|또)?|그리고|그다음에")
_SPELLED = {"㎏": "kg", "℃": "도", "°c": "도", "°": "도", "퍼센트": "%", "프로": "%", "퍼센티지": "%", "킬로그램": "kg"}
_PARTICLES = {"을": True, "를": False, "이": True, "가": False, "은": True, "는": False}
"""Particle -> whether it follows a consonant."""
_DROPPED = re.compile(r"[.](?!\d)|(?<!\d)[.]|,(?=\d{3}(?!\d))|[,;!?\"'“”‘’…\[\]{}<>()~`#*|]")
_COLON = re.compile(r":(?!\d)|(?<!\d):")


def spell(text: str) -> str:
    """Composed letters, lower case, no punctuation but what stands in numbers, single spaces."""
    text = unicodedata.normalize("NFKC", text[: 4 * MAX_CHARS].replace("ㆍ", " ").replace("·", " ")).lower()
    text = "".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in text)
    text = _COLON.sub(" ", _DROPPED.sub(lambda found: "" if found[0] == "," else " ", text))
    for written, said in _SPELLED.items():
        text = text.replace(written, said) if written in text else text
    return " ".join(text.split())


def joined(text: str) -> str:
    """`spell` without spaces: how templates and phrases are compared."""
    return spell(text).replace(" ", "")


def normalize(text: str) -> str:
    """`joined` without fillers and politeness; may be empty."""
    words = spell(text).split()
    while len(words) > 1 and words[0] in _FILLERS:
        words = words[1:]
    while len(words) > 1 and words[-1] in _CLOSERS:
        words = words[:-1]
    return plain("".join(word for word in words if word not in ("음", "엄", "좀")))


def plain(text: str) -> str:
    """A sentence without spaces with its verb in the plain form: 켜주세요, 켜줄래, 켜십시오 are 켜."""
    text = _LITTLE.sub("", text)
    for _ in range(4):
        before = text
        if text.endswith("요") and len(text) > 2 and _KEPT_YO.search(text) is None:
            text = text[:-1]
        text = _GIVE.sub("", text) if len(_GIVE.sub("", text)) > 0 else text
        text = _STEM_ENDS.sub(lambda found: _STEMS[found["stem"]], text)
        text = _DONE_ENDS.sub(lambda found: found["done"], text)
        text = _WISHED.sub(lambda found: _OF_WISHED[found["stem"]], text)
        if text == before:
            break
    return text


def parts(text: str) -> Iterator[tuple[str, str]]:
    """Where a normalised text may be two commands: (the first in its plain form, the rest): "불끄고타이머맞춰"."""
    for found in _AND.finditer(text):
        stem = found["stem"]
        first = text[: found.start()]
        if stem:
            first += _STEMS.get(stem, stem)
        rest = text[found.end() :]
        if first and rest:
            yield plain(first), rest


def as_said(value: str, text: str) -> str:
    """A piece of a normalised text as it stands in the original, with its spaces; as it is where it stands nowhere.

    What was taken for a particle behind it, but is none, is given back.
    """
    spelled = spell(text)
    places = [place for place, sign in enumerate(spelled) if sign != " "]
    start = "".join(spelled[place] for place in places).find(value)
    if start < 0 or not value:
        return value
    first, end = places[start], places[start + len(value) - 1] + 1
    after = spelled[end : end + 1]
    if after in _PARTICLES and spelled[end + 1 : end + 2] in ("", " ") and _PARTICLES[after] != bool(final_of(value)):
        end += 1  # no particle, since it would not fit: the last letter of "예스터데이", "가을"
    return spelled[first:end]
