"""Back end on pytorch3d's rasteriser, for those who have that package; light and texture as in the others."""

from __future__ import annotations

from typing import Any

import torch

from avatar_app.render.mesh.scene import Scene
from avatar_app.render.mesh.torch_backend import front, resolve, shade, to_device
from avatar_app.types import Image


def draw(scene: Scene, device: str | torch.device = "cpu") -> Image:
    """(height, width, 4) uint8 of a placed scene; see render_mesh. On a CPU it takes seconds per picture."""
    from pytorch3d.renderer.mesh.rasterize_meshes import rasterize_meshes
    from pytorch3d.structures import Meshes

    rows, columns = scene.size
    with torch.no_grad():
        data = to_device(scene, device)
        chosen = front(data.points, data.triangles)
        # Its picture runs from +1 at the left and top to -1, along the shorter side; pixel centres lie at halves.
        side = min(rows, columns)
        x = (columns - 1 - 2 * data.points[:, 0]) / side
        y = (rows - 1 - 2 * data.points[:, 1]) / side
        depth = 1 / data.points[:, 2].clamp(min=1e-6)
        meshes: Any = Meshes([torch.stack([x, y, depth], 1)], [data.triangles[chosen]])
        # bin_size 0 is the exact search; the coarse one overflows its bins on a dense face.
        found, _, bary, _ = rasterize_meshes(
            meshes,
            image_size=(rows, columns),
            blur_radius=0.0,
            faces_per_pixel=1,
            bin_size=0,
            perspective_correct=True,
            clip_barycentric_coords=True,
        )
        found, bary = found.reshape(-1), bary.reshape(-1, 3)
        covered = found >= 0
        colours = shade(data, chosen[found[covered]], tuple(bary[covered].unbind(1)))
        return resolve(colours, covered, scene.size)
