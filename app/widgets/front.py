"""What stands in front in the window, a stage or a comparison: it fits a small window, and can be presented."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.widgets.transport import Transport


class Front(QWidget):
    """Knows whether it is small or presented; `tools` are what a presentation leaves out."""

    transport: Transport
    small = presenting = False

    @property
    def tools(self) -> tuple[QWidget, ...]:
        """Everything that is neither picture, formula nor transport."""
        raise NotImplementedError

    def restyle(self) -> None:
        """Take sizes from the present look and layout."""
        raise NotImplementedError

    def set_small(self, small: bool) -> None:
        """One picture at a time, icons without words and fewer numbers, below 1200 px."""
        if small != self.small:
            self.small = small
            self.transport.set_small(small)
            self.restyle()

    def set_presenting(self, presenting: bool) -> None:
        """Picture, formula and transport alone."""
        if presenting != self.presenting:
            self.presenting = presenting
            for widget in self.tools:
                widget.setVisible(not presenting)
            self.restyle()
