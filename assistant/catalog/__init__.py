"""The models: a manifest of what is published, what lies verified on disk, and how it comes here."""

from assistant.catalog.catalog import Catalog, FileCheck, ModelStatus, default_tier, free_memory_bytes
from assistant.catalog.hub import FetchPolicy
from assistant.catalog.manifest import ModelEntry, ModelFile

__all__ = [
    "Catalog",
    "FetchPolicy",
    "FileCheck",
    "ModelEntry",
    "ModelFile",
    "ModelStatus",
    "default_tier",
    "free_memory_bytes",
]
