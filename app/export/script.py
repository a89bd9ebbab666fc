"""A Python script that computes a figure's numbers again with the engine alone."""

from __future__ import annotations

import pprint
from pathlib import Path

from app.atomic import write_bytes
from app.carriers import TEXT_LINE
from app.export.figure import Figure

TEMPLATE = '''{provenance}
"""{title}: the numbers of frame {index}, computed again with the engine alone.

Run it in the folder of main.py, or name that folder: python {name} FOLDER
"""

import sys
from pathlib import Path

FOLDER = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
if not (FOLDER / "engine" / "core").is_dir():
    sys.exit(f"{{FOLDER}}: holds no engine; run this in the folder of main.py, or give that folder as an argument")
sys.path.insert(0, str(FOLDER))

from engine.core import LoupeError, Stepper, build, load  # noqa: E402
from engine.core.device import resolve  # noqa: E402
from engine.core.report import dump, run_report  # noqa: E402
from engine.core.run import up_to  # noqa: E402

PARAMETERS = {parameters}
EDITS = {edits}                 # live edits: (from this frame on, parameter, value)
LAST = {index}                  # the frame in the figure
DEVICE = {device!r}


def main() -> None:
    concept = load({concept!r})
    params = build(concept.Params, PARAMETERS)
    stepper = Stepper(concept, params, device=resolve(DEVICE), edits=EDITS)
    kept = []
    for frame in up_to(stepper, LAST):
        kept = [(stepper.index, frame)]
    stepper.close()
    print(dump(run_report(concept, params, kept, stepper.run)))


if __name__ == "__main__":
    try:
        main()
    except LoupeError as fault:
        print(fault.message, file=sys.stderr)
        sys.exit(fault.status)
'''


def write_script(figure: Figure, path: Path) -> None:
    """The script; what it prints is what `main.py run` prints for the same frame."""
    made = figure.provenance()
    title = figure.entry.title("en").replace("\\", "").replace('"', "'")
    text = TEMPLATE.format(
        provenance=TEXT_LINE.decode() + made.dumps(), title=title, index=figure.recorded().index, name=path.name,
        parameters=pprint.pformat(made.params, width=110, sort_dicts=False), edits=_edits(figure), device=made.device,
        concept=made.concept)
    write_bytes(path, text.encode("utf-8"))


def _edits(figure: Figure) -> str:
    return pprint.pformat(figure.provenance().edits, width=110)
