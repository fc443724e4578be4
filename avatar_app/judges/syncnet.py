"""SyncNet (Chung and Zisserman 2016): whether lips and sound belong together, under the names of `syncnet_v2.model`.

LSE-D is the distance between lips and sound where they fit best, LSE-C how much better that is than the median over
all shifts (Prajwal et al. 2020).
"""

from __future__ import annotations

from importlib.util import find_spec
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from avatar_app.request import InputError
from avatar_app.types import Array, Image

SIDE, FRAMES = 224, 5  # pixels, and frames that are looked at together
ROWS = 20  # of cepstra that are heard together; four in a frame
SHIFTS = 15  # frames to both sides
AROUND = 0.4  # of a face's box that is added


def _flat(before: int, after: int, kernel: tuple[int, int], padding: int = 0) -> list[nn.Module]:
    return [nn.Conv2d(before, after, kernel, 1, padding), nn.BatchNorm2d(after), nn.ReLU(inplace=True)]


def _deep(before: int, after: int, kernel: tuple[int, int, int], stride: int = 1, padding: int = 0) -> list[nn.Module]:
    convolution = nn.Conv3d(before, after, kernel, (1, stride, stride), (0, padding, padding))
    return [convolution, nn.BatchNorm3d(after), nn.ReLU(inplace=True)]


def _head() -> nn.Sequential:
    return nn.Sequential(nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Linear(512, 1024))


def _heard() -> nn.Sequential:
    three, layers = (3, 3), list[nn.Module]()
    for before, after in pairwise((1, 64, 192, 384, 256, 256)):
        layers += _flat(before, after, three, padding=1)
        if after == 64:
            layers.append(nn.MaxPool2d(1, 1))
        elif after == 192:
            layers.append(nn.MaxPool2d(3, (1, 2)))
    return nn.Sequential(*layers, nn.MaxPool2d(3, 2), *_flat(256, 512, (5, 4)))


def _seen() -> nn.Sequential:
    shrink, three = (1, 2, 2), (1, 3, 3)
    layers = [*_deep(3, 96, (5, 7, 7), 2), nn.MaxPool3d(three, shrink)]
    layers += [*_deep(96, 256, (1, 5, 5), 2, 1), nn.MaxPool3d(three, shrink, (0, 1, 1))]
    for _ in range(3):
        layers += _deep(256, 256, three, padding=1)
    return nn.Sequential(*layers, nn.MaxPool3d(three, shrink), *_deep(256, 512, (1, 6, 6)))


class SyncNet(nn.Module):
    """Sound and lips to 1024 numbers each, close where they belong together."""

    def __init__(self) -> None:
        super().__init__()
        self.netcnnaud, self.netfcaud = _heard(), _head()
        self.netcnnlip, self.netfclip = _seen(), _head()

    def hear(self, cepstra: Tensor) -> Tensor:
        """(N, 1024) of (N, 1, 13, 20)."""
        out: Tensor = self.netfcaud(self.netcnnaud(cepstra).flatten(1))
        return out

    def see(self, faces: Tensor) -> Tensor:
        """(N, 1024) of (N, 3, 5, 224, 224), blue first, 0 to 255."""
        out: Tensor = self.netfclip(self.netcnnlip(faces).flatten(1))
        return out


def sync_error(seen: Tensor, heard: Tensor) -> tuple[float, float]:
    """(LSE-D, LSE-C) of rows (T, 1024) of lips and of sound, for each frame."""
    padded = nn.functional.pad(heard, (0, 0, SHIFTS, SHIFTS))
    windows = padded.unfold(0, len(heard), 1).permute(0, 2, 1)  # (2 SHIFTS + 1, T, 1024)
    apart = (seen - windows + 1e-6).norm(dim=2).mean(dim=1)  # as torch's pairwise distance
    best = apart.min()
    return float(best), float(apart.median() - best)


def cepstra_of(samples: Array) -> Array:
    """(13, T) mel cepstra of 16-kHz sound (n,), 100 a second, as SyncNet was trained on."""
    if find_spec("python_speech_features") is None:
        raise InputError("SyncNet hears through python_speech_features: `bash install.sh setup --with measuring`.")
    from python_speech_features import mfcc

    whole = np.round(samples * 32767).astype(np.int16)
    return np.asarray(mfcc(whole, 16_000), np.float32).T


def face_crop(box: tuple[float, float, float, float]) -> tuple[slice, slice]:
    """Rows and columns of the square around a face's box (left, top, right, bottom) that SyncNet looks at."""
    left, top, right, bottom = box
    half = max(right - left, bottom - top) / 2
    middle, centre = (top + bottom) / 2, (left + right) / 2
    rows = slice(max(0, round(middle - half)), round(middle + half * (1 + 2 * AROUND)))
    side = half * (1 + AROUND)
    return rows, slice(max(0, round(centre - side)), round(centre + side))


@torch.inference_mode()
def compared(network: SyncNet, faces: Image, samples: Array, batch: int = 20) -> tuple[float, float]:
    """(LSE-D, LSE-C) of faces (T, 224, 224, 3) uint8 RGB at 25 frames a second and their sound (n,) at 16 kHz.

    Raises InputError for less than half a second, and where python_speech_features is not installed.
    """
    device = next(network.parameters()).device
    cepstra = torch.from_numpy(cepstra_of(samples)).to(device)
    count = min(len(faces), len(samples) // 640) - FRAMES
    if count < FRAMES:
        raise InputError("Lips and voice are compared over half a second at least: give longer films.")
    pictures = torch.from_numpy(np.ascontiguousarray(faces[..., ::-1])).permute(3, 0, 1, 2).float().to(device)
    seen, heard = [], []
    for start in range(0, count, batch):
        some = range(start, min(start + batch, count))
        seen.append(network.see(torch.stack([pictures[:, k : k + FRAMES] for k in some])))
        heard.append(network.hear(torch.stack([cepstra[None, :, 4 * k : 4 * k + ROWS] for k in some])))
    return sync_error(torch.cat(seen), torch.cat(heard))
