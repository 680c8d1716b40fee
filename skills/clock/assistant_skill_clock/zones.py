"""Large cities and small countries by the time zone that they keep (names of the IANA database)."""

from __future__ import annotations

ZONES = {
    "london": "Europe/London", "dublin": "Europe/Dublin", "lisbon": "Europe/Lisbon", "paris": "Europe/Paris",
    "berlin": "Europe/Berlin", "madrid": "Europe/Madrid", "rome": "Europe/Rome", "vienna": "Europe/Vienna",
    "zurich": "Europe/Zurich", "brussels": "Europe/Brussels", "amsterdam": "Europe/Amsterdam",
    "copenhagen": "Europe/Copenhagen", "oslo": "Europe/Oslo", "stockholm": "Europe/Stockholm",
    "helsinki": "Europe/Helsinki", "warsaw": "Europe/Warsaw", "prague": "Europe/Prague", "budapest": "Europe/Budapest",
    "athens": "Europe/Athens", "istanbul": "Europe/Istanbul", "kyiv": "Europe/Kyiv", "moscow": "Europe/Moscow",
    "cairo": "Africa/Cairo", "lagos": "Africa/Lagos", "nairobi": "Africa/Nairobi",
    "johannesburg": "Africa/Johannesburg", "dubai": "Asia/Dubai", "tehran": "Asia/Tehran",
    "jerusalem": "Asia/Jerusalem", "karachi": "Asia/Karachi", "india": "Asia/Kolkata", "dhaka": "Asia/Dhaka",
    "bangkok": "Asia/Bangkok", "hanoi": "Asia/Ho_Chi_Minh", "singapore": "Asia/Singapore", "jakarta": "Asia/Jakarta",
    "manila": "Asia/Manila", "hong kong": "Asia/Hong_Kong", "china": "Asia/Shanghai", "taipei": "Asia/Taipei",
    "seoul": "Asia/Seoul", "tokyo": "Asia/Tokyo", "perth": "Australia/Perth", "sydney": "Australia/Sydney",
    "brisbane": "Australia/Brisbane", "auckland": "Pacific/Auckland", "honolulu": "Pacific/Honolulu",
    "anchorage": "America/Anchorage", "los angeles": "America/Los_Angeles", "vancouver": "America/Vancouver",
    "denver": "America/Denver", "phoenix": "America/Phoenix", "chicago": "America/Chicago",
    "mexico city": "America/Mexico_City", "new york": "America/New_York", "toronto": "America/Toronto",
    "bogota": "America/Bogota", "lima": "America/Lima", "santiago": "America/Santiago",
    "sao paulo": "America/Sao_Paulo", "buenos aires": "America/Argentina/Buenos_Aires", "geneva": "Europe/Zurich",
}  # fmt: skip

_SAME = {
    "london": ["england", "britain", "great britain", "the uk", "uk", "edinburgh", "manchester"],
    "dublin": ["ireland"], "lisbon": ["portugal"], "paris": ["france"], "berlin": ["germany", "munich", "hamburg"],
    "madrid": ["barcelona"], "rome": ["italy", "milan"], "vienna": ["austria"], "geneva": ["switzerland"],
    "oslo": ["norway"], "stockholm": ["sweden"], "copenhagen": ["denmark"], "helsinki": ["finland"],
    "warsaw": ["poland"], "athens": ["greece"], "istanbul": ["turkey"], "india": ["mumbai", "delhi", "new delhi",
    "bangalore", "kolkata", "chennai"], "china": ["beijing", "shanghai"], "seoul": ["korea", "south korea"],
    "tokyo": ["japan", "osaka"], "bangkok": ["thailand"], "hanoi": ["vietnam"], "manila": ["the philippines"],
    "cairo": ["egypt"], "sydney": ["melbourne"], "auckland": ["new zealand"], "honolulu": ["hawaii"],
    "los angeles": ["la", "california", "san francisco", "seattle", "las vegas", "san diego", "portland"],
    "chicago": ["texas", "dallas", "houston", "austin"], "phoenix": ["arizona"],
    "new york": ["new york city", "nyc", "boston", "washington dc", "miami", "atlanta", "philadelphia", "manhattan"],
    "johannesburg": ["south africa", "cape town"], "dubai": ["abu dhabi"], "jerusalem": ["israel", "tel aviv"],
}  # fmt: skip

_SPELLED = {
    "uk": "the UK",
    "the uk": "the UK",
    "nyc": "New York City",
    "la": "Los Angeles",
    "washington dc": "Washington",
}


def _name(place: str) -> str:
    return _SPELLED.get(place) or " ".join(word if word == "the" else word.capitalize() for word in place.split())


PLACES = {place: (_name(place), place) for place in ZONES} | {
    other: (_name(other), place) for place, others in _SAME.items() for other in others
}
"""A place as it is said -> (its name, its key in `ZONES`)."""

_KOREAN = (
    "런던 london,더블린 dublin,리스본 lisbon,파리 paris,베를린 berlin,마드리드 madrid,로마 rome,빈 vienna,"
    "비엔나 vienna,취리히 zurich,브뤼셀 brussels,암스테르담 amsterdam,코펜하겐 copenhagen,오슬로 oslo,"
    "스톡홀름 stockholm,헬싱키 helsinki,바르샤바 warsaw,프라하 prague,부다페스트 budapest,아테네 athens,"
    "이스탄불 istanbul,키이우 kyiv,모스크바 moscow,카이로 cairo,나이로비 nairobi,두바이 dubai,테헤란 tehran,"
    "예루살렘 jerusalem,뉴델리 india,뭄바이 india,방콕 bangkok,하노이 hanoi,싱가포르 singapore,"
    "자카르타 jakarta,마닐라 manila,홍콩 hong kong,베이징 china,북경 china,상하이 china,타이베이 taipei,"
    "타이페이 taipei,서울 seoul,부산 seoul,도쿄 tokyo,동경 tokyo,오사카 tokyo,퍼스 perth,시드니 sydney,"
    "멜버른 sydney,브리즈번 brisbane,오클랜드 auckland,호놀룰루 honolulu,하와이 honolulu,앵커리지 anchorage,"
    "로스앤젤레스 los angeles,엘에이 los angeles,la los angeles,샌프란시스코 los angeles,시애틀 los angeles,"
    "라스베이거스 los angeles,밴쿠버 vancouver,덴버 denver,시카고 chicago,댈러스 chicago,뉴욕 new york,"
    "보스턴 new york,워싱턴 new york,마이애미 new york,토론토 toronto,멕시코시티 mexico city,리마 lima,"
    "상파울루 sao paulo,부에노스아이레스 buenos aires,제네바 geneva,한국 seoul,대한민국 seoul,일본 tokyo,"
    "중국 china,대만 taipei,영국 london,프랑스 paris,독일 berlin,이탈리아 rome,스페인 madrid,포르투갈 lisbon,"
    "스위스 zurich,오스트리아 vienna,네덜란드 amsterdam,벨기에 brussels,스웨덴 stockholm,노르웨이 oslo,"
    "핀란드 helsinki,덴마크 copenhagen,폴란드 warsaw,그리스 athens,튀르키예 istanbul,터키 istanbul,"
    "이집트 cairo,인도 india,태국 bangkok,베트남 hanoi,필리핀 manila,뉴질랜드 auckland,이스라엘 jerusalem"
)
KOREAN_PLACES = {
    name: (name, key) for name, _, key in (pair.partition(" ") for pair in _KOREAN.split(","))
}  # fmt: skip
"""The same by their Korean names."""
