/** What a screen reader says when something comes or goes; nothing is said every second. */

import { text } from "../house/l10n.js";

const FORGET_MS = 6_000; // so that it is not found again by somebody who walks through the page
let waiting = [];
let forgetting = null;

/** Say a text politely: after what is being said. */
export function announce(key, args = {}) {
  const words = text(key, args);
  if (!words || waiting.includes(words)) return;
  waiting.push(words);
  if (waiting.length > 1) return;
  setTimeout(() => {
    document.getElementById("polite").textContent = waiting.join(" ");
    waiting = [];
    clearTimeout(forgetting);
    forgetting = setTimeout(() => {
      document.getElementById("polite").textContent = "";
    }, FORGET_MS);
  }, 50);
}
