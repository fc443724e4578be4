"""Whether takes move as people do: every measure of liveliness beside its percentiles over real talkers.

    python benchmarks/liveliness.py                      # 24 takes of the default engine
    python benchmarks/liveliness.py --teacher            # of the teacher that it learns from
    python benchmarks/liveliness.py --weights outputs/instruct_avatar --recordings FOLDER --json figures.json

Every take counts as a talker of its own. A mark says whether the median lies between the real quartiles (for measures
whose spread between people was measured, a second one whether takes differ as much as people do). Nothing is drawn.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from avatar_app.engines.instruct_avatar.engine import InstructAvatar, load
from avatar_app.engines.instruct_avatar.evaluate_nature import teacher_samples
from avatar_app.engines.instruct_avatar.motion_samples import motion_samples
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.liveliness import AXES, Liveliness, head_bands, liveliness
from avatar_app.motion.liveliness_curves import curves_of_motion
from avatar_app.motion.liveliness_table import WORDS, Summary, closeness, summarise
from avatar_app.motion.real_talkers import REAL, REAL_BANDS
from avatar_app.paths import ASSETS
from avatar_app.request import FPS
from avatar_app.speech.phones import Phone
from avatar_app.speech.recording import load_speech
from avatar_app.training.corpus.alignment import Recording, align, read_recordings

READERS = {
    "reader_man.mp3": "And Mr. John Dashwood had then leisure to consider how much there might be prudently in "
    "his power to do for them",
    "reader_woman.mp3": "produced the block books which were the immediate predecessors of the true printed book",
}
SECONDS = 12.0  # of a take, of one recording after another


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--teacher", action="store_true", help="measure the teacher")
    parser.add_argument("--weights", type=Path, help="folder of another checkpoint than the shipped one")
    parser.add_argument("--takes", type=int, default=24)
    parser.add_argument("--recordings", type=Path, help="folder with transcripts.csv; default: the shipped readers")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of a take at least")
    parser.add_argument("--json", type=Path, help="write the figures, too")
    options = parser.parse_args()
    voices = joined(read_recordings(options.recordings) if options.recordings else shipped(), options.seconds)
    makes = _teacher if options.teacher else _engine(options.weights)
    per_voice = -(-options.takes // len(voices))
    takes = [(clip, voice) for k, voice in enumerate(voices) for clip in makes(voice, per_voice, k)][: options.takes]
    talkers = [liveliness(curves_of_motion(clip.values(), spoken(voice, len(clip)))) for clip, voice in takes]
    report = compare(talkers, [clip for clip, _ in takes])
    sys.stdout.write("\n".join([*lines(report), *band_lines(report["bands"])]) + "\n")
    if options.json:
        options.json.write_text(json.dumps(report, indent=2))


def shipped() -> list[Recording]:
    """The two example voices, aligned."""
    speeches = {name: load_speech(ASSETS / "voices" / name) for name in READERS}
    return [Recording(name, speech, align(speech, READERS[name])) for name, speech in speeches.items()]


def joined(recordings: list[Recording], seconds: float) -> list[Recording]:
    """Recordings joined end to end until they last so long; what is left over joins the last."""
    groups: list[list[Recording]] = [[]]
    for recording in recordings:
        if sum(r.speech.frames for r in groups[-1]) / FPS >= seconds:
            groups.append([])
        groups[-1].append(recording)
    if len(groups) > 1 and sum(r.speech.frames for r in groups[-1]) / FPS < seconds:
        groups[-2:] = [groups[-2] + groups[-1]]
    return [_join(group) for group in groups]


def _join(group: list[Recording]) -> Recording:
    phones, parts, start = [], [], 0.0
    for recording in group:
        phones += [Phone(p.start + start, p.end + start, p.viseme) for p in recording.phones]
        parts.append(recording.speech.samples[: recording.speech.frames * 640])
        parts[-1] = np.pad(parts[-1], (0, recording.speech.frames * 640 - len(parts[-1])))
        start += recording.speech.frames / FPS
    return Recording(" + ".join(r.name for r in group), load_speech((16_000, np.concatenate(parts))), tuple(phones))


def spoken(recording: Recording, frames: int) -> np.ndarray:
    """(frames,) bool: where a phone is."""
    talking = np.zeros(frames, bool)
    for phone in recording.phones:
        talking[round(phone.start * FPS) : round(phone.end * FPS)] |= phone.viseme != "SIL"
    return talking


def _teacher(voice: Recording, count: int, seed: int) -> list[MotionClip]:
    return teacher_samples(voice, count, seed)


def _engine(weights: Path | None) -> Callable[[Recording, int, int], list[MotionClip]]:
    engine = load("embedded") if weights is None else InstructAvatar.from_folder(weights)
    return lambda voice, count, seed: motion_samples(engine, voice.speech, None, count, seed=1000 * seed)


def compare(talkers: list[Liveliness], clips: list[MotionClip]) -> dict[str, Any]:
    """Summaries of every measure beside the real ones, and the medians of the head's bands."""
    bands = [head_bands(np.rad2deg(clip.head_rotation)) for clip in clips]
    measures = {name: _beside(name, summary) for name, summary in summarise(talkers).items() if name in REAL}
    return {
        "takes": len(talkers),
        "measures": measures,
        "inside": sum(row["inside"] for row in measures.values()),
        "bands": {
            band: {axis: float(np.median([b[band][axis] for b in bands])) for axis in AXES} for band in REAL_BANDS
        },
    }


def _beside(name: str, ours: Summary) -> dict[str, Any]:
    real = REAL[name]
    return {
        "ours": asdict(ours),
        "real": asdict(real),
        "quartiles": real.quartiles(),
        "inside": real.holds(ours.p50),
        "as_varied": real.as_varied(ours.sigma),
        "closeness": closeness(ours.p50, real.p50),
    }


def lines(report: dict[str, Any]) -> list[str]:
    """The table as text."""
    head = f"{'':44} {'ours':>22}   {'real':>22}  {'real quartiles':>15}  close  spread ours|real"
    rows = [f"{report['takes']} takes; {report['inside']} of {len(report['measures'])} medians inside", head]
    for name, row in report["measures"].items():
        label = ", ".join(filter(None, WORDS[name]))
        ours, real, (low, high) = row["ours"], row["real"], row["quartiles"]
        mark = "ok" if row["inside"] else "--"
        spread = (
            ""
            if real["sigma"] is None
            else f"{ours['sigma']:.2f}|{real['sigma']:.2f} " + ("ok" if row["as_varied"] else "--")
        )
        rows.append(
            f"{mark} {label:41} {_range(ours):>22}   {_range(real):>22}  {low:7.3g}-{high:<7.3g}  "
            f"{row['closeness']:5.2f}  {spread}"
        )
    return rows


def band_lines(bands: dict[str, dict[str, float]]) -> list[str]:
    """Head rotation per band, ours (real)."""
    rows = ["head rotation, degrees rms, ours (real): " + "  ".join(AXES)]
    for band, axes in bands.items():
        rows.append(f"  {band:14} " + "  ".join(f"{v:.2f} ({REAL_BANDS[band][axis]:.2f})" for axis, v in axes.items()))
    return rows


def _range(row: dict[str, float]) -> str:
    return f"{row['p50']:.3g} [{row['p10']:.3g}-{row['p90']:.3g}]"


if __name__ == "__main__":
    main()
