"""Invented men for a demonstration: entered as anybody's results are, with days counted from today."""

import datetime as dt

from leydig.service.bodies import AssessmentBody, EntryBody, EntryKind, PersonBody
from leydig.service.clinic.desk import Desk
from leydig.service.storage.act import SYSTEM

__all__ = ["enter_invented_men"]

_UNITS = {
    "bmi": "kg/m2", "testosterone": "ng/dL", "estradiol": "pg/mL", "lh": "IU/L", "fsh": "IU/L", "shbg": "nmol/L",
    "prolactin": "ng/mL", "hematocrit": "%", "psa": "ng/mL", "sperm_concentration": "million/mL", "semen_volume": "mL",
    "motility": "%", "normal_forms": "%",
}  # fmt: skip
_MORNING = ("testosterone", "estradiol", "lh", "fsh", "shbg", "prolactin")
Levels = dict[str, str]
# pseudonym, age [years], treatment and its first day [days ago], answers, levels by days ago
_MEN: tuple[tuple[str, int, tuple[str, int] | None, tuple[str, ...], dict[int, Levels]], ...] = (
    ("Larch", 34, None, ("wants_pregnancy", "consent"), {
        21: {"bmi": "28.7", "testosterone": "271", "estradiol": "42", "lh": "3.4", "fsh": "4.8", "prolactin": "9",
             "shbg": "24", "hematocrit": "44", "psa": "0.7", "sperm_concentration": "9", "semen_volume": "2.6",
             "motility": "38", "normal_forms": "3"},
        7: {"testosterone": "262", "estradiol": "44", "lh": "3.1", "fsh": "4.6", "sperm_concentration": "8",
            "semen_volume": "2.9", "motility": "36"}}),
    ("Rowan", 31, ("anastrozole 1 mg daily", 86), ("wants_pregnancy", "consent"), {
        110: {"bmi": "31.2", "testosterone": "248", "estradiol": "46", "lh": "2.9", "fsh": "3.8", "prolactin": "8",
              "hematocrit": "43", "psa": "0.6", "sperm_concentration": "6", "semen_volume": "3.1"},
        98: {"testosterone": "255", "estradiol": "44", "lh": "3.0", "fsh": "3.9", "sperm_concentration": "7"},
        55: {"testosterone": "430", "estradiol": "19", "lh": "5.2", "fsh": "7.1", "hematocrit": "46"}}),
    ("Alder", 38, ("testosterone enanthate 200 mg im every 14 days", 300), ("wants_pregnancy",), {
        20: {"bmi": "27.5", "testosterone": "820", "estradiol": "48", "lh": "0.1", "fsh": "0.2", "hematocrit": "55",
             "psa": "1.1", "sperm_concentration": "0", "semen_volume": "2.2"}}),
    ("Hazel", 29, None, ("wants_pregnancy",), {
        30: {"bmi": "23.4", "testosterone": "205", "estradiol": "14", "lh": "14.8", "fsh": "24", "prolactin": "7",
             "hematocrit": "42", "sperm_concentration": "0", "semen_volume": "2.4"}}),
    ("Maple", 36, None, (), {12: {"bmi": "34.0", "testosterone": "240", "lh": "2.6"}}),
)  # fmt: skip


def enter_invented_men(desk: Desk) -> int:
    """Enter every invented man and assess him; return how many."""
    today = dt.date.today()
    for pseudonym, age, given, answers, levels in _MEN:
        born = today.replace(year=today.year - age, day=1)
        person = desk.add_person(PersonBody(pseudonym=pseudonym, born=born.isoformat()), SYSTEM).id
        entries = list(_entries(today, given, answers, levels))
        for one in entries:
            desk.add_entry(person, one, SYSTEM)
        desk.assess(person, AssessmentBody(), SYSTEM)
    return len(_MEN)


def _entries(
    today: dt.date, given: tuple[str, int] | None, answers: tuple[str, ...], levels: dict[int, Levels]
) -> list[EntryBody]:
    def day(ago: int) -> str:
        return (today - dt.timedelta(ago)).isoformat()

    found = [
        EntryBody(kind=EntryKind.RESULT, name=name, value=value, unit=_UNITS[name], date=day(ago),
                  time="08:15" if name in _MORNING else "")
        for ago, many in levels.items()
        for name, value in many.items()
    ]  # fmt: skip
    first = max(levels)
    found += [EntryBody(kind=EntryKind.FACT, name=name, value="yes", date=day(first)) for name in answers]
    if given is not None:
        found.append(EntryBody(kind=EntryKind.MEDICINE, value=given[0], date=day(given[1])))
    return found
