"""Makes the named styles that ship: of synthetic speakers, averaged over so many clips that they no longer change.

`python tools/assets/make_styles.py --corpus CORPUS [--output FOLDER]`; CORPUS is of `avatar_app train --build-corpus`.
"""

from __future__ import annotations

import argparse
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from avatar_app.engines.diffposetalk.paths import shipped_folder
from avatar_app.engines.diffposetalk.style_training import perform_speech, read_speech
from avatar_app.engines.diffposetalk.styles import Style, blend, read_style, save_style
from avatar_app.face.arkit import ARKIT_NAMES
from avatar_app.face.facs import EMOTION_NAMES
from avatar_app.motion.clip import MotionClip
from avatar_app.training.synthetic_speakers import SyntheticSpeaker, average_speaker
from avatar_app.types import Array

log = logging.getLogger(__name__)

CLIPS = 24  # stretches of 8 s
FRAMES = 200


def named_speakers() -> dict[str, SyntheticSpeaker]:
    """The synthetic speakers behind the named styles."""
    plain = average_speaker()
    return {
        "natural": plain,
        "lively": _with(plain, head=2.0, brows=2.0, mouth_size=1.2, axes=(1.3, 1.3, 1.2), quickness=1.4),
        "calm": _with(plain, head=0.45, brows=0.1, mouth_size=0.9, blinks=14.0, quickness=0.6),
        "big_mouth": _with(plain, mouth_size=1.15, mouth=(1.5, 1.2, 1.2, 1.4, 1.6, 1.6, 1.0, 1.0)),
        "small_mouth": _with(plain, mouth_size=0.8, mouth=(0.55, 0.8, 0.8, 0.5, 0.5, 0.5, 1.0, 1.0)),
        "smiling": _with(plain, resting={"mouthSmile": 0.5, "cheekSquint": 0.3, "eyeSquint": 0.1}),
        "serious": _with(
            plain,
            head=0.6,
            brows=0.1,
            resting={"browDown": 0.35, "mouthFrown": 0.12, "eyeSquint": 0.1},
        ),
        "astonished": _with(plain, brows=2.0, resting={"browInnerUp": 0.45, "browOuterUp": 0.45, "eyeWide": 0.3}),
        "sad": _with(plain, head=0.5, mouth_size=0.85, mood={"sad": 0.6}),
    }


def _with(speaker: SyntheticSpeaker, **changes: Any) -> SyntheticSpeaker:
    """Other traits: mouth, axes, quickness; resting and mood by the first letters of their names; or of the
    talker, whose mouth is called mouth_size here."""
    traits: dict[str, Any] = {}
    for name in ("mouth", "axes"):
        if name in changes:
            traits[name] = np.array(changes.pop(name), np.float32)
    for name, known in (("resting", ARKIT_NAMES), ("mood", EMOTION_NAMES)):
        wanted: dict[str, float] = changes.pop(name, {})
        traits[name] = np.array([sum(v for k, v in wanted.items() if n.startswith(k)) for n in known], np.float32)
    if "quickness" in changes:
        traits["quickness"] = changes.pop("quickness")
    if "mouth_size" in changes:
        changes["mouth"] = changes.pop("mouth_size")
    return replace(speaker, talker=replace(speaker.talker, **changes), **traits)


def make_styles(folder: Path, corpus: Path, clips: int = CLIPS) -> list[Path]:
    """Writes every named style to `folder`/NAME.npz; InputError when there is no corpus of speech."""
    sessions = [session for session in read_speech(corpus) if len(session.tracks) >= FRAMES]
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name, speaker in named_speakers().items():
        rng = np.random.default_rng(11)
        acted = [MotionClip.from_values(perform_speech(sessions, speaker, rng, FRAMES)) for _ in range(clips)]
        vectors: Array = np.stack([read_style(clip) for clip in acted])
        made.append(folder / f"{name}.npz")
        save_style(Style(blend(vectors, np.full(clips, 1 / clips)), name), made[-1])
    return made


def main() -> None:
    """Writes the styles, here or where the arguments say."""
    logging.basicConfig(level=logging.INFO)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--output", type=Path, default=shipped_folder() / "styles")
    parser.add_argument("--clips", type=int, default=CLIPS)
    arguments = parser.parse_args()
    for path in make_styles(arguments.output, arguments.corpus, arguments.clips):
        log.info("wrote %s", path)


if __name__ == "__main__":
    main()
