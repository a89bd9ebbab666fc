"""The Code tab: the very source that computes the picture, highlighted, with the parameters in their colours."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QShowEvent, QSyntaxHighlighter, QTextCharFormat, QTextDocument
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from app.entry import Entry
from app.look import Look
from app.widgets.buttons import Button
from app.widgets.segmented import Segmented

ROOT = Path(__file__).resolve().parents[2]
ROLES = {"Keyword": "model", "Literal.String": "truth", "Comment": "ink_faint", "Literal.Number": "data",
         "Name.Decorator": "error", "Name.Function": "accent", "Name.Class": "accent"}


class Highlighter(QSyntaxHighlighter):
    """Colours a source by Pygments' tokens, and parameters by their roles."""

    def __init__(self, document: QTextDocument, look: Look, entry: Entry) -> None:
        super().__init__(document)
        self.look = look
        self.params = {term.param: term.role for term in entry.terms.values() if term.param}
        self._spans: list[list[tuple[int, int, str, bool]]] = []

    def read(self, source: str) -> None:
        """Find the spans of every line: (start, length, role, italic)."""
        from pygments.lexers.python import PythonLexer

        self._spans = [[]]
        column = 0
        for token, text in PythonLexer(stripnl=False).get_tokens(source):
            name = str(token).removeprefix("Token.")
            role = self.params.get(text) or next((r for k, r in ROLES.items() if name.startswith(k)), "")
            for number, part in enumerate(text.split("\n")):
                if number:
                    self._spans.append([])
                    column = 0
                if role and part:
                    self._spans[-1].append((column, len(part), role, name.startswith("Comment")))
                column += len(part)
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        number = self.currentBlock().blockNumber()
        if number >= len(self._spans):
            return
        t = self.look.theme
        for start, length, role, quiet in self._spans[number]:
            form = QTextCharFormat()
            form.setForeground(t.color(t.text_role(role)))
            form.setFontItalic(quiet and self.look.language != "zh")
            self.setFormat(start, length, form)


def sources_of(entry: Entry) -> list[Path]:
    """The concept's engine file, then its chapter's modules that it imports."""
    main = ROOT / "engine" / f"{entry.path}.py"
    text = main.read_text(encoding="utf-8") if main.exists() else ""
    folder = main.parent
    beside = [p for p in sorted(folder.glob("*.py")) if p != main and f"engine.{entry.chapter}.{p.stem} import" in text]
    return [p for p in (main, *beside) if p.exists()]


class CodeView(QWidget):
    """The sources, one at a time, with a button that copies."""

    copied = Signal()

    def __init__(self, look: Look, entry: Entry) -> None:
        super().__init__()
        self.look, self.sources = look, sources_of(entry)
        self.text = QPlainTextEdit(readOnly=True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.text.setMinimumHeight(round(420 * look.scale))
        self.highlighter = Highlighter(self.text.document(), look, entry)
        self.copy = Button(look, "window.code.copy", "copy", "link")
        self.copy.clicked.connect(self._copy)
        self.which = Segmented(look, [p.stem for p in self.sources] or [""], self)
        self.which.set_current(0)
        self.which.setVisible(len(self.sources) > 1)
        self.which.chosen.connect(self._show)
        top = QHBoxLayout()
        top.addWidget(self.which)
        top.addStretch(1)
        top.addWidget(self.copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self.text, 1)
        look.changed.connect(self.restyle)
        self._read = False                              # nothing is read before somebody looks
        self.restyle()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._read:
            self._show(0)

    def _show(self, number: int) -> None:
        if not self.sources:
            return
        self._read = True
        source = self.sources[number].read_text(encoding="utf-8")
        self.text.setPlainText(source)
        self.text.setAccessibleName(self.look.tr("window.code.file", path=self.sources[number].relative_to(ROOT).as_posix()))
        self.highlighter.read(source)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self.copied.emit()

    def restyle(self) -> None:
        t = self.look.theme
        self.text.setFont(self.look.font(12, family="mono"))
        self.text.setStyleSheet(f"QPlainTextEdit {{ background: {t.hex('surface')}; color: {t.hex('ink')};"
                                f" border: 1px solid {t.hex('line')}; border-radius: 6px; padding: 6px; }}")
        self.text.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.highlighter.rehighlight()
