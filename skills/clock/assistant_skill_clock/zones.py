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
