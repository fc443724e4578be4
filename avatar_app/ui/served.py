"""Addresses of kept files. Only who knows a run's folder can ask, only for its takes, its voice and its thumbnail."""

from __future__ import annotations

import asyncio
import logging
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.background import BackgroundTask
from starlette.requests import Request as HttpRequest
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from avatar_app.files import TEMPORARY, fresh_folder, write_errors_told
from avatar_app.output import SIDE_BY_SIDE
from avatar_app.request import InputError
from avatar_app.ui import exports
from avatar_app.ui.cards import ADDRESS, CURVES, EVERYTHING, MADE, REEL, download_name, export_name
from avatar_app.ui.store import INPUTS, TAKES, TOKEN, Kept, read

log = logging.getLogger(__name__)

KINDS = {
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".mov": "video/quicktime",
    ".json": "application/json",
    ".csv": "text/csv",
    ".bvh": "text/plain",
    ".glb": "model/gltf-binary",
    ".npz": "application/octet-stream",
    ".jpg": "image/jpeg",
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".ogg": "audio/ogg",
    ".flac": "audio/flac",
}  # nothing that a browser would run
NAME = re.compile(r"\w[\w.-]*")
HEARD = ("audio", "thumbnail")  # the inputs that the page plays and shows
HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600"}


def routes(root: Path) -> list[Route]:
    """For the page's server. root: of the store."""

    async def file(http: HttpRequest) -> Response:
        kept = find(root, http)
        name = str(http.path_params["name"])
        if kept and name == SIDE_BY_SIDE and exports.is_to_be_joined(kept):
            joined = await begun(exports.together, kept)
            if isinstance(joined, Response):
                return joined
        path = allowed(kept, str(http.path_params["place"]), name) if kept else None
        if kept is None or path is None:
            return _nothing()
        saved = download_name(kept, name) if "save" in http.query_params else None
        return FileResponse(path, media_type=KINDS[path.suffix], headers=HEADERS, filename=saved)

    async def everything(http: HttpRequest) -> Response:
        kept = find(root, http)
        if kept is None:
            return _nothing()
        try:
            path = await asyncio.to_thread(pack, kept)
        except InputError as error:
            return PlainTextResponse(str(error), 507)
        name = download_name(kept, EVERYTHING)
        return FileResponse(path, filename=name, headers=HEADERS, background=BackgroundTask(_forget, path))

    busy = asyncio.Lock()  # drawing takes a whole machine: one after the other

    async def begun(make: Callable[..., Path], *given: Any) -> Path | Response:
        """A file that is made, or why it could not be."""
        try:
            async with busy:
                return await asyncio.to_thread(make, *given)
        except InputError as error:
            return PlainTextResponse(str(error), 422)
        except Exception as error:  # whatever it is, it belongs on the page and not only in the log
            log.error("an export failed", exc_info=error)
            return PlainTextResponse(f"Something went wrong ({type(error).__name__}); the log has the details.", 500)

    async def reel(http: HttpRequest) -> Response:
        kept = find(root, http)
        if kept is None:
            return _nothing()
        path = await begun(exports.make_reel, kept, http.query_params)
        if isinstance(path, Response):
            return path
        return FileResponse(path, media_type=KINDS[path.suffix], headers=HEADERS, filename=download_name(kept, REEL))

    async def curves(http: HttpRequest) -> Response:
        kept = find(root, http)
        take = kept.take(int(http.path_params["take"])) if kept else None
        if kept is None or take is None or not take.motion:
            return _nothing()
        try:
            drawn = await asyncio.to_thread(_drawn, kept.file(take.motion))
        except InputError as error:
            return PlainTextResponse(str(error), 422)
        return HTMLResponse(drawn, headers=HEADERS)

    async def made(http: HttpRequest) -> Response:
        kept, name = find(root, http), str(http.path_params["format"])
        take = kept.take(int(http.path_params["take"])) if kept else None
        if kept is None or take is None or name not in exports.offered(kept, take):
            return _nothing()
        path = await begun(exports.export, kept, take, name)
        if isinstance(path, Response):
            return path
        saved = export_name(kept, take, name)
        return FileResponse(path, media_type=KINDS[path.suffix], headers=HEADERS, filename=saved)

    run = f"/{ADDRESS}/{{visitor}}/{{run}}"
    return [
        Route(f"{run}/{EVERYTHING}", everything),
        Route(f"{run}/{REEL}", reel),
        Route(f"{run}/{CURVES}/{{take:int}}", curves),
        Route(f"{run}/{MADE}/{{take:int}}/{{format}}", made),
        Route(f"{run}/{{place}}/{{name}}", file),
    ]


def find(root: Path, http: HttpRequest) -> Kept | None:
    """The run that an address names."""
    visitor, run = str(http.path_params["visitor"]), str(http.path_params["run"])
    if not (TOKEN.fullmatch(visitor) and TOKEN.fullmatch(run)):
        return None
    return read(root / visitor / run)


def allowed(kept: Kept, place: str, name: str) -> Path | None:
    """The file of a run that may be handed out; None for everything else."""
    heard = {kept.record.inputs.get(one) for one in HEARD}
    if place not in (TAKES, INPUTS) or (place == INPUTS and name not in heard) or not NAME.fullmatch(name):
        return None
    path = kept.folder / place / name
    return path if path.suffix in KINDS and path.is_file() and not path.is_symlink() else None


def pack(kept: Kept) -> Path:
    """Everything of a run in one zip in a folder of its own, under telling names.

    Videos do not shrink further, so nothing is compressed. InputError where it cannot be written.
    """
    path = fresh_folder() / EVERYTHING
    with write_errors_told(path, TEMPORARY), zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted((kept.folder / TAKES).iterdir()):
            if file.is_file() and not file.name.startswith("."):
                archive.write(file, download_name(kept, file.name))
    return path


def _drawn(motion: Path) -> str:
    """HTML of the curves in a motion file. InputError where it cannot be read."""
    from avatar_app.motion.export.npz import load_motion  # heavy, and the page is there before it is
    from avatar_app.ui.motion_plot import plot_html

    return plot_html(load_motion(motion))


def _forget(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.parent.rmdir()


def _nothing() -> Response:
    return PlainTextResponse("There is no such file here, or not any more.", 404)
