"""SMART App Launch 2: a clinician goes from a clinic's record, or to it, and comes back with one man's results.

The way is the authorization code with PKCE (S256). What is known of it stands in one row under the hash of a secret
that the browser alone holds; the code is changed for a token when somebody who is signed in here takes the results,
and the token is forgotten at once.
"""

import base64
import hashlib
import re
import secrets
import time
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from leydig.extras import extra
from leydig.service.access.attempts import token_hash
from leydig.service.problems import ServiceProblem
from leydig.service.storage.database import Database
from leydig.service.storage.tables import SCHEMA
from leydig.service.systems.outside import ask_system
from leydig.service.systems.systems import ClinicSystems, SmartSystem, check_outside_address

with extra("web"):
    import sqlalchemy as sa

__all__ = ["CALLBACK", "LAUNCH_LASTS", "Launches"]

CALLBACK = "/smart/callback"
LAUNCH_LASTS = 600.0  # [s] from the launch to the results
ENDPOINTS_LAST = 3600.0  # [s] for which the endpoints of a system are kept
MOST_PAGES = 10  # of one search
SCOPES = "patient/Patient.rs patient/Observation.rs patient/MedicationRequest.rs patient/Condition.rs"
_SEARCHES = ("Observation?patient={}&_count=200", "MedicationRequest?patient={}", "Condition?patient={}")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")  # of FHIR
_LAUNCH = SCHEMA.tables["launch"]


class Launches:
    """The launches of a service.

    Parameters
    ----------
    database : Database
    systems : ClinicSystems
    """

    def __init__(self, database: Database, systems: ClinicSystems) -> None:
        self.database, self.systems = database, systems
        self._endpoints: dict[str, tuple[float, dict[str, str]]] = {}

    def begin(self, issuer: str, launch: str = "") -> tuple[str, str]:
        """Return where the browser is led, and the secret that it keeps meanwhile.

        Parameters
        ----------
        issuer : str
            The FHIR server that launches, or that is asked.
        launch : str, optional
            What it launches; nothing where the clinician begins here.

        Raises
        ------
        ServiceProblem
            Status 403 for a system that is not named, 502 where it does not answer.
        """
        system = self._system(issuer)
        secret, state, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        endpoint = self._endpoint(system, "authorization_endpoint")
        said = {
            "response_type": "code", "client_id": system.client, "redirect_uri": f"{self.systems.address}{CALLBACK}",
            "scope": f"{'launch' if launch else 'launch/patient'} {SCOPES}", "state": state, "aud": system.fhir,
            "code_challenge": challenge, "code_challenge_method": "S256",
        } | ({"launch": launch} if launch else {})  # fmt: skip
        row = {"token": token_hash(secret), "state": token_hash(state), "issuer": system.fhir, "verifier": verifier,
               "code": "", "until": time.time() + LAUNCH_LASTS}  # fmt: skip
        with self.database.touch() as connection:
            connection.execute(sa.delete(_LAUNCH).where(_LAUNCH.c.until < time.time()))
            connection.execute(sa.insert(_LAUNCH).values(row))
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(said)}", secret

    def receive(self, secret: str, state: str, code: str) -> str:
        """Keep the code with which a system leads a browser back; return the name of the system.

        Raises
        ------
        ServiceProblem
            Status 403, where this browser began no such launch.
        """
        if not code or len(code) > _LAUNCH.c.code.type.length:  # type: ignore[attr-defined]
            raise _problem()
        mine = sa.and_(
            _LAUNCH.c.token == token_hash(secret), _LAUNCH.c.state == token_hash(state), _LAUNCH.c.code == ""
        )
        with self.database.touch() as connection:
            row = connection.execute(sa.select(_LAUNCH).where(mine, _LAUNCH.c.until >= time.time())).one_or_none()
            if row is None:
                raise _problem()
            connection.execute(sa.update(_LAUNCH).where(_LAUNCH.c.token == row.token).values(code=code))
        return self._system(row.issuer).name

    def name(self, secret: str) -> str:
        """Return the name of the system whose code waits; raises as `receive`."""
        with self.database.look() as connection:
            return self._system(_waiting_row(connection, secret)["issuer"]).name

    def fetch(self, secret: str) -> dict[str, Any]:
        """Return one man's results as a bundle; the launch is over.

        Raises
        ------
        ServiceProblem
            Status 403 where no code waits, 502 where the system does not answer as it should.
        """
        with self.database.touch() as connection:
            row = _waiting_row(connection, secret)
            connection.execute(sa.delete(_LAUNCH).where(_LAUNCH.c.token == row["token"]))
        system = self._system(row["issuer"])
        form = {"grant_type": "authorization_code", "code": row["code"], "code_verifier": row["verifier"],
                "redirect_uri": f"{self.systems.address}{CALLBACK}", "client_id": system.client}  # fmt: skip
        said = ask_system(self._endpoint(system, "token_endpoint"), form, headers=self._credentials(system))
        patient, token = str(said.get("patient", "")), said.get("access_token")
        is_bearer = isinstance(token, str) and token.isascii() and token.isprintable()
        if not is_bearer or str(said.get("token_type", "")).lower() != "bearer" or not _ID.fullmatch(patient):
            raise _problem("no token for one man")
        headers = {"Authorization": f"Bearer {token}"}
        base = system.fhir.rstrip("/")
        found = [ask_system(f"{base}/Patient/{patient}", headers=headers)]
        for search in _SEARCHES:
            found += _search(f"{base}/{search.format(quote(patient))}", base, headers)
        return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in found]}

    def _credentials(self, system: SmartSystem) -> dict[str, str]:
        if not system.secret:
            return {}
        pair = f"{quote(system.client, safe='')}:{quote(self.systems.text(system.secret).strip(), safe='')}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    def _system(self, issuer: str) -> SmartSystem:
        for one in self.systems.smart:
            if one.fhir.rstrip("/") == issuer.rstrip("/"):
                return one
        raise ServiceProblem(
            "UnknownSystem", 403, "got a system that is not named; expected one of --systems. Ask who runs the service."
        )

    def _endpoint(self, system: SmartSystem, name: str) -> str:
        """Return an endpoint of a system, as it says itself."""
        at, found = self._endpoints.get(system.fhir, (0.0, {}))
        if time.time() - at > ENDPOINTS_LAST:
            said = ask_system(f"{system.fhir.rstrip('/')}/.well-known/smart-configuration")
            methods = said.get("code_challenge_methods_supported")
            if not isinstance(methods, list) or "S256" not in methods:
                raise _problem("no PKCE by S256")
            found = {key: str(said.get(key, "")) for key in ("authorization_endpoint", "token_endpoint")}
            for one in found.values():
                check_outside_address(one)
            self._endpoints[system.fhir] = (time.time(), found)
        return found[name]


def _search(address: str, base: str, headers: dict[str, str]) -> list[dict[str, Any]]:
    """Return the resources of a search, page by page, as long as the same server has them."""
    found: list[dict[str, Any]] = []
    for _ in range(MOST_PAGES):
        page = ask_system(address, headers=headers)
        entries = page.get("entry", [])
        for one in entries if isinstance(entries, list) else []:
            resource = one.get("resource") if isinstance(one, dict) else None
            found += [resource] if isinstance(resource, dict) else []
        links = page.get("link", [])
        nexts = [one.get("url") for one in links if isinstance(one, dict) and one.get("relation") == "next"]
        if not nexts:
            return found
        address = str(nexts[0])
        if urlsplit(address)[:2] != urlsplit(base)[:2]:
            raise _problem("a page of another server")
    raise _problem(f"more than {MOST_PAGES} pages of one search")


def _waiting_row(connection: sa.Connection, secret: str) -> sa.RowMapping:
    mine = sa.and_(_LAUNCH.c.token == token_hash(secret), _LAUNCH.c.code != "", _LAUNCH.c.until >= time.time())
    row = connection.execute(sa.select(_LAUNCH).where(mine)).mappings().one_or_none()
    if row is None:
        raise _problem()
    return row


def _problem(what: str = "") -> ServiceProblem:
    """Return the refusal of what the other system answers; where nothing is said of it, that of no launch."""
    if what:
        return ServiceProblem(
            "SystemSilent", 502, f"got {what} from the other system; expected it. Ask who runs that system."
        )
    return ServiceProblem(
        "NoLaunch",
        403,
        "got no launch that this browser began within the last minutes; expected one. Begin again from the record.",
    )
