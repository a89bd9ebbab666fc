"""The same adapters in peft, where it is installed: outputs, merging, DoRA, and the number of trained parameters."""

from typing import Any

import numpy as np
import pytest

from engine.core import Run, build
from engine.models.adapters import Adapter, merged
from engine.models.forward import forward
from engine.models.weights import shipped
from engine.tuning import texts
from engine.tuning.lora import Params

peft = pytest.importorskip("peft", reason="peft is a reference for this test alone")


@pytest.mark.parametrize("values", [
    {}, {"scaling": "rslora", "rank": 4, "alpha": 8.0}, {"targets": ["q", "k", "v", "o", "gate", "up", "down"], "rank": 2},
    {"dora": True}])
def test_peft_gives_the_same_logits_before_and_after_merging(values: dict[str, Any]) -> None:
    import torch

    from engine.models.decoder import made

    p = build(Params, {"initial": "both", **values}, settle=True)
    ours = p.beginning(Run(p))
    rng = np.random.default_rng(4)
    if p.dora:
        ours = {n: Adapter(a.a, a.b, a.scale, a.lengths * rng.uniform(0.8, 1.2, len(a.lengths))) for n, a in ours.items()}
    config = peft.LoraConfig(r=p.rank, lora_alpha=p.alpha, use_rslora=p.scaling == "rslora", use_dora=p.dora, lora_dropout=0.0,
                             target_modules=[f"{name}_proj" for name in p.targets.names])
    theirs = peft.get_peft_model(made(shipped(), dtype=torch.float64), config).double()
    with torch.no_grad():
        for name, a in ours.items():
            layer = theirs.base_model.model.get_submodule(name.removesuffix(".weight"))
            layer.lora_A["default"].weight.copy_(torch.tensor(a.a))
            layer.lora_B["default"].weight.copy_(torch.tensor(a.b))
            if p.dora:
                layer.lora_magnitude_vector["default"].weight.copy_(torch.tensor(a.lengths))
        ids = texts.second_task("backwards")[:2]
        wanted = forward(merged(shipped(), ours), ids).logits
        assert theirs(torch.from_numpy(ids)).numpy() == pytest.approx(wanted, abs=1e-9)
        count = theirs.get_nb_trainable_parameters()[0]
        assert theirs.merge_and_unload()(torch.from_numpy(ids)).numpy() == pytest.approx(wanted, abs=1e-9)
    assert count == sum(a.a.size + a.b.size + a.lengths.size for a in ours.values())
