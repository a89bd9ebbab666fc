"""The catalog: a text that cannot be used says why where its concept is asked for."""

import shutil
from pathlib import Path

import pytest

from app.catalog import CONCEPTS, Catalog
from engine.core import BadInput


def test_a_concept_whose_text_cannot_be_used_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    shutil.copy(CONCEPTS / "chapters.toml", tmp_path)
    (tmp_path / "mathematics").mkdir()
    text = (CONCEPTS / "mathematics" / "clt.toml").read_text(encoding="utf-8")
    (tmp_path / "mathematics" / "clt.toml").write_text(text.replace("summary =", "sumary =", 1), encoding="utf-8")
    with pytest.raises(BadInput, match="summary is missing"):
        Catalog.load(tmp_path).entry("mathematics.clt")
