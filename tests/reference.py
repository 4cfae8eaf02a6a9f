"""The second solution: an adaptive solver of SciPy on the same right-hand side.

Nothing of the production engine is used: pharmacokinetics are integrated as compartments instead of
being summed from modes, doses restart the solver, and the step is chosen by the solver's own error
estimate.
"""

import jax
import numpy as np
from jax.flatten_util import ravel_pytree
from scipy.integrate import solve_ivp

from leydig.drugs import DRUGS, Given, Mixture
from leydig.simulation.system import drugs_of


def compartments(drugs):
    """Return every chain with its level's name and its slice of the compartment vector."""
    here, found = 0, []
    for name, drug in drugs.items():
        for level, chain in drug.chains().items():
            n = len(chain.rates)
            found.append((name, level, np.array([float(rate) for rate in chain.rates]), float(chain.scale), here))
            here += n
    return found, here


def solve(man, regimen, times, tolerance=1e-10):
    """Return the flattened states at `times` [d], before any dose of that moment."""
    drugs = drugs_of(list(regimen.drugs))
    chains, size = compartments(drugs)
    frame = man.body.frame(man.bmi)
    y0, unravel = ravel_pytree(jax.tree.map(np.asarray, man.state))
    n = len(y0)

    @jax.jit
    def body_rate(y, levels, given):
        joint = None
        for place, drug in enumerate(drugs.values()):
            one = drug.action(levels, Given(*given[3 * place : 3 * place + 3]))
            joint = one if joint is None else joint + one
        from leydig.body.action import Action

        return ravel_pytree(man.body.rate(unravel(y), joint or Action(), frame))[0]

    schedule = regimen.schedule(times[-1])
    jumps = {}
    for name, (when, amounts) in schedule.doses.items():
        entry = DRUGS[name]
        parts = entry.parts() if isinstance(entry, Mixture) else {name: 1.0}
        for day, amount in zip(when, amounts, strict=True):
            for part, share in parts.items():
                jumps.setdefault(round(float(day), 10), []).append((part, float(amount) * float(share)))
    edges = {
        float(t) for spans in (*schedule.infusions.values(), *schedule.pulses.values()) for s in spans for t in s[:2]
    }
    stops = sorted({0.0, *jumps, *edges, *map(float, times)})
    stops = [stop for stop in stops if stop <= times[-1]]

    def given_at(day):
        row = np.tile([0.0, 0.0, 1.0], len(drugs))
        for place, name in enumerate(drugs):
            row[3 * place] = sum(s[2] for s in schedule.infusions.get(name, []) if s[0] <= day < s[1])
            for span in schedule.pulses.get(name, []):
                if span[0] <= day < span[1]:
                    row[3 * place + 1 : 3 * place + 3] = span[2:4]
        return row

    def rate(_, z, given):
        amounts, levels = z[n:], {}
        dz = np.empty_like(z)
        for _, level, rates, scale, here in chains:
            own = amounts[here : here + len(rates)]
            dz[n + here : n + here + len(rates)] = np.concatenate([[0.0], rates[:-1] * own[:-1]]) - rates * own
            levels[level] = scale * own[-1]
        dz[:n] = np.asarray(body_rate(z[:n], levels, given))
        return dz

    z = np.concatenate([np.asarray(y0), np.zeros(size)])
    kept = {}
    for start, stop in zip(stops, [*stops[1:], None], strict=True):
        kept[start] = z[:n].copy()
        for part, amount in jumps.get(round(start, 10), []):
            for name, _, _, _, here in chains:
                if name == part:
                    z[n + here] += amount
        if stop is None:
            break
        solved = solve_ivp(
            rate, (start, stop), z, method="LSODA", rtol=tolerance, atol=1e-13, args=(given_at((start + stop) / 2.0),)
        )
        assert solved.success, solved.message
        z = solved.y[:, -1]
    return np.array([kept[float(t)] for t in times])
