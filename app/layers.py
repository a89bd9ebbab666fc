"""The layers of an open concept: which are asked for, which have come, and those that were complete before."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

from engine.core import messages as m
from engine.core.concept import Concept
from engine.core.params import run_key

KEPT = 16               # complete layers kept for parameters that come back


class LayerBook:
    """Layers by name; one computed from other parameters than those on screen is never shown."""

    def __init__(self, address: str, concept: Concept, send: Callable[[Any], None]) -> None:
        self.shown: dict[str, Any] = {}
        self.faults: dict[str, Exception] = {}
        self._unsaid: list[Exception] = []
        self._address, self._concept, self._send = address, concept, send
        self._keys: dict[str, str] = {}                         # what each name was last asked for
        self._complete: OrderedDict[str, Any] = OrderedDict()
        self._settled: Any = None

    def settle(self, params: Any) -> None:
        """Let go of layers that do not belong to these parameters, and take back those that do."""
        if params == self._settled or not self._concept.layers:
            return
        self._settled = params
        for name in self._concept.layers:
            key = self._key(name, params)
            if self._keys.get(name) != key:
                self._keys.pop(name, None)
                self.shown.pop(name, None)
                self.faults.pop(name, None)
            if key in self._complete:
                self._keys[name], self.shown[name] = key, self._complete[key]

    def ask(self, params: Any, device: str) -> None:
        """Ask for every layer that is neither there nor on its way."""
        self.settle(params)
        for name in self._concept.layers:
            key = self._key(name, params)
            if self._keys.get(name) != key:
                self._keys[name] = key
                self._send(m.StartLayer(key, self._address, name, params, device))

    def receive(self, message: m.LayerSent | m.LayerFailed) -> bool:
        """Take a layer's frame; True when something is to be drawn anew."""
        if self._keys.get(message.name) != message.key:
            return False
        if isinstance(message, m.LayerFailed):
            self.faults[message.name] = message.fault
            self._unsaid.append(message.fault)
            return True
        if not message.done:
            self.shown[message.name] = message.frame
            return True
        if message.name in self.shown:
            self._complete[message.key] = self.shown[message.name]
            while len(self._complete) > KEPT:
                self._complete.popitem(last=False)
        return False

    def news(self) -> list[Exception]:
        """The faults that nobody has been told of yet."""
        found, self._unsaid = self._unsaid, []
        return found

    def complete(self, params: Any, names: Iterable[str]) -> bool:
        """Whether these layers have come to their end (or to a fault) for these parameters."""
        return all(name in self.faults or self._key(name, params) in self._complete for name in names)

    def lost(self) -> None:
        """The lane has gone: what was not complete is to be asked for again."""
        self._keys = {name: key for name, key in self._keys.items() if key in self._complete}
        self._settled = None

    def _key(self, name: str, params: Any) -> str:
        return run_key(f"{self._concept.id}/{name}", params, self._concept.layers[name].reads)
