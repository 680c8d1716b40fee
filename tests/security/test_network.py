"""Promise 4, nothing leaves unseen: engines have no network, and only the catalog knows how to use one."""

from __future__ import annotations

import ast
import asyncio
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

import assistant
from assistant.worker import Worker, WorkerSettings

pytestmark = pytest.mark.contract

ROOT = Path(assistant.__file__).parent
NETWORK = {
    "ftplib",
    "http",
    "httpx",
    "httpx2",
    "requests",
    "smtplib",
    "ssl",
    "urllib",
    "urllib3",
    "aiohttp",
    "websockets",
}
MAY_FETCH = (
    "account/address.py",
    "account/client.py",
    "catalog/",
    "engines/cloud_",
    "engines/gateway_wire.py",
    "engines/httpx_",
    "engines/mcp_",
    "skillbox/",
    "skillhost/",
    "cli/skills_mcp.py",
    "devkit/",
    "gateway/",  # the server side: no device imports it
    "think/providers.py",
)
"""The models' files; what added skills may fetch from the hosts that the user agreed to; MCP servers; a cloud model's
adapters, and the catalogue that looks at its address."""

PROBE = """
import socket, sys
from assistant.worker_host import leave_network
def reaches():
    try:
        socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5).close()
        return True
    except OSError:
        return False
print(reaches(), leave_network(), reaches())
"""


def may_unshare() -> bool:
    probe = "from assistant.worker_host import leave_network; print(leave_network())"
    return "True" in subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout


@pytest.fixture
def isolation() -> None:
    """Where the kernel lets nobody leave the network, the isolation of engines cannot be shown."""
    if not may_unshare():
        pytest.skip("this kernel lets this user make no network of its own")


def test_a_worker_reaches_nobody(isolation: None) -> None:
    """A listening server on this machine is reached before a process leaves the network, and not after."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        done = subprocess.run([sys.executable, "-c", PROBE, port], capture_output=True, text=True, check=True)
    assert "True True False" == done.stdout.strip()


@pytest.mark.parametrize("engine", ["piper", "faster_whisper"])
def test_the_real_engines_have_left(isolation: None, model_path: Callable[[str], Path], engine: str) -> None:
    """A worker with its engine loaded lives in an empty network of its own and holds no internet socket."""
    model = {"piper": "en_US-joe-medium", "faster_whisper": "whisper-base"}[engine]

    async def look() -> tuple[str, list[str], list[object]]:
        worker = Worker(WorkerSettings(name=engine, engine=engine, options={"path": str(model_path(model))}))
        try:
            await worker.start()
            place = Path(f"/proc/{worker.pid}")
            devices = [line.split(":")[0].strip() for line in (place / "net/dev").read_text().splitlines()[2:]]
            return str((place / "ns/net").readlink()), devices, psutil.Process(worker.pid).net_connections("inet")
        finally:
            await worker.close()

    network, devices, connections = asyncio.run(look())
    assert str(Path("/proc/self/ns/net").readlink()) != network
    assert (["lo"], []) == (devices, connections)


def test_only_the_catalog_can_speak_to_the_network() -> None:
    """No other file imports a network client, and no file but the worker's pair and the audio's opens sockets."""
    wrong = []
    for file in sorted(ROOT.rglob("*.py")):
        name = file.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            imported = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            imported += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            wrong += [(name, module) for module in imported if module.split(".")[0] in NETWORK]
            if isinstance(node, ast.Attribute) and node.attr in ("AF_INET", "AF_INET6", "create_connection"):
                wrong.append((name, node.attr))
    assert [] == [entry for entry in wrong if not entry[0].startswith(MAY_FETCH)]
