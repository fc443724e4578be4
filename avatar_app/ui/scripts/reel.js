// What a reel is to be like goes into the address of the link that makes it.
(() => {
  const told = (event) => {
    const form = event.target.closest?.(".reel");
    if (!form) return;
    const wish = new URLSearchParams();
    form.querySelectorAll("select, input[type=text]").forEach((one) => one.value && wish.set(one.name, one.value));
    wish.set("caption", form.querySelector("[name=caption]").value);
    const takes = [...form.querySelectorAll("[name=takes]:checked")].map((one) => one.value);
    wish.set("takes", takes.join(","));
    const link = form.querySelector("a[data-export]");
    link.href = `${form.dataset.reel}?${wish}`;
    link.ariaDisabled = String(!takes.length);
    link.classList.toggle("missing", !takes.length);
  };
  document.addEventListener("input", told);
  document.addEventListener("change", told);
})();
