"""Values through a colour map: as colours, and as an image that is kept while the values stay."""

from __future__ import annotations

import hashlib
import weakref

import numpy as np
from PySide6.QtGui import QImage

from engine.core.frame import Array
from panels.kit.theme import color_table


def limits_of(values: Array, limits: tuple[float, float] | None, map_name: str) -> tuple[float, float]:
    """The range a colour map spans: as given, else of the finite values; a diverging map's is symmetric about 0."""
    if limits is not None:
        return limits
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    if map_name == "diverging":
        most = float(np.abs(finite).max()) or 1.0
        return -most, most
    return float(finite.min()), float(finite.max())


_IMAGES: dict[tuple[object, ...], QImage] = {}


def image_of(theme_name: str, values: Array, map_name: str, limits: tuple[float, float] | None, flip: tuple[int, int]) -> QImage:
    """Values through a colour map as an image, with its rows and columns in these directions (1 or -1).

    What is not finite is transparent. (rows, columns, 3 or 4) values are colours already. Those of large grids are kept.
    """
    key = None if values.size < 4096 else (digest(values), theme_name, map_name, limits, flip)
    if key is not None and key in _IMAGES:
        return _IMAGES[key]
    colors = values if values.ndim == 3 else colors_of(theme_name, values, map_name, limits)
    if colors.shape[2] == 3:
        colors = np.concatenate([colors, np.full((*colors.shape[:2], 1), 255, np.uint8)], axis=2)
    found = as_image(colors[::flip[0], ::flip[1]])
    if key is not None:
        if len(_IMAGES) >= 16:
            _IMAGES.clear()
        _IMAGES[key] = found
    return found


def colors_of(theme_name: str, values: Array, map_name: str, limits: tuple[float, float] | None) -> Array:
    """Values through a colour map as (..., 4) uint8; what is not finite is transparent."""
    low, high = limits_of(values, limits, map_name)
    finite = np.isfinite(values)
    share = (np.where(finite, values, low) - low) / ((high - low) or 1.0)
    colors = color_table(theme_name, map_name)[np.clip(share * 255, 0, 255).astype(np.uint8)]
    colors[~finite, 3] = 0
    return colors


def as_image(colors: Array) -> QImage:
    """(rows, columns, 4) uint8 RGBA as a QImage that owns its pixels, in the format that is painted fastest."""
    rows, columns = colors.shape[:2]
    block = np.ascontiguousarray(colors)
    opaque = bool((block[..., 3] == 255).all())
    best = QImage.Format.Format_RGB32 if opaque else QImage.Format.Format_ARGB32_Premultiplied
    return QImage(block.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888).convertToFormat(best)


_DIGESTS: dict[int, tuple[weakref.ref[Array], bytes]] = {}


def digest(values: Array) -> bytes:
    """What a grid holds, in 16 bytes: every run brings its own copy of the same ground. A frozen grid is read once."""
    if values.flags.writeable:
        return _digest(values)
    known = _DIGESTS.get(id(values))
    if known is None or known[0]() is not values:
        if len(_DIGESTS) >= 256:
            _DIGESTS.clear()
        known = _DIGESTS[id(values)] = (weakref.ref(values), _digest(values))
    return known[1]


def _digest(values: Array) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(values).data, digest_size=16, key=repr(values.shape).encode()[:64]).digest()
