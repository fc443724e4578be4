"""Style files: what is kept comes back, what is none is told, and a clip's style is its speaker's."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
from make_styles import make_styles, named_speakers

from avatar_app import generate
from avatar_app.engines.diffposetalk.paths import find_style, named_styles
from avatar_app.engines.diffposetalk.styles import (
    VERSION,
    Style,
    blend,
    load_style,
    mix,
    open_style,
    read_style,
    resolve_style,
    save_style,
)
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.export.npz import save_motion
from avatar_app.request import InputError, Request
from avatar_app.speech.phones import Phone
from avatar_app.training.corpus.sessions import VARIANTS, Session, labelled, write_shard
from avatar_app.training.synthetic_speakers import perform


@pytest.fixture(scope="module")
def session() -> Session:
    """14 s of babble in phrases."""
    rng = np.random.default_rng(0)
    edges = np.cumsum(rng.uniform(0.06, 0.15, 125))
    names = rng.choice(["PBM", "A", "I", "SZ", "W_U", "TDNL", "E", "O", "SIL"], 124)
    phones = tuple(Phone(a, b, str(n)) for a, b, n in zip(edges, edges[1:], names, strict=False))
    loudness = np.repeat(rng.uniform(0.02, 0.3, 112), 2000)
    sound = (loudness * np.sin(np.arange(224_000))).astype(np.float32)
    return labelled(np.zeros((VARIANTS, 1400, 64), np.float16), phones, sound, 350)


def play(session: Session, name: str, start: int, frames: int, seed: int) -> MotionClip:
    values = perform(session, named_speakers()[name], start, frames, np.random.default_rng(seed))
    return MotionClip.from_values(values)


def nearness(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_styles_ship_under_the_names_of_their_speakers() -> None:
    assert set(named_styles()) == set(named_speakers())
    for name, path in named_styles().items():
        style = load_style(path)
        assert (style.name, style.version) == (name, VERSION)
        assert 8 < np.linalg.norm(style.vector) < 12


@pytest.mark.parametrize("name", ["big_mouth", "smiling", "serious", "astonished", "sad"])
def test_a_speaker_is_nearest_to_the_style_named_after_them(session: Session, name: str) -> None:
    """But for "lively" and "small_mouth": the styles are of the teacher before it was fitted to films.

    Its heads were all calmer and its mouths all larger, so that these two are no longer told by what they were.
    """
    style = read_style(play(session, name, 10, 330, seed=4))
    found = {other: nearness(style, load_style(path).vector) for other, path in named_styles().items()}
    assert max(found, key=lambda other: found[other]) == name


def test_where_the_head_stands_is_no_style(session: Session) -> None:
    clip = play(session, "natural", 0, 150, seed=1)
    moved = MotionClip(clip.expression, clip.head_rotation, clip.head_translation + 0.5)
    assert np.array_equal(read_style(clip), read_style(moved))


def test_a_style_can_be_given_as_name_file_or_motion(session: Session, tmp_path: Path) -> None:
    clip = play(session, "smiling", 0, 120, seed=2)
    save_motion(clip, tmp_path / "clip.npz")
    assert np.array_equal(resolve_style(tmp_path / "clip.npz"), read_style(clip))
    save_style(Style(read_style(clip), "mine"), tmp_path / "mine.npz")
    assert np.array_equal(resolve_style(str(tmp_path / "mine.npz")), read_style(clip))
    assert load_style(tmp_path / "mine.npz").name == "mine"
    assert np.array_equal(resolve_style("smiling"), load_style(named_styles()["smiling"]).vector)


def test_no_file_or_folder_hides_the_style_of_its_name(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mine = read_style(play(session, "smiling", 0, 120, seed=2))
    (tmp_path / "calm").mkdir()
    save_style(Style(mine, "mine"), "lively")
    save_style(Style(mine, "mine"), "calm.npz")
    for name in ("calm", "lively"):
        shipped = load_style(named_styles()[name]).vector
        assert find_style(name) == named_styles()[name]
        assert np.array_equal(resolve_style(name), shipped) and np.array_equal(open_style(name).vector, shipped)
    for file in ("./calm.npz", "calm.npz", tmp_path / "calm.npz", tmp_path / "lively"):
        assert np.array_equal(load_style(Path(file)).vector, mine)
        assert find_style(file) == Path(file)
    assert np.array_equal(resolve_style("./calm.npz"), mine) and np.array_equal(open_style("./calm.npz").vector, mine)
    (tmp_path / "nobody").mkdir()
    with pytest.raises(InputError, match="no style 'nobody'"):
        resolve_style("nobody")


def test_a_style_by_name_and_the_same_by_file_speak_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through `generate`, in a folder that holds a "calm" of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "calm").mkdir()

    def spoken(style: str | Path | None, name: str) -> np.ndarray:
        wish = Request(
            duration=1.0, engine="diffposetalk", style=style, samples=1, motion_only=True, options={"steps": 2}
        )
        (sample,) = generate(replace(wish, output=tmp_path / name))
        return sample.motion.values()

    by_name, by_file, plain = spoken("calm", "a"), spoken(named_styles()["calm"], "b"), spoken(None, "c")
    assert np.array_equal(by_name, by_file) and np.abs(by_name - plain).max() > 0.01


@pytest.mark.parametrize("there", [False, True])
def test_a_style_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    path, old = tmp_path / "mine.npz", Style(np.ones(128, np.float32), "old")
    if there:
        save_style(old, path)

    def full(file: BinaryIO, **arrays: np.ndarray) -> None:
        file.write(b"PK half of it")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(InputError, match=r"Cannot write .*no space left"):
        save_style(Style(np.zeros(128, np.float32), "new"), path)
    assert [p.name for p in tmp_path.iterdir()] == (["mine.npz"] if there else [])
    assert not there or load_style(path).name == "old"


def test_mixes_lie_between_and_keep_their_strength() -> None:
    first, second = (load_style(named_styles()[name]) for name in ("smiling", "serious"))
    half = mix(first, second, 0.5)
    assert np.linalg.norm(half.vector) == pytest.approx(
        (np.linalg.norm(first.vector) + np.linalg.norm(second.vector)) / 2, rel=1e-4
    )
    assert nearness(half.vector, first.vector) == pytest.approx(nearness(half.vector, second.vector), abs=0.05)
    assert np.allclose(mix(first, second, 0.0).vector, first.vector, atol=1e-5)
    assert np.allclose(mix(first, second, 1.0).vector, second.vector, atol=1e-5)
    assert half.name == "smiling + serious"
    with pytest.raises(InputError, match=r"from 0 to 1; got 1\.5"):
        mix(first, second, 1.5)


def test_a_blend_of_opposites_is_no_division_by_zero() -> None:
    vector = np.ones(128, np.float32)
    assert np.isfinite(blend(np.stack([vector, -vector]), np.array([0.5, 0.5]))).all()


def test_what_is_no_style_is_told(session: Session, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no style 'nobody'"):
        resolve_style("nobody")
    short = play(session, "natural", 0, 60, seed=0)
    with pytest.raises(InputError, match=r"lasts 2\.4 s"):
        read_style(short)
    (tmp_path / "text.npz").write_text("no style")
    with pytest.raises(InputError, match="not a style file"):
        load_style(tmp_path / "text.npz")
    np.savez(tmp_path / "pickled.npz", style=np.array([{"a": 1}], object), name="x", version=VERSION)
    with pytest.raises(InputError, match="not a style file"):
        load_style(tmp_path / "pickled.npz")
    save_style(Style(np.ones(128, np.float32), "old", "other-7"), tmp_path / "old.npz")
    with pytest.raises(InputError, match="other-7"):
        load_style(tmp_path / "old.npz")
    save_style(Style(np.ones(64, np.float32), "small"), tmp_path / "small.npz")
    with pytest.raises(InputError, match="128 numbers"):
        load_style(tmp_path / "small.npz")


def test_named_styles_are_made_from_a_corpus(session: Session, tmp_path: Path) -> None:
    for shard in range(2):
        write_shard(tmp_path / f"shard_{shard:03d}.safetensors", [session])
    made = make_styles(tmp_path / "styles", tmp_path, clips=2)
    assert [path.stem for path in made] == list(named_speakers())
    assert load_style(made[0]).vector.shape == (128,)
