"""Human-like speech with the times of its phones: Kokoro's 54 voices and hibari's one, by onnxruntime.

Both networks predict how many steps of 25 ms each token of their text lasts; an output added to their graphs hands
those out. What training knows of them lies in no package of the project: see docs/set-up.md for how to get them.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

from avatar_app.paths import ROOT
from avatar_app.request import SAMPLE_RATE, InputError
from avatar_app.speech import phones as ph
from avatar_app.speech.phones import Phone
from avatar_app.training.corpus.voices import Utterance, Wave

RATE = 24_000
STEP = 0.025  # seconds a unit of duration
# The networks learnt times from an aligner that answers late: sibilants of twelve voices end 45-50 ms before their
# tokens do, with or without a pause after them.
LAG = 0.047
QUIET, QUIET_SECONDS = 10 ** (-36 / 20), 0.12  # below the loud parts, and how long a silence is at least
_MARKS = frozenset("ˈˌ ")  # their time belongs to the sound after them
_TOKENS = {
    **{"A": ("E", "I"), "I": ("A", "I"), "O": ("O", "W_U"), "Q": ("AH", "W_U"), "W": ("A", "W_U"), "Y": ("O", "I")},
    **{"ᵊ": ("AH",), "ᵻ": ("I",), "ʤ": ("SHCH",), "ʧ": ("SHCH",), "ʥ": ("SHCH",), "ʨ": ("SHCH",), "ꭧ": ("SHCH",)},
    **{"ʦ": ("SZ",), "ʣ": ("SZ",), "S": ("SZ",), "T": ("TDNL",), "ɽ": ("TDNL",), "ɰ": ("KGNGH",), "c": ("KGNGH",)},
}
_LANGUAGES = {"a": "en-us", "b": "en-gb", "e": "es", "f": "fr-fr", "i": "it", "p": "pt-br"}
# espeak-ng writes two letters where the networks have one.
_JOINED = (("tʃ", "ʧ"), ("dʒ", "ʤ"), ("ts", "ʦ"), ("dz", "ʣ"), ("eɪ", "A"), ("aɪ", "I"), ("oʊ", "O"), ("aʊ", "W"))


def kokoro_folder() -> Path:
    """Where Kokoro lies: $AVATAR_KOKORO or .cache/kokoro. Raises InputError when it is not there."""
    folder = Path(os.environ.get("AVATAR_KOKORO") or ROOT / ".cache" / "kokoro")
    if not all((folder / name).exists() for name in ("kokoro.onnx", "vocab.json", "voices")):
        raise InputError(
            f"Kokoro's voices are not in {folder} (kokoro.onnx, vocab.json, voices/): run "
            "`bash install.sh run --with corpus`, or set AVATAR_KOKORO to the folder that has them."
        )
    return folder


def language_of(voice: str, rng: np.random.Generator) -> str:
    """The language a Kokoro voice is to speak: its own where there are rules for it, else and half the time English."""
    own = _LANGUAGES.get(voice[0], "en-us")
    return own if own.startswith("en") or rng.random() < 0.5 else "en-us"


def tokens_of_ipa(text: str) -> str:
    """espeak-ng's IPA in the networks' letters, without its remarks on languages."""
    text = re.sub(r"\([^)]*\)", "", text)
    for two, one in _JOINED:
        text = text.replace(two, one)
    return text.replace("r", "ɹ").replace("g", "ɡ")


class EnglishRules:
    """English text to phonemes in the networks' letters, by the rules that come with hibari."""

    def __init__(self) -> None:
        from hibari.g2p import G2P

        self._rules = {"en-us": G2P(british=False), "en-gb": G2P(british=True)}

    def __call__(self, text: str, language: str) -> str:
        """`language`: en-us or en-gb."""
        return str(self._rules[language](text))


class Kokoro:
    """Kokoro-82M. `voices`: {name: (510, 256) style for every count of tokens}."""

    def __init__(self, folder: Path) -> None:
        self._session = _session(folder / "kokoro.onnx", "/encoder/Clip_output_0")
        self._vocabulary: dict[str, int] = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))["vocab"]
        files = sorted((folder / "voices").glob("*.bin"))
        self.voices = {path.stem: np.fromfile(path, "<f4").reshape(-1, 256) for path in files}

    def speak(self, phonemes: str, voices: dict[str, float], speed: float, name: str | None = None) -> Utterance | None:
        """`voices`: {name: share} of one voice or several blended. None when nothing can be said."""
        kept = [letter for letter in phonemes if letter in self._vocabulary][:500]
        if not kept:
            return None
        style = sum(share * self.voices[voice][len(kept)] for voice, share in voices.items())
        inputs = {
            "tokens": np.array([[0, *(self._vocabulary[letter] for letter in kept), 0]], np.int64),
            "style": np.asarray(style, np.float32)[None],
            "speed": np.array([speed], np.float32),
        }
        sound, steps = self._session.run(None, inputs)
        return utterance(sound.ravel(), kept, steps.ravel(), name or "kokoro:" + "+".join(voices))


class Hibari:
    """hibari's voice, twenty times faster than it speaks."""

    def __init__(self) -> None:
        import hibari

        self._synth = hibari.dsp.synth
        self._voice = hibari.Hibari()
        self._session = _session(Path(self._voice.model_path), "/Round_output_0")

    def speak(self, phonemes: str, speed: float, rng: np.random.Generator) -> Utterance | None:
        """None when nothing can be said."""
        kept = [letter for letter in phonemes if letter in self._voice.vocab][:400]
        if not kept:
            return None
        ids = np.array([self._voice.ids(kept)], np.int64)
        *parts, steps = self._session.run(None, {"ids": ids, "speed": np.array([speed], np.float32)})
        return utterance(self._synth(*(part[0] for part in parts), rng), kept, steps.ravel(), "hibari:heart")


def _session(path: Path, output: str) -> Any:
    """The network with one more output. Raises InputError when onnxruntime is not installed."""
    try:
        import onnxruntime
    except ImportError as error:
        raise InputError("Neural voices need onnxruntime: run `pip install -r requirements-training.txt`.") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Protocol buffers merge: a second graph with nothing but one more output, written behind the first, adds it.
    value_name = _field(1, output.encode())
    added = _field(7, _field(12, value_name))  # ModelProto.graph, GraphProto.output of onnx.proto
    return onnxruntime.InferenceSession(path.read_bytes() + added, options, providers=["CPUExecutionProvider"])


def _field(number: int, content: bytes) -> bytes:
    """A length-delimited field of fewer than 128 bytes."""
    return bytes([number << 3 | 2, len(content)]) + content


def utterance(sound: Wave, letters: list[str], steps: npt.NDArray[Any], name: str) -> Utterance:
    """(n,) 24 kHz sound of `letters`, with steps (2 + len(letters),) for them and the silence around them."""
    samples = resample_poly(sound, SAMPLE_RATE, RATE).astype(np.float32)
    peak = float(np.abs(samples).max()) + 1e-6
    samples = samples * np.float32(0.5 / peak)
    phones = token_phones(["^", *letters, "$"], steps.tolist(), len(samples) / SAMPLE_RATE)
    return Utterance(samples, with_silences(phones, samples), name)


def token_phones(letters: list[str], steps: list[float], seconds: float) -> tuple[Phone, ...]:
    """Phones of tokens that last so many steps. Signs hand their time to the phone before, marks to the one after."""
    phones: list[Phone] = []
    end = begun = 0.0
    for letter, count in zip(letters, steps, strict=True):
        end += count * STEP
        at = min(max(end - LAG, 0.0), seconds)
        if letter in _MARKS:
            continue
        visemes = _TOKENS.get(letter) or ph.phones_from_ipa(letter)
        if visemes:
            phones += ph.split(begun, at, visemes)
        elif phones:  # a length mark, or a sign
            phones[-1] = Phone(phones[-1].start, at, phones[-1].viseme)
        else:  # what comes before the first phone is its own: see `with_silences`
            continue
        begun = at
    return tuple(phone for phone in phones if phone.end > phone.start)


def with_silences(phones: tuple[Phone, ...], samples: Wave) -> tuple[Phone, ...]:
    """The phones with SIL wherever the (n,) 16 kHz sound is long quiet; stops keep 60 ms of closure before them."""
    quiet = quiet_stretches(samples)
    result: list[Phone] = []
    for phone in phones:
        closure = 0.06 if phone.viseme in ("PBM", "TDNL", "KGNGH") else 0.0
        parts = [(phone.start, phone.end)]
        for start, end in quiet:
            cut = end - closure if phone.start < end < phone.end else end
            parts = [(a, b) for x, y in parts for a, b in ((x, min(y, start)), (max(x, cut), y)) if b > a]
        # What is left on both sides of a silence is one phone and a remainder: the longer one is the phone.
        if parts:
            start, end = max(parts, key=lambda part: part[1] - part[0])
            if result and start - result[-1].end > 1e-3:
                result.append(Phone(result[-1].end, start, "SIL"))
            elif not result and start > 1e-3:
                result.append(Phone(0.0, start, "SIL"))
            result.append(Phone(start, end, phone.viseme))
    if result and len(samples) / SAMPLE_RATE - result[-1].end > 1e-3:
        result.append(Phone(result[-1].end, len(samples) / SAMPLE_RATE, "SIL"))
    return tuple(result)


def quiet_stretches(samples: Wave) -> list[tuple[float, float]]:
    """Start and end, seconds, of every stretch of at least QUIET_SECONDS that is far below the loud parts."""
    hop = SAMPLE_RATE // 100
    levels = np.sqrt(np.mean(samples[: len(samples) // hop * hop].reshape(-1, hop) ** 2, axis=1))
    quiet = np.concatenate([[False], levels < QUIET * np.percentile(levels, 95), [False]])
    starts, ends = (np.flatnonzero(np.diff(quiet.astype(int)) == step) / 100 for step in (1, -1))
    return [(float(a), float(b)) for a, b in zip(starts, ends, strict=True) if b - a >= QUIET_SECONDS - 1e-6]
