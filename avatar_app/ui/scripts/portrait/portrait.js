// Draws on the portrait what was found in it: a frame to choose each face by, and the marks of a face placed by hand.
// `element`, `props`, `trigger` and `watch` are Gradio's: props.value is the JSON that ui/picture.py writes.
const STEP = 2;  // pixels of the screen that an arrow key moves a mark by; ten times as much with Shift
const ORDER = ["eye_right", "eye_left", "mouth_right", "mouth_left", "chin"];
let seen = {marks: []}, layer = null;

const portrait = () => document.querySelector("#portrait");
const picture = () => portrait()?.querySelector("img");
const make = (tag, names, parent) => {
  const one = document.createElement(tag);
  one.className = names;
  parent.append(one);
  return one;
};
const percent = (part, whole) => `${100 * part / whole}%`;
const size = () => seen.size || [picture().naturalWidth, picture().naturalHeight];
const send = (told) => trigger("click", told);

// Where the picture itself stands inside the element that shows it.
const fit = () => {
  const img = picture();
  if (!layer || !img?.naturalWidth) return;
  const box = img.getBoundingClientRect(), outer = portrait().getBoundingClientRect(), [width, height] = size();
  const scale = Math.min(box.width / width, box.height / height);
  Object.assign(layer.style, {
    width: `${scale * width}px`, height: `${scale * height}px`,
    left: `${box.left - outer.left + (box.width - scale * width) / 2}px`,
    top: `${box.top - outer.top + (box.height - scale * height) / 2}px`,
  });
};

const told = () => seen.marks.map(([name, , x, y]) => `${name} ${Math.round(x)},${Math.round(y)}`).join("; ");

const put = (button, index) => {
  const [width, height] = size(), [, words, x, y] = seen.marks[index];
  Object.assign(button.style, {left: percent(x, width), top: percent(y, height)});
  button.ariaLabel = `Mark ${index + 1}, ${words}: arrow keys move it`;
};

const move = (index, x, y) => {
  const [width, height] = size();
  seen.marks[index][2] = Math.min(width - 1, Math.max(0, x));
  seen.marks[index][3] = Math.min(height - 1, Math.max(0, y));
};

const onKey = (event, button, index) => {
  const way = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
  if (!way) return;
  event.preventDefault();
  const by = STEP * (event.shiftKey ? 10 : 1) * size()[0] / layer.clientWidth, [, , x, y] = seen.marks[index];
  move(index, x + by * way[0], y + by * way[1]);
  put(button, index);
  if (seen.marks.length === ORDER.length) send({points: told()});
};

const drag = (event, button, index) => {
  event.preventDefault();
  event.stopPropagation();
  button.focus();
  const from = [event.clientX, event.clientY], [, , x, y] = seen.marks[index], each = size()[0] / layer.clientWidth;
  let moved = false;
  button.setPointerCapture(event.pointerId);
  const follow = (now) => {
    moved = true;
    move(index, x + (now.clientX - from[0]) * each, y + (now.clientY - from[1]) * each);
    put(button, index);
  };
  const end = () => {
    button.removeEventListener("pointermove", follow);
    if (moved) send({points: told()});
  };
  button.addEventListener("pointermove", follow);
  button.addEventListener("pointerup", end, {once: true});
  button.addEventListener("pointercancel", end, {once: true});
};

const drawMark = (index) => {
  const button = make("button", "mark", layer);
  button.type = "button";
  button.textContent = index + 1;
  put(button, index);
  button.addEventListener("pointerdown", (event) => drag(event, button, index));
  button.addEventListener("click", (event) => event.stopPropagation());
  button.addEventListener("keydown", (event) => onKey(event, button, index));
};

const drawBox = ([left, top, right, bottom], index) => {
  const [width, height] = size(), taken = index + 1 === seen.chosen, many = seen.boxes.length > 1;
  const box = make(many ? "button" : "div", taken ? "face taken" : "face", layer);
  Object.assign(box.style, {
    left: percent(left, width), top: percent(top, height),
    width: percent(right - left, width), height: percent(bottom - top, height),
  });
  if (!many) return;
  box.type = "button";
  box.ariaPressed = String(taken);
  box.ariaLabel = `Face ${index + 1} of ${seen.boxes.length}`;
  make("span", "", box).textContent = index + 1;
  box.addEventListener("click", (event) => {
    event.stopPropagation();
    send({face: index + 1});
  });
};

const drawRings = () => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${size().join(" ")}`);
  svg.ariaHidden = "true";
  for (const ring of seen.rings) {
    const line = document.createElementNS(svg.namespaceURI, "polygon");
    line.setAttribute("points", ring.map((place) => place.join(",")).join(" "));
    svg.append(line);
  }
  layer.append(svg);
};

const draw = () => {
  const focus = layer?.contains(document.activeElement) ? [...layer.children].indexOf(document.activeElement) : -1;
  layer?.remove();
  layer = null;
  if (!picture()?.naturalWidth || !(seen.placing || seen.boxes)) return;
  layer = make("div", seen.placing ? "placing" : "", portrait());
  layer.id = "on-portrait";
  fit();
  if (seen.rings) drawRings();
  if (!seen.placing) seen.boxes?.forEach(drawBox);
  seen.marks.forEach((_, index) => drawMark(index));
  if (focus >= 0) layer.children[focus]?.focus({preventScroll: true});
  if (!seen.placing) return;
  layer.addEventListener("click", (event) => {
    const box = layer.getBoundingClientRect(), [width, height] = size();
    send({at: [(event.clientX - box.left) / box.width * width, (event.clientY - box.top) / box.height * height]});
  });
};

const take = () => {
  seen = {marks: [], ...JSON.parse(props.value || "{}")};
  draw();
};
watch("value", take);
take();
// Gradio sometimes loses what it is sent while the page is busy: where the words beneath ask for another mark than the
// next one, they are asked for again, with the marks.
const PATIENCE = 800;
const look = (words) => {
  const asked = /\((\d) of \d\)/.exec(words);
  if (asked && words === hint()?.innerText && seen.marks.length !== asked[1] - 1) send({});
};
const hint = () => document.querySelector("#portrait-hint");
const listen = () => {
  if (!hint()) return void setTimeout(listen, 200);
  new MutationObserver(() => setTimeout(look, PATIENCE, hint().innerText))
    .observe(hint(), {childList: true, subtree: true, characterData: true});
};
listen();
// The picture loads after its words, and its place changes with the window.
const place = () => portrait() ? (layer || !picture() ? fit() : draw()) : undefined;
portrait()?.addEventListener("load", draw, true);
if (portrait()) new ResizeObserver(place).observe(portrait());
addEventListener("resize", place);
