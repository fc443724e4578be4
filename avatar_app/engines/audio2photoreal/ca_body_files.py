"""Where a person's decoder lies that the user installed, and how samples can be drawn with it. Imports nothing heavy.

The authors' package is `visualize.ca_body` of their repository; a person's assets go into one folder:
static_assets.pt, config.yml, body_dec.ckpt, render_defaults.pth (theirs is called render_defaults_PERSON.pth), and for
our own body joints.json (see skeleton_motion.py).
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from avatar_app.engines.audio2photoreal.paths import LICENCE, NAME, installed_folder
from avatar_app.files import file_exists

PACKAGE = "visualize.ca_body"
ASSETS, CONFIG, DECODER, DEFAULTS = "static_assets.pt", "config.yml", "body_dec.ckpt", "render_defaults.pth"
JOINTS = "joints.json"
DECODED, ON_OUR_BODY, NOTHING = "decoded", "body", ""
_OWNER = f"of github.com/facebookresearch/audio2photoreal, {LICENCE}"


def assets_folder(person: str) -> Path:
    """Where the user puts the assets of a person's decoder."""
    return installed_folder(person) / "ca_body"


def asset(person: str, name: str) -> Path:
    """One of them."""
    return assets_folder(person) / name


def package_is_there() -> bool:
    """Whether the authors' package can be imported, which is not tried."""
    try:
        return importlib.util.find_spec(PACKAGE) is not None
    except (ImportError, ValueError):
        return False


def way_of_drawing(person: str) -> str:
    """DECODED with the authors' decoder, ON_OUR_BODY with the assets' skeleton alone, or NOTHING."""
    if package_is_there() and all(file_exists(asset(person, n)) for n in (ASSETS, CONFIG, DECODER, DEFAULTS)):
        return DECODED
    return ON_OUR_BODY if all(file_exists(asset(person, n)) for n in (ASSETS, JOINTS)) else NOTHING


def what_is_drawn(person: str) -> str:
    """What the files of a person that are there are for, and which ones drawing with the decoder still lacks."""
    lacking = [name for name in (ASSETS, CONFIG, DECODER, DEFAULTS) if not file_exists(asset(person, name))]
    still = f"still missing: {', '.join(lacking)}" if lacking else "all of its files are there"
    package = "is installed" if package_is_there() else "has to be installed"
    own = "can be shown on our body, too" if file_exists(asset(person, JOINTS)) else f"needs a {JOINTS} for our body"
    return (
        f"Samples of {person} are drawn with the authors' decoder ({_OWNER}): {still}; their package {PACKAGE} "
        f"{package}. The pose {own}."
    )


def what_drawing_needs(person: str) -> str:
    """A sentence on what to install so that samples of a person can be drawn."""
    return (
        f"To draw {person}, install the authors' package {PACKAGE} ({_OWNER}) and put {ASSETS}, {CONFIG}, {DECODER} "
        f"and {DEFAULTS} of their ca_body release into {assets_folder(person)}, or let `avatar_app download {NAME} "
        f"--from FOLDER_OR_TAR` do it; {ASSETS} and a {JOINTS} alone show the pose on our body; or add --motion-only "
        "for poses and face codes as .npz."
    )
