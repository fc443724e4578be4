"""Post-processing of motion: lip closure, blending with the articulation, suppression of actions, smoothing."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d, grey_closing, grey_dilation, grey_opening, minimum_filter1d
from scipy.signal import savgol_filter

from avatar_app.face.arkit import ARKIT_INDEX, ARKIT_NAMES, CHANNEL_NAMES
from avatar_app.face.facs import ACTIONS, arkit_from_aus
from avatar_app.request import FPS
from avatar_app.speech.encoder import CLOSURE, SHAPES, TALKING, TUCK
from avatar_app.speech.lip_targets import CHANNELS
from avatar_app.types import Array

BLINK_FRAMES = 17  # what opens again within them is a blink
OPEN_FRAMES = 15  # a jaw that is open for longer is held open, not talking
NOD_FRAMES = 8.0  # sigma: what is quicker nods or shakes
HELD_FRAMES = 9  # lids down for longer are held shut, not blinking
FOLLOWED = {"jawOpen": 0.75, "mouthFunnel": 0.45, "mouthPucker": 0.45}  # how far each is drawn to the articulation
RAISED = 0.25, 0.15  # share of the jaw's opening that a closure, and a tucked lip, takes back
KNEE = 0.6  # coefficient above which strong expressions are bent
EBBED = 0.8  # how much of a feeling's ebb is seen for sure
HARDLY_OPEN = 0.01, 0.045  # jawOpen that counts as shut, and as open, in silence
PAUSE_FRAMES = 30  # at most, between words that belong together
# Degrees a second that count as hardly moving, while somebody talks and in pauses; and what faster turns gain.
LAZY, LAZY_IN_PAUSES, QUICKER = 5.0, 12.0, 1.1
# Degrees of pitch, yaw and roll up to which heads turn freely, and what more there is however far they are drawn.
FREELY, BENT = np.array((18.0, 26.0, 16.0)), np.array((12.0, 14.0, 10.0))
HOME = 37.0  # frames, sigma, within which the head is back where it was to be
NEAR_TALK = 50  # frames: longer silence is no pause
UNLAUGHING = 0.28  # of smiles and cheeks that are not to laugh
FORBIDDEN = 0.92  # share of a forbidden action that is taken away
RESTLESS = 1.3  # of lips in pauses
SYLLABLES = 12.0  # frames, sigma of what counts as slow against them
STEADY_FRAMES = 13  # of the smoothing: passes nods of 2 Hz, takes away what shakes faster


def _columns(*names: str) -> list[int]:
    return [i for i, name in enumerate(ARKIT_NAMES) if name.startswith(names)]


_OPENERS = _columns("mouthUpperUp", "mouthLowerDown", "mouthFunnel")
_RESTING_LIPS = _columns("jawOpen", "mouthClose", "mouthUpperUp", "mouthLowerDown")
_STRETCH = _columns("mouthStretch")
_SMILE = _columns("mouthSmile", "mouthDimple", "cheekSquint")
_LIDS = _columns("eyeBlink")
_FACE = _columns("brow", "cheek", "nose", "mouthSmile", "mouthFrown", "mouthDimple", "eyeSquint", "eyeWide")
_SLOW = [*_FACE, *range(len(ARKIT_NAMES), len(CHANNEL_NAMES))]


def enforce_lip_closure(face: Array, closure: Array) -> None:
    """Lip closure: shuts the lips in place as far as `closure` (T,) in [0, 1] says. face: (T, 52 or more) ARKit.

    A closure presses past contact (Löfqvist & Gracco 1996); the jaw stays where it is unless it is wide open.
    """
    face[:, _OPENERS] *= (1 - closure)[:, None]
    face[:, _STRETCH] *= (1 - 0.5 * closure)[:, None]
    jaw, close = face[:, ARKIT_INDEX["jawOpen"]], face[:, ARKIT_INDEX["mouthClose"]]
    np.minimum(jaw, 1 - 0.75 * closure, out=jaw)
    np.maximum(close, closure**2 * np.minimum(1.1 * jaw + 0.02, 1), out=close)


def smooth_jaw(face: Array) -> None:
    """Smooths the jaw in place with weights 1:6:1: a jaw is too heavy to change its pace from frame to frame.

    Comes before `enforce_lip_closure`, which makes the closures whole again. face: (T, 52 or more) ARKit.
    """
    jaw = face[:, ARKIT_INDEX["jawOpen"]]
    around = np.pad(jaw, 1, mode="edge")
    jaw[:] = (around[:-2] + 6 * jaw + around[2:]) / 8


def blend_articulation(face: Array, articulation: Array) -> None:
    """Blends jaw and rounding in place with the articulation: denoisers tell vowels apart less than it does.

    Only changes of about a second and less, scaled to the sample's own, so that a mouth asked to be open, an effort or
    a speaker's small mouth stay. face: (T, 52 or more) ARKit. articulation: (T, 26), see SpeechEncoder.articulation.
    """
    shapes, talking = articulation[:, :SHAPES].copy(), articulation[:, TALKING]
    raised = (1 - RAISED[0] * articulation[:, CLOSURE]) * (1 - RAISED[1] * articulation[:, TUCK])
    shapes[:, CHANNELS.index("jawOpen")] *= raised
    for name, followed in FOLLOWED.items():
        curve = face[:, ARKIT_INDEX[name]]
        quick, wanted = (x - gaussian_filter1d(x, SYLLABLES) for x in (curve, shapes[:, CHANNELS.index(name)]))
        spread = float(np.sqrt(np.sum(talking * quick**2) / (np.sum(talking * wanted**2) + 1e-9)))
        curve += followed * talking * (min(spread, 2.0) * wanted - quick)
        np.clip(curve, 0, 1, out=curve)


def soften_limits(face: Array) -> None:
    """Bends strong brows, cheeks and smiles in place below their limit: at the limit itself a face is a mask.

    face: (T, 52 or more), as it comes, also above 1. Up to KNEE nothing changes; what is above approaches 0.95.
    """
    slow = face[:, _FACE]
    reach = 0.95 - KNEE
    face[:, _FACE] = np.where(slow > KNEE, KNEE + reach * np.tanh((slow - KNEE) / (1.4 * reach)), slow)


def let_ebb(face: Array, feeling: Array) -> None:
    """Lets expressions ebb in place: a denoiser answers a strong feeling at its limit, however it rises and falls.

    face: (T, 52 or more). feeling: (T, 1), 1 or more at its fullest and where nothing is felt.
    """
    face[:, _FACE] *= 1 - EBBED * (1 - np.minimum(feeling, 1))


def settle_jaw(face: Array, talking: Array) -> None:
    """Shuts in place, while nobody talks, a jaw that is hardly open: a denoiser's idea of shut is a few hundredths.

    Not in pauses of about a second or less, in which lips stay parted. face: (T, 52 or more). talking: (T,) in [0, 1].
    """
    talking = grey_closing(np.pad(talking, PAUSE_FRAMES), PAUSE_FRAMES)[PAUSE_FRAMES:-PAUSE_FRAMES]
    jaw = face[:, ARKIT_INDEX["jawOpen"]]
    seen = np.clip((jaw - HARDLY_OPEN[0]) / (HARDLY_OPEN[1] - HARDLY_OPEN[0]), 0, 1)
    jaw *= talking + (1 - talking) * seen * seen * (3 - 2 * seen)


def pace_head(values: Array, talking: Array) -> None:
    """Lets the head of (T, 58) rest and move by turns, in place: a denoiser's drifts always, as no head does.

    Slow turning becomes slower, quick a little quicker, and pauses between words calm both (people slow down to 0.56 of
    their speed there). Heads stay within what talkers who face somebody turn to. Where the head is within about three
    seconds stays. talking: (T,) in [0, 1].
    """
    angles = np.rad2deg(values[:, 52:55])
    turning = np.diff(angles, axis=0)
    speed = gaussian_filter1d(FPS * np.linalg.norm(turning, axis=1), 4.0) if len(turning) else np.zeros(0)
    near = grey_dilation(talking, 2 * NEAR_TALK + 1)
    busy = gaussian_filter1d(np.maximum(talking, 1 - near), 3.0)[1:]
    lazy = LAZY * busy + LAZY_IN_PAUSES * (1 - busy)
    turning = turning * (QUICKER * speed**2 / (speed**2 + lazy**2))[:, None]
    paced = angles[0] + np.concatenate([np.zeros((1, 3)), np.cumsum(turning, axis=0)])
    paced += gaussian_filter1d(angles - paced, HOME, axis=0, mode="nearest")
    beyond = np.maximum(np.abs(paced) - FREELY, 0)
    bent = np.minimum(np.abs(paced), FREELY) + BENT * np.tanh(beyond / BENT)
    values[:, 52:55] = np.deg2rad(np.sign(paced) * bent)


def stir_lips(face: Array, talking: Array) -> None:
    """Moves lips more in pauses, in place, where a denoiser averages them out. face: (T, 52 or more)."""
    lips = face[:, _RESTING_LIPS]
    more = (RESTLESS - 1) * (1 - gaussian_filter1d(talking, 3.0))[:, None]
    face[:, _RESTING_LIPS] = np.clip(lips + more * (lips - gaussian_filter1d(lips, SYLLABLES, axis=0)), 0, 1)


def suppress_actions(face: Array, angles: Array, forbidden: dict[str, Array]) -> None:
    """Suppresses in place the actions that were asked not to be there. face: (T, 52 or more). angles: (T, 3), any unit.

    forbidden: {action: (T,) in [0, 1]}. Of gestures that come and go only what comes and goes is taken away.
    """
    for name, shape in forbidden.items():
        keep, action = 1 - FORBIDDEN * shape, ACTIONS[name]
        if action.kind == "repeated":
            _suppress_gesture(name, face, angles, shape)
        if name == "laugh":  # who is not to laugh may smile
            face[:, _SMILE] -= shape[:, None] * np.maximum(face[:, _SMILE] - UNLAUGHING, 0)
        elif name in ("smile", "smirk_left", "smirk_right", "dimple"):
            face[:, _SMILE] *= keep[:, None]
        elif action.kind == "held":
            units = arkit_from_aus(action.aus)
            strong = [i for i in np.flatnonzero(units > 0.3 * units.max()) if ARKIT_NAMES[i] != "jawOpen"]
            face[:, strong] *= keep[:, None]
        if name == "open_mouth":  # what stays open; talking opens and shuts it as before
            jaw = face[:, ARKIT_INDEX["jawOpen"]]
            jaw -= FORBIDDEN * shape * gaussian_filter1d(grey_opening(jaw, OPEN_FRAMES), 4.0)
            np.maximum(jaw, 0, out=jaw)
        for axis, degrees in enumerate(action.rotation):
            if degrees and action.kind == "held":
                same = angles[:, axis] * np.sign(degrees) > 0
                angles[:, axis] *= np.where(same, keep, 1)


def _suppress_gesture(name: str, face: Array, angles: Array, shape: Array) -> None:
    lids = face[:, _LIDS]
    if name == "blink":
        both = lids.min(axis=1)  # a wink is none
        face[:, _LIDS] = lids - (shape * (both - grey_opening(both, BLINK_FRAMES)))[:, None]
    elif name.startswith("wink"):
        face[:, _LIDS] = lids - shape[:, None] * (lids - lids.min(axis=1, keepdims=True))
    elif name == "roll_eyes":
        face[:, _columns("eyeLookUp")] *= 1 - 0.8 * shape[:, None]
    elif name in ("nod", "shake_head"):
        axis = 0 if name == "nod" else 1
        angles[:, axis] -= 0.85 * shape * (angles[:, axis] - gaussian_filter1d(angles[:, axis], NOD_FRAMES))


def smooth_slow_channels(values: Array) -> Array:
    """Smooths head pose and slow actions of (T, 58) by a Savitzky-Golay filter of third order; returns a copy.

    A denoiser leaves a little independent noise in every frame; heads, brows and cheeks have none above a few hertz.
    Lips, blinks and eyes, which are fast, stay; lids that are held shut do not flutter. Clips shorter than the filter
    come back as they are.
    """
    if len(values) < STEADY_FRAMES:
        return values
    result = values.copy()
    result[:, _SLOW] = savgol_filter(values[:, _SLOW], STEADY_FRAMES, 3, axis=0)
    lids = values[:, _LIDS]
    held = minimum_filter1d(lids, HELD_FRAMES, axis=0) > 0.3
    result[:, _LIDS] = np.where(held, gaussian_filter1d(lids, 2.0, axis=0), lids)
    result[:, :52] = np.clip(result[:, :52], 0, 1)
    return result
