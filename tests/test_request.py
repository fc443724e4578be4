"""Request: every limit is checked, and every refusal is one sentence for a person."""

import dataclasses

import numpy as np
import pytest

from avatar_app.request import MAX_SEED, InputError, Request

GOOD = Request(audio="a.wav", portrait="p.png", instruction="happy")


def test_a_plain_request_passes():
    GOOD.check()
    Request(portrait="p.png", instruction="nod", duration=3).check()
    Request(audio="a.wav", motion_only=True).check()
    Request(portrait="p.png", duration=2.0).check()
    dataclasses.replace(GOOD, samples=np.int64(4), motion_strength=np.float32(1.5)).check()


BAD = {
    "nothing to do": ({"audio": None, "instruction": "  "}, "Nothing to do"),
    "long instruction": ({"instruction": "a" * 501}, "501"),
    "long transcript": ({"transcript": "a" * 5001}, "5001"),
    "no samples": ({"samples": 0}, "samples"),
    "eleven samples": ({"samples": 11}, "samples"),
    "half a sample": ({"samples": 2.5}, "whole number"),
    "samples as text": ({"samples": "3"}, "must be a number"),
    "samples as switch": ({"samples": True}, "must be a number"),
    "samples nan": ({"samples": float("nan")}, "samples"),
    "negative seed": ({"seed": -1}, "seed"),
    "huge seed": ({"seed": MAX_SEED + 1}, "seed"),
    "kept seed below 0": ({"keep_seed": -1}, "seed to keep"),
    "face zero": ({"face": 0}, "face"),
    "tiny size": ({"size": 64}, "size"),
    "huge size": ({"size": 4096}, "size"),
    "negative strength": ({"motion_strength": -0.1}, "motion strength"),
    "infinite strength": ({"motion_strength": float("inf")}, "motion strength"),
    "short duration": ({"duration": 0.1}, "duration"),
    "long duration": ({"duration": 601}, "duration"),
}


@pytest.mark.parametrize("name", BAD)
def test_values_outside_their_limits_are_refused_in_a_sentence(name):
    change, words = BAD[name]
    with pytest.raises(InputError, match=words) as caught:
        dataclasses.replace(GOOD, **change).check()
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_every_sample_has_its_own_seed_and_seeds_wrap():
    assert dataclasses.replace(GOOD, samples=3, seed=7).seeds == (7, 8, 9)
    assert dataclasses.replace(GOOD, samples=3, seed=MAX_SEED).seeds == (MAX_SEED, 0, 1)


def test_a_kept_seed_comes_first_and_once():
    assert dataclasses.replace(GOOD, samples=3, seed=7, keep_seed=40).seeds == (40, 7, 8)
    assert dataclasses.replace(GOOD, samples=3, seed=7, keep_seed=8).seeds == (8, 7, 9)
    assert dataclasses.replace(GOOD, samples=1, seed=7, keep_seed=40).seeds == (40,)


def test_a_request_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        GOOD.seed = 3
