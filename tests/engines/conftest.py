"""What tests of several engines need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar_app.inputs.portrait.portrait import load_portrait
from tests.fixtures import one_thread


@pytest.fixture(scope="module", autouse=True)
def hear_once(heard_once: None) -> None:
    """Recordings are heard once here; see heard_once."""


@pytest.fixture
def alone() -> Iterator[None]:
    """A test with one thread for torch; see fixtures.one_thread."""
    with one_thread():
        yield


@pytest.fixture(scope="module")
def read() -> Any:
    """load_portrait, which reads a picture once for all tests."""
    known: dict[str, Any] = {}

    def once(picture: Any, *more: Any) -> Any:
        key = f"{picture if isinstance(picture, Path) else np.asarray(picture).shape} {more}"
        if key not in known:
            known[key] = load_portrait(picture, *more)
        return known[key]

    return once
