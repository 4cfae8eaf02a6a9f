"""The command that looks for the dose that does most good within bounds on the chances of harm."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leydig.cli.app import AsJson, app
from leydig.cli.commands.fhir import record_of
from leydig.cli.commands.protocol import REFUSED, refused_records
from leydig.cli.commands.twin.fit import NOTE
from leydig.cli.output import print_json, print_rows, refusals, say, spinner
from leydig.target import FIGURE, target_file

if TYPE_CHECKING:
    from leydig.inference.decision.optimize import Optimum
    from leydig.inference.twin import Twin
    from leydig.man import Man

__all__ = ["optimize"]

RULE: dict[str, tuple[str, ...]] = {".toml": ()}


@app.command()
def optimize(
    drug: Annotated[list[str], typer.Option(help="Whose strengths and intervals are looked at; again for each.")],
    record: Annotated[Path | None, typer.Option(help="Of one man; virtual men when left out.")] = None,
    kind: Annotated[str, typer.Option(help="A kind of men: healthy, secondary, obesity and others.")] = "secondary",
    men: Annotated[int, typer.Option(help="Virtual men, or draws of one man.")] = 300,
    goal: Annotated[str, typer.Option(help="band, testosterone, ratio or semen.")] = "band",
    protocol: Annotated[str, typer.Option(help="Whose bands and limits are aimed at.")] = "anastrozole",
    floor_chance: Annotated[float, typer.Option(help="Of estradiol below the floor, at most.")] = 0.05,
    limit_chance: Annotated[float, typer.Option(help="Of hematocrit above the limit, at most.")] = 0.05,
    weeks: Annotated[float, typer.Option(help="After which levels are judged.")] = 26.0,
    beyond: Annotated[bool, typer.Option("--beyond", help="Look at what no study covers too, and mark it.")] = False,
    rule: Annotated[Path | None, typer.Option(help="Write the ladder as a protocol, .toml.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the frontier, .png.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed draws others.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Look for the safest good dose. Exit codes: 0 found, 3 none is safe, or the twin abstains, 2 wrong call."""
    with refusals():
        from leydig.inference.decision.optimize import optimize as best_dose
        from leydig.inference.decision.titration_rule import titration_rule
        from leydig.inference.fit import fit
        from leydig.man.phenotypes import kind_of
        from leydig.man.population import population

        kind_of(kind)
        for path, endings in ((rule, RULE), (plot, FIGURE)):
            if path is not None:
                target_file(path, endings)
        with spinner("solving; the first use compiles for some seconds"):
            who: Twin | Man = population(men, seed, kind=kind)
            if record is not None:
                with refused_records():
                    who = fit(record_of(record, None), kind=kind, seed=seed)
            found = best_dose(
                who, drug, goal=goal, protocol=protocol, floor_chance=floor_chance, limit_chance=limit_chance,
                weeks=weeks, evidence_only=not beyond, draws=men, seed=seed,
            )  # fmt: skip
        if found.points and rule is not None:
            rule.write_text(titration_rule(found, seed=seed).text, encoding="utf-8")
            say(f"written: {rule}; check it: leydig protocol lint {rule}", error=True)
        if found.points and plot is not None:
            from leydig.plots.decision import frontier_figure

            say(f"written: {frontier_figure(found, plot)}", error=True)
        if as_json:
            print_json(found.record() | {"note": NOTE})
        else:
            _print_optimum(found)
        if found.choice is None:
            raise typer.Exit(REFUSED)


def _print_optimum(found: "Optimum") -> None:
    from leydig.regimen import Regimen

    if found.trust.reasons:
        say(found.trust)
    if found.trust.abstains:
        say("no dose is looked for")
        return
    alone = {name: why for name, why in found.left_out.items() if len(Regimen(name).drugs) == 1}
    for name, why in alone.items():
        say(f"left out: {name}: {why}")
    if combined := len(found.left_out) - len(alone):
        say(f"left out: {combined} combinations, for the drugs or for a dose in them (why of each: --json)")
    print_rows([
        {"dose": str(one.regimen), f"{found.goal} [{found.unit}]": f"{one.goal:.3g}",
         "below the floor": f"{100 * one.below_floor:.1f} %", "above the limit": f"{100 * one.above_limit:.1f} %",
         "within the bounds": "yes" if one.is_allowed else "no", "on the frontier": "yes" if one.is_efficient else "",
         "not covered": one.uncovered}
        for one in found.points
    ])  # fmt: skip
    chosen = "no dose keeps both bounds" if found.choice is None else f"chosen: {found.choice.regimen}"
    say(f"{chosen}; week {found.week:g}, true levels of {found.points[0].men} men")
    say(found.estradiol_assay.note)
    say("the course of hematocrit and of semen on treatment is not validated")
    say(NOTE)
