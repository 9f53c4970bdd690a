/** Tells the server that something is on the screen: only then it counts. */

import { keep } from "../house/post.js";
import { note, recall } from "./memory.js";

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

/** Tell everything once more: the server may have been away and not know. */
export function tellAgain() {
  told.clear();
}

/** Seconds since it came onto the screen; undefined where it did not. */
export function sinceShown(id) {
  const { shown_ms } = recall(id);
  return shown_ms ? Math.max(0, Math.round((Date.now() - shown_ms) / 100) / 10) : undefined;
}

/** Answer what is on the screen. */
export function answer(id, kind, more = {}) {
  keep("/seat/answer", { id, kind, after_s: sinceShown(id), ...more });
}
