"""Keeping one run while it goes on: what it was made of, and each take as soon as it is finished."""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from avatar_app.engines import registry
from avatar_app.files import write_errors_told
from avatar_app.request import Request
from avatar_app.sample import Event, OnEvent, Sample
from avatar_app.settings import settings_of
from avatar_app.types import ShouldStop
from avatar_app.ui.jobs import Make
from avatar_app.ui.store import INPUTS, RECORD, TAKES, Kept, Record, Store, Take, read

log = logging.getLogger(__name__)

FILES = ("audio", "partner", "portrait", "style", "background")  # fields of a Request that may be files
THUMBNAIL = "thumbnail.jpg"
THUMBNAIL_SIDE = 160  # pixels
PICTURE_LIMIT = 64_000_000  # pixels of a picture that is worth opening for a thumbnail


class Keeper:
    """One run of a visitor: its folder, and what is written there.

    begin() is called once the form was read; follow() wraps what makes the samples; close() comes last, and leaves no
    folder without a take.
    """

    def __init__(self, store: Store, folder: Path) -> None:
        self._store, self._begun, self._closing = store, time.time(), threading.Lock()
        self.folder, self.request = folder, Request()

    @property
    def output(self) -> Path:
        """Where the results are to be written."""
        return self.folder / TAKES

    def begin(self, request: Request) -> None:
        """Copies what the run is made of. InputError where it cannot be written."""
        plan = registry.resolve(request)
        self.request = plan.request
        inputs = {name: file.name for name in FILES if (file := self._copy(name, getattr(request, name)))}
        if request.portrait is not None and self._draw_thumbnail(Path(str(request.portrait))):
            inputs["thumbnail"] = THUMBNAIL
        record = Record(
            made=self._begun,
            settings=settings_of(plan),
            engine=plan.spec.title,
            voice=_given_name(request.audio),
            portrait=_given_name(request.portrait),
            inputs=inputs,
        )
        self._store.write(self.folder, record)

    def follow(self, make: Make) -> Make:
        """The same, noting each sample and how it ended."""

        def kept(
            request: Request, on_event: OnEvent | None = None, should_stop: ShouldStop | None = None
        ) -> Iterator[Sample]:
            def tell(event: Event) -> None:
                if event.stage == "inputs" and "understood" in event.data:
                    self._note_understood(event.data)
                if on_event:
                    on_event(event)

            def ends() -> bool:
                """Also where its visitor has deleted it meanwhile."""
                return not (self.folder / RECORD).is_file() or (should_stop is not None and should_stop())

            ended = "failed"
            try:
                for sample in make(request, on_event=tell, should_stop=ends):
                    self._add(sample)
                    yield sample
                ended = "stopped" if ends() else "done"
            finally:
                self._end(ended)

        return kept

    def kept(self) -> Kept | None:
        """The run as it lies there now."""
        return read(self.folder)

    def close(self) -> None:
        """Forgets a run of which nothing was finished, or that its visitor has deleted meanwhile."""
        kept = self.kept()
        if kept is None or not kept.record.takes:
            self._store.remove(self.folder)

    def _add(self, sample: Sample) -> None:
        take = Take(
            index=sample.index,
            seed=sample.seed,
            told=sample.told,
            video=sample.video.name if sample.video else "",
            motion=sample.motion_file.name if sample.motion_file else "",
            attachments=tuple(path.name for path in sample.attachments),
        )
        self._store.change(self.folder, lambda record: replace(record, takes=(*record.takes, take)))

    def _note_understood(self, data: dict[str, Any]) -> None:
        told: dict[str, Any] = {name: tuple(data.get(name, ())) for name in ("plan", "understood", "notes")}
        self._store.change(self.folder, lambda record: replace(record, **told))

    def _end(self, ended: str) -> None:
        seconds = round(time.time() - self._begun, 1)
        self._store.change(self.folder, lambda record: replace(record, ended=ended, seconds=seconds))

    def _copy(self, name: str, given: Any) -> Path | None:
        """A copy of a given file, where a field holds one; shares its place on the disk where that can be."""
        if not given or isinstance(given, tuple) or not (source := Path(str(given))).is_file():
            return None
        place = self.folder / INPUTS / f"{name}{source.suffix.lower()}"
        with write_errors_told(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(source, place)
            except OSError:
                shutil.copyfile(source, place)
        return place

    def _draw_thumbnail(self, portrait: Path) -> bool:
        place = self.folder / INPUTS / THUMBNAIL
        try:
            with Image.open(portrait) as picture:
                if picture.width * picture.height > PICTURE_LIMIT:
                    return False
                picture.draft("RGB", (2 * THUMBNAIL_SIDE, 2 * THUMBNAIL_SIDE))
                small = ImageOps.exif_transpose(picture).convert("RGB")
                ImageOps.fit(small, (THUMBNAIL_SIDE, THUMBNAIL_SIDE), centering=(0.5, 0.3)).save(place, quality=85)
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            log.info("no thumbnail of %s: %s", portrait.name, error)
            return False
        return True


def _given_name(given: Any) -> str:
    """The name under which somebody gave a file, without its ending."""
    return Path(str(given)).stem if given and not isinstance(given, tuple) else ""
