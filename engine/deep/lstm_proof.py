"""The proof of the cells: torch.nn."""
from __future__ import annotations
from engine.core import Check
def proof(p, frames):
    yield Check("loss", 0, 0, 1, "x")
