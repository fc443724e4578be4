"""Renderers of the portraits that were drawn last: other words for the same face need no new matte and background."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.render.portrait.renderer import PortraitRenderer

REMEMBERED = 2  # some 20 MB each at 512 pixels


@dataclass(frozen=True)
class _Asked:
    """digest: Portrait.digest, of all that a renderer reads."""

    digest: str
    portrait: Portrait = field(compare=False)


def renderer_of(portrait: Portrait) -> PortraitRenderer:
    """The portrait's renderer, made or remembered; several threads and takes may share it."""
    return _made(_Asked(portrait.digest(), portrait))


def forget() -> None:
    """Lets go of every face that is remembered."""
    _made.cache_clear()


@lru_cache(maxsize=REMEMBERED)
def _made(asked: _Asked) -> PortraitRenderer:
    return PortraitRenderer(asked.portrait)
