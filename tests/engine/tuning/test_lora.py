"""LoRA: what a rank can and cannot do, merging, the arithmetic of published decoders, and that every number agrees with torch."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from engine.core import Run, Stepper, build, iterate
from engine.models.adapters import PARTS, PRECISIONS, Adapter, begun, merged, rounded, scale_of, stored
from engine.models.weights import shipped
from engine.tuning import texts
from engine.tuning.lora import Frame, Params, lora
from engine.tuning.lora_readings import amplification, compared, overlap
from engine.tuning.lora_sweeps import RANKS, SEEDS, best, swapped, swept, tuned
from engine.tuning.lora_view import arithmetic, places
from engine.tuning.sizes import MODELS, bill

SHORT = {"steps": 8, "batch": 2}


def frames(**values: Any) -> list[Frame]:
    return list(iterate(lora, build(Params, {**SHORT, **values}, settle=True)))


@pytest.mark.parametrize("values", [
    {}, {"rank": 1, "targets": list(PARTS)}, {"rank": 64, "scaling": "rslora"}, {"dora": True, "matrix": "q"},
    {"initial": "both", "blocks": "2"}, {"initial": "swapped", "task": "mirror", "b_times": 4.0},
    {"targets": ["gate", "up", "down"], "task": "cipher"}, {"mode": "count", "big": "gpt3", "dora": True},
])
def test_every_number_agrees_with_torch(values: dict[str, Any]) -> None:
    p = build(Params, {**SHORT, **values}, settle=True)
    found = lora.checks(p, list(iterate(lora, p)))
    assert found and not [c for c in found if not c.ok]


def test_the_proof_notices_wrong_numbers() -> None:
    p, kept = build(Params, SHORT, settle=True), frames()
    last = kept[-1]
    worse = dataclasses.replace(
        last, loss=last.loss * 1.001, full_loss=last.full_loss, slope_a=last.slope_a * 1.01, best_error=last.best_error + 1e-3,
        adapters=(dataclasses.replace(last.adapters[0], b=last.adapters[0].b + 1e-3), *last.adapters[1:]), trainable=8191)
    failed = {c.name for c in lora.checks(p, [kept[0], kept[1], worse]) if not c.ok}
    assert {"loss", "slope_a", "eckart_young", "trainable"} <= failed
    moved = dataclasses.replace(kept[2], adapters=(dataclasses.replace(kept[2].adapters[0], a=kept[2].adapters[0].a + 1e-3),
                                                   *kept[2].adapters[1:]), full_loss=kept[2].full_loss + 0.01)
    assert {"steps", "full_steps"} <= {c.name for c in lora.checks(p, [kept[0], kept[1], moved]) if not c.ok}


# how it begins -----------------------------------------------------------------------------------------------------------


def test_nothing_is_added_at_the_start_and_only_b_has_a_slope() -> None:
    first, second = frames()[:2]
    assert first.loss == pytest.approx(first.untouched) and first.rank_found == 0 and first.slope.values == (None, None)
    assert second.step == 0 and second.slope.values[0] == 0.0 and second.slope.values[1] > 1e-3
    assert second.loss == pytest.approx(first.loss, abs=1e-9)


def test_two_zeros_never_move() -> None:
    last = frames(initial="zeros")[-1]
    assert last.length == 0.0 and last.slope.values == (0.0, 0.0) and last.loss == pytest.approx(last.untouched, abs=1e-9)


def test_two_random_factors_disturb_the_decoder_at_once() -> None:
    assert frames(initial="both")[0].first > frames()[0].first + 0.1


@pytest.mark.parametrize("initial", ["uniform", "gaussian", "swapped", "zeros", "both"])
def test_beginnings_are_those_of_peft(initial: Any) -> None:
    made = begun(shipped()["model.layers.0.mlp.up_proj.weight"], 16, 1.0, initial, False, np.random.default_rng(0))
    assert made.a.shape == (16, 64) and made.b.shape == (172, 16)
    assert made.a.any() == (initial not in ("swapped", "zeros")) and made.b.any() == (initial in ("swapped", "both"))
    if initial == "uniform":
        assert np.abs(made.a).max() <= 1 / 8                            # Kaiming uniform with a = sqrt 5: 1 / sqrt(in)


# rank ----------------------------------------------------------------------------------------------------------------------


def test_rank_never_exceeds_r_and_dora_does() -> None:
    assert frames(rank=3)[-1].rank_found == 3
    assert frames(rank=3, dora=True)[-1].rank_found > 3


def test_eckart_young_is_attained_by_the_svd_alone() -> None:
    # reference case tuning.lora/09: torch.linalg.svdvals
    delta = np.array([[1.13, 1.86, -.8, .86, 1.06], [-1.48, -.14, 1.58, -.67, -1.02], [1.89, .52, -.43, -.02, -2.63],
                      [-.05, .71, 1.53, -.44, 0], [-1.1, -1.11, .99, .54, -.93], [-1.16, -1.64, .45, -1.07, -.44]])
    wanted = [6.129934747, 4.168237749, 2.599749581, 1.403098357, 0.6101604132, 0.0]
    for rank in range(1, 6):
        found = compared(np.eye(6, 5), delta, delta, rank)
        assert found["best_error"] == pytest.approx(wanted[rank], abs=1e-8)
        rng = np.random.default_rng(rank)
        for _ in range(20):
            other = rng.standard_normal((6, rank)) @ rng.standard_normal((rank, 5))
            assert np.linalg.norm(delta - other) >= wanted[rank]
    assert found["spectra"][0] == pytest.approx([4.494651719, 3.258144877, 2.188609807, 1.263482991, 0.6101604132], abs=1e-8)


def test_phi_is_one_for_the_same_directions_and_small_for_strangers() -> None:
    basis = np.linalg.qr(np.random.default_rng(1).standard_normal((64, 64)))[0]
    assert overlap(basis[:8], basis[:8])[-1, -1] == pytest.approx(1)
    assert overlap(basis[:8], basis[8:16]).max() < 1e-20
    assert overlap(basis[:2], basis[:5])[0] == pytest.approx([1, 1, 1, 1, 1])       # phi(1, j): the first lies in the first j


def test_amplification_of_a_scaled_matrix() -> None:
    w = np.diag([4.0, 3.0, 2.0, 1.0])
    assert amplification(w, 0.5 * np.diag([0, 0, 0, 1.0]), 1) == pytest.approx(0.5)
    assert amplification(w, np.zeros((4, 4)), 1) is None


# merging ------------------------------------------------------------------------------------------------------------------


def test_merged_rslora_is_pefts() -> None:
    # reference case tuning.lora/06: a layer of peft, use_rslora
    w = np.array([[.8, .17, .09, -.61], [.05, -1.37, .34, 1.01], [-1.44, .98, .52, 1.24]])
    one = Adapter(np.array([[-.08, .93, .82, .5], [-.16, -.68, -1.06, .75]]),
                  np.array([[.24, -.39], [.15, -1.18], [.53, -1.45]]), scale_of(8, 2, "rslora"), np.zeros(0))
    x, bias = np.array([[-.63, .15, -.25, .45], [.01, 1.34, 1.46, .44]]), np.array([-.86, .3, .42])
    wanted = np.array([[-2.67710223, -3.403124367, -2.400618303], [7.553696924, 15.88539852, 28.48090359]])
    assert one.scale == pytest.approx(5.656854249)
    assert x @ one.merged(w).T + bias == pytest.approx(wanted, abs=1e-8)
    assert x @ w.T + one.scale * (x @ one.a.T) @ one.b.T + bias == pytest.approx(wanted, abs=1e-8)
    assert one.product()[2] == pytest.approx([1.072539566, 8.36592175, 11.15305384, -4.65276262], abs=1e-8)


def test_taking_out_gives_w_back_in_double_precision_and_not_in_sixteen_bits() -> None:
    last = frames(learning_rate=0.02)[-1]
    gaps = dict(zip(PRECISIONS, last.gaps[1], strict=True))
    assert gaps["float64"] < 1e-15 < 1e-6 < gaps["float16"] < gaps["bfloat16"]
    assert last.merge_gap < 1e-10


def test_bfloat16_rounds_as_torch_does() -> None:
    import torch

    x = np.random.default_rng(2).standard_normal(4000)
    assert np.array_equal(rounded(x, "bfloat16"), torch.tensor(x).float().bfloat16().double().numpy())
    kept, inside, out = stored(x[None], Adapter(np.ones((1, 4000)), np.zeros((1, 1)), 1.0, np.zeros(0)), "float16")
    assert np.array_equal(kept, inside) and np.array_equal(kept, out)


def test_adapters_leave_other_matrices_alone() -> None:
    p = build(Params, {"initial": "both", "targets": ["q"], "blocks": "3"}, settle=True)
    new, old = merged(shipped(), p.beginning(Run(p))), shipped()
    assert [n for n in old.arrays if not np.array_equal(new[n], old[n])] == ["model.layers.2.self_attn.q_proj.weight"]


# training -----------------------------------------------------------------------------------------------------------------


def test_live_rates_take_effect_and_the_run_repeats() -> None:
    p = build(Params, {"steps": 8, "batch": 2}, settle=True)
    edited = list(Stepper(lora, p, edits=((2, "learning_rate", 0.05),)))
    again = list(Stepper(lora, p, edits=((2, "learning_rate", 0.05),)))
    plain = frames()
    assert edited[-1].loss == again[-1].loss != plain[-1].loss
    assert edited[1].loss == plain[1].loss and edited[-1].rate == 0.05


def test_members_do_not_disturb_each_other() -> None:
    p = build(Params, SHORT, settle=True)
    both, alone = tuned(p, Run(p), range(2), 4), tuned(p, Run(p), range(1, 2), 4)
    for name, one in alone.adapters().items():
        assert both.adapters(1)[name].b == pytest.approx(one.b, abs=2e-4)


@pytest.mark.slow
def test_forty_steps_learn_the_second_task_and_forget_some_of_the_first() -> None:
    last = frames(steps=40, batch=6)[-1]
    assert last.loss < last.untouched - 2.5 and last.full_loss < last.loss
    assert last.forgotten > 0.5 and last.kept == pytest.approx(frames()[0].first)


def test_texts_are_the_stories_told_in_another_way() -> None:
    for task in texts.TASKS:
        ids = texts.sequences(task, 3, 40, 5)
        assert ids.shape == (3, 40) and np.array_equal(ids, texts.sequences(task, 3, 40, 5))
        assert not np.array_equal(ids, texts.sequences(task, 3, 40, 6))
    assert len(set(texts.code())) == len(set(texts.code().values())) == len(texts.WORDS)
    assert texts.parts(["who", "had", "it", "?", "tom", "."]) == [["who", "had", "it"], ["?"], ["tom"], ["."]]


def test_losses_by_rank_fill_in_and_a_cut_to_full_rank_is_full_tuning() -> None:
    p = build(Params, {"steps": 4, "batch": 1, "beside": "ranks"}, settle=True)
    steps = list(swept(p, Run(p)))
    assert np.isfinite(steps[0].second).sum() == 2 and steps[-1].done == 1
    last = steps[-1]
    assert last.second.shape == (2, SEEDS, len(RANKS)) and np.isfinite(last.second).all()
    assert last.second[0, :, 0] == pytest.approx(last.second[1, :, 0], abs=1e-4)       # at r = 1 both scalings are one
    assert last.cut[-1] == pytest.approx(last.full, abs=1e-4)
    assert last.second[:, 1:].std(axis=1).max() > 1e-4                                  # seeds differ


def test_best_of_rank_r_has_rank_r() -> None:
    base = shipped()
    rng = np.random.default_rng(0)
    new = dataclasses.replace(base, arrays={n: w + rng.standard_normal(w.shape) for n, w in base.arrays.items()})
    name = "model.layers.1.mlp.down_proj.weight"
    assert np.linalg.matrix_rank(best(new, base, 5)[name] - base[name]) == 5


def test_swapping_leaves_the_first_column_untouched() -> None:
    p = build(Params, {"steps": 30, "batch": 4, "rank": 4}, settle=True)
    found = list(swapped(p, Run(p)))[-1].losses
    own = np.diag(found)[1:]
    assert (own < found[1:, 0]).all()                                   # each adapter helps with its own text
    assert found[0, 0] == pytest.approx(frames()[0].kept, abs=1e-4) and (found[0, 1:] > found[0, 0]).all()


# counting -----------------------------------------------------------------------------------------------------------------


def test_published_decoders_have_their_published_sizes() -> None:
    # the formula equals LlamaForCausalLM on the meta device; 175B is 174.6e9 number by number
    found = {name: sizes.parameters() for name, sizes in MODELS.items()}
    assert 174.5e9 < found.pop("gpt3") < 175.2e9
    assert found == {"7b": 6738415616, "13b": 13015864320, "70b": 68976648192, "llama3_8b": 8030261248}


@pytest.mark.parametrize(("targets", "counts"), [
    ("q", [2359296, 4718592, 9437184, 18874368, 37748736, 150994944]),
    ("qv", [4718592, 9437184, 18874368, 37748736, 75497472, 301989888]),
    ("qkvo", [9437184, 18874368, 37748736, 75497472, 150994944, 603979776])])
def test_gpt3_counts_are_those_of_table_four(targets: str, counts: list[int]) -> None:
    # reference case tuning.lora/00
    assert [bill(MODELS["gpt3"], tuple(targets), r).trainable for r in (1, 2, 4, 8, 16, 64)] == counts


@pytest.mark.parametrize(("targets", "rank", "trainable", "total", "share"), [
    ("q v", 1, 425984, 8030687232, 5.304452629e-05), ("q v", 8, 3407872, 8033669120, 0.0004241987004),
    ("q k v o", 8, 6815744, 8037076992, 0.0008480376643), ("q k v o", 64, 54525952, 8084787200, 0.006744265576),
    ("q k v o gate up down", 1, 2621440, 8032882688, 0.0003263386385),
    ("q k v o gate up down", 64, 167772160, 8198033408, 0.02046492758)])
def test_llama3_counts_are_pefts(targets: str, rank: int, trainable: int, total: int, share: float) -> None:
    # reference case tuning.lora/03: peft's get_nb_trainable_parameters
    found = bill(MODELS["llama3_8b"], tuple(targets.split()), rank)
    assert (found.trainable, found.total + found.trainable) == (trainable, total)
    assert found.share == pytest.approx(share, rel=1e-9)


def test_memory_is_that_of_mixed_precision_adam() -> None:
    # reference cases tuning.full_vs_efficient/00 and /03
    found = bill(MODELS["7b"], ("q", "v"), 8)
    assert (found.trainable, found.full_bytes, found.lora_bytes) == (4194304, 107814649856, 13543940096)
    assert bill(MODELS["llama3_8b"], ("q", "v"), 8).lora_bytes == 16115048448


def test_every_line_of_the_arithmetic_comes_to_its_number() -> None:
    for big in MODELS:
        for dora in (False, True):
            p = build(Params, {"mode": "count", "big": big, "dora": dora, "targets": list(PARTS)}, settle=True)
            for line in arithmetic(p):
                if line.how and line.result[-1].isdigit():
                    how = line.how.replace("\u2009", "").replace("·", "*")
                    assert eval(how) == int(line.result.replace("\u2009", "")), (big, line)


def test_places_do_not_overlap() -> None:
    for out, width, rank in ((64, 64, 1), (172, 64, 64), (64, 172, 8)):
        at = places(out, width, rank)
        assert at.w[1] < at.b[0] < at.b[1] < at.product[0] < at.product[1] < at.full[0] and at.a[3] < at.product[2]
