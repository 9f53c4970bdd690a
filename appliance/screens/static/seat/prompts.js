/**
 * The prompts on screen, newest first, each with its own buttons and its own way to the end:
 * asked → open (a break runs, a hint is read) → rate → thanks.
 *
 * The state says what is asked. What somebody has begun here stays until they are done, also when
 * the server was away meanwhile and has forgotten it.
 */

import { button, el, icon, keyed } from "../house/dom.js";
import { text } from "../house/l10n.js";
import { KINDS, breakOf, contentOf, extras, words } from "./cards.js";
import { everything, note, recall } from "./memory.js";
import { answer, tellShown } from "./shown.js";
import { announce } from "./voice.js";

const THANKS_MS = 5_000;
const OPEN_AT_MOST_MS = 15 * 60_000; // then the terminal has closed it, too
let list = null;
let latest = [];

/** Make the list. */
export function promptList() {
  list = el("ul.stack.prompts", {});
  return list;
}

/** How many wait for an answer. */
export function waitingCount() {
  return list.querySelectorAll('[data-phase="asked"]').length;
}

/** Show what the state says, and what has been begun here. */
export function showPrompts(prompts) {
  latest = prompts.filter(({ kind }) => kind in KINDS);
  render();
}

/** Somebody leaves: nothing of theirs stays for the next. */
export function clearPrompts() {
  for (const [id, { phase }] of everything()) if (phase) note(id, { phase: "gone", prompt: null });
  showPrompts([]);
}

function render() {
  const asked = latest.map((prompt) => ({ ...prompt, phase: recall(prompt.id).phase ?? first(prompt) }));
  const ids = new Set(asked.map(({ id }) => id));
  const begun = everything()
    .filter(([id, { phase, since_ms }]) => !ids.has(id) && ["open", "rate", "thanks"].includes(phase) && Date.now() - since_ms < OPEN_AT_MOST_MS)
    .map(([, { prompt, phase }]) => ({ ...prompt, phase }));
  const all = [...asked, ...begun].filter(({ phase }) => phase !== "gone");
  all.sort((one, other) => (one.id < other.id ? 1 : -1)); // ids are UUIDs of version 7: by time
  keyed(list, all, make, update);
  list.closest(".now").dataset.empty = String(all.length === 0);
}

function first(prompt) {
  return prompt.stage === "accepted" && !KINDS[prompt.kind].notice ? "open" : "asked";
}

function make(prompt) {
  const [title, args] = words(prompt).title;
  if (prompt.phase === "asked") announce("prompt-new", { title: text(title, args ?? {}) });
  return el("li", {});
}

function update(item, prompt) {
  if (item.dataset.phase !== prompt.phase) {
    const held = item.contains(document.activeElement);
    item.dataset.phase = prompt.phase;
    item.replaceChildren(cardOf(prompt, item));
    if (held) item.querySelector("h2").focus({ preventScroll: true });
  }
  if (prompt.phase === "asked") tellShown(prompt.id);
}

function cardOf(prompt, item) {
  const { title } = words(prompt);
  const headings = { open: `open-${prompt.kind}`, rate: "rate-title", thanks: "thanks" };
  const id = `title-${prompt.id}`;
  const heading = el("h2", { id, tabindex: "-1", l10n: headings[prompt.phase] ?? title });
  const [face, body] = { asked, open, rate, thanks }[prompt.phase](prompt, item);
  return el(
    "article.card.raised.prompt",
    { "aria-labelledby": id, "data-kind": prompt.kind },
    el("div.prompt-icon", {}, icon(face)),
    el("div.stack.tight", {}, heading, ...body),
  );
}

function asked(prompt, item) {
  const { text: line, why, yes } = words(prompt);
  const kind = KINDS[prompt.kind];
  const buttons = kind.notice
    ? [button("close", () => close(prompt, item), { look: "primary", icon: "check" })]
    : [button(yes, () => accept(prompt), { look: "primary" }), button("not-now", () => decline(prompt, item))];
  const reason = el("p.why", {}, icon("info"), el("span", { l10n: why }));
  return [kind.icon, [el("p", { l10n: line }), extras(prompt), reason, el("div.row", {}, ...buttons)]];
}

function open(prompt) {
  const body = KINDS[prompt.kind].then === "break" ? [breakOf(prompt), extras(prompt)] : [contentOf(prompt)];
  const finish = button("done", () => complete(prompt), { look: "primary", icon: "check" });
  return [KINDS[prompt.kind].icon, [...body, el("div.row", {}, finish)]];
}

function rate(prompt, item) {
  const send = button("rate-send", () => form.requestSubmit(), { look: "primary", disabled: true });
  const choices = [1, 2, 3, 4, 5].map((value) => {
    const input = el("input", { type: "radio", name: `rate-${prompt.id}`, value });
    const spoken = el("span.visually-hidden", { l10n: `rate-${value}` });
    return el("label.rating", {}, input, el("span.face", { "aria-hidden": "true", text: value }), spoken);
  });
  const form = el(
    "form.stack.tight",
    {},
    el(
      "fieldset.stack.tight",
      { "aria-labelledby": `title-${prompt.id}` },
      el("div.ratings", {}, ...choices),
      el("div.ends", { "aria-hidden": "true" }, el("span", { l10n: "rate-low" }), el("span", { l10n: "rate-high" })),
    ),
    el("div.row", {}, send, button("rate-skip", () => go(prompt, item), { look: "quiet" })),
  );
  form.addEventListener("change", () => (send.disabled = false));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = form.querySelector("input:checked");
    if (!chosen) return;
    answer(prompt.id, "rated", { rating: Number(chosen.value) });
    announce("thanks");
    phase(prompt, "thanks");
  });
  return ["star", [form]];
}

function thanks(prompt, item) {
  setTimeout(() => go(prompt, item), THANKS_MS); // of its own, so also after a reload
  return ["check", [el("p", { l10n: "thanks-text" })]];
}

function accept(prompt) {
  answer(prompt.id, "accepted");
  if (KINDS[prompt.kind].then === "rate") complete(prompt);
  else phase(prompt, "open");
}

function complete(prompt) {
  answer(prompt.id, "completed");
  phase(prompt, "rate");
}

function close(prompt, item) {
  answer(prompt.id, "accepted");
  if (prompt.kind === "test") answer(prompt.id, "completed");
  go(prompt, item);
}

function decline(prompt, item) {
  answer(prompt.id, "dismissed");
  go(prompt, item);
}

function phase(prompt, next) {
  const { phase: _, ...rest } = prompt;
  note(prompt.id, { phase: next, prompt: rest, since_ms: Date.now() });
  render();
}

/** Take a prompt away; a keyboard that was in it goes on at the next one, or at the heading. */
function go(prompt, item) {
  const held = item.contains(document.activeElement);
  const next = item.nextElementSibling ?? item.previousElementSibling;
  phase(prompt, "gone");
  if (held) (next?.querySelector("h2") ?? document.getElementById("now-title")).focus({ preventScroll: true });
}
