/** The class over the lesson: numbers of seats, as lines and as a table; never one seat's line. */

import { button, el, say } from "/static/house/dom.js";
import { clockTime } from "/static/people/amounts.js";
import { shape } from "/static/people/shape.js";
import { stateWord } from "/static/teacher/words.js";

const LINES = ["observed", "paused", "alerts"];
const HEIGHT = 220;
const EDGES = { top: 12, right: 12, bottom: 28, left: 34 };
const STEPS_MIN = [5, 10, 15, 30, 60, 120];
const WIDE_ENOUGH = 72;
const ROWS_S = 60;

/** Fill `place`, which is hidden until the first `toggle()`. */
export function lessonChart(place) {
  let points = [];
  const plot = el("div.plot");
  const legend = el("ul.legend");
  const head = el("tr");
  const body = el("tbody");
  const none = el("p.muted", { l10n: "teacher-chart-none" });
  const close = button("room-close", () => chart.close(), { look: "quiet small", icon: "cross" });
  const rows = el("div.scroll.rows", { tabindex: 0, role: "group", "aria-labelledby": "chart-name" }, el("table.list.numbers", {}, el("thead", {}, head), body));
  const table = el("details", {}, el("summary", { l10n: "teacher-chart-table" }), rows);
  place.append(
    el("div.spread", {}, el("h2", { id: "chart-name", l10n: "teacher-chart-heading" }), close),
    el("p.small.muted", { l10n: "teacher-chart-about" }),
    none,
    legend,
    plot,
    table,
  );
  new ResizeObserver(() => draw()).observe(plot);

  /** The three numbers, and the states that the policy lets a teacher see live. */
  function names() {
    const states = new Set(points.flatMap((point) => Object.keys(point.states ?? {})));
    return [...LINES, ...[...states].sort()];
  }

  /** Those that are drawn, each with its dashes: one that stayed at nothing would only hide the axis. */
  function drawn() {
    const all = names().map((name, at) => ({ name, at }));
    return all.filter(({ name }) => name === "observed" || points.some((point) => value(point, name) > 0));
  }

  function draw() {
    if (place.hidden) return;
    const lines = points.length ? names() : [];
    const shown = points.length ? drawn() : [];
    none.hidden = points.length > 0;
    table.hidden = !points.length;
    legend.replaceChildren(...shown.map(({ name, at }) => el("li", {}, sample(name, at), label(name), el("span.numbers", { text: String(value(points.at(-1), name)) }))));
    const width = plot.clientWidth;
    plot.replaceChildren(...(points.length && width ? [picture(points, shown, width)] : []));
    head.replaceChildren(heading("teacher-chart-time"), ...lines.map((name) => el("th", { scope: "col" }, label(name))));
    body.replaceChildren(...minutes(points).map((point) => row(point, lines)));
  }

  const chart = {
    onClose: () => {},
    close() {
      place.hidden = true;
      chart.onClose();
    },
    toggle() {
      place.hidden = !place.hidden;
      draw();
      return !place.hidden;
    },
    show(state) {
      if (JSON.stringify(state.chart) === JSON.stringify(points)) return;
      points = state.chart;
      draw();
    },
  };
  return chart;
}

const value = (point, name) => (LINES.includes(name) ? point[name] : (point.states?.[name] ?? 0));
const label = (name) => (LINES.includes(name) ? el("span", { l10n: `teacher-chart-${name}` }) : stateWord("span", name));
const heading = (key) => el("th", { scope: "col", l10n: key });
const row = (point, lines) =>
  el("tr", {}, el("th", { scope: "row", text: clockTime(point.t_s) }), ...lines.map((name) => el("td", { text: String(value(point, name)) })));

/** Newest first, one a minute: a whole lesson stays readable. */
function minutes(points) {
  const shown = [];
  for (const point of [...points].reverse()) if (!shown.length || shown.at(-1).t_s - point.t_s >= ROWS_S) shown.push(point);
  return shown;
}

function sample(name, at) {
  return shape("svg", { class: "sample", viewBox: "0 0 28 12", "aria-hidden": "true" }, shape("path", { class: `line line-${at}`, d: "M1 6H27" }));
}

function picture(points, lines, width) {
  const [first, last] = [points[0].t_s, Math.max(points.at(-1).t_s, points[0].t_s + 300)];
  const most = Math.max(1, ...points.flatMap((point) => lines.map(({ name }) => value(point, name))));
  const step = Math.ceil(most / 4); // seats are whole, so are the steps; the highest has its number
  const top = step * Math.ceil(most / step);
  const x = (t_s) => EDGES.left + ((t_s - first) / (last - first)) * (width - EDGES.left - EDGES.right);
  const y = (count) => HEIGHT - EDGES.bottom - (count / top) * (HEIGHT - EDGES.top - EDGES.bottom);
  const svg = shape("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img", "aria-labelledby": "chart-said" });
  const title = shape("title", { id: "chart-said" });
  say(title, "teacher-chart-picture");
  svg.append(title, ...levels(step, top, width, y), ...hours(first, last, width, x), area(points, x, y));
  lines.forEach(({ name, at }) => svg.append(shape("path", { class: `line line-${at}`, d: path(points, (point) => [x(point.t_s), y(value(point, name))]) })));
  return svg;
}

function path(points, place) {
  return points.map((point, at) => `${at ? "L" : "M"}${place(point).map((one) => one.toFixed(1)).join(" ")}`).join("");
}

function area(points, x, y) {
  const line = path(points, (point) => [x(point.t_s), y(point.observed)]);
  return shape("path", { class: "area", d: `${line}L${x(points.at(-1).t_s)} ${y(0)}L${x(points[0].t_s)} ${y(0)}Z` });
}

function levels(step, top, width, y) {
  const counts = Array.from({ length: top / step + 1 }, (_, at) => at * step);
  return counts.flatMap((count) => [
    shape("path", { class: "rule", d: `M${EDGES.left} ${y(count)}H${width - EDGES.right}` }),
    shape("text", { class: "tick", x: EDGES.left - 8, y: y(count) + 4, "text-anchor": "end" }, String(count)),
  ]);
}

function hours(first, last, width, x) {
  const room = Math.max(1, Math.floor((width - EDGES.left - EDGES.right) / WIDE_ENOUGH));
  const step_s = 60 * (STEPS_MIN.find((minutes) => (last - first) / (60 * minutes) <= room) ?? 240);
  const marks = [];
  for (let t_s = Math.ceil(first / step_s) * step_s; t_s <= last; t_s += step_s) marks.push(t_s);
  return marks.map((t_s) => shape("text", { class: "tick", x: x(t_s), y: HEIGHT - 8, "text-anchor": "middle" }, clockTime(t_s)));
}
