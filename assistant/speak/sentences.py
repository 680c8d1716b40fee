"""Cuts a reply into clauses for the voice while the language model still writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from re import Match

_WORD = re.compile(r"\S+")
_SPACE = re.compile(r"\s+")
_FENCE_MARK = re.compile(r"```|~~~")
_HAS_WORD = re.compile(r"[^\W_]")
_MARKER = re.compile(r"[-*+•]|\d{1,3}[.)]|#{1,6}|>")
_CLOSERS = "*_`~\"'”’)]}"
_OPENERS = "*_`~\"'“‘([{"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ABBREVIATIONS = _words(
    "dr mr mrs ms prof gen capt lt sgt col rev gov sen rep mt ft st jr sr no nos vs approx dept est fig e.g i.e cf al "
    "jan feb mar apr jun jul aug sep sept oct nov dec u.s a.k.a vol pp ca v inc ltd co corp"
)
_ENDING_ABBREVIATIONS = _words("etc a.m p.m")
_INITIAL = re.compile(r"[A-Za-z]|(?:[A-Za-z]\.)+[A-Za-z]")
_CONJUNCTIONS = _words(
    "because and but or which that who where when while although though since unless until if whereas"
)
_PREPOSITIONS = _words("by from with through into during between among about after before around across towards")
"""A first clause may also end before one of these: speech begins some words earlier, and a reader could pause there."""
_JOINTS = _words("of in on at for is are was were has have")
"""The same for a first clause that can stand alone by its length: "The largest animal on earth"."""
_SMALL = _CONJUNCTIONS | _PREPOSITIONS | _JOINTS
_MONTHS = _words(
    "jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august september "
    "october november december"
)
_NEVER_LAST = (
    _words(
        "a an the of in to at by for with from as my your his her its our their no not even such just only so and or "
        "than is are was very king queen president number"
    )
    | _ABBREVIATIONS
    | _MONTHS
)
_OPERATORS = re.compile(r"[=+×÷*/<>^±−&@–-]+")
_ENDS_IN_FIGURE = re.compile(r"\d[)%°]?$|[$€£¥]$")
_LIKE_A_UNIT = re.compile(
    r"[°%$€£(]?\d|[°%$€£]|[A-Za-zµΩ°/²³]{1,4}(?:\W|$)|(?:thousand|[mbtr]+illion|degrees|percent)\b", re.IGNORECASE
)
_ROMAN = re.compile(r"[IVXL]+\W*")

_CLOSED_SPANS = re.compile(
    r"\*\*[^*]*\*\*|__[^_]*__|`[^`\n]*`|!?\[[^\]]*\]\([^)]*\)|\[[^\]]*\](?!\()|\$[^\s$\d][^$\n]*\$|\\\(.*?\\\)"
    r"|(?<!\w)\*[^\s*][^*\n]*\*(?!\w)"
)
_OPEN_SPAN = re.compile(r"\*\*(?=\S)|(?<!\w)__(?=\w)|`|\[(?!\s)|\\\(|(?<!\w)\*(?=\w)|\$(?=[^\s$\d]\S*[\\^_{])")
_LONG_WORD_CHARS = 64
"""Within such a word nothing is looked for until white space comes, or one endless word would cost its square."""
_MAX_SPAN_WORDS = 24
"""A mark that is not closed within so many words was no opening mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseLimits:
    """How long clauses may be, in words. `first_*` is for the first piece, which decides when speech begins."""

    first_min_words: int = 3
    first_joint_words: int = 4
    first_max_words: int = 7
    long_sentence_words: int = 30
    longest_words: int = 45
    shortest_cut_words: int = 8


class ClauseSplitter:
    """A stream of text deltas in, clauses out: `feed()` as the text comes, `flush()` at its end.

    The first clause comes early, at the first mark or conjunction; later pieces are whole sentences, and long
    sentences are cut at a clause. Numbers with their units, abbreviations, addresses and Markdown spans stay whole; a
    line break ends a piece. Joined pieces are the text, white space apart, and do not depend on the deltas, with one
    exception: before the first piece ends, a delta that ends with a small word ("is") is taken to bring all of it, as
    the tokens of language models do; waiting for the next token would delay the voice by its time. A piece may hold
    nothing to say ("---"). After `flush()` the splitter is ready for the next reply.
    """

    def __init__(self, limits: ClauseLimits | None = None) -> None:
        self._limits = limits or ClauseLimits()
        self._reset()

    def feed(self, delta: str) -> list[str]:
        """The clauses that are certain now, in order, each without white space around it."""
        in_long_word = len(self._buffer) > _LONG_WORD_CHARS and not _SPACE.search(self._buffer[-_LONG_WORD_CHARS:])
        self._buffer += delta if self._buffer else delta.lstrip()
        if in_long_word and not _SPACE.search(delta):
            return []
        return list(self._pieces(final=False))

    def flush(self) -> list[str]:
        """The rest, at the end of the reply."""
        pieces = list(self._pieces(final=True))
        if rest := self._buffer.strip():
            pieces.append(rest)
        self._reset()
        return pieces

    def _reset(self) -> None:
        self._buffer = ""
        self._first = True
        self._restart()

    def _restart(self) -> None:
        """Begin a new piece at the start of the buffer."""
        self._scanned = 0
        self._words = 0
        self._fallback = 0
        self._in_fence = False

    def _pieces(self, *, final: bool) -> Iterator[str]:
        while cut := self._find_cut(final=final):
            piece, self._buffer = self._buffer[:cut].strip(), self._buffer[cut:]
            self._restart()
            if piece:
                self._first = False
                yield piece

    def _find_cut(self, *, final: bool) -> int:
        """The end of the next piece as an offset into the buffer, 0 when it is not certain yet.

        Walks word by word and keeps its place, so that a long text is not read again with every delta.
        """
        while True:
            word = _WORD.search(self._buffer, self._scanned)
            gap = _SPACE.match(self._buffer, word.end()) if word else None
            if not word or not gap:
                return 0
            following = _WORD.match(self._buffer, gap.end())
            complete = following is not None and (final or following.end() < len(self._buffer))
            cut = self._judge(word, gap[0], following[0] if following else "", complete=complete)
            if cut is None:
                return 0
            if cut:
                return cut
            self._scanned = word.end()

    def _judge(self, match: Match[str], gap: str, following: str, *, complete: bool) -> int | None:
        """Where to cut when `match` is the last word of a piece; 0 to go on, None to wait for more text.

        `complete` tells that all of the following word is there: only then is it known whether "PM" follows "4:32".
        """
        word = match[0]
        if len(_FENCE_MARK.findall(word)) % 2:
            self._in_fence = not self._in_fence
            return match.end() if not self._in_fence else 0
        if self._in_fence or (not self._words and _MARKER.fullmatch(word)):
            return 0
        if "\n" in gap:
            return match.end()
        known = following.lstrip(_OPENERS)
        if not known and not complete:
            return None
        sentence = _ends_sentence(word, known)
        certain = complete or sentence or (self._first and (_bare(following) in _SMALL or _pauses(word, known)))
        if not certain:
            return None
        self._words += bool(_HAS_WORD.search(word))
        if self._first:
            return self._judge_first(match, following, sentence)
        return self._judge_later(match, following, sentence)

    def _judge_first(self, match: Match[str], following: str, sentence: bool) -> int:
        limits = self._limits
        if self._words < limits.first_min_words or self._inside_span(match.end()):
            return 0
        early = _bare(following) in _PREPOSITIONS and _may_part(match[0], following)
        if self._words >= limits.first_joint_words:
            early = early or (_bare(following) in _JOINTS and _may_part(match[0], following))
        if sentence or early or _ends_clause(match[0], following):
            return match.end()
        forced = self._words >= limits.first_max_words and _may_part(match[0], following)
        return match.end() if forced or self._words >= limits.longest_words else 0

    def _judge_later(self, match: Match[str], following: str, sentence: bool) -> int:
        limits = self._limits
        clause = not sentence and self._words >= limits.shortest_cut_words and _ends_clause(match[0], following)
        if not (sentence or clause or self._words >= limits.long_sentence_words) or self._inside_span(match.end()):
            return 0
        if sentence:
            return match.end()
        if clause:
            self._fallback = match.end()
        if self._words >= limits.long_sentence_words and self._fallback:
            return self._fallback
        forced = self._words >= limits.longest_words and _may_part(match[0], following)
        return match.end() if forced or self._words >= 2 * limits.longest_words else 0

    def _inside_span(self, end: int) -> bool:
        """Whether bold text, code, a link or a formula is open at offset `end`."""
        text = self._buffer[:end]
        if not any(mark in text for mark in "*_`[$\\"):
            return False
        text = _CLOSED_SPANS.sub(" ", text)
        opening = _OPEN_SPAN.search(text)
        return opening is not None and len(text[opening.start() :].split()) <= _MAX_SPAN_WORDS


def split_clauses(text: str) -> list[str]:
    """The clauses of a ready-made reply, cut as `ClauseSplitter` would cut it while it is being written."""
    splitter = ClauseSplitter()
    return splitter.feed(text) + splitter.flush()


def _ends_sentence(word: str, following: str) -> bool:
    """Whether `word` ends a sentence; `following` is the next word or its beginning, opening marks removed."""
    core = word.rstrip(_CLOSERS)
    if not core or core[-1] not in ".!?…。！？" or following[:1].islower():
        return False
    if core[-1] != ".":
        return True
    stem = core.rstrip(".").lstrip(_OPENERS)
    if stem.lower() in _ABBREVIATIONS:
        return False
    return stem.lower() in _ENDING_ABBREVIATIONS or stem == "I" or not _INITIAL.fullmatch(stem)


def _ends_clause(word: str, following: str) -> bool:
    """Whether a pause is natural after `word`: a comma or its like, a dash, or a conjunction next."""
    return _pauses(word, following.lstrip(_OPENERS)) or (
        _bare(following) in _CONJUNCTIONS and not _is_mark(word) and _may_part(word, following)
    )


def _pauses(word: str, known: str) -> bool:
    """Whether `word` ends in a mark that is a pause; `known` is the next word or its beginning."""
    return _is_mark(word) and not known[:1].isdigit()


def _is_mark(word: str) -> bool:
    return word.rstrip(_CLOSERS).endswith((",", ";", ":", "—")) or word in ("-", "–", "—", "--")


def _may_part(word: str, following: str) -> bool:
    """Whether a breath between two words tears nothing apart: no number from its unit, no name, no sum."""
    if _bare(word) in _NEVER_LAST or _OPERATORS.fullmatch(word) or _OPERATORS.fullmatch(following):
        return False
    if _ENDS_IN_FIGURE.search(word) and (_LIKE_A_UNIT.match(following) or _bare(following) in _MONTHS):
        return _bare(following) in _CONJUNCTIONS
    if _ROMAN.fullmatch(following) and following[:2] not in ("I", "I'"):
        return False
    return not (word[:1].isupper() and following[:1].isupper() and _bare(following) != "i")


def _bare(word: str) -> str:
    """The word in lower case without the marks around it."""
    return word.strip(_OPENERS + _CLOSERS + ".,;:!?…").lower()
