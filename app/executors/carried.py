"""A user's own tables on their way to a cluster: what a job names by its hash travels with it, up to a size."""

from __future__ import annotations

import io
import os
import pickle
from contextlib import suppress
from typing import Any

import numpy as np

from engine.core.data import place_of
from engine.core.faults import BadInput
from engine.core.frame import Array
from engine.core.values import Stored

MOST_BYTES = 100_000_000            # of the tables that one job names
PLAIN = {"name", "sha256", "columns"}


def named_in(job: Any) -> dict[str, str]:
    """The tables that a job names, wherever in it: hash -> the name of the file that it was read from."""
    finder = _Finder(io.BytesIO(), protocol=5)
    finder.dump(job)
    return finder.found


class _Finder(pickle.Pickler):
    """Goes through an object as if to send it."""

    def __init__(self, *more: Any, **options: Any) -> None:
        super().__init__(*more, **options)
        self.found: dict[str, str] = {}

    def persistent_id(self, item: Any) -> None:
        if isinstance(item, Stored) and item.sha256:
            self.found[item.sha256] = item.name
        elif isinstance(item, dict) and item.keys() == PLAIN and item["sha256"]:
            self.found[item["sha256"]] = item["name"]


def contents(named: dict[str, str]) -> dict[str, Array]:
    """The tables' files, (bytes,) uint8 each; one that is not kept here is left out, and whoever wants it says so.

    BadInput where they are too large to be sent.
    """
    found: dict[str, Array] = {}
    sizes: dict[str, int] = {}
    for sha256 in named:
        with suppress(OSError):
            sizes[sha256] = os.path.getsize(place_of(sha256))
    if sum(sizes.values()) > MOST_BYTES:
        name = named[max(sizes, key=lambda sha256: sizes[sha256])]
        count, most = -(-sum(sizes.values()) // 10**6), MOST_BYTES // 10**6
        raise BadInput(f"{name}: {count} MB are too many to send to the cluster, at most {most} MB; keep the rows and columns "
                       "you need, or compute here", "not_carried", name=name, count=count, max=most)
    for sha256 in sizes:
        with suppress(OSError):
            found[sha256] = np.fromfile(place_of(sha256), np.uint8)
    return found
