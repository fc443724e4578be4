"""Listening: answers at phrase ends and as often as people's, gaze at the partner, resting lips, turns."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.gaze import STEADY_GAZE, eye_angles
from avatar_app.motion.talker import Talker
from avatar_app.training.teacher.body import measures
from avatar_app.training.teacher.body.listening import (
    DELAY,
    KINDS,
    Listening,
    Partner,
    add_listening,
    answers,
    attention,
    listen,
)
from avatar_app.training.teacher.body.person import perform_person
from avatar_app.training.teacher.curves import pauses
from tests.training.teacher.body.scenes import scene, talk


def partner(seconds: float, seed: int = 5) -> Partner:
    talking, accent = talk(seconds, seed)
    return Partner(talking, accent, np.zeros_like(talking))


def heard(seconds: float = 60, seed: int = 0) -> tuple[Partner, Listening]:
    other = partner(seconds, seed)
    return other, listen(np.zeros(len(other.talking)), other, np.random.default_rng(seed))


def test_a_partner_is_read_from_an_articulation() -> None:
    articulation = np.random.default_rng(0).random((40, 26)).astype(np.float32)
    read = Partner.of(articulation)
    assert read.talking.shape == read.accent.shape == read.laughing.shape == (40,)


def test_answers_are_as_frequent_as_peoples() -> None:
    rates = []
    for seed in range(10):
        other, listening = heard(120, seed)
        rates.append(len(listening.responses) / ((other.talking > 0.5).sum() / 25 / 60))
    assert min(rates) > 5 and max(rates) < 13 and 6.5 < np.mean(rates) < 11


def test_answers_come_after_phrase_ends() -> None:
    late = []
    for seed in range(8):
        other, listening = heard(120, seed)
        ends = np.array([start for start, _ in pauses(other.talking) if start > 0])
        for answer in listening.responses:
            before = answer.start - ends
            late.append(before[before > 0].min(initial=9.0))
    late = np.array(late)
    assert np.mean((late >= DELAY[0] - 0.05) & (late <= DELAY[1] + 0.05)) > 0.6


def test_somebody_who_talks_does_not_answer() -> None:
    other = partner(60)
    assert answers(np.ones(1500), other, np.random.default_rng(0)) == ()


def test_answers_are_mostly_nods_and_of_every_kind() -> None:
    kinds = [answer.kind for seed in range(25) for answer in heard(120, seed)[1].responses]
    assert set(kinds) == set(KINDS)
    assert 0.65 < np.mean([kind.startswith("nod") for kind in kinds]) < 0.9


def test_one_listens_while_the_other_talks_and_stops_before_one_talks() -> None:
    own, other = np.zeros(250), np.zeros(250)
    other[25:150] = 1
    own[160:] = 1
    listening = attention(own, other)
    assert listening[40:140].min() > 0.95 and listening[:20].max() == 0 and listening[160:].max() < 0.4
    assert attention(np.ones(250), other).max() == 0


def test_a_listener_looks_at_the_partner_most_of_the_time() -> None:
    other = partner(60, 0)
    where = (2.0, 14.0)
    seen = listen(np.zeros(1500), other, np.random.default_rng(1), Talker(), where)
    attending = seen.attending > 0.9
    assert np.median(seen.head[attending, 1]) == pytest.approx(0.65 * 14, abs=1)
    values = add_listening(np.zeros((1500, 58), np.float32), seen)
    gaze = eye_angles(values)[:, 1] + np.degrees(values[:, 53])
    near = np.abs(gaze - 14)[attending] < 5
    assert 0.6 < near.mean() < 0.97
    assert STEADY_GAZE[1] == 0.75  # what the head's share assumes


def test_lips_rest_while_one_listens() -> None:
    here = scene(30, 2, silent=True)
    for seed in range(3):
        clip = perform_person(here, np.random.default_rng(seed), partner=partner(30, seed))
        assert measures.lips_closed_share(clip, here.talking, partner(30, seed).talking) > 0.95


def test_lips_that_talk_are_left_alone() -> None:
    values = np.full((100, 58), 0.3, np.float32)
    silent = Partner(*(np.zeros(100, np.float32) for _ in range(3)))
    jaw = add_listening(values, listen(np.ones(100), silent, np.random.default_rng(0)))[:, ARKIT_INDEX["jawOpen"]]
    assert np.allclose(jaw, 0.3)


def test_laughter_is_smiled_back_at_a_little_later() -> None:
    other = partner(20)
    laughing = np.zeros(500, np.float32)
    laughing[200:260] = 1
    smiles = listen(np.zeros(500), Partner(other.talking, other.accent, laughing), np.random.default_rng(0)).smile
    assert smiles[215:260].max() > 0.5 and smiles[150:195].max() < 0.45


def test_gaze_goes_away_as_one_begins_and_back_at_the_end() -> None:
    own = np.zeros(400)
    own[150:300] = 1
    other = np.zeros(400, np.float32)
    other[:140] = other[310:] = 1
    away, back = [], []
    for seed in range(40):
        heard_ = listen(own, Partner(other, np.zeros_like(other), np.zeros_like(other)), np.random.default_rng(seed))
        away.append(float(np.abs(heard_.gaze[152, 1]) > 6 and heard_.gazing[152] > 0.9))
        back.append(float(heard_.gazing[296]))
    assert 0.4 < np.mean(away) < 0.85 and min(back) > 0.9


def test_the_measure_finds_the_answers_of_a_whole_person() -> None:
    here, rates = scene(60, 0, silent=True), []
    for seed in range(4):
        other = partner(60, seed)
        clip = perform_person(here, np.random.default_rng(seed), Talker(head=0.6), partner=other)
        assert isinstance(clip, MotionClip) and clip.body is not None
        rates.append(measures.response_rate(clip, other.talking))
    assert 4 < np.mean(rates) < 14


def test_nods_are_down_and_some_degrees_deep() -> None:
    depths = []
    for seed in range(10):
        _, listening = heard(60, seed)
        nodded = [answer.start for answer in listening.responses if answer.kind.startswith("nod")]
        depths += [listening.head[int(at * 25) : int(at * 25) + 12, 0].max() for at in nodded if at < 59]
    assert 3 < np.median(depths) < 10
