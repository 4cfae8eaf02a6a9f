"""Commands about numbers of the laboratory: convert a level, and work out free testosterone."""

from typing import Annotated

import typer

from leydig.cli.app import AsJson, app
from leydig.cli.output import console, print_json, print_rows, refusals

__all__ = ["convert", "free_t"]


@app.command()
def convert(
    value: Annotated[str, typer.Argument(help="A level with its unit, such as '271 ng/dL'.")],
    name: Annotated[str, typer.Argument(help="What was measured, such as testosterone or prolactin.")],
    unit: Annotated[str, typer.Argument(help="The unit that is wanted; every usual one when left out.")] = "",
    as_json: AsJson = False,
) -> None:
    """Convert a level of one quantity into another unit, or into all that are usual."""
    with refusals():
        from leydig.errors import WrongUnit
        from leydig.record.quantity import quantity
        from leydig.units import read_quantity

        one = quantity(name)
        if not one.units or one.units == ("1",):
            raise WrongUnit(f"got {one.title}, which has no unit; expected a level of the laboratory. "
                            "See: leydig list analytes")  # fmt: skip
        number, given = read_quantity(value, one.title, one.units)
        inside = one.convert(number, given)
        wanted = (unit,) if unit else tuple(other for other in one.units if other != given)
        found = {other: inside / one.factor_from(other) for other in wanted}
        if as_json:
            print_json({"name": one.name, "value": number, "unit": given, "converted": found})
            return
        for other, converted in found.items():
            console().print(f"{one.title} {number:g} {given} = {converted:.6g} {other}")


@app.command("free-t")
def free_t(
    testosterone: Annotated[str, typer.Option(help="Total testosterone, such as '400 ng/dL'.")],
    shbg: Annotated[str, typer.Option(help="SHBG, such as '30 nmol/L'.")],
    albumin: Annotated[str, typer.Option(help="Albumin.")] = "4.3 g/dL",
    as_json: AsJson = False,
) -> None:
    """Work out free and bioavailable testosterone from total testosterone, SHBG and albumin."""
    with refusals():
        from leydig.analytes import ANALYTES
        from leydig.man.free_hormones import free_testosterone

        found = free_testosterone(testosterone, shbg, albumin)
        levels = {"free_testosterone": found.free, "bioavailable_testosterone": found.bioavailable}
        values = {name: {unit: level * ANALYTES[name].factor_to(unit) for unit in ANALYTES[name].units()}
                  for name, level in levels.items()}  # fmt: skip
        if as_json:
            print_json({"levels": values, "share": found.share})
            return
        print_rows([_row(name, shown) for name, shown in values.items()])
        console().print(
            f"{found.share:.2%} of testosterone is free, with albumin {albumin}. Calculated by the binding equations "
            "of docs/physiology.md; a level measured by equilibrium dialysis may differ."
        )


def _row(name: str, values: dict[str, float]) -> dict[str, str]:
    """Return one calculated level beside its reference interval."""
    from leydig.analytes import ANALYTES

    one = ANALYTES[name]
    low, high = (one.format(edge, one.us) for edge in one.reference)
    shown = "; ".join(f"{value:.4g} {unit}" for unit, value in values.items())
    return {"level": one.title, "calculated": shown, "reference": f"{low} to {high} {one.us}"}
