"""How a rule becomes a finding: its words with the values that it read."""

from collections.abc import Iterable, Iterator
from typing import Any

from leydig.care.finding import Finding
from leydig.care.protocol import Rule
from leydig.care.value import Held
from leydig.care.view import View
from leydig.man.medicine import classes_of
from leydig.man.quantity import QUANTITIES

__all__ = ["OWN", "named", "said_by", "spoken", "unjudged"]

OWN = ("assumed: how this program reads a protocol; docs/protocol.md",)
_KINDS = {"class": "classification", "indication": "eligibility", "exclusion": "eligibility", "stop": "advice",
          "titration": "advice"}  # fmt: skip


def spoken(view: View, rule: Rule, held: Held, **more: Any) -> Finding:
    """Return the finding of a rule.

    Parameters
    ----------
    view : View
    rule : Rule
    held : Held
        What the rule read.
    **more
        Fields of the finding that differ from the rule's own.
    """
    words = _Words(view, held, "baseline" if any(one.at == "baseline" for one in rule.conditions) else "latest")
    given: dict[str, Any] = {"severity": rule.severity, "action": rule.then, "inputs": held.inputs}
    given |= {"missing": held.missing, "title": rule.title} | more
    return Finding(
        rule=rule.id, kind=_KINDS.get(rule.group, rule.group), plain=rule.plain.format_map(words),
        clinical=rule.clinical.format_map(words), academic=rule.academic.format_map(words),
        source=said_by(rule.source), certainty=rule.certainty, **given,
    )  # fmt: skip


def unjudged(view: View) -> Iterator[Finding]:
    """Yield a finding for every medicine that no rule knows."""
    for text in view.medicines:
        if not classes_of(text):
            yield Finding(
                "MEDICINE_UNJUDGED", "alert", f"Not judged: {text}",
                f"You also take {text}. This program knows nothing about it: ask your clinician whether it fits.",
                f"{text} is on record and no rule speaks to it: check interactions, testosterone and sperm by hand.",
                f"No class of medicines.toml holds {text}.", OWN, "proposal", "", "warning",
            )  # fmt: skip


def said_by(source: Iterable[object]) -> tuple[str, ...]:
    """Return sources as texts."""
    return tuple(map(str, source))


def named(name: str) -> str:
    """Return a quantity, or what a record implies, in words."""
    return QUANTITIES[name].title if name in QUANTITIES else name.replace(".", " ").replace("_", " ")


def _others(view: View) -> tuple[str, ...]:
    return tuple(str(dose) for dose in view.steps.others.doses)


class _Words(dict[str, str]):
    """The values that a text may show, by name in braces."""

    def __init__(self, view: View, held: Held, at: str) -> None:
        super().__init__({name: value for name, value, date in held.inputs if date})
        self.view, self.at = view, at

    def __missing__(self, name: str) -> str:
        if name == "invalid":
            return "; ".join(self.view.invalid())
        if name == "taken":
            return ", ".join((*self.view.medicines, *_others(self.view))) or "by his own answer"
        if name == "androgen_course":
            return str(self.view.androgens or "no course on record")
        known = self.view.level(name, self.at)
        return known.text if known is not None else "unknown"
