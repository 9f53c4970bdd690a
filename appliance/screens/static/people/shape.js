/** Drawings, made of elements as everything here. */

const SVG = "http://www.w3.org/2000/svg";

/** Make an SVG element; numbers are rounded to a hundredth. */
export function shape(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(key, typeof value === "number" ? String(Math.round(value * 100) / 100) : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}
