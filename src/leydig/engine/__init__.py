"""The engine: men, drugs and plans in, levels out, by name.

These names are its door, and the one way in for the rooms outside; what lies behind them may change at any time. Men
march by `Cohort`; a course is solved, and read again later, from its `Origin`.

Equations are written in another language in three steps: `flatten_equations` gives them as functions of lists of
numbers, `trace_groups` records such a function as a list of operations (`trace_equations` a function of any tree), and
a subclass of `LinePrinter` (programs) or `Printer` (formulas) writes the list. What each has to say stands in
`leydig.engine.trace.printer`. `print_javascript` gives the whole engine as a script, for pages that run in a browser.

Inside, from equations to levels: `system` is a man's body with his drugs, and `equations` writes it as functions of
lists. `trace` records and prints these, `kernel` compiles what is printed and marches eight men at a time, by the
`step` and along the `plan` of each. `solve` has it march any number of men and looks at how exact each came out;
`reference` is the second solver, `in_jax` the one that JAX sees through, `slopes` gives exact gradients, `closed_form`
the levels of drugs, `steady` where they have been given for ever. `origin` and `cohort` say what there is to solve:
once and again later, and ever further on.
"""

from leydig.engine.closed_form import DrugLevels, drug_levels
from leydig.engine.cohort import Cohort, Levels
from leydig.engine.equations import FlatEquations, flatten_equations, read_states
from leydig.engine.in_jax import solve_in_jax
from leydig.engine.javascript.program import JavaScriptEngine, print_javascript
from leydig.engine.origin import Origin, Work, plan_work
from leydig.engine.plan import plan_schedule
from leydig.engine.reference import reference_path
from leydig.engine.slopes import Gradient, gradient
from leydig.engine.solve import TOLERANCE, TOLERANCES, Numbers, SolvePath, assemble_system, flat_numbers
from leydig.engine.system import System
from leydig.engine.trace import operations
from leydig.engine.trace.lines import LinePrinter, Program
from leydig.engine.trace.printer import Printer
from leydig.engine.trace.tape import Call, Constant, Input, Trace
from leydig.engine.trace.tracer import leaf_ids, trace_equations, trace_groups

__all__ = [
    "TOLERANCE", "TOLERANCES", "Call", "Cohort", "Constant", "DrugLevels", "FlatEquations", "Gradient", "Input",
    "JavaScriptEngine", "Levels", "LinePrinter", "Numbers", "Origin", "Printer", "Program", "SolvePath", "System",
    "Trace", "Work", "assemble_system", "drug_levels", "flat_numbers", "flatten_equations", "gradient", "leaf_ids",
    "operations", "plan_schedule", "plan_work", "print_javascript", "read_states", "reference_path", "solve_in_jax",
    "trace_equations", "trace_groups",
]  # fmt: skip
