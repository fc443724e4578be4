// One bar for all takes: play, scrub, loop, speed, sound. Takes that drift from the first are brought back.
(() => {
  const FRAME = 1 / 25; // seconds, of every video here
  const LOST = 15 * FRAME; // further behind than this a take jumps; else the others wait for it
  const state = {playing: false, loop: false, speed: 1, muted: false, alone: null};

  const takes = () => [...document.querySelectorAll("#takes > .take:not(.off) video")].filter((video) => video.readyState > 0);
  const bar = () => document.querySelector("#transport");
  const part = (name) => bar()?.querySelector(`[data-part=${name}]`);
  const lasts = (videos) => Math.max(0, ...videos.map((video) => video.duration || 0));
  // The first that still goes on: a shorter one has ended and stands on its last picture.
  const leader = (videos) => videos.find((video) => !video.ended) || videos[0];

  function hear(videos) {
    const heard = state.alone || videos[0]; // they all say the same
    videos.forEach((video) => (video.muted = state.muted || video !== heard));
  }

  function play() {
    const videos = takes();
    if (!videos.length) return;
    state.alone = null;
    const start = leader(videos).ended ? 0 : leader(videos).currentTime;
    videos.forEach((video) => (video.currentTime = Math.min(start, video.duration || 0)));
    hear(videos);
    state.playing = true;
    videos.forEach((video) => {
      video.playbackRate = state.speed;
      video.play().catch(() => {}); // a browser that wants a click first
    });
    requestAnimationFrame(tick);
  }

  function pause() {
    state.playing = false;
    takes().forEach((video) => video.pause());
    seek(leader(takes())?.currentTime || 0);
  }

  function seek(seconds) {
    takes().forEach((video) => (video.currentTime = Math.min(seconds, video.duration || 0)));
    show();
  }

  // One take by itself, when it is clicked on.
  function toggleAlone(video) {
    const goes = !video.paused;
    state.playing = false;
    takes().forEach((other) => other.pause());
    if (goes) return show();
    state.alone = video;
    if (video.ended) video.currentTime = 0;
    hear(takes());
    video.playbackRate = state.speed;
    video.play().catch(() => {});
    requestAnimationFrame(tick);
  }

  // The slowest sets the pace, for a jump takes a busy browser longer than waiting: who is ahead slows down or waits.
  function align(videos) {
    const going = videos.filter((video) => !video.ended);
    const times = going.map((video) => video.currentTime);
    const middle = [...times].sort((a, b) => a - b)[times.length >> 1];
    going.forEach((video) => {
      if (!video.seeking && middle - video.currentTime > LOST) video.currentTime = middle;
    });
    const pace = Math.min(...times.filter((time) => middle - time <= LOST));
    going.forEach((video) => {
      const ahead = video.currentTime - pace;
      if (ahead > 2 * FRAME) video.pause();
      else if (video.paused && ahead < FRAME / 2) video.play().catch(() => {});
      if (ahead > FRAME / 4) video.playbackRate = state.speed * Math.max(0.5, 1 - ahead / (2 * FRAME));
      else video.playbackRate = state.speed;
    });
  }

  function tick() {
    const videos = takes();
    const alone = state.alone && videos.includes(state.alone) && !state.alone.paused;
    if (!state.playing && !alone) return show();
    if (state.playing && videos.length && videos.every((video) => video.ended)) {
      if (!state.loop) {
        state.playing = false;
        return show();
      }
      play();
    } else if (alone && state.alone.ended && state.loop) state.alone.play();
    else if (state.playing) align(videos);
    show();
    requestAnimationFrame(tick);
  }

  const clock = (seconds) => `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, "0")}`;

  function show() {
    if (!bar()) return;
    const videos = takes();
    const now = (state.alone && !state.alone.paused ? state.alone : leader(videos))?.currentTime || 0;
    const label = state.playing ? "Pause all takes" : "Play all takes";
    part("play").textContent = state.playing ? "❚❚" : "▶";
    if (part("play").ariaLabel !== label) part("play").ariaLabel = label;
    part("compare").hidden = videos.length < 2;
    part("scrub").max = lasts(videos) || 1;
    if (document.activeElement !== part("scrub") || state.playing) part("scrub").value = now;
    part("time").textContent = `${clock(now)} / ${clock(lasts(videos))}`;
  }

  document.addEventListener("click", (event) => {
    const name = event.target.closest?.("#transport [data-part]")?.dataset.part;
    if (name === "play") state.playing ? pause() : play();
    if (name === "loop" || name === "mute") {
      const key = name === "loop" ? "loop" : "muted";
      state[key] = !state[key];
      part(name).ariaPressed = String(state[key]);
      hear(takes());
    }
    const video = event.target.closest?.("#takes > .take video");
    if (video) toggleAlone(video);
  });
  document.addEventListener("keydown", (event) => {
    const video = event.target.closest?.("#takes > .take video");
    if (!video || (event.key !== " " && event.key !== "Enter")) return;
    event.preventDefault();
    toggleAlone(video);
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches?.("#transport [data-part=scrub]")) {
      if (state.playing) pause();
      seek(Number(event.target.value));
    }
    if (event.target.matches?.("#transport [data-part=speed]")) {
      state.speed = Number(event.target.value);
      takes().forEach((video) => (video.playbackRate = state.speed));
    }
  });
  // Takes come one by one; what is heard, and how long it all lasts, changes with them.
  document.addEventListener("loadedmetadata", (event) => {
    const video = event.target;
    if (!video.closest?.("#takes")) return;
    video.style.aspectRatio = `${video.videoWidth} / ${video.videoHeight}`; // until now that of the first still
    hear(takes());
    show();
  }, true);
})();
