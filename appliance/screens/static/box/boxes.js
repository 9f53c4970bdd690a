/** One box in plain words: is it well, what does it say, what do its cameras see, where does a chain break. */

import { el, icon, keyed } from "/static/house/dom.js";
import { cameraRow, fillCamera } from "/static/box/cameras.js";
import { boxSaid, known } from "/static/people/known.js";
import { amount, byName } from "/static/people/amounts.js";
import { act, once } from "/static/people/telling.js";

const LOOKS = { ready: ["check", "good"], init: ["clock", "calm"], paused: ["pause", "calm"], degraded: ["warning", "mind"] };
const STEPS = [["sent", "frames"], ["looked-at", "frames"], ["pose", "frames"], ["expression", "frames"], ["alerts", "broker"], ["published", "broker"], ["acknowledged", "broker"]];
const PARTS = { pose: "looked-at", expression: "looked-at", acknowledged: "published" };
const has = (value) => value !== null && value !== undefined;
const CAMERA_HEADS = ["", "-state", "-rate", "-drops", "-age", "-light", "-reconnects"];
const SEATS = { observed: ["eye", "good"], absent: ["person", ""], ambiguous: ["people", "mind"], "no-consent": ["hand", ""], paused: ["pause", "calm"], lost: ["warning", "bad"] };

/** An empty card; `fillBox` says what is in it. */
export function boxCard({ id }) {
  const heads = CAMERA_HEADS.map((name) => el("th", { scope: "col", l10n: `box-camera${name}` }));
  return el(
    "article.card.box.stack",
    { "aria-labelledby": `box-${id}` },
    el("div.spread", {}, el("h2", { id: `box-${id}` }, el("bdi", { text: id })), el("p.tag.state")),
    el("ul.problems"),
    el("p.muted.no-health", { l10n: "box-no-health", hidden: true }),
    el("dl.numbers.facts"),
    el(
      "div.stack.measured",
      {},
      el("h3", { l10n: "box-cameras", id: `cameras-${id}` }),
      el("p.small.muted", { l10n: "box-cameras-about" }),
      el("div.scroll", { tabindex: 0, role: "group", "aria-labelledby": `cameras-${id}` }, el("table.list", {}, el("thead", {}, el("tr", {}, ...heads)), el("tbody.cameras"))),
      el("div.halves", {}, el("div.stack", {}, el("h3", { l10n: "box-funnel" }), el("p.small.muted", { l10n: "box-funnel-about" }), el("ol.funnel")), el("div.stack", {}, el("h3", { l10n: "box-seats" }), el("ul.seat-words"))),
    ),
  );
}

/** Bring a card up to date; what has not changed is left alone. */
export function fillBox(card, { status, info, health }) {
  const find = (selector) => card.querySelector(selector);
  const [picture, tone] = LOOKS[status?.state] ?? ["warning", "bad"];
  changed(find(".state"), status, (place) => {
    place.dataset.tone = tone;
    place.replaceChildren(icon(picture), known("span", "box-state", status?.state ?? "lost", "box-state-lost"));
  });
  changed(find(".problems"), problemsOf(status, health), (place, said) => {
    place.replaceChildren(...said.map((line) => el("li.notice", { "data-tone": "mind" }, icon("warning"), boxSaid("span", line))));
  });
  find(".no-health").hidden = Boolean(health);
  find(".measured").hidden = !health;
  changed(find(".facts"), [info, health], (place) => place.replaceChildren(...facts(info, health)));
  const cameras = Object.entries(health?.cameras ?? {}).map(([id, camera]) => ({ ...camera, id }));
  keyed(find(".cameras"), cameras.sort((one, other) => byName(one.id, other.id)), cameraRow, fillCamera);
  changed(find(".funnel"), health, (place) => place.replaceChildren(...funnel(health)));
  const seats = Object.entries(health?.seats ?? {}).map(([id, state]) => ({ id, state }));
  keyed(find(".seat-words"), seats.sort((one, other) => byName(one.id, other.id)), seatRow, fillSeat);
}

function changed(place, value, fill) {
  const said = JSON.stringify(value ?? null);
  if (place.dataset.said === said) return;
  place.dataset.said = said;
  fill(place, value);
}

/** Each problem once. The status has them all in one line, in words that may be five minutes old; health has those of now. */
function problemsOf(status, health) {
  const now = health?.problems ?? [];
  if (!status?.reason || (status.state === "degraded" && now.length)) return now;
  const subject = (line) => `${line.split(": ", 1)[0]}: `;
  return [status.reason, ...now.filter((line) => !status.reason.includes(subject(line)))];
}

function facts(info, health) {
  const rows = [];
  const add = (key, value) => rows.push(el("div", {}, el("dt", { l10n: `box-${key}` }), el("dd", {}, value)));
  const number = (key, args) => el("span", { l10n: [`box-${key}-value`, args] });
  if (info) {
    add("software", el("bdi", { text: info.software }));
    add("profile", el("bdi", { text: info.profile }));
  }
  if (!health) return rows;
  const minutes = Math.floor(health.uptime_s / 60);
  add("uptime", number("uptime", { days: Math.floor(minutes / 1440), hours: Math.floor(minutes / 60) % 24, minutes: minutes % 60 }));
  if (has(health.temperature_c)) add("temperature", number("temperature", { degrees: amount(health.temperature_c) }));
  if (has(health.rss_mb)) add("memory", number("memory", { megabytes: amount(health.rss_mb) }));
  if (has(health.disk_free_mb)) add("disk", number("disk", { gigabytes: amount(health.disk_free_mb / 1024, 1) }));
  add("ladder", el("span", { l10n: health.degrade_step ? ["box-ladder-step", { step: health.degrade_step }] : "box-ladder-full" }));
  if (health.broker) add("broker", el("span", { l10n: health.broker.connected ? "box-broker-up" : "box-broker-down" }));
  if (health.storage) add("storage", storage(health.storage));
  return rows;
}

function storage({ disk_full, writes_failed }) {
  if (disk_full) return el("span", { l10n: "box-storage-full" });
  return el("span", { l10n: writes_failed ? ["box-storage-failed", { count: writes_failed }] : "box-storage-well" });
}

/** How much of each step comes through to the next; the first that is empty is where the chain breaks. Each seat looks at a frame of its own, so those are no share of the frames taken. */
function funnel(health) {
  if (!health) return [];
  const frames = (name) => Object.values(health.cameras ?? {}).reduce((sum, camera) => sum + (camera.frames?.[name] ?? 0), 0);
  const counts = STEPS.map(([name, where]) => (where === "frames" ? frames(name) : (health.broker?.[name] ?? 0)));
  return STEPS.map(([name, where], at) => {
    const whole = PARTS[name] ? counts[STEPS.findIndex(([other]) => other === PARTS[name])] : 0;
    const meter = whole ? el("meter", { min: 0, max: whole, value: Math.min(counts[at], whole), "aria-hidden": "true" }) : null;
    return el("li", {}, el("span", { l10n: `box-funnel-${name}` }), el("span.numbers.count", { text: amount(counts[at]) }), meter);
  });
}

function seatRow({ id }) {
  const test = el("button.button.quiet.small", { type: "button" }, el("span.visually-hidden", { l10n: ["box-seat-test", { seat: id }] }), el("span", { "aria-hidden": "true", l10n: "box-seat-test-short" }));
  once(test, () => act("/box/test-alert", { seat: id }, "test-alert"));
  return el("li", {}, el("bdi.name", { text: id }), el("span.sight"), test);
}

function fillSeat(row, { state }) {
  const place = row.querySelector(".sight");
  if (place.dataset.state === state) return;
  const [picture, tone] = SEATS[state] ?? ["eye-off", ""];
  Object.assign(place.dataset, { state, tone });
  const words = known("span", "box-seat", state);
  place.replaceChildren(icon(picture), words);
}
