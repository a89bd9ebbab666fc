"""Attention itself: published cases, torch over random shapes and masks, and rows that see nothing."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core import Array
from engine.models.dot_product import (
    additive,
    attend,
    causal,
    entropies,
    prefixed,
    products,
    slopes,
    softmax,
    unpadded,
    windowed,
)

CASES = json.loads((Path(__file__).parents[1] / "transformer" / "attention_cases.json").read_text(encoding="utf-8"))
ATTENTION = CASES["transformer.attention"]


def arrays(values: dict[str, Any], *names: str) -> list[Array]:
    return [np.array(values[name], float) for name in names]


def close(ours: Array, wanted: Any, tolerance: float) -> None:
    theirs = np.array(wanted, float)
    assert ours.shape == theirs.shape
    assert np.allclose(ours, theirs, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("case", ATTENTION, ids=[case["name"] for case in ATTENTION])
def test_cases_computed_elsewhere(case: dict[str, Any]) -> None:
    given_, wanted, tolerance = case["inputs"], case["expected"], case["tolerance"]
    q, k, v = arrays(given_, "Q", "K", "V")
    if "Wq" in given_:
        scores = additive(q, k, *arrays(given_, "Wq", "Wk", "v_vector"))
        weights, output = softmax(scores), softmax(scores) @ v
    else:
        visible = np.array(given_["mask_true_is_visible"], bool) if "mask_true_is_visible" in given_ else None
        visible = causal(len(q), len(k)) if given_.get("causal") else visible
        divisor = 1 / given_["scale"] if "scale" in given_ else None
        found = attend(q, k, v, visible, divisor=divisor)
        weights, output, scores = found.weights, found.output, found.scores / (divisor or 1.0)
        scores = scores if visible is None else np.where(visible, scores, -np.inf)
    close(output, wanted["output"], tolerance)
    for name, ours in (("weights", weights), ("scores", scores)):
        if name in wanted:
            close(ours, wanted[name], tolerance)
    if "row_entropy_nats" in wanted:
        close(entropies(weights), wanted["row_entropy_nats"], tolerance)
    if "dQ" in wanted:
        back = slopes(q, k, v, weights, np.array(given_["upstream_gradient"]), divisor=divisor)
        for ours, name in ((back.q, "dQ"), (back.k, "dK"), (back.v, "dV"), (back.fits, "dS_after_scale")):
            close(ours, wanted[name], tolerance)


@pytest.mark.parametrize("case", CASES["transformer.gqa"], ids=lambda case: case["name"])
def test_shared_keys_and_values(case: dict[str, Any]) -> None:
    q, k, v = arrays(case["inputs"], "Q_heads", "K_heads", "V_heads")
    found = attend(q, k, v, causal(q.shape[1]) if case["inputs"]["causal"] else None)
    close(found.output, case["expected"]["output"], case["tolerance"])
    close(found.weights, case["expected"]["weights"], case["tolerance"])


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_shape_as_torch_has_it_forwards_and_backwards(data: st.DataObject) -> None:
    """Heads that share keys, as many keys as one likes, values of another width, and rows that see nothing at all."""
    import torch

    groups, each, batch = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3)), data.draw(st.integers(1, 2))
    n, m, d, e = (data.draw(st.integers(1, 7)) for _ in range(4))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**31)))
    q, k, v = (rng.standard_normal(shape) * 3 for shape in
               ((batch, groups * each, n, d), (batch, groups, m, d), (batch, groups, m, e)))
    visible, upstream = rng.random((n, m)) < 0.6, rng.standard_normal((batch, groups * each, n, e))
    divisor = data.draw(st.floats(0.2, 20))
    found = attend(q, k, v, visible, divisor=divisor)
    back = slopes(q, k, v, found.weights, upstream, divisor=divisor)
    tq, tk, tv = (torch.tensor(x, requires_grad=True) for x in (q, k, v))
    some = torch.tensor(visible.any(axis=1))
    seen = torch.tensor(visible) | ~some[:, None]               # torch's rows that see nothing are not defined: cut after it
    theirs = torch.nn.functional.scaled_dot_product_attention(tq, tk, tv, attn_mask=seen, scale=1 / divisor, enable_gqa=True)
    theirs = theirs * some[:, None]
    theirs.backward(torch.tensor(upstream))
    assert np.abs(found.output - theirs.detach().numpy()).max() < 1e-9
    assert np.abs(found.weights.sum(axis=-1) - visible.any(axis=1)).max() < 1e-12
    for ours, tensor in ((back.q, tq), (back.k, tk), (back.v, tv)):
        assert np.abs(ours - tensor.grad.numpy()).max() < 1e-9


def test_a_bias_is_added_after_the_division() -> None:
    q, k, v = np.ones((2, 4)), np.ones((3, 4)), np.eye(3)
    bias = np.log([[1.0, 2.0, 5.0], [1.0, 1.0, 2.0]])
    assert attend(q, k, v, bias=bias).output == pytest.approx(np.array([[0.125, 0.25, 0.625], [0.25, 0.25, 0.5]]))


def test_masks_by_hand() -> None:
    assert causal(2, 4, before=2).astype(int).tolist() == [[1, 1, 1, 0], [1, 1, 1, 1]]
    assert windowed(3, 2).astype(int).tolist() == [[1, 0, 0], [1, 1, 0], [0, 1, 1]]
    assert prefixed(3, 2).astype(int).tolist() == [[1, 1, 0], [1, 1, 0], [1, 1, 1]]
    assert unpadded(3, 1).astype(int).tolist() == [[0, 0, 0], [0, 1, 0], [0, 1, 1]]


def test_softmax_of_huge_and_of_equal_scores() -> None:
    assert softmax(np.array([[1e4, -1e4, 1e4]])).tolist() == [[0.5, 0.0, 0.5]]
    assert entropies(softmax(np.zeros((1, 8))))[0] == pytest.approx(math.log(8))
    assert entropies(np.zeros((1, 3)))[0] == 0


def test_work_of_a_square_and_of_a_triangle() -> None:
    assert products(10 * 10, 16) == 4 * 10**2 * 16
    assert products(55, 16) * 2 - products(10, 16) == products(100, 16)
