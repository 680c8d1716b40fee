"""S4 to S6: what is wrong with a package is found before a byte of it is written, and nothing of it ever runs."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.skillbox.files import PackageError
from assistant.skillbox.package import Package, Shelf, read_package
from assistant.skillbox.signing import new_key, sign

pytestmark = pytest.mark.unit

TOML = """id = "{id}"
version = "{version}"
api = 1
languages = ["en"]
summary = "A skill for the tests."
examples = ["say hello"]

[permissions]
{permissions}
"""
OURS = ("clock", "timer", "calculator", "help")


def files(id: str = "greeter", version: str = "1.0.0", permissions: str = "") -> dict[str, bytes]:
    return {
        "skill.toml": TOML.format(id=id, version=version, permissions=permissions).encode(),
        "__init__.py": b"raise SystemExit('imported')\n",
        "locale/en.toml": b'hello = "hello."\n',
    }


def folder(place: Path, content: dict[str, bytes]) -> Path:
    for name, data in content.items():
        (place / "greeter" / name).parent.mkdir(parents=True, exist_ok=True)
        (place / "greeter" / name).write_bytes(data)
    return place


def wheel(place: Path, extra: Callable[[zipfile.ZipFile], None] = lambda archive: None, needs: str = "") -> str:
    file = place / "greeter-1.0.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files().items():
            archive.writestr(f"greeter/{name}", data)
        archive.writestr("greeter-1.0.0.dist-info/METADATA", f"Name: greeter\nVersion: 1.0.0\n{needs}\n")
        extra(archive)
    return str(file)


def entry(name: str, kind: int = stat.S_IFREG, data: bytes = b"x") -> Callable[[zipfile.ZipFile], None]:
    def add(archive: zipfile.ZipFile) -> None:
        about = zipfile.ZipInfo("x")
        about.filename = name
        about.external_attr = (kind | 0o644) << 16
        archive.writestr(about, data)

    return add


def test_a_wheel_and_a_folder_are_the_same_package(tmp_path: Path) -> None:
    """The same files have the same digest, wherever they come from."""
    one, other = read_package(wheel(tmp_path)), read_package(str(folder(tmp_path, files())))
    assert one.digest == other.digest
    assert ("greeter", "greeter") == (one.name, other.name)


BAD_NAMES = [
    "greeter/../../evil.py", "../evil.py", "/etc/cron.d/evil", "C:\\evil.py", "greeter\\..\\evil.py", "greeter/a\nb.py",
    "greeter/.hidden", "greeter/" + "a" * 300, "greeter/a/b/c/d/e/f/g/h.py", "greeter/évil.py", "greeter//a.py",
]  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES)
def test_s4_names_that_leave_the_folder_are_refused(name: str, tmp_path: Path) -> None:
    """S4: zip-slip, absolute paths, backslashes, control signs."""
    with pytest.raises(PackageError, match="not allowed"):
        read_package(wheel(tmp_path, entry(name)))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
def test_s4_links_and_devices_in_a_wheel_are_refused(kind: int, tmp_path: Path) -> None:
    """S4: an entry that is no plain file."""
    with pytest.raises(PackageError, match="link or a device"):
        read_package(wheel(tmp_path, entry("greeter/data", kind)))


@pytest.mark.parametrize("how", ["symlink", "folder symlink", "hardlink", "fifo"])
def test_s4_links_and_devices_in_a_folder_are_refused(how: str, tmp_path: Path) -> None:
    """S4: a folder with a link to the user's key is not copied."""
    place = folder(tmp_path / "package", files())
    (tmp_path / "key").write_text("secret")
    made = {
        "symlink": lambda path: path.symlink_to(tmp_path / "key"),
        "folder symlink": lambda path: path.symlink_to(tmp_path),
        "hardlink": lambda path: path.hardlink_to(tmp_path / "key"),
        "fifo": os.mkfifo,
    }
    made[how](place / "greeter" / "data")
    with pytest.raises(PackageError, match="plain files only"):
        read_package(str(place))


def test_s4_names_that_collide_are_refused(tmp_path: Path) -> None:
    """S4: two names that are one on a disk that ignores case, files or folders; a name twice."""
    for name in ("greeter/SKILL.toml", "greeter/Locale/de.toml"):
        with pytest.raises(PackageError, match="same on some disks"):
            read_package(wheel(tmp_path, entry(name)))
    with pytest.warns(UserWarning, match="Duplicate"):
        file = wheel(tmp_path, entry("greeter/skill.toml"))
    with pytest.raises(PackageError, match="twice"):
        read_package(file)


def test_s4_bombs_and_padding_are_refused(tmp_path: Path) -> None:
    """S4: 1000:1, a lie about the size, 22 MB in front of or inside the archive, thousands of files."""
    with pytest.raises(PackageError, match="unpacks to far more"):
        read_package(wheel(tmp_path, lambda archive: archive.writestr("greeter/zeros", b"\0" * 1_000_000)))
    file = Path(wheel(tmp_path))
    file.write_bytes(os.urandom(22 << 20) + file.read_bytes())
    with pytest.raises(PackageError, match="larger than"):
        read_package(str(file))
    with pytest.raises(PackageError, match="larger than"):
        read_package(wheel(tmp_path, lambda archive: archive.writestr("greeter/noise", os.urandom(2 << 20))))
    many = wheel(tmp_path, lambda archive: [archive.writestr(f"greeter/{n}.txt", b"x") for n in range(1000)] and None)
    with pytest.raises(PackageError, match="more than 400 files"):
        read_package(many)
    place = folder(tmp_path / "large", files() | {"noise": b"x" * (2 << 20)})
    with pytest.raises(PackageError, match="larger than"):
        read_package(str(place))


def test_s4_a_lying_size_is_refused(tmp_path: Path) -> None:
    """S4: an entry whose directory promises 10 bytes and that holds far more is not unpacked further."""
    file = Path(wheel(tmp_path, lambda archive: archive.writestr("greeter/lie.txt", b"a" * 5000, zipfile.ZIP_STORED)))
    data = bytearray(file.read_bytes())
    place = data.rindex(b"greeter/lie.txt") - 46
    data[place + 24 : place + 28] = (10).to_bytes(4, "little")
    file.write_bytes(data)
    with pytest.raises(PackageError):
        read_package(str(file))


@pytest.mark.parametrize("cut", [0, 10, 200])
def test_s4_what_is_no_wheel_is_a_sentence(cut: int, tmp_path: Path) -> None:
    """A truncated wheel is refused with its name."""
    file = Path(wheel(tmp_path))
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(PackageError, match="no wheel that can be read"):
        read_package(str(file))


NATIVE = ["greeter/fast.so", "greeter/fast.cpython-311.so", "greeter/x.pyc", "greeter/x.pth", "greeter/a.dll"]


@pytest.mark.parametrize("name", NATIVE)
def test_s5_machine_code_and_path_files_are_refused(name: str, tmp_path: Path) -> None:
    """S5: a skill is source and data."""
    with pytest.raises(PackageError, match="machine code"):
        read_package(wheel(tmp_path, entry(name)))


@pytest.mark.parametrize(
    "name", ["evil.pth", "setup.py", "conftest.py", "other/__init__.py", "greeter-1.0.0.data/scripts/x"]
)
def test_s5_what_lies_beside_the_package_is_refused(name: str, tmp_path: Path) -> None:
    """S5: nothing can be put where an interpreter would pick it up."""
    with pytest.raises(PackageError, match="nothing beside it"):
        read_package(wheel(tmp_path, entry(name)))


def test_s5_nothing_runs_at_install(tmp_path: Path) -> None:
    """S5: setup.py, a build back-end, conftest.py, the package itself: none is run or copied; no dependency comes."""
    place = folder(tmp_path / "project", files())
    trap = f"open({str(tmp_path / 'ran')!r}, 'w')\n".encode()
    for name in ("setup.py", "conftest.py", "backend.py", "sitecustomize.py"):
        (place / name).write_bytes(trap)
    (place / "pyproject.toml").write_text('[build-system]\nrequires=[]\nbuild-backend="backend"\nbackend-path=["."]\n')
    package = read_package(str(place))
    shelf = Shelf(tmp_path / "shelf")
    agreement = shelf.install(shelf.plan(package, OURS))
    shelf.check(agreement)
    assert not (tmp_path / "ran").exists()
    installed = sorted(path.name for path in shelf.folder(agreement).rglob("*") if path.is_file())
    assert ["__init__.py", "en.toml", "skill.toml"] == installed
    with pytest.raises(PackageError, match="needs the package requests"):
        read_package(wheel(tmp_path, needs="Requires-Dist: Requests (>=2)\n"))
    (place / "pyproject.toml").write_text('[project]\ndependencies = ["hearth-voice-assistant", "evil_thing>1"]\n')
    with pytest.raises(PackageError, match="needs the package evil-thing"):
        read_package(str(place))


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_s5_a_repository_is_read_without_hooks_and_helpers(tmp_path: Path) -> None:
    """S5: hooks, filters and symlinks of a repository do nothing; other protocols are refused."""
    place = folder(tmp_path / "repo", files())
    trap = f"touch {tmp_path / 'ran'}"
    (place / ".gitattributes").write_text("* filter=evil\n")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    author = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "-A"], [*author, "commit", "-q", "-m", "x"]):
        subprocess.run(["git", *command], cwd=place, check=True, **quiet)  # type: ignore[call-overload]
    hooks = tmp_path / "template" / "hooks"
    hooks.mkdir(parents=True)
    (hooks / "post-checkout").write_text(f"#!/bin/sh\n{trap}\n")
    (hooks / "post-checkout").chmod(0o755)
    home = tmp_path / "githome"
    home.mkdir()
    (home / ".gitconfig").write_text(
        f'[init]\ntemplateDir = {tmp_path / "template"}\n[filter "evil"]\nsmudge = {trap}\nclean = cat\n'
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        package = read_package(f"file://{place}")
    assert "greeter" == package.manifest.id
    assert not (tmp_path / "ran").exists()
    for url in ("ssh://host/x", "ext::sh -c touch", "git://host/x", "http://host/x", f"file://{place}#--upload-pack=x"):
        with pytest.raises(PackageError):
            read_package(url)
    (place / "greeter" / "key").symlink_to("/etc/passwd")
    for command in (["add", "-A"], [*author, "commit", "-q", "-m", "y"]):
        subprocess.run(["git", *command], cwd=place, check=True, **quiet)  # type: ignore[call-overload]
    with pytest.raises(PackageError, match="link or a device"):
        read_package(f"file://{place}")


def package(tmp_path: Path, key: Path | None = None, **about: str) -> Package:
    place = tmp_path / f"source-{len(list(tmp_path.iterdir()))}"
    content = files(**about)
    if key is not None:
        content["skill.sig"] = sign(content, key)
    return read_package(str(folder(place, content)))


@pytest.mark.parametrize(
    "name", ["timer", "tmer", "timmer", "tiemr", "t1mer", "time_r", "calcu1ator", "calculater", "clokc", "he1p"]
)
def test_s6_a_name_like_ours_is_refused(name: str, tmp_path: Path) -> None:
    """S6: the id of one of our skills, or one that could be mistaken for it."""
    with pytest.raises(PackageError, match="own skill"):
        Shelf(tmp_path / "shelf").plan(package(tmp_path, id=name), OURS)


def test_s6_another_publisher_is_refused(tmp_path: Path) -> None:
    """S6: once signed, only the same key may update; an unsigned skill may become signed."""
    for name in ("ada", "eve"):
        new_key(tmp_path / name, name)
    shelf = Shelf(tmp_path / "shelf")
    shelf.install(shelf.plan(package(tmp_path), OURS))
    shelf.install(shelf.plan(package(tmp_path, tmp_path / "ada", version="1.1.0"), OURS))
    with pytest.raises(PackageError, match="signed by another publisher"):
        shelf.plan(package(tmp_path, tmp_path / "eve", version="1.2.0"), OURS)
    with pytest.raises(PackageError, match="not signed"):
        shelf.plan(package(tmp_path, version="1.2.0"), OURS)
    shelf.install(shelf.plan(package(tmp_path, tmp_path / "ada", version="1.2.0"), OURS))


def test_s6_an_older_version_or_other_contents_are_refused(tmp_path: Path) -> None:
    """S6: no way back to a version with a known hole, and no exchange under the same version; 10 is more than 9."""
    shelf = Shelf(tmp_path / "shelf")
    shelf.install(shelf.plan(package(tmp_path, version="1.9.0"), OURS))
    shelf.install(shelf.plan(package(tmp_path, version="1.10.0"), OURS))
    with pytest.raises(PackageError, match="is older"):
        shelf.plan(package(tmp_path, version="1.9.0"), OURS)
    with pytest.raises(PackageError, match="other contents"):
        shelf.plan(package(tmp_path, version="1.10.0", permissions="storage_kb = 1"), OURS)
    assert ["1.10.0"] == [path.name for path in (shelf.root / "greeter").iterdir() if path.is_dir()]


def test_s6_more_permissions_ask_again(tmp_path: Path) -> None:
    """S6: an update asks for exactly what was not agreed to yet; one that asks for less asks nothing."""
    shelf = Shelf(tmp_path / "shelf")
    first = shelf.plan(package(tmp_path, permissions='network = ["a.example"]\nstorage_kb = 64'), OURS)
    assert 2 == len(first.asks)
    shelf.install(first)
    wider = 'network = ["a.example", "b.example"]\nstorage_kb = 32\nfiles = ["read:music"]'
    second = shelf.plan(package(tmp_path, version="1.1.0", permissions=wider), OURS)
    assert (
        "reach b.example on the internet, through the assistant",
        "read the folder that you give it as 'music'",
    ) == second.asks
    shelf.install(second)
    assert () == shelf.plan(package(tmp_path, version="1.2.0", permissions='network = ["b.example"]'), OURS).asks
    again = shelf.plan(package(tmp_path, version="1.2.0", permissions='files = ["write:music"]'), OURS)
    assert ("read and change the folder that you give it as 'music'",) == again.asks


def test_s6_files_that_change_after_the_agreement_do_not_run(tmp_path: Path) -> None:
    """S6: what lies on the disk is compared with what was agreed to, at every load."""
    shelf = Shelf(tmp_path / "shelf")
    agreement = shelf.install(shelf.plan(package(tmp_path), OURS))
    shelf.check(agreement)
    file = shelf.folder(agreement) / "greeter" / "__init__.py"
    file.write_bytes(file.read_bytes() + b"#")
    with pytest.raises(PackageError, match="were changed"):
        shelf.check(agreement)


def test_an_update_that_fails_leaves_the_old_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that refuses in the middle leaves the installed version as it was, and no debris."""
    shelf = Shelf(tmp_path / "shelf")
    agreement = shelf.install(shelf.plan(package(tmp_path), OURS))
    plan = shelf.plan(package(tmp_path, version="2.0.0"), OURS)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PackageError, match="no space left"):
        shelf.install(plan)
    monkeypatch.undo()
    assert [agreement] == shelf.agreements()
    shelf.check(agreement)
    assert [] == list(shelf.root.glob(".incoming-*"))


def test_a_private_key_is_never_part_of_a_package(tmp_path: Path) -> None:
    """A private key in a package is refused: its developer is about to give it away."""
    content = files() | {"key.txt": b"-----BEGIN PRIVATE KEY-----\n"}
    with pytest.raises(PackageError, match="private key"):
        read_package(str(folder(tmp_path, content)))
