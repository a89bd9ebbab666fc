"""Breaks the concept that `main.py new` lays out in one way for each check, and prints what each check says of it.

Run in a copy of the program, by tests/test_checks_can_fail.py: python tests/broken_concepts.py
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
ID = "mathematics.tiny"

# check: (file, what is replaced, by what); an empty file name stands for "the file is deleted"
Mutation = tuple[str, str, str]
MUTATIONS: dict[str, Mutation] = {
    "files_are_there": ("lesson.zh.md", "", ""),
    "imports_stay_in_the_house": ("engine.py", "import numpy as np\n", "import numpy as np\nfrom engine.mathematics import clt\n"),
    "panels_hold_no_words_or_colours": ("panel.py", '"values", ', '"values", label="all of it", x='),
    "source_is_short": ("engine.py", "import numpy as np\n", "import numpy as np\n" + "# more\n" * 400),
    "parameters_are_values": ("engine.py", "@dataclass(frozen=True)\nclass Params", "@dataclass(frozen=True, eq=False)\nclass Params"),
    "bad_values_are_refused": ("engine.py", "@dataclass(frozen=True)\nclass Params:", '''from engine.core.structured import Structured
@dataclass(frozen=True)
class Anything(Structured):
    kind = "points"
    @classmethod
    def read(cls, name, value, notes): return cls()
    def plain(self): return []
@dataclass(frozen=True)
class Params:
    loose: Anything = Anything()'''),
    "presets_are_valid": ("words.toml", "{ rate = 1.1 }", "{ rate = 9.0 }"),
    "frames_are_finite": ("engine.py", "values.append(values[-1] * p.rate)", 'values.append(float("nan"))'),
    "same_seed_same_bytes": ("engine.py", "values = [1.0]", "values = [float(np.random.default_rng().random())]"),
    "frames_never_change": ("engine.py", "yield Frame(np.array(values), step, values[-1])", "yield Frame(values, step, values[-1])"),
    "frames_are_small": ("engine.py", "yield Frame(np.array(values)", "yield Frame(np.zeros(600_000)"),
    "imports_are_light": ("engine.py", "import numpy as np\n", "import numpy as np\nimport scipy.stats\n"),
    "closing_leaves_nothing": ("engine.py", "values = [1.0]", '''values = [1.0]
    import threading, time
    threading.Thread(target=time.sleep, args=(20,), daemon=True).start()'''),
    "layers_refine": ("engine.py", "@__ID__.verify", '@__ID__.layer(reads=("rate",))\ndef nothing(p, run):\n    return iter(())\n\n\n@__ID__.verify'),
    "numbers_are_verified": ("engine.py", "values[-1] * p.rate", "values[-1] * p.rate + 1e-6"),
    "cuda_agrees": ("engine.py", 'kind="steps")', 'kind="steps", lane="heavy")'),
    "parameters_have_words": ("words.toml", "[params.steps]", "[params.stops]"),
    "metrics_have_words": ("words.toml", "[metrics.step]", "[metrics.stop]"),
    "runs_have_words": ("words.toml", "closed_form = ", "open_form = "),
    "views_have_words": ("words.toml", "[views.path]", "[views.road]"),
    "words_are_in_both_languages": ("words.toml", "每一步乘以多少。", "What each step multiplies by."),
    "names_in_texts_are_known": ("words.toml", r"\slot[3]{step}", r"\slot[3]{stop}"),
    "presets_teach": ("words.toml", 'teaches = "surprise"\n', ""),
    "experiments_are_proved": ("words.toml", "* 1024 ==", "* 1000 =="),
    "lessons_agree": ("lesson.zh.md", "[每步减半](set:rate=0.5)", ""),
    "formulas_are_typeset": ("words.toml", r"\qquad", r"\quad\;"),
    "pictures_are_not_blank": ("panel.py", "steps, exact", "steps - 1e6, exact"),
    "drawing_depends_on_the_frame_alone": ("panel.py", 'path = c["path"]', 'path = c["path"]\n    draw.__dict__["n"] = n = draw.__dict__.get("n", 0) + 1'),
    "nothing_is_changed_by_drawing": ("panel.py", 'path = c["path"]', 'path = c["path"]\n    object.__setattr__(f, "value", 7.5)'),
    "qt_has_no_complaints": ("panel.py", 'path = c["path"]', 'path = c["path"]\n    from PySide6.QtCore import qWarning\n    qWarning("odd")'),
    "words_overlap_no_words": ("panel.py", "    if p.exact:", '    path.text("one", 9, 0.5, "12345")\n    path.text("two", 9, 0.5, "67890")\n    if p.exact:'),
    "nothing_is_clipped": ("panel.py", "    if p.exact:", '    path.text("one", 5, 0.5, "12345")\n    path.handle("two", 5, 0.5, ("rate", None), label=False)\n    if p.exact:'),
    "words_stand_out": ("panel.py", "    if p.exact:", '    path.bars("block", [2.0, 9.0], [0.9], "data", solid=True, label=False)\n    path.text("one", 5, 0.5, "12345", "model", halo=False)\n    if p.exact:'),
    "chinese_is_drawn": ("words.toml", "每一步的数值", "Values"),
    "every_letter_has_a_glyph": ("words.toml", "zh = \"反复相乘\"", "zh = \"反复相乘𓀀\""),
    "every_format_opens": ("engine.py", "np.array(values), step", "np.array(values, dtype=object), step"),
    "the_script_repeats_the_numbers": ("engine.py", "values = [1.0]", "import os\n    values = [float(os.getpid())]"),
}
# what one replacement does not bring about alone
ALSO: dict[str, Mutation] = {
    "chinese_is_drawn": ("words.toml", "共 {steps} 步", "{steps}"),
    "pictures_are_not_blank": ("panel.py", "np.arange(len(f.values))", "np.arange(len(f.values)) - 1e6"),
    "drawing_depends_on_the_frame_alone": ("panel.py", "f.values, \"data\"", "f.values, \"data\", size=7 + n"),
    "cuda_agrees": ("engine.py", "values = [1.0]", 'values = [1.0 if run.device == "cpu" else 2.0]'),
}
MORE: dict[str, tuple[Mutation, ...]] = {
    "chinese_is_drawn": (("words.toml", "zh = \"闭式解\" }\nvalues", "zh = \"exact\" }\nvalues"),
                         ("words.toml", "zh = \"数值\" }\n\n[checks]", "zh = \"values\" }\n\n[checks]")),
}


def main() -> None:
    """Print {check: [ok on the healthy concept, ok on the broken one, what it says of the broken one]}."""
    from app.checks.contract import CHECKS

    healthy = written()
    found: dict[str, list[object]] = {}
    for check in CHECKS:
        name = check.__name__
        with cuda_is_claimed(name == "cuda_agrees"):
            good = judged(check, healthy, [])
            bad = judged(check, healthy, [m for m in (MUTATIONS.get(name), ALSO.get(name), *MORE.get(name, ())) if m])
        found[name] = [good[0], bad[0], good[1] or bad[1]]
    print(json.dumps(found))


def written() -> dict[Path, str]:
    """The healthy concept's files, laid out by `new`."""
    from app.catalog import Catalog
    from app.commands.new import files_of, lay_out, typeset_formulas

    lay_out(ID, Catalog.load(), ROOT)
    typeset_formulas()
    return {path: path.read_text(encoding="utf-8") for path in files_of(ID, ROOT).values()}


def judged(check: Callable[..., object], healthy: dict[Path, str], mutations: list[Mutation]) -> tuple[bool, str]:
    """What a check says of the concept after these mutations, in freshly imported modules."""
    from app.catalog import Catalog
    from app.checks.contract import run_check
    from app.checks.subject import Subject
    from app.commands.new import files_of
    from panels.kit.panel import PANELS

    files = files_of(ID, ROOT)
    for path, text in healthy.items():
        path.write_text(text, encoding="utf-8")
    for name, old, new in mutations:
        path = files[name]
        old, new = old.replace("__ID__", "tiny"), new.replace("__ID__", "tiny")
        if not old:
            path.unlink()
            continue
        text = path.read_text(encoding="utf-8")
        if old not in text:
            raise SystemExit(f"{name} has no {old!r} to replace")
        path.write_text(text.replace(old, new), encoding="utf-8")
    for room in ("engine", "panels"):
        sys.modules.pop(f"{room}.{ID}", None)
    PANELS.pop(ID, None)
    importlib.invalidate_caches()
    catalog = Catalog.load()
    done = run_check(check, Subject(catalog.entry(ID), catalog))  # type: ignore[arg-type]
    return done.ok, done.detail


@contextmanager
def cuda_is_claimed(claimed: bool) -> Iterator[None]:
    """The check of CUDA asks for devices; here it is told that there is one, which the broken concept then tells apart."""
    from engine.core import device

    before = device.cuda_titles
    if claimed:
        device.cuda_titles = lambda: ("claimed",)  # type: ignore[assignment,return-value]
    try:
        yield
    finally:
        device.cuda_titles = before


if __name__ == "__main__":
    sys.dont_write_bytecode = True          # a file changed twice within a second must not come from the cache
    main()
