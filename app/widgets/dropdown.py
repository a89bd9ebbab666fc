"""A dropdown: one of many choices, in a list that opens below; keys choose without opening it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.look import Look
from app.widgets.base import Looked
from app.widgets.glyphs import glyph
from app.widgets.style import palette, radius, rounded, stylesheet, text_width, write

HEIGHT, ITEM, SHOWN = 26, 28, 12        # px, px, items before the list scrolls


class Items(QStyledItemDelegate):
    """Paints the list's rows: the chosen one ticked, the one under the pointer on accent."""

    def __init__(self, look: Look, combo: QComboBox) -> None:
        super().__init__(combo)
        self.look, self.combo = look, combo

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(10, round(ITEM * self.look.scale))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem,
              index: QModelIndex | QPersistentModelIndex) -> None:
        look, s = self.look, self.look.scale
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(option.rect)
        chosen, current = index.row() == self.combo.currentIndex(), index.row() == self._row_under(option)
        if current:
            rounded(painter, rect.adjusted(0, 1, 0, -1), radius(look, "field"), look.theme.color("accent_soft"))
        font = look.font("body", weight=500 if chosen else 400)
        write(painter, rect.adjusted(10 * s, 0, -26 * s, 0), str(index.data()), font, look.theme.color("ink"))
        if chosen:
            glyph(painter, "check", QPointF(rect.right() - 14 * s, rect.center().y()), 14 * s, look.theme.color("ink_soft"))

    def _row_under(self, option: QStyleOptionViewItem) -> int:
        view = option.widget
        return view.currentIndex().row() if isinstance(view, QListView) else -1


class Popup(QFrame):
    """The open list. It closes on a choice, on Escape, or on a click elsewhere."""

    chosen = Signal(int)

    def __init__(self, look: Look, combo: QComboBox) -> None:
        super().__init__(combo, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint
                         | Qt.WindowType.NoDropShadowWindowHint)
        self.look, self.combo = look, combo
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.view = QListView(self)
        self.view.setModel(combo.model())
        self.view.setItemDelegate(Items(look, combo))
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setMouseTracking(True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.viewport().setAutoFillBackground(False)
        self.view.setAccessibleName(combo.accessibleName())
        self.view.entered.connect(self.view.setCurrentIndex)
        self.view.clicked.connect(lambda index: self._choose(index.row()))
        self.view.installEventFilter(self)
        layout = QVBoxLayout(self)
        inset = round(4 * look.scale)
        layout.setContentsMargins(inset, inset, inset, inset)
        layout.addWidget(self.view)
        self.setFocusProxy(self.view)

    def open(self) -> None:
        """Show the list below the box, or above it where there is no room."""
        look, s = self.look, self.look.scale
        clear = palette(look)
        clear.setColor(clear.ColorRole.Base, Qt.GlobalColor.transparent)
        self.view.setPalette(clear)
        self.view.setStyleSheet(stylesheet(look))
        font = look.font("body", weight=500)
        widest = max((text_width(font, self.combo.itemText(i)) for i in range(self.combo.count())), default=0.0)
        width = max(self.combo.width(), round(widest + 56 * s))
        height = round(min(SHOWN, self.combo.count()) * ITEM * s + 8 * s) + 2
        self.setGeometry(*self._place(width, height))
        index = self.combo.model().index(self.combo.currentIndex(), 0)
        self.view.setCurrentIndex(index)
        self.show()
        self.view.setFocus()
        self.view.scrollTo(index, QListView.ScrollHint.PositionAtCenter)

    def _place(self, width: int, height: int) -> tuple[int, int, int, int]:
        gap = round(4 * self.look.scale)
        at = self.combo.mapToGlobal(QPoint(self.combo.width() - width, self.combo.height() + gap))
        screen = (self.combo.screen() or QGuiApplication.primaryScreen()).availableGeometry()
        if at.y() + height > screen.bottom():
            at.setY(max(screen.top(), at.y() - height - self.combo.height() - 2 * gap))
        at.setX(max(screen.left(), at.x()))
        return at.x(), at.y(), width, min(height, screen.height())

    def eventFilter(self, watched: object, event: object) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_Tab):
                self._choose(self.view.currentIndex().row())
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.close()
                return True
        return False

    def _choose(self, row: int) -> None:
        self.close()
        if row >= 0:
            self.chosen.emit(row)

    def hideEvent(self, event: QHideEvent) -> None:
        self.combo.update()
        super().hideEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rounded(painter, QRectF(self.rect()), radius(self.look, "button"), self.look.theme.color("surface_raised"),
                self.look.theme.color("line_strong"))


class Dropdown(Looked, QComboBox):
    """The closed box. A QComboBox: arrows and typed letters choose, and screen readers know it."""

    chosen = Signal(int)
    always_own = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End)

    def __init__(self, look: Look, texts: list[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.addItems(texts)
        self.popup: Popup | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.activated.connect(self.chosen)
        self.begin_look(look)

    def set_texts(self, texts: list[str]) -> None:
        """The words of the choices."""
        for number, text in enumerate(texts):
            self.setItemText(number, text)
        self.update()

    @property
    def current(self) -> int:
        return int(self.currentIndex())

    def set_current(self, number: int) -> None:
        """Choose without a signal."""
        self.setCurrentIndex(number)

    def wanted_width(self) -> float:
        """Room for the longest choice."""
        font = self.look.font("body", weight=500)
        return max((text_width(font, self.itemText(i)) for i in range(self.count())), default=0.0) + self.px(42)

    def relook(self) -> None:
        self.setFixedHeight(round(self.px(HEIGHT)))
        self.setFont(self.look.font("body", weight=500))

    def sizeHint(self) -> QSize:
        return QSize(round(self.px(150)), round(self.px(HEIGHT)))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(self.px(60)), round(self.px(HEIGHT)))

    def showPopup(self) -> None:
        self.popup = Popup(self.look, self)
        self.popup.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.popup.chosen.connect(self._take)
        self.popup.destroyed.connect(self._forget)
        self.popup.open()

    def hidePopup(self) -> None:
        if self.popup is not None:
            self.popup.close()

    def _forget(self) -> None:
        self.popup = None

    def _take(self, number: int) -> None:
        if number != self.currentIndex():
            self.setCurrentIndex(number)
            self.chosen.emit(number)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.showPopup()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.hasFocus():
            event.ignore()
            return
        super().wheelEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect, corner = QRectF(self.rect()), radius(self.look, "field")
        over = self.underMouse() and self.isEnabled()
        rounded(painter, rect, corner, self.ink("surface_raised"), self.ink("line_strong" if over else "line"))
        write(painter, rect.adjusted(self.px(10), 0, -self.px(26), 0), self.currentText(),
              self.look.font("body", weight=500), self.ink("ink"))
        glyph(painter, "chevron-down", QPointF(rect.right() - self.px(15), rect.center().y()), self.px(14),
              self.ink("ink_soft"))
        self.ring(rect, corner)
