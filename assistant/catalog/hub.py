"""The publisher's repository over HTTPS: one file of one revision, resumable, never to an address inside the house."""

from __future__ import annotations

import functools
import http.client
import ipaddress
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from assistant.catalog.files import CHUNK_BYTES
from assistant.catalog.manifest import ModelEntry, ModelFile
from assistant.catalog.part import PartFile
from assistant.errors import ModelError

Report = Callable[[int], None]
"""Called with the bytes of the current file that are there."""

_ATTEMPTS = 4


class SourceError(ModelError):
    """This source does not have the file or cannot be reached; the next one is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPolicy:
    """Which addresses may be asked. `trusted_origins` (scheme://host:port) are exempt: a mirror in the own network.

    The connect time-out is short because most machines without the publisher still have the mirror.
    """

    endpoint: str = "https://huggingface.co"
    trusted_origins: frozenset[str] = frozenset()
    connect_timeout_s: float = 3.0
    read_timeout_s: float = 30.0

    def check(self, url: str) -> None:
        """Allow only https to the outside.

        Raises:
            SourceError: another scheme (http, file, ftp) or a private, loopback or link-local address.
        """
        address = urllib.parse.urlsplit(url)
        if f"{address.scheme}://{address.netloc}" in self.trusted_origins:
            return
        if address.scheme != "https" or not address.hostname or "@" in address.netloc:
            raise SourceError(f"The address {url} is not plain https: refused.")
        if address.hostname == "localhost" or address.hostname.endswith(".localhost"):
            raise SourceError(f"The address {url} is this machine: refused.")
        self.check_host(address.hostname)

    def check_host(self, host: str) -> None:
        """Refuse a numeric address that is not a public one; names are checked again once they are connected."""
        try:
            number = ipaddress.ip_address(host.partition("%")[0])
        except ValueError:
            return
        if isinstance(number, ipaddress.IPv6Address) and number.ipv4_mapped:
            number = number.ipv4_mapped
        if not number.is_global or number.is_multicast:
            raise SourceError(f"The address {host} is not a public one: refused.")


class _Connection(http.client.HTTPSConnection):
    """A connection that looks at whom it reached before it asks for anything."""

    def __init__(self, host: str, *, policy: FetchPolicy, **options: Any) -> None:
        super().__init__(host, **options)
        self._policy = policy
        self._proxied = False

    def set_tunnel(self, host: str, port: int | None = None, headers: Any = None) -> None:
        self._proxied = True
        super().set_tunnel(host, port, headers)

    def connect(self) -> None:
        super().connect()
        trusted = f"https://{self.host}:{self.port}" in self._policy.trusted_origins
        if not self._proxied and not trusted:
            self._policy.check_host(self.sock.getpeername()[0])
        self.sock.settimeout(self._policy.read_timeout_s)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, policy: FetchPolicy) -> None:
        super().__init__()
        self._policy = policy

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(functools.partial(_Connection, policy=self._policy), req)


class _Redirects(urllib.request.HTTPRedirectHandler):
    def __init__(self, policy: FetchPolicy) -> None:
        self._policy = policy

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        self._policy.check(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class HubSource:
    """Files of a Hugging Face repository at one revision. A host that cannot be reached is not asked again."""

    def __init__(self, policy: FetchPolicy) -> None:
        self._policy = policy
        self._opener = urllib.request.build_opener(_Https(policy), _Redirects(policy))
        self._unreachable = ""

    def append(self, entry: ModelEntry, file: ModelFile, part: PartFile, report: Report) -> None:
        """Bring `part` to its full size, going on where it ends; a connection that breaks off is taken up again.

        Raises:
            SourceError: not reachable, not there, or an address we do not follow.
        """
        if not entry.repo or not entry.revision:
            raise SourceError(f"{entry.id} has no repository in the catalog.")
        if self._unreachable:
            raise SourceError(self._unreachable)
        path = urllib.parse.quote(file.path or file.name)
        url = f"{self._policy.endpoint}/{entry.repo}/resolve/{entry.revision}/{path}"
        self._policy.check(url)
        for _ in range(_ATTEMPTS):
            if part.size == file.bytes:
                return
            before = part.size
            self._request(url, part, report)
            if part.size <= before:
                break
        if part.size != file.bytes:
            raise SourceError(f"{url} broke off after {part.size} of {file.bytes} bytes.")

    def _request(self, url: str, part: PartFile, report: Report) -> None:
        headers = {"Range": f"bytes={part.size}-"} if part.size else {}
        request = urllib.request.Request(url, headers=headers | {"User-Agent": "assistant-models"})
        try:
            with self._opener.open(request, timeout=self._policy.connect_timeout_s) as response:
                if part.size and not _continues(response, part.size):
                    part.truncate(0)
                while chunk := response.read1(CHUNK_BYTES):
                    part.append(chunk)
                    report(part.size)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 416 and part.size:
                part.truncate(0)
                return
            raise SourceError(f"{url} answered {error.code} {error.reason}.") from None
        except urllib.error.URLError as error:
            self._unreachable = f"{self._policy.endpoint} cannot be reached ({_words(error.reason)})."
            raise SourceError(self._unreachable) from None
        except (http.client.HTTPException, ConnectionError, TimeoutError, ssl.SSLError):
            return  # what came is kept; the caller asks for the rest


def _words(reason: str | BaseException) -> str:
    return (reason.strerror if isinstance(reason, OSError) else None) or str(reason)


def _continues(response: http.client.HTTPResponse, offset: int) -> bool:
    """Whether the answer begins at `offset`; a server may ignore the range and send everything."""
    return response.status == 206 and bool(re.match(rf"bytes {offset}-", response.headers.get("Content-Range", "")))


def append_local(path: Path, part: PartFile, report: Report) -> None:
    """Copy a file that the user pointed at; links are followed, since the user chose the place."""
    part.truncate(0)
    with path.open("rb") as source:
        while chunk := source.read(CHUNK_BYTES):
            part.append(chunk)
            report(part.size)
