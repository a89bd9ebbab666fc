"""The same tuning on CUDA, where there is one: steps, losses and logits agree with the CPU within the tolerances stated."""

import numpy as np
import pytest

from engine.core import Run, build
from engine.core.device import cuda_titles
from engine.models.weights import shipped
from engine.tuning import texts
from engine.tuning.lora import Params

pytestmark = pytest.mark.skipif(not cuda_titles(), reason="there is no CUDA device here")
EXACT = 1e-8            # float64: sums in another order, carried through three steps of Adam


@pytest.mark.parametrize("dora", [False, True])
def test_three_steps_in_double_precision_agree(dora: bool) -> None:
    from engine.models.tuners import FullTuner, LoraTuner

    p = build(Params, {"dora": dora, "rank": 4}, settle=True)
    begun, found = p.beginning(Run(p)), []
    for device in ("cpu", "cuda:0"):
        tuner, full = LoraTuner(shipped(), [begun], device=device), FullTuner(shipped(), device=device)
        for step in range(3):
            for one, rates in ((tuner, (0.005, 0.005)), (full, (0.001,))):
                one.slopes(p.batch_at(step))
                one.step(*rates)
        read = texts.second_task(p.task)
        assert {w.device.type for w in (*tuner.w.values(), *full.w.values())} == {device.partition(":")[0]}
        found.append((np.concatenate([x.ravel() for a in tuner.adapters().values() for x in (a.a, a.b, a.lengths)]),
                      tuner.probe(read[:2]), tuner.read(*texts.first_task()), full.read(read)))
    for ours, theirs in zip(*found, strict=True):
        assert theirs == pytest.approx(ours, abs=EXACT, rel=EXACT)
