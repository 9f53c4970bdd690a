/**
 * What people do, on its way to the server.
 *
 * `post` tries once and says how it went. `keep` is for what must not be lost: it lies in
 * sessionStorage until the server has it, in order, over reloads and with the server away. The
 * server counts each once, however often it is sent.
 */

const SHELF = "classbox-kept";
const PATIENCE_MS = 10_000;
export const BOX_MS = 40_000; // the box itself answers within 30 s or not at all
const AGAIN_MS = [500, 1_000, 2_000, 5_000, 10_000];
const AT_MOST = 100;
const watchers = [];
let sending = false;
let failures = 0;

/**
 * Send once.
 *
 * @returns {Promise<{ok: boolean, status: number, data: object}>} `status` 0 where no answer came;
 *   `data.error` is the server's word for a refusal.
 */
export async function post(path, body = {}, { patience_ms = PATIENCE_MS } = {}) {
  const token = document.querySelector('meta[name="classbox-token"]')?.content ?? "";
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Classbox-Token": token },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(patience_ms),
    });
    const data = await answer.json().catch(() => ({}));
    return { ok: answer.ok, status: answer.status, data };
  } catch {
    return { ok: false, status: 0, data: { error: "unreachable" } };
  }
}

/** Send until it has arrived. What is waiting already, word for word, is not kept twice. */
export function keep(path, body) {
  const kept = shelf();
  const same = JSON.stringify({ path, body });
  if (!kept.some((one) => JSON.stringify(one) === same)) store([...kept, { path, body }].slice(-AT_MOST));
  deliver();
}

/** Take back what is waiting for this path: somebody has changed their mind. */
export function forget(path) {
  store(shelf().filter((one) => one.path !== path));
}

/** Hear how many of a path are waiting, now and at every change. */
export function watchKept(path, act) {
  const watcher = () => act(shelf().filter((one) => one.path === path).length);
  watchers.push(watcher);
  watcher();
}

/** Try now, for example because the stream is back. */
export async function deliver() {
  if (sending) return;
  sending = true;
  while (shelf().length) {
    const [{ path, body }] = shelf();
    const { status, data } = await post(path, body, { patience_ms: BOX_MS });
    if (arrivedOrNeverWill(status) && !notYet(data)) {
      store(shelf().filter((one) => JSON.stringify(one) !== JSON.stringify({ path, body })));
      failures = 0;
    } else {
      setTimeout(deliver, AGAIN_MS[Math.min(failures++, AGAIN_MS.length - 1)]);
      break;
    }
  }
  sending = false;
}

/**
 * Whether a request reached the server and not the box, which has to hear it: no connection, no
 * answer, or one that came while it was away and counts as old. Each sending is a new request.
 */
export function notYet({ status, detail = "" }) {
  return ["failed", "timeout"].includes(status) || (status === "refused" && detail.startsWith("stale"));
}

/** 401 and 403 may be an old page whose session is renewed by a reload; 408 and 429 mean later. */
function arrivedOrNeverWill(status) {
  return status >= 200 && status < 500 && ![401, 403, 408, 429].includes(status);
}

function shelf() {
  try {
    return JSON.parse(sessionStorage.getItem(SHELF)) ?? [];
  } catch {
    return [];
  }
}

function store(kept) {
  sessionStorage.setItem(SHELF, JSON.stringify(kept));
  watchers.forEach((watcher) => watcher());
}

if (shelf().length) deliver();
