"""Signing in, and setting the password of an account by a link."""

from dataclasses import dataclass
from typing import ClassVar

from leydig.web.view import View

__all__ = ["SHORTEST_PASSWORD", "CodeView", "SetupView", "SignInView", "code_view", "setup_view", "sign_in_view"]

SHORTEST_PASSWORD = 12  # characters; OWASP ASVS 5


@dataclass(frozen=True)
class SignInView(View):
    """The form by which one signs in; `next` is the page that was asked for."""

    template: ClassVar[str] = "sign_in.html.jinja"
    account: str = ""
    next: str = ""
    refusal: str = ""


@dataclass(frozen=True)
class CodeView(View):
    """The form for the code of the second factor."""

    template: ClassVar[str] = "code.html.jinja"
    next: str = ""
    refusal: str = ""


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


def sign_in_view(account: str = "", *, next: str = "", refusal: str = "") -> SignInView:
    """Return the page of signing in."""
    return SignInView(account, next, refusal)


def code_view(*, next: str = "", refusal: str = "") -> CodeView:
    """Return the page that asks for a code."""
    return CodeView(next, refusal)


def setup_view(token: str, account: str, role: str, *, refusal: str = "", pointer: str = "") -> SetupView:
    """Return the page that sets a password.

    Parameters
    ----------
    token : str
        Of the link.
    account, role : str
        Whose it is; the first account has no name yet.
    refusal, pointer : str, optional
    """
    return SetupView(token, account, role, not account, refusal=refusal, pointer=pointer)
