/** Words and pictures of a seat, the same on its tile and in its sheet. */

import { el, icon } from "/static/house/dom.js";
import { knows } from "/static/house/l10n.js";

const SIGHTS = { observed: ["eye", "good"], "not-observed": ["eye-off", ""], paused: ["pause", "calm"] };
const REASONS = { camera: ["warning", "bad"], starting: ["clock", "calm"] };
const CONSENTS = { given: "check", "on-file": "paper", "not-given": "hand", withdrawn: "cross" };

/** Picture and tone of what the box sees of a seat. */
export function sightLook({ sight, reason }) {
  return REASONS[reason] ?? SIGHTS[sight] ?? ["eye-off", ""];
}

/** Picture of a consent. */
export const consentIcon = (consent) => CONSENTS[consent] ?? "hand";

/** The word of a state, where the box may tell it. */
export function stateWord(tag, state) {
  const key = `state-${state}`;
  return knows(key) ? el(tag, { l10n: key }) : el(tag, { l10n: "room-alert-here" });
}

/** Picture and words in one line. */
export function line(classes, picture, ...words) {
  return el(`span.${classes}`, {}, icon(picture), ...words);
}
