"""The step: an exponential Runge-Kutta method of fourth order, taken by all men together.

A state that decays fast on its own (LH, FSH, felt LH, testosterone, estradiol) is split as
``dy/dt = −λ·y + N(y)``. The first part is taken exactly through the functions ``φ_k(−λh)``, the rest by
four evaluations (Krogstad's scheme)::

    Y2 = e½·y + (h/2)·φ1½·N1                          N1 = N(y, start)
    Y3 = Y2 + h·φ2½·(N2 − N1)                         N2 = N(Y2, middle)
    Y4 = e·y + h·φ1·N1 + 2h·φ2·(N3 − N1)              N3 = N(Y3, middle)
    y' = e·y + h·[(φ1 − 3φ2 + 4φ3)N1 + (2φ2 − 4φ3)(N2 + N3) + (4φ3 − φ2)N4]      N4 = N(Y4, end)

For λ = 0 it is the classical Runge-Kutta method. This file holds both readers of the step: `march`,
plain numbers for the compiled kernel, and `scan`, the same arithmetic in JAX, which gradients use.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

__all__ = ["coefficients", "march", "scan", "step_weights"]

_TERMS = 18


def coefficients(z: Any, xp: Any = jnp) -> tuple[Any, Any, Any, Any]:
    """Return e^(−z), φ1(−z), φ2(−z), φ3(−z) for z ≥ 0, elementwise.

    Notes
    -----
    Below 1 the last is summed as a series and the others follow upwards, above 1 they follow downwards;
    both directions are stable where they are used.
    """
    small, large = xp.minimum(z, 1.0), xp.maximum(z, 1.0)
    term = xp.ones_like(z) / 6.0
    third = term
    for k in range(1, _TERMS):
        term = -term * small / (k + 3.0)
        third = third + term
    second = 0.5 - small * third
    first = 1.0 - small * second
    decay = xp.exp(-large)
    first_large = (1.0 - decay) / large
    second_large = (1.0 - first_large) / large
    third_large = (0.5 - second_large) / large
    below = z < 1.0
    return (
        xp.where(below, 1.0 - small * first, decay),
        xp.where(below, first, first_large),
        xp.where(below, second, second_large),
        xp.where(below, third, third_large),
    )


def march(theta, start, begin, weights, fades, lengths, length, doses, dose, givens, given, out, states, modes):  # type: ignore[no-untyped-def]
    """March every man through every step; compiled, with `prelude` and `rate` printed beside it.

    Parameters
    ----------
    theta : (man, parameter)
        Parameters of each man.
    start : (man, state)
        States at the first step.
    begin : (man, mode)
        Modes at the first step.
    weights : (man, length, 8, state)
        What `step_weights` gives, by step length.
    fades : (man, length, mode)
        What half a step leaves of each mode.
    lengths, length : (length,), (step,)
        Step lengths that occur [d], and which one each step has.
    doses, dose : (dose, mode), (step,)
        Amounts that may be added, and which one each step begins with; -1 for none.
    givens, given : (span, 3·drug), (step,)
        Infusions and pulses that occur, and which one each step has.
    out : (step + 1,)
        The row in which the state before each step is kept; -1 for none.
    states, modes : (man, out, state), (man, out, mode)
        Filled with the results.
    """
    men, n = start.shape
    m = fades.shape[2]
    N1, N2, N3, N4 = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    stage, level, middle, end = np.empty(n), np.empty(m), np.empty(m), np.empty(m)
    aux = np.empty(AUX)  # type: ignore[name-defined]
    for man in range(men):
        th, y = theta[man], start[man].copy()
        prelude(th, aux)  # type: ignore[name-defined]
        level[:] = begin[man]
        for i in range(length.shape[0] + 1):
            if out[i] >= 0:
                states[man, out[i]] = y
                modes[man, out[i]] = level
            if i == length.shape[0]:
                break
            h, w, fade, g = lengths[length[i]], weights[man, length[i]], fades[man, length[i]], givens[given[i]]
            if dose[i] >= 0:
                level += doses[dose[i]]
            for j in range(m):
                middle[j] = level[j] * fade[j]
                end[j] = middle[j] * fade[j]
            rate(y, level, g, th, aux, N1)  # type: ignore[name-defined]
            for j in range(n):
                N1[j] += w[7, j] * y[j]
                stage[j] = w[4, j] * y[j] + 0.5 * h * w[5, j] * N1[j]
            rate(stage, middle, g, th, aux, N2)  # type: ignore[name-defined]
            for j in range(n):
                N2[j] += w[7, j] * stage[j]
                stage[j] += h * w[6, j] * (N2[j] - N1[j])
            rate(stage, middle, g, th, aux, N3)  # type: ignore[name-defined]
            for j in range(n):
                N3[j] += w[7, j] * stage[j]
                stage[j] = w[0, j] * y[j] + h * (w[1, j] * N1[j] + 2.0 * w[2, j] * (N3[j] - N1[j]))
            rate(stage, end, g, th, aux, N4)  # type: ignore[name-defined]
            for j in range(n):
                N4[j] += w[7, j] * stage[j]
                a, b = w[2, j], 2.0 * w[3, j]
                y[j] = w[0, j] * y[j] + h * (
                    (w[1, j] - 3.0 * a + 2.0 * b) * N1[j]
                    + (2.0 * a - 2.0 * b) * (N2[j] + N3[j])
                    + (2.0 * b - a) * N4[j]
                )
            level[:] = end


def step_weights(rates: Any, lengths: Any, xp: Any = jnp) -> Any:
    """Return the eight rows of numbers a step needs, for every step length.

    Parameters
    ----------
    rates : (..., state)
        Own decay rates λ [1/d].
    lengths : (length,)
        Step lengths [d].

    Returns
    -------
    (..., length, 8, state)
        e, φ1, φ2, φ3 over a step, e, φ1, φ2 over half of it, and λ.
    """
    z = rates[..., None, :] * lengths[:, None]
    whole, half = coefficients(z, xp), coefficients(z / 2.0, xp)
    own = xp.broadcast_to(rates[..., None, :], z.shape)
    return xp.stack([*whole, *half[:3], own], axis=-2)


def scan(
    system: Any, state: Any, rates: Float[Array, " state"], decay: Float[Array, " mode"], plan: Any
) -> tuple[Float[Array, "out state"], Float[Array, "out mode"]]:
    """March one man through a plan in JAX, so that gradients flow.

    Parameters
    ----------
    system : System
    state : State
        Resting state.
    rates : Float[Array, " state"]
        Own decay rates of the flattened state [1/d].
    decay : Float[Array, " mode"]
        Decay rates of the modes [1/d].
    plan : Plan

    Returns
    -------
    states, modes : Float[Array, "out state"], Float[Array, "out mode"]
        At the times of the plan, before any dose of that moment.
    """
    start, unravel = ravel_pytree(state)
    lengths = jnp.asarray(plan.lengths)
    table = step_weights(rates, lengths)
    fades = jnp.exp(-decay * lengths[:, None] / 2.0)
    doses = jnp.concatenate([plan.doses, jnp.zeros((1, len(decay)))])

    def nonlinear(y: Any, level: Any, g: Any, own: Any) -> Any:
        derivative = system.rate(unravel(y), tuple(level), tuple(g))
        return ravel_pytree(derivative)[0] + own * y

    def one(carry: Any, now: Any) -> Any:
        (y, level), (which, dose, g) = carry, now
        before = (y, level)
        h, fade = lengths[which], fades[which]
        e, f1, f2, f3, eh, g1, g2, own = table[which]
        level = level + doses[dose]
        middle, end = level * fade, level * fade * fade
        N1 = nonlinear(y, level, g, own)
        Y2 = eh * y + 0.5 * h * g1 * N1
        N2 = nonlinear(Y2, middle, g, own)
        Y3 = Y2 + h * g2 * (N2 - N1)
        N3 = nonlinear(Y3, middle, g, own)
        N4 = nonlinear(e * y + h * (f1 * N1 + 2.0 * f2 * (N3 - N1)), end, g, own)
        y = e * y + h * ((f1 - 3.0 * f2 + 4.0 * f3) * N1 + (2.0 * f2 - 4.0 * f3) * (N2 + N3) + (4.0 * f3 - f2) * N4)
        return (y, end), before

    steps = (plan.length, plan.dose, jnp.asarray(plan.givens)[plan.given])
    last, kept = jax.lax.scan(one, (start, jnp.zeros_like(decay)), steps)
    states, modes = (jnp.concatenate([rows, end[None]]) for rows, end in zip(kept, last, strict=True))
    return states[plan.kept], modes[plan.kept]
