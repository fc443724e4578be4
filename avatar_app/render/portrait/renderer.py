"""Portrait animation on the CPU: face actions and head pose to frames of a photo or painting.

The picture is texture on a deformation mesh (deformation_mesh.py). For each frame its vertices move, the rasteriser
says which source pixel every output pixel shows, and mouth and eyes are laid into the openings.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.face.arkit_rig import downward, fit_basis, head_pose, lip_gaps, mouth_width
from avatar_app.face.landmark_indices import (
    BELOW_LOWER_LIP,
    CHIN_BONE,
    EYE_CORNERS,
    EYE_CREASE,
    EYE_LOWER,
    EYE_MIDDLES,
    EYE_UPPER,
    INNER_LOWER,
    INNER_UPPER,
    LOWER_LIP,
    MOUTH_CORNERS,
    PHILTRUM,
    UPPER_LIP,
)
from avatar_app.face.topology import unfold
from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.motion.clip import MotionClip
from avatar_app.render.layers.glasses import draw_glasses, find_glasses
from avatar_app.render.layers.person import split_layers
from avatar_app.render.portrait.anchor import anchored
from avatar_app.render.portrait.deformation_mesh import build_deformation_mesh
from avatar_app.render.portrait.eyes import build_eye, draw_eye, gaze
from avatar_app.render.portrait.lids import draw_lid
from avatar_app.render.portrait.lip_seam import lids_outward, snap_to_seam, widen_opening
from avatar_app.render.portrait.lips import build_rounding, round_gap, round_lips, roundness
from avatar_app.render.portrait.mouth import OPEN, build_mouth
from avatar_app.render.portrait.mouth_drawing import draw_mouth
from avatar_app.render.portrait.pose import breathing, limited_turn, rotation_matrix, turn_limits
from avatar_app.render.portrait.stretching import holding_turns
from avatar_app.render.portrait.tongue import draw_tongue, tongue_lift
from avatar_app.render.portrait.wrinkles import build_wrinkles, skin_grain
from avatar_app.render.raster import FAR, double_resolution, rasterize, show_person
from avatar_app.request import Stopped
from avatar_app.types import Array, Image, ShouldStop

JAW = ("jawOpen", "jawForward", "jawLeft", "jawRight")
CHEEKS_SQUINT = 0.3  # of what a raised cheek moves, the part that a squint moves, too
INCISORS_BACK = 0.5  # of how far back the chin goes as the jaw opens: the joint lies less high above the teeth
LOWER_SHARE = 0.7  # of closing the lips, the part that the lower lip does
CLING = 0.012  # mouth widths of lip gap below which lips stay closed
ROW_SHARE = (0.35, 0.65, 0.9, 1.0)  # how much of it each lip row does, from the skin to the seam
REACH = 0.5  # face widths that the person can move beyond its outline
TEETH_DEPTH, OWN_TEETH_DEPTH = 0.05, 0.01  # face widths behind the lips of painted and of photographed teeth
AROUND_MOUTH = (*MOUTH_CORNERS, PHILTRUM, BELOW_LOWER_LIP)  # landmarks whose motion teeth and jaw take


def with_cheeks(basis: Array) -> Array:
    """Displacements (52, 478, 3) in which squints raise the cheeks a little: the rig's move nothing but the lids."""
    basis = basis.copy()
    for side in ("Left", "Right"):
        cheek = CHEEKS_SQUINT * basis[ARKIT_INDEX["cheekSquint" + side]]
        cheek[[*EYE_UPPER[side], *EYE_LOWER[side]]] = 0  # lids know how far they squint
        basis[ARKIT_INDEX["eyeSquint" + side]] += cheek
    return basis


class PortraitRenderer:
    """Draws one portrait with any expression and head pose. Holds the portrait's mesh and layers; no frame state.

    `frame` may be called from several threads at once.
    """

    def __init__(self, portrait: Portrait) -> None:
        self.resting = portrait.resting.astype(np.float32)
        width = mouth_width(portrait.landmarks)
        closed = float(lip_gaps(portrait.landmarks)[2:7].mean()) < OPEN * width
        marks = portrait.landmarks
        marks = unfold(lids_outward(marks))
        self.landmarks = snap_to_seam(portrait.pixels, marks) if closed else widen_opening(marks)
        self.basis = np.ascontiguousarray(with_cheeks(fit_basis(self.landmarks, self.resting)), np.float32)
        self.down = downward(self.landmarks)
        self.gap_basis = (self.basis[:, list(INNER_LOWER)] - self.basis[:, list(INNER_UPPER)]) @ self.down  # (52, 9)
        rows = zip(UPPER_LIP, LOWER_LIP, ROW_SHARE, strict=True)
        self.lip_rows = [(np.array(upper), np.array(lower), share) for upper, lower, share in rows]
        self.rounding = build_rounding(self.landmarks, self.down)
        self.rest_round = roundness(self.resting)
        self.cling = CLING * width
        self.rest_gap = np.maximum(lip_gaps(self.landmarks), 0)
        self.jaw_basis = self.basis[[ARKIT_INDEX[name] for name in JAW]][:, list(CHIN_BONE)].mean(1)  # (4, 3)
        self.jaw_basis[0, 2] *= INCISORS_BACK
        self.glasses = find_glasses(portrait.pixels, self.landmarks)
        self.pixels = portrait.pixels if self.glasses is None else self.glasses.clean
        self.whole = np.ones(0 if self.glasses is None else len(self.glasses.points), np.float32)
        self.person, self.background = split_layers(self.pixels, portrait.matte, self.landmarks)
        self.mesh = build_deformation_mesh(self.landmarks, self.person[..., 3])
        limits = turn_limits(head_pose(self.landmarks)[1])
        self.turns = np.minimum(limits, holding_turns(self.mesh, self.person[..., 3]))
        self.still = np.where(self.mesh.area[..., None], self.background, self.pixels)
        self.box = left, top, right, bottom = self._moving_box()
        self.empty = self.pixels.copy()
        self.empty[top:bottom, left:right] = self.still[top:bottom, left:right]
        rest = self.mesh.points[:, :2]
        self.texture = np.ascontiguousarray(rest)
        self.fine_texture = np.asarray(2 * self.texture, np.float32)  # in double_resolution
        self.wrinkles = build_wrinkles(self.landmarks, self.person)
        grain = skin_grain(self.landmarks, self.person)
        self.mouth = build_mouth(self.pixels, self.landmarks, rest[self.mesh.rings["mouth"]], grain)
        self.eyes = [build_eye(self.pixels, self.landmarks, rest[self.mesh.rings[s]], s) for s in ("Left", "Right")]
        self.teeth = anchored(self.teeth_points())
        self.eye_anchors = {
            side: anchored(self.landmarks[[*EYE_CORNERS[side], *EYE_MIDDLES[side]]]) for side in ("Left", "Right")
        }
        self.fine = double_resolution(self.person)
        y, x = np.mgrid[: len(self.pixels), : len(self.pixels)].astype(np.float32)
        self.identity: Array = np.dstack([x, y])
        self.fine_identity: Array = 2 * self.identity[top:bottom, left:right]
        self.rest_gaze = {eye.side: gaze(self.resting, eye.side) for eye in self.eyes}

    def _moving_box(self) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) of what can change: where the mesh moves, near something of the person."""
        left, top, right, bottom = self.mesh.box
        ys, xs = np.nonzero(self.person[top:bottom, left:right, 3])
        reach = round(REACH * self.mesh.face_width)
        return (
            max(left, left + int(xs.min()) - reach),
            max(top, top + int(ys.min()) - reach),
            min(right, left + int(xs.max()) + reach + 1),
            min(bottom, top + int(ys.max()) + reach + 1),
        )

    def frame(
        self,
        expression: Array,
        head_rotation: Array,
        head_translation: Array,
        alpha: Image | None = None,
        breath: float = 0.0,
    ) -> Image:
        """(H, W, 3) uint8 RGB.

        expression: (52,) ARKit coefficients, absolute: `portrait.resting` leaves the face as it is in the picture.
        head_rotation: (3,) radians, axis-angle, and head_translation: (3,) head widths, relative to the picture; axes
        as in MotionClip. alpha: (H, W) uint8, overwritten with how much of each pixel is person.
        breath: 0 as in the picture, 1 lungs full.
        """
        motion = self.landmark_motion(np.asarray(expression, np.float32))
        rotation = rotation_matrix(limited_turn(head_rotation, self.turns))
        translation = np.asarray(head_translation, np.float32) * self.mesh.face_width * np.array([1, -1, 1], np.float32)
        points = self.mesh.move(motion, rotation, translation, breath)
        out = self._paint(points, self.wrinkles.shade(expression - self.resting), alpha)
        values = np.asarray(expression, np.float32)
        self._draw_eyes(out, points, values, rotation, translation)
        self._draw_mouth(out, points, values, rotation, translation)
        if self.glasses is not None:
            rim = self.glasses.points
            draw_glasses(out, self.glasses, self.mesh.pose(rim, rim[:, 2], self.whole, rotation, translation))
        return out

    def frames(self, clip: MotionClip, should_stop: ShouldStop | None = None) -> Iterator[Image]:
        """The frames of a clip, in order, each made when it is asked for. Raises Stopped once should_stop() is true."""
        breath = breathing(clip)
        for t in range(len(clip)):
            if should_stop is not None and should_stop():
                raise Stopped
            yield self.frame(
                clip.expression[t], clip.head_rotation[t], clip.head_translation[t], breath=float(breath[t])
            )

    def landmark_motion(self, expression: Array) -> Array:
        """(478, 3) pixels from the resting landmarks, with lips that meet where the coefficients say so."""
        motion = ((expression - self.resting) @ self.basis.reshape(len(self.resting), -1)).reshape(-1, 3)
        # Lips cling: what asks for less than a sliver of an opening leaves them closed.
        asked = np.maximum(expression @ self.gap_basis - self.cling, 0)
        resting = np.maximum(self.resting @ self.gap_basis - self.cling, 0)
        wider = self.rest_gap + asked - resting
        # Closing runs from the gap in the picture to none at coefficient gap 0, however well the resting fit was.
        narrower = self.rest_gap * np.clip(asked / np.maximum(resting, 1e-3), 0, 1)
        target = np.where(asked >= resting, wider, np.where(resting > 1e-3, narrower, wider))
        rounder = max(roundness(expression) - self.rest_round, 0.0)
        target = round_gap(np.maximum(target, 0), self.rounding, rounder)
        moved = self.landmarks + motion
        upper, lower = self.lip_rows[-1][:2]  # the innermost
        missing = (target - (moved[lower] - moved[upper]) @ self.down)[:, None] * self.down
        for upper, lower, share in self.lip_rows:
            motion[lower] += (LOWER_SHARE * share) * missing
            motion[upper] -= ((1 - LOWER_SHARE) * share) * missing
        return motion + round_lips(self.landmarks + motion, self.rounding, rounder)

    def _paint(self, points: Array, wrinkles: Array | None, alpha: Image | None = None) -> Image:
        """The mesh over the background, (H, W, 3) uint8, shaded by `wrinkles`. alpha: see frame."""
        left, top, right, bottom = self.box
        depth = np.full((bottom - top, right - left), FAR, np.float32)
        source = self.fine_identity.copy()
        rasterize(points - np.array([left, top, 0], np.float32), self.mesh.triangles, self.fine_texture, depth, source)
        out = self.empty.copy()
        folds = None if wrinkles is None else (wrinkles, self.wrinkles.box[:2])
        person = show_person(out, self.fine, self.background, source, depth, (left, top), folds)
        if alpha is not None:
            alpha[:] = np.where(self.mesh.area, 0, self.person[..., 3])
            alpha[top:bottom, left:right][depth > FAR] = person[..., 3][depth > FAR]
        return out

    def _draw_eyes(self, out: Image, points: Array, expression: Array, rotation: Array, translation: Array) -> None:
        """Lids and eyeballs, in place."""
        for eye in self.eyes:
            look, rest = gaze(expression, eye.side), self.rest_gaze[eye.side]
            head = self.eye_anchors[eye.side].place(self.mesh, rotation, translation)
            crease, lid = (list(rows[eye.side]) for rows in (EYE_CREASE, EYE_UPPER))
            blink = ARKIT_INDEX["eyeBlink" + eye.side]
            lowered = float(expression[blink] - self.resting[blink]) / max(1 - float(self.resting[blink]), 0.2)
            draw_lid(out, points[crease, :2], points[lid, :2], lowered)
            draw_eye(out, eye, points[self.mesh.rings[eye.side], :2], head, (look[0] - rest[0], look[1] - rest[1]))

    def _draw_mouth(self, out: Image, points: Array, expression: Array, rotation: Array, translation: Array) -> None:
        """What the lips leave open, and the tongue, in place."""
        ring = points[self.mesh.rings["mouth"], :2]
        half = len(ring) // 2
        gap = float(np.linalg.norm(ring[half // 2] - ring[-(half // 2)]))
        drop = (expression - self.resting)[[ARKIT_INDEX[name] for name in JAW]] @ self.jaw_basis
        skull = self.teeth.place(self.mesh, rotation, translation)
        jaw = self.teeth.place(self.mesh, rotation, translation, drop)
        rounded = max(roundness(expression) - self.rest_round, 0.0)
        draw_mouth(out, self.mouth, ring, skull, jaw, gap, tongue_lift(expression, self.resting), rounded)
        tongue = ARKIT_INDEX["tongueOut"]
        draw_tongue(out, self.mouth, ring, float(expression[tongue] - self.resting[tongue]))

    def teeth_points(self) -> Array:
        """(4, 3) pixels around the resting mouth, at the depth of the teeth; they say where skull and jaw go."""
        teeth = self.landmarks[list(AROUND_MOUTH)].copy()
        # A photographed mouth lies where its lips are, or a nod would uncover what was never there.
        depth = TEETH_DEPTH if self.mouth.own is None else OWN_TEETH_DEPTH
        teeth[:, 2] = teeth[:, 2].mean() - depth * self.mesh.face_width
        return teeth
