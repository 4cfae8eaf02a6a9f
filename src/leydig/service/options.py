"""How the service runs: said once, when it starts."""

from dataclasses import dataclass, field

from leydig.service.access.passwords import PasswordCost
from leydig.service.systems.systems import ClinicSystems

__all__ = ["ServiceOptions"]


@dataclass(frozen=True)
class ServiceOptions:
    """How the service runs.

    Attributes
    ----------
    hosts : tuple of str
        Names under which it is asked for; others are refused.
    secure : bool
        Whether browsers reach it by HTTPS alone: its cookies are sent by that only.
    demo : bool
        Whether its people are invented, and nothing is written.
    proxy : str
        The address of the one proxy whose word on who asks is taken; empty for none.
    cost : PasswordCost
    hooks_secret : str
        What a clinic's system sends with a call of CDS Hooks; empty for none.
    systems : ClinicSystems
        Other systems whose calls are taken, and from which results are fetched.
    factor_roles : frozenset of str
        Roles whose accounts do nothing before they have a second factor.
    scanner : tuple of str
        The command that looks through every file that is sent (`leydig.service.systems.scanner`); empty for none.
    ahead : bool
        Whether the twin of a person whose page is shown is worked out at once, so that a what-if need not wait for it.
    """

    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    secure: bool = False
    demo: bool = False
    proxy: str = ""
    cost: PasswordCost = field(default_factory=PasswordCost)
    hooks_secret: str = ""
    systems: ClinicSystems = field(default_factory=ClinicSystems)
    factor_roles: frozenset[str] = frozenset()
    scanner: tuple[str, ...] = ()
    ahead: bool = False
