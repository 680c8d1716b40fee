"""How people speak to a home, as templates of the fast path. Articles, "all" and places belong to the names."""

from __future__ import annotations

from collections.abc import Mapping

_TURN = "(turn|switch|put|flip|power)"
_SET = "(set|change|turn|put|adjust|make|bring|move|get)"
_PERCENT = "{number:percent} [%|percent]"
_TO = "[up|down] (to|at)"
BESIDES = "(except|except for|but not|apart from|other than|besides|excluding|but) [for|in|those in] {spared:besides}"


def _switch(word: str, *others: str) -> tuple[str, ...]:
    return (
        f"{_TURN} {word} {{switchable:what}}",
        f"{_TURN} {{switchable:what}} [back|to] {word}",
        f"{{switchable:what}} {word}",
        *(other if "{" in other else f"{other} {{switchable:what}}" for other in others),
    )


def _switch_except(word: str) -> tuple[str, ...]:
    return (f"{_TURN} {word} {{switchable:what}} {BESIDES}", f"{_TURN} {{switchable:what}} {word} {BESIDES}")


ON_EXCEPT, OFF_EXCEPT = _switch_except("on"), _switch_except("off")


ON = _switch("on", "(activate|enable|power up|light up|start|illuminate)")
OFF = _switch("off", "{switchable:what} out", "(deactivate|disable|shut off|shut down|power down|kill|stop)")

LEVELS: Mapping[str, str] = {
    **dict.fromkeys(
        ("max", "maximum", "the maximum", "the max", "the highest", "highest", "full", "full power"), "100"
    ),
    **dict.fromkeys(("min", "minimum", "the minimum", "the min", "the lowest", "lowest"), "1"),
    **dict.fromkeys(("half", "halfway", "half way", "medium"), "50"),
}
"""Words for levels, in percent."""
_LEVEL = f"({_PERCENT}|{{level:percent}})"
BRIGHTNESS = (
    f"[{_SET}|dim|brighten|lower|raise|reduce|increase|decrease|turn (up|down)] {{light:what}} [brightness] {_TO}"
    f" {_LEVEL} [brightness|bright]",
    f"[{_SET}|dim|lower|raise] {{light:what}} [brightness] {_LEVEL} [brightness|bright]",
    f"[{_SET}|lower|raise|reduce|increase|decrease|turn (up|down)] [the] brightness [of|in|for|on] {{light:what}}"
    f" [{_TO}] {_LEVEL}",
    f"[{_SET}] [the] brightness {_TO} {_LEVEL} [(in|of|on|for) {{light:what}}]",
    f"{_TURN} on {{light:what}} (to|at) {_LEVEL} [brightness]",
    f"{_TURN} {{light:what}} on (to|at) {_LEVEL} [brightness]",
)
_BRIGHTER = "(brighter|lighter|more bright)"
_DARKER = "(darker|dimmer|less bright)"
_BIT = "[a bit|a little|a little bit|slightly|somewhat|much|way|far|too|so|very|really|quite|rather|kind of|pretty]"
_PLACE = "[[in] {place:place}|[over] there|[in] here|in this room]"
BRIGHTEN = (
    f"(make|turn|get) {{light:what}} {_BIT} {_BRIGHTER}",
    "(brighten|turn up|raise|increase) [the brightness (of|in)] {light:what} [up] [brightness] [a bit|a little|some]",
    f"{{light:what}} {_BIT} {_BRIGHTER}",
    f"it is {_BIT} {_BIT} (dark|dim|gloomy|dark and gloomy) {_PLACE}",
    f"{{place:place}} is {_BIT} {_BIT} (dark|dim|gloomy)",
    f"it is {_BIT} {_BIT} not bright enough {_PLACE}",
    f"(i need|give me|give us|we need|more|i want|some more) [some] [more] light {_PLACE}",
    f"(i can not|i can hardly|i can barely) see [anything|a thing|well] {_PLACE}",
    f"make it {_BIT} {_BRIGHTER} {_PLACE}",
    f"brighten (it|things) up {_PLACE}",
)
DIM = (
    f"(make|turn|get) {{light:what}} {_BIT} {_DARKER}",
    "(dim|turn down|lower|reduce|decrease) [the brightness (of|in)] {light:what} [down] [brightness] [a bit|a little]",
    f"{{light:what}} {_BIT} {_DARKER}",
    f"it is {_BIT} {_BIT} bright {_PLACE}",
    f"{{place:place}} is {_BIT} {_BIT} bright",
    f"(the|this) light is {_BIT} {_BIT} (bright|harsh|blinding) {_PLACE}",
    f"make it {_BIT} {_DARKER} {_PLACE}",
)

COLORS = (
    "white", "black", "red", "orange", "yellow", "green", "blue", "purple", "brown", "pink", "turquoise", "violet",
    "cyan",
    "magenta", "gold", "lime", "teal", "indigo", "salmon", "coral", "lavender",
)  # fmt: skip
COLOR = (
    f"[{_SET}|color|paint] {{light:what}} [color] [to|into] {{color:color}}",
    f"[{_SET}] [the] color [of|in|for] {{light:what}} [to] {{color:color}}",
    f"{_TURN} on {{light:what}} in {{color:color}}",
)
KELVIN: Mapping[str, str] = {
    **dict.fromkeys(("candle light", "candlelight", "candle"), "1900"),
    **dict.fromkeys(("warm white", "warm", "soft white"), "2700"),
    **dict.fromkeys(("cold white", "cool white", "cool", "cold"), "4000"),
    **dict.fromkeys(("daylight", "day light"), "6500"),
}
_KELVIN = "({number:kelvin} [k|kelvin]|{white:kelvin})"
COLOR_TEMPERATURE = (
    f"[{_SET}] [the] (color temperature|temperature|color) [of|in|for] {{light:what}} [to]"
    " ({number:kelvin} (k|kelvin)|{white:kelvin})",
    f"[{_SET}] [the] color temperature [of|in|for] {{light:what}} [to] {_KELVIN}",
    f"[{_SET}] {{light:what}} color temperature [to] {_KELVIN}",
    f"[{_SET}] {{light:what}} [temperature] [to] ({{number:kelvin}} (k|kelvin)|{{white:kelvin}})",
)

FAN = (
    f"[{_SET}] {{fan:what}} [speed] [{_TO}] {_LEVEL} [speed]",
    f"[{_SET}] [the] speed (of|for|on) {{fan:what}} [{_TO}] {_LEVEL}",
    f"[{_SET}] {{fan:what}} [to] {{speed:percent}} [speed]",
)
SPEEDS: Mapping[str, str] = {"low": "33", "slow": "33", "medium": "66", "high": "100", "fast": "100"}

OPEN = (
    f"({_TURN} on|start) {{valve:what}}",
    "(open|raise|lift|pull up|roll up|draw up) {opening:what} [up|fully|completely|all the way]",
)
OPEN_ENTRY = ("(open|raise|lift) {entry:what} [up|fully]",)
CLOSE = (
    f"({_TURN} off|shut off|stop) {{valve:what}}",
    "(close|shut|lower|pull down|roll down|drop) {closing:what} [down|fully|completely|all the way]",
)
POSITION = (
    f"(open|close|raise|lower|{_SET}) {{opening:what}} [position] {_TO} {_LEVEL} [open]",
    f"[{_SET}] [the] position (of|for) {{opening:what}} {_TO} {_LEVEL} [open]",
    f"(open|close) {{opening:what}} {_LEVEL}",
    "{opening:what} [position] [to] {number:percent} (%|percent) [open]",
    "half open {opening:what}",
)
LOCK = ("(lock|lock up|secure|bolt) {lock:what} [up]", "lock {lock:what} now")
UNLOCK = ("(unlock|unbolt|unlatch|un lock) {lock:what}", "open {lock:what}")

_DEGREES = "{number:degrees} [°|degrees|degree] [c|f|celsius|fahrenheit]"
TEMPERATURE = (
    f"[{_SET}|heat|cool|lower|raise|increase|decrease|turn (up|down)] {{climate:what}} [temperature|temp] {_TO}"
    f" {_DEGREES}",
    f"[{_SET}|lower|raise|increase|decrease] [the] (temperature|temp|heat|heating) [in|of|on|for]"
    f" [{{climate:what}}] [{_TO}] {_DEGREES}",
    f"[{_SET}] [the] (temperature|temp|heat|heating) {_TO} {_DEGREES} [[in] {{climate:what}}]",
    f"heat {{climate:what}} to {_DEGREES}",
)
MODES: Mapping[str, str] = {
    "heat": "heat", "heating": "heat", "cool": "cool", "cooling": "cool", "auto": "auto", "automatic": "auto",
    "off": "off", "dry": "dry", "drying": "dry", "fan only": "fan_only", "fan": "fan_only",
    "heat and cool": "heat_cool",
}  # fmt: skip
MODE = (
    f"({_SET}|switch) {{climate:what}} [mode] to {{mode:mode}} [mode]",
    f"({_SET}|switch) {{climate:what}} (on|in|into) {{mode:mode}} mode",
)

_BY_DEGREES = f"[by] {_DEGREES}"


def _warmth(verb: str, way: str, than: str, felt: str) -> tuple[str, ...]:
    heat = "(temperature|temp|heat|heating)"
    return (
        f"{verb} [the] {heat} [(in|of|on) {{climate:what}}] [a bit|a little|{_BY_DEGREES}]",
        f"{verb} {{climate:what}} [temperature|temp] [a bit|a little|{_BY_DEGREES}]",
        f"turn {{climate:what}} {way} [a bit|a little|{_BY_DEGREES}]",
        f"turn [the] {heat} {way} [(in|of|on) {{climate:what}}] [a bit|a little|{_BY_DEGREES}]",
        f"(make|get) {{climate:what}} {_BIT} {than}",
        f"(make|get) it {_BIT} {than} [here|in here|[in] {{climate:what}}]",
        f"it is {_BIT} {_BIT} {felt} [here|in here|[in] {{climate:what}}]",
        f"{{climate:what}} is {_BIT} {_BIT} {felt}",
    )


WARMER = _warmth("(turn up|raise|increase)", "up", "(warmer|hotter)", "(cold|chilly|freezing|cool)")
COOLER = _warmth("(turn down|lower|decrease|reduce)", "down", "(cooler|colder)", "(hot|warm|stuffy)")

VACUUM_START = (
    "(start|run|turn on|resume|launch|activate|begin) {vacuum:what} [cleaning|vacuuming]",
    "(start|begin) (vacuuming|cleaning|hoovering) [with {vacuum:what}]",
    "(vacuum|hoover) [the] (floor|floors|house|carpet|carpets)",
    "let {vacuum:what} (clean|run|vacuum)",
    "{vacuum:what} on",
)
VACUUM_DOCK = (
    "(return|send|bring|take|move) {vacuum:what} [back] to [the|its|his] (base|dock|charger|[charging] station|home)",
    "(dock|park|return|recall|stop|turn off|charge) {vacuum:what}",
    "send {vacuum:what} (home|back|back home)",
    "(stop|end) (vacuuming|hoovering)",
    "{vacuum:what} (to base|off|home|go home)",
)
VACUUM_PAUSE = ("pause {vacuum:what}",)
CLEAN = (
    "(clean|vacuum|hoover|mop) {place:place} [with {vacuum:what}]",
    "(start|run|send|use) {vacuum:what} (in|to) {place:place}",
    "(start|begin) (vacuuming|cleaning|hoovering) [in] {place:place} [with {vacuum:what}]",
)
MOWER_START = ("(start|run|launch|begin) {mower:what} [mowing]", "(start mowing|mow) [the lawn|the grass]")
MOWER_DOCK = (
    "(return|send|bring) {mower:what} [back] to [the|its] (base|dock|charger|station)",
    "(dock|park|stop) {mower:what}",
    "(stop|end|cancel) mowing [the lawn]",
)

_ON_PLAYER = "[[(on|in|at|of|from)] {player:what}]"
_ITEM = "[the|this|that|my] (song|track|music|item|video|movie|show|episode|playback|media|audio|tune)"
PAUSE = (
    "(pause|halt) [the music on|playback on|the music in] {player:what}",
    f"(pause|stop) {_ITEM} {_ON_PLAYER}",
    f"stop playing {_ON_PLAYER}",
    "stop {player:what}",
)
PLAY = (
    "(resume|unpause|un pause|continue) [the music on|playback on|music on|playing on] {player:what}",
    f"(resume|unpause|un pause|continue) {_ITEM} {_ON_PLAYER}",
    f"(continue|resume) playing {_ON_PLAYER}",
    f"(unpause|un pause|resume) {_ON_PLAYER}",
)
NEXT = (
    f"(skip|next|skip to [the] next|skip to|play [the] next|go to [the] next) {_ITEM} {_ON_PLAYER}",
    f"(skip ahead|skip forward|next one|next) {_ON_PLAYER}",
    f"skip [this] {_ON_PLAYER}",
)
PREVIOUS = (
    f"(previous|last|skip to [the] previous|play [the] previous|go back to [the] previous|go to [the] previous"
    f"|replay|repeat) {_ITEM} {_ON_PLAYER}",
    f"(go back|skip back) [a|one] [song|track] {_ON_PLAYER}",
)
_VOLUME = "[the] volume"
_MUSIC = "(music|song|sound)"
"""What plays, without the name of the player: only while one here plays it is this that is meant (`gives_way`)."""
VOLUME = (
    f"[{_SET}|lower|raise|increase|decrease|turn (up|down)] {_VOLUME} [(of|on|in|for|at) {{player:what}}] {_TO}"
    f" {_PERCENT}",
    f"[{_SET}|lower|raise|increase|decrease|turn (up|down)] {{player:what}} [volume] {_TO} {_PERCENT} [volume]",
    f"[{_SET}|lower|raise|increase|decrease|turn (up|down)] {_VOLUME} {_TO} {_PERCENT} (on|in|of|for) {{player:what}}",
    f"(on|in) {{player:what}} [{_SET}|lower|raise|increase|decrease|turn (up|down)] {_VOLUME} {_TO} {_PERCENT}",
    f"volume {_PERCENT} {_ON_PLAYER}",
    f"[{_SET}] [the|my] {_MUSIC} [volume] [up|down] (to|at) {{number:percent}} (percent|%) {_ON_PLAYER}",
)
_LOUDER = "(turn up|raise|increase|crank up)"
_QUIETER = "(turn down|lower|decrease|reduce)"


_BY = "[by] {number:percent} [%|percent]"


def _relative(verb: str, way: str, than: str) -> tuple[str, ...]:
    return (
        f"{verb} {_VOLUME} [(of|on|in|for) {{player:what}}] {_BY}",
        f"{verb} {_VOLUME} {_BY} [(of|on|in|for) {{player:what}}]",
        f"{verb} {{player:what}} [volume] {_BY}",
        f"turn {{player:what}} [volume] {way} {_BY}",
        f"volume {way} {_BY} {_ON_PLAYER}",
        f"volume {way} {_ON_PLAYER} {_BY}",
        f"{{player:what}} [volume] {way} {_BY}",
        f"{verb} {_VOLUME} [(of|on|in|for) {{player:what}}]",
        f"{verb} {{player:what}} [volume]",
        f"turn {_VOLUME} {way} {_ON_PLAYER}",
        f"turn {{player:what}} [volume] {way}",
        f"volume {way} {_ON_PLAYER}",
        f"{{player:what}} [volume] {way}",
        f"make {{player:what}} {than}",
        f"[make it] {than} {_ON_PLAYER}",
        f"{verb} [the|my] {_MUSIC} [volume] {_ON_PLAYER}",
        f"[turn [the|my]] {_MUSIC} [volume] ({way}|{than}) {_ON_PLAYER}",
        f"make [the|my] {_MUSIC} {than} {_ON_PLAYER}",
        f"play [it|the music|that] {than} {_ON_PLAYER}",
        f"turn it {way} {_ON_PLAYER}",
    )


LOUDER = _relative(_LOUDER, "up", "louder")
QUIETER = _relative(_QUIETER, "down", "(quieter|softer)")
MUTE = (f"mute [the sound|the volume|the music|sound|music] {_ON_PLAYER}", "(silence|quiet) {player:what}")
UNMUTE = (f"(unmute|un mute) [the sound|the volume|the music|sound|music] {_ON_PLAYER}",)

_RUN = "(activate|run|start|trigger|execute|turn on|switch on|launch|enable|set|change to|transition to|play|do)"
ACTIVATE = (
    f"{_RUN} [the] [scene|script] {{activity:what}} [scene|script|routine]",
    "(press|push|hit) [the] [button] {activity:what} [button]",
    "turn {activity:what} [scene|script] on",
    "{activity:what} [scene|script] [on]",
)
ACTIVATE_GUARDED = tuple(text.replace("{activity:", "{guarded:") for text in ACTIVATE)

_LIST = "[the|my|our] {todo:list} [list|to do list|todo list]"
ADD_ITEM = (
    f"(add|put|write|append|note|place) {{text:item}} (to|on|onto|in|into) {_LIST}",
    f"(remember|note) {{text:item}} (on|in) {_LIST}",
)
COMPLETE_ITEM = (
    f"(check off|tick off|complete|mark off|cross off|finish) {{text:item}} (from|on|off|off of|in) {_LIST}",
    f"(check|tick|mark|cross) {{text:item}} off [from|of|on] {_LIST}",
    f"mark {{text:item}} (as done|done|complete|as complete|as completed|completed) (on|in|from) {_LIST}",
)
REMOVE_ITEM = (f"(remove|delete|take|drop|erase) {{text:item}} (from|off|off of) {_LIST}",)
READ_LIST = (
    f"what is (on|in) {_LIST}",
    f"(read|show|tell me|list) {_LIST}",
    f"what (do i|do we|is there to|should i) [have to] (do|buy|get) (on|from) {_LIST}",
)

_ROOM = "[in|on] [the] {name:room}"
AWAY = (
    f"{_TURN} (on|off) [the] [{{name:room}}] {{away:what}} [{_ROOM}]",
    f"{_TURN} [the] [{{name:room}}] {{away:what}} [{_ROOM}] (on|off)",
    f"(open|close|shut|lock|unlock|dim|start|raise|lower) [the] [{{name:room}}] {{away:what}} [{_ROOM}]",
    f"(set|change|dim) [the] [{{name:room}}] {{away:what}} to {_PERCENT}",
    "(is|are) [the] [{name:room}] {away:what} (on|off|open|closed|locked|unlocked)",
)

STATES: Mapping[str, str] = {
    "on": "on", "off": "off", "open": "open", "opened": "open", "closed": "closed", "shut": "closed",
    "locked": "locked",
    "unlocked": "unlocked", "playing": "playing", "paused": "paused", "cleaning": "cleaning", "docked": "docked",
    "home": "home", "away": "not_home", "at home": "home", "in the home": "home", "occupied": "on", "running": "on",
}  # fmt: skip
CHECK = (
    "(is|are) {thing:what} [still|currently|really|now] {state:state}",
    "(is|are) {thing:what} {state:state} [still|now]",
    "did i (leave|forget) {thing:what} {state:state}",
    "have i left {thing:what} {state:state}",
)
ANY = ("(is|are) (any|there any|some) [of the|of my] {thing:what} [still] {state:state}",)
ALL = ("(is|are) (all|all of) {thing:what} {state:state}",)
WHICH = ("(which|what) [of the|of my] {thing:what} (is|are) [still] {state:state}",)
COUNT = ("how many [of the|of my] {thing:what} (is|are) [still] {state:state}",)
STATE = (
    "what is the (state|status) of {thing:what}",
    "(what|how) is {thing:what} (doing|set to|at)",
    "what is {thing:what} [state|status|reading|level|value]",
    "how (full|high|low|bright|loud) is {thing:what}",
)
_WARM = "(warm|hot|cold|cool)"
HOW_WARM = (
    "(what|how) is the [current|inside|indoor|room] (temperature|temp) [[in|of|at|on] {place:place}|in the house"
    "|inside]",
    "(what|how) is the (temperature|temp) (of|on|at) {climate:what}",
    "(what|how) is [the] {climate:what} (temperature|temp)",
    "what is [the] {place:place} (temperature|temp)",
    f"how {_WARM} is (it [in] [{{place:place}}]|it inside|it in the house|{{place:place}})",
    f"how {_WARM} is {{climate:what}}",
)
