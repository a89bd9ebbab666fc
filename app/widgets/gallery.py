"""Home: a card for every concept, each with a thumbnail drawn from a frame that was really computed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetricsF, QImage, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from app.catalog import Catalog
from app.entry import Entry
from app.look import Look
from app.widgets.gallery_layout import GAP, HEAD, WORDS, Layout, laid_out
from app.widgets.icons import pixmap
from app.widgets.scrolled import Scrolled
from app.widgets.segmented import Segmented

Thumbnail = Callable[[Entry, int, int, float], QImage | None]
PLAY = 24               # px of the button on the card under the pointer
ORDERS = ("by_chapter", "by_kind", "recent")
KINDS = ("function", "steps", "stream", "training", "trace", "real", "page")


class Card(QAbstractButton):
    """One concept: its picture, title and summary."""

    def __init__(self, look: Look, entry: Entry, thumbnail: Thumbnail, parent: QWidget) -> None:
        super().__init__(parent)
        self.look, self.entry, self._thumbnail = look, entry, thumbnail
        self._image: QImage | None = None
        self._made_for: tuple[object, ...] = ()
        self.picture = 0                        # px of its height
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def restyle(self) -> None:
        words = self.entry.title(self.look.language)
        self.setText(words)
        self.setAccessibleName(words)
        self.setAccessibleDescription(self.entry.summary(self.look.language))
        self.update()

    def wanted(self) -> tuple[object, ...]:
        """What the picture depends on: it is made anew when this changes."""
        return self.look.theme.name, self.width(), self.picture, self.look.scale, self.devicePixelRatioF()

    def prepare(self) -> bool:
        """Make the picture if it is not there yet; True when there was work to do."""
        if self._made_for == self.wanted():
            return False
        s = self.look.scale
        self._made_for = self.wanted()
        self._image = self._thumbnail(self.entry, round(self.width() - 16 * s), self.picture, self.devicePixelRatioF())
        self.update()
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        t, s = self.look.theme, self.look.scale
        rect = QRectF(self.rect()).adjusted(1, 1, -1, -2)
        over = self.underMouse() or self.hasFocus()
        if over:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(t.color("ink", 0.07))
            painter.drawRoundedRect(rect.adjusted(0, 2, 0, 2), 10 * s, 10 * s)
        painter.setPen(QPen(t.color("accent" if over else "line"), 2 if self.hasFocus() else 1))
        painter.setBrush(t.color("surface_raised"))
        painter.drawRoundedRect(rect, 10 * s, 10 * s)
        if self._image is not None:
            painter.drawImage(QRectF(8 * s, 8 * s, rect.width() - 14 * s, self.picture), self._image)
        left, top = 12 * s, self.picture + 12 * s
        room = rect.width() - 24 * s
        self._words(painter, QRectF(left, top, room, 20 * s), self.entry.title(self.look.language), "ink", 600, "body")
        if over:
            room -= (PLAY + 4) * s                       # the button must not lie on words
        self._words(painter, QRectF(left, top + 19 * s, room, 18 * s), self.entry.summary(self.look.language), "ink_soft", 400,
                    "label")
        if over:
            self._paint_play(painter, rect, s)

    def _paint_play(self, painter: QPainter, rect: QRectF, s: float) -> None:
        t, size = self.look.theme, PLAY * s
        at = QRectF(rect.right() - size - 8 * s, rect.bottom() - size - 10 * s, size, size)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(t.color("ink"))
        painter.drawEllipse(at)
        inner = at.adjusted(6 * s, 6 * s, -6 * s, -6 * s)
        painter.drawPixmap(inner, pixmap("play", t.color("surface"), round(inner.width()), self.devicePixelRatioF()), QRectF())

    def _words(self, painter: QPainter, rect: QRectF, text: str, role: str, weight: int, size: str) -> None:
        font = self.look.font(size, weight=weight)
        painter.setFont(font)
        painter.setPen(self.look.theme.color(role))
        shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, shown)


class Page(QWidget):
    """The headings and cards, laid out in as many columns as fit."""

    opened = Signal(str)

    def __init__(self, look: Look, catalog: Catalog, thumbnail: Thumbnail) -> None:
        super().__init__()
        self.look, self.catalog = look, catalog
        self.order = "by_chapter"
        self.recent: tuple[str, ...] = ()
        self.cards = {e.id: Card(look, e, thumbnail, self) for e in catalog.entries}
        for card in self.cards.values():
            card.clicked.connect(lambda _=False, key=card.entry.id: self.opened.emit(key))
        self.orders = Segmented(look, [look.tr(f"window.gallery_page.{o}") for o in ORDERS], self)
        self.orders.set_current(0)
        self.orders.chosen.connect(self._reorder)
        self._heads: list[tuple[QRectF, str, str, bool]] = []       # where, number, title, whether it goes on
        self._idle = QTimer(self, interval=0)
        self._idle.timeout.connect(self._prepare_one)
        look.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        self.orders.set_texts([self.look.tr(f"window.gallery_page.{o}") for o in ORDERS])
        for card in self.cards.values():
            card.restyle()
        self.arrange()

    def _reorder(self, number: int) -> None:
        self.order = ORDERS[number]
        self.arrange()

    def groups(self) -> list[tuple[str, str, list[str]]]:
        """(number, title, ids) of every group in the present order."""
        language = self.look.language
        if self.order == "recent":
            known = [i for i in self.recent if i in self.cards]
            return [("", self.look.tr("window.gallery_page.recent"), known)]
        if self.order == "by_kind":
            return [("", self.look.tr(f"window.gallery_page.kinds.{kind}"), found) for kind in KINDS
                    if (found := [e.id for e in self.catalog.entries if (e.kind or kind_of(e)) == kind])]
        return [(str(c.number), c.title(language), [e.id for e in self.catalog.of_chapter(c.id)])
                for c in self.catalog.chapters if self.catalog.of_chapter(c.id)]

    def arrange(self) -> None:
        """Place headings and cards for the present size of the window."""
        s, around = self.look.scale, self.parentWidget()
        groups, width = self.groups(), max(self.width(), 320)
        found = laid_out([len(ids) for _, _, ids in groups], width / s, (around.height() if around else 0) / s)
        self._side = round(found.side * s)
        wide, high = round(self.orders.wanted_width()) + 24, self.orders.sizeHint().height()
        self.orders.setGeometry(width - self._side - wide, round(34 * s), wide, high)
        self._heads = []
        for card in self.cards.values():
            card.hide()
        for piece in found.pieces:
            number, title, ids = groups[piece.group]
            right = found.left(piece.column + max(1, piece.count)) - GAP
            head = QRectF(found.left(piece.column) * s, found.top(piece.row) * s, (right - found.left(piece.column)) * s, 24 * s)
            self._heads.append((head, number, title, piece.first > 0))
            for place, key in enumerate(ids[piece.first:piece.first + piece.count]):
                self._put(self.cards[key], found, piece.column + place, piece.row)
        self.setMinimumHeight(round(found.height * s))
        self._idle.start()
        self.update()

    def _put(self, card: Card, layout: Layout, column: int, row: int) -> None:
        s = self.look.scale
        left, right = round(layout.left(column) * s), round((layout.left(column) + layout.card) * s)
        card.picture = round(layout.picture * s)
        card.setGeometry(left, round((layout.top(row) + HEAD) * s), right - left, card.picture + round(WORDS * s))
        card.show()

    def _prepare_one(self) -> None:
        """One thumbnail at a time, those in sight first, so that the window stays awake."""
        shown = sorted((c for c in self.cards.values() if c.isVisible()), key=lambda c: c.visibleRegion().isEmpty())
        if not any(card.prepare() for card in shown):
            self._idle.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.oldSize().width() != event.size().width():
            self.arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        t, s, tr = self.look.theme, self.look.scale, self.look.tr
        painter.fillRect(event.rect(), t.color("surface"))
        painter.setPen(t.color("ink"))
        painter.setFont(self.look.font("page", family="display"))
        room = self.orders.x() - self._side - 12
        title = tr("window.gallery_page.title", count=len(self.cards))
        painter.drawText(QRectF(self._side, 30 * s, room, 36 * s), Qt.AlignmentFlag.AlignVCenter,
                         painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, int(room)))
        painter.setFont(self.look.font(14))
        painter.setPen(t.color("ink_soft"))
        painter.drawText(QRectF(self._side, 66 * s, self.width() - 2 * self._side, 24 * s), Qt.AlignmentFlag.AlignVCenter,
                         painter.fontMetrics().elidedText(tr("window.gallery_page.subtitle"), Qt.TextElideMode.ElideRight,
                                                          self.width() - 2 * self._side))
        for head in self._heads:
            self._paint_head(painter, *head)
        if self.order == "recent" and not any(i in self.cards for i in self.recent):
            painter.setPen(t.color("ink_soft"))
            painter.setFont(self.look.font("body"))
            where = QRectF(self._side, 140 * s, self.width() - 2 * self._side, 24 * s)
            painter.drawText(where, 0, tr("window.gallery_page.no_recent"))

    def _paint_head(self, painter: QPainter, rect: QRectF, number: str, title: str, goes_on: bool) -> None:
        """A group's number and title over a line as long as its cards; paler where it goes on from the row above."""
        t, s = self.look.theme, self.look.scale
        font = self.look.font("section")
        painter.setFont(font)
        painter.setPen(t.color("ink_soft"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, number)
        offset = QFontMetricsF(font).horizontalAdvance(number) + 8 * s if number else 0
        painter.setPen(t.color("ink_soft" if goes_on else "ink"))
        shown = QFontMetricsF(font).elidedText(title, Qt.TextElideMode.ElideRight, rect.width() - offset)
        painter.drawText(rect.adjusted(offset, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, shown)


def kind_of(entry: Entry) -> str:
    """The kind that the concept's engine declares."""
    from engine.core.address import load

    return load(entry.id).kind


class Gallery(Scrolled):
    """The page in a scroll area."""

    opened = Signal(str)

    def __init__(self, look: Look, catalog: Catalog, thumbnail: Thumbnail) -> None:
        super().__init__()
        self.page = Page(look, catalog, thumbnail)
        self.page.opened.connect(self.opened)
        self.setWidget(self.page)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}
        if event.key() in steps:
            self.focusNextPrevChild(steps[Qt.Key(event.key())] > 0)
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The page's width is its own affair; how large its cards can be depends on the height, too."""
        super().resizeEvent(event)
        if event.oldSize().height() != event.size().height():
            self.page.arrange()

    def sizeHint(self) -> QSize:
        return QSize(900, 600)
