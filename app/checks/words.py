"""Checks of a concept's words: everything that can be seen is named, in both languages, and nothing else is."""

from __future__ import annotations

import re
import string
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from app.checks.proof import holds
from app.checks.subject import Check, Faults, Subject
from app.entry import Words
from app.entry_schema import NOTICE_LONGEST, plain_notice
from app.export.figure import Figure, compute
from app.lesson_text import blocks_of, try_values
from app.numbers import format_number
from engine.core.faults import BadInput
from engine.core.frame import metrics
from engine.core.params import build, parse_set, schema
from engine.core.values import Columns, note_of

if TYPE_CHECKING:
    from panels.kit.canvas import Canvas

PRESETS_LEAST = 4
TEACHES = ("failure", "surprise")
UNIT = re.compile(r"|[A-Za-z%°µμΩ/·⁰¹²³⁴⁵⁶⁷⁸⁹⁻²³ ]{1,16}")
SLOT = re.compile(r"\\slot(?:\[[^\]]*\])?\{([^{}]*)\}")
TERM = re.compile(r"\\term\{([^{}]*)\}")
COLOURED = re.compile(r"\{([A-Za-z_]\w*):[^{}]*\}")
CJK = re.compile("[\u4e00-\u9fff]")


def parameters_have_words(subject: Subject) -> Faults:
    """Every parameter and every choice has its label in the table, and the table names no others."""
    specs = {s.name: s for s in schema(subject.concept.Params)}
    yield from _names("params", specs, subject.entry.params)
    for name, words in subject.entry.params.items():
        if name in specs:
            columns = note_of(specs[name].notes, Columns)
            yield from _names(f"params.{name}.choices", columns.names if columns else specs[name].choices, words.choices)
            yield from _format(f"params.{name}", words.format, words.unit)


def metrics_have_words(subject: Subject) -> Faults:
    """Every metric has its label in the table, the table names no others, and one at most is the sparkline's."""
    found = {name.partition(".")[0]: value for name, value in metrics(subject.whole().recorded().frame).items()}
    yield from _names("metrics", found, subject.entry.metrics)
    for name, words in subject.entry.metrics.items():
        if not isinstance(found.get(name), str):
            yield from _format(f"metrics.{name}", words.format, words.unit)
    main = [name for name, words in subject.entry.metrics.items() if words.main]
    if len(main) > 1:
        yield f"metrics {', '.join(main)} are all main; one is the timeline's sparkline"


def _names(where: str, wanted: Collection[str], given: Collection[str]) -> Faults:
    if missing := [n for n in wanted if n not in given]:
        yield f"{where}: {', '.join(missing)} has no words"
    if stale := [n for n in given if n not in wanted]:
        yield f"{where}: {', '.join(stale)} is named but not there"


def _format(where: str, spec: str, unit: str) -> Faults:
    try:
        format_number(1.5, spec)
    except (ValueError, TypeError):
        yield f"{where}: format {spec!r} is no number format; write for example .3f"
    if not UNIT.fullmatch(unit):
        yield f"{where}: unit {unit!r} is no unit; write SI symbols, B, FLOP, % or nothing"


def runs_have_words(subject: Subject) -> Faults:
    """Every phase, every reason for a missing number, every end of a run and every check of verify has its words."""
    from app.look import words

    entry = subject.entry
    for case in subject.cases():
        recording, name = subject.whole(case).recording, case or "default"
        phases = {phase for phase, _, _ in recording.phases()}
        reasons = set(recording.missing.values())
        if recording.ended and f"window.status.ended_{recording.ended}" not in words():
            yield f"{name}: the run ends with {recording.ended}, which has no words in assets/words/window.toml"
        checks = {c.name for c in subject.verified(case)}
        for kind, seen in (("phases", phases), ("reasons", reasons), ("checks", checks)):
            if missing := sorted(seen - set(getattr(entry, kind))):
                yield f"{name}: {kind}: {', '.join(missing)} has no words"


def views_have_words(subject: Subject) -> Faults:
    """Every view has a title, every mark that is words has them, and the table names no other views, marks or marks of terms."""
    entry, views, marks, asked = subject.entry, set[str](), set[str](), set[str]()
    for case, values in _scenes(subject):
        canvas = _drawn(subject, values, asked)
        for name in canvas.view_names:
            views.add(name)
            if name not in entry.views:
                yield f"{case}: views.{name} has no title"
        for view, mark, text in _marks_of(canvas):
            marks.add(f"{view}.{mark}")
            if text == "":
                yield f"{case}: marks.{mark} has no words, and is drawn as text"
    yield from _stale("views", entry.views, views)
    yield from _stale("marks", entry.marks, asked)
    for key, term in entry.terms.items():
        yield from _stale(f"term.{key}.marks", term.marks, marks)


def _stale(where: str, given: Collection[str], there: set[str]) -> Faults:
    if stale := [n for n in given if n not in there]:
        yield f"{where}: {', '.join(stale)} is drawn in no case"


def _scenes(subject: Subject) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "default", {}
    for name, values in subject.presets.items():
        yield f"preset {name}", values
    yield from subject.varied()


def _drawn(subject: Subject, values: dict[str, Any], asked: set[str]) -> Canvas:
    from panels.kit.canvas import Canvas
    from panels.kit.panel import Shown
    from panels.kit.theme import theme

    def words(kind: str, name: str, part: str, language: str) -> str | None:
        if kind == "marks":
            asked.add(name)
        return subject.entry.words(kind, name, part, language)

    figure = subject.run(values, short=True)
    kept = figure.recorded()
    canvas = Canvas(theme("light"), "en", words, subject.entry.format_value)
    canvas.draw(subject.panel, kept.frame, figure.params, Shown(figure.recording.history(), kept.index, figure.layers))
    return canvas


def _marks_of(canvas: Canvas) -> Iterator[tuple[str, str, str | None]]:
    """(view, mark, its text if it is text) of a scene; an inset's marks count for the view around it."""
    from panels.kit.marks_shapes import Words as WordsMark

    for name in canvas.view_names:
        view = canvas[name]
        for inner in (view, *(inset for inset, _ in view.insets.values())):
            for mark in inner.marks.values():
                yield name, mark.name, mark.text if isinstance(mark, WordsMark) else None


def words_are_in_both_languages(subject: Subject) -> Faults:
    """English and Chinese say the same: same slots, same coloured words; Chinese is Chinese."""
    for where, words in every_words(subject):
        for kind, parts in (("slots", _slots), ("coloured words", COLOURED.findall)):
            if set(parts(words.en)) != set(parts(words.zh)):
                yield f"{where}: the {kind} differ between en and zh"
        if CJK.search(words.en):
            yield f"{where}: the English has Chinese in it"
        if where.rpartition(".")[2] in ("summary", "notice", "ask", "why", "hint") and not CJK.search(words.zh):
            yield f"{where}: the Chinese has no Chinese in it"


def _slots(text: str) -> list[str]:
    try:
        return [name for _, name, _, _ in string.Formatter().parse(text) if name]
    except ValueError:
        return ["a brace that is not closed"]


def every_words(subject: Subject) -> Iterator[tuple[str, Words]]:
    """(where, words) of everything in the concept's table."""
    e = subject.entry
    yield from (("title", e.title), ("summary", e.summary), ("notice", e.notice))
    for name, p in e.params.items():
        yield from ((f"params.{name}.label", p.label), (f"params.{name}.hint", p.hint))
        yield from ((f"params.{name}.choices.{c}", w) for c, w in p.choices.items())
    for name, m in e.metrics.items():
        yield from ((f"metrics.{name}.label", m.label), (f"metrics.{name}.note", m.note))
    for name, v in e.views.items():
        yield from ((f"views.{name}.{part}", getattr(v, part)) for part in ("title", "aside", "x", "y"))
    for kind in ("marks", "phases", "checks", "reasons"):
        yield from ((f"{kind}.{name}", w) for name, w in getattr(e, kind).items())
    for name, preset in e.presets.items():
        yield from ((f"presets.{name}.title", preset.title), (f"presets.{name}.notice", preset.notice))
    for number, x in enumerate(e.experiments):
        yield from ((f"experiments[{number}].ask", x.ask), (f"experiments[{number}].why", x.why))
        yield from ((f"experiments[{number}].answers", a) for a in x.answers)


def names_in_texts_are_known(subject: Subject) -> Faults:
    """Formulas, notices, notes and titles name only terms, parameters and metrics that exist."""
    e = subject.entry
    numbers = set(e.params) | set(e.metrics) | set(metrics(subject.whole().recorded().frame))
    if not e.formula:
        yield "formula is missing"
    yield from (f"formula: slot {n} is no parameter or metric" for n in SLOT.findall(e.formula) if n not in numbers)
    yield from (f"formula: {n} is no term" for n in TERM.findall(e.formula) if n not in e.terms)
    for where, words in every_words(subject):
        for name in COLOURED.findall(words.en):
            if name not in e.terms:
                yield f"{where}: {name} is no term"
        if where.startswith("metrics."):
            yield from (f"{where}: {n} is no parameter or metric" for n in _slots(words.en) if n not in numbers)
    for key, term in e.terms.items():
        for kind, name in (("param", term.param), ("metric", term.metric)):
            if name and name not in numbers:
                yield f"term.{key}: {kind} {name} is not there"
    ranged = {p.name for p in schema(subject.concept.Params) if p.type in ("int", "float")}
    if e.play and e.play not in ranged:
        yield f"play: {e.play} is no number that could be played"
    for need in e.needs:
        if need not in {other.id for other in subject.catalog.entries}:
            yield f"needs: {need} is no concept"


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


WORDS_CHECKS: tuple[Check, ...] = (
    numbers_are_verified, parameters_have_words, metrics_have_words, runs_have_words, views_have_words,
    words_are_in_both_languages, names_in_texts_are_known, presets_teach, experiments_are_proved, lessons_agree,
    formulas_are_typeset)
PAGE_CHECKS: tuple[Check, ...] = (words_are_in_both_languages, formulas_are_typeset)
