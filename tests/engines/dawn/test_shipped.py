"""The DAWN that ships talks on a picture it never saw, through `generate`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from avatar_app import generate
from avatar_app.engines.dawn import painting
from avatar_app.engines.dawn.engine import Dawn
from avatar_app.engines.dawn.initial_state import initial_state
from avatar_app.face.arkit_rig import lip_gaps
from avatar_app.face.landmarks import detect_faces, refine
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.paths import ASSETS
from avatar_app.request import Request
from avatar_app.speech.recording import load_speech
from avatar_app.types import Array

pytestmark = pytest.mark.usefixtures("alone")


@pytest.fixture(scope="module")
def takes(portrait: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Array], list[Array], Array]:
    """Frames (128, 128, 3) of a take of two and a half seconds of talk and of one of silence, and the talk."""
    speech = load_speech(ASSETS / "voices" / "reader_woman.mp3").samples[4_000:44_000]
    folder, whole = tmp_path_factory.mktemp("dawn"), painting.Painter.frames
    rows = []
    for name, sound in (("talk", speech), ("silence", np.zeros(16_000, np.float32))):
        frames: list[Array] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                painting.Painter,
                "frames",
                lambda *given, kept=frames: (kept.append(frame) or frame for frame in whole(*given)),
            )
            asked = {"engine": "dawn", "samples": 1, "seed": 4, "options": {"show": "square"}}
            list(generate(Request(audio=(16_000, sound), portrait=portrait, output=folder / name, **asked)))
        rows.append(frames)
    return rows[0], rows[1], speech


def gaps(frames: list[Array]) -> Array:
    """(F,) between the lips, pixels of the frames four times as large."""
    large = [np.repeat(np.repeat(frame, 4, axis=0), 4, axis=1) for frame in frames]
    marks = detect_faces(large[0])[0]
    return np.array([lip_gaps(marks := refine(picture, marks)).mean() for picture in large], np.float32)


def test_lips_open_while_somebody_talks(takes: tuple[list[Array], list[Array], Array]) -> None:
    talk, silence, speech = takes
    moving, resting = gaps(talk), gaps(silence)
    assert moving.std() > 3 * resting.std()
    whole = len(speech) // 640
    heard = np.sqrt(np.square(speech[: 640 * whole].reshape(whole, 640)).mean(axis=1))
    assert np.corrcoef(moving[:whole], heard)[0, 1] > 0.2


def test_the_face_stays_who_it_is(takes: tuple[list[Array], list[Array], Array], portrait: Path) -> None:
    crop = initial_state(load_portrait(portrait), 128).crop.astype(float)
    face = np.s_[24:112, 28:100]
    first = takes[1][0].astype(float)
    assert 10 * np.log10(255**2 / ((first - crop)[face] ** 2).mean()) > 20


def test_the_denoiser_sees_a_dark_face_as_it_sees_a_bright_one(
    portrait: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bright = np.asarray(PIL.Image.open(portrait).convert("RGB"))
    prepare, told = Dawn.prepare, []
    monkeypatch.setattr(Dawn, "prepare", lambda *given: told.append(prepare(*given)) or told[-1])
    for k, picture in enumerate((bright, (0.45 * bright).astype(np.uint8))):
        wish = Request(
            audio=(16_000, np.zeros(8_000, np.float32)),
            portrait=picture,
            engine="dawn",
            samples=1,
            motion_only=True,
            output=tmp_path / str(k),
        )
        list(generate(wish))
    first, second = (one.extra.encoded for one in told)
    off = [
        float((a - b).abs().mean() / a.abs().mean())
        for a, b in ((first.seen, second.seen), (first.portrait.coarsest, second.portrait.coarsest))
    ]
    assert off[0] < 0.3 * off[1]
