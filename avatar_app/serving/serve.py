"""Serves the page until it is told to end: `avatar_app serve`, containers and Spaces."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from starlette.middleware import Middleware

from avatar_app import credentials
from avatar_app.generate import generate
from avatar_app.memory import share_arenas
from avatar_app.request import InputError, check_label
from avatar_app.serving.access import TOKEN, Access, read_users
from avatar_app.serving.headers import Told
from avatar_app.serving.health import Health, State, drained
from avatar_app.serving.limits import Limited
from avatar_app.serving.origins import Origins, allowed_names, policy
from avatar_app.serving.parent import end_with_parent
from avatar_app.serving.scratch import bound, page_folder

QUEUE = 20  # events that Gradio lets wait; runs wait in ui.turns
ROOM = 60.0  # seconds between two looks at how much Gradio's cache holds
BROKEN_OFF = 5.0  # seconds that runs have then to notice
LAST_WORDS = 1.0  # seconds for answers that are on their way when the last run has ended
GRACE = 30.0  # seconds that runs have to end by themselves once the server is told to
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Service:
    """How to serve. users: a file made by `add-user`. token: for programs. names: host names answered to, besides this
    machine's. root_path: of a proxy that serves the page below its own root. ask_consent, label: see build_page.
    handle, at_once: address of a Ray cluster that makes the takes, and how many at a time at most. with_parent: end
    when standard input does, as that of a replica does with its front."""

    host: str = "127.0.0.1"
    port: int = 7860
    share: bool = False
    users: Path | None = None
    token: str = ""
    names: tuple[str, ...] = ()
    root_path: str = ""
    grace: float = GRACE
    ask_consent: bool = True
    label: str = ""
    handle: str = ""
    at_once: int = 1
    with_parent: bool = False


def launch(service: Service) -> None:
    """Until SIGTERM, SIGINT or Ctrl+C: then no new runs begin, those that go on may end, and nothing is left on disk.

    Raises InputError for a port that is taken, a file without users and a token that is too short.
    """
    share_arenas()
    state = State()
    shell = middleware(service, state)
    credentials.check()
    check_label(service.label)
    with page_folder() as folder, told_to_end() as end, maker(service) as make:
        if service.with_parent:
            end_with_parent()
        with contextlib.nullcontext() if service.share else no_proxies():
            # Gradio reads where its files go, and which proxies there are, when it is imported.
            from avatar_app.ui import handlers, kept_page, page
            from avatar_app.ui.turns import Turns

            turns = Turns(service.at_once if service.handle else 1)
            served = page.build_page(make(), ask_consent=service.ask_consent, label=service.label, turns=turns).queue(
                max_size=QUEUE
            )
            try:
                served.launch(
                    server_name=service.host, server_port=service.port, share=service.share, prevent_thread_lock=True,
                    root_path=service.root_path or None, app_kwargs={"middleware": shell, "routes": page.routes()},
                    **page.launch_settings(),
                )  # fmt: skip
            except OSError as error:
                at = f"Port {service.port} of {service.host} cannot be used ({error})"
                raise InputError(f"{at}: choose another with --port.") from error
        threading.Thread(target=kept_page.open_store().sweep, name="sweep", daemon=True).start()
        # The page is there before torch is.
        load = handlers.warm_up if not service.handle else bool
        threading.Thread(target=_warm, args=(load, state), name="warm-up", daemon=True).start()
        while not end.wait(ROOM):
            bound(folder / "gradio")
        state.draining.set()
        turns.close()
        if not drained(service.grace):
            log.warning("Runs that took more than %g s to end are broken off.", service.grace)
            turns.stop()  # the process waits for its threads
            drained(BROKEN_OFF)
        time.sleep(LAST_WORDS)
        served.close(verbose=False)


@contextlib.contextmanager
def maker(service: Service) -> Iterator[Callable[[], Any]]:
    """What gives the page its `generate`, once Gradio may be imported."""
    if service.handle:
        with no_proxies():
            from avatar_app.serving.on_serve import made_by_serve
        with made_by_serve(service.handle, service.at_once) as make:
            yield lambda: make
        return

    def here() -> Any:
        from avatar_app.serving.zero_gpu import on_zero_gpu

        return on_zero_gpu(generate)

    yield here


def middleware(service: Service, state: State) -> list[Middleware]:
    """The shell's layers, the outermost first."""
    if service.token and len(service.token) < TOKEN:
        raise InputError(f"A token needs at least {TOKEN} characters, such as {secrets.token_urlsafe()!r}.")
    names = allowed_names(service.host, service.names)
    if service.share:
        names |= {"*"}  # Gradio's tunnel has a name of its own
    layers = [
        Middleware(Told, headers=policy(space=bool(os.environ.get("SPACE_ID")))),
        Middleware(Health, state=state),
        Middleware(Origins, names=names),
        Middleware(Limited),
    ]
    if service.users is not None or service.token:
        users = {} if service.users is None else read_users(service.users)
        layers.append(Middleware(Access, users=users, token=service.token))
    return layers


@contextlib.contextmanager
def told_to_end() -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGINT set, the first time; a second one ends the process as usual."""
    end = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        if end.is_set():
            raise KeyboardInterrupt
        end.set()

    kinds = (signal.SIGTERM, signal.SIGINT)
    before = {kind: signal.signal(kind, on_signal) for kind in kinds}
    try:
        yield end
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


@contextlib.contextmanager
def no_proxies() -> Iterator[None]:
    """Without the environment's proxies: Gradio asks itself whether it is up, and nothing else is asked.

    A SOCKS proxy alone would stop its import where httpx has no support for them.
    """
    names = [name for name in os.environ if name.lower() in ("http_proxy", "https_proxy", "all_proxy")]
    kept = {name: os.environ.pop(name) for name in names}
    try:
        yield
    finally:
        os.environ.update(kept)


def _warm(load: Any, state: State) -> None:
    try:
        load()
    finally:
        state.warm.set()
