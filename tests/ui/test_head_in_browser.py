"""Exported heads and bodies in a browser: gr.Model3D (Babylon.js) shows them, animated, and does not complain."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import PIL.Image
import pytest

from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.motion.clip import Body, MotionClip
from avatar_app.motion.skeleton import JOINT_INDEX, NAME, relaxed
from avatar_app.render.body.figure import load_body
from avatar_app.render.body.gltf import write_body_glb
from avatar_app.render.head.glb import save_glb
from avatar_app.serving.replicas import free_port
from tests.ui.conftest import find_browser

pytestmark = pytest.mark.browser


def turning_head(path: Path) -> None:
    values = MotionClip.still(100).values()
    values[:, CHANNEL_NAMES.index("head_rotation_y")] = 0.6 * np.sin(np.arange(100) / 6)
    values[:, CHANNEL_NAMES.index("jawOpen")] = 0.5 + 0.5 * np.sin(np.arange(100) / 2)
    save_glb(MotionClip.from_values(values), path)


def waving_body(path: Path) -> None:
    joints = np.tile(relaxed(), (100, 1, 1))
    for side in "LR":
        joints[:, JOINT_INDEX[f"lowerarm01.{side}"], 0] -= (1.2 + 1.2 * np.sin(np.arange(100) / 4)).astype(np.float32)
    body = Body(joints, NAME, np.zeros((100, 3), np.float32))
    write_body_glb(MotionClip.from_values(np.zeros((100, 58)), body), load_body(), path)


@pytest.fixture(params=[turning_head, waving_body])
def address(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A page with somebody who keeps moving."""
    request.param(tmp_path / "take.glb")
    with gr.Blocks() as page:
        gr.Model3D(str(tmp_path / "take.glb"), height=220)
    port = free_port()
    page.launch(server_port=port, prevent_thread_lock=True, quiet=True, allowed_paths=[str(tmp_path)])
    yield f"http://127.0.0.1:{port}"
    page.close()


def picture(page: Any) -> np.ndarray:
    return np.asarray(PIL.Image.open(io.BytesIO(page.locator("canvas").screenshot())).convert("RGB")).astype(int)


def test_what_is_exported_plays_in_a_browser(address: str) -> None:
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            # WebGL in software: test machines have no graphics card.
            switches = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
            browser = playwright.chromium.launch(executable_path=find_browser(), args=switches)
        except Error as error:
            pytest.skip(f"no Chromium to show it in: {str(error).splitlines()[0]}")
        page = browser.new_page(viewport={"width": 420, "height": 320})
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        page.locator("canvas").wait_for(timeout=60_000)
        seen = picture(page)
        for _ in range(180):
            if seen.std() > 10:
                break
            page.wait_for_timeout(500)
            seen = picture(page)
        assert seen.std() > 10, "the canvas stayed empty"
        moved = 0.0
        for _ in range(120):
            page.wait_for_timeout(300)
            moved = float((np.abs(picture(page) - seen).max(-1) > 25).mean())
            if moved > 0.005:
                break
        assert moved > 0.005, "nothing moves"
        assert not errors, errors
        browser.close()
