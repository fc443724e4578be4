// Files that are made on demand: told while it takes, saved when it is there, and why not when it cannot be.
(() => {
  async function make(link) {
    const told = link.textContent;
    link.ariaBusy = "true";
    link.textContent = `${told}: making…`;
    try {
      const answer = await fetch(link.href);
      if (!answer.ok) throw new Error(await answer.text());
      const address = URL.createObjectURL(await answer.blob());
      const saving = document.createElement("a");
      saving.href = address;
      saving.download = link.download;
      saving.click();
      setTimeout(() => URL.revokeObjectURL(address), 60000);
      link.textContent = told;
    } catch (error) {
      link.textContent = `${told}: ${error.message}`;
      setTimeout(() => (link.textContent = told), 8000);
    }
    link.ariaBusy = "false";
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-export]");
    if (link) {
      event.preventDefault();
      if (link.ariaBusy !== "true") make(link);
    }
    document.querySelectorAll("details.menu[open]").forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open"));
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
    if (!menu) return;
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
  });

  // Upward where the bar below would hide its end.
  document.addEventListener(
    "toggle",
    (event) => {
      const menu = event.target;
      if (!menu.matches?.("details.menu") || !menu.open) return;
      const bar = document.querySelector("#bar")?.getBoundingClientRect().top ?? innerHeight;
      menu.classList.remove("up");
      const list = menu.querySelector("div").getBoundingClientRect();
      menu.classList.toggle("up", list.bottom > bar && menu.getBoundingClientRect().top > list.height);
    },
    true,
  );

  // What is opened is about to be played: the server makes it now.
  document.addEventListener(
    "toggle",
    (event) => event.target.open && event.target.querySelector("#side-by-side video")?.setAttribute("preload", "auto"),
    true,
  );

  // A take or a result.json that is dropped where no sound, picture or film is expected brings its settings back.
  const OTHERS = "#audio, #partner, #portrait, #style-video, #background-picture, [id^=option-]";
  const brings = (event) => [...(event.dataTransfer?.types || [])].includes("Files") && !event.target.closest?.(OTHERS);
  document.addEventListener("dragover", (event) => brings(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    const input = document.querySelector("input[data-testid='Settings from a take-upload-button']");
    const file = event.dataTransfer?.files?.[0];
    if (!brings(event) || !file || !input || !/\.(mp4|webm|mov|json)$/i.test(file.name)) return;
    event.preventDefault();
    event.stopPropagation();
    const files = new DataTransfer();
    files.items.add(file);
    input.files = files.files;
    input.dispatchEvent(new Event("change", {bubbles: true}));
  }, true);
})();
