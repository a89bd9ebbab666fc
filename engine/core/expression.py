"""A typed formula becomes a function through a whitelist of the syntax tree, never through eval."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from engine.core.faults import BadInput

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "arcsin": np.arcsin, "arccos": np.arccos, "arctan": np.arctan,
    "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "exp": np.exp, "log": np.log, "log2": np.log2,
    "log10": np.log10, "sqrt": np.sqrt, "abs": np.abs, "sign": np.sign, "floor": np.floor, "ceil": np.ceil,
    "min": np.minimum, "max": np.maximum,
}
CONSTANTS = {"pi": float(np.pi), "e": float(np.e)}
BINARY: dict[type, Callable[..., Any]] = {ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply,
                                          ast.Div: np.divide, ast.Pow: np.power, ast.Mod: np.mod}
LONGEST = 400

Evaluate = Callable[[dict[str, Any]], Any]


@lru_cache(maxsize=256)
def parse(text: str, variables: tuple[str, ...], name: str = "f") -> Callable[..., Any]:
    """A function of the variables, in their order, over floats or float64 arrays.

    Raises BadInput that names the first thing not understood. `^` means power, as on paper.
    """
    body = formula(text, variables, name)

    def function(*values: Any) -> Any:
        scope = dict(zip(variables, (np.asarray(v, dtype=np.float64) for v in values), strict=True))
        with np.errstate(all="ignore"):
            found = body(scope)
        return np.broadcast_arrays(found, *scope.values())[0] if scope else found

    return function


@lru_cache(maxsize=256)
def formula(text: str, variables: tuple[str, ...], name: str = "f") -> Evaluate:
    """The formula over a scope {variable: value}, whose values may be anything that numpy's functions accept.

    Besides floats and arrays that is, for example, a number that carries its derivatives. Raises as `parse` does.
    """
    if len(text) > LONGEST:
        raise BadInput(f"{name}: {len(text)} characters, at most {LONGEST} are allowed", "too_long",
                       name=name, count=len(text), max=LONGEST)
    try:
        tree = ast.parse(text.strip().replace("^", "**").replace("−", "-"), mode="eval")
        return _build(tree.body, variables, name)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise BadInput(f"{name}={text[:60]}: is not a formula; write for example x**2 + sin(3*x)", "not_formula",
                       name=name, value=text[:60]) from None


def _build(node: ast.expr, variables: tuple[str, ...], name: str) -> Evaluate:
    if isinstance(node, ast.Constant):
        return _constant(node, name)
    if isinstance(node, ast.Name):
        return _name(node.id, variables, name)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        inner, minus = _build(node.operand, variables, name), isinstance(node.op, ast.USub)
        return lambda scope: np.negative(inner(scope)) if minus else inner(scope)
    if isinstance(node, ast.BinOp) and type(node.op) in BINARY:
        left, right = _build(node.left, variables, name), _build(node.right, variables, name)
        operator = BINARY[type(node.op)]
        return lambda scope: operator(left(scope), right(scope))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return _call(node.func.id, [_build(a, variables, name) for a in node.args], name)
    raise BadInput(f"{name}: only numbers, {', '.join(variables)}, + - * / ** and functions such as sin are allowed",
                   "not_allowed", name=name, variables=", ".join(variables))


def _constant(node: ast.Constant, name: str) -> Evaluate:
    if isinstance(node.value, bool) or not isinstance(node.value, int | float):
        raise BadInput(f"{name}: {node.value!r} is not a number", "not_number", name=name, value=str(node.value)[:40])
    try:
        value = np.float64(float(node.value))
    except OverflowError:
        raise BadInput(f"{name}: a number is too large", "too_large", name=name) from None
    return lambda scope: value


def _name(word: str, variables: tuple[str, ...], name: str) -> Evaluate:
    if word in variables:
        return lambda scope: scope[word]
    if word in CONSTANTS:
        value = np.float64(CONSTANTS[word])
        return lambda scope: value
    raise BadInput(f"{name}: {word} is unknown; the variables are {', '.join(variables)}", "unknown_name",
                   name=name, value=word, variables=", ".join(variables))


def _call(word: str, arguments: list[Evaluate], name: str) -> Evaluate:
    if word not in FUNCTIONS:
        raise BadInput(f"{name}: {word}() is unknown; known are {', '.join(FUNCTIONS)}", "unknown_function",
                       name=name, value=word, known=", ".join(FUNCTIONS))
    function, wanted = FUNCTIONS[word], 2 if word in ("min", "max") else 1
    if len(arguments) != wanted:
        raise BadInput(f"{name}: {word}() takes {wanted} value{'s' if wanted > 1 else ''}", "bad_call",
                       name=name, value=word, count=wanted)
    return lambda scope: function(*(a(scope) for a in arguments))
