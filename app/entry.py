"""An entry is everything a concept says in words: titles, labels, notes, presets, experiments, in both languages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.numbers import format_number

ROLES = ("data", "model", "truth", "error", "highlight", "ghost", "positive", "negative", "ink", "ink_soft", "accent",
         "bound", *(f"series[{i}]" for i in range(8)))


@dataclass(frozen=True)
class Words:
    """One text in both languages; call it with a language."""

    en: str = ""
    zh: str = ""

    def __call__(self, language: str) -> str:
        return self.zh if language == "zh" else self.en

    def __bool__(self) -> bool:
        return bool(self.en or self.zh)


@dataclass(frozen=True)
class ParamWords:
    """How a parameter is called and shown."""

    label: Words
    hint: Words = field(default_factory=Words)
    unit: str = ""
    format: str = ""
    group: str = "main"
    choices: dict[str, Words] = field(default_factory=dict)

    def choice(self, value: str, language: str) -> str:
        return self.choices[value](language) if value in self.choices else value


@dataclass(frozen=True)
class MetricWords:
    """How a metric is called and shown; `note` may name metrics and parameters in {slots}."""

    label: Words
    unit: str = ""
    format: str = ".4g"
    note: Words = field(default_factory=Words)
    main: bool = False
    names: dict[str, Words] = field(default_factory=dict)


@dataclass(frozen=True)
class ViewWords:
    """The title of a view, what it counts, and what its axes are."""

    title: Words
    aside: Words = field(default_factory=Words)
    x: Words = field(default_factory=Words)
    y: Words = field(default_factory=Words)


@dataclass(frozen=True)
class Term:
    """The link between a slider, a symbol, a number, a word and a mark: they share its role."""

    symbol: str
    role: str
    param: str = ""
    metric: str = ""
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Preset:
    """A named setting that shows one insight."""

    title: Words
    notice: Words
    set: dict[str, Any]
    teaches: str = ""


@dataclass(frozen=True)
class Experiment:
    """Predict, look, learn why; `proof` is a comparison that the engine asserts."""

    ask: Words
    start: dict[str, Any]
    then: dict[str, Any]
    answers: tuple[Words, ...]
    right: int
    proof: str
    why: Words


@dataclass(frozen=True)
class Entry:
    """A concept in the catalog."""

    id: str
    chapter: str
    order: int
    title: Words
    summary: Words
    notice: Words
    synonyms: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    formula: str = ""
    kind: str = ""
    play: str = ""                      # the parameter that play moves where there is no run to play
    terms: dict[str, Term] = field(default_factory=dict)
    params: dict[str, ParamWords] = field(default_factory=dict)
    metrics: dict[str, MetricWords] = field(default_factory=dict)
    views: dict[str, ViewWords] = field(default_factory=dict)
    marks: dict[str, Words] = field(default_factory=dict)
    phases: dict[str, Words] = field(default_factory=dict)
    checks: dict[str, Words] = field(default_factory=dict)
    reasons: dict[str, Words] = field(default_factory=dict)
    presets: dict[str, Preset] = field(default_factory=dict)
    experiments: tuple[Experiment, ...] = ()

    @property
    def name(self) -> str:
        return self.id.rpartition(".")[2]

    @property
    def path(self) -> str:
        """The concept's address as a path: 'mathematics/clt'."""
        return self.id.replace(".", "/")

    def words(self, kind: str, name: str, part: str, language: str) -> str | None:
        """Words for the canvas: kind views, marks, phases, checks or reasons; part title, aside, x or y of a view."""
        if kind == "views":
            view = self.views.get(name)
            return getattr(view, part)(language) or None if view else None
        found = getattr(self, kind).get(name)
        return found(language) or None if found else None

    def term_role(self, key: str) -> str | None:
        """The role of a term by its key."""
        return self.terms[key].role if key in self.terms else None

    def term_for_param(self, name: str) -> Term | None:
        """The term whose slider is that parameter."""
        return next((t for t in self.terms.values() if t.param == name), None)

    def term_for_metric(self, name: str) -> Term | None:
        """The term whose number is that metric."""
        return next((t for t in self.terms.values() if t.metric == name), None)

    def value_words(self, name: str) -> tuple[str, str]:
        """Format and unit of a metric or parameter; members of a named vector take their vector's."""
        base = name.partition(".")[0]
        found = self.metrics.get(name) or self.metrics.get(base) or self.params.get(name)
        return (found.format, found.unit) if found else ("", "")

    def format_value(self, name: str, value: Any, language: str) -> str:
        """A metric or parameter as it is shown: its own format, a choice by its words, a dash where undefined."""
        if value is None:
            return "–"
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, str):
            return self.params[name].choice(value, language) if name in self.params else value
        if isinstance(value, int | float):
            return format_number(value, self.value_words(name)[0], language)
        return str(value)
