"""The PIN for critical actions: kept as a scrypt hash in a private file; four wrong ones lock it for ten minutes."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from assistant.errors import AssistantError, UsageError
from assistant.think.confirm import PinVerdict

MIN_DIGITS, MAX_DIGITS = 4, 12
MAX_WRONG = 4
LOCKED_S = 600.0
_N, _R, _P, _BYTES = 2**14, 8, 1, 32
"""scrypt: 16 MB and some 50 ms a try."""

_log = logging.getLogger(__name__)


class PinError(AssistantError):
    """The PIN cannot be kept or read."""

    code = "pin"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """`wrong` tries in a row; `locked_s`: epoch seconds of the moment from which it is locked, 0 for not at all."""

    salt: str
    hash: str
    wrong: int = 0
    locked_s: float = 0.0


class PinFile:
    """`assistant.think.confirm.PinCheck` on a file of mode 0600. Wrong tries are counted across restarts."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def is_set(self) -> bool:
        return self._path.exists()

    def set(self, digits: str) -> None:
        """Keep a new PIN. Raises: UsageError: not 4 to 12 digits, or one that is guessed first; PinError."""
        if not digits.isascii() or not digits.isdecimal() or not MIN_DIGITS <= len(digits) <= MAX_DIGITS:
            raise UsageError(f"A PIN has {MIN_DIGITS} to {MAX_DIGITS} digits and nothing else.")
        if len(set(digits)) == 1 or digits in "01234567890123" or digits in "98765432109876":
            raise UsageError("That PIN is too easy to guess.", fix="Choose digits that do not follow one another.")
        salt = secrets.token_bytes(16)
        self._write(_Kept(salt=salt.hex(), hash=_hash(digits, salt)))

    def clear(self) -> bool:
        """Forget the PIN; false if there was none. Raises: PinError."""
        try:
            self._path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _refused(error) from None
        return True

    def check(self, digits: str, now_s: float) -> PinVerdict:
        kept = self._read()
        if kept is None:
            return "unset"
        if _is_locked(kept, now_s):
            return "locked"
        if kept.locked_s:
            kept = replace(kept, wrong=0, locked_s=0.0)
        # Counted before it is compared: who pulls the plug after a wrong try gains none.
        wrong = kept.wrong + 1
        self._write(replace(kept, wrong=wrong, locked_s=now_s if wrong >= MAX_WRONG else 0.0))
        if hmac.compare_digest(_hash(digits, bytes.fromhex(kept.salt)), kept.hash):
            self._write(replace(kept, wrong=0, locked_s=0.0))
            return "right"
        if wrong >= MAX_WRONG:
            _log.warning("the PIN is locked for ten minutes after four wrong tries")
            return "locked"
        return "wrong"

    def state(self, now_s: float) -> PinVerdict:
        kept = self._read()
        return "unset" if kept is None else "locked" if _is_locked(kept, now_s) else "right"

    def matches(self, digits: str) -> bool:
        """Is this the PIN? For keeping it from those whom it is not meant for; counts no try and opens nothing."""
        kept = self._read()
        return kept is not None and hmac.compare_digest(_hash(digits, bytes.fromhex(kept.salt)), kept.hash)

    def _read(self) -> _Kept | None:
        """What is kept. Raises: PinError: the file is damaged, so that no critical action is possible."""
        try:
            kept = _Kept(**json.loads(self._path.read_text(encoding="utf-8")))
            bytes.fromhex(kept.salt)
            return kept
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError):
            raise PinError("The file of the PIN is damaged.", fix="Set a new one with: assistant pin set") from None

    def _write(self, kept: _Kept) -> None:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = self._path.with_suffix(".part")
            part.unlink(missing_ok=True)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
                json.dump(asdict(kept), out)
                out.flush()
                os.fsync(out.fileno())
            part.replace(self._path)
        except OSError as error:
            raise _refused(error) from None


def _refused(error: OSError) -> PinError:
    return PinError(f"The PIN cannot be kept: {(error.strerror or str(error)).lower()}.")


def _is_locked(kept: _Kept, now_s: float) -> bool:
    """A clock that was set back does not lock for longer than ten minutes, nor open at once."""
    return bool(kept.locked_s) and (now_s < kept.locked_s or now_s < kept.locked_s + LOCKED_S)


def _hash(digits: str, salt: bytes) -> str:
    return hashlib.scrypt(digits.encode(), salt=salt, n=_N, r=_R, p=_P, dklen=_BYTES).hex()
