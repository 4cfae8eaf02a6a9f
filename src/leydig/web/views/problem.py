"""A problem as a page: what was refused, and what to do, in the words of the error itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from leydig.errors import UnknownName
from leydig.web.draft import DraftForm, is_inside
from leydig.web.text import catalogue
from leydig.web.view import View

__all__ = ["ProblemKindView", "ProblemLine", "ProblemView", "problem_kind_view", "problem_view"]


@dataclass(frozen=True)
class ProblemLine:
    """One thing that is wrong, and where."""

    pointer: str
    detail: str


@dataclass(frozen=True)
class ProblemKindView(View):
    """What a kind of problem means: the page to which its type leads."""

    template: ClassVar[str] = "problem_kind.html.jinja"
    type: str
    title: str
    meaning: str


@dataclass(frozen=True)
class ProblemView(View):
    """The page.

    Attributes
    ----------
    type, title : str
    status : int
    detail : str
        In the form ``got X; expected Y. Way out.``
    pointer : str
    errors : tuple of ProblemLine
    back : str
        The address to go back to; the list of men when empty.
    draft : DraftForm or None
        What was written into the form that was refused.
    """

    template: ClassVar[str] = "problem.html.jinja"
    type: str
    title: str
    status: int
    detail: str
    pointer: str = ""
    errors: tuple[ProblemLine, ...] = ()
    back: str = ""
    draft: DraftForm | None = None


def problem_kind_view(name: str, title: str) -> ProblemKindView:
    """Return the page of a kind of problem.

    Parameters
    ----------
    name : str
        The last part of its type.
    title : str

    Raises
    ------
    UnknownName
        When there is none of this name.
    """
    meanings = vars(catalogue().problems)
    if name not in meanings:
        raise UnknownName.among("problem", name[:64], meanings)
    return ProblemKindView(f"/problems/{name}", title, meanings[name])


def problem_view(content: Mapping[str, Any], *, back: str = "", draft: DraftForm | None = None) -> ProblemView:
    """Return a problem as a page.

    Parameters
    ----------
    content : mapping
        Problem details of RFC 9457.
    back : str, optional
        An address of this service.
    draft : DraftForm, optional
        What was written into the form that was refused.
    """
    errors = tuple(ProblemLine(one.get("pointer", ""), one["detail"]) for one in content.get("errors", ()))
    return ProblemView(
        content["type"], content["title"], int(content["status"]), content["detail"], content.get("pointer", ""),
        errors, back if is_inside(back) else "", draft,
    )  # fmt: skip
