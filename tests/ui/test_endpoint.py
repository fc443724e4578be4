"""/generate for programs: gradio_client and MCP."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import handle_file

from avatar_app.engines.surface import surface_options
from avatar_app.render.video.writer import probe


@pytest.fixture(scope="module")
def client(stand_in_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from gradio_client import Client

    client = Client(stand_in_url, verbose=False, download_files=str(tmp_path_factory.mktemp("got")))
    yield client
    client.close()


def call(client: Any, voice: Path | None, portrait: Path, **more: Any) -> tuple[list[str], dict[str, Any]]:
    sound = handle_file(str(voice)) if voice else None
    given = {"audio": sound, "portrait": handle_file(str(portrait)), "samples": 1, "size": 128, **more}
    files, result = client.predict(**given, api_name="/generate")
    return files, result


def test_two_endpoints_are_offered(client: Any) -> None:
    offered = client.view_api(return_format="dict")["named_endpoints"]
    assert list(offered) == ["/generate", "/stop"]
    parameters = {row["parameter_name"]: row for row in offered["/generate"]["parameters"]}
    assert list(parameters)[:5] == ["audio", "portrait", "instruction", "samples", "seed"]
    assert all(row["parameter_has_default"] for row in parameters.values())


def test_every_option_of_every_engine_is_a_field_that_nobody_has_to_fill_in(client: Any) -> None:
    offered = client.view_api(return_format="dict")["named_endpoints"]
    parameters = {row["parameter_name"]: row for row in offered["/generate"]["parameters"]}
    for one in surface_options(parameters.keys() & {"audio", "portrait", "size", "head"}):
        if one.option.kind == "path":
            assert one.name not in parameters
            continue
        row = parameters[one.name]
        assert row["parameter_default"] is None
        assert (row["component"] == "File") == (one.option.kind == "file"), "no text becomes a path"


def test_files_and_result_come_back_as_plain_values(client: Any, voice: Path, portrait: Path) -> None:
    files, result = call(client, voice, portrait, samples=2, seed=11)
    names = [Path(file).name for file in files]
    assert names[:3] == ["sample_1.mp4", "sample_2.mp4", "side_by_side.mp4"]
    assert {"sample_1.motion.npz", "sample_2.motion.npz", "result.json"} <= set(names)
    assert result["seeds"] == [11, 12] and result["samples"] == 2 and result["complete"]
    assert probe(files[0])["codec"] == "h264"


def test_no_voice_means_acting_in_silence(client: Any, portrait: Path) -> None:
    files, result = call(client, None, portrait, instruction="smile", duration=2)
    assert Path(files[0]).name == "sample_1.mp4"
    assert result["request"]["audio"] is None and result["request"]["duration"] == 2


def test_every_field_arrives(client: Any, voice: Path, portrait: Path, tmp_path: Path) -> None:
    shutil.copy(portrait, tmp_path / "wall.png")
    given = {"instruction": "nods", "seed": 5, "motion_strength": 0.5, "size": 144, "framing": "face", "face": 1}
    given |= {
        "plan": '[{"start": 0, "end": 1, "what": "nod"}]',
        "transcript": "yes and no",
        "head": "textured",
        "engine": "diffposetalk",
        "style": "calm",
    }
    places = "eye_left 300,110; eye_right 220,110; chin 260,220"
    more = {"background": "picture", "background_picture": handle_file(str(tmp_path / "wall.png")), "points": places}
    _, result = call(client, voice, portrait, **given, **more)
    asked = result["request"]
    assert {name: asked[name] for name in given} == given
    assert asked["points"] == places and asked["background"] == "wall.png"
    assert (asked["audio"], asked["portrait"], asked["duration"]) == ("voice.wav", "astronaut.png", None)
    assert options_in(result) == {}


def options_in(result: dict[str, Any]) -> dict[str, Any]:
    return {name[7:]: value for name, value in result["request"].items() if name.startswith("option ")}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"samples": 11}, "11"),
        ({"samples": 1.5}, "whole number"),
        ({"seed": -1}, "-1"),
        ({"instruction": "x" * 501}, "500"),
        ({"size": 4000}, "4000"),
        ({"steps": 1}, "steps must be from 2 to 100; got 1"),
        ({"every_step": True}, "InstructAvatar has no option 'every_step'"),
        ({"engine": "nobody"}, "no engine called 'nobody'"),
        ({"weights": "published"}, "has no published weights"),
        ({"instruction": "refuse"}, "This instruction is refused"),
    ],
)
def test_limits_are_those_of_the_command_line(
    client: Any, voice: Path, portrait: Path, more: dict[str, Any], words: str
) -> None:
    with pytest.raises(Exception, match=words):
        call(client, voice, portrait, **more)


def test_assistants_can_call_it_as_a_tool(stand_in_url: str, voice: Path, portrait: Path) -> None:
    def inline(path: Path, kind: str) -> str:
        return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"

    async def talk() -> tuple[list[Any], Any]:
        from mcp import ClientSession
        from mcp.client.streamable_http import streamablehttp_client

        async with (
            streamablehttp_client(f"{stand_in_url}gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            tools = (await session.list_tools()).tools
            given = {
                "audio": inline(voice, "audio/wav"),
                "portrait": inline(portrait, "image/png"),
                "samples": 1,
                "size": 128,
            }
            stopped = await session.call_tool("stop", {"run": "nobody's"})
            assert not stopped.isError and "false" in str(stopped.content).lower()
            return tools, await session.call_tool("generate", given)

    tools, answer = asyncio.run(talk())
    assert [tool.name for tool in tools] == ["generate", "stop"] and "talking takes" in tools[0].description
    schema = tools[0].inputSchema["properties"]
    for name in ("points", "background", "steps", "text_scale"):
        assert schema[name]["description"].endswith((".", '".', ".)")), "told to its end"
    assert schema["steps"]["type"] == "number" and "default" not in schema["steps"]
    assert "0.3 s to 10 min" in json.dumps(schema["audio"])
    assert not answer.isError, answer.content
    assert "sample_1.mp4" in " ".join(str(part) for part in answer.content)
    result = json.loads(answer.content[-1].text)
    assert result["complete"] is True and result["samples"] == 1


def test_progress_and_finished_takes_come_while_it_runs(client: Any, voice: Path, portrait: Path) -> None:
    given = {"audio": handle_file(str(voice)), "portrait": handle_file(str(portrait)), "samples": 3, "size": 128}
    job = client.submit(**given, api_name="/generate")
    told = set()
    while not job.done():
        told.update(unit.desc for unit in job.status().progress_data or [])
        time.sleep(0.05)
    *news, (files, result) = job.outputs()
    partial = [sum(file.endswith(".mp4") for file in found) for found, _ in news]
    assert partial == sorted(partial) and any(0 < count < 3 for count in partial)
    assert all(not row["complete"] and 0 <= row["progress"] <= 1 and row["message"] for _, row in news)
    assert result["complete"] and len(files) > 3
    assert any("Drawing take" in row["message"] for _, row in news)
    assert told  # clients that show progress apart are told, too; how much of it depends on when they ask


def test_the_result_has_a_schema_and_every_field_a_name_of_its_own(client: Any) -> None:
    offered = client.view_api(return_format="dict")["named_endpoints"]["/generate"]
    assert not [row for row in offered["parameters"] if "param" in row["parameter_name"]]
    assert [row["label"] for row in offered["returns"]] == ["files", "result"]
    assert "complete: bool" in offered["returns"][1]["python_type"]["type"]


RAW = ("Error:", "Exception", "could not convert", "object", "NoneType", "Traceback", "Errno", "Something went wrong")


def test_no_bad_value_of_any_field_is_answered_in_raw_python_or_leaves_a_traceback(
    stand_in_url: str, voice: Path, portrait: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Straight to the address, as a program would that knows nothing of kinds."""
    caller = httpx.Client(base_url=f"{stand_in_url}gradio_api", timeout=60, trust_env=False)
    fields = caller.get("/info").json()["named_endpoints"]["/generate"]["parameters"]

    def sent(path: Path) -> dict[str, Any]:
        kept = caller.post("/upload", files={"files": (path.name, path.read_bytes())}).json()[0]
        return {"path": kept, "orig_name": path.name, "meta": {"_type": "gradio.FileData"}}

    given = {"audio": sent(voice), "portrait": sent(portrait), "samples": 1, "instruction": "refuse"}

    def answer(**more: Any) -> str:
        values = [{**given, **more}.get(row["parameter_name"], row["parameter_default"]) for row in fields]
        event = caller.post("/call/generate", json={"data": values}).json()["event_id"]
        return caller.get(f"/call/generate/{event}").text

    caplog.set_level("ERROR")
    elsewhere = {"path": "/etc/hostname", "meta": {"_type": "gradio.FileData"}}
    broken = voice.parent / "broken.png"
    broken.write_bytes(b"no picture")
    tries: list[dict[str, Any]] = [{row["parameter_name"]: {"a": 1}} for row in fields]
    tries += [{"samples": 1e30}, {"seed": "abc"}, {"style_weight": "x"}, {"portrait": elsewhere}, {"audio": "x" * 9000}]
    tries += [{"background": "picture", "background_picture": sent(broken)}, {"plan": "[{"}, {"run": 7}]
    for more in tries:
        said = answer(**more)
        assert "event: error" in said, more
        assert not [words for words in RAW if words in said] and len(said) < 1500, (more, said)
    assert "Traceback" not in capfd.readouterr().err
    assert not caplog.records
