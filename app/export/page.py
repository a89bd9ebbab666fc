"""A page of every concept: its pictures in both languages, computed now, and an index that switches between them."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from html import escape
from multiprocessing import get_context
from pathlib import Path

from app.atomic import check_target, faults_of_writing, write_bytes
from app.catalog import Catalog, Chapter
from app.entry import Entry
from app.export.size import Size
from engine.core.faults import BadInput, LoupeError

LANGUAGES = ("en", "zh")
Made = tuple[str, str]              # a concept's id, and the sentence of its fault, '' where its pictures are written

STYLE = """
body { font: 15px/1.5 Inter, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei UI", sans-serif; margin: 2.5rem auto;
  max-width: 1200px; padding: 0 1.5rem; }
h1 { font-size: 1.75rem; margin: 0; } h2 { font-size: 1rem; margin: 2.5rem 0 .75rem; } h3 { font-size: 1rem; margin: .5rem 0 0; }
.cards { display: grid; gap: 1.75rem; grid-template-columns: repeat(auto-fill, minmax(340px, 1fr)); }
figure { margin: 0; } figure img { width: 100%; height: auto; border: 1px solid currentColor; border-color: rgb(128 128 128 / .3);
  border-radius: 10px; box-sizing: border-box; } p { margin: 0; } figcaption p { opacity: .75; }
#zh:checked ~ main [lang=en], #zh:not(:checked) ~ main [lang=zh-Hans] { display: none; }
#zh { position: absolute; opacity: 0; } label { cursor: pointer; text-decoration: underline; }
#zh:focus-visible ~ main label { outline: 2px solid; outline-offset: 2px; }
"""


def export_page(folder: Path, size: Size, theme: str, language: str, *, jobs: int = 0,
                on_made: Callable[[int, int, Made], None] | None = None) -> list[Made]:
    """Write `<id>.<language>.png` of every concept and index.html below `folder`; returns those that failed."""
    with faults_of_writing(folder):
        if folder.exists() and not folder.is_dir():
            raise BadInput(f"{folder}: is a file, not a folder; choose another", "not_a_folder", path=folder)
        folder.mkdir(parents=True, exist_ok=True)
    check_target(folder / "index.html")      # before the pictures are computed, not after
    catalog = Catalog.load()
    made = _pictures(catalog, folder, size, theme, jobs, on_made)
    _ensure_words()
    page = page_of(catalog, dict(made), theme, language)
    write_bytes(folder / "index.html", page.encode("utf-8"))
    return [m for m in made if m[1]]


def _pictures(catalog: Catalog, folder: Path, size: Size, theme: str, jobs: int,
              on_made: Callable[[int, int, Made], None] | None) -> list[Made]:
    """Every picture, over processes; a concept that fails says so, and the others are still made."""
    ids = [e.id for e in catalog.entries if e.kind != "page"]
    workers = min(jobs or os.cpu_count() or 1, len(ids))
    made: list[Made] = []
    with ProcessPoolExecutor(max(1, workers), mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(make_pictures, id, folder, size, theme) for id in ids]
        try:
            for done, future in enumerate(waiting, 1):
                made.append(future.result())
                if on_made is not None:
                    on_made(done, len(ids), made[-1])
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return made


def make_pictures(concept_id: str, folder: Path, size: Size, theme: str) -> Made:
    """One concept's pictures in both languages; runs in a process of its own."""
    from dataclasses import replace

    from app.export import compute, export
    from engine.core.address import load

    try:
        entry, concept = Catalog.load().entry(concept_id), load(concept_id)
        figure = compute(entry, concept, concept.default(), size=size, theme=theme).with_layers()
        for language in LANGUAGES:
            export(replace(figure, language=language), folder / f"{concept_id}.{language}.png")
    except LoupeError as fault:
        return concept_id, fault.message
    except Exception as fault:  # noqa: BLE001  one concept's fault is told, and does not stop the others
        return concept_id, f"{type(fault).__name__}: {fault}"
    return concept_id, ""


def page_of(catalog: Catalog, made: dict[str, str], theme: str, language: str) -> str:
    """The index: no script, nothing from elsewhere; a checkbox chooses the language."""
    from panels.kit.theme import theme as theme_of

    look = theme_of(theme)
    chapters = "\n".join(_chapter(c, catalog.of_chapter(c.id), made) for c in catalog.chapters if catalog.of_chapter(c.id))
    count = len(catalog.entries)
    colors = f"body {{ background: {look.hex('surface')}; color: {look.hex('ink')}; }}"
    checked = " checked" if language == "zh" else ""
    return (f'<!DOCTYPE html>\n<html lang="{"zh-Hans" if language == "zh" else "en"}">\n<head>\n<meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width">\n<title>{escape(_word("title", language))}</title>\n'
            f'<style>{STYLE}{colors}</style>\n</head>\n<body>\n<input type="checkbox" id="zh"{checked}>\n<main>\n'
            f'<p><label for="zh">{_both("language")}</label></p>\n<h1>{_both("title")}</h1>\n'
            f'<p>{_both("summary", count=count)}</p>\n{chapters}\n</main>\n</body>\n</html>\n')


def _chapter(chapter: Chapter, entries: tuple[Entry, ...], made: dict[str, str]) -> str:
    cards = "\n".join(_card(e, made.get(e.id, "")) for e in entries)
    return (f'<section>\n<h2>{chapter.number} · {_spans(chapter.title("en"), chapter.title("zh"))}</h2>\n'
            f'<div class="cards">\n{cards}\n</div>\n</section>')


def _card(entry: Entry, fault: str) -> str:
    title = _spans(entry.title("en"), entry.title("zh"))
    summary = _spans(entry.summary("en"), entry.summary("zh"))
    if entry.kind == "page":
        picture = f"<p>{_both('page')}</p>"
    elif fault:
        picture = f"<p>{_both('failed', sentence=fault)}</p>"
    else:
        picture = "".join(f'<a lang="{_lang(code)}" href="{entry.id}.{code}.png"><img loading="lazy" '
                          f'src="{entry.id}.{code}.png" alt="{escape(entry.title(code))}"></a>' for code in LANGUAGES)
    return f'<figure id="{entry.id}">{picture}\n<figcaption><h3>{title}</h3><p>{summary}</p></figcaption></figure>'


def _both(key: str, **values: object) -> str:
    return _spans(_word(key, "en", **values), _word(key, "zh", **values))


def _word(key: str, language: str, **values: object) -> str:
    from app.look import translate

    return translate(f"export.page.{key}", language, **values)


def _spans(en: str, zh: str) -> str:
    return f'<span lang="en">{escape(en)}</span><span lang="zh-Hans">{escape(zh)}</span>'


def _lang(code: str) -> str:
    return "zh-Hans" if code == "zh" else code


def _ensure_words() -> None:
    """The index's words and colours come through Qt-side modules: say it in a sentence where Qt cannot be loaded."""
    from app.export.headless import ensure_application

    ensure_application()
