"""Indices of the 478 face landmarks (mediapipe's face mesh with irises) by name.

"Left" and "right" are the subject's own, which stand on the other side of a picture that is not mirrored. Pairs are
(right, left), as they are seen from left to right.
"""

from __future__ import annotations

LANDMARKS = 478
SKIN_LANDMARKS = 468  # the first ones; the others are the irises

# Along the middle of the face, from above.
FOREHEAD = 10
BETWEEN_BROWS = 9
BELOW_BROWS = 8
NOSE_BRIDGE = 168
NOSE_TIP = 1
NOSE_BASE = 2
PHILTRUM = 164
UPPER_LIP_EDGE, UPPER_LIP_INSIDE = 0, 13
LOWER_LIP_INSIDE, LOWER_LIP_EDGE = 14, 17
INSIDE_LIPS = (UPPER_LIP_INSIDE, LOWER_LIP_INSIDE)
BELOW_LOWER_LIP = 18
CHIN = 152
CHIN_BONE = (199, 175, 200)  # skin that sits on the jaw bone

# Pairs.
FACE_SIDES = (234, 454)
TEMPLES = (127, 356)
JAW_ANGLES = (172, 397)
MOUTH_CORNERS = (61, 291)
INNER_MOUTH_CORNERS = (78, 308)
BROW_MIDDLES = (105, 334)
INNER_BROWS = ((55, 107), (285, 336))  # lower and upper edge

# Eyes. Upper and lower rows run from the outer to the inner corner and are partners.
EYE_CORNERS = {"Right": (33, 133), "Left": (263, 362)}  # outer, inner
EYE_MIDDLES = {"Right": (159, 145), "Left": (386, 374)}  # of the upper and the lower lid
EYE_UPPER = {
    "Right": (33, 246, 161, 160, 159, 158, 157, 173, 133),
    "Left": (263, 466, 388, 387, 386, 385, 384, 398, 362),
}
EYE_LOWER = {
    "Right": (33, 7, 163, 144, 145, 153, 154, 155, 133),
    "Left": (263, 249, 390, 373, 374, 380, 381, 382, 362),
}
EYE_CREASE = {"Right": (247, 30, 29, 27, 28, 56, 190), "Left": (467, 260, 259, 257, 258, 286, 414)}
EYE_BAG = {"Right": (25, 110, 24, 23, 22, 26, 112), "Left": (255, 339, 254, 253, 252, 256, 341)}
IRIS = {"Right": (468, 469, 470, 471, 472), "Left": (473, 474, 475, 476, 477)}  # centre first
BROW = {  # the upper edge, then the lower one
    "Right": (70, 63, 105, 66, 107, 46, 53, 52, 65, 55),
    "Left": (300, 293, 334, 296, 336, 276, 283, 282, 295, 285),
}
BROW_ANCHORS = (52, 282, 53, 283, 65, 295, 105, 334, 66, 296, 63, 293)  # that hold the brows in place

# Four rows of each lip from the skin to the seam; each ends in the corners 61, 76, 62 and 78 (right), 291 ... (left).
LIP_CORNERS = ((61, 291), (76, 306), (62, 292), (78, 308))
UPPER_LIP = (
    (185, 40, 39, 37, 0, 267, 269, 270, 409),
    (184, 74, 73, 72, 11, 302, 303, 304, 408),
    (183, 42, 41, 38, 12, 268, 271, 272, 407),
    (191, 80, 81, 82, 13, 312, 311, 310, 415),
)
LOWER_LIP = (
    (146, 91, 181, 84, 17, 314, 405, 321, 375),
    (77, 90, 180, 85, 16, 315, 404, 320, 307),
    (96, 89, 179, 86, 15, 316, 403, 319, 325),
    (95, 88, 178, 87, 14, 317, 402, 318, 324),
)
INNER_UPPER, INNER_LOWER = UPPER_LIP[3], LOWER_LIP[3]
INNER_MOUTH = (78, *INNER_UPPER, 308, *INNER_LOWER[::-1])  # a closed ring

OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
# Points that expressions hardly move: eye corners, bridge and sides of the nose, temples.
RIGID_LANDMARKS = (
    33, 133, 263, 362, 168, 6, 197, 195, 5, 4, 127, 356, 234, 454, 162, 389, 21, 251, 193, 417, 122, 351,
)  # fmt: skip

# Lines along which the skin of a face folds, and places of bare skin.
BROW_LINE = (63, 105, 66, 107, 9, 336, 296, 334, 293)
FOREHEAD_LINE = (68, 104, 69, 108, 151, 337, 299, 333, 298)
HAIRLINE = (54, 103, 67, 109, 10, 338, 297, 332, 284)
NASOLABIAL_FOLD = {"Right": (129, 203, 206, 216), "Left": (358, 423, 426, 436)}
LOWER_LID_FOLD = {"Right": (110, 24, 23, 22, 26), "Left": (339, 254, 253, 252, 256)}
CHEEKS = (50, 101, 36, 205, 280, 330, 266, 425)  # four on the right, four on the left
FRONT_CHEEKS = (50, 101, 205, 280, 330, 425)  # also of a mesh that was placed by hand
BARE_CHEEKS = (50, 280, 205, 425, 36, 266)  # below glasses
CHEEKBONE = {"Left": (347, 330, 280), "Right": (118, 101, 50)}  # below the eyes, well lit
