"""Speech: every way a recording can come in, and every way it can be wrong."""

import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from avatar_app import ffmpeg
from avatar_app.request import InputError
from avatar_app.speech import decoding
from avatar_app.speech.loudness import clipped_share
from avatar_app.speech.recording import load_speech, silence

VOICES = Path(__file__).parents[2] / "assets" / "voices"
VOICE = VOICES / "reader_woman.mp3"


def talk(seconds=2.0, rate=16_000, level=0.1, seed=0):
    """Something shaped like speech: noise in syllables, with pauses between."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * rate)) / rate
    return (level * rng.normal(size=len(t)) * np.clip(np.sin(2 * np.pi * 2 * t), 0, 1)).astype(np.float32)


def write_wav(path, samples, rate=16_000):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((samples.clip(-1, 1) * 32767).astype("<i2").tobytes())
    return path


def encode(source, path, *arguments):
    subprocess.run(ffmpeg.command("-i", str(source), *arguments, str(path)), check=True, capture_output=True)
    return path


def rms(x):
    return float(np.sqrt(np.mean(np.square(x, dtype=np.float64))))


def best_correlation(a, b):
    """The highest correlation over all shifts: codecs may start a little late."""
    size = len(a) + len(b)
    product = np.fft.irfft(np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size)), size)
    return float(product.max() / np.sqrt(np.sum(a**2.0) * np.sum(b**2.0)))


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "a.m4a", "a.ogg", "a.opus", "a.webm", "a.aac", "a.aiff"])
def test_every_sound_format_gives_the_same_voice(tmp_path, name):
    wanted = load_speech(VOICE)
    got = load_speech(encode(VOICE, tmp_path / name))
    assert got.samples.dtype == np.float32 and got.samples.ndim == 1
    assert got.duration == pytest.approx(wanted.duration, abs=0.1)  # raw AAC cannot say where it starts
    assert best_correlation(wanted.samples, got.samples) > 0.95
    assert rms(got.samples) == pytest.approx(rms(wanted.samples), rel=0.1)
    assert got.notes == ()


def tone(hertz, seconds=1.0, rate=48_000):
    return (0.3 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def pitch(sound, rate):
    return np.abs(np.fft.rfft(sound)).argmax() * rate / len(sound)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.m4a"])
def test_both_sides_of_a_stereo_file_stay_where_they_are(tmp_path, name):
    write_wav(tmp_path / "two.wav", np.stack([tone(300), tone(900)], axis=1), 48_000)
    speech = load_speech(encode(tmp_path / "two.wav", tmp_path / f"new_{name}"))
    assert speech.original.shape[1] == 2
    assert [pitch(side, 48_000) for side in speech.original.T] == pytest.approx([300, 900], abs=2)


def test_rates_that_nobody_hears_are_brought_down(tmp_path):
    speech = load_speech(write_wav(tmp_path / "a.wav", tone(440, rate=96_000), 96_000))
    assert speech.original_rate == 48_000 and pitch(speech.original, 48_000) == pytest.approx(440, abs=2)
    assert speech.duration == pytest.approx(1.0, abs=0.01)


def test_of_several_sound_tracks_the_first_is_the_voice(tmp_path):
    first = write_wav(tmp_path / "first.wav", tone(300), 48_000)
    second = write_wav(tmp_path / "second.wav", np.stack([tone(900)] * 2, axis=1), 48_000)
    both = ["-i", str(second), "-map", "0:a", "-map", "1:a", "-disposition:a:0", "0", "-disposition:a:1", "default"]
    speech = load_speech(encode(first, tmp_path / "both.mkv", *both))
    assert pitch(speech.original, 48_000) == pytest.approx(300, abs=2)


def test_the_soundtrack_of_a_video_is_a_voice(tmp_path):
    picture = ["-f", "lavfi", "-i", "color=red:size=64x64:rate=25", "-shortest", "-map", "0:a", "-map", "1:v"]
    clip = encode(VOICE, tmp_path / "clip.mp4", *picture)
    assert load_speech(clip).duration == pytest.approx(load_speech(VOICE).duration, abs=0.1)


def test_a_browser_recording_without_duration_in_its_header_is_read(tmp_path):
    live = tmp_path / "live.webm"
    run = subprocess.run(
        ffmpeg.command("-i", str(VOICE), "-c:a", "libopus", "-f", "webm", "-live", "1", "pipe:1"),
        capture_output=True,
    )
    live.write_bytes(run.stdout)
    assert load_speech(live).duration == pytest.approx(load_speech(VOICE).duration, abs=0.1)
    assert load_speech(live).notes == ()


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000])
def test_any_rate_keeps_length_and_pitch(rate):
    t = np.arange(2 * rate) / rate
    tone = (np.sin(2 * np.pi * 440 * t) * np.clip(np.sin(2 * np.pi * 1.5 * t), 0, 1) * 0.3).astype(np.float32)
    speech = load_speech((rate, tone))
    assert len(speech.samples) == 32_000 and speech.original_rate == rate
    spectrum = np.abs(np.fft.rfft(speech.samples))
    assert np.argmax(spectrum) / 2 == pytest.approx(440, abs=2)


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.uint8, np.float32, np.float64])
def test_any_number_type_gives_the_same_voice(dtype):
    sound = talk() * 2
    top = {"i": 2.0 ** (8 * np.dtype(dtype).itemsize - 1) - 1, "u": 127.0, "f": 1.0}[np.dtype(dtype).kind]
    given = (sound.astype(np.float64).clip(-1, 1) * top + (128 if dtype == np.uint8 else 0)).astype(dtype)
    speech = load_speech((16_000, given))
    assert np.corrcoef(speech.samples, sound)[0, 1] > 0.99
    assert np.abs(speech.original - sound.clip(-1, 1)).max() < 0.02


def test_stereo_is_mixed_for_the_engine_and_kept_for_the_soundtrack():
    left, right = talk(seed=1), talk(seed=2)
    speech = load_speech((16_000, np.stack([left, right], axis=1)))
    assert speech.original.shape == (32_000, 2)
    assert np.corrcoef(speech.samples, left + right)[0, 1] > 0.999
    swapped = load_speech((16_000, np.stack([left, right])))  # (channels, n)
    assert np.array_equal(speech.samples, swapped.samples)


@pytest.mark.parametrize("level", [0.005, 0.02, 0.1, 0.9])
def test_level_of_the_recording_does_not_matter(level):
    wanted, got = load_speech((16_000, talk(level=0.1))), load_speech((16_000, talk(level=level)))
    assert rms(got.samples) == pytest.approx(rms(wanted.samples), rel=0.05)


def test_long_pauses_and_a_slammed_door_do_not_move_the_level():
    plain = load_speech((16_000, talk(4.0, level=0.05)))
    paused = np.concatenate([talk(4.0, level=0.05), np.zeros(16_000 * 30, np.float32)])
    slammed = talk(4.0, level=0.05)
    slammed[20_000:21_000] = 0.95
    for sound in (paused, slammed):
        speech = load_speech((16_000, sound))
        assert rms(speech.samples[:16_000]) == pytest.approx(rms(plain.samples[:16_000]), rel=0.1)
        assert np.abs(speech.samples).max() <= 1.0


def test_original_is_left_as_it_came():
    sound = talk() + np.float32(0.1)
    assert np.array_equal(load_speech((16_000, sound)).original, sound)


def test_dc_offset_is_removed():
    speech = load_speech((16_000, talk() + np.float32(0.3)))
    assert abs(speech.samples.mean()) < 1e-4


@pytest.mark.parametrize("sound", [np.zeros(16_000), np.full(16_000, 0.2), np.zeros((48_000, 2), np.int16)])
def test_silence_warns_and_stays_silent(sound):
    speech = load_speech((16_000, sound))
    assert speech.silent and np.abs(speech.samples).max() < 1e-6
    assert any("muted" in note for note in speech.notes)


def test_room_noise_is_not_blown_up_into_a_voice():
    noise = np.random.default_rng(0).normal(scale=0.002, size=32_000).astype(np.float32)
    speech = load_speech((16_000, noise))
    assert speech.silent and rms(speech.samples) == pytest.approx(0.002, rel=0.05)


def test_a_faint_voice_is_raised_by_a_bounded_gain_and_reported():
    sound = talk(level=0.003)
    speech = load_speech((16_000, sound))
    assert not speech.silent and np.abs(speech.samples).max() <= 32.5 * np.abs(sound).max()
    assert any("quiet" in note for note in speech.notes)


def test_clipping_is_reported_with_its_share():
    loud = np.clip(talk(level=1.5), -1, 1)
    speech = load_speech((16_000, loud))
    assert any("clipped" in note for note in speech.notes)
    assert 0 < clipped_share(loud) < np.mean(np.abs(loud) >= 1) + 1e-9
    assert clipped_share(talk()) == 0.0
    assert not any("clipped" in note for note in load_speech(VOICE).notes)


def test_floats_in_integer_range_are_scaled_and_said_so():
    speech = load_speech((16_000, talk(level=3000.0)))
    assert np.abs(speech.original).max() <= 1.0 and any("scaled" in note for note in speech.notes)


def test_the_same_file_gives_the_same_numbers():
    assert np.array_equal(load_speech(VOICE).samples, load_speech(str(VOICE)).samples)


def test_frames_are_the_ceiling_of_25_per_second():
    for count, frames in ((16_000, 25), (16_001, 26), (15_999, 25), (160_000, 250), (6_400, 10)):
        assert load_speech((16_000, talk(11)[:count])).frames == frames


def test_instruction_only_requests_get_silence():
    speech = silence(3.0)
    assert speech.silent and speech.frames == 75 and not speech.samples.any() and not speech.notes


def test_ten_minutes_are_taken_and_a_second_more_is_not(tmp_path):
    sound = np.resize(talk(8.0, rate=4_000), 600 * 4_000)
    assert load_speech((4_000, sound)).frames == 15_000
    with pytest.raises(InputError, match="at most 10 minutes"):
        load_speech((4_000, np.resize(sound, 602 * 4_000)))
    with pytest.raises(InputError, match="at most 10 minutes"):
        load_speech(write_wav(tmp_path / "long.wav", np.resize(sound, 3_600 * 4_000), 4_000))


BAD_ARRAYS = {
    "empty": (16_000, np.zeros(0), "no samples"),
    "too short": (16_000, np.zeros(1_600), "at least 0.3 s"),
    "nan": (16_000, np.full(16_000, np.nan), "not numbers"),
    "infinite": (16_000, np.array([np.inf] * 16_000), "not numbers"),
    "zero rate": (0, np.zeros(16_000), "sample rate"),
    "negative rate": (-16_000, np.zeros(16_000), "sample rate"),
    "rate as text": ("16000", np.zeros(16_000), "sample rate"),
    "rate nan": (float("nan"), np.zeros(16_000), "sample rate"),
    "three axes": (16_000, np.zeros((16_000, 2, 2)), "shape"),
    "scalar": (16_000, np.float32(0.5), "shape"),
    "complex": (16_000, np.zeros(16_000, complex), "numbers"),
    "words": (16_000, np.array(["a"] * 16_000), "numbers"),
    "switches": (16_000, np.zeros(16_000, bool), "numbers"),
}


@pytest.mark.parametrize("name", BAD_ARRAYS)
def test_bad_arrays_get_one_sentence(name):
    rate, samples, words = BAD_ARRAYS[name]
    with pytest.raises(InputError, match=words) as caught:
        load_speech((rate, samples))
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


@pytest.mark.parametrize("audio", [None, 5, b"RIFF", np.zeros(16_000)])
def test_something_else_than_a_recording_is_refused(audio):
    with pytest.raises(InputError, match="sound file"):
        load_speech(audio)


def test_bad_files_get_one_sentence(tmp_path):
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("hello, this is no sound at all")
    (tmp_path / "cut.wav").write_bytes(b"RIFF\x24\x00\x00\x00WAVE")
    write_wav(tmp_path / "blink.wav", talk(0.1))
    subprocess.run(
        ffmpeg.command("-f", "lavfi", "-i", "color=red:size=64x64:rate=25:duration=1", str(tmp_path / "mute.mp4")),
        check=True,
    )
    for path, words in {
        tmp_path: "folder",
        tmp_path / "gone.wav": "no sound file",
        tmp_path / ("x" * 300): "no sound file",
        tmp_path / "empty.wav" / "below a file": "no sound file",
        tmp_path / "empty.wav": "is empty",
        tmp_path / "text.wav": "not a sound file",
        tmp_path / "cut.wav": "not a sound file",
        tmp_path / "blink.wav": "at least 0.3 s",
        tmp_path / "mute.mp4": "without sound",
    }.items():
        with pytest.raises(InputError, match=words) as caught:
            load_speech(path)
        message = str(caught.value)
        assert message.endswith(".") and "\n" not in message and str(tmp_path) not in message


def test_a_playlist_cannot_make_us_read_another_file(tmp_path):
    secret = write_wav(tmp_path / "secret.wav", talk())
    (tmp_path / "list.m3u8").write_text(f"#EXTM3U\n#EXTINF:2,\n{secret}\n#EXT-X-ENDLIST\n")
    (tmp_path / "list.mp3").write_text(f"ffconcat version 1.0\nfile '{secret.name}'\n")
    for name in ("list.m3u8", "list.mp3"):
        with pytest.raises(InputError, match="not a sound file"):
            load_speech(tmp_path / name)


def test_a_damaged_end_keeps_the_part_before_it(tmp_path):
    whole = encode(VOICE, tmp_path / "whole.ogg").read_bytes()
    (tmp_path / "half.ogg").write_bytes(whole[: len(whole) // 2])
    assert 1.0 < load_speech(tmp_path / "half.ogg").duration < load_speech(VOICE).duration


@pytest.mark.parametrize("name", ["a.m4a", "a.flac", "a.mp3", "a.ogg"])
def test_damage_in_the_middle_is_told_and_the_rest_is_used(tmp_path, name):
    whole = encode(VOICE, tmp_path / name).read_bytes()
    middle = len(whole) // 2
    (tmp_path / name).write_bytes(whole[:middle] + b"\xff" * 200 + whole[middle + 200 :])
    speech = load_speech(tmp_path / name)
    assert any("damaged" in note for note in speech.notes)
    assert load_speech(VOICE).duration - 1.5 < speech.duration < load_speech(VOICE).duration + 0.2


def test_no_more_is_decoded_than_may_be_used(tmp_path, monkeypatch):
    monkeypatch.setattr(decoding, "MAX_SECONDS", 1)
    decoded = decoding.decode(write_wav(tmp_path / "a.wav", talk(8.0)))
    assert len(decoded.samples) / decoded.rate == pytest.approx(
        2.0, abs=0.01
    )  # one more second: too long is told, not cut


@pytest.mark.parametrize(
    "name", ["-i evil.wav", 'a\'b "c".wav', "fünf 🙂.wav", "%03d.wav", "file:x.wav", "10:30 take.wav"]
)
def test_odd_file_names_are_just_names(tmp_path, name, monkeypatch):
    write_wav(tmp_path / name, talk())
    monkeypatch.chdir(tmp_path)
    assert load_speech(name).duration == 2.0


def as_floats(path, samples):
    """A wav file of 32-bit floats, which may lie above full scale."""
    wavfile.write(path, 16_000, samples.astype(np.float32))
    return path


def test_of_stereo_whose_sides_cancel_one_is_heard(tmp_path):
    voice = talk()
    for given in ((16_000, np.stack([voice, -voice], 1)), write_wav(tmp_path / "a.wav", np.stack([voice, -voice], 1))):
        speech = load_speech(given)
        assert not speech.silent and abs(np.corrcoef(speech.samples, voice)[0, 1]) > 0.999
        assert any("cancel each other out" in note for note in speech.notes)
    nearly = load_speech((16_000, np.stack([voice, -0.9 * voice], 1)))
    assert any("cancel each other out" in note for note in nearly.notes) and rms(nearly.samples) > 0.05
    assert load_speech((16_000, np.stack([voice, 0 * voice], 1))).notes == ()


def test_of_several_tracks_the_first_that_speaks_is_heard(tmp_path):
    mute, voice = write_wav(tmp_path / "mute.wav", 0 * talk()), write_wav(tmp_path / "voice.wav", talk())
    speech = load_speech(encode(mute, tmp_path / "both.mkv", "-i", str(voice), "-map", "0:a", "-map", "1:a"))
    assert not speech.silent and any("number 2 is used" in note for note in speech.notes)
    nobody = load_speech(encode(mute, tmp_path / "none.mkv", "-i", str(mute), "-map", "0:a", "-map", "1:a"))
    assert nobody.silent


def test_floats_above_full_scale_are_made_softer_and_never_cut_off(tmp_path):
    loud = talk(level=0.8)
    assert np.abs(loud).max() > 2
    for given in ((16_000, loud), as_floats(tmp_path / "loud.wav", loud)):
        speech = load_speech(given)
        assert np.allclose(speech.original, loud / np.abs(loud).max(), atol=1e-6)
        assert any("scaled down" in note for note in speech.notes)
        assert not any("clipped" in note for note in speech.notes), "the microphone is not to blame"
    assert load_speech((16_000, talk() * 1.05 / np.abs(talk()).max())).notes == ()


@pytest.mark.parametrize("decibels", [-62, -70, -75])
def test_a_voice_far_below_the_noise_of_rooms_is_a_voice(tmp_path, decibels):
    voice = talk(level=10 ** (decibels / 20))
    speech = load_speech(as_floats(tmp_path / "faint.wav", voice))
    assert not speech.silent and any("very quiet" in note for note in speech.notes)
    assert rms(speech.samples) == pytest.approx(rms(load_speech((16_000, talk())).samples), rel=0.1)
    room = np.random.default_rng(1).normal(scale=10 ** (decibels / 20), size=32_000)
    assert load_speech(as_floats(tmp_path / "room.wav", room)).silent
