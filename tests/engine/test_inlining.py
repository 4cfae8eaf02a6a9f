"""Lines that are read once stand where they are read: the same operations in the same order."""

import math

import pytest

from leydig.engine.javascript.inlining import inline_lines


def value(lines, results, inputs):
    """Return results of lines as Python works them out; the few that only JavaScript has are left to node."""
    known = {"exp": math.exp, **inputs}
    for name, text in lines.items():
        known[name] = eval(text, {}, known)
    return [eval(text, {}, known) for text in results]


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        ({"v0": "y0+y1", "v1": "v0*y2"}, "(y0+y1)*y2"),
        ({"v0": "y0+y1", "v1": "v0+y2"}, "y0+y1+y2"),
        ({"v0": "y0+y1", "v1": "y2+v0"}, "y2+(y0+y1)"),  # sums keep their order
        ({"v0": "y0*y1", "v1": "y2-v0"}, "y2-y0*y1"),
        ({"v0": "y0/y1", "v1": "y2/v0"}, "y2/(y0/y1)"),
        ({"v0": "-y0", "v1": "y1-v0", "v2": "v1*y2"}, "(y1-(-y0))*y2"),
        ({"v0": "(-0.5)*y0", "v1": "exp(v0)", "v2": "y1-v1", "v3": "v2/y2"}, "(y1-exp((-0.5)*y0))/y2"),
        ({"v0": "y0*1e-5", "v1": "v0*y1", "v2": "y2/v1"}, "y2/(y0*1e-5*y1)"),
    ],
)
def test_a_line_that_is_read_once_stands_in_its_place(lines, joined):
    last, reads = [*lines][-1], {name: name for name in ("y0", "y1", "y2") if name in " ".join(lines.values())}
    left, (text,) = inline_lines(lines, [last], {})
    assert (left, text) == ({}, joined)
    inputs = dict(zip(reads, (0.37, 1.91, -2.3), strict=False))
    assert value({}, [text], inputs) == value(lines, [last], inputs)


def test_a_choice_and_a_line_that_is_read_twice_keep_their_bounds():
    lines = {"v0": "y0<y1", "v1": "v0?y0:y1", "v2": "v1*y2", "v3": "v2+v2"}
    left, results = inline_lines(lines, ["v3"], {"y0": "y[0]", "y1": "y[1]", "y2": "y[7]"})
    assert left == {"y0": "y[0]", "y1": "y[1]", "v2": "(y0<y1?y0:y1)*y[7]"} and results == ["v2+v2"]
