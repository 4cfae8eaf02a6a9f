"""Germ cells: how long they take and how far that spreads, where they are lost, and what they rest on."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from leydig.body import Body
from leydig.body.spermatogenesis import EPIDIDYMAL_STAGES, HISTORY_STAGES, MEIOSIS, TESTICULAR_STAGES


def chain_rate(sperm, support):
    """Return the derivative of one vector of stages in testis and epididymis at a constant support."""
    history = (jnp.asarray(support),) * HISTORY_STAGES

    def rate(_, y):
        cells = tuple(y)
        chains = (cells[:TESTICULAR_STAGES], cells[TESTICULAR_STAGES:], history)
        found = sperm.stage_rates(chains, jnp.asarray(support), jnp.ones(()))
        return np.array([float(one) for part in found[:2] for one in part])

    return rate


def test_stem_cell_to_ejaculate_spreads_as_heavy_water_allows():
    days = np.linspace(0.0, 160.0, 641)
    cells = np.zeros(TESTICULAR_STAGES + EPIDIDYMAL_STAGES)
    rate = chain_rate(Body().spermatogenesis, 1.0)
    arrived = solve_ivp(rate, (0.0, 160.0), cells, t_eval=days, rtol=1e-8, atol=1e-10).y[-1]
    assert arrived[-1] == pytest.approx(1.0, abs=1e-4)
    density = np.diff(arrived)
    middle = (days[1:] + days[:-1]) / 2.0
    mean = (middle * density).sum()
    spread = np.sqrt(((middle - mean) ** 2 * density).sum())
    assert mean == pytest.approx(65.0, abs=0.5)  # 42 to 76 d in eleven men
    assert 9.0 < spread < 13.0


@pytest.mark.parametrize("support", [0.001, 0.2, 1.0, 1.1])
def test_what_is_lost_at_entry_in_meiosis_and_at_release_is_the_support(support):
    parts = Body().spermatogenesis.survival(jnp.asarray(support))
    assert float(parts[0] * parts[1] * parts[2]) == pytest.approx(support)
    assert all((float(part) < 1.0) == (support < 1.0) for part in parts if support != 1.0)


def test_a_loss_shows_first_where_it_is_nearest_to_release():
    sperm, rest = Body().spermatogenesis, np.ones(TESTICULAR_STAGES + EPIDIDYMAL_STAGES)
    falling = chain_rate(sperm, 0.2)(0.0, rest) < -1e-9
    assert [int(place) for place in np.flatnonzero(falling)] == [0, MEIOSIS, TESTICULAR_STAGES]
