"""The token of a call of CDS Hooks: signed by a system that is named, for this address, for minutes, and once."""

import time
from collections.abc import Mapping
from typing import Any

from leydig.errors import BadRecord
from leydig.extras import extra
from leydig.json_file import json_content
from leydig.service.access.attempts import token_hash
from leydig.service.problems import ServiceProblem
from leydig.service.storage.database import Database
from leydig.service.storage.tables import SCHEMA
from leydig.service.systems.outside import ask_system
from leydig.service.systems.systems import ClinicSystems, HookIssuer

with extra("web"):
    import jwt
    import sqlalchemy as sa

__all__ = ["HookTokens"]

LONGEST, LEEWAY = 300.0, 30.0  # [s] for which a token holds at most, and by which clocks may differ
KEYS_LAST, KEYS_AGAIN = 3600.0, 60.0  # [s] for which keys are kept, and between two looks for one that is not there
SHORTEST_KEY = 2048  # bits of RSA
_FAMILIES = {"RS384": ("RSA", None), "ES384": ("EC", "P-384")}
_CLAIMS = ["iss", "aud", "exp", "iat", "jti"]
_USE = SCHEMA.tables["token_use"]


class HookTokens:
    """Checks tokens.

    Parameters
    ----------
    database : Database
    systems : ClinicSystems
    """

    def __init__(self, database: Database, systems: ClinicSystems) -> None:
        self.database, self.systems = database, systems
        self._keys: dict[str, tuple[float, Mapping[str, Any]]] = {}

    def check(self, text: str, path: str) -> None:
        """Refuse a token that is none of a system that is named, for this address and this moment.

        Parameters
        ----------
        text : str
        path : str
            What was called.

        Raises
        ------
        ServiceProblem
            Status 401.
        """
        try:
            head = jwt.get_unverified_header(text)
            said = jwt.decode(text, options={"verify_signature": False})
        except jwt.PyJWTError as error:
            raise _problem("a token that cannot be read") from error
        issuer = next((one for one in self.systems.hooks if one.issuer == said.get("iss")), None)
        if issuer is None:
            raise _problem("a token of a system that is not named")
        algorithm = head.get("alg")
        if algorithm not in _FAMILIES:
            raise _problem("a token that is signed otherwise than by RS384 or ES384")
        key = self._key(issuer, str(head.get("kid", "")), algorithm)
        try:
            claims = jwt.decode(
                text, key, algorithms=[algorithm], audience=f"{self.systems.address}{path}", issuer=issuer.issuer,
                leeway=LEEWAY, options={"require": _CLAIMS},
            )  # fmt: skip
        except (jwt.PyJWTError, TypeError, ValueError) as error:
            raise _problem("a token whose signature, address or time does not hold") from error
        if claims["exp"] - claims["iat"] > LONGEST or not isinstance(claims["jti"], str):
            raise _problem(f"a token that holds for more than {LONGEST:.0f} seconds, or without a name of its own")
        self._use(f"{issuer.issuer} {claims['jti']}", float(claims["exp"]) + LEEWAY)

    def _use(self, name: str, until: float) -> None:
        """Refuse a token that was used before."""
        try:
            with self.database.touch() as connection:
                connection.execute(sa.delete(_USE).where(_USE.c.until < time.time()))
                connection.execute(sa.insert(_USE).values(token=token_hash(name), until=until))
        except sa.exc.IntegrityError as error:
            raise _problem("a token that was used before") from error

    def _key(self, issuer: HookIssuer, name: str, algorithm: str) -> jwt.PyJWK:
        family, curve = _FAMILIES[algorithm]
        for is_again in (False, True):
            for one in self._key_set(issuer, is_again):
                if isinstance(one, Mapping) and (one.get("kid"), one.get("kty"), one.get("crv")) == (
                    name,
                    family,
                    curve,
                ):
                    return _public_key(one, algorithm)
        raise _problem("a token under a key that its system does not have")

    def _key_set(self, issuer: HookIssuer, is_again: bool) -> list[object]:
        at, content = self._keys.get(issuer.issuer, (0.0, {}))
        if time.time() - at > (KEYS_AGAIN if is_again else KEYS_LAST):
            content = ask_system(issuer.jwks) if issuer.jwks else _file_content(self.systems.text(issuer.keys))
            self._keys[issuer.issuer] = (time.time(), content)
        found = content.get("keys")
        return found if isinstance(found, list) else []


def _file_content(text: str) -> Mapping[str, Any]:
    try:
        content = json_content(text, BadRecord)
    except BadRecord as error:
        raise _problem("a token of a system whose file of keys cannot be read") from error
    return content if isinstance(content, Mapping) else {}


def _public_key(content: Mapping[str, Any], algorithm: str) -> jwt.PyJWK:
    try:
        key = jwt.PyJWK(dict(content), algorithm)
    except jwt.PyJWTError as error:
        raise _problem("a token under a key that cannot be read") from error
    if algorithm == "RS384" and key.key.key_size < SHORTEST_KEY:
        raise _problem(f"a token under a key of fewer than {SHORTEST_KEY} bits")
    return key


def _problem(what: str) -> ServiceProblem:
    return ServiceProblem(
        "NotSignedIn",
        401,
        f"got {what}; expected one that a named system signed for this address, once, just now. See docs/service.md.",
    )
