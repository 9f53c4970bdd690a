/** What each fault of a camera's sight means, and what to do about it. */

import { knows } from "/static/house/l10n.js";
import { amount } from "/static/people/amounts.js";

/** With these the face is read, only its lids are not; the others keep it from being read at all. */
const POOR = new Set(["lids-small", "blurred", "glare", "slow"]);
const percent = (share) => amount(100 * share);
const mark = (fault) => (POOR.has(fault) ? "poor" : "bad");

/** Advice about the whole picture: `[{mark, key, args}]`. */
export function pictureAdvice(frame) {
  const args = {
    percent: percent(frame.light.mean),
    white: percent(frame.light.white),
    times: times(frame.sharpness, frame.limits.sharpness),
    fps: amount(frame.fps ?? 0, 1),
    wanted: amount(frame.wanted_fps),
  };
  return (frame.faults ?? []).filter((fault) => knows(`aim-fault-${fault}`)).map((fault) => ({ mark: mark(fault), key: `aim-fault-${fault}`, args }));
}

/** Every seat with its advice, then everybody without a seat: `[{seat, mark, key, args}]`. */
export function seatAdvice(frame) {
  const people = frame.people ?? [];
  const found = Object.entries(frame.seats ?? {}).map(([seat, { people: count }]) => {
    const person = people.find((one) => one.seat === seat);
    if (count > 1) return { seat, mark: "bad", key: "aim-seat-several", args: { count } };
    return { seat, ...(person ? personAdvice(frame, person) : { mark: "bad", key: "aim-seat-nobody", args: null }) };
  });
  const strangers = people.filter((one) => !one.seat).map((one) => ({ seat: null, ...personAdvice(frame, one) }));
  return [...found, ...strangers];
}

/** What is most wrong with how one person is seen. */
export function personAdvice({ limits }, person) {
  const known = (person.faults ?? []).filter((fault) => knows(`aim-person-${fault}`));
  const worst = known.find((fault) => mark(fault) === "bad") ?? known[0];
  const args = { pixels: amount(person.face?.side_px ?? 0), degrees: amount(Math.abs(person.face?.yaw_deg ?? 0)) };
  if (!worst) return { mark: "good", key: "aim-person-well", args };
  const limit = { turned: limits.turned_deg, "face-small": limits.face_px, "lids-small": limits.lids_px }[worst];
  return { mark: mark(worst), key: `aim-person-${worst}`, args: { ...args, limit: amount(limit ?? 0) } };
}

/** How many times what is needed there is. */
export function times(value, least) {
  return amount(value / least, value < 10 * least ? 1 : 0);
}
