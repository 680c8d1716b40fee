"""A small shop of models for the catalog's tests: a manifest, real wheels and a real server on the loopback."""

import contextlib
import hashlib
import os
import shutil
import ssl
import subprocess
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import tomlkit

from assistant.catalog import Catalog, FetchPolicy


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Shop:
    """Builds a manifest entry by entry; `models` is the folder of the catalog, `wheels` that of the mirror."""

    def __init__(self, root: Path) -> None:
        self.root, self.models, self.wheels, self.local = root, root / "models", root / "wheels", root / "local"
        self.wheels.mkdir()
        self.local.mkdir()
        self.manifest = root / "manifest.toml"
        self.entries: list[dict[str, object]] = []

    def add(
        self, model_id: str, files: dict[str, bytes], parts: dict[str, list[dict]] | None = None, **more: object
    ) -> None:
        """An entry whose published bytes are `files`; `parts` by file name as `part` makes them."""
        listed = [
            {"name": name, "bytes": len(content), "sha256": sha256(content), "parts": (parts or {}).get(name, [])}
            for name, content in files.items()
        ]
        entry = {"id": model_id, "role": "talker", "title": model_id, "licence": "MIT", "tiers": ["test"], **more}
        self.entries.append({"file": listed, **entry})

    def part(self, wheel: str, member: str, content: bytes) -> dict[str, object]:
        return {"wheel": wheel, "member": member, "bytes": len(content), "sha256": sha256(content)}

    def wheel(self, requirement: str, members: dict[str, bytes], folder: Path | None = None) -> Path:
        """A real wheel that pip accepts, holding `members`."""
        name, _, version = requirement.partition("==")
        stem = f"{name.replace('-', '_')}-{version}"
        info = {
            "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            "RECORD": "",
        }
        path = (folder or self.wheels) / f"{stem}-py3-none-any.whl"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members.items():
                archive.writestr(member, content)
            for member, text in info.items():
                archive.writestr(f"{stem}.dist-info/{member}", text)
        return path

    def put(self, model_id: str, name: str, content: bytes) -> Path:
        """Lay a file where the catalog expects it, as a copy or an older version would lie there."""
        path = self.models / model_id / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def catalog(self, policy: FetchPolicy | None = None) -> Catalog:
        self.manifest.write_text(tomlkit.dumps({"version": 1, "model": self.entries}), encoding="utf-8")
        return Catalog.load(self.models, self.manifest, policy=policy)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop; pip sees its wheels and no index."""
    built = Shop(tmp_path)
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(built.wheels))
    return built


class Hub:
    """A server that answers ranges, unless `ranges` is off; `cut` breaks the next answers off after so many bytes."""

    def __init__(self, server: ThreadingHTTPServer, scheme: str) -> None:
        self.port = server.server_port
        self.origin = f"{scheme}://127.0.0.1:{self.port}"
        self.contents: dict[str, bytes] = {}
        self.redirects: dict[str, str] = {}
        self.cut: list[int] = []
        self.ranges = True
        self.asked: list[tuple[str, str | None]] = []

    @property
    def policy(self) -> FetchPolicy:
        return FetchPolicy(endpoint=self.origin, trusted_origins=frozenset({self.origin}))


def _handler(hub: Callable[[], Hub]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shop, span = hub(), self.headers.get("Range")
            shop.asked.append((self.path, span))
            if target := shop.redirects.get(self.path):
                self.send_response(302)
                self.send_header("Location", target)
                self.end_headers()
                return
            content = shop.contents.get(self.path)
            if content is None:
                self.send_error(404)
                return
            start = int(span.removeprefix("bytes=").rstrip("-")) if span and shop.ranges else 0
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            end = start + shop.cut.pop(0) if shop.cut else len(content)
            self.wfile.write(content[start:end])

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    return Handler


@contextlib.contextmanager
def _serving(certificate: Path | None) -> Iterator[Hub]:
    holder: list[Hub] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(lambda: holder[0]))
    holder.append(Hub(server, "https" if certificate else "http"))
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield holder[0]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A running server on a free port of the loopback."""
    with _serving(None) as running:
        yield running


@pytest.fixture
def https_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """The same with a certificate made for this test, which Python trusts during it."""
    if shutil.which("openssl") is None:
        pytest.skip("the openssl command, which makes the server's certificate, is not installed")
    certificate = tmp_path / "certificate.pem"
    subject = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1,DNS:127.1")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", certificate)
    public = tmp_path / "public.pem"
    command = ("openssl", "req", "-x509", "-days", "2", *key, "-out", public, *subject)
    subprocess.run(command, check=True, capture_output=True)
    certificate.write_bytes(certificate.read_bytes() + public.read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    with _serving(certificate) as running:
        yield running
