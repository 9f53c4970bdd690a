/** What became of something that somebody did: said where the person is looking, and read aloud. */

import { el, icon, say } from "/static/house/dom.js";
import { knows } from "/static/house/l10n.js";
import { post } from "/static/house/post.js";
import { boxSaid } from "/static/people/known.js";

const GONE_MS = 6_000;
const STALE_MS = 60_000; // what has not gone well is read by then
const LOOK_MS = 1_000;
const ICONS = { good: "check", mind: "warning", bad: "warning" };
const UNATTENDED = "unattended"; // the box's first word about what most likely nobody will see
const BY_STATUS = { 0: "room-unreachable", 401: "room-signed-out", 403: "room-signed-out", 429: "room-too-fast" };

/** A place for `tell`; a dialog needs its own, because everything behind it is out of reach. */
export function tellingPlace() {
  return el("div.telling", { role: "status", "aria-live": "polite" });
}

/**
 * Say one sentence. It goes by itself, what has not gone well later, and never from under a pointer
 * or the focus (WCAG 2.2.1).
 *
 * @param {"good"|"mind"|"bad"} tone
 * @param {string} key Of the texts.
 * @param {object} [args]
 * @param {string} [detail] The box's own words.
 */
export function tell(tone, key, args = null, detail = "") {
  const place = document.querySelector("dialog[open] .telling") ?? document.querySelector("body > .telling");
  const words = el("p", {}, el("span", { l10n: [key, args] }));
  if (detail) words.append(" ", boxSaid("span.detail", detail));
  const close = el("button.button.quiet.small", { type: "button", l10n: "room-close", on: { click: () => notice.remove() } });
  const notice = el("div.notice", { "data-tone": tone, "data-what": key }, icon(ICONS[tone]), words, close);
  notice.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault(); // a dialog around it stays
    notice.remove();
  });
  place.replaceChildren(notice);
  leaveAfter(notice, tone === "good" ? GONE_MS : STALE_MS);
}

/** Take back what was said, wherever it stands: its cause is gone. */
export function untell(key) {
  document.querySelectorAll(`.telling > [data-what="${key}"]`).forEach((notice) => leaveAfter(notice, 0));
}

function leaveAfter(notice, wait_ms) {
  setTimeout(() => {
    if (notice.matches(":hover, :focus-within")) leaveAfter(notice, LOOK_MS);
    else notice.remove();
  }, wait_ms);
}

/**
 * Post what somebody did and tell what became of it.
 *
 * @param {string} path
 * @param {object} body
 * @param {string} what `room-done-…` without its beginning.
 * @returns {Promise<object|null>} The answer; null where it was not done.
 */
export async function act(path, body, what) {
  const { ok, status, data } = await post(path, body);
  const outcome = data.status ?? "done";
  if (ok && outcome === "done") {
    if (data.detail?.startsWith(UNATTENDED)) tell("mind", `room-unattended-${what}`);
    else tell("good", `room-done-${what}`);
    return data;
  }
  if (ok) tell("mind", knows(`room-${outcome}`) ? `room-${outcome}` : "room-failed", null, data.detail ?? "");
  else tell("bad", BY_STATUS[status] ?? "room-failed");
  return null;
}

/** A button that is out of use while its act is on its way, so that a second tap does nothing. */
export function once(control, doing) {
  control.addEventListener("click", async () => {
    if (control.getAttribute("aria-disabled") === "true") return;
    control.setAttribute("aria-disabled", "true");
    try {
      await doing();
    } finally {
      control.removeAttribute("aria-disabled");
    }
  });
  return control;
}

/** Text and picture of a button that says what a press would do now. */
export function relabel(control, name, key) {
  if (control.dataset.label === key) return;
  control.dataset.label = key;
  const words = el("span");
  say(words, key);
  control.replaceChildren(icon(name), words);
}
