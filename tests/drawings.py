"""Flat drawings with faces that no detector of people's faces needs to know, and where a person would click on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from avatar_app.types import Image

Colour = tuple[int, int, int]
SIDE = 640
LINE = (42, 30, 36)


class DeformationMesh:
    """A canvas with smooth shapes; coordinates in pixels of SIDE."""

    def __init__(self, ground: Colour) -> None:
        self.fine = np.full((2 * SIDE, 2 * SIDE, 3), ground, np.uint8)

    def ellipse(self, x: float, y: float, a: float, b: float, fill: Colour, line: int = 0, arc: Any = (0, 360)) -> None:
        """Filled where line is 0, else an arc of that width."""
        import cv2

        where: Any = (round(2 * x), round(2 * y)), (round(2 * a), round(2 * b))
        cv2.ellipse(self.fine, *where, 0, arc[0], arc[1], fill, 2 * line or -1, cv2.LINE_AA)

    def shape(self, corners: Sequence[tuple[float, float]], fill: Colour, line: int = 0) -> None:
        """A polygon, filled, or an open line of some width."""
        import cv2

        points = np.round(2 * np.array(corners)).astype(np.int32)
        if line:
            cv2.polylines(self.fine, [points], False, fill, 2 * line, cv2.LINE_AA)
        else:
            cv2.fillPoly(self.fine, [points], fill, cv2.LINE_AA)

    def done(self) -> Image:
        import cv2

        return np.asarray(cv2.resize(self.fine, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def anime() -> tuple[Image, str]:
    """A girl with eyes a third of her face high and a tiny mouth."""
    sheet, skin, hair = DeformationMesh((196, 220, 236)), (252, 224, 208), (104, 72, 148)
    sheet.ellipse(320, 290, 200, 225, hair)
    sheet.shape([(150, 300), (120, 560), (240, 560), (240, 300)], hair)
    sheet.shape([(490, 300), (520, 560), (400, 560), (400, 300)], hair)
    sheet.shape([(280, 480), (360, 480), (370, 580), (270, 580)], (238, 202, 186))
    sheet.shape([(140, 640), (230, 560), (410, 560), (500, 640)], (70, 84, 140))
    sheet.shape([(172, 290), (180, 400), (250, 490), (320, 532), (390, 490), (460, 400), (468, 290)], skin)
    sheet.ellipse(320, 300, 148, 150, skin)
    for x, way in ((238, -1), (402, 1)):
        sheet.ellipse(x, 365, 44, 50, (255, 255, 255))
        sheet.ellipse(x, 370, 32, 44, (64, 110, 170))
        sheet.ellipse(x, 374, 17, 26, (20, 24, 50))
        sheet.ellipse(x - 10, 350, 10, 13, (255, 255, 255))
        sheet.ellipse(x, 366, 46, 52, LINE, 4, (185, 355))
        sheet.shape([(x - 40, 290 + 6 * way), (x, 280), (x + 40, 290 - 6 * way)], hair, 4)
    sheet.shape([(320, 432), (316, 440)], (214, 160, 150), 2)
    sheet.shape([(298, 468), (320, 475), (342, 468)], (150, 62, 70), 3)
    sheet.shape([(160, 330), (190, 200), (250, 320), (300, 190), (350, 310), (400, 190), (455, 330), (480, 230),
                 (400, 110), (240, 110), (160, 220)], hair)  # fmt: skip
    return sheet.done(), "eye_right 238,368; eye_left 402,368; mouth_right 298,468; mouth_left 342,468; chin 320,532"


def cartoon() -> tuple[Image, str]:
    """A bald man with round eyes and a wide mouth on an egg of a head."""
    sheet, skin = DeformationMesh((244, 206, 120)), (232, 168, 128)
    sheet.shape([(130, 640), (180, 560), (460, 560), (510, 640)], (60, 120, 96))
    sheet.shape([(262, 480), (378, 480), (386, 590), (254, 590)], (206, 140, 104))
    sheet.ellipse(152, 330, 36, 52, skin)
    sheet.ellipse(488, 330, 36, 52, skin)
    sheet.ellipse(320, 320, 170, 220, skin)
    sheet.ellipse(320, 320, 170, 220, LINE, 4)
    for x in (255, 385):
        sheet.ellipse(x, 270, 38, 34, (255, 255, 255))
        sheet.ellipse(x, 270, 38, 34, LINE, 3)
        sheet.ellipse(x, 273, 13, 13, LINE)
        sheet.shape([(x - 38, 216), (x, 206), (x + 38, 216)], LINE, 7)
    sheet.ellipse(320, 350, 34, 28, (212, 138, 104))
    sheet.ellipse(320, 400, 84, 44, LINE, 5, (15, 165))
    return sheet.done(), "eye_right 255,270; eye_left 385,270; mouth_right 239,411; mouth_left 401,411; chin 320,540"


def robot() -> tuple[Image, str]:
    """A tilted box with lamps for eyes and a slot for a mouth."""
    import cv2

    sheet, metal = DeformationMesh((40, 46, 64)), (168, 178, 188)
    sheet.shape([(250, 520), (390, 520), (390, 640), (250, 640)], (110, 118, 128))
    sheet.shape([(150, 150), (490, 150), (490, 540), (150, 540)], metal)
    sheet.shape([(150, 150), (490, 150), (490, 540), (150, 540), (150, 150)], LINE, 5)
    sheet.shape([(320, 150), (320, 80)], LINE, 6)
    sheet.ellipse(320, 76, 18, 18, (220, 70, 60))
    for x in (240, 400):
        sheet.ellipse(x, 280, 40, 28, (255, 236, 150))
        sheet.ellipse(x, 280, 40, 28, LINE, 5)
        sheet.ellipse(x, 280, 12, 12, (60, 40, 20))
    sheet.shape([(230, 440), (410, 440)], LINE, 8)
    turn = cv2.getRotationMatrix2D((320, 320), 12, 1.0)
    picture = cv2.warpAffine(sheet.done(), turn, (SIDE, SIDE), borderValue=(40, 46, 64))
    places = {"eye_right": (240, 280), "eye_left": (400, 280), "mouth_right": (230, 440), "mouth_left": (410, 440),
              "chin": (320, 540)}  # fmt: skip
    moved = {name: turn @ [x, y, 1] for name, (x, y) in places.items()}
    return np.asarray(picture, np.uint8), "; ".join(f"{name} {x:.0f},{y:.0f}" for name, (x, y) in moved.items())


def ghost() -> tuple[Image, str]:
    """A sheet with two holes and a line: nothing that a detector takes for a face."""
    sheet, cloth = DeformationMesh((30, 34, 60)), (236, 240, 246)
    sheet.ellipse(320, 300, 190, 220, cloth)
    sheet.shape([(130, 300), (510, 300), (540, 610), (450, 560), (380, 620), (300, 560), (220, 620), (100, 590)], cloth)
    for x in (230, 390):
        sheet.ellipse(x, 250, 26, 40, (30, 34, 60))
    sheet.shape([(270, 400), (320, 408), (370, 400)], (90, 96, 120), 6)
    return sheet.done(), "eye_right 230,250; eye_left 390,250; mouth_right 270,400; mouth_left 370,400; chin 320,500"


DRAWINGS = {"anime": anime, "cartoon": cartoon, "robot": robot, "ghost": ghost}
