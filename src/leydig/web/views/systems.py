"""Other systems: from which of them results are fetched, coming back from one, and whose its results are."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from leydig.web.view import View

__all__ = ["ArrivalView", "ChoiceLine", "ResultsView", "SystemsView", "arrival_view", "results_view", "systems_view"]


@dataclass(frozen=True)
class ChoiceLine:
    """One of several: its identity or address, and its name."""

    id: str
    name: str


@dataclass(frozen=True)
class SystemsView(View):
    """The systems that are named."""

    template: ClassVar[str] = "systems.html.jinja"
    systems: tuple[ChoiceLine, ...]


@dataclass(frozen=True)
class ArrivalView(View):
    """That a browser came back from a system; the way on is a link."""

    template: ClassVar[str] = "arrival.html.jinja"
    system: str


@dataclass(frozen=True)
class ResultsView(View):
    """The form that says whose the results of a system are."""

    template: ClassVar[str] = "results.html.jinja"
    system: str
    people: tuple[ChoiceLine, ...]
    pseudonym: str = ""
    refusal: str = ""
    pointer: str = ""


def systems_view(systems: Iterable[tuple[str, str]]) -> SystemsView:
    """Return the page of systems, of name and address of each."""
    return SystemsView(tuple(ChoiceLine(fhir, name) for name, fhir in systems))


def arrival_view(system: str) -> ArrivalView:
    """Return the page on which a browser comes back."""
    return ArrivalView(system)


def results_view(
    system: str, people: Iterable[tuple[str, str]], *, pseudonym: str = "", refusal: str = "", pointer: str = ""
) -> ResultsView:
    """Return the form; `people` are identities with pseudonyms."""
    return ResultsView(system, tuple(ChoiceLine(*one) for one in people), pseudonym, refusal, pointer)
