"""What every test may use: the models of this machine, and a home of its own."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.catalog import Catalog
from assistant.paths import find_paths

MODELS = find_paths().models


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return Catalog.load(MODELS)


@pytest.fixture(scope="session")
def model_path(catalog: Catalog) -> Callable[[str], Path]:
    """The folder of a real model; a missing one fails the test: the real engines are never skipped."""
    return catalog.path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh home; the model files stay where they are."""
    monkeypatch.setenv("ASSISTANT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ASSISTANT_MODELS", str(MODELS))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")  # nobody's keyring is touched
    for name in [name for name in os.environ if name.startswith("ASSISTANT_SET_")]:
        monkeypatch.delenv(name)
    return tmp_path / "home"
