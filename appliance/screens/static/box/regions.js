/** Seat regions: where they are, how they move, and how the box's configuration writes them. */

const LEAST = 0.02;
const STEP = 0.01;
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const rounded = (value) => Math.round(value * 1000) / 1000;
const between = (value, least, most) => Math.min(Math.max(value, least), most);

/** A region moved by fractions of the picture; it stays inside and keeps its size. */
export function moved([x0, y0, x1, y1], right, down) {
  const [dx, dy] = [between(right, -x0, 1 - x1), between(down, -y0, 1 - y1)];
  return [x0 + dx, y0 + dy, x1 + dx, y1 + dy].map(rounded);
}

/** A region whose far corner is moved; it keeps a least size. */
export function resized([x0, y0, x1, y1], right, down) {
  return [x0, y0, between(x1 + right, Math.min(x0 + LEAST, 1), 1), between(y1 + down, Math.min(y0 + LEAST, 1), 1)].map(rounded);
}

/** What an arrow key makes of a region; null for other keys. */
export function keyed(region, { key, shiftKey }) {
  const arrow = KEYS[key];
  if (!arrow) return null;
  const [right, down] = arrow.map((sign) => sign * STEP);
  return shiftKey ? resized(region, right, down) : moved(region, right, down);
}

/** A region with one of its four sides at a typed place; null where that makes none. */
export function withSide(region, side, at) {
  const next = region.map((value, place) => (place === side ? rounded(at) : value));
  const [x0, y0, x1, y1] = next;
  return next.every((value) => value >= 0 && value <= 1) && x1 - x0 >= LEAST && y1 - y0 >= LEAST ? next : null;
}

/** Lines for config.d/50-aim.toml. Names are letters, digits and dashes by the box's own rule. */
export function toml(camera, regions) {
  const number = (value) => (Number.isInteger(value) ? value.toFixed(1) : String(value));
  return Object.entries(regions)
    .map(([seat, region]) => `[cameras.${camera}.seats.${seat}]\nregion = [${region.map(number).join(", ")}]\n`)
    .join("\n");
}
