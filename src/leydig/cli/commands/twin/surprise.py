"""The command that tells whether a man's last results were to be expected, and why not."""

from typing import Annotated

import typer

from leydig.cli.app import AsJson, app
from leydig.cli.commands.fhir import record_of
from leydig.cli.commands.protocol import RecordFile, refused_records
from leydig.cli.commands.twin.fit import NOTE
from leydig.cli.output import print_json, print_rows, refusals, say, spinner

__all__ = ["surprise"]


@app.command()
def surprise(
    record: RecordFile,
    kind: Annotated[str, typer.Option(help="A kind of men: healthy, secondary, obesity and others.")] = "healthy",
    draws: Annotated[int, typer.Option(help="Men who stand for him.")] = 500,
    seed: Annotated[int, typer.Option(help="Another seed draws others.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Tell whether the last results were to be expected. Exit codes: 0 told, 3 refused, 2 wrong call."""
    with refusals():
        from leydig.inference.decision.surprise import attribute_surprise
        from leydig.man.phenotypes import kind_of

        kind_of(kind)
        with spinner("fitting; the first use compiles for some seconds"), refused_records():
            found = attribute_surprise(record_of(record, None), kind=kind, draws=draws, seed=seed)
        if as_json:
            print_json(found.record() | {"note": NOTE})
            return
        rows = found.record()["results"]
        print_rows([
            {"result": one["title"], "was": f"{one['value']:.4g} {one['unit']}", "expected": f"{one['median']:.4g}",
             "90 % of results": f"{one['low']:.4g} to {one['high']:.4g}", "outside": "yes" if one["outside"] else ""}
            for one in rows
        ])  # fmt: skip
        say(str(found))
        say(NOTE)
