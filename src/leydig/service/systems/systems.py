"""The file that names a clinic's other systems: nothing is fetched from, and nothing taken from, who is not in it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from leydig.errors import LeydigError, OutOfRange
from leydig.file_model import FileModel, refusal, validate_file
from leydig.json_file import file_text
from leydig.toml_file import Tables

__all__ = ["ClinicSystems", "HookIssuer", "SmartSystem", "check_outside_address", "read_systems"]

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def check_outside_address(address: str) -> None:
    """Refuse an address that others could listen to or that is none: HTTPS it is, or this machine.

    Raises
    ------
    OutOfRange
    """
    try:
        parts = urlsplit(address)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        is_plain = not parts.username and not parts.fragment and address.isprintable() and " " not in address
    except ValueError:
        is_safe = is_plain = False
        parts = urlsplit("")
    if not (is_safe and is_plain and parts.hostname):
        raise OutOfRange(
            f"got address {address[:80]!r}; expected one of HTTPS. Write such as 'https://ehr.example/fhir'."
        )


class _Addresses(FileModel):
    """A table in which every address is one of HTTPS."""

    @field_validator("address", "fhir", "jwks", "issuer", "origins", check_fields=False)
    @classmethod
    def _check_addresses(cls, value: str | list[str]) -> str | list[str]:
        for one in [value] if isinstance(value, str) else value:
            try:
                if one:
                    check_outside_address(one)
            except LeydigError as error:
                raise refusal(str(error)) from error
        return value


class HookIssuer(_Addresses):
    """Who signs calls of CDS Hooks, and where its public keys are."""

    table = "an issuer of hooks"
    issuer: str
    jwks: Annotated[str, Field(description="Address of its JSON Web Key Set.")] = ""
    keys: Annotated[str, Field(description="A file with the set in place of an address.")] = ""


class SmartSystem(_Addresses):
    """A system from which a man's results are fetched by SMART App Launch."""

    table = "a system"
    name: str
    fhir: Annotated[str, Field(description="The address of its FHIR server: `iss` of a launch.")]
    client: Annotated[str, Field(description="The name under which this service is registered there.")]
    secret: Annotated[str, Field(description="A file with the secret of a confidential client.")] = ""


class _SystemsFile(_Addresses):
    """The whole file."""

    table = "the file"
    address: Annotated[str, Field(description="Under which those systems and browsers reach this service.")]
    origins: Annotated[list[str], Field(description="Browser pages that may call CDS Hooks.")] = []
    hooks: list[HookIssuer] = []
    smart: list[SmartSystem] = []


@dataclass(frozen=True)
class ClinicSystems:
    """The systems of a clinic.

    Attributes
    ----------
    address : str
        Under which they reach this service.
    origins : tuple of str
        Of browser pages that may call CDS Hooks.
    hooks : tuple of HookIssuer
    smart : tuple of SmartSystem
    folder : Path
        Where files that it names are.
    """

    address: str = ""
    origins: tuple[str, ...] = ()
    hooks: tuple[HookIssuer, ...] = ()
    smart: tuple[SmartSystem, ...] = ()
    folder: Path = Path()

    def text(self, name: str) -> str:
        """Return the text of a file that it names; raises OutOfRange where it is not there."""
        return file_text(self.folder / name, OutOfRange, "a file beside that of systems")


def read_systems(path: Path) -> ClinicSystems:
    """Return the systems of a file.

    Raises
    ------
    OutOfRange
        When it is not there, or says what it must not.
    """
    found = validate_file(_SystemsFile, Tables(path, OutOfRange, "systems"))
    systems = ClinicSystems(
        found.address.rstrip("/"), tuple(found.origins), tuple(found.hooks), tuple(found.smart), path.absolute().parent
    )
    for one in systems.hooks:
        if bool(one.jwks) == bool(one.keys):
            raise OutOfRange(f"{path}: got issuer {one.issuer!r} with both or neither of jwks and keys; expected one. "
                             "Give one of them.")  # fmt: skip
        if one.keys:
            systems.text(one.keys)
    for system in systems.smart:
        if system.secret:
            systems.text(system.secret)
    return systems
