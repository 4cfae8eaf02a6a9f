"""What the script works out in its own way, against Python: exponentials, logarithms, a step's numbers and a chain's."""

import numpy as np
import pytest
from node import run_node

from leydig import kinetics
from leydig.engine import print_javascript, step
from leydig.engine.javascript.elementary import ELEMENTARY_TABLES, write_out
from leydig.engine.javascript.unrolling import unroll_loops


def test_written_out_exponentials_and_logarithms_are_those_of_python(tmp_path):
    odd = [0.0, -1.0, 1e-310, 1e301, 800.0, -800.0, 1.0, 1.0 - 1e-12, 2.0 - 1e-15]
    numbers = [*np.linspace(-690.0, 690.0, 4001), *np.geomspace(1e-299, 1e299, 4001), *np.linspace(0.9, 1.1, 801), *odd]
    script = f"""{ELEMENTARY_TABLES} const {{exp,log}}=Math;
    function both(y){{{write_out("return [exp(y),log(y)]")}}}
    const answer = ys => ys.map(y => both(y).map(one => Number.isFinite(one) ? one : `${{one}}`));"""
    found = run_node(tmp_path, script, numbers)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        truth = np.stack([np.exp(numbers), np.log(numbers)], axis=1)
    found = np.array(found, dtype=float)  # "Infinity" and "NaN" are numbers to Python
    np.testing.assert_allclose(found[:, 0], truth[:, 0], rtol=5e-13)  # 690 has no more digits behind its point
    usual = np.abs(numbers) < 30.0
    np.testing.assert_allclose(found[usual, 0], truth[usual, 0], rtol=2e-14)
    np.testing.assert_allclose(found[:, 1], truth[:, 1], rtol=1e-15, atol=3e-16)


def test_a_steps_numbers_and_a_chains_are_those_of_python_at_every_length(tmp_path):
    text = print_javascript().text
    inside = text.replace("globalThis.leydig={", "globalThis.leydig={coefficients,propagator,LENGTH,")
    answer = """const answer = ({ lengths, rates, chains }) => lengths.map(h => {
      const { coefficients, propagator, LENGTH } = leydig, w = new Float64Array(LENGTH + 2);
      w[LENGTH] = h;
      return [rates.map((_, p) => { coefficients(rates, p, w, 0); return [...w.subarray(0, 7)]; }),
        chains.map(rates => { const share = new Float64Array(rates.length ** 2); propagator({ rates, share }, w); return [...share]; })];
    });"""
    lengths, rates = [1e-7, 1e-4, 3e-3, 0.0333, 0.04, 0.08, 0.125], [0.5, 2.9, 12.0, 24.0, 390.0]
    chains = [[0.2], [24.0, 0.02], [0.5, 0.5], [3.0, 3.0 + 1e-9], [45.6, 0.14, 0.31], [190.0, 7.0, 7.0]]
    answers = run_node(tmp_path, inside + answer, {"lengths": lengths, "rates": rates, "chains": chains})
    for h, (found, shares) in zip(lengths, answers, strict=True):
        for rate, row in zip(rates, found, strict=True):
            numbers = step.coefficients(rate * h)
            np.testing.assert_allclose(row, numbers[:7], rtol=2e-13, atol=1e-16)
        for chain, share in zip(chains, shares, strict=True):
            truth = kinetics.propagator(chain, 0.5 * h, step.DRUG_DOUBLINGS)
            for i, line in enumerate(truth):
                np.testing.assert_allclose(share[i * len(chain) : i * len(chain) + i + 1], line, rtol=1e-11, atol=1e-18)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("for (const j of SLOW) y[j] = N[j];", "y[1] = N[1]; y[3] = N[3];"),
        (
            "for (const [p, q, j] of FAST) { w[q + 6] += own[p]; at(j); }",
            "{ w[6] += own[0]; at(0); } { w[13] += own[1]; at(2); }",
        ),
        ("for (const j of SLOW) x.j[j] = jj;", "x.j[1] = jj; x.j[3] = jj;"),
    ],
)
def test_loops_over_states_are_written_out(text, written):
    assert unroll_loops(f"a; {text} b;", [0, 2], [1, 3], 7) == f"a; {written} b;"


def test_what_is_written_out_reads_its_argument_once():
    text = write_out("o[0]=exp(t1*log(y0+exp(y1)))")
    assert (text.count("t1"), text.count("y0"), text.count("y1")) == (1, 1, 1)
    assert text.count("exp(q)") + text.count("log(q)") == 3
