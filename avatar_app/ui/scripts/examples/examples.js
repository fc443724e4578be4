// A card starts a run with its example; the button beneath it plays the voice, one voice at a time.
let sound = null, playing = null;
const quiet = () => {
  sound?.pause();
  if (playing) playing.textContent = "▶ Voice";
  sound = playing = null;
};
element.addEventListener("click", (event) => {
  const card = event.target.closest("[data-example]"), voice = event.target.closest("[data-voice]");
  if (card) {
    quiet();
    trigger("click", {example: Number(card.dataset.example)});
  } else if (voice) {
    const same = voice === playing;
    quiet();
    if (same) return;
    sound = new Audio(voice.dataset.voice);
    playing = voice;
    voice.textContent = "■ Stop";
    sound.addEventListener("ended", quiet);
    sound.play();
  }
});
