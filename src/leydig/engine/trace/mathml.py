"""The documentation's language: equations in MathML, which browsers typeset by themselves.

Every value that the source gives a name to is an equation of its own under that name, and what stands on one line
of the source is nested in it.
"""

from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from leydig.engine.trace import operations as op
from leydig.engine.trace.printer import Printer
from leydig.engine.trace.tape import Call, Input, Trace

__all__ = ["Equation", "EquationPrinter", "symbol"]

_CONDITION, _SUM, _PRODUCT, _QUOTIENT, _ATOM = range(5)  # how tightly a written value holds together


class MathText(NamedTuple):
    """A written value and how tightly it holds together."""

    text: str
    binding: int = _ATOM


class Equation(NamedTuple):
    """One equation: what it gives, as an identifier and in MathML, and the other side in MathML."""

    name: str
    left: str
    right: str


def _infix(sign: str) -> str:
    return f"{{}}<mo>{escape(sign)}</mo>{{}}"


def _prefix(word: str, count: int = 1) -> str:
    return f"<mrow><mi>{word}</mi><mo>(</mo>{'<mo>,</mo>'.join(['{}'] * count)}<mo>)</mo></mrow>"


class EquationPrinter(Printer[MathText]):
    """Prints a trace as equations in their order; `organs` are the first words of identifiers that become indices."""

    language = "the documentation"
    forms = {
        op.ADD: _infix("+"),
        op.SUBTRACT: _infix("−"),
        op.MULTIPLY: _infix("·"),
        op.DIVIDE: "<mfrac><mrow>{}</mrow><mrow>{}</mrow></mfrac>",
        op.MAXIMUM: _prefix("max", 2),
        op.MINIMUM: _prefix("min", 2),
        op.NEGATE: "<mo>−</mo>{}",
        op.EXPONENTIAL: _prefix("exp"),
        op.LOGARITHM: _prefix("ln"),
        op.SQUARE_ROOT: "<msqrt><mrow>{}</mrow></msqrt>",
        op.POWER: "<msup><mrow>{}</mrow><mrow>{}</mrow></msup>",
        op.LESS: _infix("<"),
        op.LESS_EQUAL: _infix("≤"),
        op.GREATER: _infix(">"),
        op.GREATER_EQUAL: _infix("≥"),
        op.EQUAL: _infix("="),
        op.NOT_EQUAL: _infix("≠"),
        op.WHERE: "<mrow><mo>{{</mo><mtable><mtr><mtd>{1}</mtd><mtd><mtext>if </mtext>{0}</mtd></mtr>"
        "<mtr><mtd>{2}</mtd><mtd><mtext>otherwise</mtext></mtd></mtr></mtable></mrow>",
    }
    # what each gives, and what its arguments must hold at least, so that they need no parentheses
    _bindings = {
        op.ADD: (_SUM, (_SUM, _SUM)),
        op.SUBTRACT: (_SUM, (_SUM, _PRODUCT)),
        op.MULTIPLY: (_PRODUCT, (_PRODUCT, _PRODUCT)),
        op.NEGATE: (_SUM, (_PRODUCT,)),
        op.DIVIDE: (_QUOTIENT, (_CONDITION, _CONDITION)),
        op.POWER: (_QUOTIENT, (_ATOM, _CONDITION)),
        **dict.fromkeys(op.TRUTHS, (_CONDITION, (_SUM, _SUM))),
    }

    def __init__(self, organs: Sequence[str] = ()) -> None:
        self.organs, self.equations = tuple(organs), list[Equation]()
        self._counts: Counter[str] = Counter()

    def input(self, one: Input) -> MathText:
        """Return the symbol of an input."""
        self._counts[one.name] += 1
        return MathText(symbol(one.name, self.organs))

    def constant(self, value: float) -> MathText:
        """Return a plain number with six digits."""
        number = f"<mn>{abs(value):.6g}</mn>"
        return MathText(f"<mo>−</mo>{number}", _SUM) if value < 0.0 else MathText(number)

    def call(self, call: Call, arguments: Sequence[MathText]) -> MathText:
        """Return an operation, its arguments in parentheses where they need them."""
        binding, least = self._bindings.get(call.operation, (_ATOM, (_CONDITION,) * len(arguments)))
        return MathText(self.forms[call.operation].format(*map(_enclose, arguments, least)), binding)

    def share(self, call: Call, text: MathText, readers: Sequence[Call]) -> MathText:
        """Return the symbol of an equation for what is read on other lines of the source than its own."""
        origin = call.origin()
        if call.operation in op.TRUTHS or all(reader.origin() == origin for reader in readers):
            return text
        self._counts[origin] += 1
        name = f"{origin}_{self._counts[origin]}".removesuffix("_1")
        left = symbol(name, self.organs)
        self.equations.append(Equation(name, left, text.text))
        return MathText(left)

    @staticmethod
    def equations_of(trace: Trace, organs: Sequence[str] = ()) -> tuple[list[Equation], dict[str, str]]:
        """Return the equations of a trace in their order, and what its results are, by name."""
        printer = EquationPrinter(organs)
        results = printer.texts(trace)
        return printer.equations, {name: result.text for name, result in results.items()}


def _enclose(one: MathText, least: int) -> str:
    return one.text if one.binding >= least else f"<mrow><mo>(</mo>{one.text}<mo>)</mo></mrow>"


def symbol(name: str, organs: Sequence[str]) -> str:
    """Return an identifier as a symbol: its words, with the organ that it belongs to as an index."""
    first, _, rest = name.partition("_")
    organ, _, inside = rest.partition("_")
    if inside and organ in organs:  # of an organ of a body
        first, rest = organ, inside
    if rest and first in organs:
        return f"<msub><mi>{_space(rest)}</mi><mi>{first}</mi></msub>"
    return f"<mi>{_space(name)}</mi>"


def _space(name: str) -> str:
    return escape(name.replace("_", " "))
