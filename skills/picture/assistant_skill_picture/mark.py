"""A copy of a picture with a mark that anybody sees: for whatever strips metadata on its way."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFont

from assistant_skill_picture.provenance import Provenance, UnreadablePictureError, marked

WORDS = "AI-generated"
SHARE = 28
"""The mark's letters are this part of the picture's shorter side high, and 10 samples at least."""


def with_mark(png: bytes, told: Provenance | None) -> bytes:
    """The picture as PNG with the words in a dark field at the lower right, and its provenance where it is known.

    Raises:
        UnreadablePictureError: it can't be decoded.
    """
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as opened:
            picture = opened.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise UnreadablePictureError("it can't be decoded") from None
    size = max(10, min(picture.size) // SHARE)
    font = ImageFont.load_default(size)
    layer = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(layer)
    left, top, right, bottom = pen.textbbox((0, 0), WORDS, font=font)
    width, height, edge = right - left, bottom - top, size // 2
    x, y = picture.width - width - 3 * edge, picture.height - height - 3 * edge
    pen.rectangle((x - edge, y - edge, x + width + edge, y + height + edge), fill=(0, 0, 0, 170))
    pen.text((x - left, y - top), WORDS, font=font, fill=(255, 255, 255, 255))
    out = io.BytesIO()
    Image.alpha_composite(picture, layer).convert("RGB").save(out, format="PNG")
    return marked(out.getvalue(), told) if told is not None else out.getvalue()
