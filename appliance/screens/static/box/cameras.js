/** A camera as a row: how many frames come, how many are lost and to what. */

import { el, icon } from "/static/house/dom.js";
import { knows } from "/static/house/l10n.js";
import { known } from "/static/people/known.js";
import { amount } from "/static/people/amounts.js";

const LOOKS = { live: ["check", "good"], starting: ["clock", "calm"], paused: ["pause", "calm"], retrying: ["warning", "mind"], ended: ["cross", "bad"], quarantined: ["warning", "bad"] };
const WHITE = 255;

/** An empty row. */
export function cameraRow({ id }) {
  return el("tr", {}, el("th", { scope: "row" }, el("bdi", { text: id })), ...Array.from({ length: 6 }, () => el("td.numbers")));
}

/** Bring a row up to date. */
export function fillCamera(row, camera) {
  const said = JSON.stringify(camera);
  if (row.dataset.said === said) return;
  row.dataset.said = said;
  const [picture, tone] = LOOKS[camera.state] ?? ["info", ""];
  const state = [el("span.tag", { "data-tone": tone }, icon(picture), known("span", "box-camera", camera.state))];
  if (camera.detail) state.push(el("p.small.muted", { lang: "en", dir: "auto", text: camera.detail }));
  const cells = [
    state,
    [amount(camera.fps, 1)],
    drops(camera.dropped ?? {}),
    [(camera.frame_age_ms ?? null) === null ? "–" : el("span", { l10n: ["box-camera-age-value", { milliseconds: amount(camera.frame_age_ms) }] })],
    [(camera.light ?? null) === null ? "–" : el("span", { l10n: ["box-camera-light-value", { percent: amount((100 * camera.light) / WHITE) }] })],
    [amount(camera.reconnects ?? 0)],
  ];
  cells.forEach((cell, at) => row.children[at + 1].replaceChildren(...cell));
}

function drops(dropped) {
  const causes = Object.entries(dropped).filter(([, count]) => count > 0);
  if (!causes.length) return [el("span", { l10n: "box-drop-none" })];
  const items = causes.map(([cause, count]) => {
    const key = `box-drop-${cause}`;
    const args = { count: amount(count) };
    return el("li", { l10n: knows(key) ? [key, args] : ["box-drop-other", { ...args, cause }] });
  });
  return [el("ul.causes", {}, ...items)];
}
