"""HTML of kept runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from avatar_app.ui.cards import card_html, older_html, take_html, together_html
from avatar_app.ui.store import Kept, Limits, Record, Take


def kept(**more: Any) -> Kept:
    takes = (Take(2, 8, "seed 8", "sample_2.mp4"), Take(1, 7, "seed 7", "sample_1.mp4", "sample_1.motion.npz"))
    settings = {"instruction": "<b>nod</b> & smile", "samples": 3}
    told = {"engine": "InstructAvatar", "takes": takes, "ended": "stopped", "portrait": '"><img src=x>'}
    return Kept(Path("/somewhere/private") / ("a" * 32) / ("b" * 32), Record(0.0, settings, **told | more))


def test_a_card_tells_words_engine_time_and_takes_in_order() -> None:
    card = card_html(kept())
    for words in (
        "&lt;b&gt;nod&lt;/b&gt; &amp; smile",
        "InstructAvatar",
        "2 of 3 takes",
        "stopped",
        "1970-01-01T00:00:00Z",
    ):
        assert words in card
    assert card.index("Take 1") < card.index("Take 2") and 'data-act="delete"' in card


def test_cards_show_no_place_of_the_server_and_no_markup_of_the_user() -> None:
    card = card_html(kept(inputs={"thumbnail": "thumbnail.jpg", "audio": "audio.wav"}, voice="<i>me</i>"))
    assert "somewhere" not in card and "<i>" not in card and "<img src=x>" not in card
    assert f'src="kept/{"a" * 32}/{"b" * 32}/inputs/thumbnail.jpg"' in card and "Voice: &lt;i&gt;me" in card


def test_a_take_without_motion_or_video_says_so() -> None:
    run = kept()
    assert "<video" in (video := take_html(run, run.record.takes[0], ids=True)) and "save-motion" not in video
    motion = take_html(run, Take(1, 7, "seed 7", "", "sample_1.motion.npz"))
    assert "Motion only" in motion and "<video" not in motion and " id=" not in motion


def test_the_joined_video_is_offered_where_there_is_more_than_one_take() -> None:
    both = (Take(1, 7, "seed 7", "sample_1.mp4"), Take(2, 8, "seed 8", "sample_2.mp4"))
    for takes, offered in ((both, True), (both[:1], False), ((both[0], Take(2, 8, "seed 8", "", "m.npz")), False)):
        told = together_html(kept(takes=takes))
        assert ("side-by-side" in told) is offered and "everything.zip" in told


def test_files_can_be_deleted_wherever_there_are_some() -> None:
    assert older_html([], Limits()) == ""
    assert 'data-act="delete-all"' in older_html([], Limits(), others=True)
    assert "14 days" in older_html([kept()], Limits()) and "Earlier runs" in older_html([kept()], Limits())
