"""The first still of a run as HTML: small in the action bar, and in every take that is still waited for."""

from __future__ import annotations

import base64
import io

from PIL import Image as Pictures

from avatar_app.types import Image

LONGEST = 384  # pixels
QUALITY = 85


def still_html(still: Image) -> str:
    """An image, and the style by which takes that are waited for show it. still: (H, W, 3) uint8."""
    picture = Pictures.fromarray(still)
    picture.thumbnail((LONGEST, LONGEST))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY)
    address = "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
    shape = f"{picture.width} / {picture.height}"
    style = f"<style>#takes {{ --still: url({address}); --still-shape: {shape}; }}</style>"
    return f'{style}<img src="{address}" alt="First still: the portrait as it will be framed">'
