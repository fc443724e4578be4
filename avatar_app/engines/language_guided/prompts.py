"""The sentences that the published system learned, and the frame they stand in."""

from __future__ import annotations

# What "The person is ..." is completed with.
PROMPTS = (
    "smiling", "angry", "closing eyes", "winking", "shocked", "pouting", "crying", "disgusted", "appalled",
    "opening mouth", "hatred", "surprised", "aha", "annoyed", "awkward", "biting tongues", "blank stare", "confused",
    "duck lips", "incredulous", "mocking", "nervous", "no comment", "oh no", "serious", "stunned", "whatever", "wtf",
)  # fmt: skip
FRAME = "The person is {}."


def as_learned(instruction: str) -> str:
    """A word that was learned in its frame, as "smiling"; any other sentence as it is written."""
    bare = instruction.strip().rstrip(".!").lower()
    return FRAME.format(bare) if bare in PROMPTS else instruction.strip()
