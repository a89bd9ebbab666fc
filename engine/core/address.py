"""Finds a concept by its address: 'mathematics.clt' is engine/mathematics/clt.py."""

from __future__ import annotations

import importlib
import re

from engine.core.concept import Concept
from engine.core.faults import BadInput

ID = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


def load(concept_id: str) -> Concept:
    """Import a concept's engine module and return its concept; BadInput where there is none."""
    if not ID.fullmatch(concept_id):
        raise BadInput(f"{concept_id}: a concept's id looks like mathematics.clt", "bad_id", id=concept_id)
    name = f"engine.{concept_id}"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as fault:
        if fault.name and (name == fault.name or name.startswith(fault.name + ".")):
            raise BadInput(f"{concept_id}: no such concept; list shows them all", "no_concept", id=concept_id) from None
        raise
    found = getattr(module, concept_id.rpartition(".")[2], None)
    if not isinstance(found, Concept):
        raise BadInput(f"{concept_id}: no such concept; list shows them all", "no_concept", id=concept_id)
    return found


def find(name: str) -> Concept:
    """The concept of an id, or of 'module:name' for one outside the engine (tests, benchmarks, notebooks)."""
    module, colon, attribute = name.partition(":")
    if not colon:
        return load(name)
    found = getattr(importlib.import_module(module), attribute, None)
    if not isinstance(found, Concept):
        raise BadInput(f"{name}: no such concept", "no_concept", id=name)
    return found
