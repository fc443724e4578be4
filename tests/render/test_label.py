"""The visible label: legible on any picture, with alpha and without, and within the frame."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_app.render.label import labelled, plate
from avatar_app.request import InputError, Request


def luminance(grey: float) -> float:
    """Relative luminance of WCAG 2.2 of a grey level."""
    share = grey / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def drawn(text: str, colour: int, size: tuple[int, int] = (256, 256), channels: int = 3) -> np.ndarray:
    frame = np.full((size[1], size[0], channels), colour, np.uint8)
    (out,) = labelled([frame], text, size)
    assert (frame == colour).all(), "the renderer may use its frame again"
    return out


@pytest.mark.parametrize("colour", [0, 128, 255])
def test_letters_stand_out_on_any_picture(colour: int) -> None:
    changed = drawn("AI-generated", colour)[:, :, 0].astype(int)
    rows, columns = np.nonzero(changed != colour)
    changed = changed[rows.min() : rows.max(), columns.min() : columns.max()]
    letters, ground = changed.max(), changed.min()
    assert (luminance(letters) + 0.05) / (luminance(ground) + 0.05) >= 7, "WCAG's AAA"
    assert (changed > 200).sum() > 60


def test_it_stands_in_the_lower_left_corner_and_nowhere_else() -> None:
    out = drawn("AI-generated", 128, (320, 200))
    rows, columns = np.nonzero((out != 128).any(2))
    assert rows.min() > 170 and rows.max() < 199 and columns.min() >= 2 and columns.max() < 160


def test_on_transparent_frames_the_plate_is_seen() -> None:
    out = drawn("AI-generated", 0, channels=4)
    assert out[..., 3].max() == 255 and (out[0, 0] == 0).all()
    rows, columns = np.nonzero(out[..., 3])
    assert 0 < out[rows.min(), columns.min(), 3] < 255


def test_a_long_label_is_set_smaller_and_stays_inside() -> None:
    for size in ((128, 128), (512, 512)):
        ink, cover = plate("W" * 60, size)
        assert ink.shape == cover.shape and ink.shape[1] <= size[0]
    assert drawn("W" * 60, 10, (128, 128)).shape == (128, 128, 3)


def test_without_a_label_frames_pass_as_they_are() -> None:
    frames = [np.zeros((8, 8, 3), np.uint8)]
    assert next(labelled(frames, "  ", (8, 8))) is frames[0]


def test_letters_with_accents_are_not_boxes() -> None:
    accented, plain = (plate(text, (256, 256))[0] for text in ("é", "e"))
    box = plate("\U0010fffd", (256, 256))[0]
    assert accented.shape != box.shape or not (accented == box).all()
    assert accented.shape[0] > plain.shape[0]


def test_a_label_that_nobody_could_read_is_refused() -> None:
    with pytest.raises(InputError, match="at most 60 characters; this one has 61"):
        Request(duration=1.0, label="x" * 61).check()
