"""Published DiffPoseTalk with FLAME: the FLAME head, the portrait or the 3-D head does what the coefficients say."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PictureFile

from avatar_app import generate, sample_writer
from avatar_app.engines.diffposetalk import checkpoint
from avatar_app.engines.diffposetalk.flame.renderer import FlameRenderer
from avatar_app.engines.diffposetalk.paths import FLAME, installed_file
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.motion.export.npz import load_motion
from avatar_app.render.video.writer import probe, snapshot
from avatar_app.sample import EngineSample
from avatar_app.types import Image, ShouldStop
from tests.published_runs import coefficients, made, refused, request, run, with_instructions
from tests.standin_published import install_published

FRAMES = 30  # of 1.2 s
SMALL = ("--audio-to", 1.2, "--size", 128)
Draw = Callable[..., Path]


@pytest.fixture(scope="module", autouse=True)
def published_with_flame(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of checkpoints."""
    root = tmp_path_factory.mktemp("published")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AVATAR_CHECKPOINTS", str(root / "checkpoints"))
        install_published(root / "mine", flame=True)
        yield root / "checkpoints"


@pytest.fixture(scope="module")
def draw(voice: Path, tmp_path_factory: pytest.TempPathFactory) -> Draw:
    """The folder of one small sample with these arguments; what was made before is not made again."""
    kept: dict[tuple[object, ...], Path] = {}

    def one(*arguments: object) -> Path:
        if arguments not in kept:
            out = tmp_path_factory.mktemp("drawn") / "out"
            made(run(out, "--audio", voice, *SMALL, "--samples", 1, *arguments), out)
            kept[arguments] = out
        return kept[arguments]

    return one


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def picture(folder: Path, seconds: float = 0.6) -> np.ndarray:
    return snapshot(folder / "sample_1.mp4", seconds).astype(float)


def notes(folder: Path) -> str:
    return " ".join(json.loads((folder / "result.json").read_text())["notes"])


def test_without_a_portrait_the_flame_head_is_drawn(tmp_path: Path, voice: Path) -> None:
    out = tmp_path / "out"
    done = run(out, "--audio", voice, *SMALL, "--samples", 2, "--background", "#000000")
    result, kinds = made(done, out), ("mp4", "motion.npz", "coefficients.npz")
    assert names(out) == {"result.json", "side_by_side.mp4"} | {f"sample_{k}.{kind}" for k in (1, 2) for kind in kinds}
    assert [sample["video"] for sample in result["samples"]] == ["sample_1.mp4", "sample_2.mp4"]
    assert {str(out / f"sample_{k}.{kind}") for k in (1, 2) for kind in ("mp4", "coefficients.npz")} == set(
        done.stdout.split()
    )
    for name in ("sample_1.mp4", "sample_2.mp4"):
        facts = probe(out / name)
        assert (facts["frames"], facts["width"], facts["height"], facts["audio_codec"]) == (FRAMES, 128, 128, "aac")
    assert probe(out / "side_by_side.mp4")["width"] >= 256
    shown = picture(out)
    assert shown[:4].max() < 24 and shown[40:80, 50:78].mean() > 60  # black around a head in the middle
    clip, pose = load_motion(out / "sample_1.motion.npz"), coefficients(out)["pose"]
    assert len(clip) == FRAMES and np.allclose(clip.head_rotation, pose[:, :3], atol=1e-5)
    assert clip.expression.std() > 0


def test_results_are_overwritten_only_when_that_is_asked_for(tmp_path: Path, voice: Path) -> None:
    out, wish = tmp_path / "out", ["--audio", voice, *SMALL, "--samples", 1]
    made(run(out, *wish, "--motion-only"), out)
    written = {"result.json", "sample_1.motion.npz", "sample_1.coefficients.npz"}
    assert names(out) == written
    again = run(out, *wish)
    assert again.exit_code == 2 and "--force" in again.stderr and names(out) == written
    made(run(out, *wish, "--force"), out)
    assert names(out) == written | {"sample_1.mp4"}


def test_a_sample_with_flame_is_bit_for_bit_the_lone_one_of_its_seed(tmp_path: Path, voice: Path) -> None:
    among = {sample.seed: sample for sample in generate(request(voice, tmp_path / "a", samples=2, seed=7))}
    (alone,) = generate(request(voice, tmp_path / "b", seed=8))
    np.testing.assert_array_equal(among[8].motion.values(), alone.motion.values())
    assert np.abs(among[7].motion.values() - alone.motion.values()).max() > 1e-3


def test_the_studio_is_grey_and_a_colour_is_a_colour(draw: Draw) -> None:
    studio, blue = (picture(folder)[:6, :6].mean((0, 1)) for folder in (draw(), draw("--background", "#2040f0")))
    assert studio.min() > 30 and np.ptp(studio) < 30
    assert np.abs(blue - (32, 64, 240)).max() < 24


def test_a_portrait_is_animated_or_left_for_the_flame_head(draw: Draw, portrait: Path) -> None:
    animated, head = draw("--portrait", portrait), draw("--portrait", portrait, "--view", "flame")
    face = load_portrait(portrait, size=128).pixels.astype(float)
    assert np.corrcoef(picture(animated).reshape(-1), face.reshape(-1))[0, 1] > 0.8
    assert np.abs(picture(animated, 0.1) - picture(animated, 0.9)).max() > 20
    np.testing.assert_array_equal(picture(head), picture(draw()))
    motions = [load_motion(folder / "sample_1.motion.npz").values() for folder in (animated, head)]
    np.testing.assert_array_equal(*motions)


@pytest.mark.parametrize(("head", "width"), [("clay", 128), ("beside", 256)])
def test_the_3d_head_can_be_drawn_instead(draw: Draw, portrait: Path, head: str, width: int) -> None:
    """The one with the portrait's skin is the one that stands beside it."""
    folder = draw("--head", head, *([] if head == "clay" else ["--portrait", portrait]))
    facts = probe(folder / "sample_1.mp4")
    assert (facts["frames"], facts["width"], facts["height"]) == (FRAMES, width, 128)
    assert {"sample_1.coefficients.npz", "sample_1.glb", "sample_1.motion.npz"} < names(folder)


def test_how_far_the_head_moves_is_seen_on_it(draw: Draw) -> None:
    still, strong = draw("--no-head-motion"), draw("--motion-strength", 3)
    moved = [
        np.mean([np.abs(picture(folder, at) - picture(folder, at + 0.4)).mean() for at in (0.1, 0.5)])
        for folder in (still, strong)
    ]
    assert moved[1] > 1.5 * moved[0]
    rotation = load_motion(strong / "sample_1.motion.npz").head_rotation
    np.testing.assert_allclose(rotation, coefficients(strong)["pose"][:, :3], atol=1e-5)
    assert not load_motion(still / "sample_1.motion.npz").values()[:, 52:].any()


def test_the_shape_is_that_of_the_drawn_head(draw: Draw, tmp_path: Path) -> None:
    np.save(tmp_path / "shape.npy", 40 * np.ones(100, np.float32))
    assert np.abs(picture(draw()) - picture(draw("--shape", tmp_path / "shape.npy"))).mean() > 2


def test_a_texture_is_laid_on(draw: Draw, voice: Path, tmp_path: Path) -> None:
    PictureFile.new("RGB", (64, 64), (0, 0, 255)).save(tmp_path / "blue.png")
    faces = checkpoint.load_safetensors(installed_file(FLAME))["f"].numpy()
    lines = ["vt 0.5 0.5", *(f"f {a}/1 {b}/1 {c}/1" for a, b, c in faces + 1)]
    template = tmp_path / "template.obj"
    template.write_text("\n".join(lines))
    texture, out = ("--texture", tmp_path / "blue.png"), tmp_path / "out"
    refused(run(out, "--audio", voice, *texture), "--uv head_template.obj", out)
    named = draw(*texture, "--uv", template)
    checkpoint.install(template)
    for folder in (named, draw(*texture)):
        middle = picture(folder)[50:70, 55:73].reshape(-1, 3).mean(0)
        assert middle[2] > 2 * middle[0]


def test_a_texture_that_cannot_be_seen_is_refused(tmp_path: Path, voice: Path, portrait: Path) -> None:
    PictureFile.new("RGB", (64, 64), (0, 0, 255)).save(tmp_path / "blue.png")
    wish = ["--audio", voice, "--texture", tmp_path / "blue.png"]
    for elsewhere in (["--portrait", portrait], ["--head", "clay"], ["--motion-only"]):
        refused(run(tmp_path / "out", *wish, *elsewhere), "not drawn here", tmp_path / "out")


def test_samples_are_drawn_at_the_same_time(tmp_path: Path, voice: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two samples wait for each other while they are drawn: one after the other, neither would ever end."""
    monkeypatch.setattr(sample_writer.os, "cpu_count", lambda: 2)
    both, plain = threading.Barrier(2), FlameRenderer.frames

    def frames(self: FlameRenderer, sample: EngineSample, should_stop: ShouldStop) -> Iterator[Image]:
        both.wait(timeout=60)
        return plain(self, sample, should_stop)

    monkeypatch.setattr(FlameRenderer, "frames", frames)
    done = run(tmp_path / "out", "--audio", voice, *SMALL, "--samples", 2)
    assert len(made(done, tmp_path / "out")["samples"]) == 2


def test_stopping_keeps_what_is_finished(tmp_path: Path, voice: Path) -> None:
    out, finished = tmp_path / "out", []
    wish = request(voice, out, samples=6, size=128, motion_only=False, audio_to=1.2)
    for sample in generate(wish, should_stop=lambda: bool(finished)):
        finished.append(sample)
    assert 1 <= len(finished) < 6
    assert {path.name for path in out.glob("*.mp4")} == {sample.video.name for sample in finished}
    assert all(probe(sample.video)["frames"] == FRAMES for sample in finished)
    result = json.loads((out / "result.json").read_text())
    assert not result["complete"] and len(result["samples"]) == len(finished)
    assert not list(out.glob(".*"))


def test_an_instruction_is_acted_in_the_motion_and_told_where_it_is_not_seen(
    draw: Draw, published_with_flame: Path
) -> None:
    with_instructions(published_with_flame)
    words = ("--instruction", "big smile")
    plain, acted, head = draw(), draw("--motion-only", *words), draw(*words)
    smile = [load_motion(folder / "sample_1.motion.npz").channel("mouthSmileLeft") for folder in (plain, acted, head)]
    assert smile[1].mean() > smile[0].mean() + 0.1
    np.testing.assert_array_equal(smile[1], smile[2])
    np.testing.assert_array_equal(coefficients(acted)["exp"], coefficients(plain)["exp"])
    assert not notes(acted) and "FLAME head follows the voice alone" in notes(head)
