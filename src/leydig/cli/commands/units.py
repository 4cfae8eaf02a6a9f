"""Commands about numbers of the laboratory: convert a level, and work out free testosterone."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from leydig.cli.app import AsJson, app
from leydig.cli.output import console, print_json, print_rows, refusals

if TYPE_CHECKING:
    from leydig.man.free_hormones import FreeHormones

__all__ = ["convert", "free_t", "units"]

units = typer.Typer(help="Units of the laboratory.", no_args_is_help=True)
app.add_typer(units, name="units")

ASSUMPTIONS = (
    "one binding site of SHBG, albumin that is never filled, the constants of docs/physiology.md; a level measured by "
    "equilibrium dialysis may differ",
    "Vermeulen: testosterone alone binds SHBG",
    "joint: testosterone and estradiol compete for SHBG; estradiol as it came, though an immunoassay reads some "
    "that is not there; other ligands left out",
)


@units.command()
def convert(
    value: Annotated[str, typer.Argument(help="A level with its unit, such as '271 ng/dL'.")],
    name: Annotated[str, typer.Argument(help="What was measured, such as testosterone or prolactin.")],
    unit: Annotated[str, typer.Argument(help="The unit that is wanted; every usual one when left out.")] = "",
    standard: Annotated[str, typer.Option(help="Standard of international units, such as 'WHO 84/500'.")] = "",
    as_json: AsJson = False,
) -> None:
    """Convert a level of one quantity into another unit, or into all that need no standard."""
    with refusals():
        from leydig.record.quantity import convert_level, quantity

        one = quantity(name)
        number, given = one.read(value)
        convert_level(value, name, given)  # refuses what is no level
        others = (other for other in one.units if other != given and (standard or not one.needs_standard(given, other)))
        found = {other: convert_level(value, name, other, standard) for other in ((unit,) if unit else others)}
        if as_json:
            content = {"name": one.name, "value": number, "unit": given, "converted": found}
            print_json(content | ({"standard": standard} if standard else {}))
            return
        for other, converted in found.items():
            console().print(f"{one.title} {number:g} {given} = {converted:.6g} {other}")


@app.command("free-t")
def free_t(
    testosterone: Annotated[str, typer.Option(help="Total testosterone, such as '400 ng/dL'.")],
    shbg: Annotated[str, typer.Option(help="SHBG, such as '30 nmol/L'.")],
    estradiol: Annotated[str, typer.Option(help="Total estradiol, for the joint solution.")] = "",
    albumin: Annotated[str, typer.Option(help="Albumin.")] = "4.3 g/dL",
    as_json: AsJson = False,
) -> None:
    """Work out free and bioavailable testosterone, by Vermeulen and together with estradiol."""
    with refusals():
        from leydig.analytes import ANALYTES
        from leydig.man.free_hormones import free_hormones, free_testosterone

        alone = free_testosterone(testosterone, shbg, albumin)
        both = free_hormones(testosterone, estradiol, shbg, albumin) if estradiol else None
        assumptions = ASSUMPTIONS if both else ASSUMPTIONS[:2]
        levels = _values(alone.free, alone.bioavailable)
        if as_json:
            print_json({"levels": levels, "share": alone.share, "joint": _joint(both), "assumptions": assumptions})
            return
        joint = {} if both is None else _values(both.testosterone, both.bioavailable)
        print_rows([_row(name, shown, joint.get(name)) for name, shown in levels.items()])
        out = console()
        out.print(f"{alone.share:.2%} of testosterone is free, with albumin {albumin}.")
        if both is not None:
            low = ANALYTES["estradiol"].factor_to("pg/mL")
            out.print(f"Free estradiol {both.estradiol:.4g} pmol/L ({both.estradiol * low:.4g} pg/mL), "
                      f"{both.estradiol_share:.2%} of the total.")  # fmt: skip
        else:
            out.print("Add --estradiol for the solution with estradiol, which competes for SHBG.")
        for line in assumptions:
            out.print(f"assumed: {line}")


def _values(free: float, bioavailable: float) -> dict[str, dict[str, float]]:
    """Return both levels in every unit."""
    from leydig.analytes import ANALYTES

    levels = {"free_testosterone": free, "bioavailable_testosterone": bioavailable}
    return {name: {unit: level * ANALYTES[name].factor_to(unit) for unit in ANALYTES[name].units()}
            for name, level in levels.items()}  # fmt: skip


def _joint(both: "FreeHormones | None") -> dict[str, Any] | None:
    """Return the joint solution as JSON content; None without estradiol."""
    if both is None:
        return None
    from leydig.analytes import ANALYTES

    estradiol = {unit: both.estradiol * ANALYTES["estradiol"].factor_to(unit) for unit in ("pmol/L", "pg/mL")}
    levels = _values(both.testosterone, both.bioavailable) | {"free_estradiol": estradiol}
    return {"levels": levels, "share": both.testosterone_share, "estradiol_share": both.estradiol_share}


def _row(name: str, values: dict[str, float], joint: dict[str, float] | None) -> dict[str, str]:
    """Return one calculated level by both solutions beside its reference interval."""
    from leydig.analytes import ANALYTES

    one = ANALYTES[name]
    low, high = (one.format(edge, one.us) for edge in one.reference)
    row = {"level": one.title, "Vermeulen": "; ".join(f"{value:.4g} {unit}" for unit, value in values.items())}
    if joint is not None:
        row["with estradiol"] = "; ".join(f"{value:.4g} {unit}" for unit, value in joint.items())
    return row | {"reference": f"{low} to {high} {one.us}"}
