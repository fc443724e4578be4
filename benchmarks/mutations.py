"""Files that were damaged on purpose: seeds of every kind that the app reads, and seeded changes to their bytes."""

from __future__ import annotations

import io
import json
import random
import struct
import subprocess
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import safetensors.numpy
from PIL import Image

from avatar_app import ffmpeg
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.export.npz import save_motion
from avatar_app.paths import ROOT
from avatar_app.provenance import mark
from avatar_app.render.gltf import Binary, mesh, write_glb
from avatar_app.render.video.writer import provenance, write_video
from avatar_app.request import Request
from avatar_app.settings import SETTINGS
from avatar_app.speech.recording import Speech, load_speech

VOICE = ROOT / "assets" / "voices" / "reader_woman.mp3"
PORTRAIT = ROOT / "assets" / "portraits" / "astronaut.jpg"
SIDE, FRAMES = 96, 30
TELLING = (0, 1, 0x7F, 0x80, 0xFF)
SIZES = (0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
WORDS: tuple[Any, ...] = (
    None, True, -1, 0, 1e308, -1e-308, float("nan"), 2**64, "", "\0", "x" * 5000, "../../etc/passwd", [], {}, [[]],
    {"start": 0}, "<script>", "\ud800",
)  # fmt: skip

Seeds = dict[str, list[bytes]]


def make_seeds() -> Seeds:
    """Some whole files of each kind, by their ending: the same ones every time."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        picture = Image.open(PORTRAIT).convert("RGB").resize((SIDE, SIDE))
        speech = load_speech(VOICE, 0.5, 1.7)
        found = {**_pictures(picture), **_sounds(folder, speech), **_films(folder, np.asarray(picture), speech)}
        return {**found, **_arrays(folder), **_texts()}


def _pictures(picture: Image.Image) -> Seeds:
    def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
        file = io.BytesIO()
        image.save(file, kind, **options)
        return file.getvalue()

    pillow_heif.register_heif_opener()
    exif = Image.Exif()
    exif[0x0112] = 6
    clear, few = picture.copy(), picture.quantize(16)
    clear.putalpha(128)
    return {
        "png": [saved(picture, "PNG"), saved(clear, "PNG"), saved(few, "PNG")],
        "jpg": [saved(picture, "JPEG", exif=exif), saved(picture, "JPEG", progressive=True)],
        "webp": [saved(picture, "WEBP"), saved(clear, "WEBP", lossless=True)],
        "heic": [saved(picture, "HEIF")],
    }


def _sounds(folder: Path, speech: Speech) -> Seeds:
    pcm = (speech.samples * 32767).astype("<i2").tobytes()
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(pcm), b"WAVE", b"fmt ", 16, 1, 1, 16000, 32000, 2, 16,
                       b"data", len(pcm))  # fmt: skip
    (folder / "a.wav").write_bytes(head + pcm)
    line = ffmpeg.command("-i", str(folder / "a.wav"), "-b:a", "48k", str(folder / "a.mp3"))
    subprocess.run(line, check=True)
    return {"wav": [head + pcm], "mp3": [(folder / "a.mp3").read_bytes()]}


def _films(folder: Path, picture: np.ndarray, speech: Speech) -> Seeds:
    made: Seeds = {}
    told = provenance(1, {name: getattr(Request(), name) for name in SETTINGS})
    for ending in ("mp4", "webm"):
        frame = picture if ending == "mp4" else np.dstack([picture, np.full((SIDE, SIDE), 200, np.uint8)])
        frames = (np.roll(frame, k, axis=1) for k in range(FRAMES))
        path = folder / f"film.{ending}"
        write_video(frames, (SIDE, SIDE), path, speech, frames_total=FRAMES, metadata=told)
        made[ending] = [path.read_bytes()]
    return made


def _arrays(folder: Path) -> Seeds:
    from avatar_app.engines.diffposetalk.styles import VERSION, Style, save_style

    save_motion(MotionClip.still(10), folder / "m.npz")
    save_style(Style(np.zeros(128, np.float32), "calm", VERSION), folder / "s.npz")
    binary = Binary()
    corners = np.eye(3, dtype=np.float32)
    body = mesh("face", 0, {"POSITION": corners}, np.arange(3)[None], binary)
    write_glb(folder / "m.glb", {"nodes": [{"mesh": 0}], "meshes": [body], "materials": [{}]}, [0], binary)
    tensors = {"weight": np.ones((4, 4), np.float32), "bias": np.zeros(4, np.float16)}
    return {
        "npz": [(folder / "m.npz").read_bytes(), (folder / "s.npz").read_bytes()],
        "glb": [(folder / "m.glb").read_bytes()],
        "safetensors": [safetensors.numpy.save(tensors)],
    }


def _texts() -> Seeds:
    step = {"start": 0.0, "end": 1.0, "what": "smile", "strength": 0.5, "grows": [0.2, 1], "count": None}
    settings = {name: getattr(Request(), name) for name in SETTINGS} | {"engine": "instruct_avatar", "weights": None}
    result = {"provenance": mark(), "request": settings | {"options": {"steps": 8}, "plan": [step]}, "plan": [step]}
    row = {"audio": "a.wav", "portrait": "p.png", "samples": 2, "options": {"steps": 8}}
    return {"json": [json.dumps(result).encode(), json.dumps([step]).encode(), json.dumps(row).encode()]}


def mutated(seeds: Seeds, ending: str, rng: random.Random) -> bytes:
    """A seed of this kind, damaged: a third of them by somebody who knows the format and keeps its checksums right."""
    content = rng.choice(seeds[ending])
    knowing = KNOWING.get(ending)
    if knowing is not None and rng.random() < 0.35:
        return knowing(content, rng)
    if rng.random() < 0.04:  # another kind under this name
        content = rng.choice(seeds[rng.choice(sorted(seeds))])
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        content = rng.choice(CHANGES)(content, rng)
    return content


def _flip(content: bytes, rng: random.Random) -> bytes:
    return _write(content, _place(content, rng), bytes([rng.randrange(256)]))


def _telling(content: bytes, rng: random.Random) -> bytes:
    return _write(content, _place(content, rng), bytes([rng.choice(TELLING)]) * rng.choice((1, 2, 4, 8)))


def _size(content: bytes, rng: random.Random) -> bytes:
    order = rng.choice("<>")
    return _write(content, _place(content, rng), struct.pack(order + "I", rng.choice(SIZES)))


def _cut(content: bytes, rng: random.Random) -> bytes:
    return content[: _place(content, rng)]


def _drop(content: bytes, rng: random.Random) -> bytes:
    at = _place(content, rng)
    return content[:at] + content[at + rng.choice((1, 4, 16, 256, 4096)) :]


def _repeat(content: bytes, rng: random.Random) -> bytes:
    at, size = _place(content, rng), rng.choice((1, 4, 16, 256, 4096))
    return content[:at] + content[at : at + size] * rng.choice((2, 3, 20)) + content[at + size :]


def _noise(content: bytes, rng: random.Random) -> bytes:
    at = _place(content, rng)
    return content[:at] + rng.randbytes(rng.choice((1, 8, 64, 1024))) + content[at:]


CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (_flip, _telling, _size, _cut, _drop, _repeat, _noise)


def _place(content: bytes, rng: random.Random) -> int:
    """Anywhere; half of the time near the beginning, where headers lie."""
    whole = len(content) + 1
    return rng.randrange(min(whole, 128) if rng.random() < 0.5 else whole)


def _write(content: bytes, at: int, new: bytes) -> bytes:
    return content[:at] + new + content[at + len(new) :]


def _in_png(content: bytes, rng: random.Random) -> bytes:
    """A chunk changed, with the checksum that fits."""
    chunks, at = [], 8
    while at + 8 <= len(content):
        size = struct.unpack(">I", content[at : at + 4])[0]
        chunks.append((content[at + 4 : at + 8], content[at + 8 : at + 8 + size]))
        at += 12 + size
    k = rng.randrange(len(chunks))
    kind, data = chunks[k]
    chunks[k] = kind, rng.choice(CHANGES)(data, rng)
    parts = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    ]
    return content[:8] + b"".join(parts)


def _in_zip(content: bytes, rng: random.Random) -> bytes:
    """An array changed within its archive: its values, its header, or what its header claims."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        chosen = rng.choice(names)
        for name in names:
            data = old.read(name)
            if name == chosen:
                shapes = (b"(0,)", b"(-1,)", b"(10, 58)", b"(9999999999,)", b"(1, 1, 1)", b"(99999, 99999)", b"()")
                claimed = re_shaped(data, rng.choice(shapes))
                data = claimed if rng.random() < 0.4 else rng.choice(CHANGES)(data, rng)
            if rng.random() < 0.95:
                new.writestr(name, data)
    return out.getvalue()


def re_shaped(npy: bytes, shape: bytes) -> bytes:
    """An array file whose header claims another shape."""
    size = struct.unpack("<H", npy[8:10])[0]
    head = npy[10 : 10 + size]
    begin, end = head.index(b"(", head.index(b"shape")), head.index(b")", head.index(b"shape")) + 1
    head = (head[:begin] + shape + head[end:]).rstrip()
    head += b" " * (-(len(head) + 11) % 64) + b"\n"
    return npy[:8] + struct.pack("<H", len(head)) + head + npy[10 + size :]


def _in_json(content: bytes, rng: random.Random) -> bytes:
    """A value changed for one that nobody expects, or the whole wrapped in lists."""
    found = json.loads(content)
    if rng.random() < 0.05:
        return b"[" * rng.choice((10, 1000, 100_000)) + content
    place, where = found, list(found) if isinstance(found, dict) else list(range(len(found)))
    while where:
        key = rng.choice(where)
        below = place[key]
        if not isinstance(below, dict | list) or not below or rng.random() < 0.3:
            place[key] = rng.choice(WORDS)
            break
        place, where = below, list(below) if isinstance(below, dict) else list(range(len(below)))
    return json.dumps(found).encode(errors="surrogatepass")


def _in_safetensors(content: bytes, rng: random.Random) -> bytes:
    """The header changed, with the length that fits."""
    size = struct.unpack("<Q", content[:8])[0]
    head = content[8 : 8 + size]
    head = _in_json(head, rng) if rng.random() < 0.5 else rng.choice(CHANGES)(head, rng)
    return struct.pack("<Q", len(head)) + head + content[8 + size :]


KNOWING: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "png": _in_png,
    "npz": _in_zip,
    "json": _in_json,
    "safetensors": _in_safetensors,
}
