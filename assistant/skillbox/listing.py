"""The skills as the command line tells of them: whose they are, what they may do, whether they run and if not, why."""

from __future__ import annotations

import importlib.resources
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any

from assistant.errors import AssistantError, SkillLoadError
from assistant.skillbox import sandbox
from assistant.skillbox.consent import Agreement, sentences
from assistant.skillbox.loading import Added, listing_cache
from assistant.skillbox.mcp_offer import offer_of
from assistant.skillbox.mcp_skill import kept_listing
from assistant.skillbox.package import may, server_of
from assistant.skillbox.signing import fingerprint
from assistant.skillhost.manifest import Manifest, read_manifest
from assistant.skillhost.strikes import Switches
from assistant.skills_host import GROUP

Record = dict[str, Any]
"""One skill as JSON: id, version, tier, permissions, enabled, reason, and more."""

OURS = "this assistant"


def records(added: Added, switches: Switches) -> list[Record]:
    """Every skill that is installed with the assistant or was added, by id."""
    off = switches.all()
    found = [_own(point.name, point.module.partition(".")[0], off) for point in entry_points(group=GROUP)]
    found += [_added(added, agreement, off) for agreement in added.shelf.agreements()]
    return sorted(found, key=lambda record: str(record["id"]))


def told_of(enforced: sandbox.Enforced) -> str:
    """What the kernel of this machine really enforces, in a sentence or two."""
    kept = [name for name, held in _enforced(enforced).items() if held]
    text = f"Enforced by the kernel for added skills here: {', '.join(kept) or 'nothing'}."
    if enforced.missing:
        text += f" Not enforced: {', '.join(enforced.missing)}."
    if not enforced.contained:
        text += " So only skills that are signed by a publisher you trust run."
    return text


def _own(name: str, package: str, off: Mapping[str, str]) -> Record:
    facts = {"added": False, "publisher": OURS}
    try:
        manifest = read_manifest(importlib.resources.files(package))
    except (AssistantError, ImportError) as error:
        reason = error.sentence if isinstance(error, AssistantError) else f"It cannot be imported: {error}."
        bare: Record = {"id": name, "version": "", "tier": "", "permissions": {}, "may": []}
        return bare | {"enabled": False, "reason": reason} | facts
    return _described(manifest, off.get(manifest.id, "")) | facts


def _added(added: Added, agreement: Agreement, off: Mapping[str, str]) -> Record:
    facts = {
        "added": True,
        "origin": agreement.origin,
        "publisher": _publisher(added, agreement),
        "signed": bool(agreement.publisher),
        "trusted": added.is_trusted(agreement.publisher),
        "grants": dict(agreement.grants),
        "enforced": _enforced(sandbox.enforced()),
    }
    try:
        manifest = added.shelf.check(agreement)
    except AssistantError as error:
        permissions = agreement.permissions
        bare: Record = {"id": agreement.id, "version": agreement.version, "tier": ""}
        bare |= {"permissions": permissions.model_dump(mode="json"), "may": sentences(permissions)}
        return bare | {"enabled": False, "reason": str(error)} | facts
    if manifest.mcp is not None:
        facts |= _served(added, agreement)
    return _described(manifest, off.get(agreement.id, "") or added.obstacle(manifest, agreement.publisher)) | facts


def _served(added: Added, agreement: Agreement) -> Record:
    """What an MCP server offers and what is left out, as far as it was asked already."""
    told = kept_listing(listing_cache(added, agreement))
    server = server_of(added.shelf.check(agreement))
    if told is None or server is None:
        return {}
    try:
        offer = offer_of(server, told)
    except SkillLoadError as error:
        return {"tools": [], "left_out": [error.sentence]}
    return {"tools": sorted(offer.tools), "left_out": [f"{name}: {why}" for name, why in offer.refused.items()]}


def _described(manifest: Manifest, reason: str) -> Record:
    return {
        "id": manifest.id,
        "version": manifest.version,
        "tier": manifest.tier,
        "summary": manifest.summary,
        "languages": list(manifest.languages),
        "examples": list(manifest.examples),
        "offline": manifest.offline,
        "permissions": manifest.permissions.model_dump(mode="json"),
        "may": may(manifest),
        "enabled": not reason,
        "reason": reason,
    }


def _publisher(added: Added, agreement: Agreement) -> str:
    if not agreement.publisher:
        return "nobody known (not signed)"
    key = bytes.fromhex(agreement.publisher)
    known = added.publishers.trusted().get(key)
    return f"{known.name} ({known.fingerprint})" if known else f"key {fingerprint(key)} (not trusted yet)"


def _enforced(found: sandbox.Enforced) -> dict[str, bool]:
    return {name: getattr(found, name) for name in ("file", "network", "memory", "processes")}
