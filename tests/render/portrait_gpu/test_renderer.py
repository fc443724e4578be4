"""The portrait drawn in batches on a torch device: the CPU renderer's frames, whatever the batch."""

import logging
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.motion.clip import MotionClip
from avatar_app.render.compositor import Compositor
from avatar_app.render.portrait.pose import breathing
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.render.portrait_gpu.clip import DeviceClipRenderer
from avatar_app.render.portrait_gpu.raster import rasterize
from avatar_app.render.portrait_gpu.renderer import DevicePortrait
from avatar_app.render.raster import FAR
from avatar_app.render.raster import rasterize as rasterize_one
from avatar_app.request import Stopped

PORTRAITS = Path(__file__).resolve().parents[3] / "assets" / "portraits"
CPU = torch.device("cpu")
WHOLE, PART = 45, 33  # dB of a frame, and of the part around mouth or eye

# Coefficients beside those at rest; head rotation, radians; head translation, head widths; breath.
CASES = {
    "ah": ({"jawOpen": 0.6}, (0, 0, 0), (0, 0, 0), 0),
    "ee": ({"jawOpen": 0.12, "mouthSmileLeft": 0.6, "mouthSmileRight": 0.5}, (0.05, 0, 0), (0, 0, 0), 0.5),
    "oo": ({"mouthPucker": 0.8, "mouthFunnel": 0.3, "jawOpen": 0.12}, (0, 0.1, 0), (0, 0, 0), 1),
    "blink": ({"eyeBlinkLeft": 1, "eyeBlinkRight": 0.5}, (0, 0, 0.2), (0, 0, 0), 0.2),
    "wide": ({"eyeWideLeft": 1, "eyeWideRight": 1, "browInnerUp": 1}, (0, 0, 0), (0, 0, 0), 0),
    "aside": ({"eyeLookOutLeft": 0.8, "eyeLookInRight": 0.8, "browDownLeft": 1}, (0, 0, 0), (0, 0, 0), 0),
    "upward": ({"eyeLookUpLeft": 0.8, "eyeLookUpRight": 0.8}, (0, 0, 0), (0, 0, 0), 0),
    "turned": ({"jawOpen": 0.3}, (0.1, 0.35, -0.1), (0.05, 0.03, 0.1), 0.8),
    "turned back": ({"jawOpen": 0.2, "jawLeft": 0.5}, (-0.2, -0.35, 0.25), (-0.05, 0.03, -0.1), 0),
    "tongue": ({"jawOpen": 0.4, "tongueOut": 0.9}, (0, 0.1, 0), (0, 0, 0), 0),
}


@pytest.fixture(scope="module", params=["astronaut", "bearded_man", "princess", "woman_with_glasses"])
def renderer(request):
    return PortraitRenderer(load_portrait(PORTRAITS / f"{request.param}.jpg", size=256))


@pytest.fixture(scope="module")
def photo():
    return load_portrait(PORTRAITS / "bearded_man.jpg", size=192)


@pytest.fixture(scope="module")
def small(photo):
    return PortraitRenderer(photo)


def motion(renderer):
    """(B, 52), (B, 3), (B, 3), (B,) of all cases."""
    expression = np.repeat(renderer.resting[None], len(CASES), 0)
    for row, (recipe, *_) in zip(expression, CASES.values(), strict=True):
        for name, amount in recipe.items():
            row[ARKIT_INDEX[name]] = max(row[ARKIT_INDEX[name]], amount)
    _, *others = zip(*CASES.values(), strict=True)
    return expression, *(np.array(other, np.float32) for other in others)


def talking(frames):
    """A clip in which the jaw and the head move."""
    clip = MotionClip.still(frames)
    time = np.arange(frames)
    clip.expression[:, ARKIT_INDEX["jawOpen"]] = 0.4 * np.abs(np.sin(time))
    clip.head_rotation[:, 1] = 0.2 * np.sin(time / 3)
    return clip


def psnr(a, b):
    return 10 * np.log10(255**2 / max(float(((a.astype(float) - b) ** 2).mean()), 1e-9))


def around(renderer, ring):
    """Rows and columns of a part of the picture that holds an opening wherever these cases move it."""
    points = renderer.mesh.points[renderer.mesh.rings[ring], :2]
    reach = 0.12 * renderer.mesh.face_width
    low, high = (points.min(0) - reach).astype(int).clip(0), (points.max(0) + reach).astype(int)
    return slice(low[1], high[1]), slice(low[0], high[0])


def test_frames_are_the_cpu_renderers(renderer):
    asked = motion(renderer)
    drawn = DevicePortrait(renderer, CPU).frames(*asked)
    assert drawn.dtype == np.uint8
    for name, frame, expression, turn, shift, breath in zip(CASES, drawn, *asked, strict=True):
        expected = renderer.frame(expression, turn, shift, breath=float(breath))
        assert psnr(frame, expected) > WHOLE, name
        for ring in ("mouth", "Left", "Right"):
            part = around(renderer, ring)
            assert psnr(frame[part], expected[part]) > PART, (name, ring)


def test_an_unmoved_portrait_is_the_picture(renderer):
    still = np.zeros((1, 3), np.float32)
    drawn = DevicePortrait(renderer, CPU).frames(renderer.resting[None], still, still, np.zeros(1, np.float32))
    expected = renderer.frame(renderer.resting, still[0], still[0])
    assert psnr(drawn[0], expected) > 60


def test_the_batch_changes_no_frame(small):
    asked, device = motion(small), DevicePortrait(small, CPU)
    together = device.frames(*asked)
    assert (device.frames(*asked) == together).all()
    for k in range(0, len(CASES), 3):
        assert (device.frames(*(part[k : k + 1] for part in asked))[0] == together[k]).all()


def test_no_frame_costs_a_call_of_its_own(small):
    class Calls(TorchDispatchMode):
        count = 0

        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            self.count += 1
            return function(*args, **(kwargs or {}))

    device, asked, counts = DevicePortrait(small, CPU), motion(small), []
    for times in (1, 2):
        with Calls() as calls:
            device.frames(*(np.concatenate([part] * times) for part in asked))
        counts.append(calls.count)
    assert counts[0] == counts[1]


@pytest.mark.parametrize("renderer", ["astronaut", "woman_with_glasses"], indirect=True)
def test_no_pixel_leaves_the_device_before_its_frame_is_done(renderer, monkeypatch):
    """On the meta device nothing can be read, and nothing that lies on the CPU can be mixed in."""
    device, asked, read = DevicePortrait(renderer, "meta"), motion(renderer), []

    def taken(tensor):
        read.append(tuple(tensor.shape))
        return torch.zeros(1)

    def counted(tensor):
        read.append(tuple(tensor.shape))
        return [1000] * len(tensor)

    monkeypatch.setattr(torch.Tensor, "cpu", taken)
    monkeypatch.setattr(torch.Tensor, "tolist", counted)
    device.frames(*asked)
    size, batch = len(renderer.pixels), len(CASES)
    meshes = 1 if renderer.glasses is None else 2  # how many pixels there are to fill is asked once for each
    assert read == [(batch,)] * meshes + [(batch, size, size, 3)]


def test_folded_triangles_lie_below():
    rng = np.random.default_rng(0)
    points = np.column_stack([rng.uniform(-5, 45, (60, 2)), rng.uniform(-20, 20, 60)]).astype(np.float32)
    triangles = rng.integers(0, 60, (80, 3)).astype(np.int32)
    attributes = rng.uniform(0, 40, (60, 2)).astype(np.float32)
    depth, expected = np.full((32, 40), FAR, np.float32), np.zeros((32, 40, 2), np.float32)
    rasterize_one(points, triangles, attributes, depth, expected)
    found, covered = rasterize(
        torch.from_numpy(points)[None],
        torch.from_numpy(triangles).long(),
        torch.from_numpy(attributes),
        (32, 40),
    )
    same = np.abs(found[0].numpy() - expected).max(2) < 0.01
    assert (covered[0].numpy() == (depth > FAR)).mean() > 0.995
    assert same.mean() > 0.995


def test_a_compositor_draws_its_clip_on_the_device(photo):
    clip = talking(7)
    expected = list(Compositor(photo).renderer().frames(clip))
    drawn = list(Compositor(photo).renderer(CPU).frames(clip))
    assert len(drawn) == 7
    assert min(psnr(a, b) for a, b in zip(drawn, expected, strict=True)) > WHOLE


def test_where_the_device_fails_the_cpu_goes_on_with_one_warning(photo, monkeypatch, caplog):
    renderer = Compositor(photo).renderer(CPU)
    renderer.device_clips = DeviceClipRenderer(renderer.portrait, CPU, batch=3)
    draw, calls = renderer.device_clips.drawer.frames, []

    def failing(*args):
        calls.append(len(calls))
        if len(calls) > 1:
            raise RuntimeError("out of memory")
        return draw(*args)

    monkeypatch.setattr(renderer.device_clips.drawer, "frames", failing)
    clip = talking(8)
    with caplog.at_level(logging.WARNING):
        drawn = list(renderer.frames(clip))
        again = list(renderer.frames(clip))
    expected = list(Compositor(photo).renderer().frames(clip))
    assert len(drawn) == 8 and len(calls) == 2 and len(caplog.records) == 1
    assert all((a == b).all() for a, b in zip(drawn[3:], expected[3:], strict=True))
    assert all((a == b).all() for a, b in zip(again, expected, strict=True))


def test_a_clip_can_be_stopped_between_frames(small):
    film, clip = DeviceClipRenderer(small, CPU, batch=4), talking(8)
    asked = iter([False, False, True])
    drawn = film.frames(clip, breathing(clip), lambda: next(asked))
    next(drawn)
    next(drawn)
    with pytest.raises(Stopped):
        next(drawn)
