"""What every command shares: the program, its options, and labs as a user types them."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from leydig.cli.output import refusals, say
from leydig.log import listen
from leydig.settings import log_level, set_log_level
from leydig.version import VERSION

if TYPE_CHECKING:
    from leydig.man.weight.series import BmiSeries

__all__ = ["Age", "AsJson", "Bmi", "Given", "Lab", "app", "read_bmi", "read_labs"]

app = typer.Typer(
    name="leydig",
    help="The male reproductive hormone axis and the fertility protocols that act on it, simulated.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Age = Annotated[float, typer.Option(help="Years, 18 to 90.")]
Bmi = Annotated[float, typer.Option(help="Body mass index, in kg/m2.")]
Lab = Annotated[list[str] | None, typer.Option(help="An untreated level: 'NAME VALUE UNIT'.")]
Given = Annotated[str, typer.Option(help="What is given, such as 'anastrozole 1 mg daily'.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


def read_labs(texts: list[str]) -> dict[str, Any]:
    """Return baseline levels by name from texts such as ``"testosterone 271 ng/dL"`` or ``"E2 32 pg/mL"``."""
    from leydig.errors import WrongUnit

    found: dict[str, str] = {}
    for text in texts:
        name, value = _lab(text)
        if name in found:
            raise WrongUnit(f"got {name} twice, {found[name]} and {value}; expected one baseline. Leave one out.")
        found[name] = value
    return found


def read_bmi(text: str, between: str | None) -> "tuple[float, BmiSeries | None]":
    """Return a man's own BMI [kg/m2], and how it changes, from ``"34"`` or ``"0: 34, 180: 29"``.

    Parameters
    ----------
    text : str
    between : str or None
        What holds between the days, of `BmiSeries`.

    Raises
    ------
    OutOfRange
        When it is neither, its first day is not day 0, or only one of series and `between` came.
    """
    from leydig.errors import OutOfRange

    pairs = [part.split(":") for part in text.split(",")]
    try:
        series = ":" in text
        if not series and between is None:
            return float(text), None
        points = [(float(day), float(bmi)) for day, bmi in pairs] if series else []
    except ValueError:
        raise OutOfRange(
            f"got BMI {text!r}; expected a number in kg/m2, or days with numbers. Write 34, or '0: 34, 180: 29'."
        ) from None
    if not series:
        raise OutOfRange(f"got --between with BMI {text!r}; expected days with it. Write '0: 34, 180: 29', or leave "
                         "--between out.")  # fmt: skip
    if between is None or points[0][0] != 0.0:
        missing = "what holds between its days" if between is None else "his own BMI, that of day 0, first"
        raise OutOfRange(f"got BMI {text!r}; expected {missing} as well. Write such as "
                         "--bmi '0: 34, 180: 29' --between linear; the other word is 'last value'.")  # fmt: skip
    from leydig.man.weight.series import BmiSeries  # loads JAX, which a plain number does not need

    return points[0][1], BmiSeries(points, between)


def _lab(text: str) -> tuple[str, str]:
    """Read ``"inhibin b 150 pg/mL"`` or ``"E2 32 pg/mL"`` into a name and a value with unit."""
    from leydig.errors import WrongUnit
    from leydig.record.quantity import quantity_name

    words = text.split()
    first = next((i for i, word in enumerate(words) if word[0] in "-+.0123456789<>≤≥"), None)
    if first is None or first == 0:
        raise WrongUnit(f"got the lab {text!r}; expected 'NAME VALUE UNIT'. Write such as 'testosterone 271 ng/dL'.")
    called = " ".join(words[:first]).rstrip(":=")
    return quantity_name(called) or "_".join(called.lower().split()), " ".join(words[first:])


def _version(wanted: bool) -> None:
    if wanted:
        say(VERSION)
        raise typer.Exit()


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say on standard error what runs; LEYDIG_LOG=DEBUG says more.")
    ] = False,
) -> None:
    """Hold the options of every command."""
    del version  # its callback has printed it
    with refusals():
        level = log_level()
        if verbose and level != "DEBUG":
            set_log_level(level := "INFO")
        listen(level or "WARNING")
