"""Where tensors live: nothing of the decoder is made on the CPU by default, and CUDA, where there is one, agrees with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.core.device import cuda_titles
from engine.models import stories
from engine.models.weights import POSITIONS, Config, initial

SMALL = {"hidden": 32, "layers": 2, "heads": 4, "inner": 48, "context": 24}
TEXTS = stories.sequences(4, 25, 3)
CUDA = pytest.mark.skipif(not cuda_titles(), reason="this machine has no CUDA device that torch can use")
AGREE = 2e-4            # nats: float32 sums in another order, through ten steps of AdamW at the recipe's rate


def config(positions: str) -> Config:
    return Config(len(stories.VOCABULARY), **SMALL, positions=positions)


@pytest.mark.parametrize("positions", POSITIONS)
def test_every_tensor_follows_the_decoder(positions: str) -> None:
    """On the meta device a tensor that was made elsewhere cannot be added: forwards, loss and backwards all stay there."""
    from engine.models.decoder import loss_of, made

    model = made(initial(config(positions), 7), device="meta")
    loss = loss_of(model, *TEXTS)
    loss.backward()
    assert loss.device.type == "meta"
    assert {p.device.type for p in model.parameters()} == {p.grad.device.type for p in model.parameters()} == {"meta"}


def test_the_test_of_devices_can_fail() -> None:
    """A table that forgot its device is noticed."""
    import torch

    from engine.models import decoder

    model = decoder.made(initial(config("sinusoidal"), 7), device="meta")
    kept = decoder.waves
    decoder.waves = lambda size, length, base, like: torch.zeros(length, size)      # type: ignore[assignment]
    try:
        with pytest.raises(Exception, match=r"(?i)device"):
            decoder.loss_of(model, *TEXTS)
    finally:
        decoder.waves = kept


@pytest.mark.parametrize("concept", ["attention"])
def test_the_panels_training_asks_for_the_runs_device(concept: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.core import build, iterate
    from engine.models import decoder
    from engine.transformer.attention import Params, attention

    asked: list[str] = []

    def training(*rest: Any, device: str = "cpu", **named: Any) -> Any:
        asked.append(device)
        return iter(())

    monkeypatch.setattr(decoder, "training", training)
    list(iterate(attention, build(Params, {"mode": "train", "train_steps": 20}), device="cuda:0"))
    assert asked == ["cuda:0"]


@CUDA
@pytest.mark.parametrize("positions", POSITIONS)
def test_cuda_trains_as_the_cpu_does(positions: str) -> None:
    from engine.models.decoder import Recipe, taken, training

    curves, ends = [], []
    for device in ("cpu", "cuda:0"):
        *_, last = found = list(training(Recipe(steps=10, batch=8), config(positions), device=device))
        curves.append([loss for _, loss, _ in found])
        ends.append(taken(last[2]))
    assert curves[0] == pytest.approx(curves[1], abs=AGREE)
    worst = max(float(np.abs(ends[0][name] - ends[1][name]).max()) for name in ends[0].arrays)
    assert worst < 5e-3             # AdamW turns the sign of a gradient near 0 into a whole step of 4e-5 to 4e-4


@CUDA
def test_cuda_reads_the_shipped_decoder_as_numpy_does() -> None:
    import torch

    from engine.models.decoder import made
    from engine.models.forward import forward
    from engine.models.weights import shipped

    ids = stories.held_out(2, 64)[0][:, :64]
    with torch.no_grad():
        theirs = made(shipped(), torch.float64, device="cuda:0")(torch.from_numpy(ids).to("cuda:0")).cpu().numpy()
    assert np.abs(forward(shipped(), ids).logits - theirs).max() < 1e-9
