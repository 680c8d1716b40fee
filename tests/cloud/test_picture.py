"""Pictures on the real wire of the Images: what is sent, what is kept, where it comes from, and what it costs."""

from __future__ import annotations

import asyncio
import io
import os
import stat
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from assistant_skill_picture.mark import with_mark
from assistant_skill_picture.provenance import (
    SOURCE_TYPE,
    Provenance,
    UnreadablePictureError,
    hash_of,
    marked,
    read,
    stripped,
)
from assistant_skill_picture.templates import changes
from assistant_skill_picture.tree import Tree, read_tree
from PIL import Image

from assistant.store.ledger import Ledger

from .images import ImagesServer, colours, images
from .talk import CAPS, NOON, Conversation, Issuer

pytestmark = pytest.mark.contract

Body = Callable[[Conversation, ImagesServer], Awaitable[None]]


def drawing(folder: Path, body: Body, *, before: Callable[[ImagesServer], None] | None = None, **more: Any) -> None:
    """Run `body` in a conversation whose cloud draws."""

    async def run() -> None:
        async with images() as server:
            if before is not None:
                before(server)
            settings = {"picture": {"folder": str(folder / "pictures"), "show": True}}
            talk = Conversation(folder, server, settings=settings, **more)
            try:
                await body(talk, server)
            finally:
                await talk.close()

    asyncio.run(run())


@pytest.fixture(autouse=True)
def no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is opened unless a test has a screen."""
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)


def test_three_turns_and_back_to_the_first(tmp_path: Path) -> None:
    """One generation and two edits, each of the picture before; after going back, an edit of the first one. The bytes
    on the wire are those that the server drew, without a word of ours in them."""

    async def body(talk: Conversation, server: ImagesServer) -> None:
        first = await talk.say("draw a lighthouse at night")
        assert "I'm having it drawn." in first.reply
        assert "Your picture is saved as picture-20261124-150500.png." in first.reply
        await talk.say("make the sky red")
        await talk.say("change the picture so that there is a boat")
        assert ["generations", "edits", "edits"] == [asked.path.rpartition("/")[2] for asked in server.asked]
        assert ["a lighthouse at night", "make the sky red", "there is a boat"] == [
            asked.fields["prompt"] for asked in server.asked
        ]
        assert [b"", server.drawn[0], server.drawn[1]] == [asked.image for asked in server.asked]
        back = await talk.say("go back to the first one")
        assert "I'm back at picture 1, which is saved as picture-20261124-150500.png." == back.reply
        assert 3 == len(server.asked)
        await talk.say("make the sky green")
        assert server.drawn[0] == server.asked[3].image
        assert {"paint-1"} == {asked.fields["model"] for asked in server.asked}
        assert 4 == len(list((tmp_path / "pictures").glob("*.png")))

    drawing(tmp_path, body)


def test_the_ledger_equals_what_the_server_counted(tmp_path: Path) -> None:
    """Tokens of text, of the picture that was read and of the one that was written, each at its price, exactly."""

    async def body(talk: Conversation, server: ImagesServer) -> None:
        await talk.say("draw a lighthouse")
        await talk.say("make the sky red")
        spent = talk.ledger.spent(time.time())
        details = [usage["input_tokens_details"] for usage in server.usage]
        cost = sum(
            told["text_tokens"] * 2000 + told["image_tokens"] * 2500 + usage["output_tokens"] * 8000
            for told, usage in zip(details, server.usage, strict=True)
        )
        assert (2, sum(usage["total_tokens"] for usage in server.usage), cost) == (
            spent.uses, spent.tokens, spent.cost_nano,
        )  # fmt: skip
        uses = talk.ledger.latest(2)
        assert {("counted", "paint-1", "premium")} == {(use.state, use.model, use.reason) for use in uses}
        assert "make the sky red, with the picture before" in uses[0].sent

    drawing(tmp_path, body)


def test_a_price_for_each_picture(tmp_path: Path) -> None:
    """A server that counts no tokens is paid by the picture; one that should have counted, at the bound."""

    def silent(server: ImagesServer) -> None:
        server.fault = "no usage"

    async def each(talk: Conversation, server: ImagesServer) -> None:
        await talk.say("draw a lighthouse")
        assert ("counted", 40_000_000) == (talk.ledger.latest(1)[0].state, talk.ledger.latest(1)[0].cost_nano)

    entry = {"pictures": {"model": "paint-1", "each_usd": "0.04", "most_tokens": 0}}
    drawing(tmp_path / "each", each, before=silent, entry=entry)

    async def bound(talk: Conversation, server: ImagesServer) -> None:
        await talk.say("draw a lighthouse")
        used = talk.ledger.latest(1)[0]
        assert ("estimated", 1600) == (used.state, used.written_tokens)
        assert used.cost_nano >= 1600 * 8000

    drawing(tmp_path / "bound", bound, before=silent)


def test_the_file_tells_where_it_comes_from(tmp_path: Path) -> None:
    """Model, time, the hash of the words and the IPTC source type are read back from the file, also by Pillow; the
    words themselves are not in it, and the samples are those of the server."""

    async def body(talk: Conversation, server: ImagesServer) -> None:
        await talk.say("draw a lighthouse at night")
        (file,) = (tmp_path / "pictures").glob("*.png")
        data = file.read_bytes()
        told = Provenance(model="paint-1", made=NOON, prompt_sha256=hash_of("a lighthouse at night"))
        assert told == read(data)
        assert SOURCE_TYPE == told.source_type
        assert server.drawn[0] == stripped(data)
        assert b"lighthouse" not in data
        with Image.open(file) as picture:
            assert "trainedAlgorithmicMedia" in picture.info["XML:com.adobe.xmp"]
            assert "paint-1, number 1" == picture.info["Software"]
        assert 0o600 == stat.S_IMODE(file.stat().st_mode)

    drawing(tmp_path, body)


def test_the_copy_for_sharing_has_a_visible_mark(tmp_path: Path) -> None:
    """Its samples differ at the lower right, and nowhere at the upper left; its provenance is that of the picture."""

    async def body(talk: Conversation, server: ImagesServer) -> None:
        await talk.say("draw a lighthouse")
        turn = await talk.say("export the picture")
        assert "I saved a copy with a visible mark as picture-20261124-150500-marked.png." == turn.reply
        plain, copy = sorted((tmp_path / "pictures").glob("*.png"), key=lambda file: len(file.name))
        assert read(plain.read_bytes()) == read(copy.read_bytes())
        with Image.open(plain) as before, Image.open(copy) as after:
            assert before.size == after.size
            box = (0, 0, before.width, before.height // 3)
            assert before.convert("RGB").crop(box).tobytes() == after.convert("RGB").crop(box).tobytes()
            low = (before.width // 4, before.height * 2 // 3, before.width, before.height)
            assert before.convert("RGB").crop(low).tobytes() != after.convert("RGB").crop(low).tobytes()

    drawing(tmp_path, body)


STAYS: list[tuple[str, dict[str, Any], str]] = [
    ("a child", {"choices": {"person": "child"}}, "a child's words stay on this device"),
    ("a guest", {"choices": {"person": "guest"}}, "a guest's words stay here"),
    ("only on the device", {"choices": {"mode": "device"}}, "everything is to stay on this device"),
    ("metered", {"choices": {"metered": True}}, "this network costs by the byte"),
    ("offline", {"online": lambda: False}, "there is no network"),
    ("no budget", {"caps": replace(CAPS, day_nano=1_000_000)}, "The budget for the cloud is spent."),
    ("no plan", {"own_key": False}, "that is not part of the plan"),
    ("a plan for something else", {"own_key": False, "entitlements": Issuer("chat")}, "not part of the plan"),
    ("no pictures", {"entry": {"pictures": None}}, "Example draws no pictures."),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "told"), [(fields, told) for _, fields, told in STAYS], ids=[s[0] for s in STAYS])
def test_nothing_leaves_where_it_may_not(tmp_path: Path, fields: dict[str, Any], told: str) -> None:
    """No byte arrives at the server, and an honest sentence tells why."""

    async def body(talk: Conversation, server: ImagesServer) -> None:
        turn = await talk.say("draw a lighthouse")
        assert told in turn.reply
        assert not turn.results[-1].ok
        assert [] == server.seen
        assert 0 == talk.ledger.spent(time.time()).uses
        assert not (tmp_path / "pictures").exists()
        assert "Nothing." in (await talk.say("what did you send?")).reply

    drawing(tmp_path, body, **fields)


@pytest.mark.parametrize("feature", ["picture", "images"])
def test_a_plan_that_allows_it_is_enough(tmp_path: Path, feature: str) -> None:
    """Without a key of one's own the plan is asked, for the skill and for pictures."""

    async def body(talk: Conversation, server: ImagesServer) -> None:
        await talk.say("draw a lighthouse")
        assert 1 == len(server.asked)

    drawing(tmp_path, body, own_key=False, entitlements=Issuer(feature))


def test_consent_comes_first(tmp_path: Path) -> None:
    """Who has not agreed is told what would leave, and to whom; a no sends nothing, a yes draws."""

    async def body(talk: Conversation, server: ImagesServer) -> None:
        asked = await talk.say("draw a lighthouse")
        assert "Example Land" in asked.reply
        assert "Okay, it stays here." == (await talk.say("no")).reply
        assert [] == server.seen
        await talk.say("draw a lighthouse")
        turn = await talk.say("yes")
        assert "Your picture is saved" in turn.reply
        assert 1 == len(server.asked)
        assert talk.side.consented

    drawing(tmp_path, body, agreed=False)


def test_names_are_not_drawn(tmp_path: Path) -> None:
    """What could name somebody does not leave, nor a placeholder that a picture would show; what was sent is told."""

    async def body(talk: Conversation, server: ImagesServer) -> None:
        await talk.say("draw Anna on a horse")
        assert "that person on a horse" == server.asked[0].fields["prompt"]
        assert (
            "I sent this to Example: that person on a horse. What could name somebody was taken out."
            == (await talk.say("what did you send?")).reply
        )
        who = await talk.say("who answered that?")
        assert "It was a command that I know, and Example did the work for it." == who.reply

    drawing(tmp_path, body)


FAULTS: list[tuple[str | int, str, str]] = [
    (500, "Example has trouble of its own.", "free"),
    (401, "Example does not take my key.", "free"),
    (400, "Example refused the question.", "free"),
    (429, "Example is too busy just now.", "free"),
    ("url", "Example sent something that I can't read.", "paid"),
    ("text", "Example sent something that I can't read.", "paid"),
    ("stall", "Example did not draw it in time.", "paid"),
]


@pytest.mark.parametrize(("fault", "told", "cost"), FAULTS)
def test_a_server_that_fails_is_told(tmp_path: Path, fault: str | int, told: str, cost: str) -> None:
    """A sentence, no file, no picture that is meant; what may have been paid stays counted; no address is followed."""

    def broken(server: ImagesServer) -> None:
        server.fault = fault

    async def body(talk: Conversation, server: ImagesServer) -> None:
        if fault == "stall":
            assert talk.side.painter is not None
            talk.side.painter.limit_s = 1.0
        turn = await talk.say("draw a lighthouse")
        assert told in turn.reply
        assert 1 == len(server.seen)
        assert [] == list((tmp_path / "pictures").glob("*"))
        assert ("free" if talk.ledger.spent(time.time()).cost_nano == 0 else "paid") == cost
        assert "There is no picture yet" in (await talk.say("show me the picture")).reply

    drawing(tmp_path, body, before=broken)


def test_the_picture_is_opened_where_there_is_a_screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The desktop's own viewer gets the file; "show me the picture" opens it again."""
    programs, opened = tmp_path / "bin", tmp_path / "opened"
    programs.mkdir()
    viewer = programs / "xdg-open"
    viewer.write_text(f'#!/bin/sh\necho "$1" >> {opened}\n')
    viewer.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("DISPLAY", ":99")

    async def body(talk: Conversation, server: ImagesServer) -> None:
        assert "Here is your picture." in (await talk.say("draw a lighthouse")).reply
        assert "Here it is." == (await talk.say("show me the picture")).reply
        for _ in range(200):
            if opened.exists() and len(opened.read_text().split()) == 2:
                break
            await asyncio.sleep(0.05)
        assert [str(tmp_path / "pictures" / "picture-20261124-150500.png")] * 2 == opened.read_text().split()

    drawing(tmp_path, body)


def test_undo_goes_one_back(tmp_path: Path) -> None:
    """ "Undo that" after a change means the picture before; of the first one nothing is left but its file."""

    async def body(talk: Conversation, server: ImagesServer) -> None:
        await talk.say("draw a lighthouse")
        await talk.say("make the sky red")
        assert "I'm back at the picture before." in (await talk.say("undo that")).reply
        await talk.say("make the sky green")
        assert server.drawn[0] == server.asked[2].image
        assert "There are 2." in (await talk.say("go back to the seventh picture")).reply

    drawing(tmp_path, body)


def test_what_is_kept_survives_a_restart_and_what_is_gone_is_told(tmp_path: Path) -> None:
    """The tree is on disk; a file that somebody deleted is missed in a sentence, before anything is sent."""

    async def first(talk: Conversation, server: ImagesServer) -> None:
        await talk.say("draw a lighthouse")

    drawing(tmp_path, first)

    async def again(talk: Conversation, server: ImagesServer) -> None:
        await talk.say("change the picture so that the sky is red")
        assert colours(1) == server.asked[0].image
        for file in (tmp_path / "pictures").glob("*.png"):
            file.unlink()
        assert "I can't find the file" in (await talk.say("change the picture so that the sky is red")).reply
        assert 1 == len(server.asked)

    drawing(tmp_path, again)


def test_free_words_are_about_a_picture_only_while_it_is_fresh(tmp_path: Path) -> None:
    """ "Make the sky red" is no command before a picture, nor long after; what other skills know stays theirs."""

    async def body(talk: Conversation, server: ImagesServer) -> None:
        assert talk.understanding.grammar.match("make the sky red") is None
        await talk.say("draw a lighthouse")
        assert talk.understanding.grammar.match("make the sky red") is not None
        found = talk.understanding.grammar.match("add milk to my shopping list")
        assert found is not None
        assert "lists.add" == found[0].tool
        talk.now = NOON.replace(minute=30)
        assert talk.understanding.grammar.match("make the sky red") is None

    drawing(tmp_path, body)
    assert changes("add a boat")
    assert not changes("what is the sky")


def test_damaged_pictures_are_refused() -> None:
    """No PNG, a cut one, one with a wrong checksum and one that claims to be huge are told apart from a picture."""
    png = colours(1)
    huge = bytearray(png)
    huge[16:20] = (200_000).to_bytes(4, "big")
    flipped = bytearray(png)
    flipped[-20] ^= 1
    told = Provenance(model="m", made=NOON, prompt_sha256=hash_of("x"))
    for bad in (b"", b"GIF89a", png[:-20], bytes(huge), bytes(flipped)):
        with pytest.raises(UnreadablePictureError):
            marked(bad, told)
    with pytest.raises(UnreadablePictureError):
        with_mark(png[:60], told)
    assert read(png) is None
    assert told == read(marked(marked(png, told), told))
    assert png == stripped(marked(png, told))


def test_a_model_of_any_name_is_told_as_it_is() -> None:
    """What is written as XML is read back, whatever is in it."""
    told = Provenance(model='a "model" <b> & c\'', made=NOON, prompt_sha256=hash_of("x"))
    assert told == read(marked(colours(3), told))
    with Image.open(io.BytesIO(marked(colours(3), told))) as picture:
        picture.load()


def test_the_tree_is_pure_and_survives_damage() -> None:
    """Numbers count within a tree; a new drawing begins another; what was kept wrongly is no tree."""
    tree = Tree().drawn("1.png").changed("2.png").back("1").changed("3.png")
    assert [1, 2, 3] == [node.number for node in tree.mates()]
    assert [0, 1, 1] == [node.parent for node in tree.mates()]
    assert "1.png" == getattr(tree.back("before").now, "file", "")
    assert "1.png" == getattr(tree.without(3).now, "file", "")
    assert [1] == [node.number for node in tree.drawn("4.png").mates()]
    assert tree == read_tree(tree.as_json())
    for bad in (None, [], {"nodes": [{}], "current": 1}, {"nodes": 5}, "x"):
        assert Tree() == read_tree(bad)
    with pytest.raises(LookupError):
        Tree().changed("1.png")


def test_the_ledger_that_fails_keeps_it_here(tmp_path: Path) -> None:
    """Where nothing can be written down nothing is sent."""

    async def body(talk: Conversation, server: ImagesServer) -> None:
        talk.ledger.close()
        talk.side.ledger = Ledger(tmp_path)  # a folder
        assert "I can't write down what the cloud costs." in (await talk.say("draw a lighthouse")).reply
        assert [] == server.seen

    drawing(tmp_path, body)
