"""The installed skills on a real store and a clock that stands still until it is moved; services on loopback."""

from __future__ import annotations

import asyncio
import datetime as dt
import http.server
import ipaddress
import json
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from assistant.engines.httpx_sender import HttpxSender
from assistant.skills_host import LentContext, SkillHost
from assistant.store.timers import TimerStore
from assistant.types import ToolCall, ToolResult

NOON = dt.datetime(2026, 11, 24, 15, 5, tzinfo=dt.timezone(dt.timedelta(hours=1)))


class Bench:
    """Runs tools at a moment that the test chooses."""

    def __init__(self, path: Path, sender: HttpxSender | None = None) -> None:
        self.now = NOON
        self.store = TimerStore(path, lambda: self.now.timestamp() * 1000.0, zone="Europe/Berlin")
        self.context = LentContext(timers=self.store, clock=lambda: self.now, state=path.parent / "state")
        if sender is not None:
            self.context.sender = lambda: sender
        self.host = SkillHost.load(self.context)

    def run(self, tool: str, **arguments: Any) -> ToolResult:
        return asyncio.run(self.host.run(ToolCall(tool=tool, arguments=arguments)))

    def say(self, tool: str, **arguments: Any) -> str:
        return self.run(tool, **arguments).speech

    def converse(self, tool: str, *answers: str, **arguments: Any) -> list[ToolResult]:
        """Run a tool and give it these answers to its questions."""

        async def conversation() -> list[ToolResult]:
            results = [await self.host.run(ToolCall(tool=tool, arguments=arguments))]
            for answer in answers:
                results.append(await self.host.answer(results[-1].data["question_id"], answer))
            return results

        return asyncio.run(conversation())

    def later(self, **span: float) -> None:
        self.now += dt.timedelta(**span)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "timers.sqlite3")
    yield made
    made.store.close()


class Wire:
    """An HTTPS server on loopback that stands for every host: real sockets, TLS and HTTP, only the address is ours.

    `answers` by host and path, the later ones first: status, body (JSON unless it is text), headers. `seen` lists what
    was asked: host, path, parameters, headers in lower case.
    """

    def __init__(self, folder: Path) -> None:
        self.answers: dict[tuple[str, str], tuple[int, Any, dict[str, str]]] = {}
        self.seen: list[tuple[str, str, dict[str, str], dict[str, str]]] = []
        wire = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                wire.answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Nobody reads it."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.certificate, self._key = folder / "wire.pem", folder / "wire.key"
        self._certify(())
        self._server.socket = self._tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def put(self, url: str, body: Any = "", status: int = 200, **headers: str) -> None:
        """Answer this address (its parameters do not matter) so from now on."""
        parts = urlsplit(url)
        self.answers[parts.netloc, parts.path] = (status, body, headers)
        self._certify({host for host, _ in self.answers})

    def asked(self, host: str) -> list[dict[str, str]]:
        """The parameters of all requests to a host."""
        return [params for asked, _, params, _ in self.seen if asked == host]

    def answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        parts, headers = urlsplit(handler.path), {name.lower(): value for name, value in handler.headers.items()}
        host = headers["host"].partition(":")[0]
        self.seen.append((host, parts.path, dict(parse_qsl(parts.query)), headers))
        status, body, more = self.answers.get((host, parts.path), (404, "not found", {}))
        data = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
        handler.send_response(status)
        for name, value in {"content-length": str(len(data)), **more}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(data)

    def sender(self) -> HttpxSender:
        """Sends to this server whatever host is meant; the certificate must be that host's."""
        return HttpxSender(_Here(self))

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def close(self) -> None:
        """From now on nobody answers."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _certify(self, hosts: Any) -> None:
        """A certificate for these hosts."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "wire")])
        day = dt.timedelta(days=1)
        now = dt.datetime.now(dt.UTC)
        names: list[x509.GeneralName] = [x509.DNSName(host) for host in sorted(hosts)]
        names.append(x509.IPAddress(ipaddress.ip_address("192.0.2.1")))
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - day)
            .not_valid_after(now + day)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        plain = serialization.NoEncryption()
        pem = serialization.Encoding.PEM
        self.certificate.write_bytes(made.public_bytes(pem))
        self._key.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
        self._tls.load_cert_chain(self.certificate, self._key)


class _Here(httpx2.AsyncBaseTransport):
    """A connection to the wire for each request; its name is the host that was asked for."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._opened: list[httpx2.AsyncHTTPTransport] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        inner = httpx2.AsyncHTTPTransport(verify=ssl.create_default_context(cafile=str(self._wire.certificate)))
        self._opened.append(inner)
        host = request.url.host
        request.extensions = {**request.extensions, "sni_hostname": host}
        request.url = request.url.copy_with(host="127.0.0.1", port=self._wire.port)
        return await inner.handle_async_request(request)

    async def aclose(self) -> None:
        while self._opened:
            await self._opened.pop().aclose()


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    made = Wire(tmp_path)
    yield made
    made.close()


@pytest.fixture
def online(tmp_path: Path, wire: Wire) -> Iterator[Bench]:
    """The installed skills with a network: the wire."""
    made = Bench(tmp_path / "timers.sqlite3", wire.sender())
    yield made
    made.host.close()
    made.store.close()
