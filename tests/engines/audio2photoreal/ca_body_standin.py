"""A package with the interface of the authors' decoder that the adapter calls, and a person's assets for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

FILES = {
    "omegaconf.py": """
import json

class OmegaConf:
    @staticmethod
    def load(path):
        class Config:
            model = json.loads(open(path).read())["model"]
        return Config
""",
    "visualize/ca_body/__init__.py": "",
    "visualize/ca_body/utils/__init__.py": "",
    "visualize/ca_body/utils/image.py": """
def linear2displayBatch(value):
    return value.clamp(0, 1) * 255.0
""",
    "visualize/ca_body/utils/train.py": """
import torch

class Skin(torch.nn.Module):
    def __init__(self, assets):
        super().__init__()
        self.register_buffer("lbs_scale", torch.as_tensor(assets.lbs_scale))
        self.register_buffer("lbs_template_verts", torch.zeros(5, 3))
        self.register_buffer("global_scaling", torch.full((3,), 2.0))

    def lbs_fn(self, motion, scale, template):
        assert motion.shape[1] == 104 and len(scale) == len(template) == len(motion)
        return template + motion[:, 6:9, None].transpose(1, 2)

class Model(torch.nn.Module):
    cal_enabled = pixel_cal_enabled = learn_blur_enabled = True

    def __init__(self, assets, size):
        super().__init__()
        self.size, self.lbs_fn, self.gain = size, Skin(assets), torch.nn.Parameter(torch.zeros(1))

    def forward(self, K, lbs_motion, geom, face_embs):
        assert not (self.cal_enabled or self.pixel_cal_enabled or self.learn_blur_enabled)
        views = torch.arange(1, len(K) + 1) / 4
        shade = torch.stack([views, geom[:, 0, 0] / 2, face_embs[:, 0]], 1) * self.gain
        return {"rgb": shade[:, :, None, None].expand(-1, -1, self.size, self.size)}

def load_from_config(config, assets):
    assert config["class_name"] == "ca_body.models.mesh_vae_drivable.AutoEncoder"
    return Model(assets, config["size"])
""",
}
BONES = (
    ("world", -1, (0, 0, 0)), ("hips", 0, (0, 90, 0)), ("neck_base", 1, (0, 50, 0)), ("skull", 2, (0, 12, 2)),
    *((f"{side}_{name}", parent, (sign * x, y, 0)) for side, sign, base in (("l", 1, 4), ("r", -1, 8))
      for name, parent, x, y in (("arm", 2, 18, -4), ("fore", base, 0, -28), ("hand", base + 1, 0, -25),
                                 ("mid", base + 2, 0, -9))),
)  # fmt: skip
TABLE = {
    "pelvis": "hips", "neck": "neck_base", "head": "skull",
    **{f"{point}.{side.upper()}": f"{side}_{bone}" for side in "lr"
       for point, bone in (("shoulder", "arm"), ("elbow", "fore"), ("wrist", "hand"), ("knuckle", "mid"))},
}  # fmt: skip
LEFT_ARM, LEFT_ELBOW = 6, 9  # where in a pose the three angles of the left arm and elbow are


def static_assets() -> dict[str, Any]:
    """A person who stands with arms hanging, in centimetres; z is up, as nothing says that it is not."""
    upright = (0.5**0.5, 0.0, 0.0, 0.5**0.5)  # of the first bone: y up to z up
    transform = np.zeros((7 * len(BONES), 104 + 1), np.float32)
    for joint, start in ((0, None), (4, LEFT_ARM), (5, LEFT_ELBOW)):
        for axis in range(3):
            if start is None:
                transform[7 * joint + axis, axis] = transform[7 * joint + 3 + axis, 3 + axis] = 1
            else:
                transform[7 * joint + 3 + axis, start + axis] = 1
    bones = [
        {"Name": name, "Parent": parent if parent >= 0 else 2**32 - 1,
         "PreRotation": upright if parent < 0 else (0.0, 0.0, 0.0, 1.0), "TranslationOffset": list(map(float, offset))}
        for name, parent, offset in BONES
    ]  # fmt: skip
    return {
        "lbs_model_json": {"Skeleton": {"Bones": bones}},
        "lbs_config_dict": {"transform": transform, "transform_offsets": np.zeros((1, 7 * len(BONES)), np.float32)},
        "lbs_scale": np.zeros(1, np.float32),
    }


def save_package(folder: Path) -> None:
    """The stand-in, to be put on the path."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def save_assets(folder: Path, decoder: bool = True) -> None:
    """A person's files; decoder: with what only the package reads."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(static_assets(), folder / "static_assets.pt")
    (folder / "joints.json").write_text(json.dumps(TABLE))
    if decoder:
        model = {"class_name": "ca_body.models.mesh_vae_drivable.AutoEncoder", "size": 32}
        (folder / "config.yml").write_text(json.dumps({"model": model}))
        weights = {"gain": torch.ones(1), "lbs_fn.lbs_scale": torch.full((9,), torch.nan)}
        torch.save({"model": weights}, folder / "body_dec.ckpt")
        torch.save({"K": torch.eye(3).repeat(2, 1, 1)}, folder / "render_defaults.pth")
