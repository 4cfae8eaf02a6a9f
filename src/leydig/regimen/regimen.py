"""The regimen: doses in time, immutable, with a text that reads back to itself."""

import datetime as dt
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING

from leydig.cards import card
from leydig.checks import date, plain_number, text_of
from leydig.errors import BadRegimen, LeydigWarning
from leydig.product import PRODUCTS
from leydig.regimen.dose import Dose
from leydig.regimen.events import event_frame
from leydig.regimen.limits import Excess, limits, needs_compounding, refuse_absurd, remarks, warn_above, weekly_amount
from leydig.regimen.schedule import Schedule, schedule_doses
from leydig.regimen.text import read
from leydig.regimen.words import NOTHING
from leydig.ticks import LONGEST_DAYS

if TYPE_CHECKING:  # JAX, which may trace a dose, is not loaded to read a regimen
    import pandas

    from leydig.arrays import Number

__all__ = ["Regimen", "regimen_of"]

DAYS = (0.0, LONGEST_DAYS)  # of a pause or a schedule


class Regimen:
    """What is given and when.

    Parameters
    ----------
    doses : str, Dose or iterable of Dose, optional
        Readable text (`leydig.regimen.text` shows the grammar) or objects; nothing when left out.
    start : datetime.date or str, optional
        The date of day 0, where a text names days of the week; a Monday is taken, and noted, when left out.

    Attributes
    ----------
    doses : tuple of Dose
    notes : tuple of str
        Remarks that must travel with every result: label exceeded, compounding, brands, what a text was taken to mean.

    Raises
    ------
    BadRegimen
        When the text cannot be read, or a dose is over ten times its label.
    UnknownName
        When a drug is not in the catalogue.

    Warns
    -----
    LeydigWarning
        When a dose is above its label.

    Examples
    --------
    >>> Regimen("Anastrozole 1mg qod for 12 wk")
    Regimen('anastrozole 1 mg every other day for 12 weeks')
    """

    __slots__ = ("_said", "doses", "notes")

    @classmethod
    def parse(cls, text: str, start: "dt.date | str | None" = None) -> "Regimen":
        """Read a regimen that was written down elsewhere: its notes tell of a dose above the label, no warning does.

        Raises
        ------
        BadRegimen, UnknownName
            As `Regimen`.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LeydigWarning)
            return cls(text, start=start)

    doses: tuple[Dose, ...]
    notes: tuple[str, ...]
    _said: tuple[str, ...]  # notes of the text, which stay with what is made of these doses

    def __init__(self, doses: "str | Dose | Iterable[Dose]" = (), *, start: "dt.date | str | None" = None) -> None:
        said: tuple[str, ...] = ()
        if isinstance(doses, str):
            weekday = None if start is None else date(start, "start of the regimen", error=BadRegimen).weekday()
            entries, said = read(doses, weekday) if doses.strip() else ((), ())
        else:
            entries = _doses(doses, start)
        object.__setattr__(self, "doses", entries)
        excesses = limits(entries)
        refuse_absurd(excesses)
        self._note(said, excesses)
        warn_above(excesses)

    def _note(self, said: tuple[str, ...], excesses: list[Excess]) -> None:
        """Set the notes: those of a text, and what must be said of the doses."""
        object.__setattr__(self, "_said", tuple(dict.fromkeys(said)))
        object.__setattr__(self, "notes", tuple(dict.fromkeys((*said, *remarks(self.doses, excesses)))))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Regimen never changes. Make a new one.")

    def __reduce__(self) -> tuple[object, ...]:
        return _restore_regimen, (self.doses, self.notes, self._said)

    def __str__(self) -> str:
        return " + ".join(map(str, self.doses)) or NOTHING

    def __repr__(self) -> str:
        return f"Regimen({str(self)!r})"

    def _repr_html_(self) -> str:
        rows = [(PRODUCTS[dose.drug].title, str(dose)) for dose in self.doses]
        return card("Regimen" if rows else "Regimen: nothing is given", ("drug", "dose"), rows, self.notes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Regimen) and self.doses == other.doses

    def __hash__(self) -> int:
        return hash(self.doses)

    def __add__(self, other: "Regimen") -> "Regimen":
        """Return both regimens given together."""
        if not isinstance(other, Regimen):
            raise BadRegimen(
                f"got {text_of(other)} to be added; expected a Regimen. Write Regimen('...') around a text."
            )
        joined = Regimen(self.doses + other.doses)
        joined._note((*self._said, *other._said), limits(joined.doses))
        return joined

    def then(self, other: "Regimen", pause: float = 0.0) -> "Regimen":
        """Return this regimen and, after its end and a pause [d], the other.

        Raises
        ------
        BadRegimen
            When this regimen has no end.
        """
        end = self.days()
        if end is None:
            raise BadRegimen(
                f"got {str(self)!r}, which has no end; expected one, so that something can follow. "
                "Add a length, such as 'for 16 weeks'."
            )
        return self + other.delay(end + plain_number(pause, "pause", DAYS, "days", error=BadRegimen))

    def switch(self, other: "Regimen", day: float) -> "Regimen":
        """Return this regimen until a day and another from then on, both with their days counted from one day 0.

        A dose that stands in both goes on as it is. Of the other doses, those of this regimen end on that day, and
        those of the other one begin there, at the times at which they would have come: what it gives before is not
        given.

        Raises
        ------
        BadRegimen
            When a dose of the other one is amid a cycle then, or has missed days that would be others.

        Examples
        --------
        >>> Regimen("anastrozole 0.5 mg daily").switch(Regimen("anastrozole 1 mg daily"), 28)
        Regimen('anastrozole 0.5 mg daily for 4 weeks + anastrozole 1 mg daily from week 4')
        """
        seam = plain_number(day, "day", DAYS, "days", error=BadRegimen)
        coming = list(other.doses)
        doses: list[Dose | None] = []
        for dose in self.doses:
            if dose in coming:
                coming.remove(dose)
                doses.append(dose)
            else:
                doses.append(dose.end_at(seam))
        doses += [dose.begin_at(seam) for dose in coming]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LeydigWarning)  # each of the two has warned
            joined = Regimen(dose for dose in doses if dose is not None)
        joined._note((*self._said, *other._said), limits(joined.doses))
        return joined

    def delay(self, days: float) -> "Regimen":
        """Return the same regimen, later by `days`."""
        later = Regimen(dose.delay(days) for dose in self.doses)
        later._note(self._said, limits(later.doses))
        return later

    def days(self) -> float | None:
        """Return the day on which the last dose is over; None while one goes on."""
        stops = [dose.end for dose in self.doses]
        return None if None in stops else max((stop for stop in stops if stop is not None), default=0.0)

    @property
    def drugs(self) -> tuple[str, ...]:
        """The drugs in the order of the text."""
        return tuple(dict.fromkeys(dose.drug for dose in self.doses))

    def weekly_total(self) -> dict[str, tuple["Number", str]]:
        """Return the amount of each drug per week and its unit, the highest sum of doses that run at the same time."""
        return {drug: (weekly_amount(self.doses, drug), PRODUCTS[drug].unit) for drug in self.drugs}

    def needs_compounding(self) -> tuple[str, ...]:
        """Return the drugs of which some dose is no whole or permitted half unit of any strength."""
        return tuple(dict.fromkeys(dose.drug for dose in self.doses if needs_compounding(dose)))

    def schedule(self, days: float) -> Schedule:
        """Return every dose, infusion and pulse on ``[0, days)``."""
        return schedule_doses(self.doses, plain_number(days, "days", DAYS, error=BadRegimen))

    def to_events(self, days: float | None = None, time: str = "days") -> "pandas.DataFrame":
        """Return the doses as rows of an event table, which `leydig.read_events` reads back.

        Parameters
        ----------
        days : float, optional
            Until when [d]; the end of the regimen when left out.
        time : {"days", "hours"}, optional
            Unit of ``TIME``, ``II`` and, per unit of time, ``RATE``.

        Returns
        -------
        pandas.DataFrame
            Columns ``TIME``, ``TIMEUNIT``, ``EVID``, ``AMT``, ``RATE``, ``II``, ``ADDL``, ``DRUG``, ``ROUTE`` (``.``
            for the usual one) and ``UNIT``; doses at one distance are one row with ``ADDL``.

        Raises
        ------
        BadRegimen
            When the regimen has no end and `days` is left out, or a row cannot hold a dose.

        Examples
        --------
        >>> Regimen("anastrozole 1 mg daily for 4 weeks").to_events()[["TIME", "AMT", "II", "ADDL"]].values.tolist()
        [[0.0, 1.0, 1.0, 27.0]]
        """
        end = self.days() if days is None else plain_number(days, "days", DAYS, error=BadRegimen)
        if end is None:
            raise BadRegimen(
                f"got {str(self)!r}, which has no end; expected days, until when rows are written. Give days=84."
            )
        return event_frame(self.doses, end, time)


def _doses(given: object, start: object) -> tuple[Dose, ...]:
    """Return doses that came as objects."""
    if start is not None:
        raise BadRegimen("got a start for doses that are objects; expected it with a text alone. Leave it out.")
    doses = (given,) if isinstance(given, Dose) or not isinstance(given, Iterable) else tuple(given)
    for dose in doses:
        if not isinstance(dose, Dose):
            raise BadRegimen(f"got {dose!r}; expected a text, or doses. Write such as 'anastrozole 1 mg daily'.")
    return doses


def regimen_of(regimen: object) -> Regimen:
    """Return what was meant as a regimen: itself, or what its text or doses say.

    Raises
    ------
    BadRegimen, UnknownName
        When it is neither a regimen, a text nor doses, or cannot be read.
    """
    if isinstance(regimen, Regimen):
        return regimen
    if isinstance(regimen, str | Dose):
        return Regimen(regimen)
    raise BadRegimen(
        f"got regimen {text_of(regimen)}; expected a Regimen, a Dose or a text. Write such as 'anastrozole 1 mg daily'."
    )


def _restore_regimen(doses: tuple[Dose, ...], notes: tuple[str, ...], said: tuple[str, ...]) -> Regimen:
    """Return a regimen that was sent to another process; what it warned of then is not said again."""
    regimen = object.__new__(Regimen)
    object.__setattr__(regimen, "doses", doses)
    object.__setattr__(regimen, "notes", notes)
    object.__setattr__(regimen, "_said", said)
    return regimen
