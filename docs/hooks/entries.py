"""Pages of the catalogues: one for each drug, analyte, study and protocol, written from its entry."""

from typing import Any

from text import bullets, cell, docstring, sources, table

from leydig.analytes import ANALYTES
from leydig.cli.commands.catalogs import about
from leydig.cli.commands.listings import rows_of
from leydig.evidence import studies
from leydig.evidence.study import Arm, Criterion, Observation, PublishedValue, Study, Titration

__all__ = ["Pages", "entry_pages"]

Pages = dict[str, str]


def entry_pages() -> dict[str, Pages]:
    """Return the Markdown of each page by its address, under the title of its section."""
    return {
        "Drugs": _section("drugs", "drug", _drug, ("kind", "label")),
        "Analytes": _section("analytes", "analyte", _analyte, ("title", "us", "si", "loinc")),
        "Protocols": _section("protocols", "protocol", _protocol, ("title", "drugs", "version")),
        "Studies": _studies(),
    }


def _section(folder: str, kind: str, page: Any, columns: tuple[str, ...]) -> Pages:
    rows = rows_of(folder)
    listed = table(
        {kind: f"[{cell(row['name'])}]({row['name']}.md)"} | {key: cell(row[key]) for key in columns} for row in rows
    )
    pages = {f"{folder}/index.md": f"# {folder.capitalize()}\n\n{listed}"}
    return pages | {f"{folder}/{row['name']}.md": page(about(kind, row["name"])) for row in rows}


def _facts(**facts: str) -> str:
    """Return what there is to say as a table of two columns."""
    return table({" ": f"**{key.replace('_', ' ')}**", "  ": value} for key, value in facts.items() if value)


def _drug(drug: dict[str, Any]) -> str:
    facts = _facts(
        kind=cell(drug["kind"]),
        label=f"{cell(drug['label'])} ({sources(drug['label_source'])})",
        brands=cell(drug["brands"]),
        other_names=cell(drug["other_names"]),
        codes=cell(", ".join(f"{key} {code}" for key, code in drug["codes"].items())),
        what_an_assay_reads=cell("; ".join(drug["assays"])),
    )
    numbers = table(
        {
            "parameter": f"`{row['path'].split('.', 2)[2]}`<br>{cell(row['meaning'])}",
            "value": f"{cell(row['value'])} {cell(row['unit'])}",
            "within": " to ".join(map(cell, row["within"])),
            "CV": cell(row["cv"]),
            "source": f"{row['basis']}: {sources(row['source'])}".replace("assumed: assumed:", "assumed:"),
        }
        for row in drug["parameters"]
    )
    return "\n".join([
        f"# {drug['title']}\n", f"In a regimen: `{drug['name']}`.\n", facts, "## What it does\n",
        bullets(map(cell, drug["mechanism"])), "## Equations\n", docstring(drug["file"]), "\n## Parameters\n", numbers,
    ])  # fmt: skip


def _analyte(one: dict[str, Any]) -> str:
    facts = _facts(
        units=cell(", ".join(one["units"])),
        reference_interval=cell(one["reference"]),
        least_quantified=cell(one["quantified"]),
        within_man_CV=cell(one["within_man_cv"]),
        assay_CV=cell(one["assay_cv"]),
        LOINC=cell(one["loinc"]),
        UCUM=cell(one["ucum"]),
        source=sources(one["source"]),
    )
    return f"# {one['title']}\n\n{facts}"


def _protocol(one: dict[str, Any]) -> str:
    facts = _facts(
        name=f"`{one['name']}`, version {one['version']}, to be reviewed by {one['review']}",
        goal=cell(one["goal"]),
        context=cell(one["context"]),
        off_label=cell(one["off_label"]),
        source=sources(" | ".join(one["source"])),
    )
    lists = [
        f"## {title}\n\n{bullets(map(cell, one[key]))}"
        for title, key in (("Targets", "targets"), ("Ladders", "ladders"), ("Needed", "needed"), ("Visits", "visits"))
        if one[key]
    ]
    groups = dict.fromkeys(rule["group"] for rule in one["rules"])
    rules = [
        f"### {cell(group)}\n\n{table(_rule(rule) for rule in one['rules'] if rule['group'] == group)}"
        for group in groups
    ]
    return "\n".join([f"# {one['title']}\n", facts, *lists, "## Rules\n", *rules])


def _rule(rule: dict[str, Any]) -> dict[str, str]:
    return {
        "rule": f"`{rule['id']}`<br>{cell(rule['certainty'])}",
        "when": cell(rule["when"]),
        "then": " ".join([f"**{cell(rule['then'])}**"] * bool(rule["then"]) + [cell(rule["clinical"])]),
        "source": sources(rule["source"]),
    }


def _studies() -> Pages:
    listed = table(
        {"study": f"[{cell(one.title)}]({one.id}.md)", "role": one.role,
         "design": cell(one.design), "arms": str(len(one.arms)),
         "figures": str(sum(len(arm.observed) for arm in one.arms))}
        for one in studies().values()
    )  # fmt: skip
    pages = {"studies/index.md": f"# Studies\n\n{listed}"}
    return pages | {f"studies/{one.id}.md": _study(one) for one in studies().values()}


def _study(one: Study) -> str:
    facts = _facts(
        name=f"`{one.id}`",
        role=one.role,
        design=cell(one.design),
        assay=cell(one.assay),
        source=sources(" | ".join(map(str, one.source))),
    )
    return "\n".join([f"# {one.title}\n", facts, *map(_arm, one.arms)])


def _arm(arm: Arm) -> str:
    facts = _facts(
        men=cell(f"{arm.men} (drawn as {arm.kind})"),
        n=str(arm.n or ""),
        regimen=f"`{arm.regimen}`",
        age=_published(arm.age),
        BMI=_published(arm.bmi),
        before=cell("; ".join(f"{name} {_published(one)}" for name, one in arm.baseline.items())),
        enrolled_with=cell("; ".join(f"{name} {_criterion(one)}" for name, one in arm.enrolled.items())),
        titrated=cell(_titration(arm.titration)),
    )
    return f"## {cell(arm.name)}\n\n{facts}\n{table(map(_observation, arm.observed))}"


def _observation(one: Observation) -> dict[str, str]:
    spread = f" (SD {one.sd:g})" if one.sd is not None else ""
    beside = f" against {one.control}" if one.control else ""
    beside += f", samples every {one.every:g} weeks from week {one.first:g}" if one.every else ""
    whom = f" {_criterion(one.counted)}" if one.counted else ""
    return {
        "analyte": cell(one.analyte + whom),
        "week": cell(one.week),
        "form": cell(one.form + beside),
        "published": cell(f"{one.value:g}{spread} {one.unit}"),
    }


def _published(one: PublishedValue | None) -> str:
    if one is None:
        return ""
    spread = f" (SD {one.sd:g})" if one.sd is not None else ""
    return f"{'median ' if one.median else ''}{one.value:g}{spread} {one.unit}".strip()


def _titration(one: Titration | None) -> str:
    if one is None:
        return ""
    bound = f"{one.below:g} {ANALYTES[one.analyte].unit}"
    return f"every {one.every:.3g} weeks, while {one.analyte} is below {bound}, to {' then '.join(map(str, one.rungs))}"


def _criterion(one: Criterion) -> str:
    bounds = (("above", one.above), ("below", one.below))
    return " and ".join(f"{word} {bound:g}" for word, bound in bounds if bound is not None) + f" {one.unit}"
