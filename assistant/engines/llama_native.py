"""llama.cpp through its C functions: one model, one context, one sequence (llama-cpp-python 0.3.36).

The high-level class of the library is not used: it stops only between tokens, computes the prompt anew and runs the
chat template that the model file carries. Of that file we use the weights and the vocabulary only.
"""

from __future__ import annotations

import ctypes
import json
import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import llama_cpp as lib
import numpy as np
from llama_cpp.llama_grammar import json_schema_to_gbnf

from assistant.errors import EngineError
from assistant.types import JsonDict

VERSION = str(lib.__version__)
BATCH_TOKENS = 128
"""Prompt tokens evaluated at a time; larger gains nothing on two cores and reports progress less often."""

_SEED = 7
_STEERING = lib.LLAMA_TOKEN_ATTR_CONTROL | lib.LLAMA_TOKEN_ATTR_USER_DEFINED | lib.LLAMA_TOKEN_ATTR_UNKNOWN
_MIN_FILE_BYTES = 1 << 20

Aborted = Callable[[], bool]


@lib.llama_log_callback  # type: ignore[untyped-decorator]
def _silent(level: int, text: bytes, data: object) -> None:
    """The library talks a lot on stderr; what matters comes back as return codes."""


class Llama:
    """Weights, vocabulary and the memory of one sequence, which holds `length` evaluated tokens."""

    def __init__(self, file: Path, *, threads: int, context: int) -> None:
        """Load. Raises: EngineError: not a readable GGUF file, or the library refuses it."""
        _check_file(file)
        lib.llama_log_set(_silent, ctypes.c_void_p(0))
        lib.llama_backend_init()
        loading = lib.llama_model_default_params()
        # Weights are repacked for the CPU as they are read: mapping the file as well would hold most of them twice.
        loading.load_mode = lib.LLAMA_LOAD_MODE_NONE
        self._model = lib.llama_model_load_from_file(str(file).encode(), loading)
        if not self._model:
            raise EngineError(f"The language model {file.name} cannot be loaded.", fix="Run: assistant models verify")
        self._vocab = lib.llama_model_get_vocab(self._model)
        self.vocab_size: int = lib.llama_vocab_n_tokens(self._vocab)
        self.context = min(context, lib.llama_model_n_ctx_train(self._model))
        settings = lib.llama_context_default_params()
        settings.n_ctx, settings.n_batch, settings.n_ubatch = self.context, BATCH_TOKENS, BATCH_TOKENS
        settings.n_threads = settings.n_threads_batch = threads
        self._context = lib.llama_init_from_model(self._model, settings)
        if not self._context:
            raise EngineError("There is not enough memory for the language model.", fix="Choose the tier 'small'.")
        self._memory = lib.llama_get_memory(self._context)
        self._aborted: Aborted = lambda: False
        self._abort = lib.ggml_abort_callback(lambda data: self._aborted())
        self._no_abort = lib.ggml_abort_callback()
        self.length = 0

    def tokenize(self, text: str) -> list[int]:
        """Token ids of plain text; control tokens written in it stay text."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 2
        tokens = (lib.llama_token * room)()
        count = lib.llama_tokenize(self._vocab, data, len(data), tokens, room, False, False)
        return list(tokens[: max(count, 0)])

    def special(self, name: str) -> int:
        """The id of a control token. Raises: EngineError: this vocabulary has none of that name."""
        data = name.encode()
        tokens = (lib.llama_token * len(data))()
        if lib.llama_tokenize(self._vocab, data, len(data), tokens, len(data), False, True) != 1:
            raise EngineError(f"This language model does not know the token {name}.", fix="Choose another talker.")
        return int(tokens[0])

    def steers(self, token: int) -> bool:
        """Is this a token that a template uses, rather than a piece of text?"""
        return bool(lib.llama_vocab_get_attr(self._vocab, token) & _STEERING)

    def ends(self, token: int) -> bool:
        return bool(lib.llama_vocab_is_eog(self._vocab, token))

    def piece(self, token: int) -> bytes:
        """The bytes of a token: maybe part of a character; nothing for a control token."""
        buffer = ctypes.create_string_buffer(256)
        count = lib.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, False)
        return buffer.raw[: max(count, 0)]

    def evaluate(self, tokens: Sequence[int], aborted: Aborted) -> bool:
        """Append at most `BATCH_TOKENS` tokens; False when aborted, and then nothing was appended.

        Raises:
            EngineError: the context is full or the library failed; nothing was appended.
        """
        data = (lib.llama_token * len(tokens))(*tokens)
        # A callback a graph node costs about a millisecond a token in Python: only where it can save seconds.
        long = len(tokens) > 1
        self._aborted = aborted
        lib.llama_set_abort_callback(self._context, self._abort if long else self._no_abort, ctypes.c_void_p(0))
        status = lib.llama_decode(self._context, lib.llama_batch_get_one(data, len(tokens)))
        if status == 0:
            self.length += len(tokens)
            return True
        lib.llama_memory_seq_rm(self._memory, 0, self.length, -1)
        if status == 2:
            return False
        raise EngineError("The language model failed on this text.")

    def truncate(self, length: int) -> None:
        """Forget everything behind the first `length` tokens."""
        if length < self.length:
            lib.llama_memory_seq_rm(self._memory, 0, length, -1)
            self.length = length

    def state(self) -> bytes:
        """The whole sequence, to be given to `restore` of the same model, context size and library."""
        size = lib.llama_state_seq_get_size(self._context, 0)
        buffer = (ctypes.c_uint8 * size)()
        return bytes(memoryview(buffer)[: lib.llama_state_seq_get_data(self._context, buffer, size, 0)])

    def restore(self, state: bytes, length: int) -> bool:
        """Replace the sequence by a saved one of `length` tokens; False (and an empty sequence) if it does not fit."""
        self.truncate(0)
        buffer = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
        read = lib.llama_state_seq_set_data(self._context, buffer, len(state), 0)
        if read != len(state) or lib.llama_memory_seq_pos_max(self._memory, 0) != length - 1:
            lib.llama_memory_seq_rm(self._memory, 0, -1, -1)
            return False
        self.length = length
        return True

    def chance(self, token: int) -> tuple[float, float]:
        """Of `token` as the next one the probability (0..1), and the entropy of the choice among all tokens (nats).

        From the logits of the last evaluation, before penalties and bans.
        """
        logits = np.ctypeslib.as_array(lib.llama_get_logits_ith(self._context, -1), shape=(self.vocab_size,))
        against = logits - logits[token]
        odds = np.exp(against)
        total = odds.sum()
        return float(1.0 / total), float(max(0.0, np.log(total) - odds @ against / total))

    def sampler(self, temperature: float, banned: Iterable[int] = ()) -> Sampler:
        """Chooses tokens of an answer: greedy at temperature 0, otherwise drawn with a fixed seed."""
        return Sampler(self._context, self._vocab, self.vocab_size, temperature, tuple(banned))

    def constrained(self, schema: JsonDict) -> ConstrainedSampler:
        """Chooses tokens that spell JSON of this schema. Raises: EngineError: the schema cannot be a grammar."""
        return ConstrainedSampler(self._context, self._vocab, schema)


class Sampler:
    """A chain of the library's samplers; `close` frees it."""

    def __init__(self, context: Any, vocab: Any, vocab_size: int, temperature: float, banned: tuple[int, ...]) -> None:
        self._context = context
        self._chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        if banned:
            biases = (lib.llama_logit_bias * len(banned))(*[lib.llama_logit_bias(token, -math.inf) for token in banned])
            self._add(lib.llama_sampler_init_logit_bias(vocab_size, len(banned), biases))
        # Small models fall into loops: a light penalty on words, a growing one (DRY) on repeated runs of tokens.
        self._add(lib.llama_sampler_init_penalties(vocab_size, 64, 1.05, 0.0, 0.0))
        breakers = (ctypes.c_char_p * 1)(b"\n")
        self._add(lib.llama_sampler_init_dry(vocab, 0.8, 1.75, 3, 256, breakers, 1))
        if temperature > 0:
            self._add(lib.llama_sampler_init_top_k(40))
            self._add(lib.llama_sampler_init_min_p(0.05, 1))
            self._add(lib.llama_sampler_init_temp(temperature))
            self._add(lib.llama_sampler_init_dist(_SEED))
        else:
            self._add(lib.llama_sampler_init_greedy())

    def _add(self, sampler: Any) -> None:
        lib.llama_sampler_chain_add(self._chain, sampler)

    def sample(self) -> int:
        return int(lib.llama_sampler_sample(self._chain, self._context, -1))

    def close(self) -> None:
        lib.llama_sampler_free(self._chain)


class ConstrainedSampler:
    """Greedy under a grammar: the whole vocabulary is looked at only where the likeliest token does not fit."""

    def __init__(self, context: Any, vocab: Any, schema: JsonDict) -> None:
        try:
            grammar = json_schema_to_gbnf(json.dumps(schema), prop_order=["name", "arguments"])
        except (KeyError, TypeError, ValueError, AssertionError) as error:
            raise EngineError("The tools cannot be turned into a grammar.") from error
        rules = lib.llama_sampler_init_grammar(vocab, grammar.encode(), b"root")
        if not rules:
            raise EngineError("The tools cannot be turned into a grammar.")
        self._context = context
        self._likeliest = lib.llama_sampler_init_greedy()
        self._chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        lib.llama_sampler_chain_add(self._chain, rules)
        lib.llama_sampler_chain_add(self._chain, lib.llama_sampler_init_greedy())

    def sample(self) -> int:
        token = int(lib.llama_sampler_sample(self._likeliest, self._context, -1))
        candidate = (lib.llama_token_data * 1)(lib.llama_token_data(token, 1.0, 0.0))
        one = lib.llama_token_data_array(candidate, 1, -1, False)
        lib.llama_sampler_apply(self._chain, ctypes.byref(one))
        if candidate[0].logit == -math.inf:
            return int(lib.llama_sampler_sample(self._chain, self._context, -1))
        lib.llama_sampler_accept(self._chain, token)
        return token

    def close(self) -> None:
        lib.llama_sampler_free(self._chain)
        lib.llama_sampler_free(self._likeliest)


def _check_file(file: Path) -> None:
    """Native loaders may crash on anything: look before handing over a path."""
    try:
        with file.open("rb") as opened:
            magic = opened.read(4)
        fits = magic == b"GGUF" and file.stat().st_size >= _MIN_FILE_BYTES
    except OSError:
        raise EngineError(f"The language model {file.name} is missing.", fix="Run: assistant models pull") from None
    if not fits:
        raise EngineError(f"The file {file.name} is not a language model.", fix="Run: assistant models verify")
