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
    address, shape = picture_address(still), f"{still.shape[1]} / {still.shape[0]}"
    style = f"<style>#takes {{ --still: url({address}); --still-shape: {shape}; }}</style>"
    return f'{style}<img src="{address}" alt="First still: the portrait as it will be framed">'


def picture_address(picture: Image) -> str:
    """A picture, (H, W, 3) uint8, made smaller, as an address that holds it."""
    small = Pictures.fromarray(picture)
    small.thumbnail((LONGEST, LONGEST))
    file = io.BytesIO()
    small.save(file, "JPEG", quality=QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
