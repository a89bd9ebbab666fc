"""The picture of LoRA: the frozen matrix, B A beside full tuning's change, their spectra, losses, and one thing beside."""

from __future__ import annotations

import numpy as np

from engine.core import Array
from engine.tuning import lora_view as seen
from engine.tuning.lora import Frame, Params, lora
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown, panel
from panels.kit.view import View
from panels.tuning.lora_beside import draw_beside
from panels.tuning.lora_count import draw_count

LEAST = 1e-4                        # singular values shown


def layout(p: Params) -> str:
    """Matrices above, curves below; or the arithmetic and what it comes to."""
    if p.mode == "count":
        return "1| arithmetic:2.7 shares / 1| memory"
    return f"1.15| change / 1| spectrum loss {p.beside}" + (":1 forgetting:1" if p.beside == "ranks" else "")


@panel(lora, layout=layout)
def draw(c: Canvas, f: Frame, p: Params, shown: Shown) -> None:
    if p.mode == "count":
        draw_count(c, p)
        return
    draw_change(c["change"], f, p)
    draw_spectrum(c["spectrum"], f, p)
    draw_loss(c["loss"], f, p, shown)
    draw_beside(c, f, p, shown)


def draw_change(v: View, f: Frame, p: Params) -> None:
    """W, frozen, plus s B A; and what full tuning would have added."""
    w, a, b = seen.adapter_of(f, p)
    at = seen.places(w.shape[0], w.shape[1], p.rank)
    v.bare()
    v.range(x=(-0.01, at.wide + 0.04), y=(at.top - 0.02, 1.17), equal=True, flip_y=True)
    for name, values, box in (("frozen", w, at.w), ("b", b, at.b), ("a", a, at.a), ("product", f.lora_delta, at.product),
                              ("full", f.full_delta, at.full)):
        put(v, name, values, box)
    for name, box, role in (("frozen", at.w, "ink_soft"), ("product", at.product, "model"), ("full", at.full, "data")):
        v.text(f"{name}_word", (box[0] + box[1]) / 2, 1.04, role=role, anchor="top", halo=False)
    v.text("b_word", at.b[0] - 0.03, 0.06, role="model", anchor="right", halo=False)
    v.text("a_word", at.a[0] - 0.03, (at.a[2] + at.a[3]) / 2, role="model", anchor="right", halo=False)
    v.text("plus", (at.w[1] + at.b[0]) / 2, 0.5, f"+ {f.scale or 0.0:.3g} ×", "ink", size="title", halo=False)
    v.text("beside", (at.product[1] + at.full[0]) / 2, 0.5, "⟷", "ink_faint", size="title", halo=False)


def put(v: View, name: str, values: Array, box: seen.Box) -> None:
    """A matrix in its frame."""
    x0, x1, y0, y1 = box
    most = float(np.abs(values).max(initial=0.0)) or 1.0
    v.image(name, values, x=(x0, x1), y=(y0, y1), map="diverging", limits=(-most, most))
    v.line(f"{name}_frame", [x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0], "line_strong", width=1, dash=(), label=False)


def draw_spectrum(v: View, f: Frame, p: Params) -> None:
    """Singular values of both changes, greatest first."""
    full, ours = (np.where(s > LEAST, s, np.nan) for s in f.spectra)
    number = np.arange(1, len(full) + 1)
    top = 2.5 * max(1.0, float(f.spectra.max()), f.distance or 0.0)
    v.range(x=(0.5, len(full) + 0.5), y=(LEAST, top), log="y")
    left = np.sqrt(np.cumsum(f.spectra[0][::-1] ** 2)[::-1])            # what the first n - 1 directions leave
    v.line("bound", number[:-1], np.where(left[1:] > LEAST, left[1:], np.nan), "truth", width=1.4)
    v.line("sigma_full", number, full, "data", width=2)
    v.line("sigma_lora", number, ours, "model", markers=p.rank <= 32, width=2)
    if f.distance is not None and f.distance > LEAST:
        v.points("away", p.rank, f.distance, "model", size=11, ring=True)
    v.rule("cut_at", x=p.rank + 0.5, role="bound")


def draw_loss(v: View, f: Frame, p: Params, shown: Shown) -> None:
    """Both tasks, both ways of tuning."""
    curves = {name: seen.curve(shown.history, name) for name in ("loss", "full_loss", "first", "full_first")}
    values = [y[np.isfinite(y)] for _, y in curves.values()]
    v.range(x=(0, p.steps), y=(0, 1.05 * max(float(y.max(initial=1.0)) for y in values)))
    for name, (x, y) in curves.items():
        role = "data" if name.startswith("full") else "model"
        old = name.endswith("first")
        v.line(f"{name}_curve", x, y, role, width=1.5 if old else 2.2, dash=(2, 3) if old else (), future_from=float(f.step))
    v.rule("now", x=f.step, role="accent", label=False)
