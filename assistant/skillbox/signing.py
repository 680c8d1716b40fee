"""Who made a package: Ed25519 over the digest of its files, and the publishers that the user trusts.

`skill.sig` in the package (TOML): algorithm, the publisher's public key, the signature. A publisher's key file: name
and key. A private key is PKCS #8 in PEM, mode 0600, and never part of a package.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.skillbox.files import SIGNATURE, Files, PackageError, digest

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_BYTES, SIGNATURE_BYTES = 32, 64
_CONTEXT = b"assistant skill package signature 1\n"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}")


class SignatureError(PackageError):
    """A signature is wrong, or a key cannot be used."""

    code = "skill_signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """A public key (32 bytes) under the name that its file gives it."""

    name: str
    key: bytes

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.key)


def fingerprint(key: bytes) -> str:
    """Twenty hex digits in groups, to compare by eye."""
    text = hashlib.sha256(key).hexdigest()[:20]
    return "-".join(text[start : start + 4] for start in range(0, 20, 4))


def signer_of(files: Files) -> bytes | None:
    """The public key that signed these files, none when nobody did.

    Raises: SignatureError: there is a signature, and it is not right.
    """
    if SIGNATURE not in files:
        return None
    try:
        fields = tomllib.loads(files[SIGNATURE].decode())
        if set(fields) != {"algorithm", "key", "signature"} or fields["algorithm"] != "ed25519":
            raise ValueError
        key = _decode(fields["key"], KEY_BYTES)
        signature = _decode(fields["signature"], SIGNATURE_BYTES)
    except (ValueError, TypeError):
        raise SignatureError("Its skill.sig cannot be read.") from None
    if not _verified(key, signature, _CONTEXT + digest(files)):
        raise SignatureError("Its signature does not fit its files: somebody changed them after they were signed.")
    return key


def sign(files: Files, private_file: Path) -> bytes:
    """The content of `skill.sig` for these files. Raises: SignatureError: the private key cannot be used."""
    private = _load_private(private_file)
    key, signature = private.public_key().public_bytes_raw(), private.sign(_CONTEXT + digest(files))
    lines = ('algorithm = "ed25519"', f'key = "{_encode(key)}"', f'signature = "{_encode(signature)}"', "")
    return "\n".join(lines).encode()


def new_key(private_file: Path, name: str) -> Publisher:
    """Make a key pair: the private one in a new file (mode 0600), the public one beside it with the ending `.pub`.

    Raises: SignatureError: the name is odd, or a file is there already or cannot be written.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if not _NAME.fullmatch(name):
        raise SignatureError(f"{name[:60]!r} cannot be the name of a publisher.")
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    publisher = Publisher(name=name, key=private.public_key().public_bytes_raw())
    _write_new(private_file, pem, 0o600)
    _write_new(private_file.with_name(f"{private_file.name}.pub"), _public_text(publisher), 0o644)
    return publisher


class Publishers:
    """The publishers that the user trusts: one key file each in a folder of the configuration."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def trusted(self) -> dict[bytes, Publisher]:
        """By key. A file that cannot be read counts for nothing."""
        found: dict[bytes, Publisher] = {}
        for file in sorted(self._folder.glob("*.pub")):
            try:
                publisher = read_publisher(file)
            except SignatureError:
                continue
            found[publisher.key] = publisher
        return found

    def trust(self, file: Path) -> Publisher:
        """Trust the key of this file from now on. Raises: SignatureError."""
        publisher = read_publisher(file)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self._folder / f"{publisher.fingerprint}.pub").write_bytes(_public_text(publisher))
        except OSError as error:
            raise SignatureError(f"The key cannot be kept: {error.strerror}.") from None
        return publisher


def read_publisher(file: Path) -> Publisher:
    """A publisher's key file. Raises: SignatureError."""
    try:
        fields = tomllib.loads(file.read_text(encoding="utf-8"))
        name, key = fields["name"], _decode(fields["key"], KEY_BYTES)
        if not _NAME.fullmatch(name):
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError):
        raise SignatureError(f"{file} is no publisher's key.", fix="Give a file with name and key.") from None
    return Publisher(name=name, key=key)


def _public_text(publisher: Publisher) -> bytes:
    return f'name = "{publisher.name}"\nkey = "{_encode(publisher.key)}"\n'.encode()


def _write_new(file: Path, content: bytes, mode: int) -> None:
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
            out.write(content)
    except OSError as error:
        raise SignatureError(f"{file} cannot be written: {(error.strerror or str(error)).lower()}.") from None


def _load_private(file: Path) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        private = load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        raise SignatureError(
            f"{file} is no private key.", fix="Make one with `assistant skills sign --new-key`."
        ) from None
    if not isinstance(private, Ed25519PrivateKey):
        raise SignatureError(f"{file} is not an Ed25519 key.")
    return private


def _verified(key: bytes, signature: bytes, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _decode(text: str, size: int) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError from None
    if len(raw) != size:
        raise ValueError
    return raw
