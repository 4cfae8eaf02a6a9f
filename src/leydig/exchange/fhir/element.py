"""One object of a FHIR resource while it is read: what stands in it, and the path to it for what is said of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from leydig.characters import hidden_character
from leydig.checks import text_of
from leydig.errors import BadRecord
from leydig.json_file import FREE_TEXT, LONGEST

__all__ = ["LOCAL", "LOINC", "Element", "free_text", "seen_text"]

LOINC = "http://loinc.org"
LOCAL = "urn:leydig:quantity"  # the names of `leydig.record.quantity`, for what has no confirmed LOINC code
LONGEST_TEXT = 400  # characters of a text that a record takes over


@dataclass(frozen=True)
class Element:
    """An object of a resource.

    Attributes
    ----------
    content : dict
    place : str
        Its path, such as ``entry[3].resource``.
    """

    content: dict[str, Any]
    place: str

    @property
    def kind(self) -> str:
        """The type of resource; empty where it is none."""
        kind = self.content.get("resourceType")
        return kind if isinstance(kind, str) else ""

    def __contains__(self, key: str) -> bool:
        return key in self.content

    def path(self, key: str) -> str:
        """Return the path of a value."""
        return f"{self.place}.{key}".lstrip(".")

    def refusal(self, key: str, expected: str, way_out: str) -> BadRecord:
        """Return the error for a value."""
        return BadRecord(f"{self.path(key)}: got {text_of(self.content.get(key))}; expected {expected}. {way_out}")

    def child(self, key: str) -> "Element":
        """Return an object inside, empty where there is none; raises BadRecord where it is something else."""
        value = self.content.get(key)
        if value is None:
            return Element({}, self.path(key))
        if not isinstance(value, dict):
            raise self.refusal(key, "an object", "Put it in braces.")
        return Element(value, self.path(key))

    def children(self, key: str) -> list["Element"]:
        """Return the objects of a list inside, none where there is no list; raises BadRecord where it is none."""
        value = self.content.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.refusal(key, "a list", "Write [ ... ].")
        found = []
        for number, one in enumerate(value):
            if not isinstance(one, dict):
                raise BadRecord(
                    f"{self.path(key)}[{number}]: got {text_of(one)}; expected an object. Put it in braces."
                )
            found.append(Element(one, f"{self.path(key)}[{number}]"))
        return found

    def text(self, key: str) -> str:
        """Return a text, empty where there is none; raises BadRecord where it is something else."""
        value = self.content.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.refusal(key, "text", "Put it in quotes.")
        return value.strip()

    def number(self, key: str) -> float | None:
        """Return a number, None where there is none; raises BadRecord where it is something else."""
        value = self.content.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise self.refusal(key, "a number with a decimal point", "Write such as 28.5.")
        return float(value)

    def digits(self, key: str) -> str:
        """Return a number digit by digit as it came."""
        return str(self.content.get(key))

    def codings(self, key: str) -> Iterator[tuple[str, str, str]]:
        """Yield system, code and display of every coding of a concept."""
        for one in self.child(key).children("coding"):
            yield one.text("system").rstrip("/"), one.text("code"), one.text("display")

    def words(self, key: str) -> str:
        """Return a concept in words: its text, or the first display or code."""
        concept = self.child(key)
        found = concept.text("text")
        for _, code, display in self.codings(key):
            found = found or display or code
        return seen_text(found)

    def reference(self, key: str) -> str:
        """Return what a reference says; empty where there is none."""
        return self.child(key).text("reference")

    def identities(self) -> tuple[str, ...]:
        """Return what it calls itself: its id, and its identifiers with their systems."""
        own = self.text("id")
        named = [f"{one.text('system')}|{one.text('value')}" for one in self.children("identifier") if "value" in one]
        return (*([f"{self.kind}/{own}"] if own else []), *named)


def seen_text(text: str) -> str:
    """Return a text without characters that nobody sees, in one line and of bounded length."""
    plain = "".join(" " if one in "\n\t\r" else one for one in text if one in "\n\t\r" or not hidden_character(one))
    plain = " ".join(plain.split())
    return plain if len(plain) <= LONGEST_TEXT else f"{plain[: LONGEST_TEXT - 3]}..."


def free_text(text: str) -> str:
    """Return a text of several lines without characters that nobody sees, as long as a record may hold it."""
    plain = "".join(one for one in text if one in FREE_TEXT or not hidden_character(one)).strip()
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 3]}..."
