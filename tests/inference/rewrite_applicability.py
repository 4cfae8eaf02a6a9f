"""What the studies of the evidence cover, as `leydig.inference.trust.applicability` ships it.

Run it when a study is added: python tests/inference/rewrite_applicability.py
"""

from itertools import chain
from pathlib import Path

from leydig.evidence.study_file import studies
from leydig.inference.trust.applicability import APPLICABILITY

HALF_WIDTH = 1.96  # standard deviations about a published mean that hold 95 % of men


def arms():
    """Yield every arm of every study with what its men were given."""
    for study in studies().values():
        for arm in study.arms:
            rungs = arm.titration.rungs if arm.titration else ()
            yield arm, (arm.regimen, *rungs)


def span(name):
    """Return the range of ages or BMIs that holds 95 % of the men of some arm."""
    found = [figure for figure in (getattr(arm, name) for arm, _ in arms()) if figure is not None]
    apart = [(one.value, HALF_WIDTH * (one.sd or 0.0)) for one in found]
    return round(min(value - wide for value, wide in apart), 1), round(max(value + wide for value, wide in apart), 1)


def covered():
    """Return the text of the file."""
    regimens = list(chain.from_iterable(given for _, given in arms()))
    doses = {}
    for regimen in regimens:
        for drug, (amount, unit) in regimen.weekly_total().items():
            if not amount:  # single doses have no amount a week
                continue
            low, high, _ = doses.get(drug, (amount, amount, unit))
            doses[drug] = (min(low, amount), max(high, amount), unit)
    lines = ["# Written by tests/inference/rewrite_applicability.py from the studies of leydig.evidence.", ""]
    lines += [f"age = {list(span('age'))}", f"bmi = {list(span('bmi'))}"]
    together = sorted({tuple(sorted(regimen.drugs)) for regimen in regimens if len(regimen.drugs) > 1})
    lines += ["together = [", *(f"  {list(drugs)},".replace("'", '"') for drugs in together), "]", "", "[weekly]"]
    lines += [f'{drug} = {{ least = {low:g}, most = {high:g}, unit = "{unit}" }}'
              for drug, (low, high, unit) in sorted(doses.items())]  # fmt: skip
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(APPLICABILITY).write_text(covered(), encoding="utf-8")
