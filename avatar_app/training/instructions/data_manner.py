"""Words for laughing, and for manners of speaking and moving; phrases_data_actions.py explains the form."""

from __future__ import annotations

MANNER_WORDS: dict[str, tuple[str, str, str]] = {
    "laugh": (
        "laugh|laugh out loud!|giggle~|chuckle~|burst out laughing!|crack up!|laugh heartily!|have a laugh|"
        "laugh hysterically!|cackle!|let out a laugh|start laughing|howl with laughter!|laugh at the joke|"
        "snicker~|roar with laughter!|lol|titter~|laugh hard!|laugh your head off!|guffaw!|keep laughing",
        "a laugh|laughter|giggles~|a chuckle~|roaring laughter!|a hearty laugh!|a giggle~|loud laughter!|haha|"
        "laughing|an open laugh|fits of laughter!|a burst of laughter!",
        "keep from laughing|hold back your laughter|suppress a laugh",
    ),
    "mumble": (
        "mumble|mutter|speak with a nearly closed mouth|slur your words|mumble your words|barely move your lips|"
        "speak unclearly|murmur|talk under your breath|hardly open your mouth when you talk|talk indistinctly|"
        "swallow your words|speak through closed teeth|speak lazily with small lip movements|move your lips less|"
        "minimise lip movement|talk with small mouth movements|use little lip motion",
        "mumbled words|mumbling|muttering|slurred speech|unclear pronunciation|lazy articulation|"
        "small lip movements|sloppy pronunciation|little mouth movement|barely moving lips|a mumbling voice",
        "keep from mumbling",
    ),
    "articulate": (
        "articulate|articulate clearly|pronounce every word clearly|enunciate|speak clearly|over-articulate!|"
        "enunciate every syllable|exaggerate your lip movements!|move your lips distinctly|pronounce carefully|"
        "speak with precise lip movements|say each word distinctly|talk like a news anchor|"
        "make every sound visible|speak distinctly|use crisp diction|hyperarticulate!|emphasise every word|"
        "exaggerate your mouth movements!|move your mouth more|use big lip movements!",
        "clear articulation|precise pronunciation|clear diction|clear enunciation|exaggerated lip movements!|"
        "crisp pronunciation|distinct lip movements|perfect diction|large mouth movements!|good articulation|"
        "exaggerated mouthing!",
        "",
    ),
    "whisper": (
        "whisper|speak in a whisper|talk very softly|speak under your breath in a whisper|"
        "lower your voice to a whisper|whisper a secret|speak in a hushed voice|talk in a hushed tone|"
        "speak so nobody else hears|talk quietly|speak softly|keep your voice down|hush your voice|"
        "breathe the words|whisper into my ear|speak quietly",
        "a whisper|a whispering voice|whispers|a hushed voice|whispering|a hushed tone|a quiet voice|a soft voice|"
        "a low whisper",
        "",
    ),
    "shout": (
        "shout|yell|scream!|shout out loud!|speak loudly|bellow!|cry out|raise your voice|holler|roar!|"
        "shout at the top of your lungs!|talk loudly|call out loud|yell at them|speak up|scream at the camera!|"
        "be loud|shriek!|shout it out|talk as if across a noisy room|call from far away",
        "a shout|a loud voice|shouting|a scream!|yelling|a raised voice|a booming voice!|screaming!|shouts|a yell|"
        "loud speech",
        "keep from shouting",
    ),
    "move_more": (
        "move your head more|move around more|be more animated|move your head a lot!|use lively head movements|"
        "be lively|use more head motion|sway your head|gesture with your head|move energetically|"
        "be expressive with your head|bob and sway|move your head around|be very animated!|be dynamic|"
        "rock your head to the rhythm|be more energetic|add more movement|exaggerate your movements!|"
        "increase the head movement|dance with your head|wobble your head|look around|keep moving|move more|"
        "talk with lots of head motion!",
        "lots of head movement!|more head movement|lively movements|energetic head motion|an animated head|"
        "big head movements!|more motion|vivid head motion|plenty of movement|an energetic performance|"
        "a swaying head|more energy|dynamic head motion|strong head movements!",
        "move less|reduce the head movement|use less head motion",
    ),
    "stay_still": (
        "stay still|keep your head still|hold still|don't move your head|freeze|keep still|remain motionless|"
        "be motionless|stand still|do not move|keep your head fixed|stay frozen|hold your head steady|"
        "stop moving your head|keep your head in place|be as still as a statue!|do not move a muscle!|"
        "hold your head still|keep a steady head|sit still|avoid head motion|leave your head where it is|"
        "keep your head from moving|stay put|avoid moving",
        "a still head|no head movement|no head motion|a motionless head|a fixed head|head still|a steady head|"
        "a frozen head|no movement|a completely still head!|a static head|minimal head movement~",
        "don't stay still|don't freeze|don't keep your head still|don't be so stiff",
    ),
}
