"""Tables of results as laboratories, portals and spreadsheets print them: copied into a field, or saved as a file.

Each row is read by itself into the columns of a record table, with what was read another way than it is written, what
has to be confirmed because it may mean two things, or why it cannot be read. Columns are parted by tabs, semicolons,
commas, upright lines or two blanks; a head names them, or what stands in them tells.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from leydig.analytes import ANALYTES
from leydig.errors import BadRecord, LeydigError, UnknownName, WrongUnit
from leydig.exchange.laboratory_columns import RANGE, VALUE, TableCells, read_columns
from leydig.exchange.laboratory_days import DateOrder, clock_time, day_text, is_day_first, laboratory_words, plain_words
from leydig.exchange.laboratory_terms import laboratory_name, laboratory_unit
from leydig.record.body_mass import body_mass_index
from leydig.record.quantity import QuantityKind, quantity
from leydig.record.table import NO_RESULTS
from leydig.units import MILLIONS_PER_ML

__all__ = ["LaboratoryRow", "other_unit", "read_laboratory_table", "value_and_unit"]

_FLAGS = re.compile(r"[\[(]?(?:h|l|hh|ll|a|n|high|low|normal|abnormal|\*+|!+|↑+|↓+)[\])]?", re.IGNORECASE)
_INTERNATIONAL = re.compile(r"(m|µ|μ|u)?(?:IE|UI)(/.+)", re.IGNORECASE)  # in German, French and Spanish
_GROUPED = re.compile("(?<=\\d)[\u00a0\u202f](?=\\d{3}(?!\\d))")  # a blank that groups thousands
# of a number that stands alone or before its unit
_COMMA_IN_FIELD = re.compile(r"^(\s*[<>]?\s*(?:0(?=,)|\d+(?=,(?!\d{3}(?!\d)))))\s*,(\d+)(?=\s*$|\s+\D)", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[<>≤≥=\s]*\d+(?:\.\d{3})*,(?:\d{1,2}|\d{4,})(?!\d)", re.ASCII)
BODY_MASS, _BODY = "bmi", ("weight", "height")  # what is worked out, and of which two
_SIZE = re.compile(r"\d{1,3}(?:[.,]\d{1,2})?", re.ASCII)  # of a body
FAR = 3.0  # times beyond its reference interval, from where on a value may be in another unit
MOST, LARGEST = 5000, 1_000_000  # rows, and characters of them all
LONGEST = 4000  # characters of a cell


@dataclass(frozen=True)
class LaboratoryRow:
    """One row, and what became of it.

    Attributes
    ----------
    line : int
        From 1.
    text : str
        As it stands there.
    content : dict of str to str
        Its filled columns of a record table; empty where it cannot be read.
    repairs : tuple of str
        What was read another way than it is written.
    doubts : tuple of str
        Why it has to be confirmed.
    refusal : str
        Why it cannot be read; empty where it can.
    column : int
        From 1, where a line holds several results; else 0.
    order : str
        Which number of its date was read as the month, where nothing in the table proves it; else empty.
    """

    line: int
    text: str
    content: dict[str, str]
    repairs: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    refusal: str = ""
    column: int = 0
    order: str = ""


@dataclass(frozen=True)
class _Habits:
    """How a table writes: whether days stand first and what says so, and whether decimals have a comma."""

    day_first: bool
    proven: bool
    said: bool
    has_commas: bool


def read_laboratory_table(text: str, order: DateOrder | None = None) -> tuple[LaboratoryRow, ...]:
    r"""Return the rows of a table.

    Parameters
    ----------
    text : str
    order : DateOrder, optional
        What dates that may be two are; when left out they have to be confirmed. What one date of a table proves, holds.

    Raises
    ------
    BadRecord
        When it is no table of results, or has more than 5,000 rows or a million characters.

    Examples
    --------
    >>> (row,) = read_laboratory_table("Test;Result;Units;Collected\nOestradiol;<9,5 L;pmol/L;14.03.2026")
    >>> row.content
    {'name': 'estradiol', 'value': '<9.5', 'unit': 'pmol/L', 'date': '2026-03-14'}
    """
    lines = text.splitlines()
    if len(lines) > MOST:
        raise BadRecord(f"got a table of {len(lines):,} lines; expected at most {MOST:,} of one man. Is it of many?")
    if len(text) > LARGEST:
        raise BadRecord(f"got a table of {len(text):,} characters; expected at most {LARGEST:,}. Is it of many men?")
    if text.lstrip("\ufeff \n").startswith("MSH|"):
        raise BadRecord(
            "got a message of HL7 version 2; expected a table, or a FHIR bundle. Have the system export one."
        )
    columns = read_columns(lines)
    dates, values = columns.of("date"), columns.of("value")
    proven = is_day_first(dates)
    said = columns.is_continental if order is None else order == DateOrder.DAY_FIRST
    habits = _Habits(said if proven is None else proven, proven is not None, order is not None,
                     any(map(_DECIMAL_COMMA.match, values)))  # fmt: skip
    return _with_body_mass([_row(one, columns.roles, habits) for one in columns.rows])


def other_unit(name: str, value: float, unit: str) -> str:
    """Return the unit in which a value that is far outside of what is usual would not be; empty where there is none.

    Parameters
    ----------
    name : str
        A quantity.
    value : float
    unit : str

    Raises
    ------
    UnknownName, WrongUnit

    Examples
    --------
    >>> other_unit("testosterone", 9.4, "ng/dL"), other_unit("testosterone", 150.0, "ng/dL")
    ('nmol/L', '')
    """
    one = quantity(name)
    if one.name not in ANALYTES or one.ratio_of:
        return ""
    about = ANALYTES[one.name]
    low, high = (edge * about.factor_to(one.unit) for edge in about.reference)
    near = {other: low / FAR <= value * one.factor_from(other) <= high * FAR for other in (unit, about.us, about.si)}
    return "" if near[unit] else next((other for other, is_near in near.items() if is_near), "")


def value_and_unit(text: str, unit: str = "") -> tuple[str, str]:
    """Return a number and its unit where both stand in one field; else both fields as they are.

    A comma that can group no thousands is a decimal one.

    Examples
    --------
    >>> value_and_unit("<271 ng/dL"), value_and_unit("271", "ng/dL"), value_and_unit("46,XY")
    (('<271', 'ng/dL'), ('271', 'ng/dL'), ('46,XY', ''))
    >>> value_and_unit("9,4 nmol/L"), value_and_unit("0,125"), value_and_unit("1,200")
    (('9.4', 'nmol/L'), ('0.125', ''), ('1,200', ''))
    """
    text = _COMMA_IN_FIELD.sub(r"\1.\2", text)
    found = re.fullmatch(r"([<>]?\s*[-+]?[\d.]+)\s+(\D\S*)", text.strip(), re.ASCII)
    return (found[1], found[2]) if found and unit.strip() in ("", found[2]) else (text, unit)


# Rows ----------------------------------------------------------------------------------------------


def _row(place: TableCells, roles: Sequence[str], habits: _Habits) -> LaboratoryRow:
    """Return a row, read."""
    cells = place.cells
    said = {role: cell for role, cell in zip(roles, cells, strict=False) if role and cell}
    shown = " ".join(cell for cell in cells if cell)[:120]
    over = [cell for cell in cells[len(roles) :] if cell]
    row = LaboratoryRow(place.line, shown, {}, column=place.column)
    if any(len(cell) > LONGEST for cell in cells):
        return replace(row, refusal=f"got a cell of {max(map(len, cells)):,} characters; expected at most {LONGEST:,}. "
                                    "Is a quote missing?")  # fmt: skip
    if over:
        return replace(row, refusal=f"got {len(cells)} cells; expected {len(roles)}, as the head has. Put a text with "
                                    "such a sign in quotes, or write a decimal with a point.")  # fmt: skip
    name = said.get("name", "").strip().lower()
    if name in NO_RESULTS:
        return replace(row, content=said | {"name": name})
    try:
        return _result(row, said, habits)
    except LeydigError as error:
        return replace(row, refusal=str(error))


def _result(row: LaboratoryRow, said: dict[str, str], habits: _Habits) -> LaboratoryRow:
    """Return a row that holds a result; raises LeydigError where it cannot be read."""
    known = laboratory_name(said.get("name", ""), _unit_of(said))
    found = known.quantity
    if not found and _body_part(said.get("name", "")):
        return _body_row(row, said, habits)
    if not found:
        word = said.get("name", "")[:60]
        raise UnknownName(f"got {word!r}; expected a result that is read here. It is left out.")
    one, repairs, doubts = quantity(found), list[str](), [known.doubt] if known.doubt else []
    content = {"name": found}
    if one.kind in (QuantityKind.FACT, QuantityKind.WORK_UP):
        content["value"] = said.get("value", "")
    else:
        content |= _level(found, _with_unit(said, known.unit), habits, repairs, doubts)
    dated, order = _day_and_time(said, habits, repairs, doubts)
    content |= dated
    content |= {"assay": known.assay} if known.assay else {}
    content |= {key: said[key] for key in ("low", "high", "assay", "note") if key in said}
    content |= _interval(said.get("range", ""))
    return replace(row, content=content, repairs=tuple(repairs), doubts=tuple(doubts), order=order)


def _day_and_time(
    said: dict[str, str], habits: _Habits, repairs: list[str], doubts: list[str]
) -> tuple[dict[str, str], str]:
    """Return day and time of a row, and how its day was read where it may be two."""
    day = day_text(said.get("date", ""), not habits.day_first)
    if day is None:
        written = said.get("date", "")
        raise BadRecord(
            f"got date {written[:40]!r}; expected a day such as 2026-03-02. Write it in a column of its own."
        )
    date, clock, is_open = day
    may_be_two = is_open and not habits.proven
    order = (DateOrder.DAY_FIRST if habits.day_first else DateOrder.MONTH_FIRST) if may_be_two else ""
    if may_be_two and not habits.said:
        first = "day" if habits.day_first else "month"
        doubts.append(f"its date {said['date']} is read as {date}, the {first} first")
    elif date not in said["date"]:
        repairs.append(f"{said['date']} is {date}")
    clock = clock_time(said.get("time", "")) or clock
    return {"date": date} | ({"time": clock} if clock else {}), order


# Weight and height ----------------------------------------------------------------------------------


def _body_part(name: str) -> str:
    """Return weight or height where a laboratory calls one so; empty for anything else."""
    plain = re.sub(r"\(.*?\)", " ", plain_words(name)).strip()
    return next((part for part, words in laboratory_words()["body"].items() if plain in words), "")


def _body_row(row: LaboratoryRow, said: dict[str, str], habits: _Habits) -> LaboratoryRow:
    """Return a weight or a height, which no record holds, as it is read; raises LeydigError where it cannot be."""
    found = VALUE.fullmatch(said.get("value", ""))
    if found is None or found[1] or _SIZE.fullmatch(found[2]) is None:
        raise BadRecord(f"got {said.get('value', '')[:40]!r}; expected a number. Write such as 98 or 1.79.")
    repairs, doubts = list[str](), list[str]()
    behind = re.findall(r"\((.*?)\)", said["name"])
    content = {"name": _body_part(said["name"]), "value": found[2].replace(",", ".")}
    content["unit"] = _unit_of(said) or (behind[0] if behind else "")
    dated, order = _day_and_time(said, habits, repairs, doubts)
    return replace(row, content=content | dated, repairs=tuple(repairs), doubts=tuple(doubts), order=order)


def _with_body_mass(rows: list[LaboratoryRow]) -> tuple[LaboratoryRow, ...]:
    """Return rows in which a weight is the body mass index with the last height until its day."""
    known = {one.content["date"] for one in rows if one.content.get("name") == BODY_MASS}
    heights = {one.content["date"]: one for one in rows if one.content.get("name") == "height"}
    return tuple(_index_or_refusal(one, known, heights) if one.content.get("name") in _BODY else one for one in rows)


def _index_or_refusal(
    one: LaboratoryRow, known: Collection[str], heights: Mapping[str, LaboratoryRow]
) -> LaboratoryRow:
    """Return a weight as the body mass index, or why it is left out; a height is kept in the index alone."""
    day = one.content["date"]
    height = heights.get(max((other for other in heights if other <= day), default=""))
    if day in known:
        why = "the body mass index of that day is there"
    elif one.content["name"] == "height":
        why = "it is kept in the body mass index alone"
    elif height is None:
        why = "no height until that day is there to work out the body mass index"
    else:
        try:
            return _with_index(one, height)
        except LeydigError as error:
            return replace(one, content={}, refusal=str(error))
    return replace(one, content={}, refusal=f"got {one.text}; {why}. It is left out.")


def _with_index(weight: LaboratoryRow, height: LaboratoryRow) -> LaboratoryRow:
    """Return a weight as the body mass index with a height."""
    (mass, kg), (size, m) = ((float(one.content["value"]), one.content["unit"]) for one in (weight, height))
    told = f"worked out of {mass:g} {kg} and {size:g} {m}"
    content = weight.content | {"name": BODY_MASS, "unit": quantity(BODY_MASS).unit}
    content["value"] = f"{body_mass_index(mass, kg, size, m):g}"
    return replace(weight, content=content, repairs=(*weight.repairs, told))


# Parts of a row -------------------------------------------------------------------------------------


def _with_unit(said: dict[str, str], unit: str) -> dict[str, str]:
    """Return a row with the unit that stands behind its name; raises WrongUnit where its column says another one."""
    own = said.get("unit", "")
    if unit and own and unit != own:
        raise WrongUnit(f"got {unit!r} behind the name beside the unit {own!r}; expected one unit. Which is it?")
    return said | ({"unit": unit} if unit else {})


def _unit_of(said: dict[str, str]) -> str:
    """Return the unit of a row, from its own column or from beside its value."""
    value = VALUE.fullmatch(said.get("value", ""))
    beside = value[3].split(" ")[0] if value else ""
    return said.get("unit", "").strip() or ("" if _FLAGS.fullmatch(beside) else beside)


def _level(name: str, said: dict[str, str], habits: _Habits, repairs: list[str], doubts: list[str]) -> dict[str, str]:
    """Return value and unit of a result that is a number."""
    text = _GROUPED.sub("", said.get("value", ""))
    found = VALUE.fullmatch(text)
    if found is None:
        raise BadRecord(f"got {text[:40]!r}; expected a number. Write such as 28.5, or <5.")
    sign, digits, rest = found[1] or "", found[2], found[3].strip()
    unit = said.get("unit", "").strip()
    rest = "" if _FLAGS.fullmatch(rest) else rest
    words = rest.split()
    rest = " ".join(words[:-1]) if len(words) > 1 and _FLAGS.fullmatch(words[-1]) else rest
    if rest and rest != unit:
        if unit:
            raise WrongUnit(f"got {text[:40]!r} beside the unit {unit!r}; expected a number. Which unit is it?")
        unit = rest
    if unit.lower().replace(" ", "") in MILLIONS_PER_ML:
        unit = "million/mL"
    international = _INTERNATIONAL.fullmatch(unit)
    if international:
        repairs.append(f"{unit} is {international[1] or ''}IU{international[2]}")
        unit = f"{international[1] or ''}IU{international[2]}"
    own = laboratory_unit(name, unit)
    if own != unit:
        repairs.append(f"{unit} is {own}")
    unit = own
    number = _number(name, digits, unit, habits.has_commas)
    if number != digits:
        repairs.append(f"{digits} is {number}")
    if sign in ("<=", ">=", "≤", "≥"):
        sign = "<" if sign in ("<=", "≤") else ">"
        repairs.append(f"{text} is kept as {sign}{number}")
    other = other_unit(name, float(number), unit) if not sign else ""
    if other:
        doubts.append(f"{number} {unit} would be rare, {number} {other} would not: is the unit right?")
    return {"value": sign + number} | ({"unit": unit} if unit else {})


def _number(name: str, digits: str, unit: str, has_commas: bool) -> str:
    """Return a number with a decimal point; raises BadRecord where it may be two and a man may have both."""
    plain = digits.replace("'", "").replace("\u2019", "")
    comma, point = plain.rfind(","), plain.rfind(".")
    if comma < 0:
        if plain.count(".") == 1 and len(plain) - point - 1 == 3 and has_commas and not plain.startswith("0"):
            return _possible_one(name, digits, unit, (plain.replace(".", ""), plain))
        return plain.replace(".", "") if plain.count(".") > 1 else plain
    if point >= 0:  # the last of the two is the decimal one
        return plain.replace(",", "") if point > comma else plain.replace(".", "").replace(",", ".")
    whole, fraction = plain.replace(",", ""), plain.replace(",", ".")
    if plain.count(",") > 1:
        return whole
    if len(plain) - comma - 1 != 3 or plain.startswith("0") or has_commas:
        return fraction
    return _possible_one(name, digits, unit, (whole, fraction))


def _possible_one(name: str, digits: str, unit: str, readings: tuple[str, str]) -> str:
    """Return the one of two readings that a man may have; raises BadRecord where he may have both, or neither."""
    fitting = [text for text in readings if _is_possible(name, float(text), unit)]
    if len(fitting) != 1:
        raise BadRecord(
            f"got {digits!r}; expected a number that can be read in one way: this may be {readings[1]} or "
            f"{readings[0]}. Write one of them."
        )
    return fitting[0]


def _is_possible(name: str, value: float, unit: str) -> bool:
    try:
        quantity(name).convert(value, unit)
    except LeydigError:
        return False
    return True


def _interval(text: str) -> dict[str, str]:
    """Return the reference interval that a laboratory prints; nothing where it cannot be read."""
    found = RANGE.fullmatch(text.strip().strip("()[]"))
    if found is None:
        return {}
    ends = {"low": found[1], "high": found[2]} if found[1] else {"high" if found[3][0] in "<≤" else "low": found[4]}
    plain = {key: one.replace(",", ".") for key, one in ends.items() if one.count(",") + one.count(".") < 2}
    is_whole = len(plain) == 2 and float(plain["low"]) < float(plain["high"])
    return plain if is_whole or len(ends) == 1 else {}
