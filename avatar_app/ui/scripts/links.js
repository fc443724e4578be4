// Puts a link where the browser keeps what is copied; where it may not, shows the link to be copied by hand.
(() => {
  async function copy(link) {
    const button = document.querySelector("#copy-link");
    try {
      await navigator.clipboard.writeText(link);
    } catch {
      window.prompt("Copy this link:", link);
      return;
    }
    const told = button.textContent;
    button.textContent = "Link copied";
    setTimeout(() => (button.textContent = told), 2500);
  }
  window.avatarApp = {...window.avatarApp, copy};
})();
