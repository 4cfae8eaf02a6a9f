"""The kernel's language: Python over the lanes of `leydig.engine.kernel.simd`, and over plain numbers alike."""

from leydig.engine.trace import operations as op
from leydig.engine.trace.lines import LinePrinter

__all__ = ["LanePrinter"]


class LanePrinter(LinePrinter):
    """Prints the kernel; its functions are those of `leydig.engine.kernel.simd`."""

    language = "the kernel"
    line = "{} = {}"
    forms = {
        op.ADD: "{} + {}",
        op.SUBTRACT: "{} - {}",
        op.MULTIPLY: "{} * {}",
        op.DIVIDE: "{} / {}",
        op.MAXIMUM: "maximum({}, {})",
        op.MINIMUM: "minimum({}, {})",
        op.NEGATE: "-{}",
        op.EXPONENTIAL: "exp({})",
        op.LOGARITHM: "log({})",
        op.SQUARE_ROOT: "sqrt({})",
        op.LESS: "{} < {}",
        op.LESS_EQUAL: "{} <= {}",
        op.GREATER: "{} > {}",
        op.GREATER_EQUAL: "{} >= {}",
        op.EQUAL: "equal({}, {})",
        op.NOT_EQUAL: "not_equal({}, {})",
        op.WHERE: "where({}, {}, {})",
    }

    def constant(self, value: float) -> str:
        """Return a number with all its digits."""
        return repr(value)
