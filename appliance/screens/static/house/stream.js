/**
 * What the server says, over Server-Sent Events: `state` is the whole state, `ping` a sign of life.
 *
 * A stream that says nothing for ten seconds is dead, whatever the browser believes (a pulled cable
 * closes no socket), and is opened anew.
 */

const SILENCE_MS = 10_000; // two pings, of 4 s each, missed
const LOOK_MS = 1_000;
const AGAIN_MS = [500, 1_000, 2_000, 4_000];

/**
 * Follow a stream until the page goes.
 *
 * @param {string} path
 * @param {(state: object) => void} onState
 * @param {(alive: boolean) => void} onLink Called when the link is lost and when it is back.
 */
export function follow(path, onState, onLink = () => {}) {
  let source = null;
  let heard = performance.now();
  let alive = null;
  let failures = 0;
  let waiting = null;

  const link = (now) => {
    if (alive !== now) onLink((alive = now));
  };
  const hear = () => {
    heard = performance.now();
    failures = 0;
  };
  const open = () => {
    waiting = null;
    source?.close();
    heard = performance.now();
    source = new EventSource(path);
    source.addEventListener("ping", hear);
    source.addEventListener("state", (event) => {
      hear();
      link(true);
      onState(JSON.parse(event.data));
    });
    source.addEventListener("error", fail);
  };
  const fail = () => {
    if (waiting !== null) return;
    source.close();
    link(false);
    stillWelcome();
    waiting = setTimeout(open, AGAIN_MS[Math.min(failures, AGAIN_MS.length - 1)]);
    failures += 1;
  };

  open();
  setInterval(() => {
    if (waiting === null && performance.now() - heard > SILENCE_MS) fail();
  }, LOOK_MS);
  // A laptop that wakes up should not wait for its back-off.
  addEventListener("online", () => {
    if (waiting === null) return;
    clearTimeout(waiting);
    open();
  });
}

/** A page whose session was taken back, or is of another role now, is sent on by its own address. */
export async function stillWelcome() {
  const answer = await fetch(location.pathname, { method: "HEAD", redirect: "manual" }).catch(() => null);
  if (answer?.type === "opaqueredirect" || [401, 403].includes(answer?.status)) location.reload();
}
