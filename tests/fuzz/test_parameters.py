"""Parameters of every concept, from their declarations and against them: a value that fits, or a sentence that says why not."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog import Catalog
from engine.core.address import load
from engine.core.faults import BadInput, LoupeError
from engine.core.params import build, canonical, changed, effect_of_change, plain, run_key, schema
from engine.core.typed import parse_set

from .hostile import cases, given_to, is_a_sentence, texts, values

IDS = [entry.id for entry in Catalog.load().entries if entry.kind != "page"]


def check(params: Any, concept_id: str) -> None:
    """Parameters that were let in are values: they are written, hashed, compared and read again."""
    table = plain(params)
    assert build(type(params), json.loads(canonical(table)), settle=True) == params
    assert pickle.loads(pickle.dumps(params)) == params
    assert hash(params) == hash(build(type(params), table, settle=True))
    assert len(run_key(concept_id, params)) == 64
    canonical(changed(params))
    effect_of_change(params, type(params)())


@given(data=st.data(), concept_id=st.sampled_from(IDS), settle=st.booleans())
@cases(1500)
def test_any_values_of_declared_parameters(data: st.DataObject, concept_id: str, settle: bool) -> None:
    params_type = load(concept_id).Params
    specs = data.draw(
        st.lists(st.sampled_from(schema(params_type)), min_size=1, max_size=3, unique_by=lambda s: s.name)
    )
    table = {spec.name: data.draw(given_to(spec)) for spec in specs}
    try:
        made = build(params_type, table, settle=settle)
    except BadInput as fault:
        is_a_sentence(fault)
        named = [spec.name for spec in schema(params_type) if spec.name in fault.message]
    else:
        named = [spec.name for spec in specs]
        check(made, concept_id)
    assert named, "the sentence names no parameter"


@given(
    concept_id=st.sampled_from(IDS),
    table=st.dictionaries(
        st.one_of(
            texts,
            st.sampled_from(
                ["n", "seed", "jobs[0].arrival", "jobs[99].arrival", "jobs[0].none", "points[1].x", "[0]."]
            ),
        ),
        values,
        max_size=3,
    ),
)
@cases(700)
def test_any_names_at_all(concept_id: str, table: dict[str, Any]) -> None:
    try:
        check(build(load(concept_id).Params, table, settle=True), concept_id)
    except BadInput as fault:
        is_a_sentence(fault)


@given(data=st.data(), concept_id=st.sampled_from(IDS))
@cases(1300)
def test_any_words_of_the_command_line(data: st.DataObject, concept_id: str) -> None:
    params_type = load(concept_id).Params
    names = [*(spec.name for spec in schema(params_type)), "nothing", "jobs[1].burst"]
    words = data.draw(
        st.lists(
            st.one_of(texts, st.tuples(st.sampled_from(names), st.one_of(texts, values.map(str))).map("=".join)),
            min_size=1,
            max_size=2,
        )
    )
    try:
        check(build(params_type, parse_set(params_type, words)), concept_id)
    except LoupeError as fault:
        is_a_sentence(fault)


@pytest.mark.parametrize("concept_id", IDS)
def test_a_deep_value_is_refused(concept_id: str) -> None:
    deep: Any = 1
    for _ in range(5000):
        deep = [deep]
    for spec in schema(load(concept_id).Params):
        with pytest.raises(BadInput) as caught:
            build(load(concept_id).Params, {spec.name: deep})
        is_a_sentence(caught.value, spec.name)


FOUND: list[tuple[str, dict[str, Any]]] = [  # each was a traceback once
    ("deep.mlp", {"points": [[10**400, 0, 1]]}),
    ("systems.scheduling", {"jobs": 3, "jobs[0].arrival": 1}),
    ("systems.scheduling", {"jobs": [3], "jobs[0].arrival": 1}),
    ("systems.scheduling", {"jobs": [["\ud800", 0, 1, 1]]}),
    ("classical.pca", {"source": {"name": 3}}),
    ("classical.pca", {"source": {"name": "a", "columns": 3}}),
    ("transformer.attention", {"text": "\ud800"}),
    ("mathematics.clt", {"n": 10**4000}),
]


@pytest.mark.parametrize("case", range(len(FOUND)))
def test_what_was_found_is_a_sentence(case: int) -> None:
    concept_id, table = FOUND[case]
    with pytest.raises(BadInput) as caught:
        build(load(concept_id).Params, table, settle=True)
    is_a_sentence(caught.value, next(iter(table)).partition("[")[0])


@pytest.mark.parametrize("word", ["~nobodyknows/a.csv", "a\0.csv", "9" * 5000, ".", "/dev/null", "a.csv/b.csv"])
def test_a_word_that_names_no_table_is_a_sentence(word: str) -> None:
    with pytest.raises(LoupeError) as caught:
        parse_set(load("classical.pca").Params, [f"source={word}"])
    is_a_sentence(caught.value)
