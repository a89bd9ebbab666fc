"""What is thrown at the program: values of every JSON type and none, words, tables and damaged bytes."""

from __future__ import annotations

import functools
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, cast

from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from engine.core.faults import LoupeError
from engine.core.params import Parameter
from engine.core.structured import Columns, note_of

LONGEST = 700  # characters of a sentence, whatever was given
SECONDS = 5
RAN: Counter[str] = Counter()  # by a test's name
# FUZZ_SEED=7 FUZZ_TIMES=20 pytest tests/fuzz: other cases than continuous integration's, and twenty times as many
SEED = int(os.environ["FUZZ_SEED"]) if os.environ.get("FUZZ_SEED") else None
TIMES = float(os.environ.get("FUZZ_TIMES", "1"))


def cases(count: int) -> Any:
    """So many cases, the same in every run, none longer than five seconds; how many really ran is kept in `RAN`."""
    allowed = settings(
        max_examples=max(1, int(count * TIMES)),
        derandomize=SEED is None,
        database=None,
        deadline=timedelta(seconds=SECONDS),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )

    def guarded(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def counted(*values: Any, **named: Any) -> None:
            with no_longer_than(SECONDS):
                test(*values, **named)
            RAN[test.__name__] += 1

        counted.declared = allowed.max_examples  # type: ignore[attr-defined]
        return cast("Callable[..., None]", allowed(counted if SEED is None else seed(SEED)(counted)))

    return guarded


class Hang(BaseException):
    """A case took too long; no `except Exception` on its way takes this for something else."""


@contextmanager
def no_longer_than(seconds: float) -> Iterator[None]:
    """Ends what is in the block with Hang where it does not end by itself (POSIX, in the main thread)."""
    if os.name != "posix" or threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: Any) -> None:
        raise Hang(f"more than {seconds} seconds")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def is_a_sentence(fault: LoupeError, name: str = "") -> None:
    """A fault says something, in one line of bounded length, and names what it is about."""
    said = " ".join(fault.message.split())
    assert said
    assert len(said) <= LONGEST, said
    assert name in said, said


TRICKS = [
    "",
    " ",
    "nan",
    "NaN",
    "inf",
    "-inf",
    "1e999",
    "0x10",
    "1_000",
    "١٢",
    "½",
    "−1",
    "true",
    "null",
    "[]",
    "{}",
    "[[]]",
    '{"a": 1}',
    "[[1,2],[3]]",
    "'; drop table",
    "__import__('os')",
    "../../etc/passwd",
    "/etc/passwd",
    "/dev/null",
    ".",
    "~",
    "~nobodyknows",
    "@/dev/null",
    "@",
    "@.",
    "a\0b",
    "\ud800",
    "\u202eabc",
    "😀" * 50,
    "x" * 5000,
    "=",
    "==",
    "n=1",
    "9" * 5000,
    "[" * 3000,
    "%s%n",
    "$HOME",
    "\\",
    "\x1b[31m",
    "中文",
    "null\n",
    "1e400",
    "1" + "0" * 400,
]
texts: SearchStrategy[str] = st.one_of(
    st.sampled_from(TRICKS), st.text(max_size=30), st.text("0123456789.,-+eE[]{}\"'xy ()*/", max_size=40)
)
numbers: SearchStrategy[int | float] = st.one_of(
    st.integers(),
    st.floats(),
    st.sampled_from(
        [
            0,
            -1,
            1,
            2**31,
            2**63,
            2**64,
            10**400,
            -(10**400),
            10**4000,
            1e308,
            5e-324,
            -0.0,
            float("nan"),
            float("inf"),
            0.5,
        ]
    ),
)
values: SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
    max_leaves=8,
)


def proper(spec: Parameter) -> SearchStrategy[Any]:
    """Values that the declaration seems to allow, and some just beyond."""
    if spec.type in ("int", "seed"):
        assert spec.min is not None and spec.max is not None
        return st.integers(int(spec.min) - 1, int(spec.max) + 1)
    if spec.type == "float":
        assert spec.min is not None and spec.max is not None
        return st.floats(spec.min, spec.max)
    if spec.type == "bool":
        return st.booleans()
    if spec.type in ("choice", "source"):
        return st.sampled_from([*spec.choices, ""]) if spec.choices else texts
    if spec.type == "flags":
        return st.lists(st.sampled_from([*spec.choices, "none"]), max_size=4)
    if spec.type == "expression":
        return st.sampled_from(["x**2", "sin(3*x)+y", "x*", "1/x", "x^y", "exp(exp(x))"])
    if spec.type == "table":
        columns = note_of(spec.notes, Columns) or Columns()
        row = st.tuples(
            *[
                st.one_of(st.integers(-1, 50), st.floats(0, 9), st.sampled_from(["A", "17/3", "", "1/0"]))
                for _ in columns.names
            ]
        )
        return st.lists(row.map(list), max_size=4)
    if spec.type == "layers":
        return st.lists(st.integers(-1, 5000), max_size=5)
    if spec.type in ("points", "matrix", "mask"):
        return st.lists(
            st.lists(st.one_of(st.integers(-3, 3), st.floats(-3, 3), st.booleans()), min_size=1, max_size=4), max_size=5
        )
    return st.text(max_size=40)


def given_to(spec: Parameter) -> SearchStrategy[Any]:
    """Mostly what fits the declaration, sometimes anything."""
    return st.one_of(proper(spec), proper(spec), values)


damage: SearchStrategy[list[tuple[str, int, bytes]]] = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "put", "drop", "twice"]),
        st.integers(0, 1_000_000),
        st.binary(min_size=1, max_size=9),
    ),
    min_size=1,
    max_size=5,
)


def damaged(content: bytes, how: list[tuple[str, int, bytes]]) -> bytes:
    """The bytes with these damages done to them, one after the other."""
    for kind, number, extra in how:
        at = number % (len(content) + 1)
        if kind == "flip" and content:
            at = min(at, len(content) - 1)
            content = content[:at] + bytes([content[at] ^ extra[0]]) + content[at + 1 :]
        elif kind == "cut":
            content = content[:at]
        elif kind == "put":
            content = content[:at] + extra + content[at:]
        elif kind == "drop":
            content = content[:at] + content[at + len(extra) :]
        elif kind == "twice":
            content = content[:at] + content[max(0, at - 40) :]
    return content
