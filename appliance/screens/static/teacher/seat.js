/** One seat's sheet: what the box knows of it, and what a teacher may do for it alone. */

import { button, el, say } from "/static/house/dom.js";
import { clockTime } from "/static/people/amounts.js";
import { known } from "/static/people/known.js";
import { act, once, relabel, tell, tellingPlace } from "/static/people/telling.js";
import { consentIcon, line, sightLook, stateWord } from "/static/teacher/words.js";

const REQUEST = "/teacher/request";

/** Make the dialog; `open(seat)` shows it, `show(state)` keeps it true. */
export function seatSheet() {
  let name = null;
  let state = null;
  const seat = () => state?.seats.find((one) => one.seat === name) ?? null;
  const heading = el("h2", { id: "seat-name" });
  const facts = el("dl.facts");
  const pause = once(el("button.button.primary", { type: "button", id: "pause-seat" }), () => {
    const command = isPaused(seat()) ? "resume" : "pause";
    return act(REQUEST, { command, seat: name }, command);
  });
  const unlock = once(el("button.button", { type: "button", id: "unlock-seat" }), () =>
    act(REQUEST, { command: "unlock-all", seat: name }, "unlock-all"),
  );
  relabel(unlock, "unlock", "teacher-seat-unlock");
  const exam = once(el("button.button", { type: "button", id: "exam-seat" }), () =>
    act(REQUEST, { command: "exam", seat: name, on: !seat()?.exam }, "exam"),
  );
  const test = once(el("button.button.quiet", { type: "button", id: "test-seat" }), () =>
    act(REQUEST, { command: "test-alert", seat: name }, "test-alert"),
  );
  relabel(test, "screen", "teacher-seat-test");
  const paper = paperForm(() => name);
  const close = el("button.button.quiet.close", { type: "button", l10n: "room-close", on: { click: () => dialog.close() } });
  const dialog = el(
    "dialog.seat",
    { id: "seat", "aria-labelledby": "seat-name" },
    el("div.spread", {}, heading, close),
    facts,
    el("div.acts", {}, pause, exam, unlock, test),
    tellingPlace(), // before the form, or it lies below what is seen of a sheet
    paper.form,
  );
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);

  function render() {
    const now = seat();
    if (!now) {
      dialog.close();
      return;
    }
    say(heading, "teacher-seat-heading", { seat: name });
    relabel(pause, isPaused(now) ? "play" : "pause", isPaused(now) ? "teacher-seat-resume" : "teacher-seat-pause");
    relabel(exam, "paper", now.exam ? "teacher-seat-exam-stop" : "teacher-seat-exam-start");
    const said = JSON.stringify(now);
    if (facts.dataset.said === said) return;
    facts.dataset.said = said;
    facts.replaceChildren(...factsOf(now));
  }

  return {
    open(wanted) {
      name = wanted;
      paper.clear();
      dialog.querySelector(".telling").replaceChildren();
      if (seat()) dialog.showModal();
      render();
    },
    show(now) {
      state = now;
      if (dialog.open) render();
    },
  };
}

/** A pause of the whole room is not this seat's to end. */
function isPaused(seat) {
  return seat?.sight === "paused" && seat.reason !== "room-paused";
}

function factsOf(seat) {
  const [picture, tone] = sightLook(seat);
  const why = seat.reason ? [" ", el("span.muted", {}, "(", known("span", "room-reason", seat.reason), ")")] : [];
  const rows = [
    ["teacher-seat-camera", line("tag", picture, known("span", "room-sight", seat.sight)), ...why],
    ["teacher-seat-consent", line("value", consentIcon(seat.consent), known("span", "room-consent", seat.consent))],
    ["teacher-seat-screen", line("value", seat.terminal === "online" ? "screen" : "cloud-off", known("span", "room-terminal", seat.terminal))],
    ["teacher-seat-exam", el("span", { l10n: seat.exam ? "teacher-seat-exam-on" : "teacher-seat-exam-off" })],
  ];
  rows[0][1].dataset.tone = tone;
  if (seat.state) rows.push(["teacher-seat-state", stateWord("span", seat.state)]);
  if (seat.since_s) rows.at(-1).push(" ", el("span.muted", { l10n: ["room-since", { time: clockTime(seat.since_s) }] }));
  return rows.map(([key, ...values]) => el("div", {}, el("dt", { l10n: key }), el("dd", {}, ...values)));
}

/** Consent on a student's behalf, with what is written on the paper that the school keeps. */
function paperForm(seat) {
  const reference = el("input", { id: "reference", type: "text", maxlength: 64, autocomplete: "off", spellcheck: "false", "aria-describedby": "reference-hint" });
  const record = (granted) => async () => {
    const written = reference.value.trim();
    const lacks = granted && !written; // a no counts without any paper
    reference.setAttribute("aria-invalid", String(lacks));
    if (lacks) {
      tell("mind", "teacher-seat-reference-missing");
      reference.focus();
      return;
    }
    const body = { command: "consent", seat: seat(), granted, ...(granted ? { reference: written } : {}) };
    if (await act(REQUEST, body, "consent")) reference.value = "";
  };
  const give = once(button("teacher-seat-give", () => {}, { icon: "check", id: "consent-give" }), record(true));
  const refuse = once(button("teacher-seat-withdraw", () => {}, { icon: "cross", id: "consent-refuse" }), record(false));
  const form = el(
    "form.card.quiet.stack",
    { novalidate: true, "aria-labelledby": "paper-name" },
    el("h3", { id: "paper-name", l10n: "teacher-seat-form" }),
    el("div.field", {}, el("label", { for: "reference", l10n: "teacher-seat-reference" }), reference, el("p.small.muted", { id: "reference-hint", l10n: "teacher-seat-reference-hint" })),
    el("div.row", {}, give, refuse),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    give.click();
  });
  return {
    form,
    clear() {
      reference.value = "";
      reference.removeAttribute("aria-invalid");
    },
  };
}
