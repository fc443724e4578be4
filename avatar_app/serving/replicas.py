"""Several servers of this machine, started, looked after and ended together."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import httpx

PAUSES = (0.0, 1.0, 5.0, 15.0, 60.0)  # seconds until a replica that ended is started again: the first time, and so on
STEADY = 300.0  # seconds of life after which that begins anew
OFTEN = 5.0  # seconds between two looks at one that was ready
LOOK = 2.0  # seconds that a replica has to say whether it is ready
log = logging.getLogger(__name__)


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass
class Replica:
    """A server on loopback. line, env: what starts it, but for its port. life: how often it was started."""

    line: Sequence[str]
    env: Mapping[str, str]
    port: int = 0
    life: int = 0
    ready: bool = False
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    again: float = 0.0
    falls: int = 0
    looked: float = 0.0

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """A process on a free port, with its share of the cores."""
        self.port = free_port()
        self.process = subprocess.Popen(
            [*self.line, "--port", str(self.port)],
            env=dict(self.env),
            stdin=subprocess.PIPE,  # which ends with this process: see parent.py
            stdout=subprocess.DEVNULL,  # where Gradio says an address that is nobody's business; it logs to stderr
            start_new_session=True,  # Ctrl+C in a terminal is for the front, which tells the replicas
        )
        self.life, self.began = self.life + 1, time.monotonic()

    def look(self, client: httpx.Client) -> None:
        """Notes whether it is ready; starts it where it is not, or not any more."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            log.warning("A replica ended (exit status %s); it is started again.", self.process.returncode)
            self.falls = 0 if now - self.began > STEADY else self.falls
            self.again = now + PAUSES[min(self.falls, len(PAUSES) - 1)]
            self.process, self.ready, self.falls = None, False, self.falls + 1
        if self.process is None:
            if now >= self.again:
                self.start()
            return
        if self.ready and now - self.looked < OFTEN:
            return
        self.looked = now
        try:
            self.ready = client.get(f"{self.url}/ready").status_code == 200
        except httpx.TransportError:
            self.ready = False


@dataclass
class Replicas:
    """All of them. sent: to which the last new session was sent."""

    all: list[Replica]
    client: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, timeout=LOOK))
    sent: int = -1

    def look(self) -> None:
        """After each of them."""
        for one in self.all:
            one.look(self.client)

    def next_one(self) -> int:
        """The number of the replica for a new session: in turn, leaving out those that are not ready."""
        count = len(self.all)
        order = [(self.sent + 1 + k) % count for k in range(count)]
        self.sent = next((k for k in order if self.all[k].ready), order[0])
        return self.sent

    def end(self, seconds: float) -> None:
        """Tells all to end and waits for them; what takes longer than that is killed."""
        living = [one.process for one in self.all if one.process is not None]
        for process in living:
            process.send_signal(signal.SIGTERM)
        until = time.monotonic() + seconds
        for process in living:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("A replica did not end within %g s and was killed.", seconds)
                process.kill()
                process.wait()
        self.client.close()


def of_this_machine(count: int, line: Sequence[str], env: Mapping[str, str]) -> Replicas:
    """count: servers, which share the cores. line: what starts one, but for its port. env: what is added for it."""
    threads = {"OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // count))}
    return Replicas([Replica(line, {**threads, **os.environ, **env}) for _ in range(count)])
