"""Typed formulas of any text: a function of arrays, or a sentence; nothing is ever evaluated as Python."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.core.expression import CONSTANTS, FUNCTIONS, parse
from engine.core.faults import BadInput

from .hostile import cases, is_a_sentence, texts

ATOMS = st.one_of(
    st.sampled_from(
        ["x", "y", *CONSTANTS, "1", "2.5", "1e308", ".5", "0", "10**400", "1j", "True", "None", "'a'", "z"]
    ),
    st.integers(0, 10**6).map(str),
)
FORMULAS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([*"+-*/^%", "**", "//", "@", "<", " if ", ","]), inner).map("".join),
        st.tuples(st.sampled_from([*FUNCTIONS, "eval", "x.real", "print", "min"]), inner).map(
            lambda p: f"{p[0]}({p[1]})"
        ),
        inner.map(lambda t: f"({t})"),
        inner.map(lambda t: f"-{t}"),
        inner.map(lambda t: f"[{t}]"),
        inner.map(lambda t: f"max({t},x)"),
    ),
    max_leaves=14,
)
TRICKS = [
    "(" * 190 + "x" + ")" * 190,
    "-" * 399 + "x",
    "x" + "**x" * 130,
    "9**9**9**9**9",
    "x if x else y",
    "lambda: x",
    "x:=1",
    "().__class__.__bases__",
    "sin(sin(sin(sin(x))))" * 9,
    "f'{x}'",
    "x\n+y",
    "\tx",
    "x;y",
    "x=1",
    "0/0",
    "log(0)",
    "−x",
    "x²",
    "ｘ",
    "x#",
    "\\",
    "x" * 400,
    "1" * 400,
    "1_0",
    "0o7",
    "sin (x)",
    "*x",
    "**x",
    "sin(*x)",
    "sin(x=1)",
    "not x",
    "~x",
    "x@y",
]


@given(
    text=st.one_of(FORMULAS, FORMULAS, texts, st.sampled_from(TRICKS)), size=st.sampled_from([(), (1,), (5,), (2, 3)])
)
@cases(2200)
def test_any_formula(text: str, size: tuple[int, ...]) -> None:
    try:
        function = parse(text, ("x", "y"))
    except BadInput as fault:
        is_a_sentence(fault, "f")
        return
    x, y = np.linspace(-2, 2, int(np.prod(size))).reshape(size), np.float64(0.5)
    found = function(x, y)
    assert np.shape(found) == size
    assert np.asarray(found).dtype.kind in "fiu"
    assert np.array_equal(found, function(x, y), equal_nan=True)
