"""Kinds of video files, by the ending of their name: what each is encoded with, and whether it can be transparent."""

from __future__ import annotations

from dataclasses import dataclass

# BT.709 said and done: without it players guess the matrix from the size and skin turns green or pink.
COLOUR = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv")
# The same said of the frames: encoders of newer ffmpegs believe them, and what a filter gives out has no primaries.
NAMED = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
# Measured on a talking head: a fifth less work than veryfast alone, a tenth more bytes, the same SSIM (0.986);
# superfast is as quick and twice as large.
QUICK = ("-preset", "veryfast", "-x264-params", "subme=1:me=dia")
ACCURATE = "accurate_rnd+full_chroma_int"  # swscale's quick arithmetic is off by up to two levels


@dataclass(frozen=True)
class Container:
    """raw: pixel format that the encoder is given. kept: of the video. sound: audio codec and bit rate.

    picture: the encoder's arguments; {crf} stands for its constant quality, shifted by `softer` from x264's scale.
    """

    muxer: str
    raw: str
    kept: str
    picture: tuple[str, ...]
    sound: tuple[str, ...]
    softer: int = 0

    @property
    def channels(self) -> int:
        """Of a frame: 3 for RGB, 4 for RGB and straight alpha."""
        return 4 if self.raw == "rgba" else 3

    @property
    def planar(self) -> bool:
        """Whether frames are to come as the planes that are kept: see planes."""
        return self.raw == self.kept

    def encoder(self, crf: int) -> list[str]:
        """ffmpeg's arguments for picture and colours, its filter included."""
        matrix = f"scale=out_color_matrix=bt709:out_range=tv:flags={ACCURATE},format={self.kept},"
        picture = [word.format(crf=crf + self.softer) for word in self.picture]
        return ["-vf", NAMED if self.planar else matrix + NAMED, *picture, *COLOUR]


CONTAINERS = {
    ".mp4": Container(
        "mp4",
        "yuv420p",
        "yuv420p",
        ("-c:v", "libx264", *QUICK, "-profile:v", "high", "-crf", "{crf}", "-movflags", "+faststart"),
        ("-c:a", "aac", "-b:a", "128k"),
    ),
    # Browsers show VP9's second, hidden picture as transparency; the realtime mode is ten times as fast as the others.
    ".webm": Container(
        "webm",
        "rgba",
        "yuva420p",
        ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "6", "-row-mt", "1", "-auto-alt-ref", "0",
         "-b:v", "0", "-crf", "{crf}"),
        ("-c:a", "libopus", "-b:a", "96k"),
        softer=4,
    ),
    ".mov": Container(
        "mov",
        "rgba",
        "yuva444p10le",
        ("-c:v", "prores_ks", "-profile:v", "4444", "-vendor", "apl0", "-movflags", "+faststart+use_metadata_tags"),
        ("-c:a", "pcm_s16le"),
    ),
}  # fmt: skip


def container_for(ending: str) -> Container:
    """The container for ".mp4", ".webm" or ".mov"."""
    return CONTAINERS[ending.lower()]
