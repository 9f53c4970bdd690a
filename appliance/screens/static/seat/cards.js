/** What each kind of prompt is made of: its picture, its words, and what follows a yes. */

import { button, el, icon, say } from "../house/dom.js";
import { Deadline, eachMoment, parts } from "./clock.js";
import { eyeButtons } from "./eyes.js";
import { note, recall } from "./memory.js";
import { announce } from "./voice.js";

const step = ({ step: by }) => (by < 0 ? "-down" : "-up");
const about = ({ topic }) => (topic ? ["-topic", { topic }] : ["", null]);

/** `notice`: there is nothing to decide. `then`: what a yes leads to. */
export const KINDS = {
  focus_break: { icon: "leaf", then: "break" },
  hint: { icon: "bulb", then: "content", content: "hint" },
  push_content: { icon: "book", then: "content", content: "content" },
  adjust_difficulty: { icon: "steps", then: "rate" },
  unlock_screen: { icon: "unlock", notice: true },
  test: { icon: "bell", notice: true },
};

/** The texts of a prompt: `[key, args]` each. */
export function words(prompt) {
  const { kind, timer_s } = prompt;
  const varied = kind === "adjust_difficulty" ? step(prompt) : "";
  const [topical, args] = KINDS[kind].content ? about(prompt) : [varied, null];
  const timed = kind === "focus_break" && timer_s > 0;
  const minutes = { minutes: Math.max(1, Math.round(timer_s / 60)) };
  return {
    title: [`title-${kind}${varied}`, null],
    text: [`text-${kind}${topical}`, args],
    why: [`why-${kind}`, null],
    yes: timed ? [`yes-${kind}-timer`, minutes] : [`yes-${kind}${varied}`, null],
  };
}

/** What stands under a prompt before it is answered, besides its buttons. */
export function extras(prompt) {
  return prompt.eye_settings ? el("div.stack.tight.eyes-here", {}, el("h3", { l10n: "eyes-title" }), eyeButtons()) : null;
}

/** A break that counts down, or one without a clock. */
export function breakOf(prompt) {
  if (!(prompt.timer_s > 0)) return el("p.lead", { l10n: "text-focus_break" });
  const until_ms = recall(prompt.id).until_ms ?? Date.now() + prompt.timer_s * 1000;
  note(prompt.id, { until_ms });
  const deadline = new Deadline(Math.min(prompt.timer_s, (until_ms - Date.now()) / 1000));
  const left = el("span", {});
  const bar = el("progress", { max: prompt.timer_s, "aria-hidden": "true" });
  const box = el("div.stack.tight", {}, el("p.big.numbers", { role: "timer" }, left), bar);
  let ran = deadline.left_s > 0;
  eachMoment(() => {
    const { left_s } = deadline;
    bar.value = prompt.timer_s - left_s;
    if (left_s > 0) say(left, "break-left", parts(left_s));
    else say(left, "break-over");
    if (left_s <= 0 && ran && box.isConnected) announce("break-over");
    ran = left_s > 0;
    return left_s > 0 && (box.isConnected || !box.dataset.seen);
  });
  queueMicrotask(() => (box.dataset.seen = "yes"));
  return box;
}

/** What the school has for the topic. */
export function contentOf(prompt) {
  const box = el("div.stack.content", {});
  load(prompt, box);
  return box;
}

async function load(prompt, box) {
  box.replaceChildren(el("p.muted", { l10n: "content-loading" }));
  const query = new URLSearchParams({ topic: prompt.topic ?? "", kind: KINDS[prompt.kind].content });
  const answer = await fetch(`/seat/content?${query}`).catch(() => null);
  if (answer?.ok) return box.replaceChildren(...pieces(await answer.json()));
  if (answer?.status === 404) return box.replaceChildren(el("p", { l10n: "content-none" }));
  return box.replaceChildren(el("p", { l10n: "content-failed" }), el("div.row", {}, button("content-retry", () => load(prompt, box), { look: "small" })));
}

function pieces({ title, paragraphs, picture, link }) {
  const parts_ = [el("h3.content-title", { text: title, dir: "auto" })];
  if (ownPath(picture)) {
    const image = el("img", { src: picture, l10n: ["content-picture", { title }] });
    image.addEventListener("error", () => image.remove());
    parts_.push(image);
  }
  for (const paragraph of paragraphs) parts_.push(el("p", { text: paragraph, dir: "auto" }));
  if (isHttps(link)) {
    const attributes = { href: link, target: "_blank", rel: "noopener noreferrer" };
    parts_.push(el("p", {}, el("a.outward", attributes, el("span", { l10n: "content-link" }), icon("link"))));
  }
  return parts_;
}

function ownPath(path) {
  return typeof path === "string" && path.startsWith("/seat/content/");
}

/** Whoever wrote the link: nothing but https is followed. */
function isHttps(link) {
  try {
    return new URL(link).protocol === "https:";
  } catch {
    return false;
  }
}
