"""The publisher's repository: the right revision, resumed, bounded, and never an address inside the house."""

import socket

import pytest

from assistant.catalog import FetchPolicy
from assistant.errors import ModelError

pytestmark = pytest.mark.unit

REVISION = "0123456789abcdef0123456789abcdef01234567"
CONTENT = bytes(range(256)) * 4000
URL = f"/some/repo/resolve/{REVISION}/model.bin"


@pytest.fixture
def stocked(shop, hub):
    """The shop with one model of one file, and the server that has it."""
    shop.add("far", {"model.bin": CONTENT}, repo="some/repo", revision=REVISION)
    hub.contents[URL] = CONTENT
    return shop


def test_a_file_comes_by_its_revision(stocked, hub) -> None:
    """The address names repository, revision and path; one request suffices."""
    catalog = stocked.catalog(hub.policy)
    catalog.pull(["far"])
    assert CONTENT == (catalog.path("far") / "model.bin").read_bytes()
    assert [(URL, None)] == hub.asked


def test_a_broken_connection_is_taken_up_where_it_broke(stocked, hub) -> None:
    """Two breaks cost two more requests, each for the rest only."""
    hub.cut = [300_000, 200_000]
    catalog = stocked.catalog(hub.policy)
    catalog.pull(["far"])
    assert CONTENT == (catalog.path("far") / "model.bin").read_bytes()
    assert [None, "bytes=300000-", "bytes=500000-"] == [span for _, span in hub.asked]


def test_an_older_attempt_is_continued(stocked, hub) -> None:
    """The provisional file of a killed pull is not thrown away."""
    stocked.put("far", "model.bin.part", CONTENT[:700_000])
    catalog = stocked.catalog(hub.policy)
    catalog.pull(["far"])
    assert CONTENT == (catalog.path("far") / "model.bin").read_bytes()
    assert ["bytes=700000-"] == [span for _, span in hub.asked]


@pytest.mark.parametrize("begun", [b"\xff" * 1000, CONTENT + b"more"], ids=["wrong", "longer"])
def test_a_wrong_beginning_is_thrown_away(stocked, hub, begun: bytes) -> None:
    """If the joined file has the wrong hash, it is fetched once more from the start."""
    stocked.put("far", "model.bin.part", begun)
    catalog = stocked.catalog(hub.policy)
    catalog.pull(["far"])
    assert CONTENT == (catalog.path("far") / "model.bin").read_bytes()


def test_a_server_without_ranges_starts_over(stocked, hub) -> None:
    """The whole file in answer to a range replaces what was there."""
    hub.ranges = False
    stocked.put("far", "model.bin.part", CONTENT[:1000])
    catalog = stocked.catalog(hub.policy)
    catalog.pull(["far"])
    assert CONTENT == (catalog.path("far") / "model.bin").read_bytes()


@pytest.mark.parametrize("wrong", [CONTENT[:-1] + b"x", CONTENT + b"x" * 9_000_000], ids=["byte", "endless"])
def test_other_bytes_than_the_published_are_refused(stocked, hub, wrong: bytes) -> None:
    """A wrong byte or too many bytes: the old model stays and nothing else is left."""
    hub.contents[URL] = wrong
    old = stocked.put("far", "model.bin", b"old")
    with pytest.raises(ModelError, match="published"):
        stocked.catalog(hub.policy).pull(["far"])
    assert b"old" == old.read_bytes()
    assert ["model.bin"] == [path.name for path in old.parent.iterdir()]


@pytest.mark.parametrize(
    "target",
    [
        "http://example.org/model.bin",
        "http://169.254.169.254/latest/meta-data",
        "https://169.254.169.254/model.bin",
        "https://10.0.0.1/model.bin",
        "https://[::1]/model.bin",
        "https://[::ffff:192.168.1.1]/model.bin",
        "https://localhost/model.bin",
        "file:///etc/passwd",
        "ftp://example.org/model.bin",
    ],
)
def test_a_redirect_to_a_forbidden_address_is_not_followed(stocked, hub, target: str) -> None:
    """Only https to the outside is followed; the refusal is a sentence."""
    hub.redirects[URL] = target
    with pytest.raises(ModelError, match=r"could not be fetched.*(refused|302)"):
        stocked.catalog(hub.policy).pull(["far"])
    assert 1 == len(hub.asked)


def test_a_redirect_on_the_same_server_keeps_the_range(stocked, hub) -> None:
    """Publishers redirect to their storage; the resume survives that."""
    hub.redirects[URL] = f"{hub.origin}/storage"
    hub.contents["/storage"] = CONTENT
    stocked.put("far", "model.bin.part", CONTENT[:5])
    catalog = stocked.catalog(hub.policy)
    catalog.pull(["far"])
    assert CONTENT == (catalog.path("far") / "model.bin").read_bytes()
    assert ("/storage", "bytes=5-") == hub.asked[-1]


def test_https_checks_the_certificate_and_resumes(stocked, https_hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real path: TLS, a break, a range; and without trust in the certificate nothing is asked."""
    https_hub.contents[URL], https_hub.cut = CONTENT, [400_000]
    catalog = stocked.catalog(https_hub.policy)
    catalog.pull(["far"])
    assert CONTENT == (catalog.path("far") / "model.bin").read_bytes()
    assert [None, "bytes=400000-"] == [span for _, span in https_hub.asked]
    catalog.remove(["far"])
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(ModelError, match=r"certificate verify failed"):
        catalog.pull(["far"])
    assert 2 == len(https_hub.asked)


def test_a_name_that_leads_inside_is_refused_before_anything_is_asked(stocked, https_hub) -> None:
    """The address that was really reached counts, not how it was spelled."""
    https_hub.contents[URL] = CONTENT
    policy = FetchPolicy(endpoint=f"https://127.1:{https_hub.port}")
    with pytest.raises(ModelError, match=r"127\.0\.0\.1 is not a public one: refused"):
        stocked.catalog(policy).pull(["far"])
    assert [] == https_hub.asked


@pytest.mark.parametrize(
    "url", ["http://example.org/x", "https://user@example.org/x", "https://127.0.0.1/x", "gopher:x"]
)
def test_the_policy_allows_only_https_to_the_outside(url: str) -> None:
    """The same rule holds for the first address."""
    with pytest.raises(ModelError, match="refused"):
        FetchPolicy().check(url)
    FetchPolicy().check("https://example.org/x")


def test_the_mirror_steps_in_and_a_dead_host_is_asked_once(shop) -> None:
    """Two files of a publisher that cannot be reached come from the mirror; the second does not try it again."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    origin = f"http://127.0.0.1:{port}"
    files = {"model.bin": CONTENT, "config.json": b"{}"}
    wheel = "far-mirror==1.0"
    shop.wheel(wheel, files, shop.wheels)
    parts = {name: [shop.part(wheel, name, content)] for name, content in files.items()}
    shop.add("far", files, parts, repo="some/repo", revision=REVISION)
    catalog = shop.catalog(FetchPolicy(endpoint=origin, trusted_origins=frozenset({origin})))
    asked: list[int] = []

    def listen_after_the_first_file(_: str, done: int, __: int) -> None:
        if done >= len(CONTENT) and not asked:
            asked.append(done)
            late.bind(("127.0.0.1", port))
            late.listen()
            late.setblocking(False)

    with socket.socket() as late:
        late.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        catalog.pull(["far"], progress=listen_after_the_first_file)
        with pytest.raises(BlockingIOError):
            late.accept()
    assert b"{}" == (catalog.path("far") / "config.json").read_bytes()


def test_a_missing_file_and_no_mirror_say_so(stocked, hub) -> None:
    """The sentence names the model, the file and what each source answered."""
    hub.contents.clear()
    with pytest.raises(ModelError, match=r"model\.bin of far could not be fetched\..*404.*has no mirror"):
        stocked.catalog(hub.policy).pull(["far"])
