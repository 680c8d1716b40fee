"""`assistant models` on a small catalog of its own: JSON fields, sentences and exits that people rely on."""

import json

import pytest
from typer.testing import CliRunner

from assistant.cli.models import app
from assistant.errors import ModelError, UsageError

pytestmark = pytest.mark.unit

FIELDS = {
    *(
        "id",
        "role",
        "bytes",
        "sha256",
        "licence",
        "present",
        "verified",
        "source",
        "revision",
        "path",
        "tried",
        "tiers",
    ),
}
RIGHT = b"GGUF right"


@pytest.fixture
def run(shop):
    """Runs the command on a catalog of two models, `one` (here) and `two` (in the user's folder)."""
    shop.add("one", {"one.gguf": RIGHT}, tiers=["small"])
    shop.add("two", {"two.gguf": RIGHT}, tiers=["small", "test"])
    shop.put("one", "one.gguf", RIGHT)
    (shop.local / "two.gguf").write_bytes(RIGHT)

    def call(*arguments: object):
        return CliRunner().invoke(app, [str(argument) for argument in arguments], obj=shop.catalog())

    return call


@pytest.mark.parametrize("command", [[], ["list"], ["pull"], ["verify"], ["remove"]])
def test_every_help_has_an_example(run, command: list[str]) -> None:
    """Help shows how the command is typed."""
    result = run(*command, "--help")
    assert 0 == result.exit_code
    assert "Example: assistant models" in result.stdout


def test_list_has_the_fields_that_stay(run) -> None:
    """One object per model; the main file's checksum is its checksum."""
    records = [json.loads(line) for line in run("list", "--json").stdout.splitlines()]
    assert ["one", "two"] == [record["id"] for record in records]
    assert all(set(record) >= FIELDS for record in records)
    assert [(True, False), (False, False)] == [(record["present"], record["verified"]) for record in records]
    assert "one" in run("list").stdout


def test_list_of_the_shipped_catalog(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a home and without models the shipped catalog is told all the same."""
    monkeypatch.setenv("ASSISTANT_HOME", str(tmp_path))
    monkeypatch.delenv("ASSISTANT_MODELS", raising=False)
    result = CliRunner().invoke(app, ["list", "--json"])
    records = {record["id"]: record for record in map(json.loads, result.stdout.splitlines())}
    assert str(tmp_path / "cache" / "models" / "whisper-base") == records["whisper-base"]["path"]
    assert records["okay_nabu"]["verified"]
    assert [] == list(tmp_path.iterdir())


def test_pull_prints_one_line_per_finished_model(run, shop) -> None:
    """In a pipe there are no bars: a line for what came and a line for what was there."""
    result = run("pull", "two", "one", "--from", shop.local)
    assert 0 == result.exit_code, result.exception
    lines = result.stdout.splitlines()
    assert ["two: 0.0 MB, pulled in", "one: 0.0 MB,"] == [lines[0][:22], lines[1][:12]]


def test_pull_with_json_keeps_words_off_stdout(run, shop) -> None:
    """Stdout is for machines, the line for people goes to stderr."""
    result = run("pull", "--tier", "test", "--from", shop.local, "--json")
    record = json.loads(result.stdout)
    assert ("two", True, True) == (record["id"], record["verified"], record["pulled"])
    assert "two: " in result.stderr


def test_pull_refuses_before_it_starts(run, shop) -> None:
    """An unknown id among good ones: nothing is fetched; an unknown tier is wrong usage; a wrong byte is a sentence."""
    assert "Did you mean two?" in str(run("pull", "two", "twoo", "--from", shop.local).exception)
    assert not (shop.models / "two").exists()
    wrong_tier = run("pull", "--tier", "none").exception
    assert isinstance(wrong_tier, UsageError)
    assert "Tiers are: small, test." == wrong_tier.fix
    (shop.local / "two.gguf").write_bytes(RIGHT[:-1] + b"x")
    assert isinstance(run("pull", "two", "--from", shop.local).exception, ModelError)
    assert isinstance(run("pull", "two", "--from", shop.local / "nowhere").exception, ModelError)


def test_verify_tells_the_damaged_one_and_how_to_mend_it(run, shop) -> None:
    """Without ids everything that is here is read; a damaged model fails the command."""
    assert "one: ok\n" == run("verify").stdout
    shop.put("one", "one.gguf", RIGHT[:-1] + b"x")
    result = run("verify", "--json")
    assert {"one.gguf": "damaged"} == json.loads(result.stdout)["files"]
    assert "assistant models pull one" in str(result.exception)


def test_remove_frees_the_disk(run, shop) -> None:
    """The file is gone and the freed bytes are told."""
    record = json.loads(run("remove", "one", "--json").stdout)
    assert (False, len(RIGHT)) == (record["present"], record["freed_bytes"])
    assert not (shop.models / "one").exists()
