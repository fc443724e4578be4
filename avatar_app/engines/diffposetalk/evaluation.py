"""Evaluation of the embedded model: style recognition, lips against the teacher, diversity of samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from avatar_app.engines.diffposetalk.engine import DiffPoseTalk
from avatar_app.engines.diffposetalk.spec import Options
from avatar_app.engines.diffposetalk.style_encoder import StyleEncoder
from avatar_app.engines.diffposetalk.style_training import perform_speech, read_speech
from avatar_app.engines.diffposetalk.styles import PLACE, load_encoder
from avatar_app.engines.diffposetalk.training import ENCODED, EncodedSession, encode_corpus
from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.face.lip_gap import gap_vector
from avatar_app.speech.encoder import CLOSURE
from avatar_app.training.synthetic_speakers import draw_speaker, perform
from avatar_app.types import Array
from avatar_app.weights import checkpoints_folder

FRAMES = 200  # 8 s: two windows
SHUT = 0.1  # of a clip's 95th percentile of the gap


def evaluate(weights: Path | None = None, recordings: Path | None = None, **options: Any) -> dict[str, Any]:
    """Figures of the model in `weights` (default: the shipped one) on speech that no training saw.

    recordings: folder of the corpus, whose last shards are kept from training. options: speakers (20), rounds (5),
    seed, style_scale, audio_scale, steps, among others that are ignored.
    """
    folder = weights or checkpoints_folder() / "diffposetalk"
    engine = DiffPoseTalk.from_folder(folder)
    corpus = recordings or Path(".cache/corpus")
    sessions = unseen_speech(corpus, engine)
    settings = {"speakers": 20, "rounds": 5, "seed": 1} | {k: v for k, v in options.items() if v is not None}
    return {"style": recognition(engine, folder, corpus, sessions, **settings), "lips": lips(engine, sessions)}


def unseen_speech(corpus: Path, engine: DiffPoseTalk) -> list[EncodedSession]:
    """Sessions of the corpus's last shards, long enough, with what the engine's speech encoder reads from them."""
    encoded = encode_corpus(corpus, corpus / ENCODED, engine.model.speech_encoder)
    return [one for one in encoded[-len(encoded) // 20 :] if len(one.session.tracks) >= FRAMES]


def requested(**scales: Any) -> Options:
    """The engine's defaults with other scales or steps."""
    known = {name: scales[name] for name in ("style_scale", "audio_scale", "steps") if name in scales}
    return Options(**known)


@torch.inference_mode()
def recognition(
    engine: DiffPoseTalk, folder: Path, corpus: Path, sessions: list[EncodedSession], **settings: Any
) -> dict[str, float]:
    """Share in [0, 1] of generated clips whose style is nearest to that of the clip it was taken from."""
    encoder, mean, std = load_encoder(folder)
    rng = np.random.default_rng(settings["seed"])
    speech = read_speech(corpus, unseen=True)
    options = requested(**settings)
    hits, scores, total = 0, [], 0
    for _ in range(settings["rounds"]):
        speakers = [draw_speaker(rng) for _ in range(settings["speakers"])]
        references = style_of(encoder, [perform_speech(speech, one, rng, FRAMES) for one in speakers], mean, std)
        made = []
        for style in references:
            articulation = _articulation(sessions[int(rng.integers(len(sessions)))])
            made.append(engine.sample_motion(articulation, style, options, int(rng.integers(2**31))))
        likeness = _unit(style_of(encoder, made, mean, std)) @ _unit(references).T
        hits += int((likeness.argmax(dim=1) == torch.arange(len(speakers))).sum())
        scores.append(float(likeness.diagonal().mean()))
        total += len(speakers)
    return {"nearest_to_own": hits / total, "likeness": float(np.mean(scores)), "clips": total}


def style_of(encoder: StyleEncoder, clips: list[Array], mean: Tensor, std: Tensor) -> Tensor:
    """(N, style) of clips (T, 58): the mean over windows."""
    motion = (torch.from_numpy(np.stack(clips)) - mean) / std
    motion[..., PLACE] = 0
    windows = motion.unfold(1, 100, 50).transpose(2, 3)
    return encoder(windows.flatten(0, 1)).view(len(clips), -1, encoder.config.width).mean(dim=1)


def _articulation(one: EncodedSession) -> Tensor:
    """(FRAMES, 26) float32 of the first variant."""
    return torch.from_numpy(one.articulation[0][:FRAMES].astype(np.float32))


def _unit(x: Tensor) -> Tensor:
    return torch.nn.functional.normalize(x, dim=-1)


def lips(engine: DiffPoseTalk, sessions: list[EncodedSession], clips: int = 24) -> dict[str, float]:
    """Without a style: agreement of jaw and gap with the teacher, closures that shut, and how samples differ."""
    options, rng = requested(), np.random.default_rng(0)
    gap = gap_vector(len(CHANNEL_NAMES))
    jaw = CHANNEL_NAMES.index("jawOpen")
    agreement, shut, turns = [], [], []
    for one in sessions[:clips]:
        articulation = _articulation(one)
        samples = [engine.sample_motion(articulation, None, options, seed) for seed in (1, 2)]
        real = perform(one.session, draw_speaker(rng), 0, FRAMES, rng)
        agreement.append([np.corrcoef(samples[0] @ v, real @ v)[0, 1] for v in (np.eye(58)[jaw], gap)])
        opening = samples[0] @ gap
        closing = articulation[:, CLOSURE].numpy() > 0.9
        shut.append((opening < SHUT * np.percentile(opening, 95))[closing])
        turns.append(np.corrcoef(samples[0][:, 53], samples[1][:, 53])[0, 1])
    jaw_r, gap_r = np.nanmean(agreement, axis=0)
    return {
        "jaw_correlation": float(jaw_r),
        "gap_correlation": float(gap_r),
        "closures_shut": float(np.concatenate(shut).mean()),
        "head_turn_correlation_of_samples": float(np.nanmean(turns)),
    }
