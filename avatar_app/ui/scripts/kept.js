// The browser's side of kept runs: whose they are, and what a click on a button inside a card means.
(() => {
  const KEY = "avatar_app.visitor";
  let secret = "";

  function remembered() {
    try {
      return localStorage.getItem(KEY) || "";
    } catch {
      return ""; // a browser that keeps nothing
    }
  }

  // 128 bits that nobody can guess; the server names a folder by their digest.
  function visitor() {
    secret = secret || remembered();
    if (!/^[\w-]{16,64}$/.test(secret)) {
      const bytes = crypto.getRandomValues(new Uint8Array(16));
      secret = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      try {
        localStorage.setItem(KEY, secret);
      } catch {
        // then runs are kept for as long as this page is open
      }
    }
    return secret;
  }

  // The run that is shown above the cards, by its token; "" while there is none.
  function newest() {
    return document.querySelector("#takes [data-run]")?.dataset.run || "";
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-act]");
    if (!button) return;
    event.preventDefault();
    if (button.dataset.ask && !window.confirm(button.dataset.ask)) return;
    // Turned here and now: if the server sent the take again, a video that plays would begin anew.
    if (button.dataset.act === "favourite") button.ariaPressed = String(button.ariaPressed !== "true");
    const place = button.closest("[data-run]");
    const take = Number(button.closest("[data-take]")?.dataset.take || 0);
    window.avatarApp.send?.({act: button.dataset.act, run: place?.dataset.run || "", take, newest: newest()});
  });

  // Times of the runs in the reader's own words.
  function tellTimes() {
    document.querySelectorAll("#older time:not([data-told])").forEach((time) => {
      time.dataset.told = "yes";
      const shape = {day: "numeric", month: "short", hour: "2-digit", minute: "2-digit"};
      time.textContent = new Date(time.dateTime).toLocaleString([], shape);
    });
  }

  // Gradio sometimes loses what it is sent while the page is busy: when a run has ended, what is shown is looked at, and
  // asked for again where it is not what the server told.
  const PATIENCE = 800, TRIES = 3;
  let ended = null;
  function look(told, tries) {
    if (told !== document.querySelector("#status [data-ended]")) return;
    const slots = [...document.querySelectorAll("#takes > .take:not(.off)")], run = told.dataset.ended;
    const right = slots.every((slot) => run && slot.querySelector(`[data-run="${run}"]`));
    if (right && slots.length === Number(told.dataset.takes)) return;
    window.avatarApp.send?.({act: "again", run});
    if (tries > 1) setTimeout(look, PATIENCE, told, tries - 1);
  }
  function lookOnceEnded() {
    const told = document.querySelector("#status [data-ended]");
    if (told !== ended && told) setTimeout(look, PATIENCE, told, TRIES);
    ended = told;
  }
  const changed = () => { tellTimes(); lookOnceEnded(); };
  new MutationObserver(changed).observe(document, {childList: true, subtree: true});

  window.avatarApp = {...window.avatarApp, visitor};
})();
