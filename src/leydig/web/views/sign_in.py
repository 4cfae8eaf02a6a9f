"""Signing in, setting a password by a link, one's own account, and the password written again."""

from dataclasses import dataclass
from typing import ClassVar

from leydig.web.view import View

__all__ = ["SHORTEST_PASSWORD", "AccountState", "AccountView", "CodeView", "ConfirmationView", "SetupView",
           "SignInView", "account_view", "code_view", "confirmation_view", "setup_view", "sign_in_view"]  # fmt: skip

SHORTEST_PASSWORD = 12  # characters; OWASP ASVS 5


@dataclass(frozen=True)
class SignInView(View):
    """The form by which one signs in; `next` is the page that was asked for, `draft` a form that was sent too late."""

    template: ClassVar[str] = "sign_in.html.jinja"
    account: str = ""
    next: str = ""
    refusal: str = ""
    draft: str = ""


@dataclass(frozen=True)
class CodeView(View):
    """The form for the code of the second factor."""

    template: ClassVar[str] = "code.html.jinja"
    next: str = ""
    refusal: str = ""
    draft: str = ""


@dataclass(frozen=True)
class SetupView(View):
    """The form that sets the password of an account; of the first one its name, too."""

    template: ClassVar[str] = "setup.html.jinja"
    item: str
    account: str
    role: str
    asks_name: bool
    least: int = SHORTEST_PASSWORD
    refusal: str = ""
    pointer: str = ""
    draft: str = ""


def sign_in_view(account: str = "", *, next: str = "", refusal: str = "", draft: str = "") -> SignInView:
    """Return the page of signing in."""
    return SignInView(account, next, refusal, draft)


def code_view(*, next: str = "", refusal: str = "", draft: str = "") -> CodeView:
    """Return the page that asks for a code."""
    return CodeView(next, refusal, draft)


def setup_view(
    token: str, account: str, role: str, *, draft: str = "", refusal: str = "", pointer: str = ""
) -> SetupView:  # fmt: skip
    """Return the page that sets a password.

    Parameters
    ----------
    token : str
        Of the link.
    account, role : str
        Whose it is; the first account has no name yet.
    draft, refusal, pointer : str, optional
        The name that was written with what was refused.
    """
    return SetupView(token, account, role, not account, refusal=refusal, pointer=pointer, draft=draft)


# One's own account ---------------------------------------------------------------------------------


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
