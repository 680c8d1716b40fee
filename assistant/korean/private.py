"""What tells in Korean who somebody is, and what kind of words must not leave the device: patterns, pure.

Names are known by what hangs on them: 씨, 님, 선생님, or 한테 and 에게, which only a person or an animal gets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

Kind = Literal["ACCOUNT", "ADDRESS", "DATE", "NUMBER", "PERSON"]
DataClass = Literal["plain", "personal", "household", "never"]

_DIGIT = r"(?:\d|[공영일이삼사오육륙칠팔구])"
_GAP = r"(?:[\s.-]|에(?=\s?[공영일이삼사오육륙칠팔구\d]))*"
_RESIDENT = re.compile(r"(?<!\d)\d{6}\s?-?\s?[1-8]\d{6}(?!\d)")
"""Six digits of the birthday, seven that begin with the century and the sex: the number of a resident."""
_MOBILE = re.compile(
    rf"(?:\+?82{_GAP}|(?<![\d공영일이삼사오육칠팔구]))(?:0?1[016789]"
    rf"|[공영]?\s?일\s?[공영일육칠팔구]){_GAP}(?:{_DIGIT}{_GAP}){{6,8}}(?<=[\d공영일이삼사오육륙칠팔구])"
    r"|(?<!\d)0(?:2|[3-6]\d)[\s).-]*\d{3,4}[\s.-]*\d{4}(?!\d)"
)
_SPOKEN_DIGITS = re.compile(
    r"(?<![가-힣\d])[공영일이삼사오육륙칠팔구](?:[\s,-]*[공영일이삼사오육륙칠팔구]){4,}(?![가-힣])"
)
"""Five digits or more, each said by itself; fewer are amounts or words."""
_ACCOUNT = re.compile(r"(?<!\d)\d{2,6}(?:-\d{2,6}){2,3}(?!\d)")
_ADDRESS = re.compile(
    r"(?:[가-힣]{1,4}(?:특별시|광역시|특별자치시|특별자치도|시|도)\s+)?(?:[가-힣]{1,5}(?:시|군|구)\s+){0,2}"
    r"(?:[가-힣0-9]{1,8}(?:로|길)\s?\d+(?:-\d+)?(?:번길)?(?:\s?\d+(?:-\d+)?)?|[가-힣]{1,6}(?:읍|면|동|리"
    r"|가)\s?\d+(?:-\d+)?\s?번지)"
    r"(?:\s?(?:\d+동|[가-힣]+아파트|[가-힣]+빌라))?(?:\s?\d+\s?(?:동|호|층))*"
    r"|[가-힣]+(?:아파트|빌라|오피스텔|맨션)\s?\d+\s?동(?:\s?\d+\s?호)?|(?<!\d)\d{2,4}\s?동\s?\d{2,4}\s?호"
)
_BIRTH = re.compile(
    r"(?:생일|생년월일|태어난|출생)[^.?!]{0,12}?((?:\d{2,4}\s?년\s?)?\d{1,2}\s?월\s?\d{1,2}\s?일"
    r"|\d{2,4}[./-]\d{1,2}[./-]\d{1,2})"
)
_BORN = re.compile(r"((?:\d{2,4}\s?년\s?)?\d{1,2}\s?월\s?\d{1,2}\s?일)(?:에)?\s?(?:생|태어)")
_SURNAME = (
    r"(?:김|이|박|최|정|강|조|윤|장|임|한|오|서|신|권|황|안|송|류|유|홍|전|고|문|양|손|배|백|허|남|심|노|하|곽|성"
    r"|차|주|우|구|민|나|진|지|엄|채|원|천|방|공"
    r"|현|함|변|염|여|추|도|소|석|선|설|마|길|연|위|표|명|기|반|왕|금|옥|육|인|맹|제|모|남궁|황보|제갈|선우|독고"
    r"|사공)"
)
_NO_NAME = (
    r"(?!(?:선생|고객|손|사장|부장|과장|대리|팀장|회장|교수|원장|박사|의사|변호사|목사|신부|감독|작가|기사|간호사"
    r"|장관|대통령|판사|하느|하나|예수|부처|임금|왕자|공주|도련|서방|부모|어머|아버|할머|할아버|장모|장인|스승|주인"
    r"|여러분|아무|누구|저희|우리|너희|사람|친구|아이|애들|아기|강아지|고양이|엄마|아빠|동생|언니|오빠|클라우드"
    r"|모델|그것|이것|저것|비타민|식물|동물|학생|어른|노인|환자|초보자|남자|여자)"
    r"(?:들)?\s?(?:씨|님|한테|에게|께|더러))"
)
"""Who is meant by these is nobody in particular."""
_AFTER = r"(?=이|가|은|는|을|를|의|과|와|랑|한테|에게|께|도|만|하고|처럼|\s|[,.?!]|$)"
_PERSON = (
    re.compile(rf"(?<![가-힣]){_NO_NAME}({_SURNAME}[가-힣]{{2}})(?:씨|님){_AFTER}"),
    re.compile(rf"(?<![가-힣]){_NO_NAME}([가-힣]{{2,4}})\s씨{_AFTER}"),
    re.compile(rf"(?<![가-힣]){_NO_NAME}([가-힣]{{2}})님{_AFTER}"),
    re.compile(
        rf"(?<![가-힣]){_NO_NAME}({_SURNAME}[가-힣]{{1,2}})\s(?:선생님|교수님|박사님|사장님|부장님|과장님|대리님"
        rf"|팀장님|원장님)"
    ),
    re.compile(
        rf"(?<![가-힣]){_NO_NAME}([가-힣]{{2,4}}?)(?<![님씨])(?:이)?"
        r"(?:한테서|한테|에게서|에게|께서|께|더러)(?![가-힣])"
    ),
    re.compile(
        r"(?:이름은|이름이|성함은|성함이)\s+([가-힣]{2,4}?)(?=이야|야|이에요|예요|입니다|이고|고|라고|이라고|인데"
        r"|[\s,.?!]|$)"
    ),
    re.compile(
        r"(?<![가-힣])([가-힣]{2,4}?)(?:이라는|라는|이라고\s?하는|라고\s?하는)\s(?:친구|사람|동료|아이|여자|남자"
        r"|선생님|이웃)"
    ),
    re.compile(
        r"(?:내|제|우리|저희)\s(?:친구|동료|남편|아내|아들|딸|동생|형|누나|언니|오빠|남자친구|여자친구|이웃"
        r"|상사)\s([가-힣]{2,4}?)(?=이가|이는|이를|이|가|은|는|을|를|의|랑|와|과|한테|에게|\s|[,.?!]|$)"
    ),
)  # fmt: skip

UNITS = frozenset("미킬센그리원달유엔도명개년월일시분초살마쪽칼와억만천백퍼점회배층장권곡세")
"""With what the word for a unit begins: a number before it is an amount."""

_SECRETS = re.compile(
    r"비밀번호|비번|암호|패스워드|핀\s?번호|핀코드|인증\s?(?:번호|서|코드)|보안\s?(?:카드|코드)|카드\s?(?:번호"
    r"|정보)|(?:신용|체크|직불|현금)\s?카드|계좌|통장"
    r"|주민\s?(?:등록)?\s?번호|주민등록|여권\s?번호|운전면허|면허\s?번호|사업자\s?번호|공인\s?인증|공동\s?인증"
    r"|로그인|오티피|OTP|개인\s?키|복구\s?(?:문구|코드)"
    r"|(?:현관|대문|금고|사물함|자물쇠|도어락|와이파이|공동현관|차고|창고|경비)\s?(?:의\s?)?(?:비밀\s?번호|번호"
    r"|비번|암호|코드|열쇠)",
    re.IGNORECASE,
)
_LOCKS = re.compile(
    r"잠금|잠겨|잠겼|잠갔|잠가|잠궈|도어락|자물쇠|(?:현관|대문|차고|뒷문|앞문|창고|금고)\s?(?:문)?(?:을|를|이|가|은"
    r"|는)?\s?(?:열|닫|잠)|경보\s?(?:기|장치)?|보안\s?시스템"
    r"|(?:여벌|예비|우리|내|제|집)\s?열쇠|집(?:에|을|이)?\s?(?:아무도|비어|비우|비었|비울)|집을\s?비|여행\s?(?:가서"
    r"|간\s?동안)\s?집"
)
_CONTACTS = re.compile(
    r"(?:전화|휴대폰|핸드폰|휴대전화|연락처|팩스)\s?번호|연락처|주소록|전화번호부"
    r"|(?<![가-힣])(?:내|제|우리|[가-힣]+(?:씨"
    r"|님)?의)\s?(?:메일|이메일|번호|주소|생일|우편번호)"
)
_LIVING = re.compile(
    r"(?:내가|제가|나는|저는|우리는|우리가|걔는|그는)\s?[가-힣0-9\s]{0,15}(?:에\s?살|에서\s?살|로\s?이사)|집\s?주소"
    r"|우리\s?집\s?(?:주소|위치)"
)
_ILLNESS = (
    r"(?:진단|증상|약을|약은|약\s?먹|처방|병원|의사|수술|치료|임신|생리|우울|불안|공황|자살|암에|암이|암은|종양"
    r"|당뇨|인슐린|천식|간질|에이즈|혈압|혈당|콜레스테롤|체중|몸무게|알레르기|알러지"
    r"|발진|열이\s?나|열나|통증|두통|편두통|부상|중독|장애|질병|감염|메스꺼|구토|기침|아프|아파|백신|예방\s?접종"
    r"|유산|낙태|피임|치매|자폐|조울|뇌졸중|심장마비|정신과|상담\s?치료)"
)
_OWN = (
    r"(?:나|내|저|제|우리|남편|아내|아들|딸|엄마|어머니|아빠|아버지|할머니|할아버지|동생|형|누나|언니|오빠|아이"
    r"|아기|애|와이프)"
)
_HEALTH = re.compile(
    rf"(?<![가-힣]){_OWN}(?:가|는|은|이|의|도|한테|에게|를|을|랑)?(?![가-힣]).*{_ILLNESS}"
    rf"|{_ILLNESS}.*(?<![가-힣]){_OWN}(?:가|는|은|이|의|한테|에게)(?![가-힣])"
)
_HEALTH_SAID = re.compile(
    r"(?:머리|배|허리|목|이|무릎|가슴|어깨|손목|발목|눈|귀)(?:가|이)?\s?(?:너무|많이|자꾸|계속|좀)?\s?(?:아파|아프"
    r"|아픈데|쑤셔|결려)"
)
_HOUSEHOLD = re.compile(
    r"(?:거실|주방|부엌|안방|침실|화장실|욕실|서재|현관|베란다|다용도실|지하실|차고|정원|마당|아이\s?방|손님\s?방"
    r"|우리\s?집|집\s?안|집에서|집에)(?:에|의|은|는|이|가|을|를|도|에서)?"
    r"|(?:내|제|우리|나의|저의)\s?(?:집|조명|불|난방|보일러|온도|카메라|티비|텔레비전|기기|목록|장보기|알람|타이머"
    r"|리마인더|일정|약속|달력|메모|루틴|음악)"
    r"|(?:장보기|할\s?일)\s?목록|우리\s?(?:가족|식구|아이들)"
)
_RELATIONS = (
    r"(?:아내|와이프|남편|배우자|여자\s?친구|남자\s?친구|여친|남친|약혼|전\s?(?:남편|아내)|아들|딸|아이들?|아기"
    r"|애들?|엄마|어머니|아빠|아버지|부모님|형제|자매|형|누나|언니|오빠"
    r"|동생|할머니|할아버지|이모|고모|삼촌|사촌|조카|친구|상사|사장님|팀장님|동료|이웃|선생님|집주인|룸메이트)"
)
_PERSONAL = re.compile(
    rf"(?:내|제|우리|저희)\s?{_RELATIONS}|(?<![가-힣])(?:엄마|아빠|남편|아내|와이프|부모님|여친|남친)(?:한테|에게"
    rf"|께|의|가|는|은|이|를|을|랑|와)?(?![가-힣])"
    r"|(?:내|제|나의|저의)\s?(?:이름|나이|직업|월급|연봉|수입|집세|월세|대출|빚|저축|은행|상사|학교|회사|결혼|이혼"
    r"|연애|종교|생일|변호사|비밀|일기)"
    r"|(?:나는|저는|내가|제가)\s?.{0,12}(?:살이|살인데|결혼했|이혼했|미혼|실직|사랑|좋아하는\s?사람|투표|믿|태어났"
    r"|벌어|빚)"
)


def find(text: str) -> Iterator[tuple[int, int, Kind]]:
    """Characters from and to, and what they are; they may overlap."""
    patterns: tuple[tuple[Kind, re.Pattern[str], int], ...] = (
        ("ACCOUNT", _RESIDENT, 0), ("NUMBER", _MOBILE, 0), ("NUMBER", _SPOKEN_DIGITS, 0), ("ACCOUNT", _ACCOUNT, 0),
        ("ADDRESS", _ADDRESS, 0), ("DATE", _BIRTH, 1), ("DATE", _BORN, 1),
        *(("PERSON", pattern, 1) for pattern in _PERSON),
    )  # fmt: skip
    for kind, pattern, group in patterns:
        for found in pattern.finditer(text):
            yield found.start(group), found.end(group), kind


def data_class(text: str) -> DataClass:
    """The class of a text by its words alone, without what `find` and the names of the household tell."""
    plain = " ".join(text.split())
    if any(one.search(plain) for one in (_SECRETS, _LOCKS, _CONTACTS, _LIVING, _HEALTH, _HEALTH_SAID)):
        return "never"
    if _HOUSEHOLD.search(plain):
        return "household"
    return "personal" if _PERSONAL.search(plain) else "plain"
