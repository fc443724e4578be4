"""What happens when something on the page is touched: forms become Requests, Samples become updates."""

from __future__ import annotations

import html
import logging
import queue
import random
import shutil
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avatar_app.output import model_name
from avatar_app.request import MAX_SEED, InputError, Request
from avatar_app.sample import Event, Sample
from avatar_app.ui.forms import background_of, style_of

log = logging.getLogger(__name__)
Make = Callable[..., Iterator[Sample]]  # avatar_app.generate, or what a test puts in its place
TICK = 1.0  # seconds without news after which the page is told that time passes
REDRAW = 0.2  # seconds between two updates of the status line


@dataclass(frozen=True)
class Finished:
    """The last item of a stream. error: what ended it, if anything did."""

    error: Exception | None = None


class Sessions:
    """One stop flag per open page, so that Stop ends only the run of the page on which it was pressed."""

    def __init__(self) -> None:
        self._flags: dict[str, threading.Event] = {}
        self._lock = threading.Lock()

    def begin(self, session: str) -> threading.Event:
        """A fresh flag for a new run; a run still going on in that session is told to end."""
        flag = threading.Event()
        with self._lock:
            before = self._flags.get(session)
            self._flags[session] = flag
        if before:
            before.set()
        return flag

    def end(self, session: str, flag: threading.Event) -> None:
        """Forgets the flag of a run that is over."""
        with self._lock:
            if self._flags.get(session) is flag:
                del self._flags[session]

    def stop(self, session: str) -> bool:
        """Sets the flag of the session's run; False when nothing runs there."""
        with self._lock:
            flag = self._flags.get(session)
        if flag:
            flag.set()
        return flag is not None

    def is_running(self, session: str) -> bool:
        """Whether a run of the session goes on."""
        with self._lock:
            return session in self._flags


def to_request(values: dict[str, Any], output: Path) -> Request:
    """The form as a checked Request; InputError says what is wrong with it."""
    voiceless = bool(values.get("voiceless"))
    duration = values.get("duration")
    request = Request(
        audio=None if voiceless else values.get("audio") or None,
        portrait=values.get("portrait") or None,
        instruction=values.get("instruction") or "",
        samples=_whole(values["samples"]),
        seed=_whole(values["seed"]),
        duration=float(duration) if voiceless and duration else None,
        steps=_whole(values["steps"]),
        audio_scale=values["audio_scale"],
        text_scale=values["text_scale"],
        motion_strength=values["motion_strength"],
        face=_whole(values["face"]) or None,
        size=_whole(values["size"]),
        framing=values.get("framing") or "bust",
        head=values.get("head") or "",
        background=background_of(values),
        points=values.get("points") or "",
        output=output,
        **style_of(values, output.parent),
    )
    if request.audio is None and not voiceless:
        raise InputError('A voice is needed: record or upload one, or tick "No voice".')
    request.check()
    return request


def _whole(value: Any) -> Any:
    """Sliders give 3.0 for 3; anything that is not whole is left for Request.check to refuse."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def new_seed() -> int:
    """A seed nobody chose."""
    return random.randrange(MAX_SEED)


def stream(make: Make, request: Request, stop: threading.Event) -> Iterator[Event | Sample | Finished | None]:
    """Runs `make` in a thread; yields its Events and Samples as they come, and one Finished at the end.

    None comes every TICK seconds without news. Events that are overtaken by newer ones are left out. Closing
    the iterator (the page was closed) sets `stop` and waits for the work to end.
    """
    items: queue.Queue[Event | Sample | Finished] = queue.Queue()

    def work() -> None:
        try:
            for sample in make(request, on_event=items.put, should_stop=stop.is_set):
                items.put(sample)
            items.put(Finished())
        except Exception as error:  # whatever it is, it belongs on the page and not only in the log
            items.put(Finished(error))

    worker = threading.Thread(target=work, name="takes", daemon=True)
    worker.start()
    try:
        while True:
            item = _next(items)
            yield item
            if isinstance(item, Finished):
                return
    finally:
        stop.set()
        worker.join()


def _next(items: queue.Queue[Event | Sample | Finished]) -> Event | Sample | Finished | None:
    try:
        item = items.get(timeout=TICK)
    except queue.Empty:
        return None
    until = time.monotonic() + REDRAW
    while isinstance(item, Event) and item.stage in ("motion", "render"):
        try:
            item = items.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            break
    return item


def portrait_words(path: str | None, face: float) -> str:
    """Markdown: whether this picture can be animated, said as soon as it is there. Empty without a picture."""
    if not path:
        return ""
    try:
        return judge_portrait(path, face, "")
    except InputError as error:
        return f"⚠ {plain(str(error))}"


def judge_portrait(path: str, face: float, points: str) -> str:
    """Markdown that welcomes a picture; InputError, or its NoFaceError, where it cannot be animated."""
    from avatar_app.inputs.portrait.portrait import load_portrait

    portrait = load_portrait(path, face=_whole(face) or None, points=points)
    return " ".join(["✓ Face found.", *map(plain, portrait.notes)])


def warm_up() -> None:
    """Loads the models, so that the first run need not; what is wrong with them will be told by that run."""
    from avatar_app.engines.base import load_engine
    from avatar_app.inputs.instruction.timeline import read_instruction

    try:
        load_engine(Request().engine)
        read_instruction("smile", 1.0)
    except Exception as error:
        log.warning("the models could not be loaded: %s", error)


def pack(folder: Path) -> Path:
    """All results of a run in one zip beside them; videos do not shrink further, so nothing is compressed."""
    path = folder / "takes.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(folder.iterdir()):
            if file != path and file.is_file() and not file.name.startswith("."):
                archive.write(file, file.name)
    return path


def scratch_folder() -> Path:
    """A fresh place for one run. Gradio copies what is shown into its cache, so this can go right after."""
    return Path(tempfile.mkdtemp(prefix="avatar_app_")) / "takes"


def remove_scratch(folder: Path) -> None:
    """Deletes what scratch_folder made."""
    shutil.rmtree(folder.parent, ignore_errors=True)


def status_bar(words: str, fraction: float, kind: str = "busy", right: str = "") -> str:
    """HTML of the status line. kind: "busy", "done" or "failed"."""
    percent = round(100 * min(max(fraction, 0.0), 1.0))
    return (
        f'<div class="status {kind}" role="status" aria-live="polite">'
        f'<div class="words"><span>{html.escape(words)}</span><span>{html.escape(right)}</span></div>'
        f'<div class="rail" role="progressbar" aria-valuenow="{percent}">'
        f'<div class="bar" style="width:{percent}%"></div></div></div>'
    )


def understood_words(understood: list[str], notes: list[str]) -> str:
    """Markdown: what the instruction was taken to mean, and what was not understood or noticed."""
    lines = [f"- {plain(line)}" for line in understood] or ["- nothing in particular: the voice alone leads"]
    text = "**What was understood**\n\n" + "\n".join(lines)
    if notes:
        text += "\n\n**Please note**\n\n" + "\n".join(f"- {plain(note)}" for note in notes)
    return text


def plain(text: str) -> str:
    """User's words inside Markdown: no markup of theirs takes effect."""
    escaped = html.escape(text, quote=False)
    return "".join(f"\\{c}" if c in "\\`*_[]#|~$" else c for c in escaped)


def api_files(samples: list[Sample], folder: Path) -> list[str]:
    """Every file of a run, videos first, in the order of the takes."""
    samples = sorted(samples, key=lambda sample: sample.index)
    videos = [str(sample.video) for sample in samples if sample.video]
    names = (
        "side_by_side.mp4",
        *(sample.motion_file.name for sample in samples),
        *(model_name(sample.index) for sample in samples),
        "result.json",
    )
    return videos + [str(folder / name) for name in names if (folder / name).is_file()]
