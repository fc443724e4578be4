"""A server of this machine for benchmarks/load.py, and sessions that call it as programs do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from avatar_app.paths import ROOT
from avatar_app.serving.replicas import free_port
from avatar_app.speech.recording import load_speech

VOICE, PORTRAIT = ROOT / "assets" / "voices" / "reader_woman.mp3", ROOT / "assets" / "portraits" / "astronaut.jpg"
GRACE, START, PATIENCE = 20, 180, 600  # seconds


@dataclass(frozen=True)
class Figures:
    """Of a server: memory that it holds, threads, open files, and files and folders its runs have in the temporary
    folder."""

    rss_mb: float
    threads: int
    open_files: int
    run_folders: int


@dataclass
class Server:
    """`avatar_app serve` with a port, temporary files and data of its own."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None
    port: int = 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Until it is ready."""
        self.port = free_port()
        for name in ("tmp", "data"):
            (self.folder / name).mkdir(exist_ok=True)
        where = {"TMPDIR": str(self.folder / "tmp"), "AVATAR_DATA": str(self.folder / "data"), "PYTHONPATH": str(ROOT)}
        with (self.folder / "server.log").open("ab") as said:
            line = [sys.executable, "-m", "avatar_app", "serve", "--port", str(self.port), "--grace", str(GRACE)]
            self.process = subprocess.Popen(line, env=os.environ | where, stdout=said, stderr=said)
        until = time.monotonic() + START
        while time.monotonic() < until:
            try:
                if httpx.get(f"{self.url}/ready", trust_env=False).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        raise SystemExit(f"The server did not come up: see {self.folder / 'server.log'}.")

    def end(self) -> float:
        """Seconds from SIGTERM to its end."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(GRACE + 60)
        return time.monotonic() - began

    def figures(self) -> Figures:
        """How it is now."""
        assert self.process is not None
        own, runs = psutil.Process(self.process.pid), list((self.folder / "tmp").glob("*/avatar_app_*"))
        return Figures(round(own.memory_info().rss / 1e6, 1), own.num_threads(), own.num_fds(), len(runs))

    def files(self) -> int:
        """Files and folders in its temporary folder, which should be empty once it has ended."""
        return sum(1 for _ in (self.folder / "tmp").iterdir())


class Session:
    """A client: what it uploads, and its calls of /generate."""

    def __init__(self, server: Server, voice: Path, size: int) -> None:
        self.server, self.voice, self.size = server, voice, size
        self.told = 0  # takes of the run that goes on which were told as finished
        self.http = httpx.Client(trust_env=False, timeout=httpx.Timeout(PATIENCE, connect=5), base_url=server.url)
        self.names: list[dict[str, Any]] = self.http.get("/gradio_api/info").json()["named_endpoints"]["/generate"][
            "parameters"
        ]

    def upload(self, path: Path, content: bytes | None = None) -> dict[str, Any]:
        """The file as /generate wants it."""
        sent = {"files": (path.name, path.read_bytes() if content is None else content)}
        (place,) = self.http.post("/gradio_api/upload", files=sent).raise_for_status().json()
        return {"path": place, "meta": {"_type": "gradio.FileData"}}

    def ask(self, **wish: Any) -> str:
        """Puts a run into the queue; its number."""
        given = {"audio": self.upload(self.voice), "portrait": self.upload(PORTRAIT), "size": self.size} | wish
        data = [given.get(one["parameter_name"], one["parameter_default"]) for one in self.names]
        answer = self.http.post("/gradio_api/call/generate", json={"data": data}).raise_for_status()
        return str(answer.json()["event_id"])

    @contextmanager
    def listen(self, event: str) -> Iterator[Iterator[tuple[str, Any]]]:
        """(kind, data) of what the server says; leaving the block cuts the line."""
        with self.http.stream("GET", f"/gradio_api/call/generate/{event}") as stream:
            yield _events(stream)

    def stop(self, run: str) -> None:
        """Ends a run by its name."""
        answer = self.http.post("/gradio_api/call/stop", json={"data": [run]}).json()
        self.http.get(f"/gradio_api/call/stop/{answer['event_id']}")


def _events(stream: httpx.Response) -> Iterator[tuple[str, Any]]:
    kind = ""
    for line in stream.iter_lines():
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield kind, json.loads(line.removeprefix("data: "))


def waits_still(data: Any) -> bool:
    """Whether a word of progress says that others come first."""
    return "Waiting" in str(data[-1]) if isinstance(data, list) and data else True


def cut_voice(folder: Path, seconds: float) -> Path:
    """The first seconds of a shipped voice."""
    samples = load_speech(VOICE, 0.5, 0.5 + seconds).samples
    with wave.open(str(folder / "voice.wav"), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return folder / "voice.wav"
