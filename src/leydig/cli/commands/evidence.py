"""Commands about the evidence: list published studies, replay and score them, calibrate, write the credibility page."""

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leydig.cli.app import AsJson, app
from leydig.cli.output import console, print_json, print_rows, refusals, say
from leydig.target import TABLE, figure_folder, target_file, target_folder

if TYPE_CHECKING:
    from leydig.evidence.replay import Prediction
    from leydig.evidence.study import Study

__all__ = ["calibrate", "credibility", "evidence", "list_", "run"]

evidence = typer.Typer(help="Published studies: replay and score them, fit to them.", no_args_is_help=True)
app.add_typer(evidence, name="evidence")

Seed = Annotated[int, typer.Option(min=0, help="Another seed draws other men.")]
STUDY_SIZE = 150_000.0  # man-days of a replayed study, for the progress bar
WIDE = 130  # letters of a line, from which on columns need not fold
ARM = "study (role): arm"
TOTALS = ("values", "inside", "median error", "largest", "above 40 %", "high/low", "direction", "no ratio",
          "men failed")  # fmt: skip
FEW = 10  # values, of which a share says little


@evidence.command("list")
def list_(as_json: AsJson = False) -> None:
    """List every published study of the catalogue."""
    with refusals():
        from leydig.evidence import studies
        from leydig.evidence.study import Role

        rows = [_study_row(study) for study in studies().values()]
        if as_json:
            print_json(rows)
            return
        shown = [row | {"n": f"{row['n'] or '?'}{'' if row['n_complete'] else '+?'}" if row["n"] else "?",
                        "drugs": ", ".join(row["drugs"]) or "none"} for row in rows]  # fmt: skip
        keys = ("id", "role", "design", "n", "drugs", "values", "title")
        print_rows([{key: row[key] for key in keys} for row in shown])
        held = sum(row["role"] == Role.HELD_OUT for row in rows)
        console().print(f"{len(rows)} studies, {held} held out of every fit, {sum(row['values'] for row in rows)} "
                        f"values. Next: leydig evidence run {rows[0]['id']}")  # fmt: skip


def _study_row(study: "Study") -> dict[str, Any]:
    counts = [arm.n for arm in study.arms]
    return {
        "id": study.id,
        "role": study.role,
        "design": study.design,
        "n": sum(count or 0 for count in counts) or None,
        "n_complete": None not in counts,
        "arms": len(study.arms),
        "drugs": sorted({drug for arm in study.arms for drug in arm.drugs}),
        "values": sum(len(arm.observed) for arm in study.arms),
        "title": study.title,
        "source": " | ".join(map(str, study.source)),
    }


@evidence.command()
def run(
    ids: Annotated[list[str] | None, typer.Argument(help="Studies; all of the catalogue when none is named.")] = None,
    file: Annotated[list[Path] | None, typer.Option(help="A study file from anywhere; may be repeated.")] = None,
    as_json: AsJson = False,
    plot: Annotated[Path | None, typer.Option(help="A folder for the figures (.png).")] = None,
    out: Annotated[Path | None, typer.Option(help="Write every value as a row of a .csv or .parquet file.")] = None,
    seed: Seed = 1,
) -> None:
    """Replay studies and score every published value; files alone are run alone."""
    with refusals():
        from leydig.course.course import without_nan
        from leydig.evidence.skill import score_content
        from leydig.exchange.replays import write_predictions

        chosen, files = _choose(ids or [], file or [])
        if plot is not None:
            figure_folder(plot)
        if out is not None:
            target_file(out, TABLE)
        found = _replay_all(chosen, seed)
        if out is not None:
            say(f"written: {write_predictions(found, out)}", error=True)
        known = {study.id: study for study in chosen}
        content = score_content(found, known)
        if plot is not None:
            from leydig.plots.evidence import evidence_figures

            for path in evidence_figures(found, plot, known):
                say(f"written: {path}", error=True)
        if as_json:
            print_json(without_nan(content))
            return
        _print_run(found, content["summary"], content["summary"]["goals"], plot is not None, files)


def _choose(ids: Sequence[str], files: Sequence[Path]) -> tuple[list["Study"], dict[str, Path]]:
    """Return the studies that are asked for, each once, and the files that they are read from, by their ids."""
    from leydig.errors import BadStudy, UnknownName
    from leydig.evidence import load_study, studies

    known = studies()
    for name in ids:
        if name not in known and Path(name).suffix == ".toml":
            raise UnknownName(
                f"got study {name!r}; expected the id of one, without a file. Write --file {name} for a file."
            )
        if name not in known:
            raise UnknownName.among("study", name, known)
    chosen = [known[name] for name in dict.fromkeys(ids)] if ids or files else list(known.values())
    read: dict[str, Path] = {}
    for path in files:
        study = load_study(path)
        if any(study.id == other.id for other in chosen):
            raise BadStudy(f"{path}: got id {study.id!r} of two studies of this run; expected each once. Change one.")
        chosen.append(study)
        read[study.id] = path
    return chosen, read


def _replay_all(chosen: Sequence["Study"], seed: int) -> list["Prediction"]:
    """Return every value of these studies, with a bar on a terminal when there are many."""
    from leydig.evidence import replay
    from leydig.progress import progress

    return [one for study in progress(chosen, "studies", STUDY_SIZE * len(chosen)) for one in replay(study, seed=seed)]


def _print_run(
    found: list["Prediction"], total: dict[str, Any], reached: list[dict[str, Any]], drawn: bool, files: dict[str, Path]
) -> None:
    from leydig.evidence.score import HORMONES

    out = console()
    if not found:
        out.print("no values. Next: leydig evidence list")
        return
    _print_table([_value_row(one) for one in found])
    parts = [("all", "all", total["overall"])]
    for role, own in total["by_role_and_analyte"].items():
        parts.append((role, "all", total["by_role"][role]))
        parts += [(role, name, own[name]) for name in sorted(own, key=lambda name: (name not in HORMONES, name))]
    _print_table([_total_row(*part) for part in parts])
    _print_noise(total["noise"])
    _print_semen(total["semen"])
    if any(row["found"] != "no values" for row in reached):
        said = [{"met": "yes" if row["met"] else f"NO, by {row['missed_by'] or 'all'}"} for row in reached]
        keys = ("goal", "of", "target", "found")
        print_rows([{key: row[key] for key in keys} | met for row, met in zip(reached, said, strict=True)])
        from leydig.evidence.study import Role

        if total["hormones"][Role.HELD_OUT]["values"] < FEW:
            out.print(f"fewer than {FEW} held-out values: the goals are laid down for the whole catalogue")
    else:
        out.print("goals: not counted, for this run holds no held-out testosterone, estradiol, LH or FSH")
    worst = max(found, key=lambda one: abs(one.log_ratio or 0.0)).study
    again = "leydig evidence run" + (f" --file {files[worst]}" if worst in files else f" {worst}")
    out.print(f"{total['overall']['inside']} of {len(found)} values inside their 90 % interval. "
              f"Next: {again} {'--json' if drawn else '--plot figures'}", soft_wrap=True)  # fmt: skip


def _number(value: float) -> str:
    from leydig.evidence.formats import number_text

    return number_text(value) if math.isfinite(value) else "not solved"


def _print_table(rows: list[dict[str, str]]) -> None:
    """Print rows; what repeats in the first column stands once, and only names fold where there is room."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    out, first, last = console(), next(iter(rows[0])), ""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for key in rows[0]:
        table.add_column(key, overflow="fold", no_wrap=out.width >= WIDE and key != ARM)
    for row in rows:
        if row[first] != last and last:
            table.add_section()
        table.add_row(*(row | {first: "" if row[first] == last else row[first]}).values())
        last = row[first]
    out.print(table)


def _value_row(one: "Prediction") -> dict[str, str]:
    unit = one.unit or {"fraction": "share", "reached": "share ever"}.get(one.form, "ratio")
    gap = one.log_ratio
    return {
        ARM: f"{one.study} ({one.role}): {one.arm}",
        "analyte": one.analyte,
        "week": f"{one.week:.3g}",
        "observed": _number(one.observed),
        "predicted": _number(one.predicted),
        "90 % interval": f"{_number(one.low)} to {_number(one.high)}",
        "unit": unit,
        "log ratio": "-" if gap is None or not math.isfinite(gap) else f"{gap:+.2f}",
        "inside": "yes" if one.is_covered else "NO",
    }


def _total_row(role: str, analyte: str, row: dict[str, Any]) -> dict[str, str]:
    from leydig.evidence.formats import total_cells

    return {"role": role, "analyte": analyte} | dict(zip(TOTALS, total_cells(row), strict=True))


def _print_noise(skill: dict[str, Any]) -> None:
    """Print each score beside what a perfect model would have, given the noise, and what the baselines have."""
    from leydig.evidence.formats import skill_rows

    rows = [
        {"role": role, "values of": f"{part} ({scores['values']})"} | row
        for role, parts in skill.items()
        for part, scores in parts.items()
        for row in skill_rows(scores)
    ]
    if rows:
        _print_table(rows)
        console().print(
            "a perfect model predicts what is true, and misses by the noise of the values; CRPS: lower is better"
        )


def _print_semen(rows: list[dict[str, Any]]) -> None:
    """Print how much of each uncontrolled change in semen is regression to the mean, and how much the drug."""
    from leydig.evidence.formats import percent

    split = [row for row in rows if row["drug"] is not None]
    if split:
        print_rows([
            {"uncontrolled semen": f"{row['study']}, {row['arm']}", "analyte": row["analyte"],
             "week": f"{row['week']:.3g}",
             "observed": f"× {row['observed']:.2f}", "predicted": f"× {row['predicted']:.2f}",
             "by regression": f"× {row['regression']:.2f}", "by the drug": f"× {row['drug']:.2f}",
             "regression's share of the gain": percent(row["gain_by_regression"])}
            for row in split
        ])  # fmt: skip
    if len(split) < len(rows):
        left = len(rows) - len(split)
        console().print(
            f"{left} uncontrolled values of semen are levels without a published baseline: no gain to split"
        )


@evidence.command()
def calibrate(
    seed: Seed = 1,
    starts: Annotated[int, typer.Option(min=1, help="Optimizations from different places.")] = 2,
    steps: Annotated[int, typer.Option(min=8, help="Steps of every walker; the first 500 only teach.")] = 20_000,
    rehearsal: Annotated[
        bool, typer.Option("--rehearsal", help="Two studies and three parameters, in a minute: draws for no use.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="A folder for draws.csv and manifest.json.")] = None,
) -> None:
    """Fit every fitted parameter to the calibration studies; write posterior draws and their manifest."""
    with refusals():
        from leydig.evidence.calibration import calibration
        from leydig.man.uncertainty import POSTERIOR_FOLDER
        from leydig.progress import bars
        from leydig.reports.calibration_tables import calibration_warnings, number_rows, structure_rows

        is_ours = not rehearsal and POSTERIOR_FOLDER.is_dir() and os.access(POSTERIOR_FOLDER, os.W_OK)
        folder = out or (POSTERIOR_FOLDER if is_ours else Path("calibration"))
        target_folder(folder)
        size = calibration.CalibrationSize.REHEARSAL if rehearsal else calibration.CalibrationSize.WHOLE
        with bars({}) as watch:
            found = calibration.calibrate(seed=seed, starts=starts, steps=steps, watch=watch, size=size)
        written = calibration.write(found, folder)
        print_rows(number_rows(found.record))
        for text in calibration_warnings(found.record):
            say(f"warning: {text}", error=True)
        for path in written:
            say(f"written: {path}", error=True)
        print_rows(structure_rows(found.record))
        used = len(found.record["studies"])
        console().print(f"{len(found.draws)} draws of {len(found.names)} numbers from {used} studies, values of "
                        f"{found.record['structure']!r}. Next: leydig evidence run", soft_wrap=True)  # fmt: skip


@evidence.command()
def credibility(
    out: Annotated[Path, typer.Option(help="The page (.md).")] = Path("docs/credibility.md"),
    seed: Seed = 1,
) -> None:
    """Replay the whole catalogue and write the credibility page: context of use, verification, validation."""
    with refusals():
        from leydig.evidence import studies
        from leydig.reports.credibility import credibility_page

        target_file(out, {".md": ()})
        known = studies()
        text = credibility_page(_replay_all(list(known.values()), seed), known, out.parent, seed)
        out.write_text(text, encoding="utf-8")
        say(f"written: {out}", error=True)
        console().print(
            f"{len(text.splitlines())} lines. Next: read what was missed: leydig evidence run --plot figures"
        )
