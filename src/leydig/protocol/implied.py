"""What a rule may name beside the quantities of a record: what follows from it, on a day (`leydig.assessment.facts`).

Beside the quantities of a record a condition may name what follows from it, and what his twin expects at the next
visit, of true levels; without a twin that is to be trusted these two families are unknown:

=====================  ==================================================================================
``rung.DRUG``          the rung he is on, 0 when he is given none
``before.DRUG``        the rung from which it was stopped
``room.DRUG``          is a higher rung allowed
``held.DRUG``          was it given, and is it not given now
``on.DRUG``            is any drug of the catalogue given
``nonresponses.DRUG``  rises of the dose in a row after which estradiol did not fall
``labs.valid``         are the results on which doses are changed known, fresh, and drawn long enough after
``causes.excluded``    are the causes of low sperm counts that the protocol names all answered with no
``semen.low``          is any semen value below its WHO limit
``semen.category``     category of sperm concentration, 0 azoospermia to 4 normal
``semen.change``       categories gained since baseline
``months.treated``     months on treatment in all
``treated``            is he on treatment
``assay.specific``     was the last estradiol measured by mass spectrometry
``spine_bmd.recent``   was bone density measured within the last 13 months
``others.running``     is any drug of the catalogue given that is no component of the protocol
``androgens.washout``  did a recorded course of androgens end less than half a year ago, or does it go on
``androgens.past``     is a course of androgens on record, over or not
``androgens.cleared``  are the androgens of the last recorded course washed out; yes where there was none
``androgens.weeks``    weeks since the last recorded course of androgens ended; a great number where there was none
``hematocrit.current`` was the hematocrit measured after the last rise of any dose; yes before treatment
``forecast.ANALYTE``   the median that his twin expects
``chance.joint_band``  the chance that every target of the protocol is met
``chance.below_floor`` the chance that estradiol is below the lower end of its target
=====================  ==================================================================================
"""

import re
from functools import cache

from leydig.analytes import ANALYTES, of_panel
from leydig.product import PRODUCTS
from leydig.protocol.semen import LIMITED
from leydig.record.quantity import QUANTITIES, QuantityKind
from leydig.text_enum import TextEnum

__all__ = ["FOLLOWS", "FORECASTS", "ImpliedKind", "implied_kind", "is_forecast", "quantity_behind", "rule_words",
           "short_title", "title_of"]  # fmt: skip


class ImpliedKind(TextEnum):
    """Yes or no, or a number."""

    FACT = "fact"
    NUMBER = "number"


FACTS = ("labs.valid", "causes.excluded", "semen.low", "treated", "assay.specific", "spine_bmd.recent",
         "others.running", "androgens.washout", "androgens.past", "androgens.cleared",
         "hematocrit.current")  # fmt: skip
NUMBERS = ("semen.category", "semen.change", "months.treated", "androgens.weeks")
FORECASTS = (*(f"forecast.{name}" for name in (*of_panel("score"), "te2_ratio")), "chance.joint_band",
             "chance.below_floor")  # fmt: skip
OF_DRUG = {"rung": ImpliedKind.NUMBER, "before": ImpliedKind.NUMBER, "nonresponses": ImpliedKind.NUMBER,
           "room": ImpliedKind.FACT, "held": ImpliedKind.FACT, "on": ImpliedKind.FACT}  # fmt: skip
FOLLOWS = {  # beside ``labs.valid`` and ``causes.excluded``, whose results the protocol names
    "semen.low": LIMITED, "semen.category": ("sperm_concentration",), "semen.change": ("sperm_concentration",),
    "assay.specific": ("estradiol",), "nonresponses": ("estradiol",), "spine_bmd.recent": ("spine_bmd",),
    "hematocrit.current": ("hematocrit",),
}  # fmt: skip


@cache
def implied_kind(name: str) -> ImpliedKind | None:
    """Return of which kind is what a record implies; None for any other name."""
    if name in FACTS:
        return ImpliedKind.FACT
    if name in (*NUMBERS, *FORECASTS):
        return ImpliedKind.NUMBER
    return OF_DRUG.get(name.partition(".")[0]) if "." in name else None


def is_forecast(name: str) -> bool:
    """Return whether a name of a condition is answered by a twin."""
    return name.startswith(("forecast.", "chance."))


def quantity_behind(name: str) -> str:
    """Return the quantity in whose units a condition is written: of a forecast that of its level."""
    return name.removeprefix("forecast.")


# As a reader knows it: the one place where names become words ------------------------------------------

_PLACEHOLDER = re.compile(r"\{(\w+)\}")

_WORDS = {
    "labs.valid": "results fit to decide on a dose",
    "causes.excluded": "other causes of low sperm counts ruled out",
    "semen.low": "a semen value below its WHO limit",
    "semen.category": "category of sperm concentration",
    "semen.change": "categories of sperm concentration gained since baseline",
    "months.treated": "months on treatment",
    "treated": "on treatment",
    "assay.specific": "last estradiol by mass spectrometry",
    "spine_bmd.recent": "bone density within the last 13 months",
    "others.running": "drugs given beside the protocol",
    "androgens.washout": "androgens taken within the last half year",
    "androgens.past": "a course of androgens on record",
    "androgens.cleared": "androgens of the last course washed out",
    "androgens.weeks": "weeks since the last course of androgens",
    "hematocrit.current": "hematocrit measured since the last rise of a dose",
    "chance.joint_band": "chance that every target is met",
    "chance.below_floor": "chance that estradiol is below its target",
    "forecast": "what is expected",
}
_DRUG_WORDS = {
    "rung": "rung of {}",
    "before": "rung of {} before it was stopped",
    "room": "a higher rung of {} is allowed",
    "held": "{} is stopped",
    "on": "{} is given",
    "nonresponses": "rises of {} in a row without a fall of estradiol",
    "forecast": "expected {}",
    "ceiling": "ceiling of {}",
    "target": "target of {}",
}
_ENDS = {"at_least": "least", "above": "lower limit", "at_most": "most", "below": "upper limit"}  # of a target
_VALUE_WORDS = {  # what a text of a rule says beside values of quantities
    "androgen_course": "course of androgens",
    "androgen_washout": "wash-out",
    "invalid": "why they do not count",
    "taken": "what he takes",
}
_USUAL = {"hcg": "hCG"}  # drugs that are written otherwise than they are called here


@cache
def title_of(name: str) -> str:
    """Return a quantity, a drug, or what a record implies, in words.

    Examples
    --------
    >>> title_of("low_libido"), title_of("rung.hcg")
    ('loss of libido, 0 none to 10 worst', 'rung of hCG')
    """
    if name in QUANTITIES:
        return QUANTITIES[name].title
    if name in _WORDS or name in _VALUE_WORDS:
        return _WORDS.get(name) or _VALUE_WORDS[name]
    head, _, rest = name.partition(".")
    if head in _DRUG_WORDS and rest:
        name, _, end = rest.partition(".")
        return _DRUG_WORDS[head].format(short_title(name)) + (f", {_ENDS.get(end, end)}" if end else "")
    return _USUAL.get(name, name.replace("_", " ")) if name in PRODUCTS else name.replace("_", " ").replace(".", " ")


@cache
def short_title(name: str) -> str:
    """Return the same in the fewest words that a reader knows it by.

    Examples
    --------
    >>> short_title("te2_ratio"), short_title("low_libido"), short_title("gnrh_analogue")
    ('T:E2', 'loss of libido', 'takes a long-acting GnRH analogue')
    """
    if name in ANALYTES and ANALYTES[name].ratio_units:
        return ANALYTES[name].symbol
    if name in QUANTITIES and QUANTITIES[name].kind == QuantityKind.FACT:
        return title_of(name).partition(" (")[0].partition(",")[0]
    return title_of(name).partition(",")[0]


def rule_words(text: str) -> str:
    """Return the text of a rule, in brackets where it will say a value of the man.

    Examples
    --------
    >>> rule_words("T:E2 {te2_ratio}, below 10; LH {lh}")
    'T:E2 [T:E2], below 10; LH [LH]'
    """
    return _PLACEHOLDER.sub(lambda found: f"[{short_title(found[1])}]", text)
