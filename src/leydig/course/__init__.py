"""The course: what a simulation returns, and how it is seen."""
