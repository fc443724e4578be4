// What Gradio leaves to the mouse: the editor's scrolling part takes the keyboard's focus, and decorative pictures are silent.
(() => {
  const mend = () => {
    document.querySelectorAll(".cm-scroller[tabindex='-1']").forEach((part) => (part.tabIndex = 0));
    document.querySelectorAll("footer button img[alt]:not([alt=''])").forEach((icon) => (icon.alt = ""));
  };
  // Tab leads on from the editor, which would indent by it and never let go.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Tab" && event.target.closest?.(".cm-editor")) event.stopPropagation();
  }, true);
  new MutationObserver(mend).observe(document, {childList: true, subtree: true});
})();
