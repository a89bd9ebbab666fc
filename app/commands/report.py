"""`report`: a notebook as one self-contained HTML file, or as a PDF."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.atomic import check_target
from app.commands.export import language
from engine.core.faults import BadInput

SUFFIXES = (".html", ".pdf")


def run(arguments: argparse.Namespace) -> int:
    """Everything that can be refused is refused before anything is written."""
    from app.notebook_file import read_notebook

    if not arguments.output:
        raise BadInput(f"{arguments.notebook}: say where to: -o FILE", "no_output")
    path = Path(arguments.output)
    if path.suffix.lower() not in SUFFIXES:
        raise BadInput(f"{path.name or path}: the name must end in {', '.join(SUFFIXES)}", "unknown_suffix", name=path.name,
                       choices=", ".join(SUFFIXES))
    check_target(path)
    notebook = read_notebook(Path(arguments.notebook))
    from app.export.headless import ensure_application

    ensure_application()
    from app.catalog import Catalog
    from app.report import report_of
    from app.typeset import Typesetter
    from engine.core.data import home

    typesetter = Typesetter(home() / "cache" / "formulas")
    try:
        report = report_of(notebook, Catalog.load(), language(arguments))
        if path.suffix.lower() == ".html":
            from app.export.report_html import write_html

            write_html(report, path, typesetter)
        else:
            from app.export.report_pdf import write_pdf

            write_pdf(report, path, typesetter)
    finally:
        typesetter.close()
    return 0
