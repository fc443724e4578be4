"""What tests of several engines need."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fixtures import one_thread


@pytest.fixture(scope="module", autouse=True)
def hear_once(heard_once: None) -> None:
    """Recordings are heard once here; see heard_once."""


@pytest.fixture
def alone() -> Iterator[None]:
    """A test with one thread for torch; see fixtures.one_thread."""
    with one_thread():
        yield
