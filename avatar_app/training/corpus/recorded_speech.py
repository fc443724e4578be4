"""Real recordings that free software brings along, labelled without their texts: what was said, then when.

A phone recogniser says which phones were spoken; a path through what it and a speech encoder hear says when. Where
the two disagree the recording is left out. Nothing of a recording is passed on: spectra are learnt from, that is all.
"""

from __future__ import annotations

import logging
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from avatar_app import ffmpeg
from avatar_app.request import FPS, SAMPLE_RATE
from avatar_app.speech.encoder import SpeechEncoder
from avatar_app.speech.features import lifter, log_mel, speech_features, warp_bands
from avatar_app.speech.phone_recogniser import spoken
from avatar_app.speech.phones import Phone
from avatar_app.training.corpus.augment import Wave
from avatar_app.training.corpus.neural_voices import with_silences
from avatar_app.training.corpus.phone_times import Listen, agreement, phone_times
from avatar_app.training.corpus.said import read_said, write_said
from avatar_app.training.corpus.voices import Utterance
from avatar_app.types import Array

log = logging.getLogger(__name__)

SECONDS = (1.2, 14.0)  # of a recording
AGREED = 0.8  # share of spoken steps whose class is among the encoder's three likeliest
RATE = (4.0, 19.0)  # phones per second of speaking
LONGEST = 0.6  # seconds of a phone
RECORDINGS = 40  # tried for a file
_TRACTS, _CEPSTRA = (0.94, 1.0, 1.06), 32
_ASTERISK, _STAMPS = "usr/share/asterisk/sounds", "usr/share/tuxpaint/stamps"
_FISH, _HOGS = "usr/share/games/fillets-ng/sound", "usr/share/games/hedgewars/Data/Sounds/voices"


@dataclass(frozen=True)
class Source:
    """Recordings of a talker or a cast: `files` below `folder`, under `licence`, `minutes` of them at most."""

    name: str
    folder: str
    files: str
    licence: str
    by: str
    minutes: float


# Not Romanian, Danish, Hungarian and Finnish, which these packages have too: they measure what unseen languages cost.
SOURCES = (
    Source("asterisk-en", f"{_ASTERISK}/en_US_f_Allison", "*.g722", "CC-BY-SA-3.0", "Allison Smith", 18),
    Source("fillets-cs", _FISH, "*/cs/*.ogg", "GPL-2", "ALTAR interactive", 18),
    Source("tuxpaint-es", _STAMPS, "*_desc_es.ogg", "GPL-2", "Tux Paint's contributors", 8),
    Source("fillets-nl", _FISH, "*/nl/*.ogg", "GPL-2", "the authors of Fish Fillets NG", 14),
    Source("asterisk-it", f"{_ASTERISK}/it_IT_m_Carlo", "*.g722", "CC-BY-SA-3.0", "Carlo", 8),
    Source("hedgewars-British", f"{_HOGS}/British", "*.ogg", "GFDL-1.3", "the Hedgewars project", 2),
    Source("hedgewars-Mobster", f"{_HOGS}/Mobster", "*.ogg", "GFDL-1.3", "the Hedgewars project", 2),
    Source("hedgewars-Pirate", f"{_HOGS}/Pirate", "*.ogg", "GFDL-1.3", "the Hedgewars project", 2),
    Source("hedgewars-Surfer", f"{_HOGS}/Surfer", "*.ogg", "GFDL-1.3", "the Hedgewars project", 2),
    Source("hedgewars-HillBilly", f"{_HOGS}/HillBilly", "*.ogg", "GFDL-1.3", "the Hedgewars project", 2),
    Source("hedgewars-Default", f"{_HOGS}/Default", "*.ogg", "GFDL-1.3", "the Hedgewars project", 2),
    Source("tuxpaint-fr", _STAMPS, "*_desc_fr.ogg", "GPL-2", "Tux Paint's contributors", 6),
    Source("tuxpaint-bg", _STAMPS, "*_desc_bg.ogg", "GPL-2", "Tux Paint's contributors", 6),
    Source("tuxpaint-el", _STAMPS, "*_desc_el.ogg", "GPL-2", "Tux Paint's contributors", 6),
    Source("tuxpaint-ru", _STAMPS, "*_desc_ru.ogg", "GPL-2", "Tux Paint's contributors", 6),
    Source("tuxpaint-ca", _STAMPS, "*_desc_ca.ogg", "GPL-2", "Tux Paint's contributors", 5),
    Source("tuxpaint-be", _STAMPS, "*_desc_be.ogg", "GPL-2", "Tux Paint's contributors", 5),
    Source("asterisk-fr", f"{_ASTERISK}/fr_CA_f_June", "*.g722", "CC-BY-SA-3.0", "June Wallack", 8),
    Source("asterisk-es", f"{_ASTERISK}/es_MX_f_Allison", "*.g722", "CC-BY-SA-3.0", "Allison Smith", 8),
    Source("asterisk-ru", f"{_ASTERISK}/ru_RU_f_IvrvoiceRU", "*.g722", "CC-BY-3.0", "Maxim Topal", 6),
)


def listen_with(encoder: SpeechEncoder) -> Listen:
    """What a trained encoder hears: (n,) 16 kHz sound to (2T, 15) shares of classes, the mean of three tracts."""

    @torch.inference_mode()
    def listen(samples: Wave) -> Array:
        mel = lifter(log_mel(samples, -(-len(samples) * FPS // SAMPLE_RATE)), _CEPSTRA)
        features = np.stack([speech_features(warp_bands(mel, factor)) for factor in _TRACTS])
        shares: Array = encoder(torch.from_numpy(features))[1].softmax(dim=-1).mean(dim=0).numpy()
        return shares

    return listen


def label_recordings(folder: Path, root: Path, listen: Listen, seed: int) -> None:
    """Adds files `recorded_*` to `folder` with what SOURCES has below `root`, "/" where the packages are installed.

    Files that exist are kept. Raises InputError when hama is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for source in SOURCES:
        paths = sorted((root / source.folder).glob(f"**/{source.files}"))
        paths = [paths[int(i)] for i in np.random.default_rng(seed).permutation(len(paths))]
        seconds = 0.0
        for index, start in enumerate(range(0, len(paths), RECORDINGS)):
            if seconds > 60 * source.minutes:
                break
            path = folder / f"recorded_{source.name}_{index:02d}.safetensors"
            if not path.exists():
                labels = (label(one, source.name, listen) for one in paths[start : start + RECORDINGS])
                if kept := [said for said in labels if said is not None]:
                    write_said(path, kept)
            if path.exists():
                seconds += sum(len(said.samples) for said in read_said(path)) / SAMPLE_RATE
            log.info("recorded: %s %d, %.1f minutes", source.name, index, seconds / 60)


def label(path: Path, voice: str, listen: Listen) -> Utterance | None:
    """A recording with its phones; None when it cannot be read or the listeners do not agree on it."""
    samples = decoded(path)
    if samples is None:
        return None
    heard = listen(samples)
    order, shares = spoken(samples)
    phones = with_silences(phone_times(order, heard, shares), samples)
    return Utterance(samples, phones, f"recorded:{voice}") if trusted(phones, heard) else None


def trusted(phones: tuple[Phone, ...], heard: Array) -> bool:
    """Whether phones fit (2T, 15) shares of classes and come at a pace at which people speak."""
    lengths = [phone.end - phone.start for phone in phones if phone.viseme != "SIL"]
    if not lengths or not RATE[0] <= len(lengths) / sum(lengths) <= RATE[1] or max(lengths) > LONGEST:
        return False
    return agreement(phones, heard) >= AGREED


def decoded(path: Path) -> Wave | None:
    """(n,) 16 kHz sound at peak 0.5; None when ffmpeg cannot read it or it is too short or too long."""
    command = ffmpeg.command("-i", ffmpeg.url(path), "-ac", "1", "-ar", str(SAMPLE_RATE), "-f", "f32le", "-")
    done = subprocess.run(command, capture_output=True, check=False)
    samples = np.frombuffer(done.stdout[: len(done.stdout) // 4 * 4], np.float32)
    if not SECONDS[0] <= len(samples) / SAMPLE_RATE <= SECONDS[1] or not np.isfinite(samples).all():
        return None
    peak = float(np.abs(samples).max())
    return None if peak < 1e-3 else (samples * np.float32(0.5 / peak)).astype(np.float32)
