"""The shell: who is answered, how much is taken, and what every answer says."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from avatar_app.request import InputError
from avatar_app.serving import access, limits
from avatar_app.serving.health import State
from avatar_app.serving.limits import Limited, Limits
from avatar_app.serving.origins import allowed_names, host_of, is_address
from avatar_app.serving.serve import Service, middleware
from avatar_app.ui.jobs import THREAD


async def answer(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{len(await request.body())} bytes")


PATHS = ("/", "/gradio_api/upload", "/gradio_api/queue/join")
ROUTES = [Route(path, answer, methods=["GET", "POST"]) for path in PATHS]


def client(service: Service | None = None, state: State | None = None, name: str = "localhost") -> TestClient:
    shell = middleware(service or Service(), state or State())
    return TestClient(Starlette(routes=ROUTES, middleware=shell), base_url=f"http://{name}")


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "192.168.1.7", "[::1]", "avatar.example.org"])
def test_own_names_addresses_and_named_hosts_are_answered(name: str) -> None:
    assert client(Service(names=("avatar.example.org",)), name=name).get("/").status_code == 200


def test_foreign_names_are_not_answered_and_the_way_out_is_told() -> None:
    told = client(name="rebound.example.com").get("/")
    assert told.status_code == 421 and "--allow-host rebound.example.com" in told.text
    assert client(Service(names=("*",)), name="rebound.example.com").get("/").status_code == 200


def test_names_are_read_from_headers_as_browsers_write_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [host_of(one) for one in ("a.org:80", "[::1]:7860", "https://B.org", "null", "", "[")] == [
        "a.org", "::1", "b.org", "null", "", "",
    ]  # fmt: skip
    assert is_address("10.0.0.1") and not is_address("10.0.0.1.example.com")
    monkeypatch.setenv("SPACE_HOST", "me-avatar.hf.space")
    assert "me-avatar.hf.space" in allowed_names("0.0.0.0")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://localhost"}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({}, 200),
    ],
)
def test_other_pages_may_not_send_and_programs_may(headers: dict[str, str], status: int) -> None:
    assert client().post("/gradio_api/upload", content=b"abc", headers=headers).status_code == status
    assert client().get("/", headers=headers).status_code == 200


def test_every_answer_tells_browsers_what_the_page_may_do(monkeypatch: pytest.MonkeyPatch) -> None:
    for told in (client().get("/"), client(name="evil.example").get("/")):
        assert "frame-ancestors 'self'" in told.headers["content-security-policy"]
        assert told.headers["x-content-type-options"] == "nosniff" and told.headers["referrer-policy"] == "same-origin"
    monkeypatch.setenv("SPACE_ID", "me/avatar")
    assert "https://huggingface.co" in client().get("/").headers["content-security-policy"]


def limited(most: Limits) -> TestClient:
    return TestClient(Limited(Starlette(routes=ROUTES), most), base_url="http://localhost")


def test_what_is_too_large_is_refused_before_it_is_read() -> None:
    asked = limited(Limits(body=10, upload=1000))
    assert asked.post("/", content=b"0" * 10).text == "10 bytes"
    refused = asked.post("/", content=b"0" * 11)
    assert refused.status_code == 413 and "smaller file" in refused.text
    assert asked.post("/gradio_api/upload", content=b"0" * 11).text == "11 bytes"


def test_a_body_that_lies_about_its_size_breaks_off() -> None:
    asked = limited(Limits(body=10))
    with pytest.raises(Exception):  # noqa: B017 - the client is left without an answer
        asked.post("/", content=iter([b"0" * 6] * 3))


def test_calls_in_a_minute_and_bytes_in_an_hour_are_counted() -> None:
    asked = limited(Limits(calls=3))
    assert [asked.post("/").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert asked.get("/").status_code == 200
    for quota in (Limits(client_bytes=5000), Limits(all_bytes=5000)):
        asked = limited(quota)
        sent = [asked.post("/gradio_api/upload", content=b"0" * 2000).status_code for _ in range(3)]
        assert sent == [200, 200, 429]
    assert limits.Limits().upload > 128 * limits.MEGABYTE  # what the page says it takes, and its envelope


def test_users_are_let_in_and_others_asked(tmp_path: Path) -> None:
    users = tmp_path / "users"
    access.add_user(users, "ann", "correct horse")
    access.add_user(users, "bob", "battery staple")
    assert "horse" not in users.read_text() and users.stat().st_mode & 0o77 == 0
    asked = client(Service(users=users))
    told = asked.get("/")
    assert told.status_code == 401 and told.headers["www-authenticate"].startswith("Basic")
    for name, password, status in (("ann", "correct horse", 200), ("ann", "correct horse", 200),
                                   ("ann", "battery staple", 401), ("eve", "correct horse", 401)):  # fmt: skip
        assert asked.get("/", auth=(name, password)).status_code == status
    assert asked.get("/", headers={"authorization": "Basic no-base64"}).status_code == 401
    assert asked.get("/", headers={"authorization": "Bearer "}).status_code == 401
    assert asked.get("/health").status_code == 200


def test_a_token_lets_programs_in() -> None:
    asked = client(Service(token="0123456789abcdef"))
    assert asked.get("/", headers={"authorization": "Bearer 0123456789abcdef"}).status_code == 200
    assert asked.get("/", headers={"authorization": "Bearer 0123456789abcdeg"}).status_code == 401
    with pytest.raises(InputError, match="at least 16"):
        client(Service(token="short"))


def test_what_is_no_user_is_refused_with_a_sentence(tmp_path: Path) -> None:
    for name, password in (("a:b", "long enough"), ("", "long enough"), ("ann", "short")):
        with pytest.raises(InputError):
            access.add_user(tmp_path / "users", name, password)
    (tmp_path / "notes").write_text("ann:secret\n")
    for path in (tmp_path / "notes", tmp_path / "none"):
        with pytest.raises(InputError, match=r"users|cannot be read"):
            client(Service(users=path))


def test_a_server_that_loads_or_drains_is_alive_and_not_ready() -> None:
    state = State()
    asked = client(state=state)
    assert (asked.get("/health").status_code, asked.get("/ready").status_code) == (200, 503)
    state.warm.set()
    assert asked.get("/ready").json() == {"status": "ready", "runs": 0}
    end = threading.Event()
    run = threading.Thread(target=end.wait, name=THREAD)
    run.start()
    assert asked.get("/ready").json()["runs"] == 1
    end.set()
    run.join()
    assert asked.post("/gradio_api/queue/join").status_code == 200
    state.draining.set()
    assert asked.post("/gradio_api/queue/join").status_code == 503 and asked.get("/ready").status_code == 503
    assert asked.get("/").status_code == 200 and asked.get("/health").status_code == 200
