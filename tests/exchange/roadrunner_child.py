"""Runs SBML by libRoadRunner in a process of its own: its LLVM and Numba's do not live together in one."""

import json
import sys

import numpy as np
import roadrunner


def main():
    """Read text, times, states and starts as JSON, and print the states at the times from each start."""
    asked = json.load(sys.stdin)
    roadrunner.Config.setValue(roadrunner.Config.LLVM_BACKEND, roadrunner.Config.LLJIT)  # compiles faster
    model = roadrunner.RoadRunner(asked["text"])
    solver = model.getIntegrator()
    solver.absolute_tolerance, solver.relative_tolerance, solver.maximum_num_steps = 1e-12, 1e-10, 1_000_000
    model.timeCourseSelections = ["time", *asked["states"]]
    found = []
    for start in asked["starts"]:
        model.resetAll()  # when the next dose is due is a parameter, which `reset` leaves as it is
        for name, value in start.items():
            model[name] = value
        found.append(np.array(model.simulate(times=asked["times"]))[:, 1:].tolist())
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
