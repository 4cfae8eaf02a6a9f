"""The ledger: every decision of a trial, in one line for each man and arm, and a seal at its end.

The first line holds the trial and the versions that made it. A line holds the man's number, his record as it stood at
the end, the days on which he took nothing, and every visit with his true levels, what was decided and by which rule.
The last line is the seal: how many lines there are, and a hash chain over all of them, so that a ledger that was cut,
changed or put in another order does not pass for a whole one::

    h_0 = SHA-256(line_0),    h_k = SHA-256(h_{k-1} | line_k)
"""

import hashlib
import json
from dataclasses import asdict
from typing import Any

from leydig.analytes import of_panel
from leydig.protocol.reader import read_protocol
from leydig.record.files import as_json
from leydig.trial.conduct.arm import ArmCourse
from leydig.trial.design.design import Trial, TrialArm
from leydig.trial.design.strata import Strata
from leydig.version import VERSION as LEYDIG

__all__ = ["LEDGER_LEVELS", "LEDGER_VERSION", "HashChain", "head", "lines", "seal"]

LEDGER_LEVELS = of_panel("ledger")
LEDGER_VERSION = 4


class HashChain:
    """A hash over lines in their order.

    Attributes
    ----------
    lines : int
        How many it holds.
    """

    def __init__(self) -> None:
        self.lines, self._state = 0, b""

    def add(self, line: bytes) -> None:
        """Take in the next line, without its end."""
        self._state = hashlib.sha256(self._state + line).digest()
        self.lines += 1

    def __str__(self) -> str:
        return self._state.hex()


def seal(trial: Trial, screened: int, chain: HashChain) -> str:
    """Return the last line of a ledger, whose chain holds every line before."""
    arms = len(trial.arms)
    content = {"arms": arms, "chain": str(chain), "lines": chain.lines - 1, "men": trial.n, "screened": screened}
    return json.dumps({"seal": content}, sort_keys=True)


def head(trial: Trial) -> str:
    """Return the first line of a ledger: the trial, and the versions of program and protocols that it used."""
    used = sorted({trial.enrolled_by, *(arm.protocol for arm in trial.arms if arm.protocol)})
    versions = {name: read_protocol(name, trial.region).version for name in used}
    content = {"ledger": LEDGER_VERSION, "leydig": LEYDIG, "trial": _content(trial), "protocols": versions}
    return json.dumps(content, sort_keys=True)


def _content(trial: Trial) -> dict[str, Any]:
    """Return a trial as the mapping that `trial_from` reads, days in place of months."""
    return {
        "name": trial.name, "title": trial.title, "n": trial.n, "days": trial.days, "seed": trial.seed,
        "start": trial.start.isoformat(), "enrolled_by": trial.enrolled_by, "region": trial.region, "kind": trial.kind,
        "age": list(trial.age), "bmi": list(trial.bmi),
        "visits": {"turnaround": trial.turnaround, "jitter": trial.jitter, "missed": trial.missed,
                   "missing": trial.missing, "fixed": list(trial.fixed)},
        "adherence": {"taken": trial.taken, "dropout": trial.dropout},
        "couple": {"partner_age": list(trial.partner_age), "months_trying": list(trial.months_trying)},
        "screen": trial.screen, "design": trial.design, "draw": trial.draw,
        "primary": {key: value for key, value in asdict(trial.primary).items() if value is not None},
        "stratum": [_strata(one) for one in trial.strata], "subgroup": [_strata(one) for one in trial.subgroups],
        "arm": [{"name": arm.name, "allocation": arm.allocation}
                | ({"protocol": arm.protocol} if arm.protocol else {"regimen": arm.regimen}) for arm in trial.arms],
    }  # fmt: skip


def _strata(one: Strata) -> dict[str, Any]:
    return {"of": one.of, "cuts": list(one.cuts), "unit": one.unit}


def lines(arm: TrialArm, men: ArmCourse) -> list[str]:
    """Return the lines of one arm, one for each man."""
    found = []
    for k, number in enumerate(men.numbers):
        visits = [
            {"day": one.day, "decided": one.decided, "action": one.action, "rule": one.rule, "regimen": one.regimen,
             "alerts": list(one.alerts), "levels": [one.levels[name] for name in LEDGER_LEVELS]}
            for one in men.visits[k]
        ]  # fmt: skip
        missed = list(men.doses[k].doses[0].missed) if men.doses[k].doses else []
        line = {"man": number, "arm": arm.name, "ended": men.ended[k], "record": as_json(men.records[k]),
                "missed": missed, "withheld": men.withheld[k], "visits": visits}  # fmt: skip
        found.append(json.dumps(line, ensure_ascii=False, sort_keys=True))
    return found
