"""Commands about couples: the chance of a pregnancy from a man's counts, and what published chances it rests on."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from leydig.cli.app import AsJson, app
from leydig.cli.commands.evidence import evidence
from leydig.cli.output import console, print_json, print_rows, refusals

__all__ = ["couple", "evidence_couples"]

LIMITS = (
    "Without assistance; among couples like this one who have not conceived yet. The interval of 90 % holds what his "
    "counts leave open, the range of months and what differs between studies. Live birth is not predicted: no rate of "
    "loss is in the evidence. It prescribes nothing."
)


@app.command()
def couple(
    motile: Annotated[list[str], typer.Argument(help="Motile sperm of each ejaculate, such as '4 million'.")],
    months: Annotated[str, typer.Option(help="Months of trying in vain, such as 18 or 12-36.")] = "0",
    partner_age: Annotated[float, typer.Option(help="Years, 18 to 55.")] = 30.0,
    as_json: AsJson = False,
) -> None:
    """Show the chance of a pregnancy by 6, 12 and 24 cycles, from every count of a man."""
    with refusals():
        from leydig.record.quantity import quantity
        from leydig.trial.conduct.conception import pregnancy_curve

        one = quantity("total_motile_count")
        counts = [one.convert(*one.read(text)) for text in motile]
        found = pregnancy_curve(counts, _months(months), partner_age)
        if as_json:
            print_json(asdict(found) | {"months": list(_months(months)), "partner_age": partner_age, "note": LIMITS})
            return
        own = f"{found.motile:.2g} million ({found.motile_low:.2g} to {found.motile_high:.2g})"
        print_rows([{"by cycle": cycle, "pregnant": f"{low:.0%} to {high:.0%}", "expected": f"{share:.0%}"}
                    for cycle, share, low, high in zip(found.cycles, found.share, found.low, found.high, strict=True)
                    ])  # fmt: skip
        console().print(
            f"His own mean of motile sperm, from {len(counts)} count{'s' * (len(counts) > 1)}: {own}. {LIMITS}"
        )


def _months(text: str) -> tuple[float, float]:
    """Read ``"18"`` or ``"12-36"``."""
    from leydig.errors import OutOfRange

    first, _, last = text.partition("-")
    try:
        return float(first), float(last or first)
    except ValueError:
        raise OutOfRange(f"got {text!r} months; expected a number or a range. Write such as 18 or 12-36.") from None


@evidence.command("couples")
def evidence_couples(
    fit: Annotated[bool, typer.Option("--fit", help="Fit the constants again, and show both.")] = False,
    as_json: AsJson = False,
) -> None:
    """Hold the chances of pregnancy against those published; fit their constants again."""
    with refusals():
        from leydig.evidence.couples import COUPLE_VALUES, FITTED, fit_couples, predict_couples
        from leydig.trial.conduct.conception import Fecundability

        rules = {"predicted": Fecundability()} | ({"fitted again": fit_couples()} if fit else {})
        said = {name: predict_couples(rule) for name, rule in rules.items()}
        rows: list[dict[str, Any]] = [
            {"value": one.name, "published": one.observed, "standard error": one.error, "from": one.error_from}
            | {name: float(values[place]) for name, values in said.items()} | {"source": str(one.source)}
            for place, one in enumerate(COUPLE_VALUES)
        ]  # fmt: skip
        constants = {name: {key: float(getattr(rule, key)) for key in FITTED} for name, rule in rules.items()}
        if as_json:
            print_json({"values": rows, "constants": constants})
            return
        print_rows([{key: f"{value:.3g}" if isinstance(value, float) else value for key, value in row.items()}
                    for row in rows])  # fmt: skip
        for name, values in constants.items():
            console().print(f"{name}: " + ", ".join(f"{key} {value:.4g}" for key, value in values.items()))
