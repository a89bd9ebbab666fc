"""The picture of PCA: a cloud with an axis to turn, what each angle keeps and loses, the spectrum, digits rebuilt."""

from __future__ import annotations

import numpy as np

from engine.classical import pca_view as seen
from engine.classical.pca import Frame, Params, pca
from engine.classical.pca_data import is_digits, is_space
from panels.classical.pca_spectrum import draw_components, draw_loadings, draw_pictures, draw_scree
from panels.classical.pca_turning import draw_gaze, draw_turning
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown, panel
from panels.kit.view import View

PEERS = np.array([0, 4, 5, 6, 7])                   # series of classes: none in the colour of an axis


@panel(pca, layout=seen.layout)
def draw(c: Canvas, f: Frame, p: Params, shown: Shown) -> None:
    draw_cloud(c["cloud"], f, p)
    draw_scree(c["scree"], f, p)
    views = seen.layout(p)
    if "pictures" in views:
        draw_pictures(c["pictures"], f)
        draw_components(c["components"], f, p)
    elif "gaze" in views:
        draw_gaze(c["gaze"], f, p)
    elif "turning" in views:
        draw_turning(c["turning"], f, p)
    else:
        draw_loadings(c["loadings"], f, p)


def draw_cloud(v: View, f: Frame, p: Params) -> None:
    cloud, box = f.cloud.value, seen.box_of(f)
    v.range(x=box[:2], y=box[2:], equal=True)
    few = len(f.loadings) == 2 and len(cloud.x) <= 400
    if cloud.counts.size:
        x0, x1, y0, y1 = cloud.box
        deep = 1.5 * float(np.log1p(cloud.counts.max()))            # so that the darkest cell still lets axes be seen
        v.image("density", np.where(cloud.counts > 0, np.log1p(cloud.counts), np.nan), x=(x0, x1), y=(y0, y1), limits=(0.0, deep))
    elif few and p.feet:
        foot = seen.feet(f)
        v.segments("lost_parts", cloud.x, cloud.y, *foot, "error", width=1.0, alpha=0.4)
        v.points("kept_parts", *foot, "model", size=4, alpha=0.7, label=False)
    draw_samples(v, f, p)
    draw_axes(v, f, p, box)


def draw_samples(v: View, f: Frame, p: Params) -> None:
    cloud, grouped = f.cloud.value, 0 < len(f.cloud.value.means) <= len(PEERS)
    crowd = len(cloud.x)
    size, alpha = 6.0 if crowd <= 400 else 3.2, 0.75 if crowd <= 2000 else 0.4
    if len(cloud.depth) and crowd <= 2000:
        near, far = float(cloud.depth.max()), float(cloud.depth.min())
        v.points("samples", cloud.x, cloud.y, size=size, values=cloud.depth, limits=(2 * far - near, near), label=False)
    elif crowd:
        v.points("samples", cloud.x, cloud.y, "ink_soft" if is_digits(p.source) else "data", size=size, alpha=alpha, label=False,
                 group=PEERS[cloud.label.astype(int)] if grouped else None)
    for n, (x, y) in enumerate(cloud.means):
        name = v.words(f"{p.source.name}_{n}") or str(n)
        if grouped:
            v.points(f"class_{n}", x, y, f"series[{PEERS[n]}]", size=11, ring=True, label=name)
        else:
            v.text(f"class_{n}", x, y, name, "ink", size="section")


def draw_axes(v: View, f: Frame, p: Params, box: seen.Box) -> None:
    if p.prepare != "none" and not is_space(p.source):
        v.line("spread", *seen.ellipse(f.round), "truth", width=1.2, alpha=0.8, label=False)
    if f.off is not None:
        for name, (x, y) in zip(("first", "second", "third"), 2 * f.principal * seen.signs(f, p)[:3, None], strict=False):
            if np.hypot(x, y) > 1e-6 * (box[1] - box[0]):
                v.arrow(name, 0, 0, x, y, "truth", width=2.4, label=False if is_digits(p.source) else None)
    if len(f.rival):
        (x, y), (dx, dy) = f.rival
        far = 4 * max(abs(b) for b in box)
        v.line(p.beside, [x - far * dx, x + far * dx], [y - far * dy, y + far * dy], "ink", dash=(10, 4), width=1.6)
    if not is_space(p.source):
        (x, y), far = f.axis, 4 * max(abs(b) for b in box)
        v.line("axis", [-far * x, far * x], [-far * y, far * y], "model", width=2.4)
        for name, grip in (("hold", seen.grip(box)), ("hold_other", -seen.grip(box))):
            v.handle(name, grip * x, grip * y, ("angle", None), "model", about=(0.0, 0.0), label=False)
