"""A user's tables on their way to a cluster: found wherever a job names them, sent up to a size, looked at by their hash."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.executors import carried
from app.executors.carried import contents, named_in
from app.sweep import Axis, Sweep, measure
from engine.core import messages as m
from engine.core.address import load
from engine.core.data import CsvTable, bring, keep, load_source, place_of
from engine.core.faults import BadInput
from engine.core.params import build
from engine.core.values import Source

CLT = load("mathematics.clt")


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Source]:
    monkeypatch.setenv("LOUPE_HOME", str(tmp_path))
    yield keep(CsvTable(("a", "b"), np.arange(20.0).reshape(10, 2)), "ab.csv")
    bring({})


def params_of(source: Source) -> Any:
    return build(CLT.Params, {"population": "data", "data": source.plain()})


def test_a_job_is_searched_through(source: Source) -> None:
    params, found = params_of(source), {source.sha256: "ab.csv"}
    swept = Sweep("mathematics.clt", params, (Axis("n", (1, 2)),), (1,))
    assert named_in(partial(measure, swept)) == found
    assert named_in({"data": source.plain(), "n": 3}) == found
    for message in (m.Start(1, "mathematics.clt", params), m.StartLayer("k", "mathematics.clt", "x", params),
                    m.Prove(1, "mathematics.clt", params, "cpu", (), 1), m.EditLive(1, "data", source.plain())):
        assert named_in(message) == found
    assert named_in(m.Start(1, "mathematics.clt", CLT.Params())) == {}


def test_what_came_with_a_job_is_used_where_nothing_is_kept(source: Source, tmp_path: Path) -> None:
    came = contents(named_in(params_of(source)))
    place_of(source.sha256).unlink()
    with pytest.raises(BadInput, match="its data are not on this machine"):
        load_source(source)
    bring(came)
    assert np.array_equal(load_source(source), np.arange(20.0).reshape(10, 2))
    bring({})
    with pytest.raises(BadInput, match="its data are not on this machine"):
        load_source(source)


def test_what_came_damaged_is_refused_as_a_kept_file_is(source: Source) -> None:
    came = contents(named_in(params_of(source)))
    came[source.sha256][-1] ^= 1
    bring(came)
    with pytest.raises(BadInput, match="damaged"):
        load_source(source)


def test_more_than_can_be_sent_is_one_sentence(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carried, "MOST_BYTES", 100)
    with pytest.raises(BadInput, match="ab.csv: 1 MB are too many to send to the cluster") as caught:
        contents(named_in(params_of(source)))
    bring({source.sha256: caught.value})                # what a lane is sent instead: whoever wants the table says it
    with pytest.raises(BadInput, match="too many to send"):
        load_source(source)


def test_a_table_that_is_gone_is_left_for_the_computation_to_say(source: Source) -> None:
    place_of(source.sha256).unlink()
    assert contents({source.sha256: "ab.csv"}) == {}
