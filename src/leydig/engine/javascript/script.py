"""JavaScript's language: programs of constants in double precision, whose arithmetic is Python's."""

import math

from leydig.engine.trace import operations as op
from leydig.engine.trace.lines import LinePrinter, Program

__all__ = ["JavaScriptPrinter", "script_function"]


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
    before = [*_reads(program.fixed_reads, "t", 0), *program.fixed.values()]
    ends = [f"a[{place}]={one}" for place, one in enumerate(carried)]
    body = [line for group, first in (*firsts.items(), ("t", 0)) for line in _reads(program.moving_reads, group, first)]
    body += [f"{one}=a[{place}]" for place, one in enumerate(carried)] + [*program.moving.values()]
    results = [f"o[{place}]={one}" for place, one in enumerate(program.results)]
    return "\n".join([
        f"function {name}Prelude(t,a){{{_constants(before)}{';'.join(ends)}}}",
        f"function {name}({','.join(firsts)},t,a,o){{{_constants(body)}{';'.join(results)}}}",
    ])  # fmt: skip


def _constants(lines: list[str]) -> str:
    return f"const {','.join(lines)};" if lines else ""


def _reads(names: frozenset[str], group: str, first: int) -> list[str]:
    """Return what reads one group's scalars from its list."""
    places = sorted(int(word[1:]) for word in names if word[0] == group and word[1:].isdigit())
    return [f"{group}{place}={group}[{first + place}]" for place in places]
