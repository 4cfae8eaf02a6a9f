"""The report of the first calibration: every published ratio beside the predicted one, as a page.

Run it with ``python -m leydig.evidence.report``; it writes ``docs/calibration.md``.
"""

from pathlib import Path

from leydig.evidence.replay import Compared, replay
from leydig.evidence.study import studies

__all__ = ["main", "page"]

NEAR = 0.25  # of the observed ratio
PAGE = Path("docs/calibration.md")


def page() -> str:
    """Return the report as Markdown."""
    found = [one for study in studies().values() for one in replay(study)]
    lines = [
        "# The first calibration, figure by figure",
        "",
        "Made by `python -m leydig.evidence.report`. Each row is a published ratio to the arm's own baseline and the",
        "ratio of the arm's simulated mean man. No spread between men and no uncertainty is in these numbers yet.",
        "",
    ]
    for role in ("calibration", "held-out"):
        ours = [one for one in found if one.role == role]
        near = sum(abs(one.error) <= NEAR for one in ours)
        lines += [f"## {role.capitalize()}: {near} of {len(ours)} within {NEAR:.0%}", "", *_table(ours), ""]
    return "\n".join(lines)


def _table(rows: list[Compared]) -> list[str]:
    head = ["| study | arm | analyte | week | published | predicted | error |", "|---|---|---|---|---|---|---|"]
    return head + [
        f"| {one.study} | {one.arm} | {one.analyte} | {one.week:g} | {one.observed:.3g} | {one.predicted:.3g} "
        f"| {one.error:+.0%} |"
        for one in rows
    ]


def main() -> None:
    """Write the report."""
    PAGE.write_text(page(), encoding="utf-8")
    print(f"written: {PAGE}")


if __name__ == "__main__":
    main()
