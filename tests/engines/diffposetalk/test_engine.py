"""What the engine promises with any weights, tried with small random ones; and the shipped ones through `generate`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from avatar_app import generate
from avatar_app.diffusion.guidance import Threshold, clamp_to_quantile
from avatar_app.engines import registry
from avatar_app.engines.base import Conditions
from avatar_app.engines.diffposetalk import engine as module
from avatar_app.engines.diffposetalk import sampling
from avatar_app.engines.diffposetalk.config import Guidance
from avatar_app.engines.diffposetalk.denoiser import DenoisingNet
from avatar_app.engines.diffposetalk.embedded import EMBEDDED, EmbeddedModel, load_embedded, save_embedded
from avatar_app.engines.diffposetalk.engine import DiffPoseTalk, SamplingConfig
from avatar_app.engines.diffposetalk.sampling import branches_of
from avatar_app.engines.diffposetalk.spec import Options
from avatar_app.engines.diffposetalk.styles import Style, save_style
from avatar_app.engines.diffposetalk.training import perturb
from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.inputs.instruction.timeline import Timeline
from avatar_app.request import FPS, InputError, Request, Stopped
from avatar_app.speech.encoder import ARTICULATION, CLOSURE, TALKING
from avatar_app.speech.recording import silence

TINY = replace(EMBEDDED, feature_dim=32, n_layers=2, n_heads=2, n_diff_steps=40)
HEAD = slice(52, 58)
MODES = ("incremental", "independent")


@pytest.fixture(scope="module")
def engine() -> DiffPoseTalk:
    torch.manual_seed(3)
    model = EmbeddedModel(TINY).eval()
    model.std.fill_(0.5)
    model.mean[:52] = 0.4
    net = model.head.denoising_net  # untrained ones hardly depend on style and noise
    net.person_proj.weight.data *= 3
    net.feature_proj.weight.data *= 3
    return DiffPoseTalk(model, Path("nowhere"), SamplingConfig(steps=4))


@pytest.fixture(scope="module")
def style(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("style") / "own.npz"
    save_style(Style(np.random.default_rng(1).normal(size=128).astype(np.float32), "own"), path)
    return path


@pytest.fixture
def voice_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[np.ndarray], None]:
    """Lets the speech encoder give this articulation (T, 26), whatever the recording is."""

    def set_voice(heard: np.ndarray) -> None:
        monkeypatch.setattr(module, "encode_articulation", lambda *given: torch.from_numpy(heard.copy()))

    return set_voice


@pytest.fixture(autouse=True)
def quick_voice(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The speech encoder takes most of the time: only tests named after the shipped weights or the voice run it."""
    if not request.node.name.startswith(("test_shipped", "test_motion_is_as_long_as_the_voice")):
        monkeypatch.setattr(
            module, "encode_articulation", lambda model, samples, frames, least: torch.from_numpy(articulation(frames))
        )


def articulation(frames: int, seed: int = 0) -> np.ndarray:
    """Talking all the time, without closures; lips and visemes at random."""
    values = np.random.default_rng(seed).uniform(0, 1, (frames, ARTICULATION)).astype(np.float32)
    values[:, CLOSURE], values[:, TALKING] = 0, 1
    return values


def conditions(seconds: float = 5.0, portrait: Any = None, options: Any = None, **fields: Any) -> Conditions:
    request = Request(**{"duration": seconds, "samples": 1, "seed": 5, "motion_only": True} | fields)
    speech = silence(seconds)
    timeline = Timeline((), speech.frames / FPS)
    return Conditions(request, Options(**(options or {})), speech.frames, speech, portrait, timeline)


def motion(engine: DiffPoseTalk, *args: Any, **wishes: Any) -> list[np.ndarray]:
    """(T, 58) of every sample."""
    prepared = engine.prepare(conditions(*args, **wishes), lambda: False)
    return [sample.motion.values() for sample in engine.sample(prepared, lambda done: None, lambda: False)]


@pytest.mark.parametrize("seconds", [0.4, 4.0, 9.3])
def test_motion_is_as_long_as_the_voice(engine: DiffPoseTalk, seconds: float) -> None:
    (sample,) = motion(engine, seconds)
    assert sample.shape == (int(np.ceil(seconds * FPS)), 58)
    assert np.isfinite(sample).all() and sample[:, :52].min() >= 0 and sample[:, :52].max() <= 1


@pytest.mark.parametrize("options", [{}, {"every_step": True}])
def test_a_sample_is_bit_for_bit_the_lone_one_of_its_seed(engine: DiffPoseTalk, options: dict[str, Any]) -> None:
    three = motion(engine, samples=3, options=options)
    for k, among in enumerate(three):
        np.testing.assert_array_equal(among, motion(engine, seed=5 + k, options=options)[0])
    assert np.abs(three[0] - three[1]).max() > 0.01 and np.abs(three[1] - three[2]).max() > 0.01


def test_samples_come_as_they_are_finished_and_tell_how_far_they_are(engine: DiffPoseTalk) -> None:
    told: list[float] = []
    made = engine.sample(conditions(samples=2), told.append, lambda: False)
    assert not told
    first = next(made)
    assert (first.index, first.seed) == (1, 5) and told[-1] == pytest.approx(0.5)
    second = next(made)
    assert (second.index, second.seed) == (2, 6) and told == sorted(told) and told[-1] == 1.0


def test_every_window_starts_from_noise_of_its_own(engine: DiffPoseTalk, voice_of: Any) -> None:
    voice_of(np.zeros((300, ARTICULATION), np.float32))
    own = motion(engine, 12.0)[0][:, HEAD]
    shared = replace(engine, defaults=replace(engine.defaults, fresh_noise=False))
    same = motion(shared, 12.0)[0][:, HEAD]
    # Of windows after the first, which all have one before them; the edges are smoothed.
    repeats = [np.abs(values[120:180] - values[220:280]).mean() for values in (same, own)]
    assert repeats[0] < 0.5 * repeats[1]


def test_a_window_goes_on_from_the_motion_of_the_one_before(voice_of: Any) -> None:
    """Another voice until 3.2 s changes what happens after 4.8 s, although nothing else differs there."""
    trained: Any = registry.load_engine("diffposetalk")  # random weights hardly look back
    first = articulation(200)
    second = first.copy()
    second[:80] = articulation(200, seed=1)[:80]
    found = []
    for heard in (first, second):
        voice_of(heard)
        found.append(motion(trained, 8.0, options={"steps": 4})[0][120:, HEAD])
    assert np.abs(found[0] - found[1]).max() > 1e-3


def test_windows_are_given_what_is_theirs(
    engine: DiffPoseTalk, style: Path, voice_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard, seen = articulation(230), []
    voice_of(heard)
    plain = sampling.sample_window

    def sample_window(model: Any, window: Any, noise: torch.Tensor, *more: Any) -> torch.Tensor:
        seen.append((window, noise, plain(model, window, noise, *more)))
        return seen[-1][2]

    monkeypatch.setattr(sampling, "sample_window", sample_window)
    prepared = engine.prepare(conditions(9.2, style=style), lambda: False)
    next(engine.sample(prepared, lambda done: None, lambda: False))
    start_motion, start_audio = engine.model.head.start(1)
    padded = torch.from_numpy(np.concatenate([heard, np.zeros((70, ARTICULATION), np.float32)]))
    audio = engine.model.head.audio_feature_map(padded)[None]
    assert len(seen) == 3
    for k, (window, noise, _) in enumerate(seen):
        first = 100 * k
        torch.testing.assert_close(window.audio, audio[:, first : first + 100])
        before = (start_motion, start_audio) if k == 0 else (seen[k - 1][2][:, -10:], audio[:, first - 10 : first])
        torch.testing.assert_close((window.prev_motion, window.prev_audio), before)
        assert window.indicator[0].tolist() == [1.0] * min(100, 230 - first) + [0.0] * max(0, first - 130)
        np.testing.assert_array_equal(window.style[0].numpy(), prepared.extra)
        assert noise.shape == (1, 100, 58) and not torch.equal(noise, seen[k - 1][1])


def test_padding_is_told_to_the_network(engine: DiffPoseTalk, voice_of: Any) -> None:
    """The last frames of a window of which few are real are not those of a window that goes on in silence."""
    quiet = np.zeros((100, ARTICULATION), np.float32)
    found = []
    for frames in (40, 100):
        voice_of(quiet[:frames])
        found.append(motion(engine, frames / FPS)[0][:30, HEAD])
    assert np.abs(found[0] - found[1]).max() > 1e-3


def test_a_style_changes_the_motion_and_its_scale_how_much(engine: DiffPoseTalk, style: Path) -> None:
    plain = motion(engine)[0]
    weak, strong = (motion(engine, style=style, options={"style_scale": scale})[0] for scale in (1.0, 4.0))
    assert np.abs(weak - plain).mean() > 1e-3
    assert np.abs(strong - plain).mean() > np.abs(weak - plain).mean()


@pytest.mark.parametrize(
    "changed", [{"audio_scale": 3.0}, {"steps": 9}, {"every_step": True}, {"thresholding": (0.9, 0.5, 0.6)}]
)
def test_options_change_what_they_should(engine: DiffPoseTalk, changed: dict[str, Any]) -> None:
    assert np.abs(motion(engine, 2.0, options=changed)[0] - motion(engine, 2.0)[0]).max() > 1e-3


def test_independent_guidance_is_another_one(engine: DiffPoseTalk, style: Path) -> None:
    a, b = (motion(engine, style=style, options={"audio_scale": 2.0, "guidance": mode})[0] for mode in MODES)
    assert np.abs(a - b).mean() > 1e-3


def test_the_head_can_be_kept_still(engine: DiffPoseTalk) -> None:
    (sample,) = motion(engine, options={"head_motion": False})
    assert not sample[:, HEAD].any() and sample[:, :52].any()


def test_the_expression_of_a_portrait_stays(engine: DiffPoseTalk) -> None:
    resting = np.zeros(52, np.float32)
    names = ("browInnerUp", "mouthSmileLeft", "eyeSquintRight")
    resting[[ARKIT_INDEX[name] for name in names]] = 0.9
    resting[ARKIT_INDEX["jawOpen"]] = 0.9  # an open mouth is no lasting expression: it would never shut
    (plain,), (kept,) = (motion(engine, portrait=who) for who in (None, SimpleNamespace(resting=resting)))
    for name in names:
        assert plain[:, ARKIT_INDEX[name]].mean() < 0.8 < kept[:, ARKIT_INDEX[name]].min()
    jaw = ARKIT_INDEX["jawOpen"]
    np.testing.assert_allclose(kept[:, jaw], plain[:, jaw], atol=1e-6)


def test_lips_that_the_voice_shuts_are_shut(engine: DiffPoseTalk, voice_of: Any) -> None:
    heard = articulation(100)
    heard[40:44, CLOSURE] = 1
    voice_of(heard)
    face = motion(engine, 4.0)[0]
    openers = [ARKIT_INDEX[name] for name in ("mouthFunnel", "mouthUpperUpLeft", "mouthLowerDownRight")]
    assert face[:40, openers].mean() > 0.05 and face[40:44, openers].max() == 0
    jaw, close = face[40:44, ARKIT_INDEX["jawOpen"]], face[40:44, ARKIT_INDEX["mouthClose"]]
    assert (close >= np.minimum(1.1 * jaw, 1)).all() and jaw.max() <= 0.25 + 1e-6


def test_jaw_and_lips_follow_the_articulation(engine: DiffPoseTalk, voice_of: Any) -> None:
    heard = articulation(100)
    heard[:, :7] = 0.5 + 0.4 * np.sin(np.arange(100) / 2)[:, None]
    voice_of(heard)
    jaw = motion(engine, 4.0)[0][:, ARKIT_INDEX["jawOpen"]]
    assert np.corrcoef(np.diff(jaw), np.diff(heard[:, 0]))[0, 1] > 0.8


def test_slow_channels_and_the_head_do_not_tremble(engine: DiffPoseTalk, monkeypatch: pytest.MonkeyPatch) -> None:
    smooth = motion(engine)[0]
    monkeypatch.setattr(module, "smooth_slow_channels", lambda values: values)
    raw = motion(engine)[0]

    def shaking(values: np.ndarray, part: Any) -> float:
        return float(np.abs(np.diff(values[:, part], 2, axis=0)).mean())

    assert shaking(smooth, HEAD) < 0.5 * shaking(raw, HEAD)


@pytest.mark.parametrize(
    "options",
    [
        {"guidance": "sideways"},
        {"thresholding": 1.5},
        {"thresholding": (0.9, 4, 1)},
        {"thresholding": (0.9, 1, 2, 3)},
        {"steps": 1},
        {"style_scale": 9.0},
        {"emotion_strength": 1.0},
    ],
)
def test_options_that_do_not_exist_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        registry.resolve(Request(duration=1.0, engine="diffposetalk", motion_only=True, options=options))


def test_thresholding_keeps_motion_within_its_limit(engine: DiffPoseTalk) -> None:
    scale = torch.tensor([0.1, 2.0, 9.0])[:, None, None]
    x = torch.randn(3, 100, 58, generator=torch.Generator().manual_seed(0)) * scale
    clamped = clamp_to_quantile(x, Threshold(0.99, 1.0, 4.0)).abs().amax(dim=(1, 2))
    assert clamped[0] == x[0].abs().max() and x[1].abs().max() > 4.0 and 1 < clamped[1] <= 6 and clamped[2] == 4.0
    tight = engine.sample_motion(torch.zeros(50, ARTICULATION), None, Options(thresholding=(0.5, 0.1, 0.2)), 0)
    assert np.abs(tight[:, HEAD]).max() < 0.2 * 0.5 + 1e-4  # in units of the channels' spread, which is 0.5


@pytest.fixture
def stops_in_call(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Callable[[], bool]]:
    """should_stop that turns true while the network is called for the nth time; 0 never does, and counts."""

    def of(number: int) -> Callable[[], bool]:
        calls, plain = [0], DenoisingNet.predict

        def predict(self: DenoisingNet, *args: Any, **more: Any) -> torch.Tensor:
            calls[0] += 1
            return plain(self, *args, **more)

        monkeypatch.setattr(DenoisingNet, "predict", predict)
        return lambda: 0 < number <= calls[0]

    return of


@pytest.mark.parametrize(("options", "last"), [({}, 8), ({"every_step": True}, 80)])
def test_a_stop_is_heeded_even_in_the_last_step(
    engine: DiffPoseTalk, stops_in_call: Any, options: dict[str, Any], last: int
) -> None:
    """5 s are two windows; all guidance branches of a step are one call."""
    assert len(list(engine.sample(conditions(options=options), lambda done: None, stops_in_call(last + 1)))) == 1
    for number in (1, last // 2, last):
        made = engine.sample(conditions(options=options), lambda done: None, stops_in_call(number))
        with pytest.raises(Stopped):
            next(made)


def test_a_stop_in_the_last_step_leaves_no_file(tmp_path: Path, stops_in_call: Any) -> None:
    request = Request(duration=1.0, engine="diffposetalk", samples=1, motion_only=True, output=tmp_path / "out")
    wish = replace(request, options={"steps": 4})
    assert list(generate(wish, should_stop=stops_in_call(4))) == []
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["result.json"]
    assert len(list(generate(replace(wish, force=True), should_stop=stops_in_call(5)))) == 1


def shipped(folder: Path, **fields: Any) -> Iterator[np.ndarray]:
    """Motion of the shipped weights and four steps through `generate`, by index."""
    usual = {"duration": 2.0, "samples": 1, "seed": 7, "options": {"steps": 4}}
    request = Request(**usual | fields, engine="diffposetalk", motion_only=True, output=folder)
    made = sorted(generate(request), key=lambda sample: sample.index)
    return (sample.motion.values() for sample in made)


def test_shipped_samples_with_an_instruction_are_bit_for_bit_the_lone_ones(tmp_path: Path) -> None:
    wish = {"style": "lively", "instruction": "happy, nods"}
    both = list(shipped(tmp_path / "both", samples=2, **wish))
    (alone,) = shipped(tmp_path / "alone", seed=8, **wish)
    np.testing.assert_array_equal(both[1], alone)
    assert np.abs(both[0] - both[1]).max() > 0.01


def test_shipped_instructions_have_their_strength(tmp_path: Path) -> None:
    smile = [
        next(shipped(tmp_path / str(scale), instruction="big smile", options={"steps": 4, "text_scale": scale}))
        for scale in (0.5, 3.0)
    ]
    assert smile[1][:, ARKIT_INDEX["mouthSmileLeft"]].mean() > smile[0][:, ARKIT_INDEX["mouthSmileLeft"]].mean() + 0.05


def test_scales_of_one_cost_one_evaluation() -> None:
    assert len(branches_of(Guidance(audio_scale=1.0, style_scale=1.0))) == 1
    assert len(branches_of(Guidance(audio_scale=1.0, style_scale=2.0))) == 2
    for mode in MODES:
        for published in (False, True):
            weights = [branch.weight for branch in branches_of(Guidance(mode, as_published=published))]
            assert sum(weights) == pytest.approx(1.0)


def test_weights_come_back_from_their_files(engine: DiffPoseTalk, tmp_path: Path) -> None:
    save_embedded(engine.model, tmp_path)
    again = replace(engine, model=load_embedded(tmp_path))
    np.testing.assert_allclose(motion(again)[0], motion(engine)[0], atol=0.05)  # stored in float16
    with pytest.raises(InputError, match=r"lacks model\.safetensors"):
        load_embedded(tmp_path / "elsewhere")


def test_perturbed_articulation_stays_an_articulation() -> None:
    rng = np.random.default_rng(0)
    audio = np.abs(rng.normal(size=(50, 26))).astype(np.float32)
    audio[:, 11:] /= audio[:, 11:].sum(axis=1, keepdims=True)
    for _ in range(20):
        perturbed = perturb(audio, rng)
        np.testing.assert_allclose(perturbed[:, 11:].sum(axis=1), 1, atol=1e-4)
        assert perturbed.shape == audio.shape and np.abs(perturbed - audio).max() < audio.max()
