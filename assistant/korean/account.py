"""What a person asks in Korean about the last answer and the cloud, as `think.answered` names it: pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from assistant.korean.sentence import joined

_Q = r"(?:어|지|니|나|야|예|어요|지요|죠|니까|나요|예요|거야|거예요|건데|던거야)?"
_DO = r"(?:해|하자|써|쓰자|물어|물어봐)(?:줘|주세요|줄래|봐|라)?(?:요)?"
_CLOUD = r"(?:클라우드|인터넷모델|바깥모델)"
_TURN = r"(?:바꿔|바꾸자|변경해|전환해)(?:줘|주세요|줄래)?(?:요)?"
_SMALL = r"(?:작은|로컬|(?:이)?기기(?:의)?|자체)모델"
_BIG = r"(?:큰|더큰|똑똑한|더똑똑한)모델"
_ABOUT: Mapping[str, re.Pattern[str]] = {
    topic: re.compile(pattern)
    for topic, pattern in {
        "who": rf"(?:방금)?(?:누가|뭐가|어디서|어느모델이)(?:방금)?"
        rf"(?:그렇게|이걸|그걸|그)?(?:대답|답|말)(?:을)?(?:했|한){_Q}"
        rf"|(?:그|이|방금)?(?:대답|답)(?:은|이)?(?:어디서|어디에서)(?:왔|나왔|나온|온){_Q}"
        rf"|(?:방금)?{_CLOUD}(?:에|한테|를)?(?:물어봤|물었|썼|쓴|물어본){_Q}|왜{_CLOUD}(?:에|를)(?:물어봤|물었|썼"
        rf"|쓴){_Q}",
        "sent": rf"(?:방금)?(?:{_CLOUD}(?:에|로|한테))?(?:뭐|뭘|무엇을)(?:를)?(?:보냈|보낸|전송했|전송한){_Q}"
        rf"|(?:뭐가|무엇이)(?:밖으로|바깥으로|{_CLOUD}로)(?:나갔|나간|갔|간){_Q}|{_CLOUD}(?:에|로)(?:뭔가|무엇인가"
        rf"|뭐)보냈{_Q}",
        "cost": rf"{_CLOUD}(?:에|는|비용이|비용은|요금이|요금은|값이)?"
        rf"(?:오늘|이번달|이번달에)?(?:얼마|얼마나)(?:썼|들었|나왔|야|예요|쓴)?{_Q}"
        rf"|(?:오늘|이번달|이번달에)?{_CLOUD}(?:비용|요금)(?:이|은)?(?:얼마)?(?:야|예요|알려줘)?",
        "device": rf"(?:이)?기기(?:에서|로)만(?:답|대답|생각|처리)?(?:을)?{_DO}"
        rf"|{_CLOUD}(?:는|를)?(?:절대|다시는)?(?:쓰지|묻지|사용하지)(?:마|말아)"
        rf"(?:줘|주세요|세요)?(?:요)?|{_CLOUD}(?:를)?(?:꺼|끄|꺼줘|꺼주세요)"
        rf"|{_SMALL}(?:로|으로)(?:만)?(?:{_TURN}|{_DO})",
        "prefer_device": rf"{_CLOUD}(?:는|를|에는)?(?:꼭)?필요할때만{_DO}"
        rf"|(?:이)?기기를먼저{_DO}|{_CLOUD}(?:를)?켜(?:줘|주세요)?",
        "prefer_cloud": rf"(?:항상|언제나|늘){_CLOUD}(?:에|를){_DO}|{_CLOUD}(?:를|에)먼저{_DO}"
        rf"|(?:{_BIG}|{_CLOUD})(?:로|으로){_TURN}",
        "ask": rf"(?:매번|항상|먼저)?(?:나한테)?{_CLOUD}(?:를)?"
        r"(?:쓰기|사용하기|묻기)전에(?:매번|항상|꼭|먼저)?(?:나한테)?물어(?:봐)?(?:줘|주세요)?(?:요)?",
        "revoke": rf"(?:{_CLOUD})?(?:에대한)?동의(?:를|한거)?"
        r"(?:취소|철회|거둬|없던걸로)(?:해|할게|하자)?(?:줘|주세요)?(?:요)?",
        "models": r"(?:어떤|무슨|어느)(?:클라우드|언어)?모델(?:을|이|들을|들이)?(?:쓸수|사용할수|물어볼수)?"
        rf"(?:있|써|쓰|사용해|사용하){_Q}(?:는데)?|(?:쓸|사용할)수있는(?:클라우드)?모델(?:은|이|을)?(?:뭐|뭐가있|무엇이|알려|말해)"
        rf"(?:{_Q}|줘|주세요)?",
    }.items()
}


def topic_of(text: str) -> str:
    """The topic that this whole sentence is about; empty where it is about none."""
    plain = joined(text)
    return next((topic for topic, pattern in _ABOUT.items() if pattern.fullmatch(plain)), "")
