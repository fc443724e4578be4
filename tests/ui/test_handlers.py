"""Words, lists of files and examples, without a browser."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from avatar_app.sample import Sample
from avatar_app.ui import examples, handlers

ROOT = Path(__file__).resolve().parents[2]


def test_words_of_the_user_are_not_markup() -> None:
    words = handlers.understood_words(["<script>x</script> [a](b) *c*"], [])
    assert "<script>" not in words and "\\[a\\]" in words and "\\*c\\*" in words
    assert "<img" not in handlers.status_bar("<img src=x>", 0.5)


@pytest.mark.parametrize(
    ("needed", "words"),
    [
        ([], ""),
        (["a voice"], "Still needed: a voice."),
        (["a voice", "a portrait"], "Still needed: a voice and a portrait."),
        (["a voice", "a second voice", "a portrait"], "Still needed: a voice, a second voice and a portrait."),
    ],
)
def test_what_is_needed_is_a_sentence(needed: list[str], words: str) -> None:
    assert handlers.needed_words(needed) == words


def test_files_of_takes_are_listed_with_their_attachments_and_without_what_there_is_not(tmp_path: Path) -> None:
    def sample(index: int, motion: bool) -> Sample:
        names = [f"sample_{index}.mp4", f"sample_{index}.glb", *([f"sample_{index}.motion.npz"] if motion else [])]
        for name in names:
            (tmp_path / name).write_bytes(b"x")
        motion_file = tmp_path / names[2] if motion else None
        return Sample(index, 7, None, motion_file, tmp_path / names[0], {}, (tmp_path / names[1],))

    (tmp_path / "result.json").write_bytes(b"x")
    files = handlers.all_files([sample(2, motion=False), sample(1, motion=True)], tmp_path)
    assert [Path(file).name for file in files] == [
        "sample_1.mp4",
        "sample_2.mp4",
        "sample_1.motion.npz",
        "sample_1.glb",
        "sample_2.glb",
        "result.json",
    ]


def test_examples_are_found_and_may_be_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "ASSETS", tmp_path)
    assert examples.find_examples() == [] and "<video" not in examples.empty_html()
    for folder, name in (("voices", "v.wav"), ("portraits", "p.png"), ("portraits", "q.jpg"), ("portraits", "L.md")):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).write_bytes(b"x")
    rows = examples.find_examples()
    assert [row.portrait.name for row in rows] == ["p.png", "q.jpg"]
    assert all(row.voice.name == "v.wav" and row.instruction for row in rows)


def test_the_page_is_built_before_anything_heavy_is_loaded() -> None:
    code = (
        "import sys; from avatar_app.ui.page import build_page; build_page();"
        "print([m for m in ('torch', 'cv2', 'mediapipe', 'transformers', 'diffusers', 'numba') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"
