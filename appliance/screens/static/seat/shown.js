/** Tells the server that something is on the screen: only then it counts. */

import { keep } from "../house/post.js";
import { everything, note, recall } from "./memory.js";

const PASSED_ON_MS = 60_000; // by then what a server took has long been with the broker
const told = new Set();

/** Tell after the next paint, which a hidden page has when it is seen. */
export function tellShown(id) {
  if (told.has(id)) return;
  told.add(id);
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      if (!recall(id).shown_ms) note(id, { shown_ms: Date.now() });
      keep("/seat/shown", { id });
    }),
  );
}

/**
 * Tell everything once more: the server may have been away and not know, or have died with an
 * answer in its hands. Each kind of answer counts once, however often it comes.
 */
export function tellAgain() {
  told.clear();
  for (const [, { said = [] }] of everything()) {
    for (const { at_ms, ...one } of said) {
      if (Date.now() - at_ms < PASSED_ON_MS) keep("/seat/answer", one);
    }
  }
}

/** Seconds since it came onto the screen; undefined where it did not. */
export function sinceShown(id) {
  const { shown_ms } = recall(id);
  return shown_ms ? Math.max(0, Math.round((Date.now() - shown_ms) / 100) / 10) : undefined;
}

/** Answer what is on the screen. */
export function answer(id, kind, more = {}) {
  const one = { id, kind, after_s: sinceShown(id), ...more };
  note(id, { said: [...(recall(id).said ?? []), { ...one, at_ms: Date.now() }] });
  keep("/seat/answer", one);
}
