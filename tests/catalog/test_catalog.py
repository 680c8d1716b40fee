"""The catalog refuses what is not published, keeps what works, and knows what lies on disk."""

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.catalog import Catalog, default_tier, free_memory_bytes
from assistant.catalog.manifest import ModelFile
from assistant.catalog.part import PartFile, WrongBytesError
from assistant.errors import DiskFullError, ModelError

pytestmark = pytest.mark.unit

RIGHT = b"GGUF" + bytes(range(256)) * 40
OTHER = RIGHT[:-1] + b"\x00"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_shipped_tiers_name_what_the_loop_needs(tmp_path: Path) -> None:
    """Each tier has one recogniser, one talker and one voice that can be pulled."""
    catalog = Catalog.load(tmp_path)
    by_role = {
        tier: {catalog.entry(i).role: i for i in catalog.tier_ids(tier) if catalog.entry(i).tried}
        for tier in ("small", "standard")
    }
    assert ("whisper-tiny.en", "qwen2.5-coder-0.5b-instruct-q4_k_m") == (
        by_role["small"]["asr"],
        by_role["small"]["talker"],
    )
    assert ("whisper-base", "qwen2.5-coder-1.5b-instruct-q4_k_m") == (
        by_role["standard"]["asr"],
        by_role["standard"]["talker"],
    )
    assert {"en_US-joe-medium"} == {tier["tts"] for tier in by_role.values()}
    tested = {"whisper-base", "whisper-tiny.en", "qwen2.5-coder-1.5b-instruct-q4_k_m", "smollm2-135m-instruct-q4_1"}
    assert tested <= set(catalog.tier_ids("test"))


def test_shipped_parts_are_numbered_from_one_without_gaps(tmp_path: Path) -> None:
    """Parts are joined as listed, so the list must be in numeric order."""
    for entry in Catalog.load(tmp_path).entries:
        for file in entry.files:
            numbers = [int(n) for part in file.parts for n in re.findall(r"part(\d+)==", part.wheel)]
            expected = list(range(1, len(file.parts) + 1)) if len(file.parts) > 1 else numbers
            assert expected == numbers


def test_shipped_models_that_were_tried_have_checksums_and_a_source(tmp_path: Path) -> None:
    """What we call tried can be fetched and checked; whisper-small says why it cannot be."""
    catalog = Catalog.load(tmp_path)
    for entry in catalog.entries:
        if entry.tried:
            assert [] == entry.unknown_files
            assert entry.package or entry.repo or all(file.parts for file in entry.files)
    with pytest.raises(ModelError, match=r"checksums of config\.json"):
        catalog.pull(["whisper-small"])
    assert "whisper-small" not in catalog.tier_ids("large")


def test_unknown_id_names_the_nearest(tmp_path: Path) -> None:
    """A typing error is answered with the id that was meant."""
    with pytest.raises(ModelError, match=r"Did you mean whisper-base\?"):
        Catalog.load(tmp_path).entry("Wisper-base")
    with pytest.raises(ModelError, match="Tiers are: large, small, standard, test"):
        Catalog.load(tmp_path).tier_ids("huge")


def test_pull_from_a_folder_verifies_and_remembers(shop) -> None:
    """A file that the user brought is checked, named and marked; progress ends with all bytes."""
    shop.add("tiny", {"tiny.gguf": RIGHT, "config.json": b"{}"})
    (shop.local / "tiny.gguf").write_bytes(RIGHT)
    (shop.local / "tiny").mkdir()
    (shop.local / "tiny" / "config.json").write_bytes(b"{}")
    catalog, seen = shop.catalog(), []
    catalog.pull(["tiny"], local=shop.local, progress=lambda *step: seen.append(step))
    assert shop.models / "tiny" == catalog.path("tiny")
    assert [".verified.json", "config.json", "tiny.gguf"] == names(shop.models / "tiny")
    assert ("tiny", len(RIGHT) + 2, len(RIGHT) + 2) == seen[-1]
    assert sorted(seen) == seen
    status = catalog.status("tiny")
    assert (True, True, len(RIGHT) + 2) == (status.present, status.verified, status.bytes_on_disk)


@pytest.mark.parametrize("wrong", [OTHER, RIGHT[:-1], RIGHT + b"x", b""], ids=["byte", "short", "long", "empty"])
def test_wrong_bytes_are_refused_and_the_old_model_stays(shop, wrong: bytes) -> None:
    """Whatever comes instead of the published file never takes its name."""
    shop.add("tiny", {"tiny.gguf": RIGHT})
    old = shop.put("tiny", "tiny.gguf", b"GGUF an older version that works")
    (shop.local / "tiny.gguf").write_bytes(wrong)
    with pytest.raises(WrongBytesError):
        shop.catalog().pull(["tiny"], local=shop.local)
    assert b"GGUF an older version that works" == old.read_bytes()


def test_a_flipped_byte_is_found_even_with_the_old_time(shop) -> None:
    """The start-up check is by file times, and one of them cannot be set back."""
    shop.add("tiny", {"tiny.gguf": RIGHT})
    path, catalog = shop.put("tiny", "tiny.gguf", RIGHT), shop.catalog()
    catalog.path("tiny")
    before = path.stat()
    path.write_bytes(OTHER)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(ModelError, match=r"tiny\.gguf is not the published file.*pull tiny"):
        catalog.path("tiny")
    assert ["damaged"] == [check.state for check in catalog.verify(["tiny"])]
    assert (True, False) == (catalog.status("tiny").present, catalog.status("tiny").verified)


def test_only_what_changed_is_hashed_again(shop) -> None:
    """A marker that fits the file is believed without reading it; `verify` reads it all the same."""
    shop.add("tiny", {"tiny.gguf": RIGHT})
    path, catalog = shop.put("tiny", "tiny.gguf", RIGHT), shop.catalog()
    catalog.path("tiny")
    marker = shop.models / "tiny" / ".verified.json"
    path.write_bytes(OTHER)
    status, content = path.stat(), json.loads(marker.read_text())
    content["tiny.gguf"] |= {"mtime_ns": status.st_mtime_ns, "ctime_ns": status.st_ctime_ns}
    marker.write_text(json.dumps(content))
    assert shop.models / "tiny" == catalog.path("tiny")
    assert ["damaged"] == [check.state for check in catalog.verify(["tiny"])]


def test_a_missing_model_names_the_command_that_brings_it(shop) -> None:
    """Nobody has to guess what to type."""
    shop.add("tiny", {"tiny.gguf": RIGHT})
    with pytest.raises(ModelError, match=r"not on this machine.*assistant models pull tiny"):
        shop.catalog().path("tiny")


def test_a_link_is_no_model_file(shop) -> None:
    """A link in place of a model file or of a provisional one is refused and its target is left alone."""
    shop.add("tiny", {"tiny.gguf": RIGHT})
    target = shop.root / "target"
    target.write_bytes(RIGHT)
    (shop.models / "tiny").mkdir(parents=True)
    (shop.models / "tiny" / "tiny.gguf").symlink_to(target)
    catalog = shop.catalog()
    with pytest.raises(ModelError, match="not the published file"):
        catalog.path("tiny")
    (shop.models / "tiny" / "tiny.gguf.part").symlink_to(target)
    with pytest.raises(ModelError, match="is a link: refused"):
        catalog.pull(["tiny"], local=target)
    assert RIGHT == target.read_bytes()


def test_a_file_exchanged_after_the_check_gets_no_name(shop) -> None:
    """The hash and the name belong to the same open file: a swap in between is refused and the old model stays."""
    old = shop.put("tiny", "tiny.gguf", b"old")
    evil = shop.put("tiny", "evil", OTHER)
    file = ModelFile(name="tiny.gguf", bytes=len(RIGHT), sha256=hashlib.sha256(RIGHT).hexdigest())
    with PartFile(old, file) as part:
        part.append(RIGHT)
        provisional = old.with_name("tiny.gguf.part")
        provisional.unlink()
        provisional.symlink_to(evil)
        with pytest.raises(WrongBytesError, match="exchanged"):
            part.commit()
    assert b"old" == old.read_bytes()
    assert OTHER == evil.read_bytes()


def test_a_pickle_is_refused_by_its_first_bytes(shop) -> None:
    """Right checksum and harmless name do not help what could run code; its usual names cannot even be listed."""
    pickled = b"\x80\x04cos\nsystem\n."
    shop.add("bad", {"model.bin": pickled})
    (shop.local / "model.bin").write_bytes(pickled)
    with pytest.raises(ModelError, match="pickle"):
        shop.catalog().pull(["bad"], local=shop.local)
    assert not (shop.models / "bad" / "model.bin").exists()
    shop.add("worse", {"model.pt": b"x"})
    with pytest.raises(ModelError, match=r"model\.pt is not in a format"):
        shop.catalog()


@pytest.mark.parametrize("name", ["../up.gguf", "a/b.gguf", ".hidden.gguf", "/etc/x.gguf"])
def test_a_manifest_cannot_name_a_place_outside(shop, name: str) -> None:
    """File names are plain names."""
    shop.add("bad", {name: RIGHT})
    with pytest.raises(ModelError, match=r"wrong at model"):
        shop.catalog()


def test_a_full_disk_during_the_pull_leaves_no_debris(shop) -> None:
    """When writing fails for want of room, the provisional file goes and the old model stays."""
    shop.add("big", {"big.gguf": RIGHT * 400})
    old = shop.put("big", "big.gguf", b"GGUF old")
    (shop.local / "big.gguf").write_bytes(RIGHT * 400)
    shop.catalog()
    code = """
import resource, sys
from pathlib import Path
from assistant.catalog import Catalog
from assistant.errors import DiskFullError
catalog = Catalog.load(Path(sys.argv[1]), Path(sys.argv[2]))
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
try:
    catalog.pull(["big"], local=Path(sys.argv[3]))
except DiskFullError as error:
    print(error)
"""
    with python(code, shop.models, shop.manifest, shop.local) as process:
        out, err = process.communicate(timeout=60)
    assert "" == err
    assert "is full: big.gguf could not be stored. Free some space" in out
    assert b"GGUF old" == old.read_bytes()
    assert ["big.gguf"] == names(shop.models / "big")


def test_too_little_room_is_told_before_the_start(shop) -> None:
    """The sentence says how much is missing, and nothing is written."""
    shop.add("huge", {"huge.gguf": b""})
    shop.entries[0]["file"][0]["bytes"] = 10**15
    with pytest.raises(DiskFullError, match=r"1,000,000,\d+\.\d MB .* are missing"):
        shop.catalog().pull(["huge"])
    assert [".lock"] == names(shop.models)


def test_two_pulls_at_once_end_with_one_right_model(shop) -> None:
    """The second process waits for the first and finds the work done."""
    shop.add("big", {"big.gguf": RIGHT * 2000})
    (shop.local / "big.gguf").write_bytes(RIGHT * 2000)
    catalog = shop.catalog()
    code = """
import sys
from pathlib import Path
from assistant.catalog import Catalog
Catalog.load(Path(sys.argv[1]), Path(sys.argv[2])).pull(["big"], local=Path(sys.argv[3]))
"""
    both = [python(code, shop.models, shop.manifest, shop.local) for _ in range(2)]
    errors = [process.communicate(timeout=60)[1] for process in both]
    assert [0, 0] == [process.returncode for process in both], errors
    assert shop.models / "big" == catalog.path("big")
    assert [".verified.json", "big.gguf"] == names(shop.models / "big")


def test_remove_takes_only_its_own_files(shop) -> None:
    """A stranger's file in the folder stays; a model alone in its folder takes the folder with it."""
    shop.add("one", {"one.gguf": RIGHT})
    shop.add("two", {"two.gguf": RIGHT})
    shop.put("one", "one.gguf", RIGHT)
    shop.put("two", "two.gguf", RIGHT)
    shop.put("two", "notes.md", b"mine")
    shop.catalog().remove(["one", "two"])
    assert [".lock", "two"] == names(shop.models)
    assert ["notes.md"] == names(shop.models / "two")


def test_wake_words_are_found_without_importing_their_package(tmp_path: Path) -> None:
    """The words lie in an installed package, whose native library is not loaded to look for them."""
    code = """
import sys
from pathlib import Path
from assistant.catalog import Catalog
catalog = Catalog.load(Path(sys.argv[1]))
folders = {catalog.path(entry.id) for entry in catalog.entries if entry.role == "wake"}
catalog.pull(["okay_nabu"])
print(len(folders), (folders.pop() / "okay_nabu.tflite").is_file(), "pymicro_wakeword" in sys.modules)
"""
    with python(code, tmp_path / "none") as process:
        out, err = process.communicate(timeout=60)
    assert ("1 True False\n", "") == (out, err)
    with pytest.raises(ModelError, match="part of the package"):
        Catalog.load(tmp_path).remove(["okay_nabu"])


def test_a_package_that_is_missing_or_different_is_named(shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A word that cannot be had, or is not the listed one, says which package to install."""
    package = {"distribution": "words==1.0", "module": "assistant_test_words", "folder": "models"}
    shop.add("word", {"w.tflite": RIGHT}, package=package)
    catalog = shop.catalog()
    with pytest.raises(ModelError, match=r"not on this machine\. Install words==1\.0"):
        catalog.pull(["word"])
    assert (False, None) == (catalog.status("word").present, catalog.status("word").folder)
    folder = shop.root / "site" / "assistant_test_words" / "models"
    folder.mkdir(parents=True)
    folder.with_name("__init__.py").touch()
    monkeypatch.syspath_prepend(shop.root / "site")
    (folder / "w.tflite").write_bytes(OTHER)
    with pytest.raises(ModelError, match=r"is damaged: w\.tflite.*Install words==1\.0"):
        catalog.path("word")
    (folder / "w.tflite").write_bytes(RIGHT)
    assert folder == catalog.path("word")
    assert ["w.tflite"] == names(folder)


def test_a_model_for_another_platform_is_left_out(shop) -> None:
    """A binary for another machine is in no tier here and is refused by name."""
    shop.add("alien", {"lib.so": b"\x7fELF"}, platforms=["plan9-vax-other"])
    assert [] == shop.catalog().tier_ids("test")
    with pytest.raises(ModelError, match="runs only on plan9-vax-other"):
        shop.catalog().pull(["alien"])


def test_standard_starts_at_four_gigabytes() -> None:
    """The larger models are the default only where they fit."""
    assert ("small", "standard") == (default_tier(3_999_999_999), default_tier(4_000_000_000))
    assert free_memory_bytes() > 0


def test_a_models_folder_that_cannot_be_made_is_told_in_one_sentence(shop) -> None:
    """No traceback where the path of the models is a file."""
    shop.models.write_bytes(b"a file, not a folder")
    shop.add("tiny", {"tiny.gguf": RIGHT})
    with pytest.raises(ModelError, match="cannot be changed"):
        shop.catalog().pull(["tiny"])
