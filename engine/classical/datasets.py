"""Tables to learn from: those bundled with the program (assets/data), and a user's own CSV file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from engine.core import Array, Source
from engine.core.data import load_source
from engine.core.tables import label_column

BUNDLED = ("iris", "wine", "digits")
FEW_COLUMNS = 8
MOST_CLASSES = 20           # a label column with more different values is a column of numbers
FOLDER = Path(__file__).resolve().parents[2] / "assets" / "data"


@dataclass(frozen=True, eq=False)
class Table:
    """Samples as rows, (rows, columns); the class of each as 0, 1, 2 …, or no classes."""

    x: Array
    label: Array | None = None
    columns: tuple[str, ...] = ()

    @property
    def classes(self) -> int:
        """How many classes there are; 0 without labels."""
        return 0 if self.label is None else int(self.label.max()) + 1


@lru_cache(maxsize=len(BUNDLED))
def bundled(name: str) -> Table:
    """A table of assets/data; README.md there says where each comes from."""
    with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as archive:
        x, label = archive["x"].astype(np.float64), archive["label"].astype(np.int64)
        columns = tuple(map(str, archive["columns"])) if "columns" in archive.files else tuple(
            f"x{n + 1}" for n in range(x.shape[1]))
    x.flags.writeable = label.flags.writeable = False
    return Table(x, label, columns)


@lru_cache(maxsize=1)
def brought(source: Source) -> Table:
    """A CSV file that the user chose; its column called label, class … gives the classes."""
    values = load_source(source)
    if values.shape[1] <= FEW_COLUMNS:
        values = np.asfortranarray(values)              # column by column is faster where columns are few
    at = label_column(source.columns)
    if at is None:
        return Table(values, None, source.columns)
    found, label = np.unique(values[:, at], return_inverse=True)
    if not 2 <= len(found) <= MOST_CLASSES:
        return Table(values, None, source.columns)
    return Table(np.delete(values, at, axis=1), label, source.columns[:at] + source.columns[at + 1:])
