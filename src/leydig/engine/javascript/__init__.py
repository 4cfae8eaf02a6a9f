"""The engine as one JavaScript program: the equations printed, the march and the planner in JavaScript beside them."""
