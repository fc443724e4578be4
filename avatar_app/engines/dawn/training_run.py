"""`avatar_app train dawn`: on portraits that the portrait renderer moves and a corpus, or as published on films."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from safetensors.torch import load_file
from torch import Tensor

from avatar_app.engines import registry
from avatar_app.engines.dawn import diffusion_training, lfg_films, lfg_training, pbnet_training
from avatar_app.engines.dawn.embedded import PARTS, read_tensors, save_embedded
from avatar_app.engines.dawn.films import build_films, load_film
from avatar_app.engines.dawn.flow_clips import FRAMES, build_clips
from avatar_app.engines.dawn.hearing import Articulation
from avatar_app.engines.dawn.loading import below
from avatar_app.engines.dawn.pair_shards import build_shards
from avatar_app.engines.dawn.paths import BLINK, FILES, POSE
from avatar_app.engines.dawn.shards import pictures_in
from avatar_app.engines.dawn.spoken_motion import Talker
from avatar_app.request import InputError
from avatar_app.speech.encoder import SpeechEncoder
from avatar_app.speech.trained import load_speech_encoder
from avatar_app.training.corpus.sessions import Session
from avatar_app.training.corpus.speech_corpus import corpus_of
from avatar_app.training.corpus.talks import read_talks
from avatar_app.training.films import named_films
from avatar_app.training.loop import processes
from avatar_app.training.run import TrainingRun
from avatar_app.weights import checkpoints_folder

LFG, PBNET, DIFFUSION = lfg_training.STAGE, pbnet_training.STAGE, diffusion_training.STAGE
STAGES = (LFG, PBNET, DIFFUSION)  # the denoiser sees through LFG
RESOLUTION, SEED = 128, 5
PAIRS, CLIPS, FILMS = "pairs", "clips", "films"
TALKS, TALKED = "talks.safetensors", 180  # what the denoiser's voices say: 40 minutes
MADE = {"renderer": "lfg", "denoiser": DIFFUSION, POSE: POSE, BLINK: BLINK}


def run(wish: TrainingRun) -> list[Path]:
    """Trains what is wished; the files of weights, and of the whole model once every stage has been trained.

    --data: a folder of portraits, or for LFG of pairs that were made of them; or a folder of films, from which all
    three stages learn (see films). --start: a folder with a model of this kind. Raises InputError when portraits, the
    corpus of speech or an earlier stage are missing.
    """
    wish.check_stage(STAGES)
    if wish.data is None and wish.stage != PBNET:
        raise InputError("DAWN learns frames from portraits: give --data FOLDER with pictures of faces, or with films.")
    ways: dict[str, Callable[[TrainingRun], list[Path]]] = {LFG: _lfg, PBNET: _pbnet, DIFFUSION: _diffusion}
    stages = STAGES if wish.stage is None else (wish.stage,)
    made = [
        path for stage in stages for path in ways[stage](wish if stage == stages[-1] else replace(wish, steps=None))
    ]
    files = {part: wish.folder / f"{MADE[part]}.safetensors" for part in PARTS}
    if any(not path.exists() for path in files.values()):
        return made
    if processes().is_main_process:
        config = diffusion_training.SMALL
        save_embedded(
            {part: load_file(path) for part, path in files.items()},
            _encoder(),
            wish.folder,
            denoiser={"window": config.window, "predicts": config.predicts},
            motion=pbnet_training.untold(),
            recipe={
                LFG: asdict(lfg_training.LfgRecipe()),
                PBNET: asdict(pbnet_training.PbnetRecipe()),
                DIFFUSION: asdict(diffusion_training.DiffusionRecipe()),
            },
        )
    return made + [wish.folder / name for name in FILES]


def _start(wish: TrainingRun, part: str) -> dict[str, Tensor] | None:
    """A part's weights to begin from."""
    if wish.start is None:
        return None
    return below(read_tensors(wish.start / FILES[0]), f"{part}.")


def _encoder() -> SpeechEncoder:
    """The default engine's, which trains it."""
    return load_speech_encoder(checkpoints_folder() / registry.find_spec(None).name)


def _sessions(wish: TrainingRun) -> list[Session]:
    with processes().main_process_first():  # the others find what is made
        return corpus_of(wish.corpus, wish.hours)


def _films(wish: TrainingRun) -> list[Path]:
    """Shards of the films in --data; none where there are no films."""
    if wish.data is None or next(named_films(wish.data), None) is None:
        return []
    with processes().main_process_first():
        return build_films(wish.folder / FILMS, wish.data, RESOLUTION, Articulation(_encoder()))


def _lfg(wish: TrainingRun) -> list[Path]:
    if films := _films(wish):
        way = lfg_films.FilmRecipe()
        if wish.start is not None:
            raise InputError("On films LFG finds its own flow, and begins anew: leave --start out.")
        return [lfg_films.train(wish.folder, films, replace(way, steps=wish.steps or way.steps), wish.resume)]
    recipe = lfg_training.LfgRecipe()
    recipe = replace(recipe, steps=wish.steps or recipe.steps)
    assert wish.data is not None
    pairs = sorted(wish.data.glob("pairs_*.safetensors"))
    if not pairs:
        sessions = _sessions(wish)
        with processes().main_process_first():
            pairs = build_shards(wish.folder / PAIRS, wish.data, sessions, RESOLUTION, SEED)
    return [lfg_training.train(wish.folder, pairs, recipe, wish.resume, _start(wish, "renderer"))]


def _pbnet(wish: TrainingRun) -> list[Path]:
    recipe = pbnet_training.PbnetRecipe()
    recipe = replace(recipe, steps=wish.steps or recipe.steps)
    if films := _films(wish):
        motions = pbnet_training.motions_of([load_film(path) for path in films], recipe.frames)
    else:
        motions = pbnet_training.make_motions(_sessions(wish), _encoder(), recipe)
    given = wish.folder, motions
    return [pbnet_training.train(*given, kind, recipe, wish.resume, _start(wish, kind)) for kind in (POSE, BLINK)]


def _diffusion(wish: TrainingRun) -> list[Path]:
    recipe = diffusion_training.DiffusionRecipe()
    recipe = replace(recipe, steps=wish.steps or recipe.steps)
    assert wish.data is not None
    lfg = wish.folder / f"{MADE['renderer']}.safetensors"
    if not lfg.exists():
        raise InputError(f"The denoiser sees portraits through LFG, and {lfg} is not there: train the stage lfg first.")
    if films := _films(wish):
        with processes().main_process_first():
            clips = lfg_films.build_clips(wish.folder / CLIPS, films, wish.folder / lfg_films.FOUND, FRAMES)
        return [diffusion_training.train(wish.folder, clips, lfg, recipe, wish.resume, _start(wish, "denoiser"))]
    pictures = pictures_in(wish.data)
    with processes().main_process_first():
        talker = Talker.default(Articulation(_encoder()), read_talks(wish.folder / TALKS, TALKED, SEED))
        clips = build_clips(wish.folder / CLIPS, pictures, talker, RESOLUTION, SEED)
    return [diffusion_training.train(wish.folder, clips, lfg, recipe, wish.resume, _start(wish, "denoiser"))]
