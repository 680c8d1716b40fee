"""What a skill may use: its own small store, the hosts that it declared, a log without words, and nothing else's."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest

from assistant.engines.httpx_sender import HttpxSender
from assistant.errors import SkillError, SkillLoadError
from assistant.skill import Card, NotAvailable, Reply, Skill, tool
from assistant.skillhost.context import MAX_LOG_BYTES
from assistant.skillhost.keyvalue import KeyValue
from assistant.skillhost.loaded import reply_of
from assistant.skillhost.manifest import parse_manifest
from assistant.skillhost.strikes import Switches
from assistant.skillhost.web import MAX_BYTES, Answer, DeclaredHttp, Request, UnreachableError

pytestmark = pytest.mark.unit

Handler = Callable[[httpx2.Request], httpx2.Response]


def test_a_store_keeps_plain_data(tmp_path: Path) -> None:
    """Values come back as they were, also from another life of the process; the file is private."""
    kept = {"list": [1, 2.5, None, True], "ümlaut": "ß"}
    store = KeyValue(tmp_path / "lamp", 1)
    store.set("a", kept)
    store.set("b", 1)
    store.set("b", 2)
    store.delete("c")
    store.close()
    again = KeyValue(tmp_path / "lamp", 1)
    assert (kept, 2, "none", ["a", "b"]) == (again.get("a"), again.get("b"), again.get("c", "none"), again.keys())
    again.delete("a")
    assert ["b"] == again.keys()
    assert 0o600 == (tmp_path / "lamp" / "store.sqlite3").stat().st_mode & 0o777
    again.close()


@pytest.mark.parametrize("folder", [True, False])
def test_a_full_store_says_so(tmp_path: Path, folder: bool) -> None:
    """Over its size nothing is kept, and what was there stays; making room helps."""
    store = KeyValue(tmp_path if folder else None, 1)
    store.set("a", "x" * 500)
    with pytest.raises(SkillError, match="storage of this skill is full"):
        store.set("b", "x" * 600)
    store.set("a", "x" * 900)
    assert (["a"], 900) == (store.keys(), len(store.get("a")))
    store.delete("a")
    store.set("b", "x" * 600)
    store.close()


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, object(), b"bytes"])
def test_a_store_takes_only_plain_data(value: object) -> None:
    """What is no JSON is refused with a sentence."""
    with pytest.raises(SkillError, match="no plain data"):
        KeyValue(None, 1).set("a", value)


def test_a_store_must_be_declared() -> None:
    """No `storage_kb`, no store."""
    with pytest.raises(SkillError, match="declares no storage"):
        KeyValue(None, 0).get("a")


def test_a_store_without_a_disk(tmp_path: Path) -> None:
    """A disk that refuses is a sentence, never an exception of the database."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SkillError, match="the disk refuses"):
        KeyValue(tmp_path / "file", 1).set("a", 1)


def http(answer: Handler, check: Callable[[], None] = lambda: None) -> DeclaredHttp:
    sender = HttpxSender(httpx2.MockTransport(answer))
    return DeclaredHttp("weather", ("api.example.com", "cdn.example.com:8443"), lambda: sender, check)


def get(answer: Handler, url: str = "https://api.example.com/now", **named: Any) -> Any:
    return asyncio.run(http(answer).get(url, **named))


def echo(request: httpx2.Request) -> httpx2.Response:
    fields = {"url": str(request.url), "headers": dict(request.headers), "body": request.content.decode()}
    return httpx2.Response(200, json=fields | {"method": request.method})


def test_a_request_to_a_declared_host() -> None:
    """Parameters and headers arrive, the connection's own headers are ours, and the answer is read as JSON."""
    named = {"params": {"city": "New York"}, "headers": {"X-Key": "k", "Host": "evil.example"}}
    seen = get(echo, "https://api.example.com/now?unit=c", **named).json()
    assert "https://api.example.com/now?unit=c&city=New+York" == seen["url"]
    assert ("k", "api.example.com", "identity") == tuple(
        seen["headers"][n] for n in ("x-key", "host", "accept-encoding")
    )


def test_a_post() -> None:
    """The body is JSON."""
    seen = asyncio.run(http(echo).post("https://cdn.example.com:8443/x", json={"a": 1})).json()
    assert ("POST", {"a": 1}) == (seen["method"], json.loads(seen["body"]))


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://evil.example/", "no permission to reach evil.example"),
        ("https://api.example.com.evil.example/", "no permission"),
        ("https://api.example.com@evil.example/", "secure connections"),
        ("https://api.example.com:8443/", "no permission"),
        ("https://cdn.example.com/", "no permission"),
        ("http://api.example.com/", "secure connections"),
        ("file:///etc/passwd", "secure connections"),
        ("https://127.0.0.1/", "no permission"),
        ("https://[::1]/", "no permission"),
        ("https:///now", "secure connections"),
        ("https://api.example.com:99999/", "no address"),
        ("", "secure connections"),
    ],
)
def test_what_was_not_declared_is_denied(url: str, reason: str) -> None:
    """Another host, port or scheme is refused before anything is sent, with a sentence."""
    with pytest.raises(SkillError, match=reason):
        get(lambda request: pytest.fail("sent"), url)


@pytest.mark.parametrize("target", ["https://evil.example/", "http://api.example.com/", "//evil.example/x"])
def test_a_redirect_stays_inside(target: str) -> None:
    """A declared host cannot send us anywhere else."""
    with pytest.raises(SkillError):
        get(lambda request: httpx2.Response(302, headers={"location": target}))


def test_a_redirect_to_another_declared_host_carries_no_key() -> None:
    """Headers are meant for the host that they were given for."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.url.host == "api.example.com":
            return httpx2.Response(302, headers={"location": "https://cdn.example.com:8443/y"})
        return echo(request)

    seen = get(answer, headers={"authorization": "secret"}).json()
    assert ("https://cdn.example.com:8443/y", None) == (seen["url"], seen["headers"].get("authorization"))


def fails(error: type[httpx2.TransportError]) -> Handler:
    def answer(request: httpx2.Request) -> httpx2.Response:
        raise error("no")

    return answer


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (fails(httpx2.ConnectError), "I can't reach the service. Maybe the network is down."),
        (fails(httpx2.ReadError), "I can't reach the service. Maybe the network is down."),
        (
            lambda request: httpx2.Response(200, content=b"x" * (MAX_BYTES + 1)),
            "The service sent more than I can take.",
        ),
        (
            lambda request: httpx2.Response(302, headers={"location": "/again"}),
            "I can't reach the service. Maybe the network is down.",
        ),
        (
            lambda request: httpx2.Response(200, headers={"content-encoding": "gzip"}, stream=httpx2.ByteStream(b"x")),
            "I can't reach the service. Maybe the network is down.",
        ),
    ],
)
def test_a_network_that_fails_is_a_sentence(answer: Handler, sentence: str) -> None:
    """Offline, broken off, too large, endless redirects, packed answers: something one can say."""
    with pytest.raises(SkillError) as caught:
        get(answer)
    assert sentence == caught.value.sentence


class Endless:
    async def send(self, request: Request, max_bytes: int) -> Answer:
        await asyncio.Event().wait()
        raise UnreachableError


def test_a_slow_service_is_a_sentence() -> None:
    """After the time that the skill gave."""
    slow = DeclaredHttp("weather", ("api.example.com",), Endless, lambda: None)
    with pytest.raises(SkillError, match="took too long"):
        asyncio.run(slow.get("https://api.example.com/", timeout_s=0.0))


def test_an_answer_that_is_no_json() -> None:
    """The skill need not think of it."""
    with pytest.raises(SkillError, match="could not read"):
        get(lambda request: httpx2.Response(200, text="<html>")).json()


def test_an_answer_for_a_call_that_is_over() -> None:
    """A call that ended meanwhile gets nothing."""
    states = iter([None, SkillError("over")])

    def check() -> None:
        if error := next(states):
            raise error

    with pytest.raises(SkillError, match="over"):
        asyncio.run(http(echo, check).get("https://api.example.com/"))


class Weather(Skill):
    @tool()
    async def everything(self, what: str) -> Reply:
        """Use what there is."""
        context = self.context
        context.log("used", count=1, code="a.b-c", words="what a person said", other=[what])
        said = (context.t("done", what="All"), context.language, context.said, context.examples["weather"][0])
        card = Card(title="All", items=("a", "b"))
        return Reply(speech=" ".join(said), data={"now": context.now().isoformat()}, card=card)

    @tool()
    async def beyond(self, what: str) -> Reply:
        """Use what there is not."""
        if what == "cloud":
            await self.context.cloud("Hello?")
        if what == "plan":
            self.context.plan.look()
        if what == "done":
            await self.context.offer("images")
            return Reply(speech="All done.")
        return Reply(speech=self.context.t(what))

    @tool()
    async def fetch(self) -> Reply:
        """Go where it may not."""
        return Reply(speech=(await self.context.http.get("https://evil.example")).text)

    @tool()
    async def keep(self) -> Reply:
        """Keep more than there is room for."""
        self.context.store.set("a", "x" * 2000)
        return Reply(speech="Kept.")


def test_a_skill_in_its_context(make: Any) -> None:
    """Texts, language, examples, the moment, and a card beside the words."""
    bench = make(Weather)
    bench.lent.said = "Hello."
    result = asyncio.run(bench.run("weather.everything", what="pizza"))
    assert "All done. en Hello. Try it." == result.speech
    assert {"title": "All", "text": "", "image": "", "items": ("a", "b")} == result.data["card"]
    assert dt.datetime.fromisoformat(result.data["now"]) == bench.lent.now()


@pytest.mark.parametrize(
    ("tool", "what", "sentence", "code"),
    [
        ("beyond", "cloud", "No cloud model is set up on this device.", "not_available"),
        ("beyond", "plan", "No plan can be had here: no service for one is set up.", "not_available"),
        ("beyond", "nothing", "A text of this skill is missing: nothing, 'nothing'.", "skill"),
        ("fetch", None, "The weather skill has no permission to reach evil.example.", "skill"),
        ("keep", None, "I can't keep any more: the storage of this skill is full.", "skill"),
    ],
)
def test_what_is_not_to_be_had_is_a_sentence(make: Any, tool: str, what: str, sentence: str, code: str) -> None:
    """Denied, full, not available: spoken as it is, and no strike."""
    arguments = {"what": what} if what else {}
    result = asyncio.run(make(Weather).run(f"weather.{tool}", **arguments))
    assert (False, sentence, code) == (result.ok, result.speech, result.error)
    assert NotAvailable.code == "not_available"


def test_what_a_plan_would_have_added_is_noted(make: Any) -> None:
    """With the result, for whoever ends the answer; the skill itself says nothing of it."""
    bench = make(Weather)
    result = asyncio.run(bench.run("weather.beyond", what="done"))
    assert (True, "All done.", "images") == (result.ok, result.speech, result.missed)
    assert "" == asyncio.run(bench.run("weather.everything", what="pizza")).missed


def test_the_log_of_a_skill_holds_no_words(make: Any, tmp_path: Path) -> None:
    """Numbers and short codes stay, what a person may have said does not; the file is private and bounded."""
    bench = make(Weather)
    asyncio.run(bench.run("weather.everything", what="pizza"))
    file = tmp_path / "state" / "skills-data" / "weather" / "skill.log"
    line = json.loads(file.read_text())
    assert {"message": "used", "count": 1, "code": "a.b-c"} == {key: line[key] for key in line if key != "at"}
    assert 0o600 == file.stat().st_mode & 0o777
    file.write_text("x" * (MAX_LOG_BYTES + 1))
    asyncio.run(bench.run("weather.everything", what="pizza"))
    assert file.stat().st_size < 1000


def test_two_skills_do_not_share_a_store(make: Any) -> None:
    """Each has its own file (S8)."""

    class One(Skill):
        @tool()
        async def put(self) -> Reply:
            """Put."""
            self.context.store.set("a", "mine")
            return Reply(speech="Put.")

    class Two(Skill):
        @tool()
        async def look(self) -> Reply:
            """Look."""
            return Reply(speech=str(self.context.store.get("a", "nothing")))

    bench = make(One, Two)
    asyncio.run(bench.run("one.put"))
    assert "nothing" == asyncio.run(bench.run("two.look")).speech


MANIFEST = """
id = "lamp"
version = "1.0.0"
api = 1
languages = ["en"]
summary = "dim lamps"
examples = ["Dim the lamp."]
"""


def test_a_manifest_declares_what_it_may() -> None:
    """Nothing is allowed that is not written down."""
    assert (0, (), False) == _allowed(parse_manifest(MANIFEST))
    more = 'tier = "premium"\noffline = false\n[permissions]\nnetwork = ["api.example.com"]\nstorage_kb = 256'
    assert (256, ("api.example.com",), False) == _allowed(parse_manifest(f"{MANIFEST}{more}"))


def _allowed(manifest: Any) -> tuple[int, tuple[str, ...], bool]:
    permissions = manifest.permissions
    return permissions.storage_kb, permissions.network, permissions.notifications


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ('tier = "plus"', "tier"),
        ("permissions = []", "permissions"),
        ("[permissions]\nroot = true", "permissions.root"),
        ('[permissions]\nnetwork = ["*"]', "permissions.network.0"),
        ('[permissions]\nnetwork = ["https://api.example.com"]', "permissions.network.0"),
        ('[permissions]\nnetwork = ["Api.example.com"]', "permissions.network.0"),
        ('[permissions]\nfiles = ["read:/etc"]', "permissions.files.0"),
        ("[permissions]\nstorage_kb = 999999", "permissions.storage_kb"),
        ("[permissions]\nstorage_kb = -1", "permissions.storage_kb"),
        (f'note = "{"x" * 70_000}"', "far too long"),
    ],
)
def test_a_bad_manifest_names_the_place(more: str, place: str) -> None:
    """Unknown keys and values that do not fit are errors that say where."""
    with pytest.raises(SkillLoadError, match=place.replace(".", r"\.")):
        parse_manifest(f"{MANIFEST}{more}\n")


@pytest.mark.parametrize(
    "fields",
    [
        {"speech": "Done.", "tool": "door.unlock"},
        {"speak": "Done."},
        {"speech": 3},
        {"speech": "x" * 5000},
        {"speech": "Done.", "data": []},
        {"speech": "Done.", "ask": None},
        {"speech": "Done.", "card": {"title": "x", "html": "<b>"}},
        {"speech": "Done.", "card": {"items": [1]}},
        ["Done."],
        None,
    ],
)
def test_a_malformed_reply_is_refused_whole(fields: object) -> None:
    """T5: what a reply may not hold is no reply."""
    with pytest.raises(SkillError):
        reply_of(fields)


def test_a_reply_from_a_process_of_its_own() -> None:
    """What fits comes back as it was meant."""
    fields: Mapping[str, Any] = {"speech": "Done.", "data": {"a": 1}, "ask": "", "card": {"title": "T", "items": ["a"]}}
    expected = Reply(speech="Done.", data={"a": 1}, card=Card(title="T", items=("a",)))
    assert expected == reply_of(fields)


def test_the_switches_are_shared(tmp_path: Path) -> None:
    """What one process switches, the other sees at once; a damaged file switches nothing off."""
    daemon, command = Switches(tmp_path / "off.json"), Switches(tmp_path / "off.json")
    daemon.disable("lamp", "It failed.")
    assert ("It failed.", "") == (command.reason("lamp"), command.reason("clock"))
    assert (True, False) == (command.enable("lamp"), command.enable("lamp"))
    assert {} == daemon.all()
    (tmp_path / "off.json").write_text("{")
    assert {} == Switches(tmp_path / "off.json").all()
