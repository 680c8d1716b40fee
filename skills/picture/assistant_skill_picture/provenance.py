"""Where a picture comes from, inside the picture: an XMP packet in a chunk of its own, in the terms of IPTC.

The samples and all other chunks stay byte for byte as they came, signed manifests of the provider included.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORD = b"XML:com.adobe.xmp"
"""Of an iTXt chunk that holds XMP, by part 3 of Adobe's XMP specification."""
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC's term for media that a trained model made."""
MAX_PIXELS = 40_000_000
OURS = "https://hearth-voice-assistant.example/ns/provenance/1.0/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XMP = "http://ns.adobe.com/xap/1.0/"
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"


class UnreadablePictureError(Exception):
    """No PNG, a damaged one, or one that is far too large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What is told of a picture. `prompt_sha256` is the hash of the words, which themselves are not in it."""

    model: str
    made: dt.datetime
    prompt_sha256: str
    source_type: str = SOURCE_TYPE


def hash_of(words: str) -> str:
    """SHA-256 of the words, as 64 hexadecimal digits."""
    return hashlib.sha256(words.encode()).hexdigest()


def marked(png: bytes, told: Provenance) -> bytes:
    """The picture with its provenance. Raises: UnreadablePictureError."""
    parts = [SIGNATURE]
    for kind, chunk in _chunks(png):
        if _is_ours(kind, chunk):
            continue
        parts.append(chunk)
        if kind == b"IHDR":
            parts.append(_chunk(b"iTXt", KEYWORD + b"\0\0\0\0\0" + _packet(told).encode()))
    return b"".join(parts)


def stripped(png: bytes) -> bytes:
    """The picture as it came, without what `marked` put in. Raises: UnreadablePictureError."""
    return SIGNATURE + b"".join(chunk for kind, chunk in _chunks(png) if not _is_ours(kind, chunk))


def read(png: bytes) -> Provenance | None:
    """What a picture tells of itself; None where that is nothing. Raises: UnreadablePictureError."""
    for kind, chunk in _chunks(png):
        if _is_ours(kind, chunk):
            text = chunk[8:-4].partition(b"\0\0\0\0\0")[2].decode("utf-8", "replace")
            try:
                found = ElementTree.fromstring(text[text.index("<x:xmpmeta") : text.rindex("<?xpacket")])
                told = found.find(f".//{{{_RDF}}}Description")
                if told is None:
                    return None
                return Provenance(
                    model=told.attrib[f"{{{_XMP}}}CreatorTool"],
                    made=dt.datetime.fromisoformat(told.attrib[f"{{{_XMP}}}CreateDate"]),
                    prompt_sha256=told.attrib[f"{{{OURS}}}PromptSHA256"],
                    source_type=told.attrib[f"{{{_IPTC}}}DigitalSourceType"],
                )
            except (ElementTree.ParseError, LookupError, ValueError):
                return None
    return None


def _packet(told: Provenance) -> str:
    made = told.made.isoformat(timespec="seconds")
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF xmlns:rdf="{_RDF}"><rdf:Description rdf:about="" xmlns:xmp="{_XMP}"'
        f' xmlns:Iptc4xmpExt="{_IPTC}" xmlns:hearth="{OURS}"'
        f" xmp:CreatorTool={quoteattr(told.model)} xmp:CreateDate={quoteattr(made)}"
        f" Iptc4xmpExt:DigitalSourceType={quoteattr(told.source_type)}"
        f" hearth:PromptSHA256={quoteattr(told.prompt_sha256)}/></rdf:RDF></x:xmpmeta>\n"
        '<?xpacket end="r"?>'
    )


def _is_ours(kind: bytes, chunk: bytes) -> bool:
    return kind == b"iTXt" and chunk[8:].startswith(KEYWORD + b"\0") and OURS.encode() in chunk


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The kinds of all chunks, each with the whole chunk. Raises: UnreadablePictureError."""
    if not png.startswith(SIGNATURE):
        raise UnreadablePictureError("no PNG")
    at, kind = len(SIGNATURE), b""
    while kind != b"IEND":
        if at + 12 > len(png):
            raise UnreadablePictureError("it ends too soon")
        (length,) = struct.unpack_from(">I", png, at)
        kind, end = png[at + 4 : at + 8], at + 12 + length
        if end > len(png) or struct.unpack_from(">I", png, end - 4)[0] != zlib.crc32(png[at + 4 : end - 4]):
            raise UnreadablePictureError("it is damaged")
        if at == len(SIGNATURE):
            if kind != b"IHDR" or length != 13:
                raise UnreadablePictureError("it has no head")
            width, height = struct.unpack_from(">II", png, at + 8)
            if not 0 < width * height <= MAX_PIXELS:
                raise UnreadablePictureError("it is far too large")
        yield kind, png[at:end]
        at = end
