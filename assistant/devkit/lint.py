"""What can be seen without running a skill: its manifest, its package, its texts."""

from __future__ import annotations

import string
import tomllib

from assistant.devkit.package import SkillPackage
from assistant.devkit.report import Report
from assistant.devkit.speech import speech_problems
from assistant.errors import AssistantError
from assistant.skillhost.manifest import read_texts
from assistant.skills_host import GROUP

_STAND_INS = {"time": "3:05 PM", "date": "Tuesday", "duration": "ten minutes"}


def check_package(package: SkillPackage, report: Report) -> None:
    """The manifest agrees with pyproject.toml and with itself."""
    manifest = package.manifest
    report.looked("manifest", len(type(manifest).model_fields))
    place = package.place(package.folder / "skill.toml")
    if manifest.offline and manifest.permissions.network:
        hosts = ", ".join(manifest.permissions.network)
        report.add("manifest", f"It says offline = true, and wants the network ({hosts}).", place)
    if not manifest.offline and not manifest.permissions.network and not manifest.configured:
        report.add("manifest", "It says offline = false, but declares no host under [permissions] network.", place)
    if manifest.summary[-1] in ".!?":
        report.add("manifest", "The summary is a few words, not a sentence: leave the stop at its end out.", place)
    for example in manifest.examples:
        if len(example) > 80:
            report.add("manifest", f"The example '{example[:40]}...' is too long to be told.", place)
    _check_project(package, report)


def _check_project(package: SkillPackage, report: Report) -> None:
    file = package.root / "pyproject.toml"
    if not file.is_file():
        return
    project = tomllib.loads(file.read_text(encoding="utf-8")).get("project", {})
    place = package.place(file)
    entries = project.get("entry-points", {}).get(GROUP, {})
    if package.manifest.id not in entries:
        report.add(
            "manifest", f"The entry point is called {', '.join(entries)}; the id is {package.manifest.id}.", place
        )
    if project.get("version") not in (None, package.manifest.version):
        wrong = f"The version is {project['version']} here and {package.manifest.version} in skill.toml."
        report.add("manifest", wrong, place)


def check_texts(package: SkillPackage, report: Report) -> None:
    """Every language has every text, with no other slots than the first, and each can be spoken."""
    first: dict[str, set[str]] = {}
    for language in package.manifest.languages:
        place = f"locale/{language}.toml"
        try:
            texts = read_texts(package.folder, language)
        except AssistantError as error:
            report.add("texts", error.sentence, place)
            continue
        report.looked("texts", len(texts))
        slots = {key: _slots(text) for key, text in texts.items()}
        first = first or slots
        if missing := sorted(first.keys() ^ slots.keys()):
            report.add("texts", f"The text '{missing[0]}' is not in every language.", place)
        for key, text in texts.items():
            if key in first and not slots[key] <= first[key]:  # another language may need fewer
                report.add("texts", f"The text '{key}' has other slots than in {package.manifest.languages[0]}.", place)
            for problem in speech_problems(_filled(text)):
                report.add("speech", f"The text '{key}' holds {problem}.", package.find_line(text[:40]))


def _slots(text: str) -> set[str]:
    """The slots of a text; one that is malformed has none that fits."""
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        return {"(malformed)"}


def _filled(text: str) -> str:
    for slot in _slots(text):
        text = text.replace(f"{{{slot}}}", _STAND_INS.get(slot, "something"))
    return text
