"""How well the embedded LFG draws portraits it never saw, at rest and moved, beside the bent picture alone.

`python benchmarks/dawn_lfg.py WEIGHTS PAIRS [--sheet FILE.png]`: WEIGHTS is lfg.safetensors or the state lfg.pt of a
run that goes on, PAIRS a folder of shards of portraits that training never had. JSON: PSNR in dB and SSIM, of the
whole square and of the face's part of it, and PSNR where more than half is painted.
"""

from __future__ import annotations

import argparse
import json
import logging
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors.torch import load_file
from skimage.metrics import structural_similarity
from torch import Tensor

from avatar_app.engines.dawn.behind import laid_bare
from avatar_app.engines.dawn.pair_shards import Pairs, read_shard
from avatar_app.engines.dawn.renderer import FrameRenderer, to_pixels
from avatar_app.types import Array, Image

log = logging.getLogger("dawn_lfg")
FACE = np.s_[24:112, 28:100]  # of 128 pixels: where the engine's square has the face
EDGE = np.s_[4:-4, 4:-4]  # what the picture keeps around the square


def load(path: Path) -> FrameRenderer:
    """The averaged weights of a file or of a state."""
    state: dict[str, Tensor] = load_file(path) if path.suffix == ".safetensors" else _of_run(path)
    model = FrameRenderer.like(state)
    model.load_state_dict(state)
    return model.eval()


def _of_run(path: Path) -> dict[str, Tensor]:
    saved = torch.load(path, map_location="cpu", weights_only=True)
    state = saved["averaged"] | {name: value for name, value in saved["model"].items() if "running" in name}
    return {name.removeprefix("network."): value for name, value in state.items()}


@torch.inference_mode()
def draw(model: FrameRenderer, pairs: Pairs, group: int) -> tuple[Image, Image]:
    """(F, R, R, 3) uint8 of a group: drawn, and bent alone."""
    given = pairs.source[group], laid_bare(pairs.source[group], pairs.behind[group])
    portrait = model.encode(*(torch.tensor(one).permute(2, 0, 1)[None].float() / 255 for one in given))
    grid = torch.tensor(pairs.grid[group].astype(np.float32))
    occlusion = torch.tensor(pairs.occlusion[group])[:, None].float() / 255
    drawn, bent = model.decode(portrait, grid, occlusion)
    return to_pixels(drawn).numpy(), to_pixels(bent).numpy()


def psnr(one: Array | Image, other: Array | Image) -> float:
    """dB, at most 60."""
    return float(min(10 * np.log10(255**2 / max(np.mean((one.astype(float) - other) ** 2), 1e-9)), 60.0))


def ssim(one: Image, other: Image) -> float:
    return float(structural_similarity(one, other, channel_axis=2))


def figures(drawn: Image, bent: Image, target: Image, occlusion: Image) -> dict[str, float]:
    """Of one frame."""
    painted = np.asarray(cv2.resize(255 - occlusion, target.shape[:2])) > 127
    out = {"psnr": psnr(drawn[EDGE], target[EDGE]), "ssim": ssim(drawn[EDGE], target[EDGE])}
    out |= {"face_psnr": psnr(drawn[FACE], target[FACE]), "face_ssim": ssim(drawn[FACE], target[FACE])}
    out |= {"bent_face_psnr": psnr(bent[FACE], target[FACE]), "bent_face_ssim": ssim(bent[FACE], target[FACE])}
    if painted.any():
        out |= {"painted_psnr": psnr(drawn[painted], target[painted])}
    return out


def measure(model: FrameRenderer, shards: list[Path]) -> tuple[dict[str, dict[str, float]], list[Image]]:
    """Means at rest and moved, and a row of pictures for each portrait."""
    found: dict[str, list[dict[str, float]]] = {"unmoved": [], "moved": []}
    rows = []
    for path in shards:
        pairs = read_shard(path)
        for group in range(len(pairs.source)):
            drawn, bent = draw(model, pairs, group)
            for frame in range(len(drawn)):
                still = group == 0 and frame == 0
                target, occlusion = pairs.target[group, frame], pairs.occlusion[group, frame]
                found["unmoved" if still else "moved"].append(figures(drawn[frame], bent[frame], target, occlusion))
            if group < 2:
                hidden = pairs.occlusion[group].astype(float).mean((1, 2))
                which = int(hidden.argmin())
                rows.append(np.hstack([pairs.source[group], pairs.target[group, which], drawn[which], bent[which]]))
    means = {
        kind: {name: float(np.mean([one[name] for one in each if name in one])) for name in each[-1]}
        for kind, each in found.items()
    }
    return means, rows


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--sheet", type=Path)
    arguments = parser.parse_args()
    means, rows = measure(load(arguments.weights), sorted(arguments.pairs.glob("pairs_*.safetensors")))
    log.info("%s", json.dumps(means, indent=2))
    if arguments.sheet:
        half = (len(rows) + 1) // 2
        columns = [np.vstack(rows[:half]), np.vstack(rows[half:] + [0 * rows[0]] * (2 * half - len(rows)))]
        cv2.imwrite(str(arguments.sheet), np.hstack(columns)[..., ::-1])


if __name__ == "__main__":
    main()
