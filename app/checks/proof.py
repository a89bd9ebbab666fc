"""The proof of an experiment: a comparison of metrics at its start and after its change, such as `ks[then] < ks[start]`."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from engine.core.faults import BadInput

Metrics = Mapping[str, Any]
CALLS: dict[str, Callable[..., Any]] = {"abs": abs, "min": min, "max": max, "log": math.log, "sqrt": math.sqrt}
BINARY: dict[type, Callable[[Any, Any], Any]] = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
                                                 ast.Div: operator.truediv, ast.Pow: operator.pow}
COMPARE: dict[type, Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Is: operator.is_, ast.IsNot: operator.is_not,
    ast.Eq: lambda a, b: _equal(a, b), ast.NotEq: lambda a, b: not _equal(a, b)}


def holds(proof: str, start: Metrics, then: Metrics) -> bool:
    """Whether the comparison is true of the two runs' last metrics; `==` of numbers allows for rounding (1e-9)."""
    try:
        tree = ast.parse(proof, mode="eval").body
        return bool(_value(tree, {"start": start, "then": then}, proof))
    except (SyntaxError, TypeError, ValueError, KeyError, ArithmeticError) as fault:
        raise BadInput(f"proof {proof!r} cannot be decided ({fault}); compare numbers such as ks[then] < ks[start]",
                       "bad_proof", proof=proof) from None


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, float | int) and isinstance(b, float | int):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
    return bool(a == b)


def _value(node: ast.expr, runs: dict[str, Metrics], proof: str) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Name) and node.slice.id in runs:
        return _metric(ast.unparse(node.value), runs[node.slice.id], proof)
    if isinstance(node, ast.Compare):
        sides = [_value(n, runs, proof) for n in (node.left, *node.comparators)]
        return all(COMPARE[type(o)](a, b) for o, a, b in zip(node.ops, sides, sides[1:], strict=False))
    if isinstance(node, ast.BoolOp):
        parts = [bool(_value(n, runs, proof)) for n in node.values]
        return all(parts) if isinstance(node.op, ast.And) else any(parts)
    if isinstance(node, ast.BinOp) and type(node.op) in BINARY:
        return BINARY[type(node.op)](_value(node.left, runs, proof), _value(node.right, runs, proof))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        inner = _value(node.operand, runs, proof)
        return -inner if isinstance(node.op, ast.USub) else not inner
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS and not node.keywords:
        return CALLS[node.func.id](*(_value(a, runs, proof) for a in node.args))
    raise BadInput(f"proof {proof!r}: {ast.unparse(node)} is not allowed; use metric[start], metric[then], numbers and "
                   "comparisons", "bad_proof", proof=proof)


def _metric(name: str, metrics: Metrics, proof: str) -> Any:
    if name not in metrics:
        raise BadInput(f"proof {proof!r}: {name} is no metric; the metrics are {', '.join(metrics)}", "bad_proof",
                       proof=proof)
    return metrics[name]
