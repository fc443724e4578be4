"""`avatar_app serve --replicas N`: several servers behind one address, until it is told to end."""

from __future__ import annotations

import socket
import sys
import threading

import uvicorn

from avatar_app import credentials
from avatar_app.request import InputError, check_label
from avatar_app.serving.front import application
from avatar_app.serving.health import State
from avatar_app.serving.replicas import of_this_machine
from avatar_app.serving.scratch import sweep
from avatar_app.serving.serve import Service, middleware, told_to_end

LOOK = 0.5  # seconds between two looks after the replicas
ENDING = 15.0  # seconds that a replica has besides the grace of its runs
CUT = 2  # seconds for answers on their way when the replicas have ended


def launch(service: Service, count: int) -> None:
    """As serve.launch. Each replica has the whole shell and its own queue; kept runs are shared.

    Raises InputError where serve.launch would, before a replica is started.
    """
    if service.share:
        raise InputError("--share opens a link to one server: leave --replicas out.")
    if service.handle:
        raise InputError("--serve-handle has replicas of its own: leave --replicas out.")
    middleware(service, State())
    credentials.check()
    check_label(service.label)
    listening = _listen(service)
    replicas = of_this_machine(count, line_of(service), {"AVATAR_TOKEN": service.token})
    app = application(replicas)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=CUT))
    front = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="front")
    with told_to_end() as end:
        front.start()
        try:
            while not end.is_set() and front.is_alive():
                replicas.look()
                end.wait(LOOK)
        finally:
            replicas.end(service.grace + ENDING)
            sweep()  # what those left that were killed
            server.should_exit = True
            front.join()


def line_of(service: Service) -> list[str]:
    """What starts a replica, but for its port. Secrets are not in it: everybody can read a process's arguments."""
    line = [sys.executable, "-m", "avatar_app", "serve", "--with-parent"]
    line += ["--host", "127.0.0.1", "--grace", str(service.grace)]
    for name in (service.host, *service.names):
        line += ["--allow-host", name]
    line += ["--auth", str(service.users)] if service.users is not None else []
    line += ["--root-path", service.root_path, "--label", service.label]
    return [*line, "--consent" if service.ask_consent else "--no-consent"]


def _listen(service: Service) -> socket.socket:
    family = socket.AF_INET6 if ":" in service.host else socket.AF_INET
    try:
        return socket.create_server((service.host, service.port), family=family)
    except OSError as error:
        at = f"Port {service.port} of {service.host} cannot be used ({error})"
        raise InputError(f"{at}: choose another with --port.") from error
