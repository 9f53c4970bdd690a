/** Time that runs out on the page's own clocks, whatever the server does. */

export class Deadline {
  #ticks;
  #date;

  /** @param {number} left_s Seconds from now. */
  constructor(left_s) {
    this.#ticks = performance.now() + left_s * 1000;
    this.#date = Date.now() + left_s * 1000;
  }

  /** Seconds left. The first clock wins: one stands still in a suspend, the other can be set. */
  get left_s() {
    return Math.max(0, Math.min(this.#ticks - performance.now(), this.#date - Date.now()) / 1000);
  }

  /** When it ends, in ms since 1970, for a page that is loaded again. */
  get until_ms() {
    return Date.now() + this.left_s * 1000;
  }

  /** Take what is less; a deadline is never put off. */
  shorten(left_s) {
    if (left_s < this.left_s) {
      this.#ticks = performance.now() + left_s * 1000;
      this.#date = Date.now() + left_s * 1000;
    }
  }
}

/** Call `act` about four times a second until it says false; also at once when the page is seen again. */
export function eachMoment(act) {
  let timer = null;
  const step = () => {
    if (act() !== false) return;
    clearInterval(timer);
    document.removeEventListener("visibilitychange", step);
  };
  timer = setInterval(step, 250);
  document.addEventListener("visibilitychange", step);
  step();
}

/** Minutes and seconds for a text, rounded up, so that 0:00 is the end. */
export function parts(left_s) {
  const whole = Math.ceil(left_s);
  return { minutes: String(Math.floor(whole / 60)), seconds: String(whole % 60).padStart(2, "0") };
}
