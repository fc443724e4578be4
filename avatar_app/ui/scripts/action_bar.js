// What the action bar does before the server has answered: a click is seen at once, and screen readers are told.
(() => {
  const START = "starting", STOP = "stopping", PATIENCE = 15000;  // ms after which a click that led to nothing is forgotten
  let timer = 0, shown = "", said = "";

  const mark = (name) => {
    // An attribute and no class: Svelte writes classes anew.
    document.querySelector("#bar")?.setAttribute("data-state", name);
    clearTimeout(timer);
    if (!name) return;
    timer = setTimeout(() => mark(""), PATIENCE);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("#generate, #stop, [data-example]");
    if (!button || button.disabled) return;
    mark(button.id === "stop" ? STOP : START);
    if (button.id !== "stop" && innerWidth < 900) {
      document.querySelector("#results")?.scrollIntoView({behavior: "smooth", block: "start"});
    }
  }, true);

  const changed = () => {
    const status = document.querySelector("#status .status");
    const words = document.querySelector("#status .words span")?.textContent ?? "";
    const running = status?.classList.contains("busy");
    const now = status?.outerHTML ?? "";
    if (now === shown) return;  // the page only marks that it waits for an answer
    shown = now;
    if (!document.querySelector(`#bar[data-state="${STOP}"]`) || !running) mark("");
    if (words !== said) {
      said = words;
      const place = document.querySelector("#announce");
      if (place) place.textContent = words;
    }
  };

  const watch = () => {
    const status = document.querySelector("#status");
    if (!status) return void setTimeout(watch, 200);
    new MutationObserver(changed).observe(status, {childList: true, subtree: true, characterData: true});
  };
  watch();
})();
