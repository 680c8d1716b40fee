"""The client beneath `upstream`, against servers that answer well, badly, or not at all."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import NameOID

from assistant.gateway.upstream_http import UpstreamTransport

pytestmark = pytest.mark.contract
Ask = Callable[[httpx2.AsyncClient, str], Awaitable[None]]
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"


class Server:
    """Answers each request with the next of these bytes; None: it closes the connection instead. Counts connections."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.connections = 0
        self.requests: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while self.answers:
                head = await reader.readuntil(b"\r\n\r\n")
                size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                self.requests.append(head + await reader.readexactly(size))
                answer = self.answers.pop(0)
                if answer is None:
                    break
                writer.write(answer)
                if b"connection: close" in answer or b"HTTP/1.1 200 OK\r\n\r\n" in answer:
                    break
            else:
                await reader.read()
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


def talk(server: Server, body: Ask, *, read_s: float = 5.0, most: int = 10, tls: ssl.SSLContext | None = None) -> None:
    async def run() -> None:
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
        port = listening.sockets[0].getsockname()[1]
        timeout = httpx2.Timeout(5.0, read=read_s, pool=0.05)
        async with (
            listening,
            httpx2.AsyncClient(transport=UpstreamTransport(most), timeout=timeout, trust_env=False) as client,
        ):
            await body(client, f"{'https' if tls else 'http'}://127.0.0.1:{port}/v1/x?y=1")

    asyncio.run(run())


def test_one_connection_serves_again() -> None:
    """Chunked, with a length, and none at all after it was told to close."""
    server = Server(
        CHUNKED,
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 4\r\nX-A: b\r\n\r\nfour",
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 3\r\n\r\nend",
        b"HTTP/1.1 200 OK\r\n\r\nuntil it closes",
    )

    async def body(client: httpx2.AsyncClient, url: str) -> None:
        assert b"abcde" == (await client.post(url, json={"a": 1})).content
        second = await client.post(url, content=b"12")
        assert (201, b"four", "b") == (second.status_code, second.content, second.headers["x-a"])
        assert b"end" == (await client.post(url, content=b"")).content
        assert b"until it closes" == (await client.post(url, content=b"x")).content

    talk(server, body)
    assert 2 == server.connections
    assert server.requests[0].startswith(b"POST /v1/x?y=1 HTTP/1.1\r\nHost: 127.0.0.1:")
    assert server.requests[0].endswith(b'\r\n\r\n{"a":1}')


def test_a_connection_that_was_closed_meanwhile_is_not_used() -> None:
    server = Server(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\nconnection: keep-alive\r\n\r\n1", CHUNKED)

    async def body(client: httpx2.AsyncClient, url: str) -> None:
        assert b"1" == (await client.post(url, content=b"")).content
        transport = client._transport
        assert isinstance(transport, UpstreamTransport)
        ((kept,),) = transport._idle.values()
        kept.close()
        assert b"abcde" == (await client.post(url, content=b"")).content

    talk(server, body)
    assert 2 == server.connections


def test_a_large_request_and_a_large_answer() -> None:
    """More than the buffers hold, both ways."""
    size = 5_000_000
    server = Server(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size + b"x" * size)

    async def body(client: httpx2.AsyncClient, url: str) -> None:
        assert size == len((await client.post(url, content=b"y" * size)).content)

    talk(server, body)
    assert server.requests[0].endswith(b"y" * size)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (None, httpx2.ReadError),
        (b"SSH-2.0-OpenSSH_9.2\r\n", httpx2.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", httpx2.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 900_000 + b"\r\n\r\n", httpx2.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 9\r\n\r\nshort", httpx2.ReadError),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nslow", httpx2.ReadTimeout),
        (b"", httpx2.ReadTimeout),
    ],
)
def test_what_is_no_answer(answer: bytes | None, error: type[Exception]) -> None:
    """Closed, another protocol, broken off, silent: an error that `upstream` knows."""

    async def body(client: httpx2.AsyncClient, url: str) -> None:
        with pytest.raises(error):
            await client.post(url, content=b"")

    talk(Server(answer), body, read_s=0.2)


def test_nobody_listens() -> None:
    async def body(client: httpx2.AsyncClient, url: str) -> None:
        with pytest.raises(httpx2.ConnectError):
            await client.post("http://127.0.0.1:9/", content=b"")

    talk(Server(), body)


def test_no_more_at_once_than_allowed() -> None:
    """A second one waits for room, and has it once the first is closed."""

    async def body(client: httpx2.AsyncClient, url: str) -> None:
        async with client.stream("POST", url, content=b""):
            with pytest.raises(httpx2.PoolTimeout):
                await client.post(url, content=b"")
        assert b"abcde" == (await client.post(url, content=b"")).content

    talk(Server(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nslow", CHUNKED, CHUNKED), body, most=1)


def test_a_certificate_of_nobody_known_is_refused(tmp_path: Path) -> None:
    """TLS is verified."""
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, None)
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = tmp_path / "both.pem"
    file.write_bytes(private + certificate.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    async def body(client: httpx2.AsyncClient, url: str) -> None:
        with pytest.raises(httpx2.ConnectError):
            await client.post(url, content=b"")

    talk(Server(CHUNKED), body, tls=context)
