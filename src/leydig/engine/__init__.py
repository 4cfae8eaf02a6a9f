"""The engine: men, drugs and plans in, levels out, by name.

These names are its door, and the one way in for the rooms outside; what lies behind them may change at any time. Men
march by `Cohort`; a course is solved, and read again later, from its `Origin`; equations are written in another
language by a `Printer`, from what `trace_equations` records.
"""

from leydig.engine.closed_form import DrugLevels, drug_levels
from leydig.engine.cohort import Cohort, Levels
from leydig.engine.in_jax import solve_in_jax
from leydig.engine.origin import Origin
from leydig.engine.plan import plan_schedule
from leydig.engine.reference import reference_path
from leydig.engine.slopes import Gradient, gradient
from leydig.engine.solve import TOLERANCE, TOLERANCES, SolvePath, assemble_system
from leydig.engine.system import System
from leydig.engine.trace import operations
from leydig.engine.trace.printer import Printer
from leydig.engine.trace.tape import Call, Input
from leydig.engine.trace.tracer import leaf_ids, trace_equations
from leydig.engine.work import Work, plan_work

__all__ = ["TOLERANCE", "TOLERANCES", "Call", "Cohort", "DrugLevels", "Gradient", "Input", "Levels", "Origin",
           "Printer", "SolvePath", "System", "Work", "assemble_system", "drug_levels", "gradient", "leaf_ids",
           "operations", "plan_schedule", "plan_work", "reference_path", "solve_in_jax", "trace_equations"]  # fmt: skip
