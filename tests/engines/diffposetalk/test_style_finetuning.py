"""Fine-tuning the style encoder: tracked motion gives the style of the motion itself, and that of motion stays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from avatar_app.engines.diffposetalk.style_encoder import StyleConfig, StyleEncoder
from avatar_app.engines.diffposetalk.style_finetuning import FinetuningConfig, finetune, known_errors, pairs
from avatar_app.engines.diffposetalk.style_training import StyleTrainingConfig, read_speech, train
from avatar_app.request import InputError
from avatar_app.speech.phones import Phone
from avatar_app.training.corpus.sessions import VARIANTS, labelled, write_shard
from avatar_app.training.tracking_errors import TrackingErrors

TINY = StyleConfig(58, 32, 1, 2, 64, constant_position=False)
SHORT = FinetuningConfig(steps=40, clips=6, learning_rate=3e-3)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(0)
    folder = tmp_path_factory.mktemp("corpus")
    edges = np.sort(rng.uniform(0, 6.8, 50))
    names = rng.choice(["PBM", "A", "I", "SZ", "W_U", "SIL"], 49)
    phones = tuple(Phone(a, b, str(n)) for a, b, n in zip(edges, edges[1:], names, strict=False))
    sound = rng.standard_normal(112_000).astype(np.float32) * 0.1
    mel = np.zeros((VARIANTS, 680, 64), np.float16)
    for shard in range(2):
        write_shard(folder / f"shard_{shard:03d}.safetensors", [labelled(mel, phones, sound, 170)])
    return folder


@pytest.fixture(scope="module")
def errors() -> TrackingErrors:
    """A tracker that sees a third of everything, with noise."""
    eye = np.eye(58, dtype=np.float32)
    return TrackingErrors(eye / 3, np.zeros(58, np.float32), 0.01 * eye, 0.01 * eye)


def test_tracked_clips_come_to_have_the_styles_of_clean_ones(
    corpus: Path, errors: TrackingErrors, tmp_path: Path
) -> None:
    first = train(tmp_path, corpus, config=StyleTrainingConfig(steps=3, speakers=4, statistics=60), model_config=TINY)
    before = load_file(first)
    after = load_file(finetune(tmp_path, corpus, errors, config=SHORT, model_config=TINY))
    stats = load_file(tmp_path / "stats.safetensors")
    batch = next(pairs(read_speech(corpus), errors, replace(SHORT, clips=24, corrupted=0.0), 99))
    clean, tracked = ((batch[name] - stats["mean"]) / stats["std"] for name in ("clean", "tracked"))
    models = []
    for state in (before, after):
        models.append(StyleEncoder(TINY).eval())
        models[-1].load_state_dict({name: value.float() for name, value in state.items()})
    with torch.no_grad():
        truth = models[0](clean)
        wrong, mended = ((model(tracked) - truth).square().mean() for model in models)
        kept = (models[1](clean) - truth).square().mean()
    assert mended < 0.7 * wrong and kept < wrong


def test_measured_errors_are_kept_and_used_again(errors: TrackingErrors, tmp_path: Path) -> None:
    errors.save(tmp_path / "tracking_errors.safetensors")
    found = known_errors(tmp_path, [], portraits=tmp_path / "none")
    assert np.array_equal(found.gain, errors.gain)


def test_without_a_trained_encoder_there_is_nothing_to_tune(
    corpus: Path, errors: TrackingErrors, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="train it first"):
        finetune(tmp_path, corpus, errors, config=SHORT, model_config=TINY)
