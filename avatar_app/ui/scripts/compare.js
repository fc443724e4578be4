// Two takes in one picture, parted by a line that is dragged.
(() => {
  const all = () => [...document.querySelectorAll("#takes > .take:not(.off) .take-body, .run[open] .take-body")].filter((body) => body.querySelector("video"));
  let ends = () => {};

  function named(body) {
    const run = body.closest("details.run")?.querySelector(".run-words b")?.textContent;
    return body.querySelector(".caption span").textContent + (run ? ` · ${run}` : "");
  }

  function choose(bodies, index) {
    const list = document.createElement("select");
    list.append(...bodies.map((body, k) => new Option(named(body), String(k), false, k === index)));
    list.ariaLabel = index ? "Take on the right" : "Take on the left";
    return list;
  }

  function open() {
    const bodies = all();
    if (bodies.length < 2) return;
    const dialog = document.createElement("dialog");
    dialog.id = "compare";
    dialog.ariaLabel = "Compare two takes";
    dialog.innerHTML = `<div class="compare-top"></div><div class="wipe"><video playsinline loop muted></video><video playsinline loop muted></video></div>
      <input type="range" min="0" max="100" value="50" aria-label="How much of the left take is shown">
      <div class="compare-end"><button type="button" class="save" data-do="play">Play</button><button type="button" class="save" data-do="close">Close</button></div>`;
    const lists = [choose(bodies, 0), choose(bodies, 1)];
    dialog.querySelector(".compare-top").append(...lists);
    const videos = [...dialog.querySelectorAll("video")];
    const load = (k) => (videos[k].src = bodies[Number(lists[k].value)].querySelector("video").src);
    const part = (percent) => (videos[1].style.clipPath = `inset(0 0 0 ${percent}%)`);
    lists.forEach((list, k) => list.addEventListener("change", () => { load(k); videos[1 - k].currentTime = 0; }));
    dialog.querySelector("input").addEventListener("input", (event) => part(event.target.value));
    dialog.addEventListener("click", (event) => {
      if (event.target.dataset.do === "close" || event.target === dialog) dialog.close();
      if (event.target.dataset.do !== "play") return;
      const goes = !videos[0].paused;
      videos.forEach((video) => (goes ? video.pause() : video.play().catch(() => {})));
      event.target.textContent = goes ? "Play" : "Pause";
    });
    // Two players drift: the right one follows the left one.
    const follow = setInterval(() => {
      if (Math.abs(videos[1].currentTime - videos[0].currentTime) > 0.03) videos[1].currentTime = videos[0].currentTime;
    }, 250);
    ends = () => { clearInterval(follow); dialog.remove(); };
    dialog.addEventListener("close", () => ends());
    document.body.append(dialog);
    [0, 1].forEach(load);
    part(50);
    dialog.showModal();
  }

  document.addEventListener("click", (event) => event.target.closest?.("[data-part=compare]") && open());
})();
