"""What of a speaking style arrives, with and without words: the figures of checkpoints/diffposetalk/README.md.

    python benchmarks/styles.py --corpus .cache/corpus --recordings FOLDER

Traits: synthetic speakers never trained on speak 6 s; their style is read from that motion, and from a film of it that
is drawn on example portraits and tracked; other speech is generated in either style, and each trait of it is correlated
with the speaker's own. Words: the evaluation of instructions, acted on top of a named style. Lips: real recordings
(transcripts.csv), without a style.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch

from avatar_app.engines import registry
from avatar_app.engines.base import Conditions
from avatar_app.engines.diffposetalk.engine import DiffPoseTalk
from avatar_app.engines.diffposetalk.evaluation import FRAMES, unseen_speech
from avatar_app.engines.diffposetalk.spec import Options
from avatar_app.engines.diffposetalk.style_training import perform_speech, read_speech, retrieval
from avatar_app.engines.diffposetalk.styles import load_encoder, read_style, resolve_style
from avatar_app.engines.instruct_avatar import evaluate_lips, evaluate_words
from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.film_tracking import track_video
from avatar_app.paths import ASSETS
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.render.video.writer import write_video
from avatar_app.sample import EngineSample
from avatar_app.training.corpus.alignment import read_recordings
from avatar_app.training.synthetic_speakers import draw_speaker
from avatar_app.types import OnStep, ShouldStop

PORTRAITS = ASSETS / "portraits"
FACES = ("astronaut", "bearded_man", "princess", "youngster")
SIZE, SECONDS_6 = 384, 150
OTHER_SPEECH = (3, 40)  # sessions that are spoken in a style


def traits(values: np.ndarray) -> dict[str, float]:
    """What tells speakers apart in (T, 58) motion."""

    def channel(name: str) -> np.ndarray:
        return values[:, CHANNEL_NAMES.index(name)]

    return {
        "jaw": float(channel("jawOpen").std()),
        "rounding": float(channel("mouthPucker").std()),
        "smile": float(np.median(channel("mouthSmileLeft") + channel("mouthSmileRight"))),
        "brows up": float(np.median(channel("browInnerUp"))),
        "brows down": float(np.median(channel("browDownLeft"))),
        "frown": float(np.median(channel("mouthFrownLeft"))),
        "squint": float(np.median(channel("eyeSquintLeft"))),
        "blinks": float((channel("eyeBlinkLeft") > 0.5).mean()),
        "head speed": float(np.abs(np.diff(values[:, 52:55], axis=0)).mean()),
    }


def filmed(values: np.ndarray, renderer: PortraitRenderer) -> MotionClip:
    """The motion as it is read back from a film of it."""
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        frames = renderer.frames(MotionClip.from_values(values))
        write_video(frames, (SIZE, SIZE), film, None, frames_total=len(values), metadata={"title": "benchmark"})
        return track_video(film)


def carried(engine: DiffPoseTalk, corpus: Path, speakers: int) -> dict[str, dict[str, float]]:
    """Correlation of every trait over speakers, {"motion" or "film": {trait: r}}."""
    speech, sessions = read_speech(corpus, unseen=True), unseen_speech(corpus, engine)
    renderers = [PortraitRenderer(load_portrait(PORTRAITS / f"{name}.jpg", size=SIZE)) for name in FACES]
    rows: dict[str, list[list[float]]] = {"own": [], "motion": [], "film": []}
    for i in range(speakers):
        rng = np.random.default_rng([4242, i])
        speaker = draw_speaker(rng)
        perform_speech(speech, speaker, rng, SECONDS_6)  # another stretch of the same speaker comes first
        own = perform_speech(speech, speaker, rng, SECONDS_6)
        rows["own"].append(list(traits(own).values()))
        for way, clip in (("motion", MotionClip.from_values(own)), ("film", filmed(own, renderers[i % len(FACES)]))):
            style = torch.from_numpy(read_style(clip))
            made = []
            for k in OTHER_SPEECH:
                session = sessions[k % len(sessions)]
                articulation = torch.from_numpy(session.articulation[0][:FRAMES].astype(np.float32))
                made.append(list(traits(engine.sample_motion(articulation, style, Options(), k)).values()))
            rows[way].append(np.mean(made, axis=0).tolist())
    names = list(traits(np.zeros((2, 58))))
    own = np.array(rows["own"])
    return {
        way: {
            name: round(float(np.corrcoef(own[:, i], np.array(rows[way])[:, i])[0, 1]), 2)
            for i, name in enumerate(names)
        }
        for way in ("motion", "film")
    }


class Styled:
    """The engine in one style with the instruction acted on top, for the evaluations of words and lips."""

    def __init__(self, engine: DiffPoseTalk, style: str | None) -> None:
        self.engine, self.style = engine, None if style is None else resolve_style(style)

    def sample(self, conditions: Conditions, on_step: OnStep, should_stop: ShouldStop) -> Iterator[EngineSample]:
        """As `generate` does it."""
        own = replace(conditions, options=Options(text_scale=conditions.options.text_scale), extra=self.style)
        actor = registry.load_actor() if conditions.timeline.asks_for_something(conditions.frames) else None
        layer = None if actor is None else actor.open_layer(own)
        for sample in self.engine.sample(own, on_step, should_stop):
            yield sample if layer is None else layer.apply(sample, on_step, should_stop)


def main() -> None:
    """Runs what the arguments ask for and prints JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, default=None, help="speech of `train --build-corpus`, for traits")
    parser.add_argument("--recordings", type=Path, default=None, help="real recordings with transcripts.csv, for lips")
    parser.add_argument("--speakers", type=int, default=20)
    parser.add_argument("--style", default="lively", help="named style on which words are acted")
    wanted = parser.parse_args()
    engine, result = cast(DiffPoseTalk, registry.load_engine("diffposetalk")), dict[str, Any]()
    styled: Any = Styled(engine, wanted.style)
    for name in ("obedience", "negations", "sequences", "emotion_directions"):
        result[name] = getattr(evaluate_words, name)(styled)
    if wanted.corpus is not None:
        encoder, mean, std = load_encoder(engine.folder)
        speech = read_speech(wanted.corpus, unseen=True)
        for frames in (100, 200):
            found = retrieval(encoder, (mean, std), speech, 990077, rounds=15, frames=frames)
            result[f"own speaker nearest, {frames} frames"] = found
        result["traits"] = carried(engine, wanted.corpus, wanted.speakers)
    if wanted.recordings is not None:
        recordings, plain = read_recordings(wanted.recordings), Styled(engine, None)
        result["lips"] = evaluate_lips.lips_on(plain, recordings)  # type: ignore[arg-type]
        result["closures_in_style"] = evaluate_lips.emotion_cost(styled, recordings, ("happy", "surprised"))
    sys.stdout.write(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
