"""The picture of PCA: a cloud with an axis to turn, what each angle keeps and loses, the spectrum, digits rebuilt."""

from __future__ import annotations

import numpy as np

from engine.classical import pca_view as seen
from engine.classical.pca import ANGLES, GAZE, Frame, Params, pca
from engine.classical.pca_data import is_digits, is_space
from panels.classical.pca_spectrum import SHARES, draw_components, draw_loadings, draw_pictures, draw_scree
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown, panel
from panels.kit.view import View

PEERS = np.array([0, 4, 5, 6, 7])                   # series of classes: none in the colour of an axis
DEGREES = [(float(a), f"{a}°") for a in range(0, 181, 45)]


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
        draw_loadings(c["loadings"], f)


def draw_cloud(v: View, f: Frame, p: Params) -> None:
    cloud, box = f.cloud.value, seen.box_of(f)
    v.range(x=box[:2], y=box[2:], equal=True)
    crowd, few = len(cloud.x), not is_space(p.source) and len(f.loadings) == 2
    if cloud.counts.size:
        x0, x1, y0, y1 = cloud.box
        v.image("density", np.where(cloud.counts > 0, np.log1p(cloud.counts), np.nan), x=(x0, x1), y=(y0, y1))
    elif few and p.feet and crowd <= 400:
        foot = seen.feet(f)
        v.segments("lost_parts", cloud.x, cloud.y, *foot, "error", width=1.0, alpha=0.4)
        v.points("kept_parts", *foot, "model", size=4, alpha=0.7, label=False)
    grouped = 0 < len(cloud.means) <= len(PEERS) and len(cloud.label) > 0
    if crowd:
        v.points("samples", cloud.x, cloud.y, "ink_soft" if is_digits(p.source) else "data", size=6 if crowd <= 400 else 3.2,
                 alpha=0.75 if crowd <= 2000 else 0.4, label=False, group=PEERS[cloud.label.astype(int)] if grouped else None)
    for number_of, (x, y) in enumerate(cloud.means):
        role = f"series[{PEERS[number_of]}]" if grouped else "ink"
        v.text(f"class_{number_of}", x, y, v.words(f"{p.source.name}_{number_of}") or str(number_of), role, size="section")
    draw_axes(v, f, p, box)


def draw_axes(v: View, f: Frame, p: Params, box: seen.Box) -> None:
    if p.prepare != "none" and not is_space(p.source):
        v.line("spread", *seen.ellipse(f.round), "truth", width=1.2, alpha=0.8, label=False)
    if f.off is not None:
        for name, (x, y) in zip(("first", "second", "third"), 2 * f.principal, strict=False):
            if np.hypot(x, y) > 1e-6 * (box[1] - box[0]):
                v.arrow(name, 0, 0, x, y, "truth", width=2.4)
    if len(f.rival):
        (x, y), (dx, dy) = f.rival
        far = 4 * max(abs(b) for b in box)
        v.line(p.beside, [x - far * dx, x + far * dx], [y - far * dy, y + far * dy], "ink", dash=(10, 4), width=1.6)
    if not is_space(p.source):
        (x, y), far = f.axis, 4 * max(abs(b) for b in box)
        v.line("axis", [-far * x, far * x], [-far * y, far * y], "model", width=2.4)
        for name, grip in (("hold", seen.grip(box)), ("hold_other", -seen.grip(box))):
            v.handle(name, grip * x, grip * y, ("angle", None), "model", about=(0.0, 0.0), label=False)


def draw_turning(v: View, f: Frame, p: Params) -> None:
    v.range(x=(0, 180), y=(0, 1.12))
    v.ticks(DEGREES, SHARES)
    v.line("kept", ANGLES, f.kept_by_angle, "data")
    v.line("lost", ANGLES, f.lost_by_angle, "error")
    if len(f.apart_by_angle):
        v.line("apart", ANGLES, f.apart_by_angle, "ink", dash=(10, 4), width=1.6)
    v.rule("sum", y=1.0)
    v.rule("now", x=p.angle, role="model", label=False)
    if f.off is not None:
        best = np.degrees(np.arctan2(f.principal[0, 1], f.principal[0, 0])) % 180
        v.points("best", best, f.best_share, "truth", size=9, marker="diamond")
    v.points("now_lost", p.angle, 1 - f.kept_share, "error", size=9, ring=True, label=False)
    v.handle("turn", p.angle, f.kept_share, ("angle", None), "model", label=False)


def draw_gaze(v: View, f: Frame, p: Params) -> None:
    v.range(x=(0, 180), y=(-90, 90))
    v.ticks(DEGREES, [(float(e), f"{e}°".replace("-", "−")) for e in (-90, -45, 0, 45, 90)])
    v.image("map", f.gaze, x=(0, 180), y=(-90, 90), smooth=True, limits=(0.0, 1.0))
    row, column = np.unravel_index(int(f.gaze.argmax()), f.gaze.shape)
    v.points("best", GAZE[0][column], GAZE[1][row], "truth", size=10, marker="diamond", ring=True)
    v.handle("look", p.angle, p.elevation, ("angle", "elevation"), "model")
