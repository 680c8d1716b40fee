"""The rules about permissions, grants and names; signatures and the publishers that are trusted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.skillbox.consent import check_grants, distance, sentences, widened
from assistant.skillbox.files import PackageError, digest
from assistant.skillbox.signing import Publishers, SignatureError, new_key, read_publisher, sign, signer_of
from assistant.skillhost.manifest import Permissions

pytestmark = pytest.mark.unit

FILES = {"skill.toml": b"id = 'x'", "a/b.py": b"1"}


def test_every_permission_has_a_sentence() -> None:
    """Nothing can be asked for that the user would not read."""
    everything = Permissions(
        network=("a.example",), files=("read:music", "write:notes"), devices=("lamp",), storage_kb=4, notifications=True
    )
    assert 6 == len(sentences(everything))
    assert [] == widened(everything, everything)
    assert sentences(everything) == widened(Permissions(), everything)


def test_write_includes_read() -> None:
    """Who may change a folder may read it; not the other way round."""
    assert [] == widened(Permissions(files=("write:notes",)), Permissions(files=("read:notes",)))
    assert 1 == len(widened(Permissions(files=("read:notes",)), Permissions(files=("write:notes",))))


def test_grants_are_real_folders_that_hold_nothing_of_ours(tmp_path: Path) -> None:
    """A grant is asked for, exists, and neither contains the assistant's own data nor lies inside."""
    (tmp_path / "state" / "skills").mkdir(parents=True)
    (tmp_path / "music").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "state")
    asked, private = Permissions(files=("read:music",), devices=("lamp",)), [tmp_path / "state"]
    assert {"music": str(tmp_path / "music")} == check_grants(asked, {"music": str(tmp_path / "music")}, private)
    wrong = {
        "photos": (tmp_path / "music", "does not ask"), "music": (tmp_path / "nowhere", "no folder"),
        "lamp": ("/dev/mem", "no device"),
    }  # fmt: skip
    for name, (path, why) in wrong.items():
        with pytest.raises(PackageError, match=why):
            check_grants(asked, {name: str(path)}, private)
    for path in (tmp_path, tmp_path / "state" / "skills", tmp_path / "link"):
        with pytest.raises(PackageError, match="own data"):
            check_grants(asked, {"music": str(path)}, private)


@given(st.text(alphabet="abc", max_size=6), st.text(alphabet="abc", max_size=6))
def test_distance_counts_edits(one: str, other: str) -> None:
    """It is symmetric, zero only for equal words, at most the longer length, at least the difference of lengths."""
    found = distance(one, other)
    assert found == distance(other, one)
    assert (found == 0) == (one == other)
    assert abs(len(one) - len(other)) <= found <= max(len(one), len(other))


def test_a_signature_holds_for_exactly_these_files(tmp_path: Path) -> None:
    """A changed byte, another name, a file more or less: the signature no longer fits."""
    ada = new_key(tmp_path / "key", "Ada")
    signed = FILES | {"skill.sig": sign(FILES, tmp_path / "key")}
    assert ada.key == signer_of(signed)
    assert signer_of(FILES) is None
    changes = [{"a/b.py": b"2"}, {"new": b""}, {"skill.sig": b"x"}, {"skill.sig": signed["skill.sig"] + b"more = 1\n"}]
    for change in changes:
        with pytest.raises(SignatureError):
            signer_of(signed | change)
    moved = {name.replace("a/b", "a/c"): content for name, content in signed.items()}
    with pytest.raises(SignatureError, match="does not fit"):
        signer_of(moved)


def test_the_digest_tells_names_from_contents() -> None:
    """Moving a byte from a name to its content gives another digest."""
    assert digest({"a": b"bc"}) != digest({"ab": b"c"})
    assert digest({"a": b"", "b": b"x"}) != digest({"a": b"x", "b": b""})


def test_keys_are_private_and_never_overwritten(tmp_path: Path) -> None:
    """The private key is readable by its owner alone, and an existing one stays."""
    new_key(tmp_path / "key", "Ada")
    assert 0o600 == (tmp_path / "key").stat().st_mode & 0o777
    with pytest.raises(SignatureError, match="exists"):
        new_key(tmp_path / "key", "Ada")
    with pytest.raises(SignatureError, match="no private key"):
        sign(FILES, tmp_path / "key.pub")


def test_trust_is_by_key_and_survives_bad_files(tmp_path: Path) -> None:
    """A trusted key is found again; a file that is no key counts for nothing."""
    ada = new_key(tmp_path / "key", "Ada Lovelace")
    publishers = Publishers(tmp_path / "trusted")
    assert {} == publishers.trusted()
    assert ada == publishers.trust(tmp_path / "key.pub")
    (tmp_path / "trusted" / "broken.pub").write_text("x")
    assert {ada.key: ada} == publishers.trusted()
    with pytest.raises(SignatureError, match="no publisher's key"):
        read_publisher(tmp_path / "key")


def test_the_daemon_needs_no_signatures_to_start() -> None:
    """The library of signatures is loaded only where there is something signed."""
    code = "import sys, assistant.skillbox.loading; sys.exit('cryptography' in sys.modules)"
    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode
