"""How people ask for music, as templates of the fast path; "stop" and "pause" alone are the assistant's own."""

from __future__ import annotations

_MUSIC = "(music|song|track|tune|playback|player|album|playlist)"
_THE = "[the|my|this|that]"
_SONG = "(song|track|tune|title)"

PLAY_SOMETHING = (
    "play [me|us] [some|the|my|any|a little|a bit of] (music|songs|tunes)",
    "play (something|anything)",
    "(put|turn|switch) on [some|the|my|a little] music",
    "(put|turn|switch) [some|the|my] music on",
    "start [playing] [the|some] (music|playback)",
    "i (want to|would like to) (listen to|hear) [some] music",
    "(listen to|hear) [some] music",
    "music",
)
RESUME = (
    f"(resume|unpause|continue) [playing] {_THE} {_MUSIC}",
    "(resume|continue) playing",
    "unpause",
    f"(go on with|carry on with) the {_MUSIC}",
)
PAUSE = (
    f"(pause|hold) {_THE} {_MUSIC}",
    f"pause playing {_THE} {_MUSIC}",
)
STOP = (
    f"(stop|end|quit|halt) [playing] {_THE} {_MUSIC}",
    f"(turn|switch|shut) off {_THE} {_MUSIC}",
    f"(turn|switch|shut) {_THE} {_MUSIC} off",
    "no more music",
    f"{_MUSIC} off",
)
NEXT = (
    f"[play] [the] next {_SONG}",
    f"(skip|skip to) [the] next {_SONG}",
    f"(go|skip) to the next {_SONG}",
    f"skip [this|that|the] {_SONG}",
    "skip [this one|it|ahead]",
    "i do not like this song",
)
PREVIOUS = (
    f"[play] [the] previous {_SONG}",
    f"play the last {_SONG} again",
    f"(go|skip) back [to the (previous|last) {_SONG}]",
    f"(go|skip) back (a|one) {_SONG}",
    f"(go|skip) to the (previous|last) {_SONG}",
)
UP = (
    "(turn|crank) [the|my] (music|song|playback|player|tunes) up",
    "(turn|crank) up [the|my] (music|song|playback|player|tunes)",
    "[turn [the|my]] music [volume] (up|louder)",
    "make [the|my] (music|song) louder",
    "play [it|the music|that] louder",
    "[turn] [the] volume up",
    "turn up the volume",
    "turn it up",
    "(raise|increase) [the] [music] volume",
    "louder",
)
DOWN = (
    "turn [the|my] (music|song|playback|player|tunes) down",
    "turn down [the|my] (music|song|playback|player|tunes)",
    "[turn [the|my]] music [volume] (down|softer|quieter)",
    "make [the|my] (music|song) (softer|quieter)",
    "play [it|the music|that] (softer|quieter|more quietly)",
    "[turn] [the] volume down",
    "turn down the volume",
    "turn it down",
    "(lower|decrease|reduce) [the] [music] volume",
    "(softer|quieter)",
)
_SET = "(set|turn|put|change|bring) [the|my]"
VOLUME = (
    f"{_SET} [music|player] volume [up|down] to {{number:percent}} [(percent|%)]",
    f"{_SET} (music|player) [up|down] to {{number:percent}} (percent|%)",
    "[the] [music] volume [to|at] {number:percent} (percent|%)",
    "[music] volume [to] {number:percent}",
)
HOW_LOUD = ("how loud is [the] (music|it)", "what is the [music] volume", "how high is the [music] volume")
WHAT = (
    f"(what|which) [{_SONG}|music] is [currently|now] playing [now|right now]",
    f"what {_SONG} is (this|it|that)",
    f"(what|which) {_SONG} is on",
    f"what is the (name|title) of (this|that) {_SONG}",
    f"what is this {_SONG} [called]",
    f"what is the {_SONG}",
    "what is playing [now|right now]",
    "what am i (listening to|hearing)",
    "what are you playing",
    f"who (sings|plays|is singing|is playing) [this|that] [{_SONG}]",
    f"who is (this|the artist|singing|the singer) [of this {_SONG}]",
    f"name this {_SONG}",
)
SHUFFLE_ON = (
    "shuffle [the|my|these] [music|songs|playlist|album]",
    "(turn|switch) on shuffle", "(turn|switch) shuffle on", "shuffle on", "play in [a] random order",
)  # fmt: skip
SHUFFLE_OFF = (
    "(turn|switch) off shuffle", "(turn|switch) shuffle off", "(stop|no) (shuffle|shuffling)", "shuffle off",
    "play in order",
)  # fmt: skip
REPEAT_ON = (
    "repeat [the|this|my] (music|songs|playlist|album)",
    "(turn|switch) on repeat", "(turn|switch) repeat on", "repeat on",
)  # fmt: skip
REPEAT_OFF = (
    "(turn|switch) off repeat", "(turn|switch) repeat off", "(stop repeating|no repeat)", "repeat off",
)  # fmt: skip
PLAY = (
    "(play|put on) [me] [some|the song|the track] {text:what}",
    "(play|put on) [the song|the track|song] {text:what} by {text:by}",
)
PLAY_ALBUM = (
    "(play|put on) [the|an] album {text:what} [by {text:by}]",
    "(play|put on) the {text:what} album",
)
PLAY_ARTIST = (
    "(play|put on) [the] (artist|band|singer|group) {text:what}",
    "(play|put on) [me] (something|anything|some songs|songs|some music|music|everything) (by|from) {text:what}",
)
PLAY_PLAYLIST = (
    "(play|put on|start) [the|my] playlist {text:what}",
    "(play|put on|start) [the|my] {text:what} playlist",
)
PLAY_UNFINISHED = ("play", "play the song", "play the album", "play some", "play something by")
