"""Video: what is written plays in a browser, lasts as long as it should, and leaves nothing behind."""

import json
import os
import subprocess
import sys
import tempfile
import textwrap
import threading
from pathlib import Path

import numpy as np
import pytest

from avatar_app.provenance import SIGNATURE
from avatar_app.render.video.writer import probe, provenance, snapshot, write_video
from avatar_app.request import InputError, Stopped
from avatar_app.speech.recording import load_speech

ROOT = Path(__file__).parents[3]
VOICE = ROOT / "assets" / "voices" / "reader_woman.mp3"
ODD_NAMES = ["10:30 take", "out:12/a", "-x", "%03d", 'a\'b "c" [d];e,f', "fünf 🙂", "x" * 251]


def picture(width=128, height=96, shift=0):
    """A smooth coloured picture, (height, width, 3)."""
    y, x = np.mgrid[0:height, 0:width]
    red, green = 255 * ((x + shift) % width) / width, 255 * y / height
    return np.stack([red, green, 0.5 * (red + green)], axis=2).astype(np.uint8)


def film(count, width=128, height=96):
    for k in range(count):
        yield picture(width, height, k)


def test_the_file_is_what_browsers_play(tmp_path):
    speech = load_speech(VOICE)
    write_video(film(speech.frames), (128, 96), tmp_path / "a.mp4", speech, frames_total=speech.frames, metadata={})
    facts = probe(tmp_path / "a.mp4")
    assert facts["codec"] == "h264" and facts["profile"] == "High" and facts["pixel_format"] == "yuv420p"
    assert facts["audio_codec"] == "aac" and facts["audio_rate"] == 48_000
    assert (facts["width"], facts["height"], facts["fps"], facts["faststart"]) == (128, 96, 25.0, True)


@pytest.mark.parametrize("seconds", [0.3, 1.0, 1.23, 2.999])
@pytest.mark.parametrize("rate", [8_000, 44_100])
def test_sound_and_picture_last_equally_long(tmp_path, seconds, rate):
    sound = np.random.default_rng(0).normal(scale=0.1, size=(round(seconds * rate), 2))
    speech = load_speech((rate, sound))
    write_video(film(speech.frames), (128, 96), tmp_path / "a.mp4", speech, frames_total=speech.frames, metadata={})
    facts = probe(tmp_path / "a.mp4")
    assert facts["frames"] == speech.frames
    assert facts["video_seconds"] == pytest.approx(speech.frames / 25)
    assert abs(facts["audio_seconds"] - facts["video_seconds"]) <= 1 / 25


@pytest.mark.parametrize("frames", [50, 200])
def test_sound_is_cut_or_padded_to_the_picture(tmp_path, frames):
    write_video(film(frames), (128, 96), tmp_path / "a.mp4", load_speech(VOICE), frames_total=frames, metadata={})
    facts = probe(tmp_path / "a.mp4")
    assert abs(facts["audio_seconds"] - frames / 25) <= 1 / 25


def test_the_sound_is_the_original_and_in_time(tmp_path):
    speech = load_speech(VOICE)
    write_video(film(speech.frames), (128, 96), tmp_path / "a.mp4", speech, frames_total=speech.frames, metadata={})
    heard = load_speech(tmp_path / "a.mp4").samples[: len(speech.samples)]
    assert np.corrcoef(heard, speech.samples[: len(heard)])[0, 1] > 0.98  # one frame late would be about 0


@pytest.mark.parametrize("level", [0.3, 1.0, 1.6])
def test_the_sound_keeps_its_loudness_and_is_made_softer_where_it_is_too_loud(tmp_path, level):
    tone = (level * np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000)).astype(np.float32)
    frames = iter([np.full((96, 128, 4), 90, np.uint8)] * 25)
    write_video(frames, (128, 96), tmp_path / "a.mov", load_speech((48_000, tone)), frames_total=25, metadata={})
    heard = load_speech(tmp_path / "a.mov").original
    assert np.abs(heard[: len(tone)] - tone / max(level, 1)).max() < 0.01


def test_without_speech_there_is_no_sound_track(tmp_path):
    write_video(film(10), (128, 96), tmp_path / "a.mp4", None, frames_total=10, metadata={})
    assert probe(tmp_path / "a.mp4")["audio_codec"] is None


def test_colours_survive(tmp_path):
    for colour in ([200, 150, 120], [60, 90, 200], [255, 255, 255], [0, 0, 0]):
        frame = np.full((64, 64, 3), colour, np.uint8)
        write_video(iter([frame] * 3), (64, 64), tmp_path / "c.mp4", None, frames_total=3, metadata={})
        assert np.abs(snapshot(tmp_path / "c.mp4", 0.0).mean((0, 1)) - colour).max() <= 1.5


def test_each_moment_shows_its_own_frame(tmp_path):
    levels = np.linspace(20, 230, 50).astype(np.uint8)
    frames = (np.full((64, 64, 3), level, np.uint8) for level in levels)
    write_video(frames, (64, 64), tmp_path / "a.mp4", None, frames_total=50, metadata={})
    for index in (0, 1, 7, 25, 49):
        for within in (0.0, 0.02, 0.039):
            assert snapshot(tmp_path / "a.mp4", index / 25 + within).mean() == pytest.approx(levels[index], abs=2)
    with pytest.raises(InputError, match="must be from 0"):
        snapshot(tmp_path / "a.mp4", 2.0)


def test_odd_sizes_grow_by_a_pixel_instead_of_failing(tmp_path):
    write_video(film(5, 65, 99), (65, 99), tmp_path / "a.mp4", None, frames_total=5, metadata={})
    assert (probe(tmp_path / "a.mp4")["width"], probe(tmp_path / "a.mp4")["height"]) == (66, 100)
    grown = np.pad(picture(65, 99), ((0, 1), (0, 1), (0, 0)), mode="edge")
    difference = np.abs(snapshot(tmp_path / "a.mp4", 0).astype(int) - grown)
    assert difference.mean() < 3 and difference[-1].mean() < 8 and difference[:, -1].mean() < 8


def test_the_container_says_that_it_is_generated(tmp_path):
    words = 'happy; "nods" = yes, fröhlich\n then looks left'
    metadata = provenance(41, {"instruction": words, "engine": "instruct_avatar"})
    write_video(film(5), (128, 96), tmp_path / "a.mp4", None, frames_total=5, metadata=metadata)
    comment = probe(tmp_path / "a.mp4")["metadata"]["comment"]
    told = json.loads(comment)
    assert told == {"made": SIGNATURE, "seed": 41, "request": {"instruction": words, "engine": "instruct_avatar"}}


def test_names_that_a_container_does_not_know_are_kept_in_the_comment(tmp_path):
    metadata = {"comment": "made here", "strength": "1.0"}
    write_video(film(5), (128, 96), tmp_path / "a.mp4", None, frames_total=5, metadata=metadata)
    assert probe(tmp_path / "a.mp4")["metadata"]["comment"] == "made here; strength: 1.0"


def test_the_same_frames_give_the_same_file(tmp_path):
    for name in ("a.mp4", "b.mp4"):
        speech = load_speech(VOICE)
        write_video(
            film(20), (128, 96), tmp_path / name, speech, frames_total=20, metadata=provenance(1, {"instruction": "x"})
        )
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_stopping_leaves_nothing_behind(tmp_path):
    asked = []
    drawn = []

    def endless():
        while True:
            drawn.append(1)
            yield picture()

    def stop():
        asked.append(1)
        return len(asked) > 30

    with pytest.raises(Stopped):
        write_video(
            endless(),
            (128, 96),
            tmp_path / "a.mp4",
            load_speech(VOICE),
            frames_total=10_000,
            metadata={},
            should_stop=stop,
        )
    assert list(tmp_path.iterdir()) == [] and len(drawn) == 31


def broken(count):
    yield from film(count)
    raise ArithmeticError("the renderer failed")


@pytest.mark.parametrize(
    ("frames", "error"),
    [
        (film(4), ValueError),
        (film(6), ValueError),
        (film(5, 64, 96), ValueError),
        (iter([picture().astype(float)] * 5), ValueError),
        (broken(3), ArithmeticError),
        (iter([]), ValueError),
    ],
)
def test_failing_leaves_nothing_behind_and_keeps_what_was_there(tmp_path, frames, error):
    (tmp_path / "a.mp4").write_text("an earlier take")
    with pytest.raises(error):
        write_video(frames, (128, 96), tmp_path / "a.mp4", None, frames_total=5, metadata={})
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
    assert (tmp_path / "a.mp4").read_text() == "an earlier take"


def test_a_failing_encoder_says_why_and_leaves_nothing_behind(tmp_path):
    with pytest.raises(RuntimeError, match="ffmpeg could not write"):
        write_video(film(500), (128, 96), tmp_path / "a.mp4", None, frames_total=500, metadata={}, crf=-999)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_are_just_names(tmp_path, name, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_video(film(3), (128, 96), f"{name}.mp4", load_speech(VOICE), frames_total=3, metadata={})
    assert probe(f"{name}.mp4")["frames"] == 3 and snapshot(f"{name}.mp4", 0.0).shape == (96, 128, 3)
    assert [path.name for path in (tmp_path / f"{name}.mp4").parent.iterdir()] == [f"{name}.mp4".split("/")[-1]]


def test_temporary_files_may_lie_in_an_oddly_named_folder(tmp_path, monkeypatch):
    (tmp_path / "a:b %d").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "a:b %d"))
    write_video(film(3), (128, 96), tmp_path / "a.mp4", load_speech(VOICE), frames_total=3, metadata={})
    assert probe(tmp_path / "a.mp4")["audio_codec"] == "aac"
    assert list((tmp_path / "a:b %d").iterdir()) == []


def test_no_place_for_temporary_files_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere/at/all")
    with pytest.raises(InputError, match="TMPDIR"):
        write_video(film(3), (128, 96), tmp_path / "a.mp4", load_speech(VOICE), frames_total=3, metadata={})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["file/a.mp4", "folder.mp4", "x" * 252 + ".mp4"])
def test_places_that_cannot_be_written_are_told_before_a_frame_is_drawn(tmp_path, name):
    (tmp_path / "file").touch()
    (tmp_path / "folder.mp4").mkdir()

    def never():
        pytest.fail("a frame was drawn")
        yield

    with pytest.raises(InputError, match="Cannot write"):
        write_video(never(), (128, 96), tmp_path / name, None, frames_total=3, metadata={})


def elsewhere(code, *arguments, **environment):
    """Runs code in a process of its own, because limits and encodings are a process's."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        capture_output=True,
        cwd=ROOT,
        env=os.environ | environment,
        timeout=120,
    )


@pytest.mark.skipif(os.name != "posix", reason="limits of file sizes are POSIX")
@pytest.mark.parametrize("ending", [".mp4", ".webm", ".mov"])
def test_an_encoder_that_cannot_write_on_gives_the_system_s_reason(tmp_path, ending):
    done = elsewhere(
        """
        import resource, sys
        import numpy as np
        from avatar_app.render.video.writer import InputError, write_video
        path, channels = sys.argv[1], 3 if sys.argv[1].endswith("mp4") else 4
        noise = (np.random.default_rng(k).integers(0, 255, (96, 128, channels), np.uint8) for k in range(40))
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        try:
            write_video(noise, (128, 96), path, None, frames_total=40, metadata={})
        except InputError as error:
            print(error)
        """,
        tmp_path / f"a{ending}",
    )
    words = done.stdout.decode()
    assert f"a{ending}' (file too large): raise the limit" in words and words.count("\n") == 1, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_system_that_is_not_utf_8_changes_no_name_and_no_tag(tmp_path):
    done = elsewhere(
        """
        import sys
        import numpy as np
        from avatar_app.render.video.writer import provenance, write_video
        assert sys.getfilesystemencoding() == "ascii", sys.getfilesystemencoding()
        frames = iter([np.zeros((64, 64, 3), np.uint8)] * 3)
        words = "fr\\u00f6hlich \\ud800"
        write_video(frames, (64, 64), sys.argv[1], None, frames_total=3, metadata=provenance(1, {"instruction": words}))
        """,
        tmp_path / "fünf.mp4",
        LC_ALL="C",
        PYTHONUTF8="0",
        PYTHONCOERCECLOCALE="0",
    )
    assert done.returncode == 0, done.stderr
    assert '"instruction": "fröhlich ?"' in probe(tmp_path / "fünf.mp4")["metadata"]["comment"]


@pytest.mark.skipif(os.name != "posix", reason="sends a signal to a group")
def test_ctrl_c_reaches_us_and_not_the_encoder(tmp_path):
    """A terminal sends it to the whole group: an encoder that ends by itself would look like a failure."""
    done = elsewhere(
        """
        import os, signal, sys
        import numpy as np
        from avatar_app.render.video.writer import write_video
        os.setpgid(0, 0)
        signal.signal(signal.SIGINT, lambda *_: None)
        def frames():
            for k in range(60):
                if k == 20:
                    os.killpg(0, signal.SIGINT)
                yield np.full((64, 64, 3), k, np.uint8)
        write_video(frames(), (64, 64), sys.argv[1], None, frames_total=60, metadata={})
        """,
        tmp_path / "a.mp4",
    )
    assert done.returncode == 0, done.stderr
    assert probe(tmp_path / "a.mp4")["frames"] == 60


def test_memory_does_not_grow_with_length(tmp_path):
    import tracemalloc

    def peak(count):
        tracemalloc.start()
        write_video(film(count, 320, 320), (320, 320), tmp_path / "a.mp4", None, frames_total=count, metadata={})
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    assert peak(150) < 1.2 * peak(15)


def test_two_videos_at_once_do_not_disturb_each_other(tmp_path):
    def write(name, width):
        write_video(film(30, width), (width, 96), tmp_path / name, load_speech(VOICE), frames_total=30, metadata={})

    threads = [threading.Thread(target=write, args=(f"{width}.mp4", width)) for width in (64, 128, 192)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [probe(tmp_path / f"{width}.mp4")["width"] for width in (64, 128, 192)] == [64, 128, 192]


def test_what_is_no_video_gets_a_sentence(tmp_path):
    (tmp_path / "x.mp4").write_text("no video")
    for path in (tmp_path / "gone.mp4", tmp_path / "x.mp4", VOICE, tmp_path):
        with pytest.raises(InputError):
            probe(path)
