"""How people ask for the weather."""

from __future__ import annotations

WEEKEND = dict.fromkeys(("this weekend", "the weekend", "weekend", "on the weekend", "at the weekend"), "weekend")
FALL = {"rain": "rain", "be raining": "rain", "be rainy": "rain", "pour": "rain", "snow": "snow", "be snowing": "snow"}
FALLING = {"raining": "rain", "pouring": "rain", "snowing": "snow"}
THING = dict.fromkeys(("an umbrella", "my umbrella", "a raincoat", "my raincoat", "a rain jacket"), "rain")

_WHEN = "[for] ({date:when}|{weekend:when})"
_IN = "(in|for|at|over in) {text:place}"
_THERE = (f"[outside|here] [{_WHEN}]", f"{_IN} [{_WHEN}]", f"{_WHEN} {_IN}")
_HOW = "(cold|warm|hot|sunny|windy|cloudy|nice|chilly|freezing)"

FORECAST = tuple(
    f"{words} {there}"
    for there in _THERE
    for words in (
        "[what is|how is|give me|check|get|say|read] [the|todays] [current] weather [forecast|report] [like]",
        "[what is|give me|check|get|read] the forecast",
        "(what|how) (will|is) the weather [going to] be [like]",
        "what is the weather going to be [like]",
        "what is the temperature",
        "how (cold|warm|hot) (is it|will it be|will it get|is it going to be|does it get)",
        f"(will it be|is it|is it going to be|will it get) [very|really] {_HOW}",
        "what is it like",
    )
)
RAIN = tuple(
    f"{words} {there}"
    for there in _THERE
    for words in (
        "(will it|is it going to|is it about to|does it|could it) {fall:kind}",
        "is it {falling:kind}",
        "(do i need|should i take|should i bring|will i need) {thing:kind}",
        "is there (any|a chance of) {fall:kind}",
        "what is the chance of {fall:kind}",
        "how likely is {fall:kind}",
    )
)
SET_PLACE = (
    "my weather place is [in|i am in|i live in|we live in|it is] {text:place}",
    "set my [weather|home] place to {text:place}",
    "use {text:place} for the weather",
    "what is the weather ({date:when}|{weekend:when}) my weather place is [in|i am in|i live in|it is] {text:place}",
)
UNITS = (
    "use {unit:units} [for the weather|for temperatures]",
    "[give me|say] (the weather|temperatures|the temperature) in {unit:units} [from now on]",
    "(switch|change) [the weather|temperatures] to {unit:units}",
)
UNIT = {"celsius": "metric", "metric units": "metric", "fahrenheit": "imperial", "imperial units": "imperial"}
