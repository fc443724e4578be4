"""/generate for programs: gradio_client and MCP."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from avatar_app.render.video.writer import probe


@pytest.fixture(scope="module")
def client(stand_in_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from gradio_client import Client

    client = Client(stand_in_url, verbose=False, download_files=str(tmp_path_factory.mktemp("got")))
    yield client
    client.close()


def call(client: Any, voice: Path | None, portrait: Path, **more: Any) -> tuple[list[str], dict[str, Any]]:
    from gradio_client import handle_file

    sound = handle_file(str(voice)) if voice else None
    given = {"audio": sound, "portrait": handle_file(str(portrait)), "samples": 1, "size": 128, **more}
    files, result = client.predict(**given, api_name="/generate")
    return files, result


def test_only_the_one_endpoint_is_offered(client: Any) -> None:
    offered = client.view_api(return_format="dict")["named_endpoints"]
    assert list(offered) == ["/generate"]
    parameters = {row["parameter_name"]: row for row in offered["/generate"]["parameters"]}
    assert list(parameters)[:5] == ["audio", "portrait", "instruction", "samples", "seed"]
    assert all(row["parameter_has_default"] for row in parameters.values())


def test_files_and_result_come_back_as_plain_values(client: Any, voice: Path, portrait: Path) -> None:
    files, result = call(client, voice, portrait, samples=2, seed=11)
    names = [Path(file).name for file in files]
    assert names[:3] == ["sample_1.mp4", "sample_2.mp4", "side_by_side.mp4"]
    assert {"sample_1.motion.npz", "sample_2.motion.npz", "result.json"} <= set(names)
    assert result == {"seeds": [11, 12], "samples": 2}
    assert probe(files[0])["codec"] == "h264"


def test_no_voice_means_acting_in_silence(client: Any, portrait: Path) -> None:
    files, _ = call(client, None, portrait, instruction="smile", duration=2)
    assert Path(files[0]).name == "sample_1.mp4"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"samples": 11}, "11"),
        ({"samples": 1.5}, "whole number"),
        ({"seed": -1}, "-1"),
        ({"instruction": "x" * 501}, "500"),
        ({"size": 4000}, "4000"),
        ({"steps": 1}, "1"),
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
            return tools, await session.call_tool(tools[0].name, given)

    tools, answer = asyncio.run(talk())
    assert len(tools) == 1 and "talking takes" in tools[0].description
    schema = tools[0].inputSchema["properties"]
    assert "0.3 s to 10 min" in json.dumps(schema["audio"])
    assert not answer.isError, answer.content
    assert "sample_1.mp4" in " ".join(str(part) for part in answer.content)
