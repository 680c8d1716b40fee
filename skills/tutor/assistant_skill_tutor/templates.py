"""What people say to have something translated and to practise."""

from __future__ import annotations

_NAMES = """
arabic bengali bulgarian catalan chinese croatian czech danish dutch english esperanto estonian finnish french german
greek hebrew hindi hungarian icelandic indonesian irish italian japanese korean latin latvian lithuanian malay norwegian
persian polish portuguese romanian russian serbian slovak slovenian spanish swahili swedish tamil thai turkish ukrainian
urdu vietnamese welsh
"""
LANGUAGE = {name: name.title() for name in _NAMES.split()} | {"mandarin": "Chinese"}

TRANSLATE = [
    "how (do|would|can) (you|i|we|they) say {text:words} in {language}",
    "translate {text:words} (to|into) {language}",
    "what is [the] {language} [word|phrase|expression] for {rest:words}",
    "what does {text:words} translate to in {language}",
    "say {text:words} in {language}",
]
TRANSLATE_UNFINISHED = ["how (do|would) (you|i) say", "translate"]
PRACTISE = [
    "(practise|practice|train|learn|study) [some|my] {language} with me",
    "(practise|practice|train|learn|study) [some|my] {language} with me (about|on) {rest:topic}",
    "let us (practise|practice|learn|study) [some] {language}",
    "let us (practise|practice|learn|study) [some] {language} about {rest:topic}",
    "(teach me|quiz me on|test my|test me on) [some|my] {language}",
    "(teach me|quiz me on|test me on) [some] {language} about {rest:topic}",
]
