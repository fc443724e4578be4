"""Forms become requests: what was filled in arrives, what is hidden does not, what is missing is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from avatar_app.engines import registry
from avatar_app.engines.options import list_options
from avatar_app.request import InputError, Request
from avatar_app.ui.forms import chosen, still_needed, to_request, with_choices
from avatar_app.ui.option_controls import field_name, start_of
from tests.ui.fakes import FORM

pytestmark = pytest.mark.usefixtures("duo")


def request(**more: Any) -> Request:
    return to_request(with_choices({**FORM, **more}), Path("out"))


def untouched() -> dict[str, Any]:
    """What all option controls of the page hold before anybody touches them."""
    return {
        field_name(spec.name, option): start_of(option)
        for spec in registry.specs().values()
        for option in list_options(spec.options)
    }


def test_form_becomes_a_request() -> None:
    made = request(instruction="smile", samples=2.0, seed=3, size=256.0, face=2.0, motion_strength=0.4, head="beside")
    assert (made.audio, made.portrait, made.instruction) == ("a.wav", "p.png", "smile")
    assert (made.samples, made.seed, made.size, made.face) == (2, 3, 256, 2)
    assert (made.motion_strength, made.head, made.duration) == (0.4, "beside", None)
    assert made.output == Path("out") and made.engine is None and made.options == {}


def test_what_is_said_may_be_told() -> None:
    assert request().transcript is None and request(transcript="  ").transcript is None
    assert request(transcript=" Yes, and no.\n").transcript == "Yes, and no."


def test_a_plan_is_acted_only_where_that_is_ticked() -> None:
    plan = '[{"start": 0, "end": 1, "what": "nod"}]'
    assert request(plan=plan, act_plan=False).plan is None, "it is there to be read"
    assert request(plan=f" {plan}\n", act_plan=True).plan == plan
    assert request(plan="  ", act_plan=True).plan is None, "an empty one is none: the words count"
    assert request(plan=plan).plan == plan, "the endpoint has nothing to tick"


def test_ticking_no_voice_ignores_the_recording() -> None:
    made = request(voiceless=True)
    assert made.audio is None and made.duration == 6.0


def test_an_engine_that_reads_no_voice_needs_no_tick_at_no_voice() -> None:
    made = request(engine="mute", audio=None, portrait=None)
    assert made.audio is None and made.duration == 6.0
    assert request(engine="mute", portrait=None).duration is None, "a voice that is given decides how long it is"


@pytest.mark.parametrize("change", [{"audio": None}, {"portrait": None}, {"samples": 1.5}, {"seed": -1}])
def test_incomplete_form_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        request(**change)


def test_controls_that_were_left_alone_send_nothing() -> None:
    for engine in ("", "instruct_avatar", "diffposetalk"):
        assert request(engine=engine, **untouched()).options == {}


def test_no_engine_gets_what_was_set_for_another() -> None:
    moved = {**untouched(), "instruct_avatar.steps": 33, "diffposetalk.steps": 44, "duo.steps": 11}
    wanted = {"instruct_avatar": 33, "diffposetalk": 44, "duo": 11}
    for engine, steps in wanted.items():
        assert request(engine=engine, partner="q.wav", **moved).options == {"steps": steps}
    assert request(**moved).options == {"steps": 33}, "automatic: the default engine"
    assert request(style_name="calm", **moved).options == {"steps": 44}, "automatic: the engine that reads styles"


def test_the_page_joins_takes_only_when_somebody_asks_and_programs_get_the_joined_video() -> None:
    assert not request().side_by_side
    assert to_request({**FORM, "options": {}}, Path("out")).side_by_side


def test_what_only_one_engine_reads_chooses_it() -> None:
    for given, engine in (
        ({}, "instruct_avatar"),
        ({"style_name": "calm"}, "diffposetalk"),
        ({"style_clip": "clip.npz"}, "diffposetalk"),
        ({"partner": "q.wav"}, "audio2photoreal"),
    ):
        assert chosen({**FORM, **given})[0].name == engine


def test_an_engine_whose_options_were_left_alone_runs_with_its_own_defaults() -> None:
    """The fault there was: one slider of steps, set for one engine, was sent to each."""
    moved = {**untouched(), "instruct_avatar.steps": 33, "instruct_avatar.text_scale": 3.0}
    plan = registry.resolve(request(engine="diffposetalk", **moved))
    assert plan.options == plan.spec.options()


def test_options_of_other_weights_are_not_sent() -> None:
    moved = {**untouched(), "duo.depth": 4.0, "duo.warmth": 0.7}
    asked = with_choices({**FORM, "engine": "duo", "weights": "published", **moved})
    assert asked["options"] == {"depth": 4.0, "warmth": 0.7}
    assert with_choices({**asked, "weights": "embedded"})["options"] == {"warmth": 0.7}


def test_weights_of_another_engine_fall_back_to_the_first() -> None:
    assert request(engine="instruct_avatar", weights="published").weights == "embedded"
    assert with_choices({**FORM, "engine": "diffposetalk", "weights": "published"})["weights"] == "published"


def test_missing_weights_are_told_by_generate() -> None:
    with pytest.raises(InputError, match="published weights are"):
        request(engine="duo", weights="published", partner="q.wav")


def test_a_partner_reaches_only_engines_that_listen_to_one() -> None:
    assert request(engine="duo", partner="q.wav").partner == "q.wav"
    assert request(engine="instruct_avatar", partner="q.wav").partner is None, "it is hidden there"
    with pytest.raises(InputError, match="needs a second voice"):
        request(engine="duo")


@pytest.mark.parametrize(
    ("change", "needed"),
    [
        ({}, []),
        ({"audio": None}, ["a voice"]),
        ({"audio": None, "portrait": None}, ["a voice", "a portrait"]),
        ({"audio": None, "voiceless": True}, []),
        ({"portrait": None, "head": "clay"}, []),
        ({"portrait": None, "head": "beside"}, ["a portrait"]),
        ({"portrait": None, "engine": "diffposetalk", "weights": "published"}, []),
        ({"engine": "duo"}, ["a second voice"]),
        ({"engine": "duo", "partner": "q.wav"}, []),
        ({"engine": "duo", "partner": "q.wav", "voiceless": True}, ["a voice"]),
        ({"engine": "mute", "audio": None, "portrait": None}, []),
        ({"engine": "mute", "audio": None, "portrait": None, "instruction": "  "}, ["an instruction"]),
    ],
)
def test_generate_waits_for_what_the_engine_needs(change: dict[str, Any], needed: list[str]) -> None:
    assert still_needed({**FORM, **change}) == needed
