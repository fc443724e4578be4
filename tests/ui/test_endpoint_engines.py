"""/generate with several engines: each gets its own options, by values and uploaded files, and nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client, handle_file

from tests.ui.test_endpoint import call, options_in


@pytest.fixture(scope="module")
def client(duo_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    client = Client(duo_url, verbose=False, download_files=str(tmp_path_factory.mktemp("got")))
    yield client
    client.close()


def duet(client: Any, voice: Path, portrait: Path, **more: Any) -> dict[str, Any]:
    given = {"engine": "duo", "partner": handle_file(str(voice)), **more}
    return call(client, voice, portrait, **given)[1]


@pytest.mark.parametrize("engine", ["instruct_avatar", "diffposetalk"])
def test_no_engine_gets_a_value_that_nobody_gave(client: Any, voice: Path, portrait: Path, engine: str) -> None:
    _, result = call(client, voice, portrait, engine=engine)
    assert result["request"]["engine"] == engine and options_in(result) == {}


def test_an_engine_gets_its_own_options(client: Any, voice: Path, portrait: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("c d e")
    own = {"warmth": 0.25, "head_motion": False, "mood": "bold", "curve": "1,2.5", "duo_steps": 7}
    result = duet(client, voice, portrait, **own, score=handle_file(str(tmp_path / "notes.txt")))
    del own["duo_steps"]
    assert options_in(result) == {**own, "steps": 7, "score": options_in(result)["score"]}
    assert options_in(result)["score"].endswith("notes.txt")
    assert result["request"]["partner"] == "voice.wav"
    assert options_in(duet(client, voice, portrait)) == {}


def test_a_partner_chooses_an_engine_that_listens(client: Any, voice: Path, portrait: Path) -> None:
    assert duet(client, voice, portrait, engine="")["request"]["partner"] == "voice.wav"
    with pytest.raises(Exception, match="reads no second voice"):
        duet(client, voice, portrait, engine="instruct_avatar")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"every_step": True}, "has no option 'every_step'"),
        ({"mood": "angry"}, "mood must be shy or bold"),
        ({"depth": 1}, "is for its published weights"),
        ({"weights": "published"}, "published weights are"),
        ({"partner": None}, "needs a second voice"),
    ],
)
def test_an_engine_refuses_what_it_does_not_have(
    client: Any, voice: Path, portrait: Path, more: dict[str, Any], words: str
) -> None:
    with pytest.raises(Exception, match=words):
        duet(client, voice, portrait, **more)


@pytest.mark.parametrize("name", ["score", "style_clip", "background_picture", "partner", "portrait"])
def test_no_text_makes_the_server_read_one_of_its_own_files(
    duo_url: str, client: Any, name: str, portrait: Path
) -> None:
    """A client that writes a path where a file belongs, without uploading anything."""
    rows = client.view_api(return_format="dict")["named_endpoints"]["/generate"]["parameters"]
    names = [row["parameter_name"] for row in rows]
    for forged in (str(portrait), {"path": str(portrait), "meta": {"_type": "gradio.FileData"}}):
        data = [row["parameter_default"] for row in rows]
        data[names.index("instruction")] = "smile"
        data[names.index(name)] = forged
        begun = httpx.post(f"{duo_url}gradio_api/call/generate", json={"data": data})
        if begun.status_code == 200:
            answer = httpx.get(f"{duo_url}gradio_api/call/generate/{begun.json()['event_id']}", timeout=30).text
            assert "event: error" in answer and "event: complete" not in answer
