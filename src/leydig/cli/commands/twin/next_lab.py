"""The command that tells which laboratory test a coming decision gains most from."""

from typing import TYPE_CHECKING, Annotated

import typer

from leydig.cli.app import AsJson, app
from leydig.cli.commands.fhir import record_of
from leydig.cli.commands.protocol import REFUSED, RecordFile, refused_records
from leydig.cli.commands.twin.fit import NOTE
from leydig.cli.output import print_json, print_rows, refusals, say, spinner

if TYPE_CHECKING:
    from leydig.inference.decision.next_lab import NextLab

__all__ = ["next_lab"]

SHOWN = 12  # tests


@app.command("next-lab")
def next_lab(
    record: RecordFile,
    option: Annotated[
        list[str] | None, typer.Option(help="What may be given, again for each; the protocol's rungs when left out.")
    ] = None,
    test: Annotated[
        list[str] | None, typer.Option(help="A test, or several of one tube joined by +; again for each.")
    ] = None,
    day: Annotated[
        list[float] | None, typer.Option(help="Days from the last of the record; the decision falls on the last.")
    ] = None,
    protocol: Annotated[str, typer.Option(help="Whose bands and limits are aimed at.")] = "anastrozole_daily",
    weeks: Annotated[float, typer.Option(help="After the decision, when levels are judged.")] = 12.0,
    chance: Annotated[float, typer.Option(help="Of a harm that weighs as much as being in the band.")] = 0.05,
    kind: Annotated[str, typer.Option(help="A kind of men: healthy, secondary, obesity and others.")] = "healthy",
    draws: Annotated[int, typer.Option(help="Men who stand for him.")] = 1000,
    seed: Annotated[int, typer.Option(help="Another seed draws others.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Tell which test to draw next, and when. Exit codes: 0 told, 3 refused, or the twin abstains, 2 wrong call."""
    with refusals():
        from leydig.inference.decision.next_lab import DAYS
        from leydig.inference.fit import fit
        from leydig.man.phenotypes import kind_of

        kind_of(kind)
        tubes = [tuple(name.strip() for name in one.split("+")) for one in test or ()]
        with spinner("fitting; the first use compiles for some seconds"):
            with refused_records():
                twin = fit(record_of(record, None), kind=kind, draws=draws, seed=seed)
            found = twin.next_lab(protocol, option or (), tubes, day or DAYS, weeks, chance)
        if as_json:
            print_json(found.record() | {"note": NOTE})
        else:
            _print_values(found)
        if found.best_test is None:
            raise typer.Exit(REFUSED)


def _print_values(found: "NextLab") -> None:
    say(found.trust)
    for name, why in found.left_out.items():
        say(f"left out: {name}: {why}")
    if found.best_test is None:
        return
    say(f"decided on day {found.decided:g} between: {'; '.join(map(str, found.options))}")
    say(f"decided now: {found.chosen}, expected loss {found.loss:.3f}; {found.least_loss:.3f} if all were known")
    print_rows([
        {"test": " + ".join(one.tests), "day": f"{one.day:g}", "reduces the loss by": f"{one.reduction:.4f}",
         "standard error": f"{one.standard_error:.4f}", "changes the decision": f"{100 * one.changes:.1f} %",
         "sure": "yes" if one.is_sure else "no"}
        for one in found.values[:SHOWN]
    ])  # fmt: skip
    say(f"loss: 1 out of the joint band, {found.harm:g} more below the floor or above the limit, in week "
        f"{found.week:g} after the decision")  # fmt: skip
    say(found.estradiol_assay.note)
    say(NOTE)
