"""Bodies under the key of their person: AES-256-GCM, bound to the row in which they stand.

The key itself stands in the database as it is, or under a master key that the database does not hold.
"""

import json
import os
from pathlib import Path
from typing import Any

from leydig.errors import BadRecord, OutOfRange
from leydig.extras import extra
from leydig.json_file import file_text

with extra("web"):
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = ["KeyRing", "PersonKey"]

_BITS = 256
_NONCE = 12  # [byte]
_MARK = b"\x01"  # before what is under a master key; a secret as it is has no such first byte and this length
_LENGTH, _TAG = 32, 16  # [byte] of a secret, and of what GCM adds


class PersonKey:
    """The key of one person.

    Parameters
    ----------
    secret : bytes, optional
        As it is stored; a new key when left out.
    """

    def __init__(self, secret: bytes | None = None) -> None:
        self.secret = AESGCM.generate_key(_BITS) if secret is None else secret
        self._cipher = AESGCM(self.secret)

    def seal(self, content: dict[str, Any], row: str) -> bytes:
        """Return a content as it is stored in a row, which is named by its table and identity."""
        plain = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        return self.seal_bytes(plain, row)

    def open(self, body: bytes, row: str) -> dict[str, Any]:
        """Return what stands in a row.

        Raises
        ------
        ValueError
            When the body was changed, or stood in another row.
        """
        found: dict[str, Any] = json.loads(self.open_bytes(body, row))
        return found

    def seal_bytes(self, plain: bytes, row: str) -> bytes:
        """Return bytes as they are stored in a row."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, row.encode())

    def open_bytes(self, body: bytes, row: str) -> bytes:
        """Return the bytes of a row; raises as `open`."""
        try:
            return self._cipher.decrypt(body[:_NONCE], body[_NONCE:], row.encode())
        except InvalidTag as error:
            raise ValueError(
                f"got a body of {row} that its key does not open; expected it unchanged. Restore a backup."
            ) from error


class KeyRing:
    """What secrets of a database are under: a master key, or nothing.

    Parameters
    ----------
    master : bytes, optional
        32 bytes; secrets stand as they are when left out.
    """

    def __init__(self, master: bytes | None = None) -> None:
        self._master = master

    @property
    def is_master(self) -> bool:
        """Whether there is a master key."""
        return self._master is not None

    @classmethod
    def from_file(cls, path: Path | None) -> "KeyRing":
        """Return the ring of a file with 64 hexadecimal digits; one without a master key where there is no file.

        Raises
        ------
        OutOfRange
            When it is not there, or holds something else.
        """
        if path is None:
            return KeyRing()
        text = file_text(path, OutOfRange, "a file with a master key").strip()
        try:
            master = bytes.fromhex(text)
        except ValueError:
            master = b""
        if len(master) != _LENGTH or len(text) != 2 * _LENGTH:
            raise OutOfRange(f"{path}: got {len(text)} characters; expected 64 hexadecimal digits. Make them: openssl "
                             "rand -hex 32")  # fmt: skip
        return KeyRing(master)

    def seal(self, secret: bytes, row: str) -> bytes:
        """Return a secret of 32 bytes as it is stored in a row."""
        if self._master is None:
            return secret
        nonce = os.urandom(_NONCE)
        return _MARK + nonce + AESGCM(self._master).encrypt(nonce, secret, row.encode())

    def open(self, body: bytes, row: str) -> bytes:
        """Return a secret of a row.

        Raises
        ------
        BadRecord
            When it is under a master key that is not this one.
        """
        if len(body) != len(_MARK) + _NONCE + _LENGTH + _TAG:
            return body
        start = len(_MARK) + _NONCE
        try:
            if self._master is not None:
                return AESGCM(self._master).decrypt(body[len(_MARK) : start], body[start:], row.encode())
        except InvalidTag:
            pass
        raise BadRecord(
            "got keys of people under another master key; expected the one under which they are. Name its file: "
            "--master-key FILE"
        )
