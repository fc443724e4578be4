"""Several talking takes of one portrait, from a voice and a sentence.

>>> from avatar_app import Request, generate
>>> for sample in generate(Request(audio="voice.wav", portrait="face.png", instruction="happy, nods")):
...     print(sample.video)
"""

from __future__ import annotations

__version__ = "0.1.0"

# Light modules: torch and the rest are imported when a request is walked through.
from avatar_app.generate import generate
from avatar_app.request import InputError, Request

__all__ = ["InputError", "Request", "__version__", "generate"]
