"""Training a motion model on tiny networks: its losses fall, it goes on where it stopped, and the engine acts it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from avatar_app.cli.app import app
from avatar_app.engines.language_guided import checkpoint, training_run
from avatar_app.engines.language_guided.losses import contrastive_loss, motion_losses, similarity_loss
from avatar_app.engines.language_guided.motion_model import MotionConfig
from avatar_app.engines.language_guided.motion_training import MotionRecipe, MotionStep, Sentences, batches
from avatar_app.engines.language_guided.prompts import PROMPTS
from avatar_app.engines.language_guided.recurrent import first_hidden, step_sizes
from avatar_app.request import InputError
from avatar_app.training.run import TrainingRun
from tests.engines.language_guided.standins import EMBEDDING, FACES, STYLE, save_clip, save_generator

pytestmark = pytest.mark.usefixtures("alone")
TINY = MotionRecipe(steps=4, batch=2, recurrent=6, mapper=16)


@pytest.fixture(autouse=True)
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A CLIP that is installed, and a folder with a generator, codes of faces, and prompts."""
    monkeypatch.setenv("AVATAR_CHECKPOINTS", str(tmp_path / "weights"))
    checkpoint.install(save_clip(tmp_path / "clip"))
    folder = tmp_path / "mine"
    folder.mkdir()
    save_generator(folder / "g.pt")
    codes = torch.randn(3, FACES.latents, STYLE, generator=torch.Generator().manual_seed(0))
    torch.save({f"{k}.jpg": row for k, row in enumerate(codes)}, folder / "codes.pt")
    (folder / "prompts.txt").write_text("smiling\n\nshe looks shocked\nangry\n")
    return folder


def wish(folder: Path, mine: Path, **more: object) -> TrainingRun:
    given = {"data": mine / "codes.pt", "generator": mine / "g.pt", "prompts": mine / "prompts.txt"} | more
    return TrainingRun(folder / "run", folder, **given)  # type: ignore[arg-type]


def test_a_run_begins_stops_and_goes_on_and_the_engine_reads_what_it_made(
    tmp_path: Path, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["train", "language_guided", "--generator", str(mine / "g.pt"), "--prompts", str(mine / "prompts.txt")]
    monkeypatch.setattr(training_run, "MotionRecipe", lambda: TINY)
    more = ["--data", str(mine / "codes.pt"), "--output", str(tmp_path / "run"), "--steps", "2"]
    done = CliRunner().invoke(app, [*words, *more])
    assert done.exit_code == 0, done.output
    made = training_run.run(wish(tmp_path, mine, steps=4))
    assert torch.load(made[0], weights_only=True)["iter"] == 4  # two before, two more
    checkpoint.install(mine / "g.pt")
    checkpoint.install(made[0])
    motion = checkpoint.load_networks("other").motion
    assert motion.config == MotionConfig(FACES.latents, EMBEDDING, 6, 16, STYLE)


def test_losses_fall_and_are_the_published_ones(mine: Path) -> None:
    frozen = checkpoint.load_frozen(mine / "g.pt")
    with torch.no_grad():
        texts = torch.cat([frozen.words.text(word) for word in ("smiling", "angry", "crying")])
    torch.manual_seed(0)
    step = MotionStep(MotionConfig(FACES.latents, EMBEDDING, 6, 16, STYLE), frozen, Sentences(texts), 4)
    codes = torch.stack(list(torch.load(mine / "codes.pt", weights_only=True).values()))
    search = torch.optim.Adam(step.parameters(), 3e-3)
    given, totals = batches(codes, 3, TINY, np.random.default_rng(0)), []
    for _ in range(25):
        losses = step(**next(given))
        total = torch.stack(list(losses.values())).sum()
        search.zero_grad()
        total.backward()
        search.step()
        totals.append(float(total.detach()))
    assert np.mean(totals[-5:]) < 0.8 * np.mean(totals[:5])

    batch = {"codes": codes[:2], "sentence": torch.tensor([2, 0])}
    hidden = first_hidden(2, 6, torch.Generator().manual_seed(1))
    with torch.no_grad():
        losses = step(**batch, hidden=hidden)
        image = frozen.words.picture((frozen.generator(codes[:2]).clamp(-1, 1) + 1) / 2)
        offsets = step.network.offsets(texts[[2, 0]], image, step_sizes(4), hidden)
        base = codes[:2] + step.network.image_offset(image)
        last = frozen.words.picture((frozen.generator(base + offsets[:, -1]).clamp(-1, 1) + 1) / 2)
        torch.testing.assert_close(losses["words"], 0.5 * contrastive_loss(last, texts[[2, 0]]))
        motion = motion_losses(offsets, base, codes[:2])
        named = losses["smoothness"] + losses["ends"] + losses["latent"]
        torch.testing.assert_close(named, motion.total)
        step._frozen = frozen, Sentences(texts[:1])
        alone = step(codes[:2], torch.tensor([0, 0]), hidden)["words"]
        offsets = step.network.offsets(texts[[0, 0]], image, step_sizes(4), hidden)
        last = frozen.words.picture((frozen.generator(base + offsets[:, -1]).clamp(-1, 1) + 1) / 2)
        torch.testing.assert_close(alone, 0.5 * similarity_loss(last, texts[[0, 0]]))


def test_no_sentence_comes_twice_in_a_batch() -> None:
    codes = torch.zeros(2, FACES.latents, STYLE)
    given = batches(codes, 3, MotionRecipe(batch=4), np.random.default_rng(0))
    assert all(sorted(next(given)["sentence"].tolist()) == [0, 1, 2] for _ in range(4))


def test_portraits_are_learned_from_their_codes(
    tmp_path: Path, mine: Path, portrait: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces = tmp_path / "faces"
    faces.mkdir()
    Image.open(portrait).save(faces / "a.png")
    monkeypatch.setattr(training_run, "SEARCH_STEPS", 1)
    seen: list[torch.Tensor] = []
    monkeypatch.setattr(training_run, "train", lambda *given: seen.extend(given[1:4]) or tmp_path)
    training_run.run(wish(tmp_path, mine, data=faces, prompts=None), TINY)
    assert seen[1].shape == (len(PROMPTS), EMBEDDING) and seen[2].shape == (1, FACES.latents, STYLE)


def test_what_cannot_be_learned_from_is_told(tmp_path: Path, mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "none.txt").write_text("\n")
    (tmp_path / "empty").mkdir()
    torch.save({"a": torch.zeros(3, STYLE)}, tmp_path / "other.pt")
    for more, said in (
        ({"data": None}, "give --data with a folder"),
        ({"data": tmp_path / "empty"}, "There is no picture"),
        ({"data": tmp_path / "other.pt"}, r"no codes of this generator by name: each should be \(8, 32\)"),
        ({"prompts": tmp_path / "none.txt"}, "There is no sentence"),
        ({"prompts": tmp_path / "absent.txt"}, "cannot be read"),
        ({"generator": mine / "codes.pt"}, "holds no StyleGAN2 generator"),
        ({"generator": tmp_path / "absent.pt"}, "no generator at"),
        ({"generator": None}, "No generator is installed"),
        ({"stage": "other"}, "no stage"),
        ({"start": tmp_path}, "leave out --start"),
    ):
        with pytest.raises(InputError, match=said):
            training_run.run(wish(tmp_path, mine, **more), TINY)
    monkeypatch.setenv("AVATAR_CHECKPOINTS", str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match="none is installed"):
        training_run.run(wish(tmp_path, mine), TINY)
