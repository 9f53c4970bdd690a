/** Elements without markup in strings: nothing that somebody typed can become HTML. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element.
 *
 * @param {string} tag `"button"`, or with classes: `"p.lead.quiet"`.
 * @param {object} [with_] Attributes; `text` sets the text, `on` is `{click: listener}`, `l10n` a
 *   key of the texts or `[key, args]`. `false`, `null` and `undefined` leave an attribute out.
 * @param {...(Node|string|null)} children
 */
export function el(tag, with_ = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.classList.add(...classes);
  for (const [key, value] of Object.entries(with_)) {
    if (value === false || value === null || value === undefined) continue;
    if (key === "text") element.textContent = value;
    else if (key === "on") for (const [event, act] of Object.entries(value)) element.addEventListener(event, act);
    else if (key === "l10n") say(element, ...[value].flat());
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Name the text of an element; l10n.js, which watches the page, fills it in. */
export function say(element, key, args = null) {
  const wanted = args ? JSON.stringify(args) : null;
  if (element.getAttribute("data-l10n-args") !== wanted) {
    if (wanted) element.setAttribute("data-l10n-args", wanted);
    else element.removeAttribute("data-l10n-args");
  }
  if (element.getAttribute("data-l10n-id") !== key) element.setAttribute("data-l10n-id", key);
}

/** A button that is 44 px high, with a picture if one is named. */
export function button(key, act, { look = "", icon: name = "", ...attributes } = {}) {
  const classes = look ? `.${look.split(" ").join(".")}` : "";
  const label = el("span", { l10n: key });
  return el(`button.button${classes}`, { type: "button", on: { click: act }, ...attributes }, name ? icon(name) : null, label);
}

/**
 * Show one element for each item, keeping those that stay: focus and running timers survive.
 *
 * @param {Element} parent Holds these elements and nothing else.
 * @param {object[]} items In the order to show; each has an `id`.
 * @param {(item: object) => Element} make Called once for each new id.
 * @param {(element: Element, item: object) => void} [update] Called for each, also for new ones.
 */
export function keyed(parent, items, make, update = () => {}) {
  const kept = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  for (const item of items) {
    const key = String(item.id);
    const element = kept.get(key) ?? make(item);
    element.dataset.key = key;
    update(element, item);
    if (kept.delete(key) === false) parent.append(element);
  }
  for (const gone of kept.values()) gone.remove();
  // An element that is moved loses its focus, so only those in the wrong place are.
  items.forEach((item, at) => {
    const here = parent.children[at];
    if (here.dataset.key !== String(item.id)) {
      const wanted = [...parent.children].find((child) => child.dataset.key === String(item.id));
      parent.insertBefore(wanted, here);
    }
  });
}

/** Strokes on a field of 24 by 24, drawn for these pages. */
const ICONS = {
  box: "M12 2.5 20.5 7.2v9.6L12 21.5 3.5 16.8V7.2ZM3.5 7.2 12 12l8.5-4.8M12 12v9.5",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z",
  "eye-off": "M4 4l16 16M9.9 5.8A9.6 9.6 0 0 1 12 5.5C18 5.5 21.5 12 21.5 12a17 17 0 0 1-3 3.7M6.3 7.5A16.6 16.6 0 0 0 2.5 12S6 18.5 12 18.5a9.6 9.6 0 0 0 4.6-1.2M9.9 9.9a3 3 0 0 0 4.2 4.2",
  pause: "M8.5 5v14M15.5 5v14",
  play: "M7.5 4.8v14.4L19 12Z",
  check: "M4.5 12.5l5 5 10-11",
  cross: "M6 6l12 12M18 6L6 18",
  person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM4.5 20.5a7.5 7.5 0 0 1 15 0",
  people: "M9 4.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7ZM2.5 19.5a6.5 6.5 0 0 1 13 0M16 5a3.5 3.5 0 0 1 0 6.5M18.5 14a6.5 6.5 0 0 1 3 5.5",
  hand: "M6.5 12V7a1.5 1.5 0 0 1 3 0v4-6.5a1.5 1.5 0 0 1 3 0V11 5.5a1.5 1.5 0 0 1 3 0V12l1-2.5a1.5 1.5 0 0 1 2.8 1.1L17 17a6 6 0 0 1-5.5 4c-3 0-4.5-1.5-5.5-3.5L3.7 13.8a1.4 1.4 0 0 1 2.3-1.5Z",
  bulb: "M9 17.5h6M10 21h4M12 3a6 6 0 0 0-3.5 10.9c.6.5.9 1.2.9 2v1.6h5.2v-1.6c0-.8.3-1.5.9-2A6 6 0 0 0 12 3Z",
  book: "M12 6.5C10 5 7 4.5 3.5 4.5v14c3.5 0 6.5.5 8.5 2 2-1.5 5-2 8.5-2v-14C17 4.5 14 5 12 6.5ZM12 6.5v14",
  leaf: "M5 19C4 9 10 4.5 20 4.5 20.5 14 16 20 8 17.5M4 21c1.5-5 5-8.5 10-10.5",
  steps: "M3.5 19.5h5v-5h5v-5h5v-5h2.5",
  bell: "M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 2h-15ZM10 21h4",
  clock: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM12 7.5V12l3 2",
  lock: "M6 11h12v9H6ZM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  unlock: "M6 11h12v9H6ZM8.5 11V7.5a3.5 3.5 0 0 1 6.8-1",
  warning: "M12 4L2.8 20h18.4ZM12 10v4.5M12 17.3v.2",
  info: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM12 11v5.5M12 7.7v.2",
  "cloud-off": "M4 4l16 16M8 8.5a5 5 0 0 0-1 9.5h10.5M10.5 6.3A5.5 5.5 0 0 1 17 10.5a4 4 0 0 1 3.3 6.2",
  paper: "M6.5 3.5h8l3.5 3.5v13.5H6.5ZM14 3.5V7.5h4M9.5 12h5M9.5 15.5h5",
  camera: "M3.5 7.5h4l1.5-2.5h6l1.5 2.5h4v11h-17ZM12 9.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7Z",
  screen: "M3.5 5h17v11h-17ZM9 20h6M12 16v4",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  text: "M4 6.5V5h10v1.5M9 5v14M7 19h4M15 11.5v-1h6v1M18 10.5V19M16.5 19h3",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10Z",
  globe: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM3.5 12h17M12 3.5c5 5 5 12 0 17-5-5-5-12 0-17Z",
  target: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7ZM12 2v3M12 19v3M2 12h3M19 12h3",
  print: "M7 8.5v-5h10v5M7 17.5H3.5v-9h17v9H17M7 14h10v6.5H7Z",
  key: "M8 11a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM11 12.5l8.5-8.5M16 7.5l3 3",
  exit: "M10 4H4.5v16H10M9 12h11.5M16.5 8l4 4-4 4",
  forward: "M5 12h14M13.5 6.5L19 12l-5.5 5.5",
  link: "M13 5h6v6M19 5l-9 9M10 6H5v13h13v-5",
  chart: "M4 4v16h16M7.5 15.5l4-5 3.5 3 4.5-7",
  star: "M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9L3.5 9.7l5.9-.8Z",
};

/** A picture beside a word; screen readers pass it by. `forward` and `exit` turn round in right-to-left pages. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}
