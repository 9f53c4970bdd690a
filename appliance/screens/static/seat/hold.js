/**
 * A lock and a rest: over the whole page, counted down here and ended here.
 *
 * The server begins it and may shorten it; nobody can lengthen it. What has ended once is never
 * shown again, also after a reload.
 */

import { button, el, icon } from "../house/dom.js";
import { text } from "../house/l10n.js";
import { Deadline, eachMoment, parts } from "./clock.js";
import { note, recall } from "./memory.js";
import { answer, tellShown } from "./shown.js";
import { announce } from "./voice.js";

const LONGEST_S = { lock_screen: 30, mandatory_rest: 300 };
const SOON_S = 10;
const SVG = "http://www.w3.org/2000/svg";
const RADIUS = 90;
let current = null;

/** Show what the state says, if it is not over here already. */
export function showHold(hold) {
  if (current && current.id !== hold?.id) end(current);
  if (!hold || recall(hold.id).over || !(hold.kind in LONGEST_S)) return;
  if (!current) begin(hold);
  if (!current) return;
  current.deadline.shorten(hold.left_s);
  note(hold.id, { until_ms: current.deadline.until_ms });
  tellShown(hold.id);
  step(current);
}

function begin(hold) {
  const before_s = recall(hold.id).until_ms ? (recall(hold.id).until_ms - Date.now()) / 1000 : Infinity;
  const left_s = Math.min(hold.left_s, hold.whole_s, LONGEST_S[hold.kind], before_s);
  if (left_s <= 0) return over(hold.id);
  current = { ...hold, deadline: new Deadline(left_s), soon: left_s <= SOON_S, rest: hold.kind === "mandatory_rest" };
  const mine = current;
  mine.box = hold.cover === "notice" ? noticeOf(mine) : coverOf(mine);
  if (hold.cover === "notice") announceBegin(mine, announce);
  eachMoment(() => step(mine));
}

function step(hold) {
  if (hold !== current) return false;
  const { left_s } = hold.deadline;
  if (left_s <= 0) {
    end(hold);
    return false;
  }
  const { minutes, seconds } = parts(left_s);
  hold.number.textContent = hold.rest ? `${minutes}:${seconds}` : String(Math.ceil(left_s));
  hold.ring?.style.setProperty("stroke-dashoffset", String(1 - left_s / hold.whole_s));
  if (!hold.soon && left_s <= SOON_S) {
    hold.soon = true;
    hold.announce("lock-soon");
  }
  return true;
}

function end(hold) {
  current = null;
  over(hold.id);
  hold.box.close?.();
  hold.box.remove();
  announce("lock-over");
}

function over(id) {
  note(id, { over: true });
}

function leave(hold) {
  answer(hold.id, "dismissed");
  end(hold);
}

function coverOf(hold) {
  const key = hold.rest ? "rest" : "lock";
  const alarm = el("p.visually-hidden", { "aria-live": "assertive" });
  const title = el("h1", { id: "hold-title", tabindex: "-1", l10n: `${key}-title` });
  const answers = el("div.row.centre");
  const box = el(
    "dialog.cover",
    { "aria-labelledby": "hold-title", "data-kind": hold.kind },
    el(
      "div.cover-in",
      {},
      el("div.ring", { role: "timer" }, ringOf(hold), numberOf(hold)),
      title,
      el("p.lead", { l10n: `${key}-text` }),
      el("p.why", { l10n: `why-${hold.kind}` }),
      answers,
      hold.rest ? null : el("p.honest", { l10n: `lock-honest-${honest(hold)}` }),
    ),
    alarm,
  );
  fillAnswers(hold, answers, title);
  // Escape leaves a rest, as its button does, and does nothing to a lock.
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    if (hold.escape) leave(hold);
  });
  box.addEventListener("cancel", (event) => event.preventDefault());
  box.addEventListener("close", () => {
    if (hold === current) box.showModal(); // a browser closes a dialog that refuses twice
  });
  document.body.append(box);
  box.showModal();
  title.focus({ preventScroll: true });
  hold.announce = (word, args = {}) => setTimeout(() => (alarm.textContent = text(word, args)), 100);
  announceBegin(hold, hold.announce);
  return box;
}

/** Where a school wants no lock, the same as a friendly card among the prompts. */
function noticeOf(hold) {
  hold.announce = announce;
  const key = hold.rest ? "rest" : "lock";
  const answers = el("div.row");
  const title = el("h2", { id: "hold-title", tabindex: "-1", l10n: `${key}-title` });
  const card = el(
    "article.card.raised.prompt",
    { "aria-labelledby": "hold-title", "data-kind": hold.kind },
    el("div.prompt-icon", {}, icon("leaf")),
    el(
      "div.stack.tight",
      {},
      el("div.spread", {}, title, el("p.big.numbers", { role: "timer" }, numberOf(hold))),
      el("p", { l10n: `${key}-text` }),
      el("p.why", {}, icon("info"), el("span", { l10n: `why-${hold.kind}` })),
      hold.rest ? null : el("p.small.muted", { l10n: "lock-honest-notice" }),
      answers,
    ),
  );
  fillAnswers(hold, answers, title);
  document.getElementById("notices").append(card);
  return card;
}

function fillAnswers(hold, answers, title) {
  if (hold.escape) answers.append(button("rest-escape", () => leave(hold), { look: "primary", icon: "forward" }));
  if (hold.rest) return;
  const accepted = el("p.accepted", {}, icon("check"), el("span", { l10n: "lock-accepted" }));
  const accept = button("lock-accept", () => {
    answer(hold.id, "accepted");
    note(hold.id, { accepted: true });
    title.focus({ preventScroll: true });
    accept.replaceWith(accepted);
  });
  answers.append(recall(hold.id).accepted ? accepted : accept);
}

function announceBegin(hold, aloud) {
  const { left_s } = hold.deadline;
  if (hold.rest) aloud("rest-begins", { minutes: Math.max(1, Math.round(left_s / 60)) });
  else aloud("lock-begins", { seconds: Math.ceil(left_s) });
}

function honest(hold) {
  return hold.cover === "veyon" ? "veyon" : "page";
}

function numberOf(hold) {
  hold.number = el("span.number.numbers");
  return hold.number;
}

function ringOf(hold) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 200 200");
  svg.setAttribute("aria-hidden", "true");
  for (const name of ["track", "left"]) {
    const circle = document.createElementNS(SVG, "circle");
    const facts = { class: name, cx: 100, cy: 100, r: RADIUS, pathLength: 1 };
    for (const [key, value] of Object.entries(facts)) circle.setAttribute(key, String(value));
    svg.append(circle);
  }
  hold.ring = svg.lastChild;
  return svg;
}
