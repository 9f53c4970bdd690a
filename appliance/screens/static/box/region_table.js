/** The regions as numbers to type, for whoever does not drag, and as lines for the configuration. */

import { button, el, keyed } from "/static/house/dom.js";
import { text } from "/static/house/l10n.js";
import { toml, withSide } from "/static/box/regions.js";
import { once, tell } from "/static/people/telling.js";

const SIDES = ["left", "top", "right", "bottom"];

/**
 * @param {(seat: string, region: number[]) => void} onRegion
 * @param {() => void} onReset
 */
export function regionTable(onRegion, onReset) {
  const body = el("tbody");
  const heads = [el("th", { scope: "col", l10n: "aim-region-seat" }), ...SIDES.map((side) => el("th", { scope: "col", l10n: `aim-region-${side}` }))];
  const lines = el("textarea", { id: "toml", readonly: true, rows: 8, dir: "ltr", spellcheck: "false", "aria-labelledby": "toml-name", "aria-describedby": "toml-about" });
  const copy = once(button("aim-copy", () => {}, { look: "primary", icon: "paper", id: "copy-toml" }), async () => {
    lines.select();
    // Without HTTPS there is no clipboard; the text is selected then, and Ctrl C does it.
    const copied = await navigator.clipboard?.writeText(lines.value).then(() => true, () => false);
    tell(copied ? "good" : "mind", copied ? "room-done-copied" : "aim-copy-by-hand");
  });
  const place = el(
    "div.halves",
    { hidden: true },
    el(
      "div.stack",
      {},
      el("h3", { id: "regions-name", l10n: "aim-regions" }),
      el("p.small.muted", { id: "regions-help", l10n: "aim-regions-help" }),
      el("div.scroll", { tabindex: 0, role: "group", "aria-labelledby": "regions-name" }, el("table.list.sides", {}, el("thead", {}, el("tr", {}, ...heads)), body)),
      el("div.row", {}, button("aim-reset", onReset, { look: "small", id: "reset-regions" })),
    ),
    el("div.stack", {}, el("h3", { id: "toml-name", l10n: "aim-toml" }), el("p.small.muted", { id: "toml-about", l10n: "aim-toml-about" }), lines, el("div.row", {}, copy)),
  );
  return {
    place,
    show(camera, regions) {
      const rows = Object.entries(regions).map(([id, region]) => ({ id, region }));
      keyed(body, rows, (row) => sideRow(row, onRegion), fillSides);
      const written = toml(camera, regions);
      if (lines.value !== written) lines.value = written;
    },
  };
}

function sideRow({ id }, onRegion) {
  const row = el("tr", {}, el("th", { scope: "row" }, el("bdi", { text: id })));
  SIDES.forEach((side, place) => {
    const label = text("aim-region-number", { side: text(`aim-region-${side}`), seat: id });
    const input = el("input.numbers", { type: "number", min: 0, max: 100, step: 0.1, inputmode: "decimal", "aria-label": label });
    input.addEventListener("change", () => {
      const next = input.value === "" ? null : withSide(JSON.parse(row.dataset.region), place, input.valueAsNumber / 100);
      input.setAttribute("aria-invalid", String(!next));
      if (next) onRegion(id, next);
    });
    row.append(el("td", {}, input));
  });
  return row;
}

function fillSides(row, { region }) {
  const said = JSON.stringify(region);
  if (row.dataset.region === said) return;
  row.dataset.region = said;
  row.querySelectorAll("input").forEach((input, at) => {
    input.value = String(Math.round(region[at] * 1000) / 10);
    input.removeAttribute("aria-invalid");
  });
}
