/** What the box sees, what somebody agreed to, and the buttons for both. */

import { button, el, icon, say } from "../house/dom.js";
import { knows } from "../house/l10n.js";
import { BOX_MS, forget, keep, notYet, post, watchKept } from "../house/post.js";
import { Deadline, eachMoment, parts } from "./clock.js";
import { eyeButtons } from "./eyes.js";
import { announce } from "./voice.js";

const CALIBRATION_S = 120;
const FACES = { observed: ["eye", "good"], "not-observed": ["eye-off", "calm"], paused: ["pause", "mind"], unknown: ["clock", ""] };
/** What the box refuses a student in words that are always the same. */
const REFUSALS = {
  "the school holds the consent of this seat; ask a teacher": "failed-on-file",
  "somebody else has paused this seat; a teacher can resume it": "failed-paused",
  "nobody is logged in on this seat, so nobody can consent": "failed-nobody",
};
const made = {};
let seen = null;
let calibrating = null;

/** Make the cards beside the prompts. */
export function statusCards() {
  made.face = el("div.face-box", {});
  made.sight = el("p.sight", {});
  made.reason = el("p", {});
  made.exam = el("div.notice", { "data-tone": "calm", hidden: true }, icon("paper"), el("p", { l10n: "exam-text" }));
  made.pause = button("pause", () => pause(true), { icon: "pause" });
  made.resume = button("resume", () => pause(false), { look: "primary", icon: "play" });
  made.pauseWord = el("p.word", { role: "status" });
  made.ended = el("p.word", { l10n: "pause-ended", hidden: true });
  made.consent = el("p", {});
  made.give = button("consent-give", () => consent(true), { look: "primary", icon: "check" });
  made.take = button("consent-take-back", () => consent(false));
  made.consentWord = el("p.word", { role: "status" });
  dropWhenSent("/seat/pause", made.pauseWord);
  dropWhenSent("/seat/consent", made.consentWord);
  const box = el("div.card.box-card", {}, sightPart(), consentPart(), calibrationPart());
  return el("div.stack.side", {}, box, eyesCard());
}

/** Show them as the state says. */
export function showStatus({ connected, away, exam, view, pause_ended }) {
  // Without any box nobody looks, whatever the last one said before it went.
  const gone = connected && away;
  const sight = gone ? "not-observed" : connected && view ? view.sight : "unknown";
  const reason = gone ? "away" : !connected ? "disconnected" : view ? view.reason || "observed" : "unknown";
  made.part.dataset.sight = sight;
  if (seen !== sight) {
    if (seen !== null) announce(`sight-${sight}`);
    const [name, tone] = FACES[sight] ?? FACES.unknown;
    made.face.replaceChildren(icon(name));
    made.part.dataset.tone = tone;
    say(made.sight, `sight-${sight}`);
    seen = sight;
  }
  say(made.reason, knows(`reason-${reason}`) ? `reason-${reason}` : "reason-other");
  made.exam.hidden = !(exam || view?.exam);
  if (made.told !== reason && made.pauseWord.dataset.l10nId !== "kept-later") clear(made.pauseWord); // it was about what is over
  made.told = reason;
  if (made.ended.hidden === Boolean(pause_ended)) {
    made.ended.hidden = !pause_ended;
    if (pause_ended) announce("pause-ended");
  }
  const asked = connected ? view?.reason : "";
  swap(made.resume, made.pause, asked === "seat-paused");
  if (asked === "room-paused") made.pause.hidden = true;
  showConsent(view);
  showCalibration(gone ? null : view);
}

/** Show one of two buttons; the keyboard stays on the one that is there. */
function swap(first, second, isFirst) {
  const held = [first, second].includes(document.activeElement);
  first.hidden = !isFirst;
  second.hidden = isFirst;
  if (held) (isFirst ? first : second).focus({ preventScroll: true });
}

function showConsent(view) {
  made.consentPart.hidden = !view;
  if (!view) return;
  const agreed = ["given", "on-file"].includes(view.consent);
  say(made.consent, `consent-${view.consent}`);
  say(made.take.lastChild, view.consent === "on-file" ? "consent-not-today" : "consent-take-back");
  swap(made.take, made.give, agreed);
}

function showCalibration(view) {
  const stage = view?.calibration ?? "none";
  const running = stage === "running";
  made.calibration.hidden = !view || !(running || view.sight === "observed");
  made.calibrating.hidden = !running;
  made.start.hidden = running;
  say(made.start.lastChild, stage === "done" ? "calibrate-again" : "calibrate-start");
  say(made.calibrationText, { running: "calibrate-running", done: "calibrate-done" }[stage] ?? "calibrate-text");
  if (!running) {
    if (calibrating && stage === "done") announce("calibrate-done");
    calibrating = null;
    return;
  }
  const left_s = view.calibrating_left_s ?? CALIBRATION_S;
  if (calibrating) return calibrating.shorten(left_s);
  const mine = (calibrating = new Deadline(left_s));
  announce("calibrate-running");
  eachMoment(() => {
    say(made.left, "calibrate-left", parts(mine.left_s));
    made.progress.value = CALIBRATION_S - mine.left_s;
    return mine === calibrating;
  });
}

function sightPart() {
  const head = el("div.sight-head", {}, made.face, el("div", {}, el("h2.over", { l10n: "sight-title" }), made.sight));
  made.part = el("section.stack.tight", {}, head, made.reason, made.ended, made.exam, el("div.row", {}, made.pause, made.resume), made.pauseWord);
  return made.part;
}

function consentPart() {
  made.consentPart = el("section.stack.tight", {}, el("h2.over", { l10n: "consent-title" }), made.consent, el("div.row", {}, made.give, made.take), made.consentWord);
  return made.consentPart;
}

function calibrationPart() {
  made.calibrationText = el("p", {});
  made.left = el("p.numbers.small", {});
  made.progress = el("progress", { max: CALIBRATION_S, l10n: "calibrate-progress" });
  made.calibrating = el("div.stack.tight", {}, made.progress, made.left);
  made.calibrationWord = el("p.word", { role: "status" });
  made.start = button("calibrate-start", calibrate, { icon: "target" });
  made.calibration = el("section.stack.tight", {}, el("h2.over", { l10n: "calibrate-title" }), made.calibrationText, made.calibrating, el("div.row", {}, made.start), made.calibrationWord);
  return made.calibration;
}

function eyesCard() {
  return el("section.card.stack.tight", {}, el("h2.over", { l10n: "eyes-title" }), eyeButtons(), el("p.small.muted", { l10n: "eyes-text" }));
}

function pause(paused) {
  return ask("/seat/pause", { paused }, { protects: paused, at: made.pauseWord, by: paused ? made.pause : made.resume });
}

function consent(granted) {
  return ask("/seat/consent", { granted }, { protects: !granted, at: made.consentWord, by: granted ? made.give : made.take });
}

function calibrate() {
  return ask("/seat/calibrate", {}, { protects: false, at: made.calibrationWord, by: made.start });
}

function clear(place) {
  delete place.dataset.l10nId;
  place.textContent = "";
}

/** What was kept and has arrived needs no word any more. */
function dropWhenSent(path, place) {
  watchKept(path, (count) => {
    if (count === 0 && place.dataset.l10nId === "kept-later") clear(place);
  });
}

/** Ask the box. A no (`protects`) is kept until it has arrived; a yes is only good while somebody waits for it. */
async function ask(path, body, { protects, at, by }) {
  if (by.getAttribute("aria-disabled")) return;
  by.setAttribute("aria-disabled", "true");
  clear(at);
  forget(path);
  const { ok, status, data } = await post(path, body, { patience_ms: BOX_MS });
  by.removeAttribute("aria-disabled");
  if (ok && data.status === "done") return;
  const late = status === 0 || notYet(data) || status >= 500;
  if (protects && late) {
    keep(path, body);
    return say(at, "kept-later");
  }
  const word = status === 0 ? "unreachable" : (data.status ?? "failed");
  if (word === "refused" && Object.hasOwn(REFUSALS, data.detail)) return say(at, REFUSALS[data.detail]);
  say(at, knows(`failed-${word}`) ? `failed-${word}` : "failed-failed");
}
