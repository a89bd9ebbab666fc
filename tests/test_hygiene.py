"""What keeps a project fit: pinned and licensed dependencies, documented and typed public names, tests in one order."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.licenses import canonicalize_license_expression
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUNTIME = (*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["video"])
DEVELOPMENT = PROJECT["optional-dependencies"]["dev"]
CUDA_BUILD = re.compile(r"nvidia-|cuda-|triton$")  # what torch's build for CUDA brings, and its build for the CPU does not

# What a program under the Apache licence that is given away as source may run on. LGPL: PySide6, linked and not changed.
ALLOWED = {
    "MIT",
    "MIT-CMU",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "0BSD",
    "Apache-2.0",
    "PSF-2.0",
    "Zlib",
    "CC0-1.0",
    "BSL-1.0",
    "LGPL-3.0-only",
    "Apache-2.0 WITH LLVM-exception",
    "LicenseRef-NVIDIA-Proprietary",  # with torch's build for CUDA alone: it may be used, and Loupe passes none of it on
}
FAMILIES = {"BSD License": "BSD", "MIT License": "MIT", "Apache Software License": "Apache", "BSD": "BSD", "MIT": "MIT"}
OPERATORS = re.compile(r"\s+(?:AND|OR)\s+|[()]")


@cache
def installed() -> dict[str, Distribution]:
    return {canonicalize_name(d.metadata["Name"]): d for d in distributions()}


def closure(requirements: tuple[str, ...]) -> list[str]:
    """Everything that is installed with these requirements, themselves included, by canonical name."""
    found: set[str] = set()
    todo = [Requirement(text) for text in requirements]
    while todo:
        one = todo.pop()
        name = canonicalize_name(one.name)
        if (
            name in found
            or (one.marker is not None and not one.marker.evaluate({"extra": ""}))
            or name not in installed()
        ):
            assert name in installed() or one.marker is not None, f"{name} is required and not installed"
            continue
        found.add(name)
        todo += [
            Requirement(text)
            for text in installed()[name].requires or []
            if (marker := Requirement(text).marker) is None or marker.evaluate({"extra": ""})
        ]
    return sorted(found)


def pins() -> dict[str, Requirement]:
    lines = [
        line.partition("#")[0].strip() for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    ]
    return {canonicalize_name(pin.name): pin for pin in map(Requirement, filter(None, lines))}


@pytest.mark.parametrize("name", [n for n in closure((*RUNTIME, *DEVELOPMENT)) if not CUDA_BUILD.match(n)])
def test_every_package_is_pinned_and_is_what_the_pin_says(name: str) -> None:
    assert name in pins(), f"{name} {installed()[name].version} stands in no line of constraints.txt"
    assert pins()[name].specifier.contains(installed()[name].version), (str(pins()[name]), installed()[name].version)


def test_every_pin_names_one_version() -> None:
    """torch alone is left its build (CPU or CUDA), and so its patch level, to the index; what its build for CUDA needs
    it names itself, version by version."""
    loose = [
        str(pin) for name, pin in pins().items() if [s.operator for s in pin.specifier] != ["=="] and name != "torch"
    ]
    assert not loose
    names = [
        line.partition("=")[0].partition("~")[0]
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert len(names) == len(set(names))


# licences -------------------------------------------------------------------------------------------------------------


def listed() -> dict[str, str]:
    """The table of docs/licences.md: package -> licence."""
    rows = re.findall(
        r"^\| ([\w.-]+) \| ([^|]+) \|", (ROOT / "docs" / "licences.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    return {
        canonicalize_name(name): licence.strip()
        for name, licence in rows
        if name not in ("package", "what") and set(name) != {"-"}
    }


@pytest.mark.parametrize("name", closure(RUNTIME))
def test_the_licence_of_every_runtime_package_is_known_and_allowed(name: str) -> None:
    assert name in listed(), f"{name} is missing in docs/licences.md"
    ours = listed()[name]
    parts = [part.strip() for part in OPERATORS.split(ours) if part.strip()]
    free = any if " OR " in ours else all
    assert free(part in ALLOWED for part in parts), ours
    assert str(canonicalize_license_expression(ours)) == ours
    metadata = installed()[name].metadata
    if CUDA_BUILD.match(name) and not metadata.get("License-Expression"):
        return  # NVIDIA's older wheels say it in a sentence, or not at all
    assert agrees(ours, metadata), f"docs/licences.md says {ours}"


def agrees(ours: str, metadata: Any) -> bool:
    """Whether a licence is what the package says of itself: its expression, else its classifiers, else its words."""
    expression = metadata.get("License-Expression")
    if expression:
        return ours == expression
    said = [c.rpartition("::")[2].strip() for c in metadata.get_all("Classifier") or [] if c.startswith("License")]
    words = (metadata.get("License") or "").split("\n")[0].strip()
    if words and words == ours:
        return True
    return any(ours.startswith(FAMILIES.get(text, text or "-")) for text in [*said, words])


def test_about_says_what_the_documents_say(qapp: Any) -> None:
    from app.widgets.dialogs import PARTS

    about = {canonicalize_name(name): licence for name, licence in PARTS}
    wrong = {
        name: (licence, listed().get(name))
        for name, licence in about.items()
        if licence not in short(listed().get(name, ""))
    }
    assert not wrong
    missing = [text for text in RUNTIME if canonicalize_name(Requirement(text).name) not in about]
    assert not missing


def short(licence: str) -> list[str]:
    """As the About page has room for it: of a choice the one we take, of a sum one part and that there are others."""
    parts = [part.removesuffix("-only") for part in licence.partition(" OR ")[0].split(" AND ")]
    return parts if len(parts) == 1 else [f"{part} and others" for part in parts]


def test_what_is_shipped_has_its_licence_beside_it() -> None:
    from app.widgets.dialogs import SHIPPED

    text = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    assert all(name in text and licence in text for name, licence in SHIPPED)


# public names -----------------------------------------------------------------------------------------------------------

API = sorted(path for room in ("engine/core", "engine/models", "panels/kit") for path in (ROOT / room).rglob("*.py"))
FIELD_BY_FIELD = ("Params", "Frame")  # every field of theirs has its words in a comment


@pytest.mark.parametrize("path", API, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_public_name_is_explained(path: Path) -> None:
    """A docstring of its own, or for a method the one it overrides; members of a Protocol speak for themselves."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    bare = [] if ast.get_docstring(tree) else [module]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and is_public(node.name) and not ast.get_docstring(node):
            bare.append(node.name)
        if isinstance(node, ast.ClassDef) and is_public(node.name) and not is_protocol(node):
            bare += [
                f"{node.name}.{item.name}"
                for item in node.body
                if isinstance(item, ast.FunctionDef)
                and is_public(item.name)
                and not inspect.getdoc(getattr(kind(module, node.name), item.name))
            ]
    assert not bare


def is_public(name: str) -> bool:
    return not name.startswith("_") and name not in FIELD_BY_FIELD


def is_protocol(node: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)


def kind(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("path", API, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_public_function_is_typed(path: Path) -> None:
    """Every argument and result of a public name has a type; mypy --strict checks that they hold."""
    bare = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and is_public(node.name):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            bare += [
                f"{node.name}({a.arg})" for a in arguments if a.annotation is None and a.arg not in ("self", "cls")
            ]
            bare += [node.name] if node.returns is None else []
    assert not bare


def test_mypy_is_strict_where_it_matters() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    assert settings["strict"] is True
    for room in ("engine/core", "panels/kit", "app"):
        assert any(room == name or room.startswith(f"{name}/") for name in settings["files"])


# the tests themselves ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_tests_are_collected_alike_in_every_process() -> None:
    """Workers of `make test JOBS=2` refuse to begin where ids differ, and ids from sets differ with the hash seed."""
    words = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "tests"]
    both = [subprocess.Popen(words, cwd=ROOT, text=True, stdout=subprocess.PIPE, env={**os.environ, "PYTHONHASHSEED": seed})
            for seed in ("1", "2")]
    seen = [[line for line in process.communicate(timeout=300)[0].splitlines() if "::" in line] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert [pair for pair in zip(*seen, strict=False) if pair[0] != pair[1]] == []
    assert len(seen[0]) == len(seen[1]) == len(set(seen[0]))
