"""Words for what lips, cheeks, tongue and jaw do; phrases_data_actions.py explains the form."""

from __future__ import annotations

MOUTH_WORDS: dict[str, tuple[str, str, str]] = {
    "smile": (
        "smile|grin|beam!|give me a smile|show a smile|pull your lip corners up|raise the corners of your mouth|"
        "pull your lip corners|lift the corners of your lips|curl your lips into a smile|flash a smile|"
        "grin from ear to ear!|smile at the camera|say cheese|turn up the corners of your mouth|crack a smile~|"
        "put on a smile|show your teeth in a grin!|half-smile~|break into a smile|smile with your teeth showing!|"
        "draw back your lip corners in a smile|keep smiling|wear a smile|let your mouth smile|be smiling|"
        "smile sweetly|smile for the photo|smile like in a toothpaste advert!",
        "a smile|a grin|a big smile!|a smiling mouth|a toothy grin!|lip corners pulled up|mouth corners raised|"
        "a beaming smile!|a faint smile~|a hint of a smile~|lip corner puller|lip corners pulled|AU12|"
        "a smiley face|the corners of your mouth turned up|a subtle smile~|a tight-lipped smile~|"
        "a smirkless smile|raised lip corners|smile|a huge grin!|a little smile~|a polite smile~|a warm smile|"
        "lip_corner_puller|a broad smile!|a half smile~",
        "keep from smiling|wipe that smile off your face|hold back your smile|suppress your smile",
    ),
    "mouth_frown": (
        "pull the corners of your mouth down|lower your lip corners|turn your mouth corners down|"
        "depress your lip corners|let the corners of your mouth drop|make an upside-down smile|"
        "droop your mouth corners|bring the corners of your lips down|make a sad mouth|"
        "turn your mouth upside down|pull your mouth down|make your mouth droop",
        "mouth corners down|lip corners down|downturned lips|a downturned mouth|lip corner depressor|AU15|"
        "the corners of your mouth pulled down|lip corners depressed|an inverted smile|lip_corner_depressor|"
        "drooping mouth corners|a droopy mouth|lowered lip corners|a frowning mouth",
        "keep the corners of your mouth from dropping",
    ),
    "open_mouth": (
        "open your mouth|drop your jaw|open your mouth wide!|gape|let your jaw drop|part your jaws|say aah|"
        "lower your jaw|open wide!|let your mouth hang open|hold your mouth open|yawn!|make your mouth open|"
        "keep your mouth open|let your chin drop and open up|open up your mouth|stretch your mouth open!",
        "an open mouth|mouth open|mouth wide open!|jaw dropped|jaw drop|AU26|a gaping mouth!|AU27!|jaw_drop|"
        "a dropped jaw|open jaw|mouth agape|a slack jaw|a yawn!|your mouth ajar~|mouth stretch!|opened mouth",
        "keep your mouth shut|keep your mouth closed|close your mouth|shut your mouth|hold your jaw shut",
    ),
    "part_lips": (
        "part your lips|separate your lips|open your lips|let your lips part|unseal your lips|"
        "open your lips a crack|let your lips come apart|keep your lips parted|show a gap between your lips",
        "parted lips|lips parted|lips apart|lips part|AU25|lips_part|your lips separated|lips open|open lips|"
        "a small gap between the lips",
        "keep your lips together",
    ),
    "press_lips": (
        "press your lips together|tighten your lips|seal your lips|purse your lips shut|clamp your lips together|"
        "squeeze your lips together|press your lips|make your lips thin|tense your lips|hold your lips tight|"
        "zip your lips|make a thin line of your mouth|compress your lips|keep a stiff upper lip",
        "pressed lips|tight lips|lips pressed together|lip pressor|lip tightener|AU24|AU23|thin lips|lips sealed|"
        "lip_pressor|lip_tightener|a tight mouth|compressed lips|tightened lips|lips squeezed tight",
        "keep your lips loose|keep your lips soft",
    ),
    "pucker_lips": (
        "pucker your lips|pout|blow a kiss|make a kissy face|purse your lips|make a duck face|kiss the air|"
        "push your lips out|kiss|send a kiss|make kissing lips|make a pout|stick out your lips|pucker up|whistle|"
        "push your lips forward|blow me a kiss|protrude your lips|make fish lips|give a kiss",
        "puckered lips|a pout|pouting lips|pursed lips|lip pucker|AU18|kissy lips|a duck face|a kissing mouth|"
        "lip_pucker|a kiss|lips puckered|a pouty mouth|a pouty face|lips pushed out",
        "keep your lips from puckering",
    ),
    "stretch_lips": (
        "stretch your lips|stretch your mouth sideways|grimace|pull your lips wide|pull your lips back sideways|"
        "stretch your lips horizontally|bare your clenched teeth|widen your mouth|make a grimace|"
        "spread your lips wide|stretch the mouth wide without smiling|draw your lips apart sideways|"
        "pull your mouth corners apart|spread your mouth to both sides",
        "stretched lips|a grimace|lip stretcher|AU20|lip_stretcher|lips stretched|a stretched mouth|"
        "lips pulled back|lips stretched sideways|horizontally stretched lips|a wide stretched mouth",
        "keep your lips from stretching",
    ),
    "round_lips": (
        "round your lips|make an O with your mouth|say ooh|form an O shape|shape your lips into an O|"
        "funnel your lips|make a round mouth|make your mouth round|form a circle with your lips|"
        "make an o shape with your lips|make a funnel with your lips",
        "rounded lips|an O-shaped mouth|a round mouth|lip funneler|AU22|lips in an O|lip_funneler|round lips|"
        "lips rounded|a circular mouth|lips forming a circle|a funnel-shaped mouth",
        "keep your lips from rounding",
    ),
    "raise_upper_lip": (
        "raise your upper lip|lift your upper lip|curl your upper lip|show your upper teeth|curl your top lip|"
        "snarl your lip|pull your upper lip up|bare your upper teeth|raise the top lip|show your gums|"
        "lift the top lip",
        "a raised upper lip|upper lip raised|upper lip raiser|AU10|a curled upper lip|upper_lip_raiser|"
        "a curled lip|upper lip up|the top lip lifted|upper teeth showing|upper lip curled",
        "keep your upper lip down",
    ),
    "lower_lower_lip": (
        "lower your lower lip|pull your lower lip down|show your lower teeth|drop your bottom lip|"
        "pull your bottom lip down|depress your lower lip|show your bottom teeth|bare your lower teeth",
        "lower lip pulled down|lower lip depressor|AU16|lower_lip_depressor|lower lip lowered|the bottom lip down|"
        "lower teeth showing|bottom lip lowered|lower lip down",
        "keep your lower lip up",
    ),
    "bite_lip": (
        "bite your lip|bite your lower lip|suck in your lips|roll your lips inward|chew your lip|bite your lips|"
        "suck your lips in|tuck your lips in|chew on your lower lip|nibble your lip~|hide your lips|"
        "bite your bottom lip|fold your lips over your teeth|draw your lips into your mouth",
        "a bitten lip|lips sucked in|lip suck|AU28|lips rolled in|lip_suck|your lip between your teeth|"
        "lips tucked in|lip bite|lip biting|teeth on the lower lip",
        "keep your teeth off your lip",
    ),
    "raise_chin": (
        "push your chin boss up|wrinkle your chin|raise your chin muscle|quiver your chin|push your lower lip up|"
        "dimple your chin|scrunch your chin|tense your chin|push up the chin muscle|bunch up your chin|"
        "let your chin tremble|pucker your chin|make your chin quiver",
        "a wrinkled chin|chin raiser|AU17|a quivering chin|chin boss raised|chin_raiser|a trembling chin|"
        "chin scrunched|chin muscle tensed|a puckered chin|raised chin boss|lower lip pushed up",
        "keep your chin smooth",
    ),
    "dimple": (
        "tighten the corners of your mouth|show your dimples|make dimples|dimple your cheeks|"
        "tuck in your mouth corners|press your mouth corners in|pull your mouth corners inward|"
        "tighten your lip corners|squeeze the mouth corners",
        "dimples|dimpler|AU14|tight mouth corners|dimples in your cheeks|tightened lip corners|"
        "tightened mouth corners|dimpled cheeks|mouth corners tucked in",
        "keep your dimples hidden",
    ),
    "smirk_{side}": (
        "smirk on the {side}|smirk on the {side} side|smirk with the {side} side of your mouth|"
        "smile only on the {side}|lift the {side} corner of your mouth|raise your {side} lip corner|"
        "pull up your {side} mouth corner|make a crooked smile on the {side}|smirk to the {side}|"
        "smirk on your {side} side|give a lopsided grin on the {side}|smile with the {side} half of your mouth|"
        "curl the {side} side of your lips",
        "a smirk on the {side}|a {side} smirk|a {side}-sided smirk|a lopsided smile on the {side}|"
        "the {side} mouth corner raised|{side} lip corner up|a crooked {side} smile|{side} lip corner puller|"
        "a smirk on the {side} side",
        "",
    ),
    "puff_cheeks": (
        "puff your cheeks|blow up your cheeks|puff out your cheeks|inflate your cheeks|fill your cheeks with air|"
        "make chubby cheeks|make chipmunk cheeks|balloon your cheeks|hold air in your cheeks|blow out your cheeks|"
        "make a pufferfish face|puff up",
        "puffed cheeks|puffy cheeks|cheeks puffed|cheek puff|AU34|inflated cheeks|cheeks full of air|cheek_puff|"
        "cheeks blown up|chipmunk cheeks|cheeks puffed out",
        "keep your cheeks flat",
    ),
    "tongue_out": (
        "stick your tongue out|stick out your tongue|show your tongue|poke your tongue out|put out your tongue|"
        "show me your tongue|let your tongue hang out|extend your tongue|loll your tongue|put your tongue out|"
        "push your tongue out|lick your lips~|blow a raspberry|let your tongue show",
        "tongue out|your tongue out|tongue show|AU19|a visible tongue|tongue sticking out|tongue_out|"
        "tongue hanging out|an extended tongue|the tongue stuck out|tongue poking out",
        "keep your tongue in|keep your tongue inside",
    ),
    "jaw_{side}": (
        "move your jaw {dir}|shift your jaw {dir}|slide your jaw {dir}|push your jaw {dir}|move your chin {dir}|"
        "move your lower jaw {dir}|shift your chin {dir}|swing your jaw {dir}|skew your jaw {dir}",
        "jaw to the {side}|jaw shifted {dir}|jaw {side}|lower jaw to the {side}|chin shifted {dir}|jaw_{side}|"
        "a jaw moved {dir}",
        "",
    ),
    "jaw_forward": (
        "push your jaw forward|jut out your jaw|thrust your jaw forward|stick your jaw out|jut your chin out|"
        "move your jaw forward|stick your chin out|make an underbite|jut your jaw|push your lower jaw out|"
        "jut out your chin|protrude your jaw|slide the jaw forward",
        "jaw forward|a jutting jaw|jaw thrust|AU29|an underbite|jaw pushed forward|a jutting chin|jaw jutted out|"
        "a protruding jaw|chin jutting forward",
        "keep your jaw back|keep your jaw in",
    ),
}
