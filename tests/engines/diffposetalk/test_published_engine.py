"""`--weights published`: FLAME coefficients from somebody's own copies of the files; a sentence on what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from avatar_app import generate
from avatar_app.cli.app import console
from avatar_app.engines import registry
from avatar_app.engines.base import Conditions
from avatar_app.engines.diffposetalk import checkpoint, sampling
from avatar_app.engines.diffposetalk.coefficients import decode_motion, encode_motion, normalise_shape
from avatar_app.engines.diffposetalk.denoiser import DenoisingNet
from avatar_app.engines.diffposetalk.flame.inputs import read_coefficients, read_style
from avatar_app.engines.diffposetalk.paths import installed_folder
from avatar_app.inputs.instruction.timeline import Timeline
from avatar_app.request import InputError, Stopped
from avatar_app.speech.recording import load_speech
from tests.published_runs import (
    coefficient_file,
    coefficients,
    made,
    refused,
    request,
    run,
    with_instructions,
    with_shipped,
)
from tests.standin_published import install_published

FRAMES = 75  # of the 3 s voice


@pytest.fixture(autouse=True)
def own_checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVATAR_CHECKPOINTS", str(tmp_path / "checkpoints"))


def test_without_flame_coefficients_are_written_and_flame_is_named(tmp_path: Path, voice: Path) -> None:
    install_published(tmp_path / "mine")
    out = tmp_path / "out"
    done = run(out, "--audio", voice, "--samples", 2, "--seed", 5)
    result = made(done, out)
    assert {p.name for p in out.iterdir()} == {"result.json", *(f"sample_{k}.coefficients.npz" for k in (1, 2))}
    assert done.stdout.split() == [str(out / f"sample_{k}.coefficients.npz") for k in (1, 2)]
    assert "flame.is.tue.mpg.de" in done.stderr and "flame.is.tue.mpg.de" in " ".join(result["notes"])
    assert result["engine"]["weights"] == result["request"]["weights"] == "published"
    assert [(s["seed"], s["motion"], s["attachments"]) for s in result["samples"]] == [
        (seed, None, [f"sample_{seed - 4}.coefficients.npz"]) for seed in (5, 6)
    ]
    takes = [coefficients(out, k) for k in (1, 2)]
    for take in takes:
        assert json.loads(str(take.pop("provenance")))["ai_generated"] is True
        shapes = {name: value.shape for name, value in take.items()}
        assert shapes == {"exp": (FRAMES, 50), "pose": (FRAMES, 6), "shape": (FRAMES, 100)}
        assert all(np.isfinite(value).all() and value.dtype == np.float32 for value in take.values())
        assert take["exp"].std() > 0 and np.abs(take["pose"][:, :3]).max() > 0
    assert np.abs(takes[0]["exp"] - takes[1]["exp"]).max() > 0.01


@pytest.mark.parametrize("steps", [{"steps": 4}, {"every_step": True}])
def test_a_sample_is_bit_for_bit_the_lone_one_of_its_seed(tmp_path: Path, voice: Path, steps: dict[str, int]) -> None:
    """With every step, noise is also drawn between steps."""
    install_published(tmp_path / "mine")
    style = coefficient_file(tmp_path / "style.npz", 120)
    for name, count, seed in (("three", 3, 7), ("again", 3, 7), ("alone", 1, 8)):
        list(generate(request(voice, tmp_path / name, samples=count, seed=seed, style=style, options=steps)))
    second, alone = coefficients(tmp_path / "three", 2), coefficients(tmp_path / "alone")
    third, again = coefficients(tmp_path / "three", 3), coefficients(tmp_path / "again", 3)
    for part in ("exp", "pose", "shape"):
        np.testing.assert_array_equal(second[part], alone[part])
        np.testing.assert_array_equal(third[part], again[part])
    assert np.abs(second["exp"] - third["exp"]).max() > 0.01


def test_options_change_what_they_should(tmp_path: Path, voice: Path) -> None:
    install_published(tmp_path / "mine")
    style, shape = coefficient_file(tmp_path / "style.npz", 120), tmp_path / "shape.npy"
    np.save(shape, np.linspace(-1, 1, 100, dtype=np.float32))
    wishes: dict[str, list[object]] = {
        "plain": [],
        "more_steps": ["--steps", 5],
        "audio_scale": ["--audio-scale", 3],
        "style": ["--style", style],
        "style_scale": ["--style", style, "--style-scale", 1.5],
        "independent": ["--style", style, "--guidance", "independent"],
        "shape": ["--shape", shape],
        "clamped": ["--thresholding", "0.5,0.1,0.2"],
        "every_step": ["--every-step"],
        "windows": ["--encode-windows"],
    }
    found = {}
    for name, wish in wishes.items():
        out = tmp_path / name
        made(run(out, "--audio", voice, "--samples", 1, "--motion-only", *wish), out)
        found[name] = coefficients(out)
    assert np.allclose(found["shape"]["shape"], np.linspace(-1, 1, 100), atol=1e-6)
    assert np.abs(found["clamped"]["exp"]).max() < np.abs(found["plain"]["exp"]).max()
    names = list(found)
    for k, first in enumerate(names):
        for second in names[k + 1 :]:
            assert np.abs(found[first]["exp"] - found[second]["exp"]).max() > 1e-4, (first, second)


def test_result_tells_the_options_and_names_files_without_their_folders(tmp_path: Path, voice: Path) -> None:
    install_published(tmp_path / "mine")
    np.save(tmp_path / "shape.npy", np.zeros(100, np.float32))
    done = run(tmp_path / "out", "--audio", voice, "--samples", 1, "--shape", tmp_path / "shape.npy")
    options = made(done, tmp_path / "out")["request"]["options"]
    assert (options["steps"], options["shape"], options["head_motion"]) == (3, "shape.npy", True)


def test_a_style_vector_is_taken(tmp_path: Path, voice: Path) -> None:
    install_published(tmp_path / "mine")
    style = tmp_path / "style.npy"
    np.save(style, np.random.default_rng(0).normal(size=128).astype(np.float32))
    list(generate(request(voice, tmp_path / "a", style=style)))
    list(generate(request(voice, tmp_path / "b")))
    assert np.abs(coefficients(tmp_path / "a")["exp"] - coefficients(tmp_path / "b")["exp"]).max() > 1e-3


def test_four_seconds_of_coefficients_are_read_as_the_published_encoder_reads_them(tmp_path: Path) -> None:
    install_published(tmp_path / "mine")
    folder, published = installed_folder(), checkpoint.load_published()
    path = coefficient_file(tmp_path / "style.npz", 100)
    read = read_style(path, published.model.config, folder, published.statistics)
    encoder = checkpoint.load_style_encoder(folder)
    motion = encode_motion(*read_coefficients(path), published.statistics, head=True)
    with torch.no_grad():
        torch.testing.assert_close(read, encoder(motion[None])[0], atol=1e-5, rtol=1e-5)


def test_the_head_can_be_kept_still_or_move_more(tmp_path: Path, voice: Path) -> None:
    install_published(tmp_path / "mine")
    wishes = {"still": ["--no-head-motion"], "usual": [], "strong": ["--motion-strength", 2]}
    for name, wish in wishes.items():
        made(run(tmp_path / name, "--audio", voice, "--samples", 1, *wish), tmp_path / name)
    still, usual, strong = (coefficients(tmp_path / name)["pose"] for name in wishes)
    assert not still[:, :3].any() and still[:, 3].std() > 0
    np.testing.assert_allclose(strong[:, :3], 2 * usual[:, :3], atol=1e-6)
    np.testing.assert_array_equal(strong[:, 3:], usual[:, 3:])


def test_a_checkpoint_without_head_motion_says_so_itself(tmp_path: Path, voice: Path) -> None:
    install_published(tmp_path / "mine", no_head_pose=True, use_indicator=False)
    style = coefficient_file(tmp_path / "style.npz", 100)
    list(generate(request(voice, tmp_path / "out", style=style)))
    made_here = coefficients(tmp_path / "out")
    assert not made_here["pose"][:, :3].any() and made_here["exp"].std() > 0


def test_styles_for_a_checkpoint_without_any_are_refused(tmp_path: Path, voice: Path) -> None:
    install_published(tmp_path / "mine", style_enc_ckpt=None, guiding_conditions="audio")
    out, wish = tmp_path / "out", ["--audio", voice, "--samples", 1]
    style = coefficient_file(tmp_path / "style.npz", 100)
    refused(run(out, *wish, "--style", style), "trained without styles", out)
    made(run(out, *wish), out)


def test_a_checkpoint_that_always_had_a_style_asks_for_one(tmp_path: Path, voice: Path) -> None:
    install_published(tmp_path / "mine", guiding_conditions="audio")
    out, wish = tmp_path / "out", ["--audio", voice, "--samples", 1]
    refused(run(out, *wish), "never trained without a style", out)
    made(run(out, *wish, "--style", coefficient_file(tmp_path / "style.npz", 100)), out)


def test_windows_are_given_what_is_theirs(tmp_path: Path, voice: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """3 s are four windows of 20 frames, the last of which has 15."""
    install_published(tmp_path / "mine")
    np.save(tmp_path / "shape.npy", np.linspace(-1, 1, 100, dtype=np.float32))
    style, seen = coefficient_file(tmp_path / "style.npz", 120), []
    plain = sampling.sample_window

    def sample_window(model: Any, window: Any, noise: torch.Tensor, *more: Any) -> torch.Tensor:
        seen.append((window, noise, plain(model, window, noise, *more)))
        return seen[-1][2]

    monkeypatch.setattr(sampling, "sample_window", sample_window)
    options = {"steps": 3, "shape": tmp_path / "shape.npy"}
    list(generate(request(voice, tmp_path / "out", style=style, options=options)))
    published = checkpoint.load_published()
    start_motion, start_audio = published.model.start(1)
    previous = published.model.config.n_prev_motions
    vector = read_style(style, published.model.config, installed_folder(), published.statistics)
    shape = normalise_shape(torch.linspace(-1, 1, 100), published.statistics)
    assert len(seen) == 4
    for k, (window, noise, _) in enumerate(seen):
        before = start_motion, start_audio
        if k:
            before = seen[k - 1][2][:, -previous:], seen[k - 1][0].audio[:, -previous:]
        torch.testing.assert_close((window.prev_motion, window.prev_audio), before)
        torch.testing.assert_close((window.style[0], window.shape[0]), (vector, shape))
        assert window.indicator[0].tolist() == [1.0] * (20 if k < 3 else 15) + [0.0] * (0 if k < 3 else 5)
        assert torch.equal(noise, seen[0][1])  # as published: all windows start alike
    made_of = torch.cat([motion for _, _, motion in seen], dim=1)[0, :FRAMES]
    exp, _ = decode_motion(made_of, published.statistics)
    np.testing.assert_allclose(coefficients(tmp_path / "out")["exp"], exp.numpy(), atol=1e-6)


def test_a_frame_that_only_began_is_held(tmp_path: Path) -> None:
    """0.83 s are 20 whole frames and a part of another, which every video has."""
    install_published(tmp_path / "mine")
    sound = np.sin(np.arange(13_280) / 20).astype(np.float32)
    list(generate(request((16_000, sound), tmp_path / "out")))
    exp = coefficients(tmp_path / "out")["exp"]
    assert len(exp) == 21
    np.testing.assert_array_equal(exp[20], exp[19])


def test_a_stop_is_heeded_even_in_the_last_step(tmp_path: Path, voice: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four windows of two steps (of six levels, three steps are two): the network is called eight times."""
    install_published(tmp_path / "mine")
    calls, plain = [0], DenoisingNet.predict

    def predict(self: DenoisingNet, *args: Any, **more: Any) -> torch.Tensor:
        calls[0] += 1
        return plain(self, *args, **more)

    monkeypatch.setattr(DenoisingNet, "predict", predict)
    engine = registry.load_engine("diffposetalk", "published")
    wish, speech = request(voice, tmp_path / "out"), load_speech(voice)
    options, timeline = registry.resolve(wish).options, Timeline((), speech.duration)
    prepared = engine.prepare(Conditions(wish, options, FRAMES, speech, None, timeline), lambda: False)
    for number in (1, 5, 8):
        calls[0] = 0
        with pytest.raises(Stopped):
            next(engine.sample(prepared, lambda done: None, lambda: calls[0] >= number))  # noqa: B023
        assert calls[0] == number
    calls[0] = 0
    assert len(list(engine.sample(prepared, lambda done: None, lambda: calls[0] > 8))) == 1 and calls[0] == 8


def test_stopping_before_a_sample_is_finished_leaves_none(
    tmp_path: Path, voice: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_published(tmp_path / "mine")
    monkeypatch.setattr(console.StopSwitch, "__call__", lambda self: True)
    done = run(tmp_path / "out", "--audio", voice)
    assert done.exit_code == 130
    assert not list((tmp_path / "out").glob("sample_*"))


def test_an_instruction_that_no_face_can_follow_is_told(tmp_path: Path, voice: Path) -> None:
    install_published(tmp_path / "mine")
    with_instructions(tmp_path / "checkpoints")
    done = run(tmp_path / "out", "--audio", voice, "--samples", 1, "--instruction", "happy")
    assert "instruction was left aside" in " ".join(made(done, tmp_path / "out")["notes"])


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (["--guidance", "both"], "incremental or independent"),
        (["--thresholding", "much"], "must be numbers"),
        (["--thresholding", "2"], "ratio from 0 to 1"),
        (["--thresholding", "0.9,4,1"], "ratio from 0 to 1"),
        (["--background", "sea"], "colour such as #204060"),
        (["--background", "transparent"], "colour such as #204060"),
        (["--background", "#12"], "#204060"),
        (["--samples", "11"], "samples must be from 1 to 10"),
        (["--steps", "1"], "steps must be from 2 to 100"),
        (["--uv", __file__], "needs a texture"),
        (["--uv", "nowhere.obj"], "nowhere.obj"),
        (["--texture", __file__, "--motion-only"], "FLAME head, which is not drawn"),
        (["--view", "side"], "auto or flame"),
        (["--style", "calm"], "vector (.npy)"),
        (["--style", "none.npz"], "no file 'none.npz'"),
        (["--emotion-strength", "2"], "no option 'emotion_strength'"),
        (["--weights", "other"], "no other weights"),
    ],
)
def test_wishes_that_cannot_be_met_are_one_line(tmp_path: Path, voice: Path, wish: list[str], words: str) -> None:
    install_published(tmp_path / "mine")
    refused(run(tmp_path / "out", "--audio", voice, *wish), words, tmp_path / "out")


def test_the_shipped_weights_have_no_options_of_the_published_ones(tmp_path: Path, voice: Path) -> None:
    with_shipped(tmp_path / "checkpoints", "diffposetalk")
    wish = ["--weights", "embedded", "--motion-only", "--encode-windows"]
    refused(run(tmp_path / "out", "--audio", voice, *wish), "is for its published weights", tmp_path / "out")


def test_missing_files_are_one_line_with_who_offers_them(tmp_path: Path, voice: Path, portrait: Path) -> None:
    out, wish = tmp_path / "out", ["--audio", voice]
    refused(run(out, *wish), "DiffPoseTalk/DiffPoseTalk", out)
    install_published(tmp_path / "mine")
    for drawn in (["--portrait", portrait], ["--head", "clay"], ["--view", "flame"]):
        refused(run(out, *wish, *drawn), "FLAME is not installed", out)
    refused(run(out, "--instruction", "happy", "--duration", 2), "need a voice", out)
    refused(run(out, "--audio", tmp_path / "none.wav"), "none.wav", out)
    (installed_folder() / "style_encoder.safetensors").unlink()
    refused(run(out, *wish, "--style", coefficient_file(tmp_path / "s.npz", 100)), "needs the style encoder", out)
    (installed_folder() / "stats_train.npz").unlink()
    refused(run(out, *wish), "stats_train.npz", out)


def test_unusable_shapes_and_styles_are_one_line(tmp_path: Path, voice: Path) -> None:
    install_published(tmp_path / "mine")
    np.save(tmp_path / "short.npy", np.zeros(50, np.float32))
    np.save(tmp_path / "style.npy", np.full(128, np.nan, np.float32))
    np.savez(tmp_path / "wide.npz", exp=np.zeros((120, 100)), pose=np.zeros((120, 6)))
    (tmp_path / "text.npy").write_text("no numbers")
    (tmp_path / "torn.npz").write_bytes(b"PK\x03\x04torn")
    np.save(tmp_path / "nan.npy", np.full(100, np.nan))
    coefficient_file(tmp_path / "brief.npz", 99)
    shapes = {"short.npy": "100 FLAME shape coefficients; these are 50", "none.npy": "must be a file"}
    shapes |= {name: f"{name} holds no shape coefficients" for name in ("torn.npz", "nan.npy", "text.npy")}
    styles = {"torn.npz": "not a file of numbers", "brief.npz": "needs at least 4 s", "style.npy": "NaN"}
    styles |= {"short.npy": "must be 128 numbers; it has 50", "wide.npz": "50 expression and 6 pose values"}
    styles |= {"text.npy": "not a file of numbers", "none.npz": "no file 'none.npz'"}
    for flag, told in (("--shape", shapes), ("--style", styles)):
        for name, words in told.items():
            refused(run(tmp_path / "out", "--audio", voice, flag, tmp_path / name), words, tmp_path / "out")
    with pytest.raises(InputError, match=r"no file 'none\.npz'"):
        list(generate(request(voice, tmp_path / "out", style=tmp_path / "none.npz")))
