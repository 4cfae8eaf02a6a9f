"""Commands about the catalogues: list them, show an entry, and cite what the numbers rest on."""

import sys
from dataclasses import asdict
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leydig.cli.app import app
from leydig.cli.output import console, print_json, print_rows, refusals

if TYPE_CHECKING:
    from leydig.drug import Preparation

__all__ = ["about", "cite", "list_", "show"]


@app.command("list")
def list_(
    kind: Annotated[str, typer.Argument(help="drugs, analytes, parameters, protocols, regions, terms or works")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """List drugs, analytes, parameters, protocols, regions, terms of the glossary or works that rules stand on."""
    with refusals():
        from leydig.cli.commands.listings import rows_of

        rows = rows_of(kind)
        if as_json:
            print_json(rows)
            return
        print_rows([{key: row[key] for key in row if key not in ("within", "cv", "meaning")} for row in rows])
        first = quote(rows[0]["name"]) if "name" in rows[0] else ""
        console().print(f"{len(rows)} {kind}. Next: leydig show {kind.rstrip('s')} {first}".rstrip())


@app.command()
def show(
    kind: Annotated[str, typer.Argument(help="drug, analyte, parameter, protocol, term or work")],
    name: Annotated[str, typer.Argument(help="its name or path")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Show one drug, analyte, parameter, protocol, term or work: equations, numbers, rules, readings, sources."""
    with refusals():
        told = about(kind, name)
        if as_json:
            print_json(told)
            return
        rows = told.pop("parameters", []) or told.pop("rules", [])
        out = console()
        for key, value in told.items():
            text = "\n  ".join(["", *map(str, value)]) if isinstance(value, list) else value
            out.print(f"{key}: {text}")
        if rows:
            print_rows(rows)


def about(kind: str, name: str) -> dict[str, Any]:
    """Return all that an entry of a catalogue says of itself.

    Parameters
    ----------
    kind : {"drug", "analyte", "parameter", "protocol", "term", "work"}
    name : str
        Its name, or the path of a parameter; of a drug a brand too, of an analyte what laboratories call it.

    Raises
    ------
    UnknownName
        When there is no such kind, or no such entry.
    """
    from leydig.errors import UnknownName

    shown = {"drug": _drug, "analyte": _analyte, "parameter": _parameter, "protocol": _protocol,
             "term": _term, "work": _work}  # fmt: skip
    if kind not in shown:
        raise UnknownName.among("kind", kind, shown)
    return shown[kind](name)


def _assays(drug: "Preparation") -> list[str]:
    """Return what assays make of a drug, or of the parts of a mixture."""
    from leydig.drugs import drugs_of

    lines = [
        f"{analyte}: {told.reads.value}; {told.why} ({told.source})"
        for part in drugs_of(list(drug.parts())).values()
        for analyte, told in part.cross_reactions.items()
    ]
    return list(dict.fromkeys(lines)) or ["none known"]


def _drug(name: str) -> dict[str, Any]:
    from leydig.cli.commands.listings import parameter_rows
    from leydig.drugs import DRUGS
    from leydig.regimen.names import find_drug

    drug = DRUGS[find_drug(name) or name]
    single = drug.label.single_maximum
    most = f"{drug.label.daily_maximum:g} {drug.unit} a day" + (f", {single:g} {drug.unit} at once" if single else "")
    return {
        "name": drug.name,
        "title": drug.title,
        "kind": drug.kind,
        "label": f"{drug.label.indication}; at most {most}",
        "label_source": drug.label.source,
        "mechanism": list(drug.mechanism),
        "assays": _assays(drug),
        "codes": drug.codes,
        "brands": ", ".join(drug.brands) or "none",
        "other_names": ", ".join(drug.synonyms) or "none",
        "file": (sys.modules[type(drug).__module__].__doc__ or "").strip(),
        "parameters": parameter_rows(f"drugs.{drug.name}", drug),
    }


def _analyte(name: str) -> dict[str, Any]:
    from leydig.analytes import ANALYTES
    from leydig.record.quantity import quantity_name

    called = quantity_name(name)
    one = ANALYTES[called if called in ANALYTES else name]
    return {
        "title": one.title,
        "units": list(one.units()),
        "ucum": one.ucum,
        "loinc": one.loinc,
        "reference": f"{one.format(one.reference[0], one.us)} to {one.format(one.reference[1], one.us)} {one.us}",
        "within_man_cv": one.within_man_cv,
        "assay_cv": one.assay_cv,
        "quantified": f"{one.format(one.quantified, one.us)} {one.us}",
        "source": one.source,
    }


def _term(name: str) -> dict[str, Any]:
    from leydig.reports.glossary import term

    return asdict(term(name))


def _work(name: str) -> dict[str, Any]:
    """Return every entry of the registry under a name: what is named, and what was found."""
    from leydig.cli.commands.listings import rows_of
    from leydig.errors import UnknownName
    from leydig.protocol.works import STATUSES

    rows = rows_of("works")
    found = [row for row in rows if row["name"].lower() == name.strip().lower()]
    if not found:
        raise UnknownName.among("work", name, [row["name"] for row in rows])
    entries = [
        f"{row['status']} ({STATUSES[row['status']]}); "
        + "; ".join(f"{key} {row[key]}" for key in ("brief", "where", "checked", "review", "note") if row[key])
        for row in found
    ]
    return {"name": found[0]["name"], "entries": entries}


def _protocol(name: str) -> dict[str, Any]:
    from leydig.protocol.implied import rule_words, short_title, title_of
    from leydig.protocol.reader import read_protocol

    plan = read_protocol(name)
    return {
        "name": plan.name, "title": plan.title, "version": plan.version, "review": plan.review.isoformat(),
        "goal": plan.goal, "context": plan.context, "off_label": plan.off_label,
        "targets": [str(target.band) for target in plan.targets],
        "ladders": [f"{short_title(drug)}: " + "; ".join(str(rung) for rung in one.rungs) +
                    f" (begins at rung {one.begin}, ceiling {one.ceiling:g} {one.unit} a week)"
                    for drug, one in plan.components.items()],
        "needed": [title_of(need.of) + (f" on {need.times} days" if need.times > 1 else "") for need in plan.needs],
        "visits": [f"{one.name}: day {one.day} after {one.after} ({one.opens} to {one.closes}), "
                   + ", ".join(map(short_title, one.panel)) for one in plan.visits],
        "source": [str(one) for one in plan.source],
        "rules": [{"id": rule.id, "group": rule.group, "when": "; ".join(map(str, rule.when)), "then": rule.then,
                   "clinical": rule_words(rule.clinical), "certainty": rule.certainty,
                   "source": " | ".join(map(str, rule.source))} for rule in plan.rules],
    }  # fmt: skip


def _parameter(name: str) -> dict[str, Any]:
    from leydig.cli.commands.listings import rows_of
    from leydig.errors import UnknownName

    rows = {row["path"]: row for row in rows_of("parameters")}
    if name not in rows:
        raise UnknownName.among("parameter", name, rows)
    return rows[name]


@app.command()
def cite(
    regimen: Annotated[str, typer.Option(help="Cite its drugs too.")] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Cite every source behind a prediction, and list what is assumed."""
    with refusals():
        from leydig.evidence.citations import cite as cited

        found = cited(regimen)
        if as_json:
            sources = [{"source": str(source), "parameters": paths} for source, paths in found.sources.items()]
            print_json({"sources": sources, "assumed": found.assumed, "counts": found.counts})
            return
        print_rows([{"source": str(source), "parameters": ", ".join(paths)} for source, paths in found.sources.items()])
        print_rows([{"assumed": path, "why": why} for path, why in found.assumed.items()])
        console().print(", ".join(f"{count} {basis}" for basis, count in found.counts.items()))
