"""The proof badge: how many checks agree with an independent implementation; a click opens the table of them."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QScrollArea, QVBoxLayout, QWidget

from app.entry import Entry
from app.look import Look
from app.numbers import format_number
from app.session import Session
from app.widgets.base import Looked
from app.widgets.glyphs import glyph
from app.widgets.style import elided, palette, radius, rounded, stylesheet, text_width, write
from engine.core.concept import Check

HEIGHT, SIDE, ICON = 24, 11, 14
COLUMNS = ("check", "measured", "reference", "error", "tolerance", "source")
ROW, HEAD, PADDING, GAP = 24, 28, 14, 18                # px
RELATIONS = {"equal": "", "at_most": "≤ ", "at_least": "≥ "}
WIDEST, TALLEST = 900, 420
LONGEST = (320, 240)                    # px of a name and of a source


class ProofBadge(Looked, QAbstractButton):
    """'7 checks agree', or '1 of 7 differs' in the error colour."""

    def __init__(self, session: Session, look: Look) -> None:
        super().__init__()
        self.session = session
        self.brief = False                          # numbers instead of words, where there is little room
        self.table: Popup | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        session.checks_changed.connect(self._look_changed)
        self.clicked.connect(self.open)
        self.begin_look(look)

    @property
    def failing(self) -> int:
        """How many checks differ."""
        return sum(not check.ok for check in self.session.checks or ())

    @property
    def state(self) -> str:
        """'unknown' until the checks have come, then 'agree' or 'differ'; 'none' where there is nothing to check."""
        if self.session.checks is None:
            return "unknown"
        return "none" if not self.session.checks else "differ" if self.failing else "agree"

    def relook(self) -> None:
        count = len(self.session.checks or ())
        key = f"badge.{self.state}{'_one' if count == 1 and self.state == 'agree' else ''}"
        words = self.look.tr(key, count=count, failing=self.failing)
        self.setText(self.look.tr(f"badge.brief.{self.state}", count=count, failing=self.failing) if self.brief else words)
        self.setAccessibleName(words)
        hint = self.look.tr("badge.hint") if self.session.checks else ""
        self.setToolTip(". ".join(part for part in (words if self.brief else "", hint) if part))
        self.setEnabled(bool(self.session.checks))

    def _side(self) -> int:
        return SIDE // 2 if self.brief else SIDE

    def set_brief(self, brief: bool) -> None:
        """Say it in numbers alone, or in words."""
        if brief != self.brief:
            self.brief = brief
            self._look_changed()

    def sizeHint(self) -> QSize:
        width = text_width(self.look.font("label"), self.text()) + self.px(2 * self._side() + ICON + 5)
        return QSize(round(width) + 1, round(self.px(HEIGHT)))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect, corner = QRectF(self.rect()), self.height() / 2
        fill, ink, icon = {"agree": ("truth_soft", "truth", "check"), "differ": ("error_soft", "error", "cross")}.get(
            self.state, ("surface_sunken", "ink_faint", ""))
        line = self.ink(ink) if self.underMouse() and self.isEnabled() else None
        rounded(painter, rect, corner, self.ink(fill), line)
        left = self.px(self._side())
        if icon:
            glyph(painter, icon, QPointF(left + self.px(ICON / 2), rect.center().y()), self.px(ICON), self.ink(ink))
            left += self.px(ICON + 5)
        else:
            left = (rect.width() - text_width(self.look.font("label"), self.text())) / 2
        write(painter, QRectF(left, 0, rect.width() - left, rect.height()), self.text(), self.look.font("label"), self.ink(ink))
        self.ring(rect, corner)

    def open(self) -> None:
        """Show the table of checks."""
        if self.session.checks:
            self.table = Popup(self.look, self.session.entry, self.session.checks, self)
            self.table.destroyed.connect(self._forget)
            self.table.open_below(self)

    def _forget(self) -> None:
        self.table = None


class Table(QWidget):
    """The checks as rows, those that differ first."""

    def __init__(self, look: Look, entry: Entry, checks: tuple[Check, ...]) -> None:
        super().__init__()
        self.look = look
        self.checks = sorted(checks, key=lambda check: check.ok)
        self.rows = [self._texts(check, entry) for check in self.checks]
        self.heads = [look.tr(f"badge.columns.{name}") for name in COLUMNS]
        head, body = look.font("note"), look.font("label", weight=400)
        self.widths = [max([text_width(head, self.heads[c]), *(text_width(body, row[c]) for row in self.rows)])
                       for c in range(len(COLUMNS))]
        s = look.scale
        self.setFixedSize(round(sum(self.widths) + (PADDING * 2 + GAP * (len(COLUMNS) - 1) + 18) * s) + 6,
                          round((HEAD + ROW * len(self.rows) + PADDING) * s))
        self.setAccessibleName(". ".join(", ".join(row) for row in self.rows))

    def _texts(self, check: Check, entry: Entry) -> list[str]:
        font, s = self.look.font("label", weight=400), self.look.scale
        name = entry.words("checks", check.name, "", self.look.language) or check.name
        numbers = [format_number(check.measured, ".5g"),
                   RELATIONS[check.relation] + format_number(check.reference, ".5g"),
                   format_number(check.error, ".2g"), format_number(check.tolerance, ".2g")]
        return [elided(font, name, LONGEST[0] * s), *numbers, elided(font, check.source, LONGEST[1] * s)]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        s, color = self.look.scale, self.look.theme.color
        self._paint_row(painter, self.heads, 0.0, HEAD * s, self.look.font("note"), "ink_soft")
        painter.fillRect(QRectF(PADDING * s, HEAD * s - 1, self.width() - 2 * PADDING * s, 1), color("line"))
        for number, (check, row) in enumerate(zip(self.checks, self.rows, strict=True)):
            top = (HEAD + 4 + ROW * number) * s
            at = QPointF((PADDING + 6) * s, top + ROW * s / 2)
            glyph(painter, "check" if check.ok else "cross", at, 13 * s, color("truth" if check.ok else "error"))
            self._paint_row(painter, row, top, ROW * s, self.look.font("label", weight=400 if check.ok else 600),
                            "ink" if check.ok else "error")

    def _paint_row(self, painter: QPainter, texts: list[str], top: float, height: float, font: object, role: str) -> None:
        s = self.look.scale
        x = (PADDING + 18) * s
        for column, text in enumerate(texts):
            right = 1 <= column <= 4
            write(painter, QRectF(x, top, self.widths[column] + 1, height), text, font,  # type: ignore[arg-type]
                  self.look.theme.color(role), Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft)
            x += self.widths[column] + GAP * s


class Popup(QFrame):
    """The table in a raised card; it closes on Escape or on a click elsewhere."""

    def __init__(self, look: Look, entry: Entry, checks: tuple[Check, ...], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint
                         | Qt.WindowType.NoDropShadowWindowHint)
        self.look = look
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.table = Table(look, entry, checks)
        self.area = QScrollArea()
        self.area.setWidget(self.table)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setPalette(palette(look))
        self.area.setStyleSheet(stylesheet(look) + "QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; }")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 6, 2, 4)
        layout.addWidget(self.area)

    def open_below(self, badge: QWidget) -> None:
        """Below the badge, its right ends together, within the screen."""
        screen = (badge.screen() or QGuiApplication.primaryScreen()).availableGeometry()
        s = self.look.scale
        width = min(self.table.width() + 6, round(WIDEST * s), screen.width())
        bar = round(12 * s) if width < self.table.width() + 6 else 0
        height = min(self.table.height() + 14 + bar, round(TALLEST * s), screen.height())
        at = badge.mapToGlobal(QPoint(badge.width() - width, badge.height() + round(6 * s)))
        x = min(max(at.x(), screen.left()), screen.right() - width)
        self.setGeometry(x, min(at.y(), screen.bottom() - height), width, height)
        self.show()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Space):
            self.close()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rounded(painter, QRectF(self.rect()), radius(self.look, "card"), self.look.theme.color("surface_raised"),
                self.look.theme.color("line_strong"))
