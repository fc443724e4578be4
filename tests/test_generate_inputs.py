"""What phones and people send, through `generate`: every kind reaches the engine mended, or is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from avatar_app.engines.base import Conditions
from tests.inputs.portrait.profiles import SWAPPED, matrix_profile
from tests.test_generate_wiring import PlainEngine, engine, made

__all__ = ["engine"]


@pytest.fixture
def photo(portrait: Path) -> PIL.Image.Image:
    return PIL.Image.open(portrait).convert("RGB")


def seen(engine: PlainEngine) -> Conditions:
    return engine.seen[-1]


def test_colours_of_a_portrait_are_those_that_its_profile_means(
    engine: PlainEngine, tmp_path: Path, photo: PIL.Image.Image
) -> None:
    red, green, blue = photo.split()
    PIL.Image.merge("RGB", (green, red, blue)).save(tmp_path / "p.png", icc_profile=matrix_profile(SWAPPED))
    means = []
    for name, picture in (("plain", photo), ("profile", tmp_path / "p.png")):
        made(tmp_path, name, samples=1, portrait=np.asarray(picture) if name == "plain" else picture)
        portrait = seen(engine).portrait
        assert portrait is not None
        means.append(portrait.pixels.mean((0, 1)))
    assert np.abs(means[0] - means[1]).max() < 3


def test_a_picture_without_a_note_of_its_way_up_is_turned_and_told(
    engine: PlainEngine, tmp_path: Path, photo: PIL.Image.Image
) -> None:
    faces = []
    for name, picture in (("upright", photo), ("lying", photo.rotate(90, expand=True))):
        _, result, _ = made(tmp_path, name, samples=1, portrait=np.asarray(picture))
        portrait = seen(engine).portrait
        assert portrait is not None
        faces.append(portrait)
    assert np.abs(faces[0].landmarks - faces[1].landmarks)[:, :2].mean() < 2
    assert any("turned by 90 degrees to the right" in note for note in result["notes"])
