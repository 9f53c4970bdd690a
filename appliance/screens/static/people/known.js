/** Words of the box's own vocabulary; one that no catalogue has is shown as it came. */

import { el } from "/static/house/dom.js";
import { knows, text as words } from "/static/house/l10n.js";

/** An element with the text of `group-value`, or of `otherwise`, or the value itself. */
export function known(tag, group, value, otherwise = "") {
  const key = `${group}-${value}`;
  if (knows(key)) return el(tag, { l10n: key });
  return otherwise ? el(tag, { l10n: otherwise }) : el(tag, { text: value, dir: "auto" });
}

/** Sentences of the box that are always the same but for a name; all others are its own, in English. */
const SENTENCES = [
  [/^it is the whole room's exam; end it for the room$/, "box-said-room-exam"],
  [/^there is no connection to the broker$/, "box-said-no-broker"],
  [/^no such seat on this box$/, "box-said-no-seat"],
  [/^stale: /, "box-said-stale"],
  [/^pause: asked for at the box$/, "box-said-paused-here"],
  [/^pause: asked for by ([^:;]+)$/, "box-said-paused"],
  [/^switch: ([^:;]+) is on$/, "box-said-switch"],
  [/^a pause was asked for on seat ([^;]+)/, "box-said-aim-pause"],
  [/^consent was refused on seat ([^;]+)/, "box-said-aim-refused"],
  [/^somebody who has not consented is logged in on seat ([^;]+)/, "box-said-aim-unasked"],
  [/^the time is up$/, "box-said-aim-time"],
];

function sentenceOf(said) {
  for (const [pattern, key] of SENTENCES) {
    const match = pattern.exec(said);
    if (match) return [key, { name: match[1] ?? "" }];
  }
  return null;
}

/** An element with what a box has said, in the page's language where that is possible. */
export function boxSaid(tag, said) {
  const sentence = sentenceOf(said);
  return sentence ? el(tag, { l10n: sentence }) : el(tag, { lang: "en", dir: "auto", text: said });
}

/** The same as text, for an attribute. */
export function boxWords(said) {
  const sentence = sentenceOf(said);
  return sentence ? words(...sentence) : said;
}
