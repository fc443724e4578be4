"""Words for the actions of face/facs.py, from which training/instructions/phrases.py builds sentences.

Each action has three lists, items separated by "|": verb phrases in the imperative, states (what one sees, usable
after "with"), and opposites (imperatives that forbid the action in other words). "{side}" is left or right, "{dir}" a
way to say the direction; their keys stand for two actions. A final "!" marks strong, "~" weak wordings.
"""

from __future__ import annotations

from avatar_app.training.instructions.data_manner import MANNER_WORDS
from avatar_app.training.instructions.data_mouth import MOUTH_WORDS

ACTION_WORDS: dict[str, tuple[str, str, str]] = {
    **MOUTH_WORDS,
    "raise_brows": (
        "raise your eyebrows|lift your eyebrows|raise your brows|lift your brows|arch your eyebrows|"
        "move your eyebrows up|put your eyebrows up|hike up your eyebrows|shoot your eyebrows up!|"
        "pull up your eyebrows|wiggle your eyebrows|wrinkle your forehead|raise both eyebrows|flash your eyebrows|"
        "bring your brows up|keep your eyebrows up|raise the outer part of your eyebrows|waggle your brows",
        "raised eyebrows|eyebrows up|eyebrows raised|raised brows|brows up|high eyebrows|arched eyebrows|"
        "outer brow raiser|AU1+2|AU2|lifted brows|brow raise|outer_brow_raiser|brow raiser|"
        "inner and outer brow raiser|both brows raised|brows lifted|eyebrows lifted|brows raised|"
        "a wrinkled forehead|eyebrow raise",
        "keep your eyebrows down|keep your forehead smooth|keep your eyebrows still",
    ),
    "raise_inner_brows": (
        "raise your inner eyebrows|raise your inner brows|lift the inner part of your eyebrows|"
        "lift your inner brows|pull the inner corners of your brows up|slant your eyebrows upward in the middle|"
        "raise the middle of your eyebrows|lift the inner ends of the brows|make pleading eyebrows|"
        "make puppy eyes|make worried eyebrows|raise the inner corners of your eyebrows|give puppy dog eyes|"
        "draw your inner brows upward",
        "inner brows raised|raised inner brows|inner brow raiser|AU1|pleading eyebrows|inner_brow_raiser|"
        "worried eyebrows|inner eyebrows up|puppy dog eyes|slanted eyebrows|inner eyebrows raised|oblique eyebrows",
        "keep your inner brows down",
    ),
    "raise_{side}_brow": (
        "raise your {side} eyebrow|lift your {side} eyebrow|cock your {side} eyebrow|raise the {side} brow|"
        "arch your {side} eyebrow|move your {side} eyebrow up|raise only your {side} eyebrow|"
        "hike your {side} brow|lift the {side} brow|raise just the {side} brow|pull up your {side} eyebrow|"
        "quirk your {side} eyebrow|raise your {side} brow|raise the eyebrow on the {side}",
        "{side} eyebrow raised|a raised {side} eyebrow|{side} eyebrow up|{side} brow up|{side} brow raised|"
        "{side} outer brow raiser|the {side} eyebrow lifted|your {side} brow lifted|a cocked {side} eyebrow|"
        "{side} eyebrow arched|a lifted {side} brow",
        "keep your {side} eyebrow down",
    ),
    "lower_brows": (
        "lower your eyebrows|furrow your brow|knit your brows|lower your brows|frown with your eyebrows|"
        "draw your eyebrows together|frown|furrow your eyebrows|pull your brows down|contract your brows|"
        "bring your eyebrows together|crease your brow|knit your eyebrows|pull your eyebrows together|"
        "drop your eyebrows|make frown lines|push your eyebrows down|scrunch your eyebrows|put your brows down",
        "lowered eyebrows|eyebrows lowered|a furrowed brow|knitted brows|eyebrows down|brow lowerer|AU4|a frown|"
        "brows drawn together|brow_lowerer|lowered brows|furrowed eyebrows|frown lines|brows down|brows knit|"
        "brows lowered|eyebrows drawn together|a wrinkle between your brows|furrowed brows|a creased brow",
        "keep your brow smooth|smooth your brow|unknit your brows",
    ),
    "widen_eyes": (
        "widen your eyes|open your eyes wide|raise your upper eyelids|open your eyes wide like saucers!|"
        "bug your eyes out!|make big eyes|raise your lids|raise your eyelids|open your eyes widely|pop your eyes!|"
        "stare with wide eyes|lift your eyelids|make your eyes bigger|goggle!|enlarge your eyes|go wide-eyed|"
        "make your eyes big and round|stare",
        "wide eyes|eyes wide open|widened eyes|upper lid raiser|AU5|big eyes|raised lids|eyelids raised|"
        "upper_lid_raiser|bulging eyes!|lids raised|eyes wide|wide open eyes|big round eyes|eyes open wide|"
        "eyes as big as saucers!|raised upper lids|upper lids raised|a wide-eyed look|eyes like an owl|"
        "a deer in the headlights look",
        "keep your eyes relaxed and not wide",
    ),
    "squint": (
        "squint|narrow your eyes|tighten your eyelids|squint your eyes|tense your lower lids|peer|"
        "make your eyes small|screw up your eyes!|squinch|pinch your eyes|peer through narrow eyes|"
        "half close your eyes~|squint against the sun|make slits of your eyes!|tighten your lids|"
        "crinkle your eyes|scrunch your eyes",
        "narrowed eyes|squinting eyes|lid tightener|AU7|narrow eyes|tight eyelids|lid_tightener|eyes narrowed|"
        "squinted eyes|a squint|slitted eyes!|tightened eyelids|eyes like slits!|lids tightened|eyes squinted|"
        "tense lower lids|half-closed eyes~",
        "",
    ),
    "raise_cheeks": (
        "raise your cheeks|lift your cheeks|push your cheeks up|move your cheeks up|bunch your cheeks|"
        "pull up your cheeks|smile with your eyes|elevate your cheeks|squeeze your cheeks up|smize|"
        "bring your cheeks up|lift the cheek muscles",
        "raised cheeks|cheek raiser|AU6|lifted cheeks|cheeks raised|cheeks up|cheek_raiser|cheeks lifted|"
        "smiling eyes|cheeks pushed up|high cheeks|crow's feet",
        "keep your cheeks down",
    ),
    "wrinkle_nose": (
        "wrinkle your nose|scrunch your nose|crinkle your nose|scrunch up your nose|screw up your nose|"
        "wiggle your nose|flare your nostrils|crease your nose|scrunch your nose up|twitch your nose~|"
        "wrinkle up your nose|sniff with a wrinkled nose",
        "a wrinkled nose|nose wrinkled|nose wrinkler|AU9|nose wrinkles|a scrunched nose|nose_wrinkler|"
        "nose scrunched up|a crinkled nose|wrinkles on your nose|flared nostrils|a scrunched-up nose",
        "keep your nose smooth|keep your nose still",
    ),
    "close_eyes": (
        "close your eyes|shut your eyes|keep your eyes closed|close both eyes|keep your eyes shut|"
        "lower your eyelids completely|shut both eyes|squeeze your eyes shut!|hold your eyes closed|"
        "let your eyes fall shut|have your eyes closed|sleep|pretend to sleep|close your eyelids|drop your lids|"
        "let your eyelids close",
        "closed eyes|eyes closed|eyes shut|AU43|shut eyes|both eyes closed|eyelids closed|closed eyelids|"
        "eyes_closed|lids closed|both eyes shut|eye closure|eyes squeezed shut!",
        "keep your eyes open|hold your eyes open|leave your eyes open|keep both eyes open",
    ),
    "blink": (
        "blink|blink your eyes|blink a few times|flutter your eyelashes|bat your eyelashes|blink rapidly!|"
        "blink a lot!|flutter your eyelids|blink once|blink with both eyes|keep blinking|blink fast!|give a blink|"
        "blink often!|blink repeatedly|open and close your eyes quickly",
        "blinking eyes|blinks|AU45|fluttering eyelids|a blink|blinking|lots of blinking!|frequent blinks!|"
        "a few blinks|eyelid flutter",
        "keep your eyelids still|stare without a single flicker of the lids",
    ),
    "wink_{side}": (
        "wink with your {side} eye|wink your {side} eye|close only your {side} eye|wink on the {side}|"
        "give a wink with the {side} eye|wink with the {side}|shut your {side} eye|close your {side} eye|"
        "wink the {side} eye|blink only your {side} eye|wink on your {side} side|close one eye, the {side} one",
        "a wink with the {side} eye|a {side} wink|{side} eye winking|a {side} eye wink|{side} eye closed|"
        "the {side} eye shut|a wink of the {side} eye|wink_{side}|AU46 {side}",
        "keep your {side} eye open",
    ),
    "roll_eyes": (
        "roll your eyes|do an eye roll|give an eye roll|roll your eyes around|move your eyes in a circle|"
        "make your eyes go round|rotate your eyes|circle your eyes|roll your eyes at me|spin your eyes around",
        "an eye roll|rolling eyes|eyes rolling|eye rolling|rolled eyes|a roll of your eyes|eye-roll|"
        "eyes going in circles",
        "",
    ),
    "look_{side}": (
        "look {dir}|glance {dir}|move your eyes {dir}|shift your gaze {dir}|gaze {dir}|peek {dir}|"
        "look with your eyes {dir}|turn your eyes {dir}|dart your eyes {dir}|direct your gaze {dir}|"
        "look sideways {dir}|cast your eyes {dir}|look off {dir}|let your eyes wander {dir}|aim your eyes {dir}|"
        "stare {dir}|eye what is on your {side}|look at something on your {side}|point your eyes {dir}|"
        "avert your gaze {dir}|only move your eyes {dir}|look away {dir}|side-eye {dir}|peer {dir}",
        "eyes {dir}|gaze {dir}|eyes looking {side}|a glance {dir}|your gaze on the {side}|eyes turned {side}|"
        "look_{side}|a look {dir}|eyes on the {side}|eyes pointing {side}|eyes shifted {dir}|gaze directed {dir}",
        "",
    ),
    "look_up": (
        "look up|look upward|look upwards|raise your eyes|glance up|gaze up|look at the ceiling|"
        "look up at the sky|move your eyes up|turn your eyes up|shift your gaze upward|peek up|"
        "cast your eyes upward|lift your gaze|roll your eyes upward|look above|direct your gaze up|look skyward|"
        "gaze at the stars|eye the ceiling",
        "eyes up|gaze up|upward gaze|eyes looking up|eyes turned up|eyes raised|AU63|a glance up|"
        "eyes to the ceiling|look_up|eyes on the ceiling|eyes upward|your gaze lifted",
        "keep your gaze from going up",
    ),
    "look_down": (
        "look down|look downward|look downwards|lower your eyes|glance down|gaze down|look at the floor|"
        "lower your gaze|move your eyes down|look at the ground|drop your gaze|cast your eyes down|"
        "turn your eyes down|look at your feet|peek down|direct your gaze downward|stare at the floor|look below|"
        "drop your eyes|look down at the table|look at your shoes",
        "eyes down|gaze down|downward gaze|downcast eyes|eyes lowered|eyes looking down|AU64|lowered gaze|"
        "a glance down|eyes on the floor|look_down|eyes cast down|eyes downward",
        "keep your gaze from dropping",
    ),
    "turn_{side}": (
        "turn {dir}|turn your head {dir}|rotate your head {dir}|face {dir}|swivel your head {dir}|"
        "turn your face {dir}|move your head {dir}|twist your head {dir}|pan your head {dir}|pivot {dir}|"
        "swing your head {dir}|turn to face the {side}|look over your {side} shoulder|"
        "show me your {other} profile|point your nose {dir}|rotate {dir}|bring your head around {dir}|"
        "yaw your head {dir}|orient your face {dir}|turn your neck {dir}|glance over your {side} shoulder|"
        "spin your head {dir}|angle your face {dir}|have your head facing {side}|turn away {dir}",
        "your head turned {dir}|your face turned {dir}|head {dir}|head facing {side}|head turned {side}|"
        "face {dir}|head rotated {dir}|a head turn {dir}|a turn of your head {dir}|turn_{side}|head turn {side}|"
        "head turned to your {side} shoulder",
        "",
    ),
    "head_up": (
        "lift your head|raise your head|head up|lift your chin|chin up|tilt your head back|tip your head back|"
        "put your head up|raise your chin|move your head up|hold your head high|turn your head up|"
        "throw your head back!|keep your chin up|point your chin up|tilt your head up|lean your head back|"
        "bring your head up|turn your face upward|angle your head upward|crane your neck up|"
        "point your nose at the ceiling",
        "chin up|head up|head held high|head raised|chin raised|a raised head|head tilted back|head lifted|AU53|"
        "head tilted up|head_up|your nose in the air|a lifted chin|your chin high|face turned upward",
        "",
    ),
    "head_down": (
        "lower your head|put your head down|head down|drop your chin|bow your head|hang your head|chin down|"
        "dip your head|tuck your chin|move your head down|let your head drop|tilt your head down|"
        "tilt your head forward|turn your head down|point your chin down|bend your head down|let your head sink|"
        "duck your head|bring your chin to your chest!|lower your chin|angle your face downward|drop your head|bow",
        "head down|chin down|a bowed head|head lowered|head bowed|chin tucked|lowered head|AU54|head tilted down|"
        "head hanging|head_down|chin on your chest!|chin lowered|a hanging head|head dropped|face turned down",
        "",
    ),
    "tilt_{side}": (
        "tilt your head {dir}|tilt {dir}|lean your head {dir}|cock your head {dir}|incline your head {dir}|"
        "bend your head {dir}|tip your head {dir}|roll your head {dir}|bring your {side} ear to your shoulder!|"
        "move your {side} ear towards your shoulder|drop your head {dir} sideways|slant your head {dir}|"
        "lay your head {dir}|put your head on your {side} shoulder!|lower your {side} ear|"
        "let your head fall {dir}|angle your head sideways {dir}|tilt your face {dir}",
        "your head tilted {dir}|head tilted {side}|a head tilt {dir}|head leaning {side}|head cocked {dir}|"
        "a tilt {dir}|head inclined {dir}|head tilt {side}|a {side} head tilt|tilt_{side}|head tipped {dir}|"
        "your {side} ear near your shoulder",
        "",
    ),
    "nod": (
        "nod|nod your head|nod in agreement|nod yes|give a nod|nod along|agree with your head|nod approvingly|"
        "say yes with your head|move your head up and down|bob your head|nod vigorously!|nod to show agreement|"
        "keep nodding|nod several times|do a nod|nod encouragingly|show approval with your head|nod in approval|"
        "indicate yes by moving your head|nod to the beat|nod affirmatively|nod to greet",
        "a nod|nods|nodding|head nods|a nodding head|head nodding|an approving nod|nods of agreement|head nod|"
        "agreeing nods|a nod of the head|your head bobbing up and down",
        "",
    ),
    "shake_head": (
        "shake your head|say no with your head|shake your head no|disagree with your head|"
        "shake your head in disbelief|move your head from side to side|shake your head from left to right|"
        "wag your head|give a head shake|turn your head left and right repeatedly|shake your head in disagreement|"
        "shake your head sideways|keep shaking your head|shake it off with your head|"
        "indicate no by moving your head|do a head shake|shake your head slowly|shake your head vigorously!",
        "a head shake|head shaking|a shake of the head|head shakes|a shaking head|shaking head|"
        "a disapproving head shake|shakes of the head|side-to-side head movement",
        "",
    ),
    "lean_forward": (
        "lean forward|lean in|move closer|come closer|lean toward the camera|move your head forward|"
        "lean towards me|bend forward|come nearer|lean in close!|approach the camera|get closer to the lens|"
        "bring your face closer|push your head forward|lean into the camera|crane forward|move towards the viewer|"
        "bend towards the camera",
        "a lean forward|head forward|leaning forward|leaning in|AU57|head pushed forward|"
        "your face close to the camera|your head leaning in",
        "keep away from the camera|keep your distance|stay back from the camera",
    ),
    "lean_back": (
        "lean back|lean backward|lean backwards|move back|move away from the camera|pull your head back|"
        "move backwards|sit back|draw back|back off|move your head back|lean away|recoil|"
        "step back from the camera|retreat from the camera|pull back|back away|shrink back|draw your head back",
        "a lean back|head pulled back|leaning back|leaning backwards|AU58|head back|your head drawn back|"
        "your head further from the camera",
        "",
    ),
    **MANNER_WORDS,
}

# Ways to say a direction after a verb; "{side}" is left or right.
DIRECTIONS = (
    "{side}|to the {side}|to your {side}|towards the {side}|{side}ward|to the {side} side|toward the {side}|"
    "to your {side} side|{side}wards|in the {side} direction|over to the {side}|{side}|to the {side}"
)
# Seen from the viewer: the picture's left is the subject's right.
VIEWER_DIRECTIONS = (
    "to the viewer's {side}|to screen {side}|camera {side}|to the {side} of the screen|"
    "to the {side} edge of the picture"
)
