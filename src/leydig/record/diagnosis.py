"""Diagnoses: which question of a record each answers with yes, by its code or, to be confirmed, by its words."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

__all__ = ["CODES_OF_DIAGNOSES", "Diagnosis", "diagnosis", "lasting_questions"]

CODES_OF_DIAGNOSES = {"http://snomed.info/sct": "snomed", "http://hl7.org/fhir/sid/icd-10-cm": "icd10",
                      "http://hl7.org/fhir/sid/icd-10": "icd10"}  # fmt: skip


@dataclass(frozen=True)
class Diagnosis:
    """What a diagnosis says.

    Attributes
    ----------
    fact : str
        The question of a record that it answers with yes.
    sure : bool
        Whether its code says so; its words, or how its code begins, are for a clinician to confirm.
    for_ever : bool
        Whether it answers the question when it is over, too.
    """

    fact: str
    sure: bool
    for_ever: bool


@lru_cache(maxsize=1)
def _tables() -> dict[str, dict[str, list[str]]]:
    """Return the questions, each with its codes by terminology and its words."""
    return tomllib.loads(Path(__file__).with_name("conditions.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def lasting_questions() -> frozenset[str]:
    """Return the questions about past and present, which a yes of any day answers.

    Examples
    --------
    >>> "thrombosis" in lasting_questions(), "headache" in lasting_questions()
    (True, False)
    """
    return frozenset(fact for fact, table in _tables().items() if table.get("for_ever"))


def diagnosis(codes: tuple[tuple[str, str], ...], text: str) -> Diagnosis | None:
    """Return which question a diagnosis answers; None where it answers none.

    Parameters
    ----------
    codes : tuple of (str, str)
        Terminology (``snomed``, ``icd10``) and code.
    text : str
        The diagnosis in words.

    Examples
    --------
    >>> diagnosis((("snomed", "22053006"),), "").fact
    'genetic_cause'
    >>> diagnosis((), "Carcinoma of prostate").sure, diagnosis((("icd10", "I82.409"),), "").fact
    (False, 'thrombosis')
    """
    for fact, table in _tables().items():
        if any(code in table.get(terminology, ()) for terminology, code in codes):
            return Diagnosis(fact, True, bool(table.get("for_ever")))
    words, icd = " ".join(text.lower().split()), [code for terminology, code in codes if terminology == "icd10"]
    for fact, table in _tables().items():
        if any(code.startswith(tuple(table.get("families", ()))) for code in icd):
            return Diagnosis(fact, False, bool(table.get("for_ever")))
    for fact, table in _tables().items():
        if any(all(part in words for part in one.split(" + ")) for one in table.get("words", ())):
            return Diagnosis(fact, False, bool(table.get("for_ever")))
    return None
