"""Instructions in other languages: detection, the lexicons, and what the English readers make of the translations."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from avatar_app.face.facs import ACTION_NAMES, EMOTION_NAMES
from avatar_app.inputs.instruction.languages import lexicon as lex
from avatar_app.inputs.instruction.languages.detect import detect
from avatar_app.inputs.instruction.languages.english import arrange, gerund
from avatar_app.inputs.instruction.languages.translate import _tokens, to_english
from avatar_app.inputs.instruction.reading import read_instruction
from avatar_app.inputs.instruction.understanding import understand

FOLDER = Path(lex.__file__).parent
SENTENCES = Path(__file__).parent / "languages.csv"
# Of the actions the canonical English phrase, as english.py and the lexicons write it.
PHRASES = {
    "mouth_frown": "pull the mouth corners down", "round_lips": "round the lips to an O", "bite_lip": "bite the lip",
    "raise_chin": "wrinkle the chin", "dimple": "tighten the mouth corners", "tongue_out": "stick the tongue out",
    "smirk_left": "smirk on the left", "smirk_right": "smirk on the right", "press_lips": "press the lips together",
    "wink_left": "wink with the left eye", "wink_right": "wink with the right eye", "articulate": "speak clearly",
    "move_more": "move the head more", "stay_still": "keep the head still",
}  # fmt: skip
# Actions that several entries make together, in this order; the other languages have entries for them.
COMPOSED = str.split(
    "raise_brows raise_left_brow raise_right_brow lower_brows raise_upper_lip lower_lower_lip raise_cheeks jaw_left "
    "jaw_right jaw_forward look_left look_right look_up look_down turn_left turn_right tilt_left tilt_right head_up "
    "head_down open_mouth close_eyes"
)
COMPOSITIONS = {
    "de": "heb die Augenbrauen|heb die linke Augenbraue|zieh die rechte Augenbraue hoch|senk die Augenbrauen|"
    "heb die Oberlippe|zieh die Unterlippe nach unten|heb die Wangen|schieb den Kiefer nach links|"
    "schieb den Kiefer nach rechts|schieb den Kiefer vor|schau nach links|schau nach rechts|schau nach oben|"
    "schau nach unten|dreh den Kopf nach links|dreh den Kopf nach rechts|neig den Kopf nach links|"
    "neig den Kopf nach rechts|heb den Kopf|senk den Kopf|öffne den Mund|schließ die Augen",
    "es": "levanta las cejas|levanta la ceja izquierda|levanta la ceja derecha|baja las cejas|sube el labio superior|"
    "baja el labio inferior|sube las mejillas|mueve la mandíbula a la izquierda|mueve la mandíbula a la derecha|"
    "adelanta la mandíbula hacia delante|mira a la izquierda|mira a la derecha|mira arriba|mira hacia abajo|"
    "gira la cabeza a la izquierda|gira la cabeza a la derecha|inclina la cabeza a la izquierda|"
    "inclina la cabeza a la derecha|levanta la cabeza|baja la cabeza|abre la boca|cierra los ojos",
    "fr": "lève les sourcils|lève le sourcil gauche|lève le sourcil droit|baisse les sourcils|lève la lèvre supérieure|"
    "baisse la lèvre inférieure|remonte les joues|bouge la mâchoire à gauche|bouge la mâchoire à droite|"
    "pousse la mâchoire en avant|regarde à gauche|regarde à droite|regarde en haut|regarde en bas|"
    "tourne la tête à gauche|tourne la tête à droite|penche la tête à gauche|penche la tête à droite|lève la tête|"
    "baisse la tête|ouvre la bouche|ferme les yeux",
    "it": "alza le sopracciglia|alza il sopracciglio sinistro|alza il sopracciglio destro|abbassa le sopracciglia|"
    "alza il labbro superiore|abbassa il labbro inferiore|alza le guance|muovi la mandibola a sinistra|"
    "muovi la mandibola a destra|spingi la mandibola in avanti|guarda a sinistra|guarda a destra|guarda in alto|"
    "guarda in basso|gira la testa a sinistra|gira la testa a destra|inclina la testa a sinistra|"
    "inclina la testa a destra|alza la testa|abbassa la testa|apri la bocca|chiudi gli occhi",
    "pt": "levante as sobrancelhas|levante a sobrancelha esquerda|levante a sobrancelha direita|abaixe as sobrancelhas|"
    "levante o lábio superior|abaixe o lábio inferior|levante as bochechas|mova a mandíbula para a esquerda|"
    "mova a mandíbula para a direita|empurre a mandíbula para a frente|olhe para a esquerda|olhe para a direita|"
    "olhe para cima|olhe para baixo|vire a cabeça para a esquerda|vire a cabeça para a direita|"
    "incline a cabeça para a esquerda|incline a cabeça para a direita|levante a cabeça|abaixe a cabeça|abra a boca|"
    "feche os olhos",
    "ru": "подними брови|подними левую бровь|подними правую бровь|опусти брови|подними верхнюю губу|опусти нижнюю губу|"
    "подними щёки|сдвинь челюсть влево|сдвинь челюсть вправо|выдвинь челюсть вперёд|посмотри налево|"
    "посмотри направо|посмотри вверх|смотри вниз|поверни голову налево|поверни голову направо|"
    "наклони голову влево|наклони голову вправо|подними голову|опусти голову|открой рот|закрой глаза",
}
# The text model does not know these words yet, whatever the language.
UNKNOWN_TO_THE_MODEL = {"yawn", "sigh", "chew", "sing"}


def main_phrases(code: str) -> dict[str, str]:
    """Emotion or action -> how the language says it: the first form of the first phrase."""
    first = {english: lex.forms(phrases[0])[0] for _, english, phrases in lex.sections(code) if phrases}
    english = {name: PHRASES.get(name, name.replace("_", " the " if name.count("_") else " ")) for name in ACTION_NAMES}
    found = {name: first[name] for name in EMOTION_NAMES}
    composed = COMPOSITIONS.get(code)
    found |= dict(zip(COMPOSED, composed.split("|"), strict=True)) if composed else _entries_for_composed(first)
    for name in ACTION_NAMES:
        if name not in found:
            found[name] = first[_known(name, english[name], first)]
    return found


def _entries_for_composed(first: dict[str, str]) -> dict[str, str]:
    sides = {
        "raise_brows": "raise the eyebrows", "raise_left_brow": "raise the left eyebrow",
        "raise_right_brow": "raise the right eyebrow", "lower_brows": "lower the eyebrows", "head_up": "head up",
        "head_down": "head down", "look_up": "look up", "look_down": "look down",
        "jaw_forward": "push the jaw forward", "raise_upper_lip": "raise the upper lip",
        "lower_lower_lip": "lower the lower lip", "raise_cheeks": "raise the cheeks", "open_mouth": "open the mouth",
        "close_eyes": "close the eyes",
    }  # fmt: skip
    for side in ("left", "right"):
        sides |= {f"look_{side}": f"look to the {side}", f"jaw_{side}": f"move the jaw to the {side}"}
        sides |= {f"{verb}_{side}": f"{verb} the head to the {side}" for verb in ("turn", "tilt")}
    return {name: first[phrase] for name, phrase in sides.items()}


def _known(name: str, english: str, first: dict[str, str]) -> str:
    candidates = (english, name.replace("_", " "), name, name.replace("raise_inner_brows", "raise the inner eyebrows"))
    return next(phrase for phrase in candidates if phrase in first)


@pytest.mark.parametrize("code", lex.NAMES)
def test_no_phrase_means_two_things(code: str) -> None:
    articles = lex.load(code).articles
    seen: dict[tuple[str, ...], tuple[str, str]] = {}
    clashes = []
    for role, english, phrases in lex.sections(code):
        if role in (*lex.PATTERNS, "article", "number", "traditional", "rewrite"):
            continue
        for spelling in (s for p in phrases for form in lex.forms(p) for s in lex.spellings(code, form)):
            phrase = lex.key(code, spelling, articles)
            if phrase and seen.setdefault(phrase, (role, english)) != (role, english):
                clashes.append((" ".join(phrase), seen[phrase], (role, english)))
    assert clashes == []


@pytest.mark.parametrize("code", lex.NAMES)
def test_every_emotion_and_action_is_reached(code: str) -> None:
    phrases = main_phrases(code)
    assert set(phrases) == {*EMOTION_NAMES, *ACTION_NAMES}
    names = [name for name in phrases if name not in UNKNOWN_TO_THE_MODEL]
    english = [known_translation(code, phrases[name]) for name in names]
    wrong = [
        (name, phrases[name], text, answer.named)
        for name, text, answer in zip(names, english, understand(english), strict=True)
        if answer.named.get(name, 0) <= 0 or len(answer.named) > 1
    ]
    assert wrong == []


def known_translation(code: str, phrase: str) -> str:
    """The English of a phrase whose language is known and of which the lexicon has every word."""
    tokens, unknown = _tokens(phrase, code)
    assert unknown == ()
    return arrange(tokens, code)


def test_the_data_files_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.glob("*.txt")) < 1_500_000


@pytest.mark.parametrize(
    "text",
    [
        "smile", "no", "nod", "angry", "happy :)", "sad af", "", "...", "123", "mans is knackered ngl", "um, smile",
        "José looks tired", 'she says "je ne sais quoi" and smiles', "like Marie de la Tour, proud", "smlie pls",
        "bro just look super hyped like we won ranked", "pose like a diva", "die inside, man", "look at me",
        "make sad face then after he is happy", "nod twice at 3s", "more total calm, no comment", "a grin, plus a nod",
        "ugh, er, so so bored lol", "resting bitch face lol", "say 'hola' and wink", "mad. v mad.", "she luv u",
        "tilt da head n grin", "gutted", "in the pauses raise the brows", "AU6 and AU12", "[sighs] ok then",
        "chin up, son",
    ],
)  # fmt: skip
def test_english_comes_back_unchanged(text: str) -> None:
    answer = to_english(text)
    assert (answer.text, answer.language, answer.known, answer.unknown) == (text, "English", True, ())


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("uśmiechnij się szeroko i pokręć głową", "Polish"), ("zeg ja met je hoofd", "Dutch"),
        ("lütfen gülümse ve başını salla", "Turkish"), ("ابتسم من فضلك", "Arabic"),
        ("웃으면서 고개를 끄덕여", "Korean"),
        ("कृपया मुस्कुराइए", "Hindi"), ("le och nicka med huvudet", "Swedish"), ("mosolyogj és bólints", "Hungarian"),
        ("χαμογέλα λίγο", "Greek"), ("תחייך בבקשה", "Hebrew"), ("ยิ้มหน่อย", "Thai"),
        ("hãy mỉm cười và gật đầu", "Vietnamese"), ("tersenyum lalu anggukkan kepala", "Indonesian"),
        ("hymyile ja nyökkää", "Finnish"), ("usměj se a přikývni", "Czech"), ("посміхнись і кивни", "Ukrainian"),
        ("zâmbește și dă din cap", "Romanian"), ("لطفا بخند و گریه نکن", "Persian"), ("buồn", "Vietnamese"),
    ],
)  # fmt: skip
def test_other_languages_are_told_by_name(text: str, language: str) -> None:
    answer = to_english(text)
    assert (answer.language, answer.known, answer.text) == (language, False, text)


def test_a_clause_in_another_language_is_translated_within_english() -> None:
    assert to_english("smile, dann nicken").text == "smile, then nod"
    assert to_english("look at me, luego sonríe").text == "look at me, then smile"


def test_words_that_the_lexicon_lacks_stay_and_are_told() -> None:
    answer = to_english("lächle wie ein Krokodil und nicke")
    assert answer.unknown == ("Krokodil",)
    assert "Krokodil" in answer.text


def test_quoted_text_stays_as_it_is() -> None:
    assert to_english("Wenn ich „Land und Leute“ sage, nicke").text == "when I say 'Land und Leute', nod"


def test_gerunds() -> None:
    assert [gerund(p) for p in ("smile a lot", "nod", "blink", "open the mouth", "look up")] == [
        "smiling a lot", "nodding", "blinking", "opening the mouth", "looking up",
    ]  # fmt: skip


def test_a_sentence_takes_less_than_ten_milliseconds() -> None:
    sentences = [line.split("|")[1] for line in SENTENCES.read_text(encoding="utf-8").splitlines()[1:]]
    for sentence in sentences:
        to_english(sentence)
    start = time.perf_counter()
    for sentence in sentences:
        to_english(sentence)
    assert (time.perf_counter() - start) / len(sentences) < 0.01


def _failures(line: str) -> list[str]:
    """The checks "name+", "name-", "name+[a,b]" or "name<other" that the timeline of the sentence does not meet."""
    code, sentence, checks = line.split("|")
    answer = to_english(sentence)
    steps = read_instruction(answer.text, 10.0).segments
    failed = [] if answer.language == lex.NAMES[code] else [f"language: {answer.language}"]
    for check in checks.split(";"):
        name, _, place = check.partition("[")
        begins = {n: s.start for s in reversed(steps) for n, v in {**s.emotions, **s.actions}.items() if v > 0}
        if "<" in name:
            before, after = name.split("<")
            passed = begins.get(before, 99) < begins.get(after, -1)
        else:
            at, to = (float(x) for x in place.rstrip("]").split(",")) if place else (0.0, 10.0)
            middle = [s for s in steps if s.start < to - 0.01 and s.end > at + 0.01]
            values = [{**s.emotions, **s.actions}.get(name[:-1], 0) for s in middle]
            passed = any(v > 0 for v in values) if name[-1] == "+" else not any(v > 0 for v in values)
            if name[-1] == "-" and not place:
                passed = passed and any(v < 0 for v in values)
        failed += [] if passed else [check]
    return [f"{sentence} -> {answer.text}: {failed}"] if failed else []


def test_sentences_are_carried_out() -> None:
    lines = SENTENCES.read_text(encoding="utf-8").splitlines()[1:]
    failures = [failure for line in lines for failure in _failures(line)]
    assert len(failures) <= 0.05 * len(lines), "\n".join(failures)


def test_detection_needs_no_model() -> None:
    assert detect("sonríe") == "Spanish"
    assert detect("zxcvb asdfgh yuiopl qwrt") == "another language"
