"""Long answers, documents and translations: what leaves, what is kept and counted, what the device does alone."""

from __future__ import annotations

import asyncio
import json
import stat
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from assistant_skill_deep.parts import read_written, spoken_parts
from assistant_skill_document.extracts import Passage, closest, passages, sentence_about
from assistant_skill_document.find import files_in, named
from assistant_skill_document.pdf import PdfError, read_pdf
from assistant_skill_tutor.phrasebook import graded, known, phrasebook
from pypdf import PdfReader, PdfWriter

from .talk import CAPS, Conversation, Issuer

pytestmark = pytest.mark.contract

Body = Callable[[Conversation], Awaitable[None]]
LEASE = """Rental agreement between Anna Miller and the owner of the flat.

The notice period is three months to the end of a month. Notice must be given in writing.

Repairs up to one hundred dollars are paid by the tenant, all others by the owner.

Pets are allowed if the owner agrees. Small animals in cages are always allowed.
"""


def talking(stand_in: Any, folder: Path, body: Body, *script: Any, wire: str = "openai", **more: Any) -> None:
    """Run `body` in a conversation with a document in its folder."""
    documents = folder / "documents"
    documents.mkdir(parents=True, exist_ok=True)
    (documents / "RentalAgreement_2026.txt").write_text(LEASE)
    settings = {
        "deep": {"folder": str(folder / "answers"), "show": False},
        "document": {"folders": [str(documents)]},
    }

    async def run() -> None:
        async with stand_in(wire, *script) as server:
            talk = Conversation(folder, server, settings=settings, **more)
            try:
                await body(talk)
                assert [] == server.faults
            finally:
                await talk.close()

    asyncio.run(run())


def words_of(talk: Conversation, number: int = -1) -> str:
    """The user's part of a request."""
    return str(talk.server.bodies[number]["messages"][-1]["content"])


WHOLE = (
    "Solar power is light made current. It got cheap. [PERSON_1] will like it.\n---\n# Solar\n\nMore text.\n\n- a\n- b"
)
DEEP = "give me a detailed answer about solar power for Anna"


@pytest.mark.parametrize("wire", ["openai", "anthropic"])
def test_a_long_answer_is_told_and_kept(stand_in: Any, act: Any, tmp_path: Path, wire: str) -> None:
    """The brief is spoken, the whole is a private file and a card; names are taken out and put back; all is counted."""

    async def body(talk: Conversation) -> None:
        turn = await talk.say(DEEP)
        assert "I'm having that worked out." in turn.reply
        assert "Solar power is light made current. It got cheap. Anna will like it." in turn.reply
        assert "The whole answer is saved as answer-20261124-150500.md." in turn.reply
        file = tmp_path / "answers" / "answer-20261124-150500.md"
        kept = file.read_text()
        assert kept.startswith("# Solar power for ")
        assert "# Solar\n\nMore text.\n\n- a\n- b" in kept
        assert "Written by a cloud model on 2026-11-24." in kept
        assert 0o600 == stat.S_IMODE(file.stat().st_mode)
        assert "# Solar" in turn.results[0].data["card"]["text"]
        assert "solar power for [PERSON_1]" == words_of(talk)
        assert b"anna" not in b"".join(talk.server.seen).lower()
        spent = talk.ledger.spent(time.time())
        assert (1, 28, 21 * 400 + 7 * 1600) == (spent.uses, spent.tokens, spent.cost_nano)
        assert 3000 == talk.server.bodies[0]["max_tokens"]
        assert talk.understanding.dialogue.is_tainted(time.time())
        assert "solar power for a name" in (await talk.say("what did you send?")).reply

    talking(stand_in, tmp_path, body, act(pieces=(WHOLE[:40], WHOLE[40:])), wire=wire)


def test_the_whole_answer_is_read_in_parts(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """As long as the person wants more; the file is what is read."""
    whole = "Brief.\n---\n" + "\n\n".join(f"Paragraph {number}. " + "Some words follow here. " * 20 for number in "123")

    async def body(talk: Conversation) -> None:
        await talk.say("write me a report on solar power")
        first = await talk.say("read me the whole answer")
        assert "Paragraph 1." in first.reply
        assert "Shall I go on?" in first.reply
        second = await talk.say("yes")
        assert "Paragraph 2." in second.reply
        last = await talk.say("go on")
        assert "Paragraph 3." in last.reply
        assert "That was all." in last.reply
        assert 1 == len(talk.server.seen)

    talking(stand_in, tmp_path, body, act(pieces=(whole,)))


def test_a_long_answer_that_breaks_off_is_no_answer(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """Nothing is saved; the sentence tells why and what can be done; what was read and written stays counted."""

    async def body(talk: Conversation) -> None:
        turn = await talk.say(DEEP)
        assert "So this is from my own small model." in turn.reply
        assert not (tmp_path / "answers").exists()
        assert "estimated" == talk.ledger.latest(1)[0].state
        assert talk.ledger.spent(time.time()).cost_nano > 0

    talking(stand_in, tmp_path, body, act(fault="cut", pieces=("a ",) * 8))


STAYS: list[tuple[str, dict[str, Any], str]] = [
    ("a child", {"choices": {"person": "child"}}, "a child's words stay on this device"),
    ("a guest", {"choices": {"person": "guest"}}, "a guest's words stay here"),
    ("only on the device", {"choices": {"mode": "device"}}, "everything is to stay on this device"),
    ("offline", {"online": lambda: False}, "there is no network"),
    ("no budget", {"caps": replace(CAPS, day_tokens=20)}, "budget"),
    ("no plan", {"own_key": False}, "that is not part of the plan"),
]
SAID = (
    ("give me a detailed answer about solar power", "So this is from my own small model."),
    ("what does the rental agreement document say about the notice period", "The notice period is three months"),
    ("how do you say bicycle pump in french", "By myself I know 20 everyday phrases"),
    ("practise german with me about food", "By myself I know 20 everyday phrases"),
    ("practise dutch with me", "By myself I know 20 everyday phrases"),
)


@pytest.mark.parametrize(("fields", "why"), [(fields, why) for _, fields, why in STAYS], ids=[one[0] for one in STAYS])
def test_where_nothing_may_leave_the_device_does_what_it_can(
    stand_in: Any, tmp_path: Path, fields: dict[str, Any], why: str
) -> None:
    """No byte leaves; an honest sentence tells why, with the best that the device has by itself."""

    async def body(talk: Conversation) -> None:
        for text, alone in SAID:
            turn = await talk.say(text)
            assert why in turn.reply, turn.reply
            assert alone in turn.reply, turn.reply
        assert "In French: merci." in (await talk.say("how do you say thank you in french")).reply
        assert [] == talk.server.seen
        assert 0 == talk.ledger.spent(time.time()).uses

    talking(stand_in, tmp_path, body, **fields)


def test_a_plan_is_asked_for_the_skill_or_for_chat(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """Without a key of one's own: either is enough, and what is asked are their names."""

    async def body(talk: Conversation) -> None:
        assert "Solar power is" in (await talk.say(DEEP)).reply
        assert "not part of the plan" in (await talk.say("how do you say pump in french")).reply
        assert {"deep", "tutor", "chat"} <= set(issuer.asked)

    issuer = Issuer("deep")
    talking(stand_in, tmp_path, body, act(pieces=(WHOLE,)), own_key=False, entitlements=issuer)


def test_a_document_is_asked_about_with_extracts_only(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """The first time it is asked whether passages may go; the cloud sees the question and some passages, redacted,
    and neither the file's name nor the rest of it."""
    answer = act(pieces=("Three months, [PERSON_1].",))
    long = (
        LEASE
        + "\n\n"
        + "\n\n".join(f"Clause {number} tells of gardens, fences and stairs. " * 20 for number in range(9))
    )

    async def body(talk: Conversation) -> None:
        (tmp_path / "documents" / "RentalAgreement_2026.txt").write_text(long)
        opened = await talk.say("look at the document rental agreement")
        assert "I have RentalAgreement_2026.txt here." in opened.reply
        asked = await talk.say("what does the document say about the notice period")
        assert "Shall I?" in asked.reply
        assert [] == talk.server.seen
        told = await talk.say("yes")
        assert "Three months, Anna" in told.reply
        sent = words_of(talk)
        assert sent.endswith("the notice period")
        assert "Extract 1:" in sent
        assert "notice period is three months" in sent
        assert len(sent) < len(long) / 2
        wire = b"".join(talk.server.seen).lower()
        assert b"anna" not in wire
        assert b"rentalagreement" not in wire
        again = await talk.say("ask the document who pays for repairs")
        assert "Three months" in again.reply  # nobody is asked twice
        assert 2 == len(talk.server.seen)
        assert 2 * 28 == talk.ledger.spent(time.time()).tokens

    talking(stand_in, tmp_path, body, answer)


def test_a_no_keeps_the_document_here(stand_in: Any, tmp_path: Path) -> None:
    """Then the closest passage is read, word for word."""

    async def body(talk: Conversation) -> None:
        await talk.say("what does the rental agreement document say about pets")
        turn = await talk.say("no")
        assert "Okay, it stays here." in turn.reply
        assert "Pets are allowed if the owner agrees." in turn.reply
        assert [] == talk.server.seen
        assert talk.understanding.dialogue.is_tainted(time.time())

    talking(stand_in, tmp_path, body)


def test_passages_of_what_never_leaves_stay(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """Health, passwords and the like do not go along; where all passages are such, nothing is sent."""

    async def body(talk: Conversation) -> None:
        file = tmp_path / "documents" / "Notes.md"
        file.write_text("The alarm code of the flat is in the drawer. My doctor says that my blood pressure is high.")
        await talk.say("look at the document notes")
        await talk.say("ask the document what the drawer holds")
        turn = await talk.say("yes")
        assert "never leaves this device" in turn.reply
        assert [] == talk.server.seen

    talking(stand_in, tmp_path, body, act())


def test_files_that_cannot_be_asked_about(stand_in: Any, tmp_path: Path) -> None:
    """Not there, hidden, outside, damaged, locked, a scan: each has a sentence, and none a traceback."""

    async def body(talk: Conversation) -> None:
        documents = tmp_path / "documents"
        (documents / "Broken.pdf").write_bytes(b"%PDF-1.7\nnothing")
        (documents / ".Hidden.txt").write_text("secret")
        (tmp_path / "Outside.txt").write_text("outside")
        (documents / "Link.txt").symlink_to(tmp_path / "Outside.txt")
        scan, locked = PdfWriter(), PdfWriter()
        scan.add_blank_page(200, 200)
        scan.write(documents / "Scan.pdf")
        locked.add_blank_page(200, 200)
        locked.encrypt("s3cret")
        locked.write(documents / "Locked.pdf")
        for name, told in (
            ("volcano", "I find no text or PDF file called volcano"),
            ("hidden", "I find no text"),
            ("link", "I find no text"),
            ("broken", "I can't read Broken.pdf."),
            ("scan", "There is no text in Scan.pdf. It may be a scan."),
            ("locked", "Locked.pdf is locked with a password."),
        ):
            assert told in (await talk.say(f"look at the document {name}")).reply
        assert "Which document?" in (await talk.say("ask the document who pays for repairs")).reply
        assert [] == talk.server.seen

    talking(stand_in, tmp_path, body)


def make_pdf(file: Path, *pages: str) -> None:
    """A PDF with these lines of text, one a page, as a program writes them."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>")
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for number, text in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {5 + 2 * number} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>"
        )
        stream = f"BT /F1 12 Tf 40 700 Td ({text}) Tj ET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    out, places = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer << /Size {len(objects) + 1} /Root 1 0 R >>\n"
    )
    file.write_bytes(out + f"{end}startxref\n{len(out)}\n%%EOF\n".encode())


def test_a_pdf_is_read_page_by_page(tmp_path: Path) -> None:
    """In a process of its own; what is no PDF is told as unreadable."""
    file = tmp_path / "a.pdf"
    make_pdf(file, "The first page is about cats.", "The second one is about dogs.")
    assert 2 == len(PdfReader(file).pages)
    pages = asyncio.run(read_pdf(file))
    assert ["The first page is about cats.", "The second one is about dogs."] == [page.strip() for page in pages]
    found = closest("what about dogs", passages(pages, paged=True))
    assert [2] == [passage.page for passage in found]
    (tmp_path / "b.pdf").write_bytes(b"no pdf")
    with pytest.raises(PdfError):
        asyncio.run(read_pdf(tmp_path / "b.pdf"))


def test_passages_are_found_by_their_words() -> None:
    """Inflected words count as the same; passages that overlap come once; a question without a telling word finds
    nothing."""
    text = " ".join(f"Sentence {number} about nothing." for number in range(200))
    pages = passages([f"{text} Payments are due monthly. {text}"], paged=False)
    assert "Payments are due" in closest("when is the payment due", pages)[0].text
    assert len(closest("sentence", pages)) <= 4
    assert [] == closest("what is it about", pages)
    assert [] == closest("dragons", pages)
    assert "B is two. C is three." == sentence_about("b", Passage(text="A is one. B is two. C is three. D is four."))


def test_a_file_is_found_by_the_words_of_its_name(tmp_path: Path) -> None:
    """Parts of compound names, slips of the recogniser, not what only shares a word."""
    names = ("TaxReturn2025.pdf", "tax_return-2026.pdf", "holiday plans.md", "lease.txt", "picture.png")
    for name in names:
        (tmp_path / name).write_text("x")
    files = list(files_in([tmp_path, tmp_path / "missing"]))
    assert 4 == len(files)

    def found(words: str) -> list[str]:
        return [file.name for file in named(words, files)]

    assert ["holiday plans.md"] == found("holiday plan")
    assert ["tax_return-2026.pdf"] == found("the tax return 2026")
    assert {"TaxReturn2025.pdf", "tax_return-2026.pdf"} == set(found("tax return"))
    assert ["lease.txt"] == found("my lease document")
    assert [] == found("tax holiday")


def test_of_two_files_the_person_chooses(stand_in: Any, tmp_path: Path) -> None:
    """The names are told, and the answer decides."""

    async def body(talk: Conversation) -> None:
        for year in ("2025", "2026"):
            (tmp_path / "documents" / f"TaxReturn{year}.txt").write_text(f"Taxes of {year}.")
        asked = await talk.say("look at the document tax return")
        assert "Which one: TaxReturn2025.txt or TaxReturn2026.txt?" in asked.reply
        assert "I have TaxReturn2026.txt here." in (await talk.say("the one of 2026")).reply

    talking(stand_in, tmp_path, body)


def test_a_translation(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """Everyday phrases come from the book without a byte sent; the rest from the cloud, with how it sounds."""

    async def body(talk: Conversation) -> None:
        known_one = await talk.say("how do you say good morning in French?")
        assert "In French: bonjour. It sounds like bohn-zhoor." == known_one.reply
        assert [] == talk.server.seen
        turn = await talk.say("translate the bicycle pump of Anna into Spanish")
        assert "In Spanish: la bomba de Anna. It sounds like lah bohm-bah deh Anna." == turn.reply
        assert "the bicycle pump of [PERSON_1]" == words_of(talk)
        assert "Spanish" in talk.server.bodies[0]["messages"][0]["content"]
        assert 28 == talk.ledger.spent(time.time()).tokens

    talking(stand_in, tmp_path, body, act(pieces=("la bomba de [PERSON_1]\n", "lah bohm-bah deh [PERSON_1]\n")))


def test_practising_from_the_book(stand_in: Any, tmp_path: Path) -> None:
    """Five phrases, each graded, without a cloud."""

    async def body(talk: Conversation) -> None:
        turn = await talk.say("practise German with me")
        assert "Let's practise German." in turn.reply
        meanings = {each.phrase: each.meaning for each in phrasebook()["German"]}
        right = 0
        for number in range(5):
            phrase = next(
                one for one in sorted(meanings, key=len, reverse=True) if f"What does {one} mean" in turn.reply
            )
            turn = await talk.say("a green horse" if number == 2 else f"it means {meanings[phrase]}")
            right += number != 2
            assert ("It means" if number == 2 else "Right.") in turn.reply
        assert "You knew 4 of 5." in turn.reply
        assert [] == talk.server.seen

    talking(stand_in, tmp_path, body)


def test_practising_about_a_topic(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """The cloud gives the phrases once; what it gives in another shape is told as garbled, and no question is put."""
    items = [{"phrase": f"frase {word}", "sounds": "s", "meaning": f"the {word}"} for word in ("cat", "dog", "sea")]

    async def body(talk: Conversation) -> None:
        turn = await talk.say("practise Italian with me about animals")
        assert "What does frase cat mean?" in turn.reply
        for word in ("cat", "dog", "sea"):
            turn = await talk.say(f"the {word}")
        assert "You knew 3 of 3." in turn.reply
        assert 1 == len(talk.server.seen)
        assert "animals" == words_of(talk)
        assert "can't be read" in (await talk.say("practise Italian with me about food")).reply

    talking(stand_in, tmp_path, body, act(pieces=(f"Here: {json.dumps(items)}",)), act(pieces=('[{"phrase": 5}]',)))


def test_what_counts_as_knowing_a_phrase() -> None:
    """Articles and other words for the same do not matter; another meaning does; a phrase of two meanings has both."""
    book = {each.meaning: each for each in phrasebook()["French"]}
    assert "right" == graded("Hi!", book["hello"], "French")
    assert "right" == graded("good morning", book["hello"], "French")
    assert "right" == graded("where's the toilet?", book["where is the toilet"], "French")
    assert "wrong" == graded("goodbye", book["hello"], "French")
    assert known("Thanks", "French") == book["thank you"]
    assert known("thanks", "Klingon") is None
    assert all(each.sounds for phrases in phrasebook().values() for each in phrases)


@pytest.mark.parametrize(
    ("text", "brief", "whole"),
    [
        ("A brief.\n---\nThe whole.", "A brief.", "The whole."),
        ("**Brief:** Yes.\n***\n# W\n\nx", "Yes.", "# W\n\nx"),
        ("Only one text. And more. And more. And more.", "Only one text. And more. And more.",
         "Only one text. And more. And more. And more."),
        ("---\nWithout a brief.", "Without a brief.", "Without a brief."),
    ],
)  # fmt: skip
def test_brief_and_whole(text: str, brief: str, whole: str) -> None:
    """Parted at the first line of dashes; without one the first sentences are the brief."""
    written = read_written(text)
    assert (brief, whole) == (written.brief, written.whole)


def test_markdown_is_read_as_words() -> None:
    """Headings and lists become sentences; parts are not longer than half a minute."""
    assert ["Solar. It is cheap. First. Second."] == list(spoken_parts("# Solar\n\nIt is cheap.\n\n- First\n- Second"))
    assert all(len(part) < 1300 for part in spoken_parts("\n\n".join(["Some words. " * 30] * 9)))


def test_barge_in_closes_the_connection(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """A long answer that nobody waits for any more is given up: the server is cut off, and nothing is saved."""

    async def body(talk: Conversation) -> None:
        turning = asyncio.ensure_future(talk.say(DEEP))
        for _ in range(600):
            if talk.server.seen:
                break
            await asyncio.sleep(0.05)
        turning.cancel()
        await asyncio.wait([turning])
        for _ in range(600):
            if talk.server.closed_early:
                break
            await asyncio.sleep(0.05)
        assert 1 == talk.server.closed_early
        assert not (tmp_path / "answers").exists()

    talking(stand_in, tmp_path, body, act(pieces=("word ",) * 500, pace_s=0.1))
