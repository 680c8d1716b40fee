"""Everyday units: what they measure, how large they are (SI; US customary for kitchens), and how people call them.

Factors: NIST Special Publication 811, appendix B. The calorie is that of food, the ton the short one, pint and gallon
those of the United States unless they are called imperial; a month is the twelfth part of a year.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Unit:
    """`factor` turns an amount into the base unit of its kind; `offset` is added first (temperatures)."""

    one: str
    many: str
    kind: str
    factor: Fraction
    offset: Fraction = Fraction(0)


_TABLE = """
length  1            meter       meters       m metre metres
length  1000         kilometer   kilometers   km kms kilometre kilometres
length  0.01         centimeter  centimeters  cm cms centimetre centimetres
length  0.001        millimeter  millimeters  millimetre millimetres
length  1609.344     mile        miles        mi
length  0.9144       yard        yards        yd
length  0.3048       foot        feet         ft
length  0.0254       inch        inches
length  1852         nautical_mile nautical_miles
length  9460730472580800 light_year light_years
mass    1            kilogram    kilograms    kg kgs kilo kilos kilogramme kilogrammes
mass    0.001        gram        grams        g gramme grammes grants
mass    0.000001     milligram   milligrams   mg
mass    1000         tonne       tonnes       metric_ton metric_tons
mass    907.18474    ton         tons
mass    0.45359237   pound       pounds       lb lbs
mass    0.028349523125 ounce     ounces       oz
mass    6.35029318   stone       stones
mass    0.0002       carat       carats
volume  1            liter       liters       l litre litres
volume  0.001        milliliter  milliliters  ml mls millilitre millilitres cc
volume  0.01         centiliter  centiliters  cl centilitre centilitres
volume  0.1          deciliter   deciliters   dl decilitre decilitres
volume  1000         cubic_meter cubic_meters cubic_metre cubic_metres
volume  0.001        cubic_centimeter cubic_centimeters cubic_centimetre cubic_centimetres
volume  28.316846592 cubic_foot  cubic_feet
volume  0.2365882365 cup         cups
volume  0.01478676478125 tablespoon tablespoons tbsp
volume  0.00492892159375 teaspoon teaspoons   tsp
volume  0.0295735295625 fluid_ounce fluid_ounces
volume  0.473176473  pint        pints
volume  0.946352946  quart       quarts
volume  3.785411784  gallon      gallons
volume  0.56826125   imperial_pint imperial_pints british_pint british_pints uk_pint uk_pints
volume  4.54609      imperial_gallon imperial_gallons british_gallon british_gallons uk_gallon uk_gallons
time    1            second      seconds      sec secs
time    60           minute      minutes      min mins
time    3600         hour        hours        hr hrs
time    86400        day         days
time    604800       week        weeks
time    1209600      fortnight   fortnights
time    2629800      month       months
time    31557600     year        years
time    315576000    decade      decades
time    3155760000   century     centuries
time    0.001        millisecond milliseconds ms
area    1            square_meter square_meters square_metre square_metres
area    1000000      square_kilometer square_kilometers square_kilometre square_kilometres
area    10000        hectare     hectares
area    4046.8564224 acre        acres
area    0.09290304   square_foot square_feet
area    2589988.110336 square_mile square_miles
area    0.83612736   square_yard square_yards
area    0.00064516   square_inch square_inches
area    0.0001       square_centimeter square_centimeters square_centimetre square_centimetres
speed   1            meter_per_second meters_per_second metre_per_second metres_per_second
speed   1000/3600    kilometer_per_hour kilometers_per_hour kilometre_per_hour kilometres_per_hour kph kmh
speed   0.44704      mile_per_hour miles_per_hour mph
speed   1852/3600    knot        knots
speed   0.3048       foot_per_second feet_per_second
data    1            byte        bytes
data    1000         kilobyte    kilobytes    kb
data    1000000      megabyte    megabytes    mb
data    1000000000   gigabyte    gigabytes    gb gigs gig
data    1000000000000 terabyte   terabytes    tb
data    1000000000000000 petabyte petabytes pb
data    1024         kibibyte    kibibytes
data    1048576      mebibyte    mebibytes
data    1073741824   gibibyte    gibibytes
data    0.125        bit         bits
data    125          kilobit     kilobits
data    125000       megabit     megabits
data    125000000    gigabit     gigabits
rate    1            byte_per_second bytes_per_second
rate    1000000      megabyte_per_second megabytes_per_second
rate    125000       megabit_per_second megabits_per_second mbps
rate    125000000    gigabit_per_second gigabits_per_second gbps
pressure 1           pascal      pascals
pressure 100         hectopascal hectopascals millibar millibars
pressure 1000        kilopascal  kilopascals
pressure 100000      bar         bars
pressure 101325      atmosphere  atmospheres
pressure 6894.757293168 pound_per_square_inch pounds_per_square_inch psi
energy  1            joule       joules
energy  1000         kilojoule   kilojoules   kj
energy  4184         calorie     calories     kilocalorie kilocalories kcal
energy  3600000      kilowatt_hour kilowatt_hours kwh
power   1            watt        watts
power   1000         kilowatt    kilowatts    kw
power   745.6998715822702 horsepower horsepower hp
"""

_DEGREES = {
    "celsius": (
        Unit("degree Celsius", "degrees Celsius", "temperature", Fraction(1), Fraction("273.15")),
        "centigrade",
    ),
    "fahrenheit": (
        Unit("degree Fahrenheit", "degrees Fahrenheit", "temperature", Fraction(5, 9), Fraction("459.67")),
        "",
    ),
    "kelvin": (Unit("kelvin", "kelvin", "temperature", Fraction(1)), "kelvins"),
}


def _read() -> tuple[dict[str, Unit], dict[str, str]]:
    units: dict[str, Unit] = {}
    names: dict[str, str] = {}
    for line in _TABLE.strip().splitlines():
        kind, factor, *called = (part.replace("_", " ") for part in line.split())
        one, many = called[:2]
        units[one] = Unit(one, many, kind, Fraction(factor) if "/" not in factor else _ratio(factor))
        names |= dict.fromkeys(called, one)
    for name, (unit, other) in _DEGREES.items():
        units[name] = unit
        for spoken in filter(None, (name, other)):
            names |= {spoken: name, f"degrees {spoken}": name, f"degree {spoken}": name}
    names |= {"° c": "celsius", "° f": "fahrenheit", "degrees c": "celsius", "degrees f": "fahrenheit"}
    return units, names


def _ratio(text: str) -> Fraction:
    over, under = text.split("/")
    return Fraction(over) / Fraction(under)


UNITS, NAMES = _read()
"""`UNITS` by their own name; `NAMES` as people call them -> that name."""


def convert(amount: Fraction, source: Unit, target: Unit) -> Fraction:
    """Both of the same kind; exact."""
    return (amount + source.offset) * source.factor / target.factor - target.offset


def pair(source: str, target: str) -> tuple[Unit, Unit] | None:
    """The two units that two names mean together; None for an unknown name.

    An ounce beside a volume is a fluid ounce.
    """
    if source not in NAMES or target not in NAMES:
        return None
    first, second = UNITS[NAMES[source]], UNITS[NAMES[target]]
    fluid = UNITS["fluid ounce"]
    if first.one == "ounce" and second.kind == "volume":
        first = fluid
    if second.one == "ounce" and first.kind == "volume":
        second = fluid
    return first, second
