"""The widget that shows a canvas: it paints the scene, zooms and pans views, drags handles and reads values off marks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.look import Look
from app.widgets.axis_values import moved, on_grid, reading_text, zoomed
from app.widgets.cell_paint import CellPaint
from app.widgets.point_edit import PointEdit
from engine.core.cells import cell_of
from panels.kit.canvas import Canvas, Ghost
from panels.kit.mark import Reading
from panels.kit.marks_handles import Handle
from panels.kit.panel import Panel, Shown
from panels.kit.paper import Paper
from panels.kit.plot import Plot

Read = Callable[[Plot, Reading], str]

HEADROOM = 9            # px above a view that is shown alone, without its title: for the topmost words of its axis


class CanvasWidget(QWidget):
    """Shows one scene. Dragging a handle asks for parameters; dragging elsewhere pans; ctrl + wheel zooms."""

    asked = Signal(dict, bool)              # parameter values, whether the drag is over
    zoom_changed = Signal()
    picked = Signal(dict)
    broken = Signal(object)                 # a picture that cannot be painted: why

    def __init__(self, look: Look, canvas: Canvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look, self.canvas = look, canvas
        self.only: str | None = None
        self._scene: tuple[Panel, Any, Any, Shown, tuple[Ghost, ...]] | None = None
        self._pointer: QPointF | None = None
        self._fault: Exception | None = None
        self._dragged: tuple[Plot, Handle] | None = None
        self._panned: tuple[Plot, QPointF] | None = None
        self._points = PointEdit(canvas, self.asked.emit)
        self.read_out: Read = reading_text
        self._cells = CellPaint(canvas, self.asked.emit)
        self.limits: Callable[[str, float], Any] = lambda name, value: value
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        look.changed.connect(self._restyle)

    def show_scene(self, panel: Panel, frame: Any, params: Any, shown: Shown, ghosts: tuple[Ghost, ...] = ()) -> None:
        """Draw a frame; the painting follows at the next refresh."""
        self._scene = (panel, frame, params, shown, ghosts)
        self._draw()
        self.update()

    def _draw(self) -> None:
        """Build the scene; a panel that cannot draw its frame is told in the picture's place, and the window lives on."""
        if self._scene is not None:
            try:
                self.canvas.draw(*self._scene)
            except Exception as fault:  # noqa: BLE001
                self._break(fault)

    def _break(self, fault: Exception) -> None:
        self._scene, self._fault = None, fault
        QTimer.singleShot(0, self, self._tell)              # not in the middle of a painting

    def clear(self) -> None:
        """Show nothing."""
        self._scene = None
        self.update()

    def _restyle(self) -> None:
        self.canvas.theme, self.canvas.language = self.look.theme, self.look.language
        self._draw()
        self.update()

    def show_only(self, view: str | None) -> None:
        """One view at a time, for small windows; None for all."""
        self.only = view
        self.update()

    # painting -------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            self._paint(painter)
        except Exception as fault:  # noqa: BLE001
            self._break(fault)
        finally:
            painter.end()

    def _tell(self) -> None:
        fault, self._fault = self._fault, None
        if fault is not None:
            self.broken.emit(fault)

    def _paint(self, painter: QPainter) -> None:
        if self._scene is None:
            return
        only = self.only if self.only in self.canvas.view_names else None
        room = QRectF(self.rect()).adjusted(0, HEADROOM * self.look.scale if only is not None else 0, 0, 0)
        self.canvas.paint(painter, room, self.look.scale, only=only, titled=only is None)
        if self.hasFocus():
            painter.setPen(self.look.theme.color("accent"))
        if self._pointer is not None and self._dragged is None and self._panned is None:
            self._paint_cursor(painter, self._pointer)

    def _paint_cursor(self, painter: QPainter, at: QPointF) -> None:
        found = self.canvas.read(at)
        if found is None or self.canvas.handle_at(at) is not None:
            return
        plot, reading = found
        paper = Paper(painter, self.look.theme, self.look.language, self.look.scale)
        role = plot.view.marks[reading.mark].role
        paper.use(paper.pen("surface", 2, ()), paper.color("ink" if reading.value is not None else role))
        paper.marker(reading.at.x(), reading.at.y(), paper.px(10), "circle")
        text = self.read_out(plot, reading)
        width, height = paper.width(text, "label") + paper.px(16), paper.px(24)
        left = min(reading.at.x() + paper.px(12), self.width() - width - 2)
        top = max(2.0, reading.at.y() - height - paper.px(8))
        paper.use(paper.pen("line", 1, ()), paper.color("surface_raised"))
        paper.painter.drawRoundedRect(QRectF(left, top, width, height), paper.px(5), paper.px(5))
        paper.text(left + paper.px(8), top + height / 2, text, "ink", size="label", anchor="left")

    # the pointer ----------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if event.button() == Qt.MouseButton.RightButton:
            self._points.remove(at)
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._dragged = self.canvas.handle_at(at)
        plot = self.canvas.plot_at(at)
        if self._dragged is None and plot is not None:
            if self._points.press(at) or self._cells.press(at) or self._pick(plot, at):
                return
            if plot.view.axes:
                self._panned = (plot, at)
        self._set_cursor(at)

    def _pick(self, plot: Plot, at: QPointF) -> bool:
        values = self._picked(plot, at)
        if values:
            self.picked.emit(values)
        return bool(values)

    def _picked(self, plot: Plot, at: QPointF) -> dict[str, Any]:
        """What a click here asks for; empty where it picks nothing."""
        for name, pick in plot.view.picks.items():
            mark = plot.view.marks.get(name)
            reading = mark.read(plot.box, at) if mark is not None else None
            if reading is not None and (values := pick.values(reading)):
                return values
        return {}

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self._pointer = event.position()
        self._points.move(at)
        self._cells.move(at)
        if self._dragged is not None:
            self._drag(at, final=False)
        elif self._panned is not None:
            self._pan(at)
        else:
            self.update()
        self._set_cursor(at)

    def _set_cursor(self, at: QPointF) -> None:
        plot = self.canvas.plot_at(at)
        over = self._dragged is not None or self.canvas.handle_at(at) is not None or self._points.over(at)
        shape = Qt.CursorShape.ClosedHandCursor if self._dragged or self._panned or self._points.dragging else \
            Qt.CursorShape.OpenHandCursor if over else Qt.CursorShape.ArrowCursor if plot is None else \
            Qt.CursorShape.PointingHandCursor if self._picked(plot, at) else Qt.CursorShape.CrossCursor
        self.setCursor(shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragged is not None:
            self._drag(event.position(), final=True)
        if event.button() == Qt.MouseButton.LeftButton:
            self._points.release(event.position())
            self._cells.release()
        self._dragged = self._panned = None
        self._set_cursor(event.position())
        self.update()

    def _drag(self, at: QPointF, *, final: bool) -> None:
        assert self._dragged is not None
        plot, handle = self._dragged
        if handle.about is None:                    # a turning handle follows the pointer out of the plot as well
            r = plot.box.rect
            at = QPointF(min(max(at.x(), r.left()), r.right()), min(max(at.y(), r.top()), r.bottom()))
        x, y = plot.box.x.data(at.x()), plot.box.y.data(at.y())
        step = {name: scale.high - scale.low for name, scale in zip(handle.sets, (plot.box.x, plot.box.y), strict=True)}
        values = {name: self.limits(name, on_grid(value, step[name]) if cell_of(name) else value)
                  for name, value in handle.values_at(x, y).items()}
        if values:
            self.asked.emit(values, final)

    def _pan(self, at: QPointF) -> None:
        assert self._panned is not None
        plot, start = self._panned
        if (at - start).manhattanLength() < 3:
            return
        self.canvas.zoom[plot.view.name] = (moved(plot.box.x, start.x() - at.x()), moved(plot.box.y, start.y() - at.y()))
        self.zoom_changed.emit()
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        plot = self.canvas.plot_at(event.position())
        if plot is not None and self.canvas.zoom.pop(plot.view.name, None) is not None:
            self.zoom_changed.emit()
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        plot = self.canvas.plot_at(event.position())
        if plot is None or not plot.view.axes or not (self.hasFocus() or event.modifiers() & Qt.KeyboardModifier.ControlModifier):
            event.ignore()
            return
        factor = 0.9985 ** event.angleDelta().y()
        at = event.position()
        self.canvas.zoom[plot.view.name] = (zoomed(plot.box.x, at.x(), factor), zoomed(plot.box.y, at.y(), factor))
        self.zoom_changed.emit()
        self.update()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_0 and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.reset_zoom()
            return
        super().keyPressEvent(event)

    def reset_zoom(self) -> None:
        """Every view back to its own range."""
        self.canvas.zoom.clear()
        self.zoom_changed.emit()
        self.update()

    def leaveEvent(self, event: Any) -> None:
        self._pointer = None
        self.update()

    def hideEvent(self, event: QHideEvent) -> None:
        self._pointer = self._dragged = self._panned = None
        self._points.drop()
        self._cells.drop()
