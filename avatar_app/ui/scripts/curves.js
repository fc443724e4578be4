// Motion curves are asked for when their part is opened, and show where the take is that plays.
(() => {
  document.addEventListener("toggle", async (event) => {
    const part = event.target;
    if (!part.matches?.("details[data-curves]") || !part.open || part.dataset.there) return;
    part.dataset.there = "yes";
    const place = part.querySelector("div");
    try {
      const answer = await fetch(part.dataset.curves);
      if (!answer.ok) throw new Error(await answer.text());
      place.innerHTML = await answer.text();
    } catch (error) {
      place.textContent = `The curves cannot be shown: ${error.message}`;
      delete part.dataset.there;
    }
  }, true);
  document.addEventListener("timeupdate", (event) => {
    const field = event.target.closest?.(".take-body")?.querySelector("details[data-curves]");
    const share = event.target.duration ? event.target.currentTime / event.target.duration : 0;
    field?.style.setProperty("--at", `${(100 * share).toFixed(2)}%`);
  }, true);
})();
