"""Checks of what a concept teaches: its numbers are proved, presets and experiments show it, and lessons tell it twice."""

from __future__ import annotations

import re
from typing import Any

from app.checks.proof import holds
from app.checks.subject import Check, Faults, Subject
from app.checks.words import CJK, COLOURED
from app.entry_schema import NOTICE_LONGEST, plain_notice
from app.export.figure import Figure, compute
from app.lesson_text import blocks_of, try_values
from engine.core.faults import BadInput
from engine.core.frame import metrics
from engine.core.params import build
from engine.core.typed import parse_set

PRESETS_LEAST = 4
TEACHES = ("failure", "surprise")


def numbers_are_verified(subject: Subject) -> Faults:
    """The concept's own proof passes at the default and at every preset, and it has one."""
    if not subject.concept.verifiers:
        yield "no verify: nothing on screen is checked against an independent implementation"
        return
    for case in subject.cases():
        found, name = subject.verified(case), case or "default"
        if not found:
            yield f"{name}: verify yields no check"
        yield from (f"{name}: {c.name}: {c.measured:g} against {c.reference:g} ± {c.tolerance:g} ({c.source})"
                    for c in found if not c.ok)


def presets_teach(subject: Subject) -> Faults:
    """At least four presets, each with a line of what to notice, one of which shows a failure or a surprise."""
    presets = subject.entry.presets
    if len(presets) < PRESETS_LEAST:
        yield f"{len(presets)} presets, at least {PRESETS_LEAST} are wanted"
    if not any(p.teaches in TEACHES for p in presets.values()):
        yield f"no preset teaches {' or '.join(TEACHES)}"
    for name, preset in presets.items():
        build(subject.concept.Params, preset.set)
        for language in ("en", "zh"):
            if (length := len(plain_notice(preset.notice(language)))) > NOTICE_LONGEST:
                yield f"presets.{name}.notice.{language} has {length} characters, at most {NOTICE_LONGEST} fit"


def experiments_are_proved(subject: Subject) -> Faults:
    """At least one experiment, and the engine confirms the proof of each."""
    if not subject.entry.experiments:
        yield "no experiment asks for a prediction"
    for number, experiment in enumerate(subject.entry.experiments):
        ends = [metrics(_whole_run(subject, values).recorded().frame) for values in (experiment.start, experiment.then)]
        try:
            if not holds(experiment.proof, *ends):
                yield f"experiments[{number}]: {experiment.proof} does not hold"
        except BadInput as fault:
            yield f"experiments[{number}]: {fault}"


def _whole_run(subject: Subject, values: dict[str, Any]) -> Figure:
    """An experiment's run to its rest: what it names is as it names it, all else is cheap."""
    params = build(subject.concept.Params, {**subject.concept.small, **values}, settle=True)
    return compute(subject.entry, subject.concept, params)


def lessons_agree(subject: Subject) -> Faults:
    """Both lessons have the same headings, formulas, live numbers and links; what they name exists."""
    shapes = {language: _shape(subject, language) for language in ("en", "zh")}
    for kind, english in shapes["en"].items():
        chinese = shapes["zh"][kind]
        if english != chinese:
            odd = sorted(set(english) ^ set(chinese)) or [f"{len(english)} against {len(chinese)}"]
            yield f"the lessons differ in their {kind}: {', '.join(map(str, odd))[:200]}"
    for link in shapes["en"]["links"]:
        yield from _link(subject, link)
    for text in (subject.lesson("en"), subject.lesson("zh")):
        for name in COLOURED.findall(_without_maths(text)):
            if name not in subject.entry.terms and name.partition(".")[0] not in {
                    *subject.entry.metrics, *subject.entry.params}:
                yield f"the lesson names {name}, which is no term, parameter or metric"


def _without_maths(text: str) -> str:
    return re.sub(r"\$\$.*?\$\$|\$[^$]*\$|`[^`]*`", "", text, flags=re.DOTALL)


def _shape(subject: Subject, language: str) -> dict[str, list[str]]:
    blocks = blocks_of(subject.lesson(language), subject.entry)
    pieces = [p for block in blocks for p in block.pieces]
    return {"headings": [str(b.level) for b in blocks if b.kind == "heading"],
            "formulas": [p.text for b in blocks if b.kind == "math" for p in b.pieces if not CJK.search(p.text)],
            "live numbers": sorted({p.name for p in pieces if p.kind == "live"}),
            "links": sorted({p.link for p in pieces if p.link})}


def _link(subject: Subject, link: str) -> Faults:
    if link.startswith("set:"):
        try:
            build(subject.concept.Params, parse_set(subject.concept.Params, try_values(link)))
        except BadInput as fault:
            yield f"the lesson's link {link}: {fault}"
    elif link.startswith("concept:"):
        if link.removeprefix("concept:") not in {e.id for e in subject.catalog.entries}:
            yield f"the lesson's link {link}: no such concept"
    elif not link.startswith("https://"):
        yield f"the lesson's link {link}: write set:, concept: or https://"


def formulas_are_typeset(subject: Subject) -> Faults:
    """Every formula of the concept's texts stands typeset in assets/formulas."""
    from app.commands.typeset import in_lesson
    from app.typeset import Typesetter

    kept = Typesetter()
    wanted = [(subject.entry.formula, True)] if subject.entry.formula else []
    wanted += [f for language in ("en", "zh") for f in in_lesson(subject.lesson(language))]
    for tex, display in dict.fromkeys(wanted):
        if kept.find(tex, display) is None:
            yield f"formula {tex[:60]} is not typeset; run main.py typeset"
    kept.close()


TEACHING_CHECKS: tuple[Check, ...] = (numbers_are_verified, presets_teach, experiments_are_proved, lessons_agree,
                                      formulas_are_typeset)
