"""The frame of a page: all that it knows of the request that asked for it."""

from dataclasses import dataclass

__all__ = ["Frame"]


@dataclass(frozen=True)
class Frame:
    """What stands around a page.

    Attributes
    ----------
    account : str or None
        Who is signed in; None where nobody is.
    role : str or None
        ``clinician``, ``assistant``, ``read-only`` or ``admin``.
    csrf : str
        The token that every form carries.
    demo : bool
        Whether the men are invented and nothing is written.
    path : str
        Of the request, for the mark in the navigation.
    request : str
        By which what its forms ask is known when it comes again.
    """

    account: str | None = None
    role: str | None = None
    csrf: str = ""
    demo: bool = False
    path: str = "/"
    request: str = ""

    @property
    def is_writer(self) -> bool:
        """Whether forms that change something are shown; the service decides whether they are taken."""
        return self.account is not None and self.role != READER and not self.demo

    @property
    def is_admin(self) -> bool:
        """Whether accounts and the audit are offered."""
        return self.role == "admin"


READER = "read-only"
