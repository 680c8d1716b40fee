"""Colors by name, in the forms that lamps speak, and whether a lamp shows the one that was asked for."""

from __future__ import annotations

import colorsys
import math
from collections.abc import Mapping

from assistant_skill_home.model import Entity

RGB: Mapping[str, tuple[int, int, int]] = {
    "white": (255, 255, 255), "black": (0, 0, 0), "red": (255, 0, 0), "orange": (255, 165, 0),
    "yellow": (255, 255, 0), "green": (0, 128, 0), "blue": (0, 0, 255), "purple": (128, 0, 128),
    "brown": (165, 42, 42), "pink": (255, 192, 203), "turquoise": (64, 224, 208), "violet": (238, 130, 238),
    "cyan": (0, 255, 255), "magenta": (255, 0, 255), "gold": (255, 215, 0), "lime": (0, 255, 0), "teal": (0, 128, 128),
    "indigo": (75, 0, 130), "salmon": (250, 128, 114), "coral": (255, 127, 80), "lavender": (230, 230, 250),
}  # fmt: skip
"""The named colors of CSS (W3C, CSS Color Module Level 4), 0 to 255."""
MAX_DISTANCE = 0.2
"""On the color wheel of radius 1; a lamp that reports its own rounding is nearer."""
MAX_HUE_DEGREES = 30.0
"""A lamp that cannot show a color fully shows the same hue paler."""
CLEAR = 0.35
"""From this saturation on a hue can be told."""


def hs_of(rgb: tuple[float, float, float]) -> tuple[float, float]:
    """Hue 0 to 360 and saturation 0 to 100 of red, green and blue, 0 to 255."""
    hue, saturation, _ = colorsys.rgb_to_hsv(*(one / 255 for one in rgb))
    return round(hue * 360, 1), round(saturation * 100, 1)


def xy_of(rgb: tuple[float, float, float]) -> tuple[float, float]:
    """CIE 1931 x and y of an sRGB color (IEC 61966-2-1, D65); the white point for black."""
    red, green, blue = (_linear(one / 255) for one in rgb)
    x = 0.4124 * red + 0.3576 * green + 0.1805 * blue
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = 0.0193 * red + 0.1192 * green + 0.9505 * blue
    whole = x + y + z
    return (round(x / whole, 4), round(y / whole, 4)) if whole else (0.3127, 0.329)


def hs_of_xy(x: float, y: float) -> tuple[float, float]:
    """Hue and saturation of CIE 1931 x and y. Raises: ValueError: there is no such color."""
    if not (0 < y <= 1 and 0 <= x <= 1):
        raise ValueError("xy")
    first, third = x / y, (1 - x - y) / y
    red = 3.2406 * first - 1.5372 - 0.4986 * third
    green = -0.9689 * first + 1.8758 + 0.0415 * third
    blue = 0.0557 * first - 0.2040 + 1.0570 * third
    brightest = max(red, green, blue)
    if brightest <= 0:
        raise ValueError("xy")
    return hs_of((255 * _gamma(red / brightest), 255 * _gamma(green / brightest), 255 * _gamma(blue / brightest)))


def shows(one: Entity, name: str) -> bool:
    """Does the lamp report this color? By hue and saturation; white light of a lamp of its own counts as white."""
    wanted = RGB.get(name)
    if wanted is None:
        return False
    hue, saturation = hs_of(wanted)
    if saturation < 5 and one.attributes.get("color_mode") in ("white", "color_temp"):
        return True
    found = _pair(one.attributes.get("hs_color"))
    if found is None:
        return False
    if _distance((hue, saturation / 100), (found[0], found[1] / 100)) <= MAX_DISTANCE:
        return True
    turned = abs((found[0] - hue + 180) % 360 - 180)
    return turned <= MAX_HUE_DEGREES and min(found[1], saturation) / 100 >= CLEAR


def _pair(value: object) -> tuple[float, float] | None:
    if not isinstance(value, list | tuple) or len(value) != 2:
        return None
    first, second = value
    return (first, second) if isinstance(first, int | float) and isinstance(second, int | float) else None


def _distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    (first, far), (second, wide) = one, other
    return math.dist(
        (far * math.cos(math.radians(first)), far * math.sin(math.radians(first))),
        (wide * math.cos(math.radians(second)), wide * math.sin(math.radians(second))),
    )


def _linear(value: float) -> float:
    return float(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)


def _gamma(value: float) -> float:
    if value <= 0:
        return 0.0
    return float(min(1.0, 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055))
