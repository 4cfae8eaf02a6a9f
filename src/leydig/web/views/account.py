"""One's own account: another password, the second factor and one's sessions; and the password, written again."""

from dataclasses import dataclass
from typing import ClassVar

from leydig.web.view import View

__all__ = ["AccountState", "AccountView", "ConfirmationView", "account_view", "confirmation_view"]


@dataclass(frozen=True)
class AccountState:
    """How an account is.

    Attributes
    ----------
    account, role : str
    has_factor : bool
        Whether a code is asked for when he signs in.
    needs_factor : bool
        Whether his role must have one.
    recovery_codes, sessions : int
        How many are left, and how many hold.
    """

    account: str
    role: str
    has_factor: bool = False
    needs_factor: bool = False
    recovery_codes: int = 0
    sessions: int = 1


@dataclass(frozen=True)
class AccountView(View):
    """The page of an account.

    Attributes
    ----------
    state : AccountState
    secret, address : str
        Of a second factor that was begun, as text and for an authenticator; shown once.
    codes : tuple of str
        Recovery codes; shown once.
    refusal, pointer : str
        What was refused, and which form.
    """

    template: ClassVar[str] = "account.html.jinja"
    state: AccountState
    secret: str = ""
    address: str = ""
    codes: tuple[str, ...] = ()
    refusal: str = ""
    pointer: str = ""


@dataclass(frozen=True)
class ConfirmationView(View):
    """The form for the password before one signs, exports or deletes; `next` is the page that was asked for."""

    template: ClassVar[str] = "confirmation.html.jinja"
    next: str = ""
    refusal: str = ""


def account_view(
    state: AccountState,
    *,
    secret: str = "",
    address: str = "",
    codes: tuple[str, ...] = (),
    refusal: str = "",
    pointer: str = "",
) -> AccountView:
    """Return the page of one's own account; arguments as in `AccountView`."""
    return AccountView(state, secret, address, codes, refusal, pointer)


def confirmation_view(*, next: str = "", refusal: str = "") -> ConfirmationView:
    """Return the page that asks for the password again."""
    return ConfirmationView(next, refusal)
