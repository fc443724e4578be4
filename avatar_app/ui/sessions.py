"""What Gradio remembers of a session: what every part of the page shows there, half a megabyte.

A program's call that names no session is one of its own, which nobody comes back to: it is forgotten once it is over.
"""

from __future__ import annotations

import gradio as gr

MOST = 400  # sessions that are remembered, 200 MB; after that the one that was idle longest is taken for a fresh page


class Calls:
    """Sessions that consist of one call: Gradio names them as it names the call."""

    def __init__(self) -> None:
        self._open = set[str]()

    def note(self, session: str, event: str | None) -> None:
        """A call goes on."""
        if session and session == event:
            self._open.add(session)

    def forget(self, page: gr.Blocks) -> None:
        """Drops what is remembered of calls that are over, by whatever end."""
        for session in self._open - page._queue.event_ids_to_events.keys():
            with page.state_holder.lock:
                page.state_holder.session_data.pop(session, None)
                page.state_holder.time_last_used.pop(session, None)
            self._open.discard(session)
