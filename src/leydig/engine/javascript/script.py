"""JavaScript's language: programs of constants in double precision, whose arithmetic is Python's."""

import math
from collections.abc import Mapping, Sequence

from leydig.engine.javascript.inlining import inline_lines
from leydig.engine.trace import operations as op
from leydig.engine.trace.lines import LinePrinter, Program

__all__ = ["JavaScriptPrinter", "input_reads", "script_body", "script_function"]


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


def script_function(name: str, program: Program, firsts: dict[str, int]) -> str:
    """Return a printed function and its prelude.

    Parameters
    ----------
    name : str
    program : Program
        Of groups that are one letter each; its fixed group is ``t``.
    firsts : dict of str to int
        The other groups, and where the scalars of each begin in the list that is given.
    """
    carried = program.fixed_names()
    handed = {one: f"a[{place}]" for place, one in enumerate(carried)}
    before = script_body(program.fixed, carried, input_reads(program.fixed_reads, {"t": 0}), "a[{}]={}", ";")
    reads = input_reads(program.moving_reads, firsts | {"t": 0}) | handed
    body = script_body(program.moving, program.results, reads, "o[{}]={}", ";")
    return f"function {name}Prelude(t,a){{{before}}}\nfunction {name}({','.join(firsts)},t,a,o){{{body}}}"


def script_body(
    lines: Mapping[str, str], results: Sequence[str], reads: Mapping[str, str], result: str, between: str
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
    """
    bare = {name: line.split("=", 1)[1] for name, line in lines.items()}
    left, ends = inline_lines(bare, results, reads)
    constants = ",".join(f"{name}={text}" for name, text in left.items())
    return (f"const {constants};" if constants else "") + between.join(
        result.format(place, one) for place, one in enumerate(ends)
    )


def input_reads(names: frozenset[str], firsts: Mapping[str, int]) -> dict[str, str]:
    """Return how the scalars of each group are read from its list."""
    places = {name: int(name[1:]) for name in names if name[0] in firsts and name[1:].isdigit()}
    ordered = sorted(places, key=lambda name: (name[0], places[name]))
    return {name: f"{name[0]}[{firsts[name[0]] + places[name]}]" for name in ordered}
