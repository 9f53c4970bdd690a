/** Colours and size of this page, as somebody's eyes like them; kept on this computer. */

import { button, el } from "../house/dom.js";

const SHELF = "classbox-eyes";
const CHOICES = { warm: "sun", dim: "moon", large: "text" };
const chosen = new Set((localStorage.getItem(SHELF) ?? "").split(" ").filter((name) => name in CHOICES));

apply();

/** Buttons that stay pressed; several sets of them on a page agree. */
export function eyeButtons() {
  const buttons = Object.entries(CHOICES).map(([name, icon]) =>
    button(`eyes-${name}`, () => toggle(name), { icon, look: "small", "aria-pressed": chosen.has(name), "data-eyes-choice": name }),
  );
  return el("div.row", { role: "group", l10n: "eyes-group" }, ...buttons);
}

function toggle(name) {
  if (!chosen.delete(name)) chosen.add(name);
  localStorage.setItem(SHELF, [...chosen].join(" "));
  apply();
}

function apply() {
  document.documentElement.dataset.eyes = [...chosen].join(" ");
  for (const one of document.querySelectorAll("[data-eyes-choice]")) {
    one.setAttribute("aria-pressed", chosen.has(one.dataset.eyesChoice));
  }
}
