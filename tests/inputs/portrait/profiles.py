"""A colour profile made from its primaries: what phones put into pictures, without a file from anybody."""

from __future__ import annotations

import struct

Primaries = tuple[tuple[float, float, float], ...]  # XYZ under D50 of red, green and blue

SRGB: Primaries = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
DISPLAY_P3: Primaries = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
SWAPPED: Primaries = (SRGB[1], SRGB[0], SRGB[2])
D50 = (0.9642, 1.0, 0.8249)


def matrix_profile(primaries: Primaries, gamma: float = 2.2) -> bytes:
    """An ICC profile of version 2: a display with these primaries and one tone curve."""
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    text = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"made\0" + b"\0" * 78
    tags = [(b"desc", text + b"\0" * (-len(text) % 4)), (b"cprt", b"text\0\0\0\0CC0\0"), (b"wtpt", _xyz(D50))]
    tags += [(name, _xyz(place)) for name, place in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)]
    tags += [(name, curve) for name in (b"rTRC", b"gTRC", b"bTRC")]
    start = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags:
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data
    kind = b"lcms" + struct.pack(">I", 0x02400000) + b"mntrRGB XYZ " + b"\0" * 12 + b"acsp"
    head = struct.pack(">I", start + len(body)) + kind + b"\0" * 28 + _xyz(D50)[8:]
    return head + b"\0" * (128 - len(head)) + table + body


def _xyz(place: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(value * 65536)) for value in place)
