// The voice's field takes films, too, for their sound; while it records, it shows how loud that is. The sound is read by
// the browser's own analyser: nothing leaves the page before Stop.
(() => {
  const FILM = /\.(mp4|mov|m4v|webm|mkv)$/i, FILMS = ".mp4,.mov,.m4v,.webm,.mkv,video/mp4,video/quicktime";
  const FIELDS = ["audio", "partner"];
  const isFilm = (file) => file && (file.type.startsWith("video/") || (FILM.test(file.name) && !file.type.startsWith("audio/")));
  const fieldOf = (event) => FIELDS.find((name) => event.target.closest?.(`#${name}`));

  // Gradio's field refuses what is no sound; a hidden button beside it takes the film.
  function give(field, file) {
    const input = document.querySelector(`input[data-testid='Film for ${field}-upload-button']`);
    const files = new DataTransfer();
    files.items.add(file);
    input.files = files.files;
    input.dispatchEvent(new Event("change", {bubbles: true}));
  }
  const take = (event, file) => {
    const field = fieldOf(event);
    if (!field || !isFilm(file)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    give(field, file);
  };
  document.addEventListener("drop", (event) => take(event, event.dataTransfer?.files?.[0]), true);
  document.addEventListener("change", (event) => {
    if (event.target.type !== "file") return;
    const file = event.target.files?.[0];
    take(event, file);
    if (isFilm(file) && fieldOf(event)) event.target.value = "";
  }, true);
  new MutationObserver(() => {
    for (const input of document.querySelectorAll(":is(#audio, #partner) input[type=file]:not([data-films])")) {
      input.dataset.films = "yes";
      input.accept += `, ${FILMS}`;
    }
  }).observe(document, {childList: true, subtree: true});

  // Peaks in dB below the loudest that can be told: a voice stands between QUIET and LOUD.
  const FLOOR = -60, SILENT = -50, QUIET = -30, LOUD = -1, EVERY = 80, LASTS = 2000;  // ms: how long a peak counts
  const WORDS = {
    silent: "Nothing is heard: is this the right microphone?",
    quiet: "Quiet: come closer, or speak up.",
    good: "Good level.",
    loud: "Too loud: move away a little.",
  };
  const kindOf = (peak) => peak < SILENT ? "silent" : peak < QUIET ? "quiet" : peak > LOUD ? "loud" : "good";
  const records = (name) => {
    const stop = document.querySelector(`#${name} .stop-button`), go = document.querySelector(`#${name} .resume-button`);
    return [stop, go].some((button) => button && getComputedStyle(button).display !== "none");
  };

  function build(field) {
    const level = document.createElement("div");
    level.className = "mic-level";
    level.innerHTML = '<div role="meter" aria-label="Level of the microphone, dB" aria-valuemin="-60" aria-valuemax="0">'
      + '<div></div></div><span aria-live="polite"></span>';
    field.append(level);
    return level;
  }

  function watch(stream) {
    const context = new AudioContext(), ear = context.createAnalyser(), heard = [];
    const began = performance.now(), samples = new Float32Array(ear.fftSize);
    context.createMediaStreamSource(stream).connect(ear);
    let level = null, seen = false;
    const timer = setInterval(() => {
      const name = FIELDS.find(records), now = performance.now();
      seen = seen || Boolean(name);
      const over = stream.getAudioTracks().every((track) => track.readyState === "ended") || (seen && !name);
      if (over || (!seen && now - began > 5000)) {
        clearInterval(timer);
        level?.remove();
        context.close();
        return;
      }
      if (!name) return;
      level = level || build(document.querySelector(`#${name}`));
      ear.getFloatTimeDomainData(samples);
      const peak = 20 * Math.log10(samples.reduce((most, one) => Math.max(most, Math.abs(one)), 1e-6));
      heard.push([now, peak]);
      while (now - heard[0][0] > LASTS) heard.shift();
      const meter = level.querySelector("[role=meter]"), shown = Math.min(0, Math.max(FLOOR, peak));
      meter.setAttribute("aria-valuenow", String(Math.round(shown)));
      meter.firstChild.style.width = `${Math.round(100 * (1 - shown / FLOOR))}%`;
      const kind = kindOf(Math.max(...heard.map(([, one]) => one)));
      if (level.dataset.kind === kind || now - began < LASTS / 2) return;
      level.dataset.kind = kind;
      level.querySelector("span").textContent = WORDS[kind];
    }, EVERY);
  }

  const media = navigator.mediaDevices;
  if (!media?.getUserMedia) return;
  const open = media.getUserMedia.bind(media);
  media.getUserMedia = async (wanted) => {
    const stream = await open(wanted);
    if (wanted?.audio && !wanted.video) watch(stream);
    return stream;
  };
})();
