"""A server that another process started ends when that one does, however it ends, by SIGKILL too."""

from __future__ import annotations

import logging
import os
import signal
import threading

STDIN = 0  # os.read: a thread that waits in sys.stdin holds a lock, without which Python cannot end
log = logging.getLogger(__name__)


def end_with_parent() -> None:
    """Tells this process to end (SIGTERM) once its standard input does: a pipe into which the parent writes nothing.

    The system closes the parent's end with the parent, on every platform; nobody else holds one.
    """

    def wait() -> None:
        while os.read(STDIN, 1):
            pass
        log.warning("The process that started this server is gone: it ends, too.")
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent", daemon=True).start()
