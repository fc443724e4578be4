"""`avatar_app flame`: somebody's own copies of the published files speak, are drawn, and tell what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import Result
from typer.testing import CliRunner

from avatar_app.cli.app import app, console
from avatar_app.engines.diffposetalk import checkpoint
from avatar_app.engines.diffposetalk.coefficients import encode_motion
from avatar_app.engines.diffposetalk.flame.inputs import read_coefficients, read_style
from avatar_app.engines.diffposetalk.flame.request import FlameRequest
from avatar_app.engines.diffposetalk.flame.takes import noise_of, takes_of_flame
from avatar_app.motion.export.npz import load_motion
from avatar_app.render.video.writer import probe, snapshot
from avatar_app.request import InputError
from tests.standin_published import install_published

FRAMES = 75  # of the 3 s voice


@pytest.fixture(autouse=True)
def own_checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVATAR_CHECKPOINTS", str(tmp_path / "checkpoints"))


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["flame", *(str(argument) for argument in arguments)])


def one_line(done: Result, words: str) -> None:
    assert done.exit_code == 2 and words in done.stderr, done.output
    assert len(done.stderr.strip().splitlines()) == 1


def coefficients(path: Path) -> dict[str, Any]:
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def motion_file(path: Path, frames: int) -> Path:
    random = np.random.default_rng(frames)
    exp, pose = random.normal(size=(frames, 50)), 0.1 * random.normal(size=(frames, 6))
    np.savez(path, exp=exp.astype(np.float32), pose=pose.astype(np.float32))
    return path


def test_without_flame_coefficients_are_written_and_flame_is_named(tmp_path: Path, voice: Path) -> None:
    install_published(tmp_path / "mine")
    done = run("--audio", voice, "--samples", 2, "--steps", 3, "--output", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [f"take_{k}.coefficients.npz" for k in (1, 2)]
    assert "flame.is.tue.mpg.de" in done.stderr
    takes = [coefficients(tmp_path / "out" / f"take_{k}.coefficients.npz") for k in (1, 2)]
    for take in takes:
        shapes = {name: value.shape for name, value in take.items()}
        assert shapes == {"exp": (FRAMES, 50), "pose": (FRAMES, 6), "shape": (FRAMES, 100)}
        assert all(np.isfinite(value).all() and value.dtype == np.float32 for value in take.values())
        assert take["exp"].std() > 0 and np.abs(take["pose"][:, :3]).max() > 0
    assert np.abs(takes[0]["exp"] - takes[1]["exp"]).max() > 0.01


def test_the_same_seed_gives_the_same_take_whatever_the_others_are(tmp_path: Path, voice: Path) -> None:
    install_published(tmp_path / "mine")
    made = [
        list(takes_of_flame(FlameRequest(voice, tmp_path / name, samples=count, seed=seed, steps=4)))
        for name, count, seed in (("a", 2, 7), ("b", 2, 7), ("c", 1, 8))
    ]
    assert torch.equal(made[0][0].exp, made[1][0].exp) and torch.equal(made[0][1].pose, made[1][1].pose)
    torch.testing.assert_close(made[0][1].exp, made[2][0].exp, atol=1e-4, rtol=1e-4)


def test_later_noise_of_a_take_comes_from_its_seed_alone() -> None:
    x, draw = noise_of((3, 4), 5, 6)
    alone, draw_alone = noise_of((4,), 5, 6)
    assert torch.equal(x[1:], alone) and not torch.equal(x[0], x[1])
    assert torch.equal(draw(0, 9, x)[1:], draw_alone(0, 9, alone))


def test_options_change_what_they_should(tmp_path: Path, voice: Path) -> None:
    install_published(tmp_path / "mine")
    style, shape = motion_file(tmp_path / "style.npz", 120), tmp_path / "shape.npy"
    np.save(shape, np.linspace(-1, 1, 100, dtype=np.float32))
    plain = {"--audio": voice, "--samples": 1, "--steps": 3, "--motion-only": None}
    wishes: dict[str, list[object]] = {
        "plain": [],
        "style": ["--style", style],
        "scale": ["--style", style, "--style-scale", 1.5],
        "independent": ["--style", style, "--guidance", "independent"],
        "shape": ["--shape", shape],
        "clamped": ["--thresholding", "0.5,0.1,0.2"],
        "all": ["--every-step"],
        "windows": ["--hear-windows"],
    }
    words = [word for name, value in plain.items() for word in ((name,) if value is None else (name, value))]
    made = {}
    for name, wish in wishes.items():
        done = run(*words, *wish, "--output", tmp_path / name)
        assert done.exit_code == 0, (name, done.output)
        made[name] = coefficients(tmp_path / name / "take_1.coefficients.npz")
    assert np.allclose(made["shape"]["shape"], np.linspace(-1, 1, 100), atol=1e-6)
    names = list(made)
    for k, first in enumerate(names):
        for second in names[k + 1 :]:
            assert np.abs(made[first]["exp"] - made[second]["exp"]).max() > 1e-4, (first, second)


def test_a_style_vector_is_taken(tmp_path: Path, voice: Path) -> None:
    install_published(tmp_path / "mine")
    style = tmp_path / "style.npy"
    np.save(style, np.random.default_rng(0).normal(size=128).astype(np.float32))
    one = list(takes_of_flame(FlameRequest(voice, tmp_path / "a", samples=1, steps=3, style=style)))
    two = list(takes_of_flame(FlameRequest(voice, tmp_path / "b", samples=1, steps=3)))
    assert (one[0].exp - two[0].exp).abs().max() > 1e-3


def test_four_seconds_of_coefficients_are_read_as_the_published_encoder_reads_them(tmp_path: Path) -> None:
    install_published(tmp_path / "mine")
    folder, speaker = checkpoint.installed_folder(), checkpoint.load_published()
    path = motion_file(tmp_path / "style.npz", 100)
    read = read_style(path, speaker.model.config, folder, speaker.statistics)
    encoder = checkpoint.load_style_encoder(folder)
    motion = encode_motion(*read_coefficients(path), speaker.statistics, head=True)
    with torch.no_grad():
        torch.testing.assert_close(read, encoder(motion[None])[0], atol=1e-5, rtol=1e-5)


def test_the_head_can_be_kept_still(tmp_path: Path, voice: Path) -> None:
    install_published(tmp_path / "mine")
    done = run("--audio", voice, "--samples", 1, "--steps", 3, "--no-head-motion", "--output", tmp_path / "out")
    assert done.exit_code == 0, done.output
    pose = coefficients(tmp_path / "out" / "take_1.coefficients.npz")["pose"]
    assert not pose[:, :3].any() and pose[:, 3].std() > 0


def test_a_checkpoint_without_head_motion_and_styles_says_so_itself(tmp_path: Path, voice: Path) -> None:
    install_published(tmp_path / "mine", no_head_pose=True, use_indicator=False)
    style = motion_file(tmp_path / "style.npz", 100)
    takes = list(takes_of_flame(FlameRequest(voice, tmp_path / "out", samples=1, steps=3, style=style)))
    assert not takes[0].pose[:, :3].any() and takes[0].exp.std() > 0


def test_styles_for_a_checkpoint_without_any_are_refused(tmp_path: Path, voice: Path) -> None:
    install_published(tmp_path / "mine", style_enc_ckpt=None, guiding_conditions="audio")
    wish = ["--audio", voice, "--steps", 3, "--samples", 1, "--output", tmp_path / "out"]
    one_line(run(*wish, "--style", motion_file(tmp_path / "style.npz", 100)), "trained without styles")
    assert run(*wish).exit_code == 0


def test_with_flame_heads_and_portraits_are_drawn(tmp_path: Path, voice: Path, portrait: Path) -> None:
    install_published(tmp_path / "mine", flame=True)
    out = tmp_path / "out"
    wish = ["--steps", 3, "--samples", 2, "--size", 128, "--background", "black", "--portrait", portrait]
    done = run("--audio", voice, *wish, "--output", out)
    assert done.exit_code == 0, done.output
    for name in ("take_1.mp4", "take_2.mp4", "take_1.portrait.mp4"):
        facts = probe(out / name)
        assert (facts["frames"], facts["height"], facts["audio_codec"]) == (FRAMES, 128, "aac"), name
    assert probe(out / "side_by_side.mp4")["width"] > 256 < probe(out / "side_by_side.portrait.mp4")["width"]
    picture = snapshot(out / "take_1.mp4", 1.0)
    assert picture[:8].max() < 24 and picture[40:80, 50:78].mean() > 60  # black around a head in the middle
    clip = load_motion(out / "take_1.motion.npz")
    pose = coefficients(out / "take_1.coefficients.npz")["pose"]
    assert len(clip) == FRAMES and np.allclose(clip.head_rotation, pose[:, :3], atol=1e-5)
    assert clip.expression.std() > 0
    assert run("--audio", voice, *wish, "--output", out).exit_code == 2  # nothing is overwritten unasked


def test_a_texture_is_laid_on(tmp_path: Path, voice: Path) -> None:
    from PIL import Image

    install_published(tmp_path / "mine", flame=True)
    Image.new("RGB", (64, 64), (0, 0, 255)).save(tmp_path / "blue.png")
    faces = checkpoint.load_safetensors(checkpoint.installed_folder() / "flame.safetensors")["f"].numpy()
    lines = ["vt 0.5 0.5", *(f"f {a}/1 {b}/1 {c}/1" for a, b, c in faces + 1)]
    (tmp_path / "template.obj").write_text("\n".join(lines))
    wish = ["--audio", voice, "--steps", 3, "--samples", 1, "--size", 128, "--texture", tmp_path / "blue.png"]
    one_line(run(*wish, "--output", tmp_path / "out"), "--uv head_template.obj")
    checkpoint.install(tmp_path / "template.obj")
    assert run(*wish, "--output", tmp_path / "out").exit_code == 0
    middle = snapshot(tmp_path / "out" / "take_1.mp4", 1.0)[50:70, 55:73].reshape(-1, 3).mean(0)
    assert middle[2] > 2 * middle[0]


def test_stopping_keeps_finished_takes(tmp_path: Path, voice: Path) -> None:
    install_published(tmp_path / "mine", flame=True)
    out, finished = tmp_path / "out", []
    wish = FlameRequest(voice, out, samples=3, steps=3, size=128)
    for take in takes_of_flame(wish, should_stop=lambda: bool(finished)):
        finished.append(take)
    assert [take.index for take in finished] == [1]
    films = sorted(path.name for path in out.glob("*.mp4"))
    assert films == ["take_1.mp4"] and probe(out / "take_1.mp4")["frames"] == FRAMES


def test_stopping_before_the_end_of_sampling_leaves_nothing(
    tmp_path: Path, voice: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_published(tmp_path / "mine")
    monkeypatch.setattr(console.StopSwitch, "__call__", lambda self: True)
    done = run("--audio", voice, "--output", tmp_path / "out")
    assert done.exit_code == 130 and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (["--guidance", "both"], "incremental or independent"),
        (["--thresholding", "much"], "RATIO"),
        (["--thresholding", "2"], "ratio from 0 to 1"),
        (["--background", "sea"], "studio, black or a colour"),
        (["--samples", "11"], "samples must be from 1 to 10"),
        (["--uv", "template.obj"], "needs a texture"),
        (["--texture", "skin.png", "--motion-only"], "nothing to lay a texture on"),
    ],
)
def test_wishes_that_cannot_be_met_are_one_line(tmp_path: Path, voice: Path, wish: list[str], words: str) -> None:
    one_line(run("--audio", voice, "--output", tmp_path / "out", *wish), words)
    assert not (tmp_path / "out").exists()


def test_missing_files_are_one_line_with_who_offers_them(tmp_path: Path, voice: Path, portrait: Path) -> None:
    one_line(run("--audio", voice, "--output", tmp_path / "out"), "DiffPoseTalk/DiffPoseTalk")
    install_published(tmp_path / "mine")
    wish = ["--audio", voice, "--output", tmp_path / "out"]
    one_line(run(*wish, "--portrait", portrait), "FLAME is not installed")
    one_line(run("--audio", tmp_path / "none.wav", "--output", tmp_path / "out"), "none.wav")
    (checkpoint.installed_folder() / "style_encoder.safetensors").unlink()
    one_line(run(*wish, "--style", motion_file(tmp_path / "s.npz", 100)), "needs the style encoder")
    assert not (tmp_path / "out").exists()


def test_unusable_shapes_and_styles_are_one_line(tmp_path: Path, voice: Path) -> None:
    install_published(tmp_path / "mine")
    np.save(tmp_path / "short.npy", np.zeros(50, np.float32))
    np.save(tmp_path / "style.npy", np.full(128, np.nan, np.float32))
    np.savez(tmp_path / "wide.npz", exp=np.zeros((120, 100)), pose=np.zeros((120, 6)))
    (tmp_path / "text.npy").write_text("no numbers")
    (tmp_path / "torn.npz").write_bytes(b"PK\x03\x04torn")
    np.save(tmp_path / "nan.npy", np.full(100, np.nan))
    wish = ["--audio", voice, "--output", tmp_path / "out"]
    one_line(run(*wish, "--shape", tmp_path / "short.npy"), "100 FLAME shape coefficients; these are 50")
    for name in ("torn.npz", "nan.npy", "text.npy", "none.npy"):
        one_line(run(*wish, "--shape", tmp_path / name), f"{name} holds no shape coefficients")
    one_line(run(*wish, "--style", tmp_path / "torn.npz"), "not a file of numbers")
    one_line(run(*wish, "--style", motion_file(tmp_path / "brief.npz", 99)), "needs at least 4 s")
    one_line(run(*wish, "--style", tmp_path / "short.npy"), "must be 128 numbers; it has 50")
    one_line(run(*wish, "--style", tmp_path / "style.npy"), "NaN")
    one_line(run(*wish, "--style", tmp_path / "wide.npz"), "50 expression and 6 pose values")
    one_line(run(*wish, "--style", tmp_path / "text.npy"), "not a file of numbers")
    with pytest.raises(InputError, match=r"no file 'none\.npz'"):
        list(takes_of_flame(FlameRequest(voice, tmp_path / "out", style=tmp_path / "none.npz")))
    assert not (tmp_path / "out").exists()
