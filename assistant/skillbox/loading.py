"""The added skills as the host takes them: checked again, confined or left out with the reason."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import AssistantError, SkillLoadError
from assistant.paths import Paths
from assistant.skill import Reply
from assistant.skillbox import sandbox
from assistant.skillbox.consent import Agreement
from assistant.skillbox.description import loaded
from assistant.skillbox.launch import describe, launch_of, sweep
from assistant.skillbox.mcp_skill import McpPlace, load_mcp
from assistant.skillbox.package import Shelf, server_of
from assistant.skillbox.remote import SkillProcess
from assistant.skillbox.signing import Publishers
from assistant.skillbox.wishes import Wishes
from assistant.skillhost.context import LentContext, SkillContext
from assistant.skillhost.loaded import LoadedSkill, ToolFunction
from assistant.skillhost.manifest import Manifest, read_texts
from assistant.skillhost.strikes import Switches


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """The skills of third parties of one assistant: where they lie, whom the user trusts."""

    shelf: Shelf
    publishers: Publishers

    @classmethod
    def at(cls, paths: Paths) -> Added:
        kept_from = (paths.config, paths.state, paths.cache)
        return cls(
            shelf=Shelf(paths.state / "skills", kept_from=kept_from), publishers=Publishers(paths.config / "publishers")
        )

    def is_trusted(self, publisher: str) -> bool:
        """Does the user trust this key (hex)? An empty one is nobody's."""
        return bool(publisher) and bytes.fromhex(publisher) in self.publishers.trusted()

    def obstacle(self, manifest: Manifest, publisher: str) -> str:
        """Why this skill of this publisher may not run on this machine; empty when it may, or runs elsewhere."""
        server = server_of(manifest)
        elsewhere = server is not None and server.command is None
        if elsewhere or sandbox.enforced().contained or self.is_trusted(publisher):
            return ""
        return (
            f"This machine cannot keep a skill from {_gaps(sandbox.enforced())}, "
            "so only skills that are signed by a publisher you trust run here."
        )


def load_added(added: Added, context: LentContext, switches: Switches) -> tuple[list[LoadedSkill], dict[str, str]]:
    """The skills that may run here and are switched on, and why the others may not, by id.

    No process stays: one starts with a skill's first call. Only a skill that was not described yet is started for it.
    """
    skills: list[LoadedSkill] = []
    problems: dict[str, str] = {}
    sweep(added.shelf.root / ".run")
    for agreement in added.shelf.agreements():
        try:
            if reason := switches.reason(agreement.id):
                raise SkillLoadError(f"It is switched off: {reason}")
            skills.append(load_one(added, agreement, context))
        except AssistantError as error:
            problems[agreement.id] = error.sentence
    return skills, problems


def load_one(added: Added, agreement: Agreement, context: LentContext) -> LoadedSkill:
    """One added skill.

    Raises:
        PackageError: its files changed. SkillLoadError: it may not run here, or does not describe itself.
    """
    manifest = added.shelf.check(agreement)
    if "en" not in manifest.languages:
        raise SkillLoadError("It does not speak en.")
    if obstacle := added.obstacle(manifest, agreement.publisher):
        raise SkillLoadError(obstacle)
    if manifest.mcp is not None:
        return _mcp(added, agreement, manifest, context)
    folder = added.shelf.folder(agreement)
    texts = read_texts(folder / agreement.package, "en")
    must = not added.is_trusted(agreement.publisher)
    launch = launch_of(agreement, texts, folder=folder, language="en", must=must)
    cache = folder.parent / f"described-{agreement.digest[:16]}-en.json"
    description = describe(launch, cache)
    lent = SkillContext(context, manifest, texts)
    own = context.state / "skills-data" / manifest.id / "own.json" if context.state is not None else None
    wishes = Wishes(manifest, lent, own=own)
    process = SkillProcess(launch, wishes, lambda: (context.now().isoformat(), context.examples, context.tainted))
    functions: dict[str, ToolFunction] = {
        f"{manifest.id}.{name}": functools.partial(_call, process, name) for name in description.tools
    }
    return loaded(manifest, description, functions, lambda: _close(process, lent))


def _mcp(added: Added, agreement: Agreement, manifest: Manifest, context: LentContext) -> LoadedSkill:
    folder = added.shelf.folder(agreement)
    data = folder.parent if context.state is None else context.state / "skills-data" / manifest.id
    place = McpPlace(
        folder=folder / agreement.package, data=data, grants=agreement.grants,
        must=not added.is_trusted(agreement.publisher),
    )  # fmt: skip
    return load_mcp(manifest, place, listing_cache(added, agreement))


def listing_cache(added: Added, agreement: Agreement) -> Path:
    """Where the tools are kept that an MCP server told of when it was first asked."""
    return added.shelf.folder(agreement).parent / f"listing-{agreement.digest[:16]}.json"


async def _call(process: SkillProcess, tool: str, /, **arguments: Any) -> Reply:
    return await process.call(tool, arguments)


def _close(process: SkillProcess, lent: SkillContext) -> None:
    process.close()
    lent.close()


def _gaps(enforced: sandbox.Enforced) -> str:
    told = {"file": "reading your files", "network": "using the network"}
    return " and ".join(words for name, words in told.items() if name in enforced.missing)
