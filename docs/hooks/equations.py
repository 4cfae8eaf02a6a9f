"""The page of the equations, printed from the trace of which the kernel and the SBML export are printed."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
from text import cell, table

from leydig.analyte import Reading
from leydig.analytes import ANALYTES
from leydig.body.effects import Action
from leydig.drug import Delivery, Drug
from leydig.drugs import DRUGS
from leydig.engine import Constant, Input, Trace, leaf_ids, trace_equations
from leydig.engine.trace.mathml import EquationPrinter, symbol
from leydig.man import Man
from leydig.parameter import parameters

__all__ = ["body_trace", "drug_trace", "equation_page"]

DRUGS_HEAD = """A drug's amounts run through its chain of compartments; doses enter compartment 0. What has the index
*action* is read by the equations of the body; actions of several drugs add up. What has the index *given* is given
beside single doses: a continuous rate [dose unit/d], the dose of one pulse [dose unit] and the interval between
pulses [d]. What no equation gives here is a level of another drug, whose equation stands under that drug, or a
parameter, which stands on the drug's page.
"""
MAN = Man(age=30)
ORGANS = ("body", *(field.name for field in dataclasses.fields(MAN.body)), "action", "given", "amount", "aromatization")
UNITS = {path.replace(".", "_"): one.unit for path, one, _ in parameters(MAN.body, "body")}
HEAD = """# Equations

What is solved, printed from the list of operations of which the compiled kernel and the SBML export are printed
(`leydig.engine.trace`); nothing here is written by hand. Every value that the source gives a name to is an equation
under that name, with its organ as an index; what has the index *action* comes from the drugs. Time is in days, and
<math><mi>bmi</mi></math> is the man's body-mass index [kg/m²]; what the parameters are and where they come from stands
in the tables below, on the pages of the [drugs](drugs/index.md) and in the docstrings of the
[organs](rooms/body.md), which say the same in short symbols.
"""


def body_trace() -> Trace:
    """Return the derivative of the state and what a laboratory reads, from the state and what drugs do."""
    actions = {field.name: 0.0 for field in dataclasses.fields(Action)}
    x = {"body": MAN.body, "bmi": 23.0, "state": MAN.state, "action": actions}
    return trace_equations(_body, x, [Input(name, UNITS.get(name, "")) for name in leaf_ids(x)])


def _body(x: dict[str, Any]) -> dict[str, Any]:
    body, state, action = x["body"], x["state"], Action(**x["action"])
    frame = body.frame(x["bmi"])
    at = Reading(body, state, body.signals(state, action, frame), action)
    read = {name: jnp.asarray(analyte.read(at)) for name, analyte in ANALYTES.items()}
    return {"state": jax.tree.map(jnp.asarray, body.rate(state, action, frame)), "measured": read}


def drug_trace(drug: Drug) -> Trace:
    """Return what a drug does, from the levels of all drugs and what is being given."""
    drugs = [one for one in DRUGS.values() if isinstance(one, Drug)]
    levels = {level: 0.0 for one in drugs for level in one.chains()}
    amounts = {level: [0.0] * len(chain.rates) for level, chain in drug.chains().items()}
    given = {field.name: 0.0 for field in dataclasses.fields(Delivery)}
    x = {"drug": drug, "level": levels, "given": given, "amount": amounts}
    return trace_equations(_drug, x, [Input(name.removeprefix("drug_")) for name in leaf_ids(x)])


def _drug(x: dict[str, Any]) -> dict[str, Any]:
    chains = x["drug"].chains()
    flows = {name: [rate * a for rate, a in zip(chain.rates, x["amount"][name], strict=True)]
             for name, chain in chains.items()}  # fmt: skip
    moved = {name: [before - out for before, out in zip([0.0, *outs], outs, strict=False)]
             for name, outs in flows.items()}  # fmt: skip
    levels = {name: chain.scale * x["amount"][name][-1] for name, chain in chains.items()}
    action = jax.tree.map(jnp.asarray, x["drug"].action(x["level"], Delivery(**x["given"])))
    return {"amount": moved, "read": levels, "action": dataclasses.asdict(action)}


def equation_page() -> str:
    """Return the Markdown of all equations, with the parameters of the body that they read."""
    body = body_trace()
    lefts = {name: _measured(name) if name.startswith("measured_") else _rate(name) for name in body.results}
    parts = [HEAD, "## The body\n", _equations(body, lefts), "## Parameters of the body\n", _parameters(body)]
    parts += ["## The drugs\n", DRUGS_HEAD]
    for drug in (one for _, one in sorted(DRUGS.items()) if isinstance(one, Drug)):
        own = drug_trace(drug)
        lefts = {name: _drug_result(name) for name in own.results if own.node(name) != Constant("0.0")}
        parts += [f"### [{drug.title}](drugs/{drug.name}.md)\n", _equations(own, lefts)]
    return "\n".join(parts)


def _rate(name: str) -> str:
    return f"<mfrac><mrow><mi>d</mi>{symbol(name, ORGANS)}</mrow><mrow><mi>d</mi><mi>t</mi></mrow></mfrac>"


def _measured(name: str) -> str:
    return f"<msub>{symbol(name.removeprefix('measured_'), ORGANS)}<mi>measured</mi></msub>"


def _drug_result(name: str) -> str:
    """Return the left side of what a drug gives: amounts have rates, levels and actions are what they are."""
    return _rate(name) if name.startswith("amount_") else symbol(name.removeprefix("read_"), ORGANS)


def _equations(one: Trace, lefts: dict[str, str]) -> str:
    """Return the equations of a trace, those of its results last, as blocks that browsers typeset."""
    named, results = EquationPrinter.equations_of(one, ORGANS)
    rows = [(equation.left, equation.right) for equation in named]
    rows += [(left, results[name]) for name, left in lefts.items()]
    return "\n".join(
        f'<math display="block"><mrow>{left}<mo>=</mo>{right}</mrow></math>\n' for left, right in rows if left != right
    )


def _parameters(one: Trace) -> str:
    """Return the parameters that equations read, with their units and the reference man's values."""
    read = {place for call in one.calls().values() for place in call.arguments}
    names = {node.name for place, node in enumerate(one.nodes) if place in read and isinstance(node, Input)}
    return table(
        {"symbol": f"<math>{symbol(name, ORGANS)}</math>", "parameter": f"`{path}`", "what it is": cell(row.meaning),
         "reference man": f"{cell(float(value))} {cell(row.unit.removeprefix('1'))}".strip()}
        for path, row, value in parameters(MAN.body, "body") if (name := path.replace(".", "_")) in names
    )  # fmt: skip
