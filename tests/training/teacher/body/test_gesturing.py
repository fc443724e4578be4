"""The teacher's gestures and posture: on the accents, within what bodies do, feet planted, never the same twice."""

from __future__ import annotations

import time
from functools import lru_cache

import numpy as np
import pytest

from avatar_app.motion.clip import Body
from avatar_app.motion.skeleton import JOINT_INDEX, NAME, skeleton
from avatar_app.motion.talker import Talker
from avatar_app.training.teacher.body import measures
from avatar_app.training.teacher.body.body_teacher import perform_body, plan_body
from avatar_app.training.teacher.body.clearance import trunk_depth
from avatar_app.training.teacher.body.gesture_phases import accent_times
from avatar_app.training.teacher.body.kinematics import bends_of, joint_places
from avatar_app.training.teacher.body.measures import RANGES
from avatar_app.training.teacher.body.posture import breath, trunk_motion
from avatar_app.training.teacher.body.traits import BodyTraits, affects, body_traits
from avatar_app.training.teacher.curves import pauses
from tests.training.teacher.body.scenes import scene

SEEDS = range(8)


@lru_cache(maxsize=1)
def bodies() -> list[tuple[int, Body]]:
    return [(seed, perform_body(scene(30, seed), np.random.default_rng(seed))) for seed in SEEDS]


def test_a_body_has_the_skeleton_and_as_many_frames() -> None:
    body = perform_body(scene(4), np.random.default_rng(0))
    assert body.skeleton == NAME and body.joints.shape == (100, 54, 3)
    assert body.joints.dtype == body.root.dtype == np.float32
    assert np.isfinite(body.joints).all() and np.isfinite(body.root).all()


def test_the_same_seed_gives_the_same_motion_and_another_seed_another() -> None:
    first, again, other = (perform_body(scene(10), np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert np.array_equal(first.joints, again.joints)
    assert np.abs(measures.wrist_places(first) - measures.wrist_places(other)).mean() > 0.02


def test_gestures_are_as_frequent_as_peoples() -> None:
    rates = [measures.gesture_rate(body, scene(30, seed).talking) for seed, body in bodies()]
    assert RANGES["gestures_per_second"][0] < np.mean(rates) < RANGES["gestures_per_second"][1]


def test_half_the_gestures_are_two_handed() -> None:
    low, high = RANGES["two_handed"]
    assert low < np.mean([measures.two_handed_share(body) for _, body in bodies()]) < high


def test_strokes_are_as_fast_as_peoples() -> None:
    speeds = np.concatenate([measures.stroke_speeds(body) for _, body in bodies()])
    low, high = RANGES["stroke_speed"]
    assert np.quantile(speeds, 0.1) > low - 0.05 and np.quantile(speeds, 0.95) < high
    assert 0.4 < np.median(speeds) < 0.8


def test_apexes_meet_accents_a_little_early_and_not_by_chance() -> None:
    found = [measures.accent_alignment(b, scene(30, s).tracks.accent, np.random.default_rng(0)) for s, b in bodies()]
    own, shuffled = np.mean(found, axis=0)
    assert own < 0.1 and own < 0.65 * shuffled


def plans(seconds: float = 30, traits: BodyTraits | None = None):
    for seed in SEEDS:
        rng, here = np.random.default_rng(seed), scene(seconds, seed)
        own = traits or body_traits(Talker(), rng)
        yield here, plan_body(here, affects(here.emotion), (), own, rng)[0]


def test_planned_apexes_lie_within_a_tenth_of_a_second_before_or_after_their_accent() -> None:
    away = []
    for here, phrases in plans():
        apexes = [p.apex for p in phrases if p.name != "touch"]
        away.append(measures.apex_distances(apexes, accent_times(here.tracks.accent)))
    distances = np.concatenate(away)
    assert np.mean(np.abs(distances) <= 0.1) > 0.93
    assert -0.06 < distances.mean() < 0


def test_phases_last_as_long_as_peoples() -> None:
    phrases = [p for _, made in plans() for p in made if p.name != "touch"]
    strokes = np.array([p.moves[1].length for p in phrases])
    preparations = np.array([p.moves[0].length for p in phrases])
    assert 0.28 < np.median(strokes) < 0.6 and strokes.max() <= 0.601
    assert 0.3 < np.median(preparations) <= 0.8 and preparations.max() <= 0.801
    holds = np.array([p.end - p.apex for p in phrases])
    assert 0.1 < np.median(holds) < 0.8


def test_hands_rest_in_long_pauses_and_at_the_end() -> None:
    rested = []
    for seed, body in bodies():
        here = scene(30, seed)
        for start, end in pauses(here.talking):
            if end - start > 1.4 and start > 0:
                frame = min(int((end - 0.3) * 25), len(body) - 1)
                rested += [bool(measures.resting(measures.wrist_places(body)[:, k])[frame]) for k in (0, 1)]
    assert len(rested) > 10 and np.mean(rested) > 0.6  # others get ready for what comes next
    silent = perform_body(scene(20, silent=True), np.random.default_rng(0), traits=BodyTraits(touches=0.0))
    assert measures.hand_moves(silent) == []


def test_a_hold_lasts_through_a_short_pause() -> None:
    for here, phrases in plans():
        for start, end in pauses(here.talking):
            if end - start < 1.0:
                inside = [p for p in phrases if start - 0.3 < p.end < end and p.name != "touch"]
                assert inside == []


def test_feet_stay_planted_and_joints_within_their_limits() -> None:
    for _, body in bodies():
        assert measures.foot_sliding(body) <= RANGES["foot_sliding"][1]
        assert measures.limit_excess(body) < 1e-5


def test_soles_stay_on_the_floor_and_knees_hardly_bend() -> None:
    for _, body in bodies()[:3]:
        places = joint_places(body.joints, body.root)[1]
        feet = places[:, [JOINT_INDEX["foot.L"], JOINT_INDEX["foot.R"]], 1]
        assert np.ptp(feet) < 1e-3
        assert np.degrees(np.abs(body.joints[:, JOINT_INDEX["lowerleg01.L"], 0])).max() < 35


def test_arms_do_not_go_through_the_trunk() -> None:
    depths = [trunk_depth(bends_of(body.joints.astype(np.float64)))[0].max() for _, body in bodies()]
    assert max(depths) < 0.03 and np.median(depths) < 0.01


def test_nothing_snaps() -> None:
    for _, body in bodies():
        assert measures.jerkiness(body) < 45
        turns = np.abs(np.diff(bends_of(body.joints.astype(np.float64)), axis=0)).max(axis=(0, 2))
        assert np.degrees(turns.max()) < 45  # a frame


def test_hands_are_never_each_others_mirror() -> None:
    for _, body in bodies():
        places = measures.wrist_places(body)
        moving = measures.wrist_speeds(body).min(axis=1) > 0.2
        mirrored = np.abs(places[:, 0] * [-1, 1, 1] - places[:, 1]).max(axis=1)
        assert not moving.any() or np.median(mirrored[moving]) > 0.005


def test_the_preferred_hand_gestures_more() -> None:
    for hand in "LR":
        sides = [p.side for _, made in plans(traits=BodyTraits(hand=hand, dominance=0.85, both=0.3)) for p in made]
        assert sides.count(hand) > 1.25 * (len(sides) - sides.count(hand))


def test_livelier_talkers_gesture_more_and_larger() -> None:
    rngs = [np.random.default_rng(seed) for seed in range(60)]
    calm = [body_traits(Talker(head=0.4), rng) for rng in rngs]
    lively = [body_traits(Talker(head=2.2), rng) for rng in rngs]
    assert np.mean([t.rate for t in lively]) > 1.2 * np.mean([t.rate for t in calm])
    assert np.mean([t.extent for t in lively]) > 1.3 * np.mean([t.extent for t in calm])


def test_feelings_change_size_height_and_bow() -> None:
    def moved(emotion: str) -> tuple[float, float, float]:
        made = [perform_body(scene(24, s, emotion), np.random.default_rng(s)) for s in range(4)]
        speed = np.mean([measures.wrist_speeds(b).mean() for b in made])
        height = np.mean([np.quantile(measures.wrist_places(b)[..., 1], 0.9) for b in made])
        bowed = np.mean([joint_places(b.joints, b.root)[0][:, JOINT_INDEX["spine01"], 1, 2].mean() for b in made])
        return float(speed), float(height), float(bowed)

    excited, sad = moved("excited"), moved("sad")
    assert excited[0] > 1.8 * sad[0] and excited[1] > sad[1] + 0.03
    assert sad[2] < excited[2] - 0.04  # the chest's forward axis looks down


def test_shy_arms_stay_close() -> None:
    def width(emotion: str) -> float:
        wide = []
        for seed in range(4):
            body = perform_body(scene(24, seed, emotion), np.random.default_rng(seed))
            places = measures.wrist_places(body)
            gesturing = places[..., 1] > -0.28
            wide.append(np.abs(places[..., 0][gesturing]).mean())
        return float(np.mean(wide))

    assert width("shy") < 0.9 * width("")


def test_breath_comes_before_talk_and_at_a_human_rate() -> None:
    silent = breath(np.zeros(1500), BodyTraits(breaths=15), np.random.default_rng(0))
    rises = np.flatnonzero((silent[1:] > 0.3) & (silent[:-1] <= 0.3))
    assert 12 <= len(rises) <= 18
    talking = np.zeros(500)
    talking[125:250] = talking[300:450] = 1
    full = [breath(talking, BodyTraits(), np.random.default_rng(seed)) for seed in range(20)]
    assert np.mean([f[300] - f[286] for f in full]) > 0.6


def test_weight_shifts_at_phrase_ends_move_the_hips_some_centimetres() -> None:
    here = scene(60, 3)
    rng = np.random.default_rng(1)
    trunk = trunk_motion(here.talking, (), (), affects(here.emotion), BodyTraits(shifts=8.0), rng)
    assert 0.03 < np.ptp(trunk.place[:, 0]) < 0.14
    assert np.abs(np.diff(trunk.place, axis=0)).max() * 25 < 0.25


def test_ten_seconds_take_a_third_of_a_second_at_most() -> None:
    here = scene(10)
    perform_body(here, np.random.default_rng(0))
    spent = []
    for seed in range(5):
        start = time.process_time()
        perform_body(here, np.random.default_rng(seed))
        spent.append(time.process_time() - start)
    assert min(spent) < 0.3


@pytest.mark.parametrize("frames", [1, 3, 20])
def test_short_scenes_are_no_trouble(frames: int) -> None:
    assert len(perform_body(scene(frames / 25), np.random.default_rng(0))) == frames


def test_a_body_of_other_proportions_stands_and_gestures_too() -> None:
    offsets = skeleton().offsets * 0.9
    body = perform_body(scene(8), np.random.default_rng(0), offsets=offsets)
    assert measures.foot_sliding(body, offsets) < 0.01 and measures.limit_excess(body) < 1e-5
    feet = joint_places(body.joints, body.root, offsets)[1][:, JOINT_INDEX["foot.L"], 1]
    assert np.allclose(feet, 0.9 * 0.07, atol=2e-3)
