"""Picture reading: any file or array to upright 8-bit sRGB, as large as it is of use."""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import PIL.Image
import PIL.ImageCms
import PIL.ImageOps

from avatar_app.files import file_exists, folder_exists
from avatar_app.inputs.portrait.bit_depth import to_bytes
from avatar_app.request import InputError, Picture
from avatar_app.types import Image

log = logging.getLogger(__name__)

MAX_PIXELS = 80_000_000  # of a picture before it is decoded
USED_PIXELS = 16_000_000  # that are kept of a larger one: a video shows 1080 a side
MIN_SIDE = 64  # pixels
BACKDROP = (214, 214, 214)  # behind transparent pictures
DEEP = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")  # modes of more than eight bits
COLOUR_SPACES = {"RGB ": "RGB", "CMYK": "CMYK", "GRAY": "L", "Lab ": "LAB"}  # of profiles, and Pillow's modes


@dataclass(frozen=True)
class ReadPicture:
    """pixels: (H, W, 3) uint8 sRGB, upright. scale: pixels here per pixel of the file, at most 1."""

    pixels: Image
    scale: float = 1.0


def read_picture(picture: Picture) -> Image:
    """(H, W, 3) uint8 sRGB of a file (jpg, png, webp, heic, ...) or array: upright, on a light backdrop.

    Raises InputError, in one sentence, for what is no picture, is damaged, or is far too small or large.
    """
    return open_picture(picture).pixels


def open_picture(picture: Picture) -> ReadPicture:
    """The picture, and how much smaller than the file it is: more than USED_PIXELS are not kept."""
    image = _open(Path(picture)) if isinstance(picture, str | Path) else _from_array(np.asarray(picture))
    size = image.size
    if min(size) < MIN_SIDE:
        raise InputError(
            f"The picture must be at least {MIN_SIDE} pixels on each side; this one is "
            f"{size[0]} × {size[1]}: choose a larger one."
        )
    profile = image.info.get("icc_profile")
    turn = _orientation(image)
    image = _reduced(image)
    scale = min(1.0, max(image.size) / max(size))
    if turn is not None:
        image = image.transpose(turn)
    return ReadPicture(np.ascontiguousarray(np.asarray(_to_srgb(image, profile), np.uint8)), scale)


def _open(path: Path) -> PIL.Image.Image:
    """The picture in a file, its pixels not yet decoded."""
    if folder_exists(path):
        raise InputError(f"A picture file was expected, but {path.name!r} is a folder; choose a file in it.")
    if not file_exists(path):
        raise InputError(f"There is no picture at {str(path)!r}; check the name.")
    if path.stat().st_size == 0:
        raise InputError(f"The picture {path.name!r} is empty (0 bytes); choose another file.")
    _allow_heic()
    try:
        image = PIL.Image.open(path)
    except PIL.Image.DecompressionBombError as error:
        raise InputError(f"The picture {path.name!r} has far too many pixels; make it smaller.") from error
    except Exception as error:  # decoders raise anything over damaged headers
        raise InputError(
            f"The file {path.name!r} is not a picture that can be read; use a JPEG, PNG, WebP or HEIC file."
        ) from error
    _limit(image.size)
    return image


def _limit(size: tuple[int, int]) -> None:
    if size[0] * size[1] > MAX_PIXELS:
        raise InputError(
            f"The picture may have at most {MAX_PIXELS // 1_000_000} megapixels; this one has "
            f"{size[0] * size[1] / 1e6:.0f}: make it smaller."
        )


def _allow_heic() -> None:
    try:
        import pillow_heif
    except ImportError:  # not every platform has a wheel of it
        return
    pillow_heif.register_heif_opener()


def _from_array(array: npt.NDArray[Any]) -> PIL.Image.Image:
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)) or array.size == 0:
        raise InputError(
            f"A picture array must be (height, width), with 3 or 4 channels if any; got {array.shape}: convert it."
        )
    if array.dtype.kind not in "biuf":
        raise InputError(f"A picture array must hold numbers; got {array.dtype}: convert it.")
    _limit((array.shape[1], array.shape[0]))
    return PIL.Image.fromarray(to_bytes(array))


def _orientation(image: PIL.Image.Image) -> PIL.Image.Transpose | None:
    """How the picture must be turned, by its EXIF; None: it stands upright, or what it says cannot be read."""
    turns = {
        2: PIL.Image.Transpose.FLIP_LEFT_RIGHT,
        3: PIL.Image.Transpose.ROTATE_180,
        4: PIL.Image.Transpose.FLIP_TOP_BOTTOM,
        5: PIL.Image.Transpose.TRANSPOSE,
        6: PIL.Image.Transpose.ROTATE_270,
        7: PIL.Image.Transpose.TRANSVERSE,
        8: PIL.Image.Transpose.ROTATE_90,
    }
    try:
        return turns.get(image.getexif().get(0x0112, 1))
    except Exception as error:  # damaged EXIF raises anything, and the picture may be fine
        log.info("EXIF data cannot be read (%s): the picture is taken as it lies", error)
        return None


def _reduced(image: PIL.Image.Image) -> PIL.Image.Image:
    """Decoded to at most USED_PIXELS, eight bits deep; JPEG files are not even decoded at full size."""
    name = Path(getattr(image, "filename", "")).name
    share = (USED_PIXELS / (image.size[0] * image.size[1])) ** 0.5
    small = (max(1, int(image.size[0] * share)), max(1, int(image.size[1] * share)))
    try:
        if share < 1:
            image.draft(image.mode, small)
        image.load()
    except Exception as error:  # decoders raise anything over damaged data
        raise InputError(f"The picture {name!r} is damaged or cut off; save or download it again.") from error
    if image.mode in DEEP:
        image = PIL.Image.fromarray(to_bytes(np.asarray(image)))
    if image.mode in ("LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
    elif image.mode in ("1", "P"):  # these cannot be resized smoothly
        image = image.convert("L" if image.mode == "1" else "RGB")
    if share < 1:
        image = image.resize(small, PIL.Image.Resampling.BICUBIC, reducing_gap=2.0)
    return image


def _to_srgb(image: PIL.Image.Image, profile: bytes | None) -> PIL.Image.Image:
    """RGB in sRGB: by the colour profile, and before the backdrop where it is transparent."""
    if image.mode == "RGBA":
        ground = PIL.Image.new("RGB", image.size, BACKDROP)
        ground.paste(_managed(image.convert("RGB"), profile), mask=image.getchannel("A"))
        return ground
    return _managed(image, profile).convert("RGB")


def _managed(image: PIL.Image.Image, profile: bytes | None) -> PIL.Image.Image:
    """The picture converted from its colour profile to sRGB; as it is where there is none that fits or can be read."""
    if image.mode == "LAB":
        return _converted(image, PIL.ImageCms.createProfile("LAB"))
    if not profile:
        return image
    try:
        source = PIL.ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = COLOUR_SPACES[source.profile.xcolor_space]
        return _converted(image if image.mode == mode else image.convert(mode), source)
    except (PIL.ImageCms.PyCMSError, OSError, ValueError, KeyError) as error:
        log.info("the colour profile cannot be used (%s): the colours are taken for sRGB", error)
        return image


def _converted(image: PIL.Image.Image, source: Any) -> PIL.Image.Image:
    srgb = PIL.ImageCms.createProfile("sRGB")
    done = PIL.ImageCms.profileToProfile(
        image, source, srgb, PIL.ImageCms.Intent.RELATIVE_COLORIMETRIC, outputMode="RGB",
        flags=PIL.ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )  # fmt: skip
    assert done is not None  # only None where it is done in place
    return done
