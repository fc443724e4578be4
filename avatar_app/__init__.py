"""Several talking takes of one portrait, from a voice and a sentence.

>>> from avatar_app import Request, generate
>>> for sample in generate(Request(audio="voice.wav", portrait="face.png", instruction="happy, nods")):
...     print(sample.video)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["InputError", "Request", "__version__", "generate"]

if TYPE_CHECKING:
    from avatar_app.generate import generate
    from avatar_app.request import InputError, Request


def __getattr__(name: str) -> Any:
    # Imported on first use so that `import avatar_app` stays free of torch and OpenCV.
    if name == "generate":
        from avatar_app.generate import generate

        return generate
    if name in ("Request", "InputError"):
        from avatar_app import request

        return getattr(request, name)
    raise AttributeError(name)
