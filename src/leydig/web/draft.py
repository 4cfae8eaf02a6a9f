"""What somebody wrote into a form that was not taken: it comes back, so that nothing has to be written twice."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from leydig.web.text import catalogue
from leydig.web.view import View

__all__ = ["DraftField", "DraftForm", "DraftView", "draft_text", "draft_view", "is_inside", "read_draft"]

MOST = 30_000  # characters of all that is kept
SECRETS = {"password", "present", "code"}  # a form that asks for one of these is never kept
LONG = 80  # characters from where on a text has several lines


@dataclass(frozen=True)
class DraftField:
    """One field of a form; without a label it is sent on as it was."""

    name: str
    value: str
    label: str = ""

    @property
    def is_long(self) -> bool:
        """Whether it needs several lines."""
        return len(self.value) > LONG or "\n" in self.value


@dataclass(frozen=True)
class DraftForm:
    """A form that was not taken: where it goes, and what was written."""

    where: str
    fields: tuple[DraftField, ...]


@dataclass(frozen=True)
class DraftView(View):
    """The page that shows, to who signed in anew, what was written before."""

    template: ClassVar[str] = "draft.html.jinja"
    form: DraftForm


def is_inside(address: str) -> bool:
    """Return whether an address is one of this service: a path, and no other site.

    Examples
    --------
    >>> is_inside("/people"), is_inside("//elsewhere.example"), is_inside("https://elsewhere.example")
    (True, False, False)
    """
    return address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()


def draft_text(action: str, content: Mapping[str, object]) -> str:
    """Return a form as a text that another form carries; empty where there is nothing, a secret or too much in it.

    Parameters
    ----------
    action : str
        Where it goes.
    content : mapping
        What its fields say; a list where one says several things.
    """
    pairs = [(name, one) for name, said in content.items() for one in (said if isinstance(said, list) else [said])]
    text = json.dumps([action, pairs])
    return "" if not pairs or SECRETS & set(content) or len(text) > MOST else text


def read_draft(text: str) -> DraftForm | None:
    """Return the form of a text that `draft_text` wrote; None where it is none."""
    try:
        action, pairs = json.loads(text)
        fields = tuple(DraftField(name, value, _label(name)) for name, value in pairs)
    except (ValueError, TypeError, RecursionError):
        return None
    are_texts = all(isinstance(one, str) for field in fields for one in (field.name, field.value))
    return DraftForm(action, fields) if are_texts and isinstance(action, str) and is_inside(action) else None


def _label(name: object) -> str:
    """Return what a field is called; empty where nobody wrote into it."""
    return str(getattr(catalogue().draft.fields, name, "")) if isinstance(name, str) else ""


def draft_view(form: DraftForm) -> DraftView:
    """Return the page that shows what was written."""
    return DraftView(form)
