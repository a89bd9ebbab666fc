"""The contract, for every concept: one test for each concept and each check (the list is app/checks/contract.py)."""

from functools import lru_cache
from pathlib import Path

import pytest

from app.catalog import Catalog
from app.checks.contract import catalog_outcome, checks_for, run_check
from app.checks.legible import LEGIBLE_CHECKS
from app.checks.sheet import write_flawed
from app.checks.subject import Check, Subject

CATALOG = Catalog.load()
CASES = [pytest.param(entry.id, check, id=f"{entry.id}-{check.__name__}",
                      marks=pytest.mark.xdist_group(entry.id))
         for entry in CATALOG.entries for check in checks_for(Subject(entry, CATALOG))]


@lru_cache(maxsize=1)           # the tests go concept by concept, and what one computed the next looks at
def subject(concept_id: str) -> Subject:
    return Subject(CATALOG.entry(concept_id), CATALOG)


def test_every_text_can_be_read() -> None:
    done = catalog_outcome(CATALOG)
    assert done.ok, done.detail


@pytest.mark.parametrize(("concept_id", "check"), CASES)
def test_contract(concept_id: str, check: Check) -> None:
    done = run_check(check, subject(concept_id))
    assert done.ok, done.detail + pictured(concept_id, check)


def pictured(concept_id: str, check: Check) -> str:
    """Where to look at what fails, if it is a picture."""
    if check not in LEGIBLE_CHECKS:
        return ""
    path = write_flawed(subject(concept_id), Path("out/sheets").absolute())
    return f"\nlook at {path}" if path else ""
