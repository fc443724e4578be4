"""A whole engine in one folder, as docs/architecture.md says: frames from text alone. A test writes it to a file."""

SPEC = """
from dataclasses import dataclass
from pathlib import Path

from avatar_app.engines.base import EngineSpec
from avatar_app.engines.options import option


@dataclass(frozen=True)
class Options:
    brightness: int = option(40, "How bright the words are shown.", kind="int", low=0, high=255)
    inverted: bool = option(False, "Dark words on a light ground.", kind="bool")


def missing(weights: str) -> str:
    there = weights == "embedded" or (Path(__file__).parent / "weights.bin").is_file()
    return "" if there else "The toy's published weights are not installed: put weights.bin beside its spec."


SPEC = EngineSpec(
    name="toy",
    title="Toy",
    summary="Brightness from the length of a sentence.",
    needs=frozenset({"text"}),
    reads=frozenset({"text"}),
    makes="frames",
    options=Options,
    weights=("embedded", "published"),
    missing=missing,
)
"""

ENGINE = """
import numpy as np

from avatar_app.engines.toy.spec import SPEC
from avatar_app.request import Stopped
from avatar_app.sample import EngineSample


class Toy:
    spec, memory, workers, ending, size = SPEC, 1, 2, ".mp4", (128, 128)

    def describe(self):
        return {"engine": "toy"}

    def prepare(self, conditions, should_stop):
        return conditions

    def sample(self, conditions, on_step, should_stop):
        for k, seed in enumerate(conditions.request.seeds):
            if should_stop():
                raise Stopped
            on_step((k + 1) / conditions.request.samples)
            level = conditions.options.brightness + len(conditions.request.instruction) + seed
            yield EngineSample(k + 1, seed, None, (level, conditions.options.inverted, conditions.frames))

    def renderer(self, conditions):
        return self

    def frames(self, sample, should_stop):
        level, inverted, count = sample.native
        for t in range(count):
            grey = min(level + t, 255)
            yield np.full((128, 128, 3), 255 - grey if inverted else grey, np.uint8)

    def attachments(self, sample, folder):
        return []


def load(weights):
    return Toy()
"""
