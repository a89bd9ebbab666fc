"""The command line that makes a picture again."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from typing import Any

from app.differences import differing
from engine.core.params import canonical, changed, plain
from engine.core.run import Edit


def command_of(concept_id: str, params: Any, edits: Iterable[Edit], index: int | None) -> str:
    """`main.py export` with what departs from the defaults, ready to be pasted into a shell; None is the rest frame."""
    words = [f"--set {shlex.quote(f'{name}={_word(value)}')}" for name, value in changed(params).items()]
    words += [f"--edit {shlex.quote(f'{at}:{name}={_word(value)}')}" for at, name, value in edits]
    name = concept_id.rpartition(".")[2]
    frame = [] if index is None else [f"--frame {index}"]
    return " ".join(["main.py export", concept_id, *words, *frame, f"-o {name}.pdf"])


def command_of_columns(concept_id: str, columns: Sequence[Any], index: int) -> str:
    """`main.py export` of a comparison: what the columns have in common, then what sets each apart."""
    apart = [spec.name for spec in differing(columns)]
    common = {name: value for name, value in changed(columns[0]).items() if name not in apart}
    words = [f"--set {shlex.quote(f'{name}={_word(value)}')}" for name, value in common.items()]
    words += [f"--compare {shlex.quote(','.join(f'{name}={_word(table[name])}' for name in apart))}"
              for table in map(plain, columns)]
    name = concept_id.rpartition(".")[2]
    return " ".join(["main.py export", concept_id, *words, f"--frame {index}", f"-o {name}_compared.pdf"])


def _word(value: Any) -> str:
    return value if isinstance(value, str) else canonical(value)
