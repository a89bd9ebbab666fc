"""What every direction would keep and lose: a curve by angle in a plane, a map by direction of gaze in space."""

from __future__ import annotations

import numpy as np

from engine.classical.pca import ANGLES, GAZE, Frame, Params
from panels.classical.pca_spectrum import SHARES
from panels.kit.view import View

DEGREES = [(float(a), f"{a}°") for a in range(0, 181, 45)]


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
