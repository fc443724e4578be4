"""FLAME motion read as face actions, on a FLAME-format model made of this project's own head.

The real FLAME may not be handed on: what is proven here is that known actions come back, on three identities.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch
from scipy.ndimage import gaussian_filter1d
from scipy.optimize import lsq_linear

from avatar_app.engines.diffposetalk.flame import anchors as flame_anchors
from avatar_app.engines.diffposetalk.flame import to_arkit as flame_to_arkit
from avatar_app.engines.diffposetalk.flame.model import Flame
from avatar_app.engines.diffposetalk.flame.to_arkit import FlameFace, fit_actions, vertices_of
from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.face.arkit_rig import lip_gaps, load_rig
from tests.standin_flame import ACTIONS, OPEN, standin_flame

FRAMES = 120
PLAIN = ("jawOpen", "mouthSmile", "mouthPucker", "brow", "eyeBlink")  # others look alike and share their motion
DRIVEN = {"mouthSmile": 0.7, "mouthPucker": 0.8, "browInnerUp": 0.8, "browDown": 0.6, "eyeBlink": 0.9}
DRIVEN |= {"mouthFunnel": 0.4, "mouthClose": 0.2, "noseSneer": 0.3}


def head(stretch: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> tuple[Flame, torch.Tensor]:
    """A stand-in of another identity and a random shape of it."""
    return Flame(standin_flame(stretch)), 0.5 * torch.randn(100, generator=torch.Generator().manual_seed(0))


def acted() -> tuple[torch.Tensor, torch.Tensor, dict[str, npt.NDArray[np.float64]]]:
    """exp (T, 50), pose (T, 6) and the actions they are made of, each on a smooth curve of its own."""
    random = np.random.default_rng(1)

    def curve(most: float) -> npt.NDArray[np.float64]:
        values = gaussian_filter1d(random.normal(size=FRAMES), 4)
        return most * (values - values.min()) / np.ptp(values)

    exp, pose = np.zeros((FRAMES, 50), np.float32), np.zeros((FRAMES, 6), np.float32)
    truth = {}
    for name, most in DRIVEN.items():
        both = curve(most)
        for k, action in enumerate(ACTIONS):
            if action.startswith(name):
                exp[:, k], truth[action] = both, both
    truth["jawOpen"] = curve(0.6)
    pose[:, 3] = OPEN * truth["jawOpen"]
    pose[:, :3] = np.stack([curve(0.2), curve(0.4) - 0.2, curve(0.1)], axis=1)
    return torch.from_numpy(exp), torch.from_numpy(pose), truth


@pytest.mark.parametrize("stretch", [(1.0, 1.0, 1.0), (1.1, 0.95, 1.0), (0.92, 1.08, 0.95)])
def test_known_actions_come_back(stretch: tuple[float, float, float]) -> None:
    flame, shape = head(stretch)
    face = FlameFace.of(flame, shape)
    assert face.anchors.seen
    exp, pose, truth = acted()
    clip = face.motion(exp, pose)
    for name, values in truth.items():
        got = clip.channel(name)
        if name.startswith(PLAIN):
            assert np.corrcoef(got, values)[0, 1] > 0.9, name
            assert 0.5 < got @ values / (values @ values) < 1.5, name
        elif name != "mouthClose":  # it is a part of the opening, which the next test measures
            assert np.corrcoef(got, values)[0, 1] > 0.8, name
    idle = [ARKIT_INDEX[name] for name in ACTIONS if name not in truth]
    assert clip.expression[:, idle].mean(0).max() < 0.25
    np.testing.assert_allclose(clip.head_rotation, pose[:, :3].numpy(), atol=1e-6)


def test_the_lips_open_as_far_as_they_did() -> None:
    flame, shape = head()
    face = FlameFace.of(flame, shape)
    exp, pose, _ = acted()
    pose[:, :3] = 0
    parts = vertices_of(flame, shape, exp, pose)
    placed = np.concatenate([face.anchors.of(part) for part in parts]) * np.array([1, -1, 1], np.float32)
    fitted = face.rest + face.width * np.tensordot(face.motion(exp, pose).expression, face.basis, 1)
    true, got = (
        np.array([lip_gaps(frame)[2:7].mean() for frame in frames]) / face.width for frames in (placed, fitted)
    )
    assert np.ptp(true) > 0.1 and np.corrcoef(true, got)[0, 1] > 0.99
    assert np.abs(true - got).mean() < 0.01  # face widths


def test_shut_eyes_are_shut() -> None:
    flame, shape = head((1.05, 0.97, 1.0))
    exp = torch.zeros(8, 50)
    exp[:, [ACTIONS.index("eyeBlinkLeft"), ACTIONS.index("eyeBlinkRight")]] = 1
    clip = FlameFace.of(flame, shape).motion(exp, torch.zeros(8, 6))
    assert min(clip.channel("eyeBlinkLeft").min(), clip.channel("eyeBlinkRight").min()) > 0.9
    assert max(clip.channel("eyeSquintLeft").max(), clip.channel("eyeSquintRight").max()) < 0.3


def test_a_head_at_rest_does_nothing() -> None:
    flame, shape = head()
    clip = FlameFace.of(flame, shape).motion(torch.zeros(10, 50), torch.zeros(10, 6))
    assert np.abs(clip.values()).max() < 1e-3


def test_turning_about_flames_root_moves_the_pivot_of_portraits() -> None:
    """Nodding about a joint further down takes the head forward (+z) and down."""
    flame, shape = head()
    pose = torch.zeros(2, 6)
    pose[1, 0] = 0.3
    place = FlameFace.of(flame, shape).motion(torch.zeros(2, 50), pose).head_translation
    assert not place[0].any() and place[1, 2] > 0.05 and place[1, 1] < 0 and abs(place[1, 0]) < 0.02


def test_where_no_face_is_seen_the_shape_places_the_landmarks(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(flame_anchors, "detect_faces", lambda pixels, detector: [])
    flame, shape = head()
    face = FlameFace.of(flame, shape)
    assert not face.anchors.seen and "by its shape alone" in caplog.text
    exp, pose, truth = acted()
    clip = face.motion(exp, pose)
    for name in ("jawOpen", "mouthSmileLeft", "mouthPucker", "browInnerUp", "eyeBlinkRight"):
        assert np.corrcoef(clip.channel(name), truth[name])[0, 1] > 0.9, name


def test_the_fit_is_the_bounded_least_squares_solution() -> None:
    rig = load_rig()
    random = np.random.default_rng(2)
    wanted = np.zeros((3, 52), np.float32)
    chosen = [ARKIT_INDEX[name] for name in ("jawOpen", "mouthSmileLeft", "mouthPucker", "browInnerUp")]
    wanted[:, chosen] = random.uniform(0, 1, (3, 4))
    placed = rig.neutral + np.tensordot(wanted, rig.actions, 1) + 0.002 * random.normal(size=(3, 478, 3))
    got = fit_actions(placed.astype(np.float32), rig.neutral, rig.actions, 1.0)
    fitted = flame_to_arkit._FITTED
    blinks = [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]
    weight = flame_to_arkit.landmark_weights()
    moved = placed - rig.neutral - np.tensordot(got[:, blinks], rig.actions[blinks], 1)
    design = (rig.actions[fitted] * weight).reshape(len(fitted), -1).T
    pull = np.diag(flame_to_arkit.NOISE / flame_to_arkit._SPREAD)
    for frame in range(3):
        goal = np.concatenate([(moved[frame] * weight).reshape(-1), np.zeros(len(fitted))])
        best = lsq_linear(np.vstack([design, pull]), goal, (0, 1)).x
        np.testing.assert_allclose(got[frame, fitted], best, atol=0.03)
