"""Exponentials and logarithms written out where they are read.

A call of ``Math.exp`` or ``Math.log`` costs more than its arithmetic, since everything that is at hand is put away for
it, and the derivative has 14 of them, most behind one another. Written out they are a table and a short series::

    e^x = 2^(n/256)·e^r           n the whole number next to 256·x/ln 2,   r = x − n·ln 2/256,   |r| < 0.0014
    ln x = e·ln 2 + ln c + ln(1 + r)    x = m·2^e, c the middle of that 1024th of [1, 2) in which m is,   |r| < 0.0005

with five terms each, and so right to the rounding of a few sums. What is too large, too small or no number is left to
``Math``.
"""

import re
from math import log

__all__ = ["ELEMENTARY_TABLES", "write_out"]

_PARTS, _PIECES = 256, 1024
_MIDDLE = 1024 * _PARTS  # added so that what is rounded down lies above 0; a power of 2 that B undoes
_EXPONENTIAL = (
    f"((q=@)*q<49e4?(q-=((i=q*{_PARTS / log(2.0)!r}+{_MIDDLE + 0.5}|0)-{_MIDDLE})*{log(2.0) / _PARTS!r},"
    f"X[i&{_PARTS - 1}]*B[i>>8]*(1+q+(z=q*q)*(.5+q*{1.0 / 6.0!r}+z*{1.0 / 24.0!r}))):exp(q))"
)
_LOGARITHM = (
    f"((D[0]=q=@)>1e-300&&q<1e300?(q=q*B[2047-(i=(j=W[1])>>>20)]*C[j=j>>>10&{_PIECES - 1}]-1,"
    f"L[j]+(i-1023)*{log(2.0)!r}+q+(z=q*q)*(q*{1.0 / 3.0!r}-.5-z*.25)):log(q))"
)
ELEMENTARY_TABLES = f"""const table=(length,value)=>Float64Array.from({{length}},(_,k)=>value(k));
const X=table({_PARTS},k=>2**(k/{_PARTS})),B=table(2048,k=>2**(k-1024)),C=table({_PIECES},k=>1/(1+(k+.5)/{_PIECES}));
const L=C.map(one=>-Math.log(one)),D=table(1,k=>k),W=new Uint32Array(D.buffer);"""


def write_out(body: str) -> str:
    """Return the body of a function with its exponentials and logarithms written out, which read `ELEMENTARY_TABLES`.

    Examples
    --------
    >>> write_out("o[0]=y0")
    'let q,i,j,z;o[0]=y0'
    >>> write_out("o[0]=exp(y0)").count("y0")
    1
    """
    return f"let q,i,j,z;{_replace_calls(body)}"


def _replace_calls(text: str) -> str:
    found = re.search(r"\b(exp|log)\(", text)
    if found is None:
        return text
    depth, end = 1, found.end()
    while depth:
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        end += 1
    form = _EXPONENTIAL if found[1] == "exp" else _LOGARITHM
    argument = _replace_calls(text[found.end() : end - 1])
    return f"{text[: found.start()]}{form.replace('@', argument)}{_replace_calls(text[end:])}"
