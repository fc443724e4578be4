"""Texture coordinates from the files that come with meshes; other files get a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatar_app.render.mesh.texture_layout import read_layout
from avatar_app.request import InputError

TRIANGLES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
OBJ = "v 0 0 0\nvt 0 0\nvt 1 0.25\nvt 1 1\nvt 0 1 0\nf 1/1 2/2 3/3 4/4\n"


def test_an_obj_is_read_with_its_quads_cut_and_its_top_up(tmp_path: Path) -> None:
    (tmp_path / "template.obj").write_text("# made by hand\nvn 0 0 1\n" + OBJ)
    layout = read_layout(tmp_path / "template.obj", TRIANGLES)
    np.testing.assert_array_equal(layout.triangles, TRIANGLES)
    np.testing.assert_array_equal(layout.uv_triangles, TRIANGLES)
    np.testing.assert_allclose(layout.uv, [[0, 1], [1, 0.75], [1, 0], [0, 0]])
    layout.check(4, "template.obj")
    with pytest.raises(InputError, match="uses 4 vertices, this one has 5"):
        layout.check(5, "template.obj")


def test_an_npz_is_read_for_the_meshs_own_triangles(tmp_path: Path) -> None:
    np.savez(tmp_path / "uv.npz", vt=np.eye(3, 2), ft=TRIANGLES % 3)
    layout = read_layout(tmp_path / "uv.npz", TRIANGLES)
    np.testing.assert_allclose(layout.uv, [[1, 1], [0, 0], [0, 1]])
    np.savez(tmp_path / "few.npz", vt=np.eye(3, 2), ft=TRIANGLES[:1])
    with pytest.raises(InputError, match="texture triangles"):
        read_layout(tmp_path / "few.npz", TRIANGLES)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("plain.obj", "v 0 0 0\nf 1 2 3\n", "no texture coordinates"),
        ("odd.obj", "vt a b\nf 1/1 2/1 3/1\n", "no texture coordinates"),
        ("text.npz", "no archive", "no texture coordinates"),
    ],
)
def test_other_files_get_a_sentence(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=words):
        read_layout(tmp_path / name, TRIANGLES)
    with pytest.raises(InputError, match=r"no file 'none\.obj'"):
        read_layout(tmp_path / "none.obj", TRIANGLES)
