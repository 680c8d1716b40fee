"""Whether what was said was understood: words compared without their spelling; numbers are left out."""

from __future__ import annotations

import re

from assistant.spoken import is_number_word


def words_of(text: str) -> list[str]:
    """Lower-case words without numbers, which a recogniser may write in figures."""
    return [word for word in re.findall(r"[a-z0-9']+", text.lower()) if not is_number_word(word) and not word.isdigit()]


def share_heard(said: str, heard: str) -> float:
    """How many of the said words (0..1) are among the heard ones; 1 when there is nothing to compare."""
    wanted, known = words_of(said), set(words_of(heard))
    return sum(word in known for word in wanted) / len(wanted) if wanted else 1.0
