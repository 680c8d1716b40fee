"""Signature Version 4 of AWS: shows that a request comes from who holds a secret, which does not travel.

"Create a signed AWS API request", IAM User Guide; the tests hold it against published examples and AWS's own library.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

_ID = re.compile(r"[A-Z0-9]{16,128}")
ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsKey:
    """An access key; `token` comes with a temporary one."""

    id: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)


def read_key(text: str) -> AwsKey | None:
    """`ACCESS_KEY_ID:SECRET_ACCESS_KEY` or with `:SESSION_TOKEN`; None where it is none, such as a key of Bedrock."""
    parts = text.strip().split(":", 2)
    if len(parts) < 2 or not _ID.fullmatch(parts[0]) or not parts[1]:
        return None
    return AwsKey(id=parts[0], secret=parts[1], token=parts[2] if len(parts) > 2 else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSign:
    """A request as it goes out: `path` and `query` as on the wire, the `headers` to be signed in small letters."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


def authorization(request: ToSign, when: datetime, scope: str, key: AwsKey) -> str:
    """The header `authorization`; `when` in UTC, `scope` as `REGION/SERVICE`."""
    names = ";".join(sorted(request.headers))
    day = f"{when:%Y%m%d}"
    whole_scope = f"{day}/{scope}/aws4_request"
    to_sign = "\n".join([ALGORITHM, stamp(when), whole_scope, _digest(_canonical(request, names).encode())])
    secret = f"AWS4{key.secret}".encode()
    for part in whole_scope.split("/"):
        secret = _mac(secret, part)
    signature = _mac(secret, to_sign).hex()
    return f"{ALGORITHM} Credential={key.id}/{whole_scope}, SignedHeaders={names}, Signature={signature}"


def stamp(when: datetime) -> str:
    """A moment as `x-amz-date` has it."""
    return f"{when:%Y%m%dT%H%M%SZ}"


def _canonical(request: ToSign, names: str) -> str:
    headers = [f"{name}:{' '.join(request.headers[name].split())}" for name in sorted(request.headers)]
    query = "&".join(sorted(part if "=" in part else f"{part}=" for part in request.query.split("&") if part))
    # Every service but S3 has the path, which is encoded on the wire already, encoded once more.
    path = quote(request.path or "/", safe="/-_.~")
    return "\n".join([request.method, path, query, *headers, "", names, _digest(request.body)])


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _mac(secret: bytes, text: str) -> bytes:
    return hmac.new(secret, text.encode(), hashlib.sha256).digest()
