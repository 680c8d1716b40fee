"""Whisper through CTranslate2 with a short context: it sees ten seconds instead of thirty, and a guard watches.

samples -> speech probabilities -> nothing like a voice: empty text
                |
                v
        pieces of at most 28 s -> features -> encode -> generate (greedy) -> guard -> text
                                      ^                                        |
                                      `---- 20 s, then 30 s, and a beam <- doubt'
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.errors import EngineError
from assistant.hear import guard
from assistant.hear.guard import Decode, Speech
from assistant.language import SURE
from assistant.types import RATE_HZ, JsonDict
from assistant.wire import Part
from assistant.worker import Cancelled

Floats = NDArray[np.float32]

FULL_CONTEXT_S = 30.0
SHORT_CONTEXT_S = 10.0
"""Shorter contexts are hardly faster and loop: 2 of 80 commands at 8 s, 16 of 80 at 4 s."""
LONGER_CONTEXT_S = 20.0
RETRY_BEAM = 5
"""Twenty seconds and a beam of five repaired 99 of 100 loops, in half the time of thirty seconds."""
TAIL_S = 0.5
"""Silence that a piece needs after its last word to end well."""
MAX_PIECE_S, MIN_PIECE_S = 28.0, 14.0
MAX_AUDIO_S = 60.0
MAX_PROMPT_TOKENS = 64
MAX_HINT_TOKENS = 200
HYPOTHESES = 5
"""Readings of a sound that is heard again; a beam of five costs half as much again as one greedy pass."""
TOKENS_PER_S = 10
"""More than the fastest speaker of English; what says more is in a loop, and is stopped before it costs a second."""
DENSE_TOKENS_PER_S = 24
"""The same for scripts of which a syllable takes two tokens and more."""
FULL_TOKENS = 220
FEW_TOKENS = 24
"""A wake word and some words."""
MAX_GAIN = 100.0
"""Quiet speech is raised by at most 40 dB for the speech detector, which does not hear it otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`language` none means: find out; with `others` it is one of these only where that is sure. `more` tells that
    sound follows: what is after the last cut is left to it. `begins`: the words with which the sound surely begins;
    what follows them is looked for without them, and with the prompt, where it may be a noise.
    """

    language: str | None = "en"
    others: tuple[str, ...] = ()
    prompt: str = ""
    prompt_tokens: int = MAX_PROMPT_TOKENS
    begins: str = ""
    more: bool = False


def create(options: JsonDict) -> FasterWhisper:
    """`options`: path (folder of the model), threads, compute_type."""
    return FasterWhisper(
        Path(options["path"]), int(options.get("threads", 1)), str(options.get("compute_type", "int8"))
    )


class FasterWhisper:
    """Serves `transcribe`: payload int16 (n,) mono 16 kHz, at most 60 s; one part with the text and how sure it is.

    And `again`: the same payload once more, at most 28 s, with a hint; one part with what else it may have been.
    """

    def __init__(self, path: Path, threads: int, compute_type: str) -> None:
        self._path = path
        self._threads = threads
        self._compute_type = compute_type
        self._whisper: Any = None
        self._tokenizers: dict[str, Any] = {}
        self._detector: Any = None
        self._last: tuple[Floats, Any] = (np.zeros(0, np.float32), None)
        """The piece that was decoded last, and what the encoder made of it: it may be heard again."""

    def load(self) -> JsonDict:
        """Load model and speech detector and decode once, so that the first command is as fast as the next."""
        # Checked here because the library would look for a missing folder on the network.
        if not (self._path / "model.bin").is_file() or not (self._path / "tokenizer.json").is_file():
            raise EngineError(f"There is no Whisper model in {self._path}.", fix="Run `assistant models pull`.")
        started = time.perf_counter()
        from faster_whisper import WhisperModel
        from faster_whisper.vad import get_vad_model

        self._whisper = WhisperModel(
            str(self._path), device="cpu", compute_type=self._compute_type, cpu_threads=self._threads
        )
        self._detector = get_vad_model()
        noise = np.random.default_rng(0).normal(0.0, 0.01, RATE_HZ).astype(np.float32)
        self.probabilities(noise)
        self.decode(self.encode(noise, SHORT_CONTEXT_S), Request(), max_tokens=2)
        return {"load_ms": round(1000 * (time.perf_counter() - started)), "multilingual": self.multilingual}

    @property
    def multilingual(self) -> bool:
        return bool(self._whisper.model.is_multilingual)

    def run(self, op: str, args: JsonDict, payload: bytes, cancelled: Cancelled) -> Iterator[Part]:
        """Yield one part: text, language, avg_logprob, decode_ms, retries, speech_s, used_samples.

        Raises: EngineError: unknown request, language or payload.
        """
        if op not in ("transcribe", "again"):
            raise EngineError(f"The speech recogniser does not know the request {op!r}.")
        if len(payload) % 2 or len(payload) > 2 * RATE_HZ * MAX_AUDIO_S:
            raise EngineError("The sound for the speech recogniser must be 16-bit and at most 60 seconds long.")
        request = self._request(args)
        started = time.perf_counter()
        audio = np.frombuffer(payload, "<i2").astype(np.float32) / 32768.0
        if op == "again":
            readings = self._again(audio, replace(request, prompt_tokens=MAX_HINT_TOKENS))
            yield {"readings": readings, "decode_ms": 1000.0 * (time.perf_counter() - started)}, b""
            return
        probabilities = self.probabilities(audio)
        pieces = _pieces(len(audio), probabilities, more=request.more)
        decodes: list[Decode] = []
        retries = 0
        for start, end in pieces:
            if cancelled():
                return
            span = probabilities[round(start / 512) : round(end / 512)]
            decode, again = self._transcribe(audio[start:end], guard.evidence(span), request, cancelled)
            if decode is not None:
                decodes.append(decode)
            retries += again
        if cancelled():
            return
        weights = [decode.tokens + 1 for decode in decodes]
        yield (
            {
                "text": " ".join(decode.text for decode in decodes),
                "language": decodes[0].language if decodes else request.language or "",
                "avg_logprob": float(np.average([d.avg_logprob for d in decodes], weights=weights)) if decodes else 0.0,
                "decode_ms": 1000.0 * (time.perf_counter() - started),
                "retries": retries,
                "speech_s": guard.evidence(probabilities).seconds,
                "used_samples": pieces[-1][1] if pieces else len(audio),
            },
            b"",
        )

    def probabilities(self, audio: Floats) -> Floats:
        """How much each 32 ms of the audio (float32 (n,), ±1) sounds like speech: float32 (frames,), 0..1."""
        if len(audio) == 0:
            return np.zeros(0, np.float32)
        gain = min(MAX_GAIN, 0.5 / max(1e-6, float(np.abs(audio).max())))
        padded = np.pad(audio * np.float32(gain), (0, -len(audio) % 512))
        return np.asarray(self._detector(padded), dtype=np.float32).ravel()

    def encode(self, audio: Floats, context_s: float) -> Any:
        """Encoder output of the audio followed by silence, `context_s` in all.

        Only the sound itself is analysed: the log-mel frames of the silence after it are all alike, so that one is
        computed and repeated. The outcome equals that of padded audio.
        """
        import ctranslate2

        extractor = self._whisper.feature_extractor
        frames = min(round(100 * context_s), extractor.nb_max_frames) // 2 * 2
        features = extractor(np.pad(audio, (0, extractor.n_fft)), padding=0)[:, :frames]
        features = np.pad(features, ((0, 0), (0, frames - features.shape[1])), mode="edge")
        view = ctranslate2.StorageView.from_array(np.ascontiguousarray(features[None], dtype=np.float32))
        return self._whisper.model.encode(view)

    def decode(self, encoded: Any, request: Request, *, max_tokens: int, beam: int = 1) -> Decode:
        """Turn encoder output into text, without timestamps."""
        return self._generate(encoded, request, max_tokens=max_tokens, beam=beam, count=1)[0]

    def _generate(self, encoded: Any, request: Request, *, max_tokens: int, beam: int, count: int) -> list[Decode]:
        """The `count` best texts, the best first."""
        tokenizer = self._tokenizer(self._language(encoded, request))
        prompt: list[int] = []
        if request.prompt and not request.begins:
            said_before = tokenizer.encode(" " + request.prompt.strip())[-request.prompt_tokens :]
            prompt = [tokenizer.sot_prev, *said_before]
        begins = f" {request.begins}" if request.begins else ""
        prompt += [*tokenizer.sot_sequence, tokenizer.no_timestamps, *tokenizer.encode(begins)]
        result = self._whisper.model.generate(
            encoded,
            [prompt],
            beam_size=beam,
            num_hypotheses=count,
            max_length=min(self._whisper.max_length, len(prompt) + max_tokens),
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=not begins,
            suppress_tokens=[-1],
        )[0]
        return [
            Decode(
                text=(begins + tokenizer.decode(tokens)).strip(),
                language=tokenizer.language_code,
                avg_logprob=score * len(tokens) / (len(tokens) + 1),
                no_speech_prob=result.no_speech_prob,
                ended=len(tokens) < max_tokens,
                tokens=len(tokens),
            )
            for tokens, score in zip(result.sequences_ids, result.scores, strict=True)
        ]

    def _again(self, audio: Floats, request: Request) -> list[JsonDict]:
        """What else was perhaps said in a piece, the likeliest first: text and avg_logprob; none of a longer sound."""
        seconds = len(audio) / RATE_HZ
        if seconds > MAX_PIECE_S:
            return []
        known, encoded = self._last
        if not np.array_equal(known, audio):
            encoded = self.encode(audio, max(SHORT_CONTEXT_S, seconds + TAIL_S))
        tokens = 16 + int(TOKENS_PER_S * seconds)
        decodes = self._generate(encoded, request, max_tokens=tokens, beam=HYPOTHESES, count=HYPOTHESES)
        return [
            {"text": guard.said_once(decode.text), "avg_logprob": decode.avg_logprob, "language": decode.language}
            for decode in decodes
            if decode.ended and decode.text
        ]

    def _transcribe(
        self, audio: Floats, speech: Speech, request: Request, cancelled: Cancelled
    ) -> tuple[Decode | None, int]:
        """One piece: what was said, if anything, and how often it was decoded again."""
        if speech.sustained < guard.SILENCE_BELOW:
            return None, 0
        best: Decode | None = None
        tries = 0
        for context_s, beam in _ladder(len(audio) / RATE_HZ):
            encoded = self.encode(audio, context_s)
            if not tries:
                self._last = (audio, encoded)
            if cancelled():
                return None, tries
            tokens = FULL_TOKENS if tries else 16 + int(_tokens_per_s(request) * speech.seconds)
            decode = self.decode(encoded, request, max_tokens=tokens, beam=beam)
            best = guard.better(best, decode, speech) if best else decode
            if cancelled() or not guard.worth_retry(decode, speech):
                break
            tries += 1
        if best is not None and request.begins and guard.is_doubtful_after(best, request.begins):
            plain = self.decode(self._last[1], replace(request, begins=""), max_tokens=FEW_TOKENS)
            if not guard.goes_on(plain, request.begins):
                best = replace(best, text=request.begins)
        if best is not None:
            best = replace(best, text=guard.not_begun_again(best.text, speech))
        believed = best is not None and guard.believable(best, speech, request.begins or request.prompt)
        return (best if believed else None), tries

    def _request(self, args: JsonDict) -> Request:
        language = args.get("language", "en") if self.multilingual else "en"
        if language is not None and language not in self._whisper.supported_languages:
            raise EngineError(f"The speech recogniser does not know the language {str(language)[:20]!r}.")
        others = tuple(map(str, args.get("others") or ())) if self.multilingual else ()
        if unknown := [one for one in others if one not in self._whisper.supported_languages]:
            raise EngineError(f"The speech recogniser does not know the language {unknown[0][:20]!r}.")
        prompt, begins = (str(args.get(name) or "") for name in ("prompt", "begins"))
        return Request(language=language, others=others, prompt=prompt, begins=begins, more=bool(args.get("more")))

    def _language(self, encoded: Any, request: Request) -> str:
        """The language that was asked for, or else that of the sound: of a few that are expected a surer one wins."""
        if request.language is not None and not request.others:
            return request.language
        found = {str(token)[2:-2]: float(share) for token, share in self._whisper.model.detect_language(encoded)[0]}
        if request.language is None:
            return max(found, key=found.__getitem__)
        shares = {language: found.get(language, 0.0) for language in (request.language, *request.others)}
        best = max(shares, key=shares.__getitem__)
        return best if shares[best] >= SURE * max(1e-9, sum(shares.values())) else request.language

    def _tokenizer(self, language: str) -> Any:
        if language not in self._tokenizers:
            from faster_whisper.tokenizer import Tokenizer

            self._tokenizers[language] = Tokenizer(
                self._whisper.hf_tokenizer, self.multilingual, task="transcribe", language=language
            )
        return self._tokenizers[language]


def _tokens_per_s(request: Request) -> int:
    languages = {request.language or "", *request.others}
    return DENSE_TOKENS_PER_S if request.language is None or languages & guard.DENSE_SCRIPTS else TOKENS_PER_S


def _ladder(seconds: float) -> Iterator[tuple[float, int]]:
    """(context in s, beam) of the tries: short and greedy, then longer with a beam, which ends nearly every loop."""
    context_s = max(SHORT_CONTEXT_S, seconds + TAIL_S)
    yield context_s, 1
    for longer_s in (LONGER_CONTEXT_S, FULL_CONTEXT_S):
        if longer_s > context_s + 1 or longer_s == FULL_CONTEXT_S:
            yield longer_s, RETRY_BEAM


def _pieces(samples: int, probabilities: Floats, *, more: bool) -> list[tuple[int, int]]:
    """Cut long audio in its silences: (start, end) in samples, each at most 28 s."""
    pieces: list[tuple[int, int]] = []
    start = 0
    while (samples - start) / RATE_HZ > MAX_PIECE_S:
        from_s = start / RATE_HZ
        end = int(guard.cut_at(probabilities, from_s + MIN_PIECE_S, from_s + MAX_PIECE_S) * RATE_HZ)
        pieces.append((start, end))
        start = end
    if start < samples and not (more and pieces):
        pieces.append((start, samples))
    return pieces
