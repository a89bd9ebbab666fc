"""What every hand-drawn widget shares: the palette for Qt's own parts, and small painting helpers."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPalette, QPen
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from app.look import Look
from panels.kit.theme import font, tokens

DOT = 7                 # px, a role dot
LABEL_LEFT = 14         # px, where a label begins that has a role dot

_PALETTE = {
    QPalette.ColorRole.Window: "surface", QPalette.ColorRole.WindowText: "ink", QPalette.ColorRole.Base: "surface",
    QPalette.ColorRole.AlternateBase: "surface_sunken", QPalette.ColorRole.Text: "ink",
    QPalette.ColorRole.PlaceholderText: "ink_faint", QPalette.ColorRole.Button: "surface_raised",
    QPalette.ColorRole.ButtonText: "ink", QPalette.ColorRole.Highlight: "accent",
    QPalette.ColorRole.HighlightedText: "surface_raised", QPalette.ColorRole.ToolTipBase: "surface_raised",
    QPalette.ColorRole.ToolTipText: "ink", QPalette.ColorRole.Link: "accent", QPalette.ColorRole.Mid: "line",
    QPalette.ColorRole.Light: "surface_raised", QPalette.ColorRole.Dark: "line_strong",
}


def palette(look: Look) -> QPalette:
    """The theme as a palette, for what Qt draws itself (menus, text selection, scroll bars)."""
    made = QPalette()
    for role, name in _PALETTE.items():
        made.setColor(role, look.theme.color(name))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, look.theme.color("ink_faint"))
    return made


STYLED = "loupe_styled"         # the application's property: theme and scale of its palette and style sheet


def apply_style(app: QApplication, look: Look) -> None:
    """Fusion in the present look, for the whole program."""
    wanted = (look.theme.name, look.scale)
    if app.property(STYLED) is None:                    # a style sheet hides the style's name, and each of these polishes
        app.setStyle("Fusion")                          # every widget there is: only what has changed is set
    if app.font() != (font := look.font("body")):
        app.setFont(font)
    if app.property(STYLED) != wanted:
        app.setPalette(palette(look))
        app.setStyleSheet(stylesheet(look))
        app.setProperty(STYLED, wanted)


def stylesheet(look: Look) -> str:
    """The few things that only a style sheet can say: tooltips, menus, thin scroll bars."""
    color, s = look.theme.hex, look.scale
    return f"""
    QToolTip {{ color: {color("ink")}; background: {color("surface_raised")}; border: 1px solid {color("line")};
        padding: {round(6 * s)}px; font-size: {round(12 * s)}px; }}
    QMenu {{ color: {color("ink")}; background: {color("surface_raised")}; border: 1px solid {color("line")};
        padding: {round(4 * s)}px; font-size: {round(13 * s)}px; }}
    QMenu::item {{ padding: {round(5 * s)}px {round(16 * s)}px; border-radius: {round(5 * s)}px; }}
    QMenu::item:selected {{ background: {color("accent_soft")}; color: {color("ink")}; }}
    QMenu::indicator {{ width: {round(14 * s)}px; height: {round(14 * s)}px; }}
    QScrollBar:vertical {{ background: transparent; width: {round(10 * s)}px; margin: 0; }}
    QScrollBar:horizontal {{ background: transparent; height: {round(10 * s)}px; margin: 0; }}
    QScrollBar::handle {{ background: {color("line")}; border-radius: {round(3 * s)}px; margin: {round(2 * s)}px;
        min-height: {round(24 * s)}px; min-width: {round(24 * s)}px; }}
    QScrollBar::handle:hover {{ background: {color("line_strong")}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    """


def radius(look: Look, name: str) -> float:
    """A corner radius of the design by name: field, button, card, chip."""
    return float(tokens()["space"]["radius"][name]) * look.scale


def rounded(painter: QPainter, rect: QRectF, corner: float, fill: QColor | None = None, line: QColor | None = None,
            width: float = 1.0) -> None:
    """A rounded rectangle whose line lies inside it, on whole pixels."""
    painter.setPen(QPen(line, width) if line is not None else Qt.PenStyle.NoPen)
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    inset = width / 2 if line is not None else 0.0
    painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), corner - inset, corner - inset)


def dot(painter: QPainter, center: QPointF, size: float, fill: QColor | None, line: QColor | None = None,
        width: float = 1.0) -> None:
    """A filled dot, or a ring."""
    painter.setPen(QPen(line, width) if line is not None else Qt.PenStyle.NoPen)
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    r = size / 2 - (width / 2 if line is not None else 0.0)
    painter.drawEllipse(center, r, r)


@cache
def _digits(size: str | float, weight: int, scale: float) -> QFont:
    return font(size, weight=weight, scale=scale)


def digits_font(look: Look, size: str | float = "body", weight: int = 500) -> QFont:
    """A font for digits alone, which keep their weight in a Chinese window too."""
    return QFont(_digits(size, weight, look.scale))


def text_width(font: QFont, text: str) -> float:
    """How wide a text is in a font."""
    return QFontMetricsF(font).horizontalAdvance(text)


def elided(font: QFont, text: str, width: float) -> str:
    """The text, its end replaced by an ellipsis where it does not fit."""
    return QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, max(0.0, width))


def write(painter: QPainter, rect: QRectF, text: str, font: QFont, color: QColor,
          align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft) -> None:
    """One line of text in the middle of a rectangle's height; it is elided where it does not fit."""
    painter.setFont(font)
    painter.setPen(color)
    painter.drawText(rect, int(align | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine),
                     elided(font, text, rect.width() + 0.5))


def themed_menu(look: Look, parent: QWidget) -> QMenu:
    """A menu in the present look."""
    menu = QMenu(parent)
    menu.setFont(look.font("body"))
    menu.setPalette(palette(look))
    menu.setStyleSheet(stylesheet(look))
    return menu
