"""The whole contract of a concept: every check in one list, and how to run one of them."""

from __future__ import annotations

from collections.abc import Iterator

from app.catalog import Catalog
from app.checks.exports import EXPORT_CHECKS
from app.checks.picture import PICTURE_CHECKS
from app.checks.source import SOURCE_CHECKS, files_are_there
from app.checks.subject import Check, Faults, Subject
from app.checks.teaching import TEACHING_CHECKS, formulas_are_typeset
from app.checks.words import WORDS_CHECKS, words_are_in_both_languages
from engine.core.checks import ENGINE_CHECKS, Broken, CheckFunction, Outcome, outcome
from engine.core.checks import numbers_are_verified as engine_numbers  # ours looks at runs that others look at too

MOST_SAID = 6               # faults told in one sentence


def of_engine(function: CheckFunction) -> Check:
    """A check of engine.core as one of ours."""

    def check(subject: Subject) -> Faults:
        function(subject.concept, subject.presets)
        return iter(())

    check.__name__, check.__doc__ = function.__name__, function.__doc__
    return check


CHECKS: tuple[Check, ...] = (*SOURCE_CHECKS, *(of_engine(c) for c in ENGINE_CHECKS if c is not engine_numbers),
                             *WORDS_CHECKS, *TEACHING_CHECKS, *PICTURE_CHECKS, *EXPORT_CHECKS)
PAGE_CHECKS: tuple[Check, ...] = (files_are_there, words_are_in_both_languages, formulas_are_typeset)


def checks_for(subject: Subject) -> tuple[Check, ...]:
    """The checks that a concept must pass; a page has words only."""
    return PAGE_CHECKS if subject.is_page else CHECKS


def run_check(check: Check, subject: Subject) -> Outcome:
    """How one check went; whatever is raised is a failure in its own words."""

    def work() -> None:
        faults = list(check(subject))
        if faults:
            more = f"; and {len(faults) - MOST_SAID} more" if len(faults) > MOST_SAID else ""
            raise Broken("; ".join(faults[:MOST_SAID]) + more)

    return outcome(subject.entry.id, check.__name__, "", work)


def outcomes(subject: Subject) -> Iterator[Outcome]:
    """Every check of one concept, in order."""
    for check in checks_for(subject):
        yield run_check(check, subject)


def catalog_outcome(catalog: Catalog) -> Outcome:
    """Whether every text could be read and keeps to the schema."""

    def work() -> None:
        if catalog.faults:
            raise Broken("; ".join(catalog.faults))

    return outcome("", "texts_keep_to_the_schema", "", work)
