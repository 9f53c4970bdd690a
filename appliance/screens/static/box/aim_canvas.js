/** The empty canvas: seat regions that can be moved, and stick figures of whom the box sees. */

import { say } from "/static/house/dom.js";
import { keyed as keyedRegion, moved, resized } from "/static/box/regions.js";
import { shape } from "/static/people/shape.js";

const WIDE = 1000;
const LIMBS = [
  ["left-shoulder", "right-shoulder"], ["left-shoulder", "left-elbow"], ["left-elbow", "left-wrist"],
  ["right-shoulder", "right-elbow"], ["right-elbow", "right-wrist"], ["left-shoulder", "left-hip"],
  ["right-shoulder", "right-hip"], ["left-hip", "right-hip"], ["mouth-left", "mouth-right"],
];
const HEAD = { high: 1.9, wide: 1.4 }; // half a head, in distances from eyes to mouth
const between = ([x0, y0], [x1, y1]) => [(x0 + x1) / 2, (y0 + y1) / 2];

/**
 * @param {SVGElement} svg
 * @param {(seat: string, region: number[]) => void} onRegion Called at each move.
 */
export function aimCanvas(svg, onRegion) {
  const figures = shape("g", { class: "figures", "aria-hidden": "true" });
  const regions = shape("g");
  svg.append(regions, figures);
  const shown = new Map();

  return {
    draw(frame, places, marks) {
      const high = (WIDE * frame.height_px) / frame.width_px;
      svg.setAttribute("viewBox", `0 0 ${WIDE} ${high}`);
      figures.replaceChildren(...(frame.people ?? []).map((person) => figureOf(person, marks(person), high)));
      for (const [seat, element] of shown) {
        if (places[seat]) continue;
        element.remove();
        shown.delete(seat);
      }
      for (const [seat, place] of Object.entries(places)) {
        if (!shown.has(seat)) {
          shown.set(seat, movable(seat, svg, onRegion));
          regions.append(shown.get(seat).group);
        }
        shown.get(seat).put(place, high);
      }
    },
    /** Without figures: nobody is looked at any more. */
    rest() {
      figures.replaceChildren();
    },
  };
}

/** A region that a pointer drags and arrow keys move; its far corner resizes it. */
function movable(seat, svg, onRegion) {
  let region = null;
  let held = null;
  const box = shape("rect", { class: "ground", rx: 6 });
  const corner = shape("rect", { class: "corner", width: 34, height: 34, rx: 6 });
  const name = shape("text", { class: "name" }, seat);
  const group = shape("g", { class: "region", tabindex: 0, role: "application", "aria-describedby": "regions-help" }, box, name, corner);

  group.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    held = { from: [event.clientX, event.clientY], region, change: event.target === corner ? resized : moved };
    group.setPointerCapture(event.pointerId);
    group.focus();
    event.preventDefault();
  });
  group.addEventListener("pointermove", (event) => {
    if (!held) return;
    const { width, height } = svg.getBoundingClientRect();
    const [right, down] = [(event.clientX - held.from[0]) / width, (event.clientY - held.from[1]) / height];
    onRegion(seat, held.change(held.region, right, down));
  });
  for (const end of ["pointerup", "pointercancel"]) group.addEventListener(end, () => (held = null));
  group.addEventListener("keydown", (event) => {
    const next = keyedRegion(region, event);
    if (!next) return;
    event.preventDefault();
    onRegion(seat, next);
  });

  return {
    group,
    put(place, high) {
      region = place;
      const [x, y, right, bottom] = [place[0] * WIDE, place[1] * high, place[2] * WIDE, place[3] * high];
      set(box, { x: x + 3, y: y + 3, width: Math.max(1, right - x - 6), height: Math.max(1, bottom - y - 6) });
      set(corner, { x: right - 40, y: bottom - 40 });
      set(name, { x: x + 20, y: y + 46 });
      const [left, top, far, low] = place.map((side) => Math.round(100 * side));
      say(group, "aim-region", { seat, left, top, right: far, bottom: low });
    },
  };
}

function set(element, attributes) {
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value.toFixed(1));
}

/** Limbs, a head as an ellipse through eyes and mouth, a neck; only what is seen. */
function figureOf({ figure, seat }, mark, high) {
  const at = (name) => (figure[name] ? [figure[name][0] * WIDE, figure[name][1] * high] : null);
  const group = shape("g", { class: `figure ${mark}${seat ? "" : " nobody"}` });
  const line = (one, other) => group.append(shape("path", { d: `M${one.join(" ")}L${other.join(" ")}` }));
  for (const [one, other] of LIMBS) if (at(one) && at(other)) line(at(one), at(other));
  const face = ["left-eye", "right-eye", "mouth-left", "mouth-right"].map(at);
  if (face.some((place) => !place)) return group;
  const [eyes, mouth] = [between(face[0], face[1]), between(face[2], face[3])];
  const unit = Math.hypot(mouth[0] - eyes[0], mouth[1] - eyes[1]);
  const [x, y] = between(eyes, between(eyes, mouth));
  group.append(shape("ellipse", { cx: x, cy: y, rx: HEAD.wide * unit, ry: HEAD.high * unit }));
  for (const eye of face.slice(0, 2)) group.append(shape("circle", { class: "eye", cx: eye[0], cy: eye[1], r: Math.max(3, unit / 6) }));
  const shoulders = [at("left-shoulder"), at("right-shoulder")];
  if (shoulders.every(Boolean)) line([x, y + HEAD.high * unit], between(...shoulders));
  return group;
}
