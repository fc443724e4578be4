"""What is remembered of sessions: nothing of calls that are over, and of the others no more than a few hundred."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import httpx

from avatar_app.ui import sessions
from avatar_app.ui.page import build_page
from tests.ui.conftest import serve
from tests.ui.fakes import fake_generate
from tests.ui.test_jobs import wait_for


def test_calls_that_are_over_are_forgotten_however_they_end(portrait: Path) -> None:
    page = build_page(functools.partial(fake_generate, seconds_per_sample=5.0))
    http = httpx.Client(base_url=f"{serve(page)}gradio_api", trust_env=False, timeout=60)

    def call(name: str, **given: Any) -> str:
        fields = http.get("/info").json()["named_endpoints"][f"/{name}"]["parameters"]
        data = [given.get(one["parameter_name"], one.get("parameter_default")) for one in fields]
        return f"/call/{name}/{http.post(f'/call/{name}', json={'data': data}).json()['event_id']}"

    try:
        for _ in range(2):
            assert "event: complete" in http.get(call("stop", run="nobody's")).text
        assert "event: error" in http.get(call("generate", duration=1, instruction="nod")).text, "without a portrait"
        (path,) = http.post("/upload", files={"files": portrait.open("rb")}).json()
        sent = {"path": path, "meta": {"_type": "gradio.FileData"}}
        with http.stream("GET", call("generate", duration=1, instruction="nod", portrait=sent)) as run:
            assert "event: generating" in next(run.iter_text()), "and it is left"
        assert wait_for(lambda: not page._queue.event_ids_to_events)
        http.get(call("stop", run="nobody's"))
        assert len(page.state_holder.session_data) == 1, "the last call is forgotten at the next"
        assert page.state_holder.capacity == sessions.MOST
    finally:
        http.close()
        page.close()
