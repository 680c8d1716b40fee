"""Rules that every Korean template may use as `<name>`: particles, and the endings of questions."""

from __future__ import annotations

from collections.abc import Mapping

RULES: Mapping[str, str] = {
    "을": "[을|를|은|는|이|가|도|만]",
    "이": "[이|가|은|는|도|을|를]",
    "에": "[에|에서|에는|에다|에다가|으로|로]",
    "로": "[으로|로|에|을|를]",
    "의": "[의|에|에있는|쪽|안]",
    "야": "[야|이야|예|이에|에|인가|일까|지|이지|죠|이죠|니|이니|냐|입니까|인지"
    "|인지알려|인지말해|인지알아|이었지|였지]",
    "알려": "(알려|말해|들려|가르쳐|보여|읽어|말|얘기해|이야기해)",
    "있어": "(있어|있나|있니|있냐|있는지|있는지알아|있는지알려|있지|있을까|있습니까|있는가)",
    "해": "[해|하|할래]",
    "지금": "[지금|현재]",
    "내": "[내|나의|우리|제|저의]",
}
"""Particles are given in all forms, also the wrong one for the word before: a recogniser writes what it heard."""
