"""Files that several of these tests need, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from avatar_app.engines.audio2photoreal import checkpoint
from tests.engines.audio2photoreal.standins import save_person


@pytest.fixture(scope="session")
def person_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of weights with one person, not to be changed."""
    folder = tmp_path_factory.mktemp("person")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AVATAR_CHECKPOINTS", str(folder / "weights"))
        checkpoint.install(save_person(folder / "mine"))
    return folder / "weights"
