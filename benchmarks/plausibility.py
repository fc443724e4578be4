"""How often a mesh that lies on no face is refused, and one that lies well is not.

`python benchmarks/plausibility.py OUT.json` takes animals and things from the packages that are installed anyway
(scikit-image, gradio), the bundled portraits' heads turned away in 3-D, and squeezed pictures, none of which should be
animated; and the bundled portraits, drawn as comics and in pencil too, and their heads half turned, all of which
should. `--refuse FOLDER` and `--accept FOLDER` add pictures of one's own. `--fit` prints the weights
(inputs/portrait/plausibility.py) that divide these pictures best.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import gradio
import numpy as np
import PIL.Image
import skimage.data
from portraits import comic, oil, pencil
from scipy.optimize import minimize

from avatar_app.face.presence import seen_face
from avatar_app.face.upright import find_upright
from avatar_app.inputs.portrait import face_checks
from avatar_app.inputs.portrait.plausibility import read_signs
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.paths import ROOT
from avatar_app.render.head.renderer import HeadRenderer
from avatar_app.request import InputError
from avatar_app.types import Image

SIZE = 512
PORTRAITS = ROOT / "assets" / "portraits"
ANIMALS = ("media_assets/images/cheetah1.jpg", "media_assets/images/lion.jpg", "test_data/cheetah2.jpg")
THINGS = ("cell", "coins", "colorwheel", "retina", "rocket", "moon")
AWAY, HALF = (75, 90, -65, -80), (0, 20, -35)  # degrees of yaw
PENALTY = 0.15  # on the squares of fitted weights
Case = tuple[str, str, Image]  # "refuse" or "accept", its name, the picture


def opened(path: Path) -> Image:
    picture = PIL.Image.open(path).convert("RGB")
    picture.thumbnail((900, 900))
    return np.asarray(picture)


def cases(refuse: Path | None, accept: Path | None) -> Iterator[Case]:
    """Every picture, and what should become of it."""
    animals = {Path(name).stem: opened(Path(gradio.__file__).parent / name) for name in ANIMALS}
    animals["chelsea"] = skimage.data.chelsea()
    for name, picture in animals.items():
        yield "refuse", name, picture
        yield "refuse", f"{name} mirrored", np.ascontiguousarray(picture[:, ::-1])
        height, width = picture.shape[:2]
        yield "refuse", f"{name} nearer", picture[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4]
    for name in THINGS:
        yield "refuse", name, np.asarray(PIL.Image.fromarray(getattr(skimage.data, name)()).convert("RGB"))
    for path in sorted(PORTRAITS.glob("*.jpg")):
        picture = opened(path)
        yield "accept", path.stem, picture
        yield from (("accept", f"{path.stem} {draw.__name__}", draw(picture)) for draw in (comic, oil, pencil))
        narrow = cv2.resize(picture, (3 * picture.shape[1] // 10, picture.shape[0]), interpolation=cv2.INTER_AREA)
        yield "refuse", f"{path.stem} squeezed", np.asarray(narrow, np.uint8)
        head = HeadRenderer.of_portrait(load_portrait(path), SIZE)
        for yaw in (*AWAY, *HALF):
            frame = head.frame(np.zeros(52, np.float32), np.array([0, np.radians(yaw), 0]), np.zeros(3))
            yield "refuse" if yaw in AWAY else "accept", f"{path.stem}'s head at {yaw}", frame
    for wanted, folder in (("refuse", refuse), ("accept", accept)):
        for path in sorted(folder.glob("*.*")) if folder else ():
            yield wanted, path.name, opened(path)


def outcome(picture: Image) -> tuple[str, str]:
    """ "passed", "told" or "refused", and the words."""
    try:
        notes = load_portrait(np.ascontiguousarray(picture), size=128).notes
    except InputError as error:
        return "refused", str(error)
    doubts = [note for note in notes if note == face_checks.DOUBT]
    return ("told", doubts[0]) if doubts else ("passed", " ".join(notes))


def signs(picture: Image) -> list[float] | None:
    """What read_signs sees in the picture's largest mesh; None without one."""
    upright = find_upright(np.ascontiguousarray(picture))
    if not upright.faces:
        return None
    marks = upright.faces[0]
    return [float(x) for x in read_signs(upright.pixels, marks, seen_face(upright.pixels, marks)).values()]


def fit(rows: list[dict[str, Any]]) -> list[float]:
    """Weights and, last, the constant of the logistic regression that divides what to accept from what to refuse."""
    known = [row for row in rows if row["signs"] is not None]
    values = np.array([row["signs"] for row in known])
    side = np.array([1.0 if row["wanted"] == "accept" else -1.0 for row in known])

    def loss(weights: np.ndarray) -> float:
        wrong = np.logaddexp(0, -side * (values @ weights[:-1] + weights[-1]))
        return float(wrong.sum() + PENALTY * (weights[:-1] ** 2).sum())

    return [round(float(x), 2) for x in minimize(loss, np.zeros(values.shape[1] + 1)).x]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--refuse", type=Path, help="pictures of no faces, or turned away")
    parser.add_argument("--accept", type=Path, help="portraits and drawings that the mesh fits")
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    rows = []
    for wanted, name, picture in cases(options.refuse, options.accept):
        became, words = outcome(picture)
        rows.append({"wanted": wanted, "name": name, "became": became, "words": words})
        if options.fit:
            rows[-1]["signs"] = signs(picture)
    figures: dict[str, Any] = {
        wanted: Counter(row["became"] for row in rows if row["wanted"] == wanted) for wanted in ("refuse", "accept")
    }
    if options.fit:
        figures["weights"] = fit(rows)
    options.out.write_text(json.dumps({"figures": figures, "pictures": rows}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
