"""Speech with exact phone times from free offline synthesizers: espeak-ng, flite and Festival."""

from __future__ import annotations

import ctypes
import ctypes.util
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.io import wavfile
from scipy.signal import resample_poly

from avatar_app.request import SAMPLE_RATE, InputError
from avatar_app.speech import phones as ph
from avatar_app.speech.phones import Phone

Wave = npt.NDArray[np.float32]

FLITE_VOICES = ("awb", "rms", "slt", "kal16")
FESTIVAL_VOICES: dict[str, dict[str, tuple[str, ...]]] = {
    "kal_diphone": ph.ARPABET,
    "ked_diphone": ph.ARPABET,
    "cmu_us_slt_arctic_hts": ph.ARPABET,
    "lp_diphone": ph.ITALIAN,
    "pc_diphone": ph.ITALIAN,
    "upc_ca_ona_hts": ph.ITALIAN,
    "czech_dita": ph.CZECH,
    "czech_krb": ph.CZECH,
    "czech_machac": ph.CZECH,
    "czech_ph": ph.CZECH,
    "hy_fi_mv_diphone": ph.FINNISH,
    "suo_fi_lj_diphone": ph.FINNISH,
    "msu_ru_nsh_clunits": ph.RUSSIAN,
}
ESPEAK_ENGLISH = ("en-us", "en-gb-x-rp", "en-gb-scotland", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029", "en-us-nyc")
ESPEAK_LANGUAGES = (
    "de",
    "fr",
    "es",
    "it",
    "ru",
    "pl",
    "pt-br",
    "sv",
    "nl",
    *("ca", "cs", "sk", "sl", "et", "lv", "pt", "id", "la", "eo"),
)
# Never spoken in training: for measuring what unseen languages cost.
HELD_OUT_LANGUAGES = ("hu", "tr", "da", "ro", "hr", "fi")
FESTIVAL_ENGLISH = ("kal_diphone", "ked_diphone", "cmu_us_slt_arctic_hts")
ESPEAK_VARIANTS = (
    *("m1", "m2", "m3", "m4", "m5", "m6", "m7", "f1", "f2", "f3", "f4", "f5"),
    *(
        "Andy",
        "Annie",
        "Gene",
        "Lee",
        "Mario",
        "Michael",
        "Steph",
        "Tweaky",
        "anika",
        "grandma",
        "linda",
        "max",
    ),
)


@dataclass(frozen=True)
class Utterance:
    """samples: (n,) float32 mono 16 kHz in [-1, 1]. phones: in order, covering the sound. voice: its name."""

    samples: Wave
    phones: tuple[Phone, ...]
    voice: str


def missing_synthesizers() -> list[str]:
    """Names of the synthesizers that are not installed."""
    missing = [name for name in ("flite", "festival") if shutil.which(name) is None]
    return [*missing, "espeak-ng"] if ctypes.util.find_library("espeak-ng") is None else missing


def require_synthesizers() -> None:
    """Raises InputError that names what to install when no corpus can be spoken here."""
    missing = missing_synthesizers()
    if missing:
        raise InputError(
            f"Building the corpus needs the speech synthesizers {', '.join(missing)}; "
            "run: bash install.sh run --with corpus"
        )


def _at_16k(rate: int, samples: npt.NDArray[Any]) -> Wave:
    wave = samples.astype(np.float32) / 32768.0
    if rate == SAMPLE_RATE:
        return wave
    common = np.gcd(rate, SAMPLE_RATE)
    return resample_poly(wave, SAMPLE_RATE // common, rate // common).astype(np.float32)


class _EventId(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_ = (
        *(("type", ctypes.c_int), ("identifier", ctypes.c_uint), ("text_position", ctypes.c_int)),
        *(("length", ctypes.c_int), ("audio_position", ctypes.c_int), ("sample", ctypes.c_int)),
        *(("user_data", ctypes.c_void_p), ("id", _EventId)),
    )


class Espeak:
    """espeak-ng through its C library: one instance a process."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(ctypes.util.find_library("espeak-ng") or "libespeak-ng.so.1")
        synchronous, phoneme_events_as_ipa = 2, 3
        self.rate = self._library.espeak_Initialize(synchronous, 500, None, phoneme_events_as_ipa)
        callback_type = ctypes.CFUNCTYPE(
            ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
        )
        self._chunks: list[npt.NDArray[np.int16]] = []
        self._events: list[tuple[int, str]] = []
        self._callback = callback_type(self._collect)  # kept: the library holds only a raw pointer
        self._library.espeak_SetSynthCallback(self._callback)

    def _collect(self, wave: Any, count: int, events: Any) -> int:
        if wave and count > 0:
            self._chunks.append(np.ctypeslib.as_array(wave, shape=(count,)).copy())
        i = 0
        while events[i].type != 0:
            if events[i].type == 7:  # phoneme
                self._events.append((events[i].sample, events[i].id.string.decode("utf8", "replace")))
            i += 1
        return 0

    def speak(self, text: str, voice: str, words_per_minute: int, pitch: int, pitch_range: int) -> Utterance | None:
        """`voice` such as "de+f2"; pitch and pitch_range 0-99. None when the voice is missing or says nothing."""
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            return None
        for parameter, value in ((1, words_per_minute), (3, pitch), (4, pitch_range)):
            self._library.espeak_SetParameter(parameter, value, 0)
        self._chunks.clear()
        self._events.clear()
        data = text.encode()
        self._library.espeak_Synth(data, len(data) + 1, 0, 1, 0, 1, None, None)
        if not self._chunks:
            return None
        samples = _at_16k(self.rate, np.concatenate(self._chunks))
        return Utterance(samples, _espeak_phones(self._events, self.rate, len(samples)), f"espeak:{voice}")

    def ipa(self, text: str, voice: str) -> str:
        """The text in IPA, its clauses with commas between; "" when the voice is missing."""
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            return ""
        utf8, as_ipa = 1, 2
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        rest, clauses = ctypes.c_char_p(text.encode()), []
        while rest.value:
            clauses.append((self._library.espeak_TextToPhonemes(ctypes.byref(rest), utf8, as_ipa) or b"").decode())
        return ", ".join(clause for clause in clauses if clause) + "."


def _espeak_phones(events: list[tuple[int, str]], rate: int, samples: int) -> tuple[Phone, ...]:
    """Phones between phoneme events; voiceless stops get their closure back from the phone before."""
    events = [e for e in events if not e[1].startswith("(")]
    starts = [
        position / rate - (ph.STOP_CLOSURE if i > 0 and ph.is_late_stop(label) else 0.0)
        for i, (position, label) in enumerate(events)
    ]
    result: list[Phone] = []
    for i, (_, label) in enumerate(events):
        end = starts[i + 1] if i + 1 < len(events) else samples / SAMPLE_RATE
        if end <= starts[i]:
            continue
        visemes = ph.phones_from_ipa(label)
        if visemes:
            result += ph.split(starts[i], end, visemes)
        elif result and end - starts[i] < 0.06:  # a mark inside a word: the phone before goes on
            result[-1] = Phone(result[-1].start, end, result[-1].viseme)
        else:
            result.append(Phone(starts[i], end, "SIL"))
    return tuple(result)


def _labelled(rows: list[tuple[str, float]], table: dict[str, tuple[str, ...]]) -> tuple[Phone, ...]:
    result: list[Phone] = []
    start = 0.0
    for label, end in rows:
        if end > start:
            result += ph.split(start, end, table.get(label, ("AH",)))
        start = max(start, end)
    return tuple(result)


def flite(text: str, voice: str, stretch: float, pitch: float) -> Utterance | None:
    """stretch: of all durations, 1 is normal. pitch: mean F0 in Hz."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        done = subprocess.run(
            [
                *("flite", "-voice", voice, "-psdur", "--setf", f"duration_stretch={stretch:.3f}"),
                *("--setf", f"int_f0_target_mean={pitch:.1f}", "-t", text, "-o", str(path)),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0 or not path.exists():
            return None
        rate, samples = wavfile.read(path)
    rows = [(label, float(end)) for label, _, end in (part.partition(":") for part in done.stdout.split()) if end]
    return Utterance(_at_16k(rate, samples), _labelled(rows, ph.ARPABET), f"flite:{voice}")


def festival(texts: list[str], voice: str, stretch: float) -> list[Utterance]:
    """Several utterances in one process (its start-up dominates). Fewer come back when one cannot be spoken."""
    with tempfile.TemporaryDirectory() as folder:
        lines = [f"(voice_{voice})", f"(Parameter.set 'Duration_Stretch {stretch:.3f})"]
        for i, text in enumerate(texts):
            clean = text.replace("\\", " ").replace('"', " ")
            lines += [
                f'(set! u (utt.synth (Utterance Text "{clean}")))',
                f'(utt.save.wave u "{folder}/{i}.wav" \'riff)',
                f'(utt.save.segs u "{folder}/{i}.lab")',
            ]
        script = Path(folder) / "speak.scm"
        script.write_text("\n".join(lines), encoding="latin-1", errors="replace")
        subprocess.run(["festival", "-b", str(script)], capture_output=True, check=False, timeout=300)
        return [
            utterance for i in range(len(texts)) if (utterance := _festival_result(Path(folder), i, voice)) is not None
        ]


def _festival_result(folder: Path, index: int, voice: str) -> Utterance | None:
    wave, labels = folder / f"{index}.wav", folder / f"{index}.lab"
    if not (wave.exists() and labels.exists()):
        return None
    rate, samples = wavfile.read(wave)
    lines = labels.read_text(encoding="latin-1").splitlines()
    rows = [(parts[2], float(parts[0])) for parts in map(str.split, lines) if len(parts) >= 3]
    return Utterance(_at_16k(rate, samples), _labelled(rows, FESTIVAL_VOICES[voice]), f"festival:{voice}")
