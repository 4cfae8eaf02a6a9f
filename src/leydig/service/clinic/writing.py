"""How an entry joins those that are there: once, never a second birth, and as a correction in the place of one."""

from collections.abc import Sequence
from typing import Any

from leydig.service.bodies import EntryKind
from leydig.service.clinic.record import contents_now, is_same_entry, refuse_before_birth
from leydig.service.problems import ServiceProblem
from leydig.service.storage.person_file import Entry, PersonFile

__all__ = ["add_once", "correct_entry"]


def add_once(
    file: PersonFile, entries: Sequence[Entry], content: dict[str, Any], by: str
) -> tuple[Entry, bool]:  # fmt: skip
    """Write what corrects nothing, unless the record says it already; return it, and whether it is new."""
    held = [one for one in entries if one.superseded_by is None]
    refuse_before_birth(contents_now(held), content)
    same = next((one for one in held if is_same_entry(one.content, content)), None)
    if same is not None:
        return same, False
    _refuse_second_single(held, content)
    return file.add_entry(content, by), True


def correct_entry(
    file: PersonFile, entries: Sequence[Entry], content: dict[str, Any], supersedes: str, by: str
) -> tuple[Entry, bool]:
    """Write a correction, once."""
    old = next((one for one in entries if one.id == supersedes), None)
    if old is None:
        raise ServiceProblem(
            "UnknownName",
            422,
            f"got entry {supersedes!r} to correct; expected one of this person. Load the person again.",
            pointer="/supersedes",
        )
    if old.superseded_by is not None:
        newer = next(one for one in entries if one.id == old.superseded_by)
        if is_same_entry(newer.content, content):
            return newer, False
        raise ServiceProblem(
            "CorrectedAlready",
            409,
            f"got a correction of {supersedes}, which was "
            "corrected already; expected the entry that holds now. Load the person again.",
        )
    is_other = content["kind"] != EntryKind.WITHDRAWAL and content["kind"] != old.content["kind"]
    if is_other:
        raise ServiceProblem(
            "WrongBody",
            422,
            f"got a {content['kind']} in place of a {old.content['kind']}; "
            "expected the same kind. Withdraw the one and add the other.",
            pointer="/kind",
        )
    if content["kind"] == EntryKind.WITHDRAWAL and old.content.get("name") == "sex":
        raise ServiceProblem(
            "WrongBody",
            422,
            "got a withdrawal of his sex; expected it to be said. Correct it to what holds.",
            pointer="/kind",
        )
    return file.add_entry(content, by, supersedes), True


def _refuse_second_single(held: Sequence[Entry], content: dict[str, Any]) -> None:
    """Refuse a second sex or birth beside the first."""
    if content["kind"] != EntryKind.PERSON:
        return
    for one in held:
        if one.content["kind"] == EntryKind.PERSON and one.content["name"] == content["name"]:
            raise ServiceProblem(
                "SaidAlready",
                409,
                f"got {content['name']} beside the one that is said; "
                f"expected one of them. Give supersedes {one.id} and a reason.",
                pointer="/supersedes",
            )
