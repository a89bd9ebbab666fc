"""Experiments: predict, then look, then learn why; the prediction stays beside the outcome."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.entry import Entry
from app.look import Look
from app.widgets.buttons import Button
from app.widgets.choices import Choices


class Experiments(QWidget):
    """One experiment at a time; asks the session for its settings, keeps what was answered."""

    wanted = Signal(dict)                   # parameters over the defaults
    answered = Signal(int, int)             # experiment, answer
    forgotten = Signal(int)                 # an experiment to be answered anew

    def __init__(self, look: Look, entry: Entry, answers: dict[int, int] | None = None) -> None:
        super().__init__()
        self.look, self.entry = look, entry
        self.number, self.answers = 0, dict(answers or {})
        self.counter, self.ask, self.outcome, self.why = QLabel(), QLabel(), QLabel(), QLabel()
        for label in (self.counter, self.ask, self.outcome, self.why):
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.choices = Choices(look)
        self.run = Button(look, "window.experiment.run", kind="primary")
        self.next = Button(look, "window.experiment.next", "chevron-right", "link")
        self.again = Button(look, "window.experiment.again", "restart", "link")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 4)
        layout.setSpacing(10)
        for widget in (self.counter, self.ask, self.choices, self.run, self.outcome, self.why, self.next, self.again):
            layout.addWidget(widget)
        layout.addStretch(1)
        self.run.clicked.connect(self._run)
        self.again.clicked.connect(self._again)
        self.choices.picked.connect(lambda _=0: self.run.setEnabled(True))
        self.next.clicked.connect(self._next)
        look.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        """Write everything anew in the present language."""
        t, tr, language = self.look.theme, self.look.tr, self.look.language
        some = bool(self.entry.experiments)
        for widget in (self.choices, self.run, self.next, self.again, self.outcome, self.why):
            widget.setVisible(some)
        if not some:
            self.ask.setText(tr("window.experiment.none"))
            return
        experiment = self.entry.experiments[self.number]
        self.counter.setText(tr("window.experiment.counter", number=self.number + 1, count=len(self.entry.experiments)))
        self.ask.setText(f"{tr('window.experiment.predict')} {experiment.ask(language)}")
        self.choices.set_texts([a(language) for a in experiment.answers])
        given = self.answers.get(self.number)
        self.choices.set_current(given)
        self.run.setVisible(given is None)
        self.run.setEnabled(self.choices.current is not None)
        self.choices.setEnabled(given is None)
        self.outcome.setVisible(given is not None)
        self.why.setVisible(given is not None)
        self.again.setVisible(given is not None)
        self.next.setVisible(given is not None and len(self.entry.experiments) > 1)
        if given is not None:
            self._show_outcome(given)
        for label, role, weight in ((self.counter, "ink_soft", 400), (self.ask, "ink", 600), (self.why, "ink", 400)):
            label.setFont(self.look.font("label" if label is self.counter else "body", weight=weight))
            label.setStyleSheet(f"color: {t.hex(role)};")
        self.outcome.setFont(self.look.font("body", weight=600))

    def _show_outcome(self, given: int) -> None:
        experiment, language, tr = self.entry.experiments[self.number], self.look.language, self.look.tr
        right = given == experiment.right
        self.outcome.setText(tr("window.experiment.right") if right else tr(
            "window.experiment.wrong", guess=experiment.answers[given](language),
            answer=experiment.answers[experiment.right](language)))
        self.outcome.setStyleSheet(f"color: {self.look.theme.hex('ok' if right else 'fail')};")
        self.why.setText(experiment.why(language))

    def set_up(self) -> None:
        """Put the experiment's start on the stage."""
        if self.entry.experiments and self.number not in self.answers:
            self.wanted.emit(dict(self.entry.experiments[self.number].start))

    def remember(self, answers: dict[int, int]) -> None:
        """Take what was answered before, and go to the first experiment that was not."""
        self.answers = dict(answers)
        self.number = next((n for n in range(len(self.entry.experiments)) if n not in answers), 0)
        self.restyle()

    def _again(self) -> None:
        self.answers.pop(self.number, None)
        self.forgotten.emit(self.number)
        self.restyle()
        self.set_up()

    def _run(self) -> None:
        if self.choices.current is None:
            return
        self.answers[self.number] = self.choices.current
        self.answered.emit(self.number, self.choices.current)
        self.wanted.emit(dict(self.entry.experiments[self.number].then))
        self.restyle()

    def _next(self) -> None:
        self.number = (self.number + 1) % len(self.entry.experiments)
        self.restyle()
        self.set_up()
