/** Pointing a camera: choose it, look at stick figures, follow the advice, move the regions. */

import { button, el, icon, keyed, say } from "/static/house/dom.js";
import { aimCanvas } from "/static/box/aim_canvas.js";
import { pictureAdvice, seatAdvice, times } from "/static/box/aim_words.js";
import { regionTable } from "/static/box/region_table.js";
import { amount, byName } from "/static/people/amounts.js";
import { boxSaid } from "/static/people/known.js";
import { act, once } from "/static/people/telling.js";
import { shape } from "/static/people/shape.js";

const MARKS = { good: ["check", "good"], poor: ["warning", "mind"], bad: ["cross", "bad"] };

/** Fill the part of aiming. */
export function aimPanel(place) {
  const edited = new Map();
  let frame = null;
  let asked = false;
  const list = el("select", { id: "aim-camera" });
  const start = button("aim-start", () => {}, { look: "primary", icon: "target", id: "aim-start" });
  const stop = button("aim-stop", () => {}, { icon: "cross", id: "aim-stop", hidden: true });
  once(start, () => act("/box/aim", { camera: list.value, on: true }, "aim"));
  once(stop, () => {
    asked = false;
    return act("/box/aim", { camera: frame?.camera ?? list.value, on: false }, "aim-end");
  });
  const left = el("p.numbers.muted");
  const svg = shape("svg", { class: "canvas", role: "group", "aria-labelledby": "aim-name" });
  const readings = el("dl.facts.numbers");
  const advice = el("ul.advice");
  const look = el("div.looking", { hidden: true }, el("div", {}, svg), el("div.stack", {}, readings, el("h3", { l10n: "aim-advice" }), advice));
  const off = el("p.card.quiet.muted", { id: "aim-why", role: "status" });
  const table = regionTable((seat, region) => edit(seat, region), () => {
    edited.clear();
    draw();
  });
  const canvas = aimCanvas(svg, (seat, region) => edit(seat, region));
  place.append(
    el("h2", { id: "aim-name", l10n: "aim-heading" }),
    el("p.muted", { l10n: "aim-about" }),
    el("div.row.choose", {}, el("label", { for: "aim-camera", l10n: "aim-camera" }), list, start, stop, left),
    off,
    look,
    table.place,
  );

  function places() {
    return Object.fromEntries(Object.entries(frame.seats ?? {}).map(([seat, { region }]) => [seat, edited.get(seat) ?? region]));
  }

  function edit(seat, region) {
    edited.set(seat, region);
    draw();
  }

  function draw() {
    if (!frame) return;
    const found = seatAdvice(frame);
    const markOf = (person) => found.find(({ seat }) => seat === (person.seat ?? null))?.mark ?? "bad";
    canvas.draw(frame, places(), markOf);
    table.show(frame.camera, places());
  }

  return {
    show({ boxes, aim: last }) {
      const aim = last?.ended ? null : last;
      asked = last?.ended ? false : asked || Boolean(aim);
      cameras(list, boxes);
      start.toggleAttribute("disabled", !list.options.length);
      if (aim && frame && aim.camera !== frame.camera) edited.clear();
      frame = aim ?? frame;
      start.hidden = Boolean(aim);
      stop.hidden = !aim;
      off.hidden = Boolean(aim);
      sayWhy(off, last?.ended ?? "", asked);
      look.hidden = table.place.hidden = !frame;
      left.hidden = !aim;
      list.toggleAttribute("disabled", Boolean(aim));
      if (!aim) {
        canvas.rest();
        look.hidden = true;
        return;
      }
      list.value = aim.camera;
      say(left, "aim-left", { minutes: Math.floor(aim.remaining_s / 60), seconds: aim.remaining_s % 60 });
      fillReadings(readings, aim);
      fillAdvice(advice, aim);
      draw();
    },
  };
}

/** Why nobody is shown: the box has said so, or nothing any more, or nobody has begun. */
function sayWhy(place, ended, asked) {
  const key = ended ? "aim-ended" : asked ? "aim-silent" : "aim-off";
  const said = `${key} ${ended}`;
  if (place.dataset.said === said) return;
  place.dataset.said = said;
  place.replaceChildren(el("span", { l10n: key }));
  if (ended) place.append(" ", boxSaid("span.detail", ended));
}

function cameras(list, boxes) {
  const names = [...new Set(boxes.flatMap(({ health }) => Object.keys(health?.cameras ?? {})))].sort(byName);
  if (list.dataset.said === names.join()) return;
  const chosen = list.value;
  list.dataset.said = names.join();
  list.replaceChildren(...names.map((name) => el("option", { value: name, text: name, selected: name === chosen })));
}

function fillReadings(place, frame) {
  const rows = [
    ["aim-light", el("span", { l10n: ["box-camera-light-value", { percent: amount(100 * frame.light.mean) }] })],
    ["aim-sharpness", el("span", { l10n: ["aim-of-needed", { times: times(frame.sharpness, frame.limits.sharpness) }] })],
    ["aim-rate", el("span", { l10n: ["aim-rate-value", { fps: amount(frame.fps ?? 0, 1), wanted: amount(frame.wanted_fps) }] })],
  ];
  place.replaceChildren(...rows.map(([key, value]) => el("div", {}, el("dt", { l10n: key }), el("dd", {}, value))));
}

function fillAdvice(list, frame) {
  const picture = pictureAdvice(frame);
  const whole = picture.length ? picture : [{ mark: "good", key: "aim-picture-well", args: null }];
  const rows = [...whole.map((one) => ({ ...one, id: `picture ${one.key}` })), ...seatAdvice(frame).map((one, at) => ({ ...one, id: one.seat === null ? `somebody ${at}` : `seat ${one.seat}` }))];
  keyed(list, rows, () => el("li"), (item, row) => {
    const said = JSON.stringify(row);
    if (item.dataset.said === said) return;
    item.dataset.said = said;
    const [pictureName, tone] = MARKS[row.mark];
    item.dataset.tone = tone;
    const name = row.seat === undefined ? el("strong", { l10n: "aim-whole" }) : row.seat === null ? el("strong", { l10n: "aim-someone" }) : el("bdi.name", { text: row.seat });
    item.replaceChildren(icon(pictureName), el("span.visually-hidden", { l10n: `aim-mark-${row.mark}` }), name, el("span", { l10n: [row.key, row.args] }));
  });
}
