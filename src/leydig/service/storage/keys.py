"""Bodies under the key of their person: AES-256-GCM, bound to the row in which they stand."""

import json
import os
from typing import Any

from leydig.extras import extra

with extra("web"):
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = ["PersonKey"]

_BITS = 256
_NONCE = 12  # [byte]


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
