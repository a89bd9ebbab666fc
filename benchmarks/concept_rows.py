"""Rows of single concepts: the numbers that are shown, against the same numbers made by the plainest fast means."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.row import Benchmark

Pair = tuple[Callable[[], object], Callable[[], object]]


def scatter_of_many() -> Pair:
    """A million points of fifty columns: mean, scatter and axes chunk by chunk, against scikit-learn's fit."""
    from sklearn.decomposition import PCA
    from threadpoolctl import threadpool_limits

    from engine.classical.pca_data import eigen, scatter

    threadpool_limits(1)
    x = np.random.default_rng(7).standard_normal((1_000_000, 50))
    return lambda: eigen(scatter(x)[1]), lambda: PCA(svd_solver="covariance_eigh").fit(x)


def attention_heads() -> Pair:
    """Eight heads over 1024 tokens of 64 numbers with every weight kept, against the plain formula in torch."""
    import torch
    from threadpoolctl import threadpool_limits

    from engine.models.forward import causal, softmax

    rng = np.random.default_rng(7)
    q, k, v = (rng.standard_normal((8, 1024, 64)).astype(np.float32) for _ in range(3))
    visible = causal(1024)

    def ours() -> object:
        weights = softmax(q @ k.swapaxes(1, 2) / np.float32(8.0), visible)
        return weights @ v, weights

    queries, keys, values = (torch.from_numpy(part) for part in (q, k, v))
    hidden = torch.from_numpy(~visible)
    torch.set_num_threads(1)
    threadpool_limits(1)

    def floor() -> object:
        weights = torch.softmax((queries @ keys.transpose(1, 2) / 8.0).masked_fill(hidden, -torch.inf), dim=-1)
        return weights @ values, weights

    return ours, floor


ROWS = (
    Benchmark("pca.million", scatter_of_many, 1.2, "10⁶ x 50: scatter and axes, against sklearn's covariance_eigh", 5),
    Benchmark("attention.heads", attention_heads, 1.2, "8 heads x 1024 x 64, every weight kept, against torch", 7),
)
