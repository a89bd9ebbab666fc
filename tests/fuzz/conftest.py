"""A fuzz test that ran fewer cases than it says fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .hostile import RAN


@pytest.fixture(autouse=True)
def _as_many_as_it_says(request: pytest.FixtureRequest) -> Iterator[None]:
    inner = getattr(getattr(request.function, "hypothesis", None), "inner_test", None)
    before = RAN[request.function.__name__]
    yield
    declared = getattr(inner, "declared", 0)
    ran = RAN[request.function.__name__] - before
    failed = getattr(request.node, "failed", False)
    assert ran >= declared or failed, f"{ran} cases ran, {declared} were promised"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Whether the test itself failed: then there are fewer cases for a better reason."""
    report = yield
    if report.when == "call" and report.failed:
        item.failed = True  # type: ignore[attr-defined]
    return report
