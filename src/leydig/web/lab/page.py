"""The page of the lab: one file with style, script and data inside, which asks no network for anything.

Its policy allows the one script and the one style that are in it, by their hashes, and nothing else at all.
"""

import base64
import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from leydig.analytes import ANALYTES, analyte_order
from leydig.engine import print_javascript
from leydig.man.limits import AGES, BMIS
from leydig.man.surgery.surgery import ARROW_TITLES
from leydig.product import PRODUCTS, Product
from leydig.regimen import Dose
from leydig.regimen.regimen import regimen_of
from leydig.simulation.attribute import BRAKES
from leydig.target import LAB, target_file
from leydig.version import VERSION
from leydig.web.lab.lessons import lesson_facts
from leydig.web.lab.samples import sample_facts
from leydig.whole_file import write_text

__all__ = ["lab_page", "lab_policy", "write_lab"]

_SCRIPTS = (
    "scenario.js",
    "charts.js",
    "diagram.js",
    "attribution.js",
    "picture.js",
    "controls.js",
    "surgery.js",
    "drawing.js",
    "minutes.js",
    "semen.js",
    "lessons.js",
    "start.js",
)
_NOT_VALIDATED = ("hematocrit", "spine_bmd")  # beside semen, as every course says of itself
_MOST_TIMES = 2.0  # how far a slider goes, in labelled maxima: what is above the label is warned of


@lru_cache(maxsize=1)
def lab_page() -> str:
    """Return the page as HTML.

    Examples
    --------
    >>> "Content-Security-Policy" in lab_page()
    True
    """
    script, style = _parts()
    page = _text("lab.html")
    for mark, part in {"POLICY": lab_policy(), "STYLE": style, "SCRIPT": script, "VERSION": VERSION}.items():
        page = page.replace(f"@{mark}@", part)
    return page


def lab_policy() -> str:
    """Return the policy of the page: its one script and its one style, by their hashes, and nothing else."""
    script, style = _parts()
    allowed = f"script-src '{_hash(script)}'; style-src '{_hash(style)}'"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


@lru_cache(maxsize=1)
def _parts() -> tuple[str, str]:
    """Return script and style."""
    own = "\n".join([f"const LAB={_json(_facts())};", *(_text(f"script/{name}") for name in _SCRIPTS)])
    return f'{print_javascript().text}(() => {{\n"use strict";\n{own}}})();', _text("lab.css")


def write_lab(path: str | Path) -> Path:
    """Write the page to a file ending in .html and return its path.

    Raises
    ------
    OutOfRange
        When the ending is another one, or the file cannot be written.
    """
    target = target_file(path, LAB)
    write_text(target, lab_page())
    return target


def _text(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Return the hash of what stands in an element, as a policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _json(facts: Mapping[str, Any]) -> str:
    """Return facts as JSON that may stand in a script: no text in it ends the element."""
    return json.dumps(facts, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")


def _facts() -> dict[str, Any]:
    """Return what the page says of analytes, drugs and lessons."""
    return {
        "version": VERSION,
        "ages": AGES,
        "bmis": BMIS,
        "analytes": [_analyte(name) for name in analyte_order()],
        "drugs": [_drug(product) for product in PRODUCTS.values()],
        "arrows": ARROW_TITLES,
        "brakes": BRAKES,
        "lessons": lesson_facts(),
        **sample_facts(),
    }


def _analyte(name: str) -> dict[str, Any]:
    one = ANALYTES[name]
    units = {system: {"unit": unit, "factor": one.factor_to(unit)} for system, unit in (("us", one.us), ("si", one.si))}
    return {
        "name": name, "title": one.title, "symbol": one.symbol, "units": units, "reference": one.reference,
        "possible": one.possible, "usual": one.usual, "anchors": bool(one.anchors), "source": one.source,
        "validated": one.specimen != "semen" and name not in _NOT_VALIDATED,
    }  # fmt: skip


def _drug(product: Product) -> dict[str, Any]:
    label = product.label
    return {
        "name": product.name, "title": product.title, "kind": product.kind, "unit": product.unit,
        "indication": label.indication, "dailyMaximum": label.daily_maximum, "singleMaximum": label.single_maximum,
        "most": _MOST_TIMES * (label.single_maximum or label.daily_maximum), "infusible": product.infusible,
        "pulsatile": product.pulsatile, "first": asdict(_first_dose(product)), "source": label.source,
    }  # fmt: skip


def _first_dose(product: Product) -> Dose:
    """Return what the lab begins with when a drug is added; it goes on until the end."""
    known = tomllib.loads(_text("regimens.toml"))
    if product.name not in known:
        return Dose(product.name, product.label.daily_maximum / 2.0)
    (dose,) = regimen_of(known[product.name]["regimen"]).doses
    return dose
