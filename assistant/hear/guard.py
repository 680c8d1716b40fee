"""Is a decode trustworthy? Short-context Whisper may loop, stop early, or put words into noise: what to believe.

All of it is pure: speech probabilities, text and scores come in, a verdict comes out.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

FRAME_S = 512 / 16_000
"""Seconds that one speech probability (Silero VAD) stands for."""
SUSTAINED_FRAMES = 8
"""A quarter of a second: as long as the shortest word; a bark or a click seldom sounds like a voice so long."""

SILENCE_BELOW = 0.4
"""Sustained speech probability under which nothing is decoded at all. Speech over kitchen noise at 6 dB stays above."""
RETRY_FROM = 0.6
"""... from which a doubtful decode is worth the time of another."""
SURE_FROM = 0.9
"""... from which the words are believed unless they are improbable indeed; in between, the two weigh each other."""

MAX_COMPRESSION = 2.4
"""zlib ratio from which text repeats itself; Whisper's own threshold."""
MIN_LOGPROB = -1.0
"""Mean log probability under which Whisper itself decodes again."""
MAX_SURPRISE = 6.0
"""... unless the text is so short that a few uncertain tokens spoil its mean (nats in all)."""
SURE_LOGPROB = -2.2
"""Certain speech with words less probable than this was not understood."""
WEAK_LOGPROB = (-0.5, -0.9)
"""Needed at `SILENCE_BELOW` and just under `SURE_FROM`, of mean log probability less no-speech probability.

Sneezes, barks and chainsaws that sounded like a voice got -1.1 and less, words in kitchen noise -0.9 and more."""
FEW_WORDS, FEW_LOGPROB = 2, -0.25
"""What a decoder makes of a noise behind a wake word: 14 of 160 sounds, each of at most two words, gave -0.74 to -0.18
(`assistant bench after-wake`)."""
MAX_PHRASE_WORDS = 8
SENTENCE_WORDS = 4
"""Fewer words at the end are easily said twice on purpose ("wait a moment, wait a moment")."""
MIN_LETTERS_PER_S, MAX_LETTERS_PER_S = 7.0, 26.0
"""Speech has 12 to 25 letters in a second of voice; less means that the decoder stopped early, more that it loops."""
FREE_LETTERS, FREE_SPEECH_S = 12, 0.4
LETTERS_PER_DIGIT = 4
DOUBLED_LETTERS_PER_S = 16.0
DENSE_SCRIPTS = frozenset({"zh", "ja", "ko", "th", "lo", "my", "yue"})
"""Languages written with so many sounds in a letter, or so few spaces, that these rates say nothing."""

_SILENCE_PHRASES = frozenset(
    {
        "thanks for watching",
        "thank you for watching",
        "thank you so much for watching",
        "thanks for listening",
        "thanks",
        "thank you",
        "thank you very much",
        "please subscribe",
        "like and subscribe",
        "subscribe to my channel",
        "see you next time",
        "see you in the next video",
        "bye",
        "bye bye",
        "you",
        "so",
        "oh",
        "the end",
        "music",
        "applause",
    }
)
"""What Whisper says when it hears nothing: subtitles of silent film. Believed only where speech is certain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Evidence of a voice: seconds of it, and the highest probability (0..1) sustained for a quarter of a second."""

    seconds: float
    sustained: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Decode:
    """One decoding: natural log probability a token, whether the end-of-text token was reached, and its size."""

    text: str
    language: str
    avg_logprob: float
    no_speech_prob: float
    ended: bool
    tokens: int


def evidence(probabilities: NDArray[np.float32]) -> Speech:
    """Sum up speech probabilities (float32 (n,), one every `FRAME_S`)."""
    if len(probabilities) == 0:
        return Speech(seconds=0.0, sustained=0.0)
    width = min(SUSTAINED_FRAMES, len(probabilities))
    means = np.convolve(probabilities, np.ones(width) / width, "valid")
    return Speech(seconds=float(np.count_nonzero(probabilities > 0.5)) * FRAME_S, sustained=float(means.max()))


def doubts(decode: Decode, speech: Speech) -> tuple[str, ...]:
    """Reasons to decode again, by name; none when this decode is fine."""
    words = _words(decode.text)
    found: list[str] = []
    if not decode.ended:
        found.append("no_end")
    if _compression(decode.text) > MAX_COMPRESSION:
        found.append("compression")
    if collapse(decode.text) != decode.text or _doubled(words, speech) or _ends_twice(words):
        found.append("repeats")
    if decode.avg_logprob < MIN_LOGPROB and _surprise(decode) > MAX_SURPRISE:
        found.append("improbable")
    if decode.language not in DENSE_SCRIPTS:
        letters = _letters(decode.text)
        if letters > FREE_LETTERS + MAX_LETTERS_PER_S * speech.seconds:
            found.append("too_many_words")
        if letters < MIN_LETTERS_PER_S * (speech.seconds - FREE_SPEECH_S):
            found.append("too_few_words")
    return tuple(found)


def worth_retry(decode: Decode, speech: Speech) -> bool:
    """Decode again with more context? Not what comes from a noise: a second look would only take time."""
    return speech.sustained >= RETRY_FROM and bool(doubts(decode, speech))


def better(first: Decode, second: Decode, speech: Speech) -> Decode:
    """The decode with fewer doubts, then the more probable one; of two that loop, the loop is cut.

    Repeats alone are kept: somebody may say "four four four four".
    """
    best = min((first, second), key=lambda decode: (len(doubts(decode, speech)), -decode.avg_logprob))
    return replace(best, text=collapse(best.text)) if len(doubts(best, speech)) > 1 else best


def believable(decode: Decode, speech: Speech, prompt: str = "") -> bool:
    """Were these words said by somebody? The weaker the evidence of a voice, the more probable they must be."""
    if not any(letter.isalnum() for letter in decode.text) or speech.sustained < SILENCE_BELOW:
        return False
    if speech.sustained >= SURE_FROM:
        return decode.avg_logprob >= SURE_LOGPROB
    plain = " ".join(_words(decode.text))
    if plain in _SILENCE_PHRASES or plain == " ".join(_words(prompt)):
        return False
    weight = (speech.sustained - SILENCE_BELOW) / (SURE_FROM - SILENCE_BELOW)
    needed = WEAK_LOGPROB[0] + weight * (WEAK_LOGPROB[1] - WEAK_LOGPROB[0])
    return decode.avg_logprob - decode.no_speech_prob >= needed and not doubts(decode, speech)


def is_doubtful_after(decode: Decode, begins: str) -> bool:
    """Are the words behind those with which it began so few and uncertain that a noise may have made them?"""
    rest = _behind(decode.text, begins)
    uncertain = decode.avg_logprob < FEW_LOGPROB or " ".join(rest) in _SILENCE_PHRASES
    return 0 < len(rest) <= FEW_WORDS and uncertain


def goes_on(decode: Decode, begins: str) -> bool:
    """Does the text hold more words than those with which it began, however these were heard?"""
    return len(_behind(decode.text, begins)) > 0


def _behind(text: str, begins: str) -> list[str]:
    """The words after the first ones, as many as there are in `begins`, and after its repetitions."""
    words, first = _words(text), _words(begins)
    words = words[len(first) :]
    while words[: len(first)] == first:
        words = words[len(first) :]
    return words


def collapse(text: str) -> str:
    """Text with a word said four times in a row, or a phrase (up to eight words) three times, cut to one."""
    words = text.split()
    plain = [_plain(word) for word in words]
    for size in range(1, MAX_PHRASE_WORDS + 1):
        allowed = 3 if size == 1 else 2
        start = 0
        while start + size <= len(words):
            count = 1
            while plain[start : start + size] == plain[start + count * size : start + (count + 1) * size]:
                count += 1
            if count > allowed and any(plain[start : start + size]):
                del words[start + size : start + count * size], plain[start + size : start + count * size]
            start += 1
    cut = " ".join(words)
    return cut if plain != [_plain(word) for word in text.split()] else text


def said_once(text: str) -> str:
    """The first half of a text of which both halves are the same words, and the text otherwise."""
    words = text.split()
    half = len(words) // 2
    plain = [_plain(word) for word in words]
    return " ".join(words[:half]) if half > 1 and plain[:half] == plain[half:] else text


def not_begun_again(text: str, speech: Speech) -> str:
    """The first of two sentences of which the second is the beginning of the first, and the text otherwise.

    Only where both would have been said faster than anybody speaks.
    """
    words = text.split()
    plain = [_plain(word) for word in words]
    if sum(map(len, plain)) > 3 + DOUBLED_LETTERS_PER_S * speech.seconds:
        for size in range((len(words) + 1) // 2, len(words) - SENTENCE_WORDS + 1):
            if plain[size:] == plain[: len(words) - size]:
                return " ".join(words[:size])
    return text


def cut_at(probabilities: NDArray[np.float32], earliest_s: float, latest_s: float) -> float:
    """The quietest moment (s) between two times: the middle of the longest, lowest dip of the speech probability."""
    first, last = int(earliest_s / FRAME_S), int(latest_s / FRAME_S)
    width = 2 * SUSTAINED_FRAMES
    padded = np.pad(probabilities[first:last], width // 2, mode="edge")
    calm = np.convolve(padded, np.ones(width) / width, "valid")[: last - first]
    return (first + int(np.argmin(calm))) * FRAME_S


def _doubled(words: list[str], speech: Speech) -> bool:
    """All was said twice, and faster than anybody speaks: "computer computer" within the time of one."""
    half = len(words) // 2
    if not words or words[:half] != words[half:]:
        return False
    return sum(map(len, words)) > 3 + DOUBLED_LETTERS_PER_S * speech.seconds


def _ends_twice(words: list[str]) -> bool:
    """The last sentence comes twice: where ten seconds are nearly full, the smallest model says it once more."""
    longest = len(words) // 2
    return any(words[-size:] == words[-2 * size : -size] for size in range(SENTENCE_WORDS, longest + 1))


def _letters(text: str) -> int:
    return sum(LETTERS_PER_DIGIT if letter.isdigit() else letter.isalpha() for letter in text)


def _surprise(decode: Decode) -> float:
    """Nats of the whole text; a single word is often spelled or ended in several ways, which costs it its mean."""
    return -decode.avg_logprob * (decode.tokens + 1)


def _words(text: str) -> list[str]:
    return [plain for plain in (_plain(word) for word in text.split()) if plain]


def _plain(word: str) -> str:
    return re.sub(r"[^\w']", "", word.casefold())


def _compression(text: str) -> float:
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0
