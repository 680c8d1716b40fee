"""Wikipedia's REST services as plain data: pages by words, and the summary of a page.

https://www.mediawiki.org/wiki/API:REST_API/Reference, https://en.wikipedia.org/api/rest_v1/; texts CC BY-SA 4.0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from assistant.skill import Http, plain_text, speaking

SITES = {"en": "https://en.wikipedia.org", "ko": "https://ko.wikipedia.org"}
SEARCH = f"{SITES['en']}/w/rest.php/v1/search/page"
SUMMARY = f"{SITES['en']}/api/rest_v1/page/summary/"
HEADERS = {"user-agent": "HearthVoiceAssistant/0.1 (a voice assistant at home)", "accept": "application/json"}
TIMEOUT_S = 4.0
MAX_PAGES = 6
MAX_EXTRACT_CHARS = 3000

_MANY = ("disambiguation", "referred to by the same", "동음이의")
_ASIDE = re.compile(r"\s*[(\[][^()\[\]]{0,200}[)\]]")
_QUALIFIER = re.compile(r"(.+) \(([^()]+)\)")


class UnreadableError(ValueError):
    """The service sent something else than it says in its documentation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page that was found; `key` names it in addresses."""

    key: str
    title: str
    description: str = ""

    @property
    def is_list(self) -> bool:
        """It only lists what else has this name."""
        return any(sign in f"{self.title} {self.description}".lower() for sign in _MANY)

    @property
    def label(self) -> str:
        """What one would call it to tell it from others of its name: "planet" for "Mercury (planet)"."""
        qualified = _QUALIFIER.fullmatch(self.title)
        return qualified[2] if qualified else self.title


async def search(http: Http, words: str) -> list[Page]:
    """The pages that fit best. Raises: SkillError, UnreadableError."""
    params = {"q": words, "limit": str(MAX_PAGES)}
    answer = (await http.get(_here(SEARCH), params=params, headers=HEADERS, timeout_s=TIMEOUT_S)).expect_ok().json()
    try:
        return [page for fields in answer["pages"][:MAX_PAGES] if (page := _page(fields)).key and page.title]
    except (KeyError, TypeError, AttributeError):
        raise UnreadableError from None


async def summary(http: Http, key: str) -> dict[str, Any] | None:
    """Title, plain extract, and whether the page only lists others; None if there is no such page.

    Raises:
        SkillError, UnreadableError.
    """
    answer = await http.get(_here(SUMMARY) + quote(key, safe=""), headers=HEADERS, timeout_s=TIMEOUT_S)
    if answer.status == 404:
        return None
    fields = answer.expect_ok().json()
    try:
        title, extract = plain_text(fields["title"], 120), _spoken(fields.get("extract") or "")
        kind = fields["type"]
    except (KeyError, TypeError, AttributeError):
        raise UnreadableError from None
    return {"title": title, "extract": extract, "is_list": kind == "disambiguation"}


def _here(address: str) -> str:
    """An address in the edition of the language that is spoken."""
    return address.replace(SITES["en"], SITES[speaking()])


def _page(fields: Any) -> Page:
    description = plain_text(fields.get("description") or "", 80)
    return Page(key=str(fields["key"])[:250], title=plain_text(fields["title"], 120), description=description)


def _spoken(extract: str) -> str:
    """Without what stands in brackets: pronunciations and dates that one reads over."""
    words = plain_text(extract, MAX_EXTRACT_CHARS)
    for _ in range(2):  # brackets in brackets
        words = _ASIDE.sub("", words)
    return words
