"""What is measured, given or implied as a reader knows it: the one place where names become words."""

import re
from functools import cache

from leydig.analytes import ANALYTES
from leydig.product import PRODUCTS
from leydig.record.quantity import QUANTITIES, QuantityKind

__all__ = ["rule_words", "short_title", "title_of"]

_PLACEHOLDER = re.compile(r"\{(\w+)\}")

_IMPLIED = {
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
_OF_DRUG = {
    "rung": "rung of {}",
    "before": "rung of {} before it was stopped",
    "room": "a higher rung of {} is allowed",
    "held": "{} is stopped",
    "on": "{} is given",
    "nonresponses": "rises of {} in a row without a fall of estradiol",
    "forecast": "expected {}",
}
_PARTS = {"androgen_course": "course of androgens", "androgen_washout": "wash-out", "invalid": "why they do not count",
          "taken": "what he takes", "joint_band": "every target together"}  # fmt: skip
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
    if name in _IMPLIED or name in _PARTS:
        return _IMPLIED.get(name) or _PARTS[name]
    head, _, rest = name.partition(".")
    if head in _OF_DRUG and rest:
        return _OF_DRUG[head].format(short_title(rest))
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
