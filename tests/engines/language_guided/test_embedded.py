"""The project's own small model: a tiny one trained on one portrait, and takes that it makes through `generate`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from threadpoolctl import threadpool_info
from typer.testing import CliRunner

from avatar_app import generate
from avatar_app.cli.app import app
from avatar_app.engines import registry
from avatar_app.engines.language_guided import edit_transfer, embedded_training, evaluation, face_shards, likeness
from avatar_app.engines.language_guided.acting import Acts, Way
from avatar_app.engines.language_guided.embedded import Networks, load_embedded
from avatar_app.engines.language_guided.embedded_training import Recipe, run
from avatar_app.engines.language_guided.face_batches import People
from avatar_app.engines.language_guided.face_shards import Faces
from avatar_app.engines.language_guided.face_training import FaceRecipe
from avatar_app.engines.language_guided.likeness import tune
from avatar_app.engines.language_guided.picture_networks import CurveMover
from avatar_app.engines.language_guided.poses import actable, height_of, mirrored, random_motion
from avatar_app.engines.language_guided.taught_sentences import Lesson, lessons
from avatar_app.engines.language_guided.wishes_in_time import wishes_in_time
from avatar_app.engines.language_guided.word_training import WordRecipe
from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.inputs.instruction.reading import read_instruction
from avatar_app.motion.clip import MotionClip
from avatar_app.request import InputError, Request
from avatar_app.training.run import TrainingRun
from tests.engines.language_guided.test_engine import keep_frames
from tests.published_runs import with_instructions

pytestmark = pytest.mark.usefixtures("alone")
TINY = Recipe(
    FaceRecipe(2, 2, 3, 1, 2, (8, 8, 8, 8), 16, save_every=100),
    WordRecipe(20, 2, 1, 4, 2, recurrent=8, mapper=16, save_every=100),
)  # 32 pixels


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of two people, 32 pixels of colours that go with their jaws."""
    folder = tmp_path_factory.mktemp("faces")
    rng = np.random.default_rng(0)
    for person in range(2):
        motions = np.stack([random_motion(np.zeros(52, np.float32), rng) for _ in range(4)])
        bright = 60 + 120 * motions[:, ARKIT_INDEX["jawOpen"], None, None, None] + 20 * person
        pictures = np.broadcast_to(bright, (4, 32, 32, 3)).astype(np.uint8).copy()
        face_shards.save_faces(folder / f"faces_{person}_0.safetensors", Faces(pictures, motions))
    return folder


@pytest.fixture(scope="module")
def trained(faces: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of checkpoints with a tiny model in it."""
    folder = tmp_path_factory.mktemp("weights")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded_training, "lessons", few)
        run(TrainingRun(folder / "language_guided", folder, data=faces), TINY)
    path = folder / "language_guided" / "model.safetensors"
    state = {name: value * (0.02 if ".to_rgb" in name else 1) for name, value in load_file(path).items()}
    save_file(state, path)  # pictures of an untrained generator are all black and white
    with_instructions(folder)
    return folder


def few(count: int, seed: int) -> list[Lesson]:
    return [Lesson("smile", {"smile": 0.65}), Lesson("open your mouth", {"open_mouth": 1.0})]


def request(folder: Path, portrait: Any, options: dict[str, Any] | None = None, **more: Any) -> Request:
    asked: dict[str, Any] = {"instruction": "smile", "duration": 0.6, "samples": 1, "seed": 3, "force": True}
    asked |= {"engine": "language_guided", "weights": "embedded", "portrait": portrait, "size": 128}
    own = {"show": "generated", "tuning_steps": 20} | (options or {})
    return Request(**asked | {"output": folder / "out"} | more, options=own)


@pytest.fixture
def drawn(trained: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[np.ndarray]]:
    """The frames of every take that is drawn."""
    monkeypatch.setenv("AVATAR_CHECKPOINTS", str(trained))
    return keep_frames(monkeypatch)


def test_the_command_trains_every_stage_and_goes_on(
    faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_training, "lessons", few)
    monkeypatch.setattr(embedded_training, "Recipe", lambda: TINY)
    words = ["train", "language_guided", "--data", str(faces), "--output", str(tmp_path / "run"), "--steps", "2"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert {path.name for path in (tmp_path / "run").glob("*.csv")} <= {"critic.csv", "faces.csv", "words.csv"}
    networks = load_embedded(tmp_path / "run")
    assert networks.generator.config.size == 32 and networks.motion.config.recurrent == 8
    further = replace(TINY, faces=replace(TINY.faces, steps=5))
    run(TrainingRun(tmp_path / "run", tmp_path, data=faces, stage="faces"), further)
    assert torch.load(tmp_path / "run" / "faces.pt", weights_only=True)["step"] == 5  # three before, two more


def test_faces_and_words_are_learned(faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_training, "lessons", few)
    longer = replace(TINY.faces, critic_steps=4, steps=60, save_every=100)
    more = replace(TINY, faces=longer, words=replace(TINY.words, save_every=100))
    people = People.read(sorted(faces.glob("*.safetensors")))
    off = {}
    for name, recipe in (("before", TINY), ("after", more)):
        folder = tmp_path / name
        run(TrainingRun(folder, tmp_path, data=faces), recipe)
        networks = load_embedded(folder)
        given = next(people.pairs(8, np.random.default_rng(5)))
        with torch.no_grad():
            drawn = networks.generator(networks.encoder(given["source"]))
            off[name] = float((drawn - given["source"]).abs().mean())
    assert off["after"] < 0.7 * off["before"]
    ends = load_file(tmp_path / "after" / "words.safetensors")
    assert not torch.equal(ends["text.mean"], torch.zeros_like(ends["text.mean"]))


def test_each_take_is_what_it_is_alone_and_takes_differ(
    tmp_path: Path, portrait: Path, drawn: list[list[np.ndarray]]
) -> None:
    first, second = generate(request(tmp_path, portrait, samples=2))
    list(generate(request(tmp_path, portrait, seed=4)))
    assert [len(take) for take in drawn] == [15, 15, 15] and first.video is not None and second.motion is None
    by_seed = sorted(drawn[:2], key=lambda take: np.array_equal(take, drawn[2]))
    assert np.array_equal(by_seed[1], drawn[2]) and not np.array_equal(by_seed[0], drawn[2])
    assert json.loads((tmp_path / "out" / "result.json").read_text())["engine"]["weights"] == "embedded"


def test_what_is_asked_reaches_the_frames(tmp_path: Path, portrait: Path, drawn: list[list[np.ndarray]]) -> None:
    asked: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
        ({}, {}), ({"strength": 3.0}, {}), ({"unfold": 0.1}, {}), ({"loop": True}, {}), ({"variation": 0.0}, {}),
        ({"tuning_steps": 5}, {}), ({}, {"instruction": "open your mouth"}), ({}, {"seed": 5}),
    )  # fmt: skip
    for options, more in asked:
        list(generate(request(tmp_path, portrait, options, **more)))
    for k, take in enumerate(drawn[1:], 1):
        assert not np.array_equal(np.stack(drawn[0]), np.stack(take)), asked[k]


def test_a_portrait_is_learned_once_until_it_is_to_be_forgotten(
    tmp_path: Path, portrait: Path, drawn: list[list[np.ndarray]], monkeypatch: pytest.MonkeyPatch
) -> None:
    learned = list[int]()
    monkeypatch.setattr(likeness, "tune", lambda *asked: learned.append(1) or tune(*asked))
    registry.engine_store().forget_people()
    for count in (1, 1):
        list(generate(request(tmp_path, portrait)))
        assert len(learned) == count
    registry.engine_store().forget_people()
    list(generate(request(tmp_path, portrait)))
    assert len(learned) == 2


def test_a_portrait_is_learned_on_all_cores_though_drawing_has_products_on_one(
    tmp_path: Path, portrait: Path, drawn: list[list[np.ndarray]], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, off = set[int](), likeness._off

    def noted(*asked: Any) -> Any:
        seen.update(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")
        return off(*asked)

    monkeypatch.setattr(likeness, "_off", noted)
    registry.engine_store().forget_people()
    list(generate(request(tmp_path, portrait, {"tuning_steps": 1})))
    assert seen == {torch.get_num_threads()}


def test_the_photo_does_what_the_generated_face_does_with_the_voices_lips(
    tmp_path: Path, portrait: Path, drawn: list[list[np.ndarray]], monkeypatch: pytest.MonkeyPatch
) -> None:
    smiling = np.zeros((15, 58), np.float32)
    smiling[:, ARKIT_INDEX["mouthSmileLeft"]] = np.linspace(0, 1, 15)
    monkeypatch.setattr(edit_transfer, "track_landmarks", lambda frames: [frame for frame in frames])
    monkeypatch.setattr(edit_transfer, "fill_gaps", lambda marks, name: np.stack(marks))
    monkeypatch.setattr(edit_transfer, "motion_of", lambda marks, rate, at_rest: MotionClip.from_values(smiling))
    (silent,) = generate(request(tmp_path, portrait, {"show": "photo"}))
    assert silent.motion is not None and silent.video is not None and len(drawn) == 1
    smile = silent.motion.channel("mouthSmileLeft")
    assert smile[-1] > smile[0] + 0.4 and silent.motion.channel("jawOpen").max() < 0.5
    sound = 16_000, (0.2 * np.random.default_rng(0).standard_normal(9600)).astype(np.float32)
    voiced = np.zeros((15, 58), np.float32)
    voiced[:, ARKIT_INDEX["jawOpen"]] = 0.9
    monkeypatch.setattr(
        "avatar_app.engines.language_guided.embedded_engine.spoken",
        lambda conditions, should_stop: [MotionClip.from_values(voiced)],
    )
    (spoken,) = generate(request(tmp_path, portrait, {"show": "photo"}, audio=sound))
    assert spoken.motion is not None and spoken.motion.channel("jawOpen").min() > 0.8
    assert spoken.motion.channel("mouthSmileLeft")[-1] > 0.4


def test_the_default_engine_speaks_for_every_seed(
    tmp_path: Path, portrait: Path, drawn: list[list[np.ndarray]], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[int] = []
    monkeypatch.setattr(edit_transfer, "track_landmarks", lambda frames: [frame for frame in frames])
    monkeypatch.setattr(edit_transfer, "fill_gaps", lambda marks, name: np.stack(marks))
    monkeypatch.setattr(edit_transfer, "motion_of", lambda marks, rate, at_rest: MotionClip.still(len(marks)))
    whole = edit_transfer.with_lips

    def counted(acted: MotionClip, voice: MotionClip) -> MotionClip:
        heard.append(len(voice))
        return whole(acted, voice)

    monkeypatch.setattr("avatar_app.engines.language_guided.embedded_engine.with_lips", counted)
    sound = 16_000, (0.2 * np.random.default_rng(0).standard_normal(9600)).astype(np.float32)
    list(generate(request(tmp_path, portrait, {"show": "photo"}, audio=sound, samples=2, motion_only=True)))
    assert heard == [15, 15]


def test_wishes_come_in_their_own_time_and_words() -> None:
    text = "0-2s: turn your head left; 2-4s: smile slightly"
    wishes = wishes_in_time(read_instruction(text, 4.0), text, 100, 0, 0.0, False, None)
    turn, smile = sorted(wishes, key=lambda one: int(one.there.argmax()))
    assert turn.text == "turn your head left" and smile.text == "smile slightly"
    assert turn.there[25:40].min() > 0.8 and turn.there[55:].max() < 0.05
    assert smile.there[:48].max() < 0.05 and 0.45 < smile.there[65:85].min() <= smile.there.max() < 0.9
    assert all(one.there[0] == 0 for one in wishes)
    text = "extremely surprised, then smile as widely as you can"
    loud = wishes_in_time(read_instruction(text, 4.0), text, 100, 0, 0.0, False, None)
    assert max(float(abs(one.there).max()) for one in loud) < 1.101  # beyond, generators draw no face
    together = wishes_in_time(read_instruction("close your eyes while smiling", 4.0), "", 100, 0, 0.0, True, None)
    assert {one.text for one in together} == {"close the eyes", "smile"}  # they share their words
    assert all(abs(one.there[-1]) < 0.05 for one in together)
    (unread,) = wishes_in_time(read_instruction("the person is aha", 4.0), "aha", 100, 0, 0.0, False, None)
    assert unread.text == "The person is aha." and unread.there.max() > 0.8


def test_takes_live_where_nothing_forbids_it() -> None:
    alive = wishes_in_time(read_instruction("smile", 8.0), "smile", 200, 1, 1.0, False, None)
    assert {"blink", "turn the head left"} <= {one.text for one in alive}
    text = "smile without blinking"
    assert "blink" not in {
        one.text for one in wishes_in_time(read_instruction(text, 8.0), text, 200, 1, 1.0, False, None)
    }


def test_lessons_hold_what_they_ask_for() -> None:
    taught = lessons(40, 0)
    smile = next(one for one in taught if one.text == "smile")
    assert smile.motion[ARKIT_INDEX["mouthSmileLeft"]] > 0.7
    assert {"The person is duck lips.", "wtf"} <= {one.text for one in taught}
    assert all(one.motion.any() for one in taught)
    turned = mirrored(height_of("turn_left") + height_of("smirk_left"))
    assert np.allclose(turned, height_of("turn_right") + height_of("smirk_right"))
    assert {"wink_left", "nod", "happy"} <= set(actable()) and "whisper" not in actable()


def test_what_cannot_be_done_is_said(
    tmp_path: Path, portrait: Path, faces: Path, drawn: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="no 3-D head"):
        list(generate(request(tmp_path, portrait, head="clay")))
    with pytest.raises(InputError, match="give --data FOLDER"):
        run(TrainingRun(tmp_path / "run", tmp_path), TINY)
    with pytest.raises(InputError, match="train the stage critic first"):
        run(TrainingRun(tmp_path / "run", tmp_path, data=faces, stage="faces"), TINY)
    with pytest.raises(InputError, match="train the stage faces first"):
        run(TrainingRun(tmp_path / "run", tmp_path, data=faces, stage="words"), TINY)
    monkeypatch.setenv("AVATAR_CHECKPOINTS", str(tmp_path / "nowhere"))
    registry.engine_store()._slots.clear()
    with pytest.raises(InputError, match="fetch the repository again"):
        list(generate(request(tmp_path, portrait)))


def test_a_generated_face_that_the_tracker_loses_is_told(
    tmp_path: Path, portrait: Path, drawn: list[list[np.ndarray]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="tracker loses the generated face"):
        list(generate(request(tmp_path, portrait, {"show": "photo"})))


def test_sentences_are_judged_on_faces_that_are_drawn(
    trained: Path, portrait: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    smile = np.zeros((50, 58), np.float32)
    smile[10:, :52] = height_of("smile")[:52]
    monkeypatch.setattr(evaluation, "tracked", lambda *given: MotionClip.from_values(smile))
    monkeypatch.setattr(evaluation, "SENTENCES", 2)
    told = [Lesson("smile", {"smile": 0.65}), Lesson("close your eyes", {"close_eyes": 0.65})]
    monkeypatch.setattr(evaluation, "held_out", lambda count: told)
    monkeypatch.setattr(evaluation, "prompts", lambda: [Lesson("The person is smiling.", {"smile": 0.65})])
    figures = evaluation.evaluate(trained / "language_guided", portraits=[portrait])
    assert figures["sentences"]["held out"]["right"] == 0.5 and figures["sentences"]["prompts"]["right"] == 1.0
    assert figures["sentences"]["held out"]["failed"][0].startswith("'close your eyes'")
    assert 0 < figures["off_after_tuning"][0] < figures["off_before_tuning"][0] and figures["real_time_factor"] > 0


def test_a_wish_is_read_by_its_own_words_and_its_name(
    tmp_path: Path, portrait: Path, drawn: list[list[np.ndarray]], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    whole = Networks.read

    def listened(networks: Networks, sentences: list[str]) -> torch.Tensor:
        read.extend(sentences)
        return whole(networks, sentences)

    monkeypatch.setattr(Networks, "read", listened)
    list(generate(request(tmp_path, portrait, {"variation": 0.0}, instruction="grin broadly")))
    assert read == ["grin broadly", "smile"]


def test_every_curve_has_its_own_direction_and_wishes_add_up() -> None:
    mover = CurveMover(4, 32)
    flat = mover.directions.detach().flatten(1)
    assert torch.allclose(flat @ flat.T, torch.eye(58) * flat[0].square().sum(), atol=1e-3)
    rest, smile, nod = (torch.from_numpy(height_of(name).copy())[None] for name in ("whisper", "smile", "nod"))
    assert torch.allclose(mover(rest, smile + nod), mover(rest, smile) + mover(rest, nod), atol=1e-4)


def test_a_tuned_face_moves_as_the_portrait_does(trained: Path) -> None:
    """Fails when only the still picture is tuned for: then a moved face is as bright as it was."""
    networks, motions = load_embedded(trained / "language_guided"), np.zeros((2, 58), np.float32)
    motions[1, ARKIT_INDEX["jawOpen"]] = 1
    pictures = np.full((2, 32, 32, 3), 90, np.uint8)
    pictures[1, 16:] = 170
    likeness = tune(networks, Faces(pictures, motions), 120, lambda done: None, lambda: False)
    moves = networks.mover(*(torch.from_numpy(one)[None] for one in motions))
    with torch.no_grad():
        still, moved = (likeness.generator(likeness.codes + move)[0, :, 16:].mean() for move in (0 * moves, moves))
    assert 127.5 * (moved - still) > 40


def test_no_take_goes_where_the_generator_never_was(trained: Path) -> None:
    networks = load_embedded(trained / "language_guided")
    rest, codes = torch.zeros(1, networks.generator.config.latents, 16), torch.randn(17, len(networks.text_mean))
    ways = tuple(Way(codes, np.full(3, far, np.float32)) for far in (1.0, 1.0))
    free = Acts(ways, rest, [], 3, networks.generator, 1e6).at(networks.motion, slice(0, 3))
    bound = Acts(ways, rest, [], 3, networks.generator, 0.5 * float(free[0].norm())).at(networks.motion, slice(0, 3))
    assert torch.allclose(bound, 0.5 * free, atol=1e-5) and free.abs().max() > 0
