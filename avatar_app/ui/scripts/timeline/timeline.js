// Draws the plan of an instruction as chips, and lets hand and keyboard change it. `element`, `props`, `trigger` and
// `watch` are Gradio's: props.value is the JSON that ui/timeline.py writes.
const LANE = 44, SHORTEST = 0.2, STEP = 0.1, STRONGEST = 1.5, WEAKEST = 0.1, SURE = 0.6;
let plan = {steps: [], doubts: [], notes: [], seconds: 5, text: ""}, chosen = -1;

const round = (value) => Math.round(value * 100) / 100;
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const make = (tag, names, parent, words) => {
  const one = document.createElement(tag);
  if (names) one.className = names;
  if (words !== undefined) one.textContent = words;
  parent?.append(one);
  return one;
};
const strengthWord = (s) => s < 0 ? "not at all" : s < 0.5 ? "a little" : s < 0.85 ? "medium" : s < 1.1 ? "strong" : "very strong";
const describe = (step) =>
  `${step.label}, ${step.start.toFixed(1)} to ${step.end.toFixed(1)} s, ${strengthWord(step.strength)}`
  + (step.count ? `, ${step.count} times` : "")
  + (step.confidence < SURE ? `, not sure (${Math.round(100 * step.confidence)} %)` : `, ${Math.round(100 * step.confidence)} % sure`);

const send = () => {
  plan = {...plan, doubts: [], notes: [], error: "", edited: true};
  props.value = JSON.stringify(plan);
  trigger("input");
};

const lanes = () => {
  const ends = [];
  return plan.steps.map((step) => {
    let lane = ends.findIndex((end) => end <= step.start + 0.01);
    if (lane < 0) lane = ends.push(0) - 1;
    ends[lane] = step.end;
    return lane;
  });
};

const place = (chip, step, lane) => {
  chip.style.left = `${100 * step.start / plan.seconds}%`;
  chip.style.width = `${100 * (Math.min(step.end, plan.seconds) - step.start) / plan.seconds}%`;
  if (lane !== undefined) chip.style.top = `${LANE * lane}px`;
  chip.setAttribute("aria-label", describe(step));
  chip.title = describe(step);
};

const shift = (step, part, by) => {
  const length = step.end - step.start;
  if (part === "start") step.start = round(clamp(step.start + by, 0, step.end - SHORTEST));
  else if (part === "end") step.end = round(clamp(step.end + by, step.start + SHORTEST, plan.seconds));
  else {
    step.start = round(clamp(step.start + by, 0, Math.max(0, plan.seconds - length)));
    step.end = round(step.start + length);
  }
  step.loose = false;
};

const drag = (event, chip, step, part, track) => {
  event.preventDefault();
  event.stopPropagation();
  const before = {...step}, from = event.clientX, perPixel = plan.seconds / track.clientWidth;
  let moved = false;
  chip.setPointerCapture(event.pointerId);
  const move = (now) => {
    moved = moved || Math.abs(now.clientX - from) > 3;
    if (!moved) return;
    Object.assign(step, {start: before.start, end: before.end});
    shift(step, part, (now.clientX - from) * perPixel);
    place(chip, step);
  };
  const end = () => {
    chip.removeEventListener("pointermove", move);
    chosen = plan.steps.indexOf(step);
    if (moved) send();
    draw(true);
  };
  chip.addEventListener("pointermove", move);
  chip.addEventListener("pointerup", end, {once: true});
  chip.addEventListener("pointercancel", end, {once: true});
};

const strengthen = (step, by) => {
  if (step.strength > 0) step.strength = round(clamp(step.strength + by, WEAKEST, STRONGEST));
};
const remove = (index) => {
  plan.steps.splice(index, 1);
  chosen = Math.min(index, plan.steps.length - 1);
  send();
  draw(true);
};

const onKey = (event, step, index) => {
  const by = {ArrowLeft: -STEP, ArrowRight: STEP}[event.key];
  if (by) shift(step, event.shiftKey ? "end" : event.altKey ? "start" : "all", by);
  else if (event.key === "+" || event.key === "ArrowUp") strengthen(step, STEP);
  else if (event.key === "-" || event.key === "ArrowDown") strengthen(step, -STEP);
  else if (event.key === "Delete" || event.key === "Backspace") { event.preventDefault(); return remove(index); }
  else return;
  event.preventDefault();
  chosen = index;
  send();
  draw(true);
};

const drawChip = (track, step, index, lane) => {
  const names = ["chip", index === chosen && "chosen", step.strength < 0 && "avoided", step.confidence < SURE && "unsure"];
  const chip = make("button", names.filter(Boolean).join(" "), track);
  chip.type = "button";
  chip.setAttribute("aria-pressed", String(index === chosen));
  make("span", "level", chip).style.width = `${100 * clamp(Math.abs(step.strength) / STRONGEST, 0, 1)}%`;
  make("span", "words", chip, (step.strength < 0 ? "not: " : "") + step.label + (step.count ? ` ×${step.count}` : "")
    + (step.confidence < SURE ? " ?" : ""));
  for (const part of ["start", "end"]) {
    make("span", `edge ${part}`, chip).addEventListener("pointerdown", (event) => drag(event, chip, step, part, track));
  }
  chip.addEventListener("pointerdown", (event) => drag(event, chip, step, "all", track));
  chip.addEventListener("click", () => { chosen = index; draw(true); });
  chip.addEventListener("keydown", (event) => onKey(event, step, index));
  place(chip, step, lane);
  return chip;
};

const field = (row, name, value, low, high, step, kind, set) => {
  const label = make("label", "", row, name);
  const input = make("input", "", label);
  Object.assign(input, {type: kind, min: low, max: high, step, value});
  input.addEventListener("change", () => {
    if (input.value === "" || !Number.isFinite(+input.value)) return draw();
    set(clamp(+input.value, low, high));
    send();
    draw();
  });
};

const drawEditor = (root, step, index) => {
  const row = make("div", "editor", root);
  make("strong", "", row, step.label);
  field(row, "From", step.start, 0, round(step.end - SHORTEST), STEP, "number", (value) => { step.start = value; });
  field(row, "to", step.end, round(step.start + SHORTEST), plan.seconds, STEP, "number", (value) => { step.end = value; });
  if (step.strength > 0) {
    field(row, "Strength", step.strength, WEAKEST, STRONGEST, 0.05, "range", (value) => { step.strength = value; });
  }
  if (step.count) field(row, "Times", step.count, 1, 50, 1, "number", (value) => { step.count = Math.round(value); });
  const button = make("button", "", row, "Remove");
  button.type = "button";
  button.addEventListener("click", () => remove(index));
};

const writeInstruction = (words) => {
  const area = document.querySelector("#instruction textarea");
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(area, words);
  area.dispatchEvent(new Event("input", {bubbles: true}));
};

const drawDoubt = (root, doubt) => {
  const row = make("div", "doubt", root);
  make("span", "", row, "Not understood: ");
  make("u", "", row, doubt.words);
  if (!doubt.meant.length || !doubt.end) return;
  make("span", "", row, " Did you mean");
  for (const words of doubt.meant) {
    const button = make("button", "", row, words);
    button.type = "button";
    button.addEventListener("click", () =>
      writeInstruction(plan.text.slice(0, doubt.start) + words + plan.text.slice(doubt.end)));
  }
};

// What was not understood is underlined where it stands: a textarea has no marks, so its words are laid over it, unseen.
const underline = () => {
  const area = document.querySelector("#instruction textarea");
  document.querySelector("#instruction .echo")?.remove();
  const marked = plan.doubts.filter((doubt) => doubt.end).sort((a, b) => a.start - b.start);
  if (!area || !marked.length || area.value !== plan.text) return;
  const echo = make("div", "echo");
  echo.setAttribute("aria-hidden", "true");
  let at = 0;
  for (const doubt of marked) {
    if (doubt.start < at) continue;
    echo.append(plan.text.slice(at, doubt.start));
    make("u", "", echo, plan.text.slice(doubt.start, doubt.end));
    at = doubt.end;
  }
  echo.append(plan.text.slice(at));
  const look = getComputedStyle(area);
  for (const name of ["font", "padding", "letterSpacing", "lineHeight", "textAlign"]) echo.style[name] = look[name];
  area.parentElement.style.position = "relative";
  Object.assign(echo.style, {
    left: `${area.offsetLeft + area.clientLeft}px`, top: `${area.offsetTop + area.clientTop}px`,
    width: `${area.clientWidth}px`, height: `${area.clientHeight}px`,
  });
  area.parentElement.append(echo);
  const follow = () => { echo.scrollTop = area.scrollTop; };
  area.addEventListener("scroll", follow);
  follow();
  area.addEventListener("input", () => echo.remove(), {once: true});
};

const draw = (keepFocus = false) => {
  const root = element.querySelector(".plan-timeline");
  if (!root) return;
  const inside = keepFocus || root.contains(document.activeElement) && document.activeElement.matches(".chip");
  root.replaceChildren();
  if (plan.error) make("div", "problem", root, plan.error);
  if (plan.steps.length) {
    const ruler = make("div", "ruler", root);
    make("span", "", ruler, "0 s");
    make("span", "", ruler, `${plan.seconds.toFixed(1)} s`);
    const track = make("div", "track", root), at = lanes();
    track.style.height = `${LANE * (1 + Math.max(...at))}px`;
    track.setAttribute("role", "group");
    track.setAttribute("aria-label", "What happens when. Arrow keys move a step and change its strength, Delete removes it.");
    const chips = plan.steps.map((step, index) => drawChip(track, step, index, at[index]));
    if (chosen >= 0 && chosen < chips.length) {
      drawEditor(root, plan.steps[chosen], chosen);
      if (inside) chips[chosen].focus({preventScroll: true});
    }
  }
  const doubts = document.querySelector("#doubts .plan-timeline");
  doubts?.replaceChildren();
  for (const doubt of plan.doubts) drawDoubt(doubts ?? root, doubt);
  for (const note of plan.notes) make("div", "note", root, note);
  if (plan.edited) make("div", "note", root, "Changed by hand: this plan is acted, not the words. New words start it anew.");
};

// Whoever writes sees what is understood of it: the page moves up, as far as the words stay in view.
const WORDS_ROOM = 120;  // pixels above the words: their label, and what languages are understood
const reveal = () => {
  const area = document.querySelector("#instruction textarea:focus"), chips = element.querySelector(".track");
  const bar = document.querySelector("#bar")?.getBoundingClientRect().top ?? innerHeight;
  if (!area || !chips) return;
  const hidden = chips.getBoundingClientRect().bottom + 8 - bar, room = area.getBoundingClientRect().top - WORDS_ROOM;
  if (hidden > 0 && room > 0) scrollBy({top: Math.min(hidden, room), behavior: "instant"});
};

const take = () => {
  const value = JSON.parse(props.value || "null");
  if (!value) return;
  if (value.text !== plan.text) chosen = -1;
  plan = value;
  draw();
  underline();
  reveal();
};
watch("value", take);
addEventListener("resize", underline);
take();
