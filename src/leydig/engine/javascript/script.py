"""JavaScript's language: programs of constants in double precision, whose arithmetic is Python's."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from leydig.engine.javascript.elementary import write_out
from leydig.engine.javascript.inlining import NAME, inline_lines
from leydig.engine.trace import operations as op
from leydig.engine.trace.lines import LinePrinter, Program

__all__ = ["JavaScriptPrinter", "Stages", "input_reads", "script_body", "script_function", "staged_functions"]


class JavaScriptPrinter(LinePrinter):
    """Prints lines of one `const`; larger and smaller take NaN as the lanes of the kernel do."""

    language = "JavaScript"
    line = "{}={}"
    forms = {
        op.ADD: "{}+{}",
        op.SUBTRACT: "{}-{}",
        op.MULTIPLY: "{}*{}",
        op.DIVIDE: "{}/{}",
        op.MAXIMUM: "{0}<{1}?{1}:{0}",
        op.MINIMUM: "{0}>{1}?{1}:{0}",
        op.NEGATE: "-{}",
        op.EXPONENTIAL: "exp({})",
        op.LOGARITHM: "log({})",
        op.SQUARE_ROOT: "sqrt({})",
        op.LESS: "{}<{}",
        op.LESS_EQUAL: "{}<={}",
        op.GREATER: "{}>{}",
        op.GREATER_EQUAL: "{}>={}",
        op.EQUAL: "{}==={}",
        op.NOT_EQUAL: "{}!=={}",
        op.WHERE: "{}?{}:{}",
    }

    def constant(self, value: float) -> str:
        """Return a number with all its digits; one below zero in parentheses, since a sign may stand before it."""
        if not math.isfinite(value):
            return "NaN" if math.isnan(value) else "Infinity" if value > 0.0 else "(-Infinity)"
        text = repr(value).removesuffix(".0").replace("e-0", "e-").replace("e+", "e")
        return f"({text})" if text.startswith("-") else text


def script_function(name: str, program: Program, firsts: dict[str, int], often: bool = False) -> str:
    """Return a printed function and its prelude.

    Parameters
    ----------
    name : str
    program : Program
        Of groups that are one letter each; its fixed group is ``t``.
    firsts : dict of str to int
        The other groups, and where the scalars of each begin in the list that is given.
    often : bool, optional
        Whether it is worked out so often that its exponentials are written out.
    """
    handed = {one: f"a[{place}]" for place, one in enumerate(program.fixed_names())}
    reads = input_reads(program.moving_reads, firsts | {"t": 0}) | handed
    body = script_body(program.moving, program.results, reads, "o[{}]={}", ";")
    body = write_out(body) if often else body
    return f"{_prelude(name, program)}\nfunction {name}({','.join(firsts)},t,a,o){{{body}}}"


class Stages(NamedTuple):
    """A printed function in stages, one for each group of inputs, the first of which changes least.

    Attributes
    ----------
    text : str
        The functions: the prelude, and one for each stage but the last, which fill what the later ones read.
    shared : int
        How many numbers they hand on.
    """

    text: str
    shared: int


def staged_functions(name: str, program: Program, groups: Mapping[str, str]) -> Stages:
    """Return a printed function taken apart by what its lines read, so that each is worked out when that changes.

    Parameters
    ----------
    name : str
    program : Program
        Of groups that are one letter each; its fixed group is ``t``.
    groups : mapping of str to str
        What is added to the name, by the letter of each group; a stage reads its own group and what earlier ones
        handed on. The last one gives the results.
    """
    order, last = {letter: place for place, letter in enumerate(groups)}, len(groups) - 1
    stage = {one: order[one[0]] for one in program.moving_reads if one[0] in order and one[1:].isdigit()}
    lines: list[dict[str, str]] = [{} for _ in groups]
    handed: dict[str, None] = {}
    for one, line in program.moving.items():
        read = [other for other in NAME.findall(line.split("=", 1)[1]) if other in stage]
        stage[one] = max(stage[other] for other in read)
        lines[stage[one]][one] = line
        handed |= dict.fromkeys(other for other in read if stage[other] < stage[one])
    handed |= dict.fromkeys(one for one in program.results if stage.get(one, last) < last)
    shared = sorted(handed, key=stage.__getitem__)
    aux = {one: f"a[{place}]" for place, one in enumerate(program.fixed_names())}
    parts, first = [_prelude(name, program)], 0
    for letter, place in order.items():
        reads = input_reads(program.moving_reads, {letter: 0, "t": 0}) | aux
        reads |= {one: f"e[{at}]" for at, one in enumerate(shared[:first])}
        own = [one for one in shared if stage[one] == place]
        results, result, out = (program.results, "o[{}]={}", ",o") if place == last else (own, "e[{}]={}", "")
        body = script_body(lines[place], results, reads, result, ";", 0 if place == last else first)
        body = write_out(body) if place == last else body
        parts.append(f"function {name}{groups[letter]}({letter},t,a,e{out}){{{body}}}")
        first += len(own)
    return Stages("\n".join(parts), len(shared))


def _prelude(name: str, program: Program) -> str:
    body = script_body(
        program.fixed, program.fixed_names(), input_reads(program.fixed_reads, {"t": 0}), "a[{}]={}", ";"
    )
    return f"function {name}Prelude(t,a){{{body}}}"


def script_body(
    lines: Mapping[str, str],
    results: Sequence[str],
    reads: Mapping[str, str],
    result: str,
    between: str,
    first: int = 0,
) -> str:
    """Return lines as one statement of constants, and what is made of each result after it.

    Parameters
    ----------
    lines : mapping of str to str
        As `Program` holds them.
    results : sequence of str
    reads : mapping of str to str
        How inputs and lines of elsewhere are read.
    result : str
        Form of a result, with ``{}`` for its place and then the expression.
    between : str
        What stands between results.
    first : int, optional
        Place of the first result.
    """
    bare = {name: line.split("=", 1)[1] for name, line in lines.items()}
    left, ends = inline_lines(bare, results, reads)
    constants = ",".join(f"{name}={text}" for name, text in left.items())
    return (f"const {constants};" if constants else "") + between.join(
        result.format(place, one) for place, one in enumerate(ends, first)
    )


def input_reads(names: frozenset[str], firsts: Mapping[str, int]) -> dict[str, str]:
    """Return how the scalars of each group are read from its list."""
    places = {name: int(name[1:]) for name in names if name[0] in firsts and name[1:].isdigit()}
    ordered = sorted(places, key=lambda name: (name[0], places[name]))
    return {name: f"{name[0]}[{firsts[name[0]] + places[name]}]" for name in ordered}
