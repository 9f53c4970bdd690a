/** The teacher's console: shows what the room's state says, posts what the teacher does. */

import { icon, say } from "/static/house/dom.js";
import { knows, startTexts } from "/static/house/l10n.js";
import { follow } from "/static/house/stream.js";
import { linkWatch, startHead } from "/static/people/head.js";
import { boxWords } from "/static/people/known.js";
import { alertList } from "/static/teacher/alerts.js";
import { seatBoard } from "/static/teacher/board.js";
import { lessonChart } from "/static/teacher/chart.js";
import { seatSheet } from "/static/teacher/seat.js";
import { toolbar } from "/static/teacher/tools.js";

const at = (id) => document.getElementById(id);
const NOTES = { paused: ["pause", "teacher-mode-paused"], exam: ["paper", "teacher-mode-exam"] };
const TONES = { ready: ["check", "good"], init: ["clock", "calm"], paused: ["pause", "calm"] };
const RELOAD_S = 60;

await startTexts();
startHead();
const sheet = seatSheet();
const board = seatBoard({ filters: at("filters"), seats: at("seats"), none: at("no-seats"), open: sheet.open });
const alerts = alertList({ list: at("alerts"), none: at("no-alerts"), news: at("alert-news"), open: sheet.open });
const chart = lessonChart(at("chart"));
const tools = toolbar(at("tools"), { chart });
const watch = linkWatch(at("lost"));
follow("/teacher/stream", show, watch.onLink);

function show(state) {
  watch.onState(state);
  const shown = state.lesson ? state : { ...state, seats: [], alerts: [], chart: [] };
  at("tools").hidden = at("columns").hidden = !state.lesson;
  at("over").hidden = state.lesson;
  tools.show(shown);
  board.show(shown);
  alerts.show(shown);
  chart.show(shown);
  sheet.show(shown);
  showMode(shown);
  showHealth(shown.boxes);
  learnWords(shown);
}

function showMode({ lesson, paused, exam }) {
  const on = Object.entries(NOTES).filter(([mode]) => lesson && { paused, exam }[mode]);
  const wanted = on.map(([mode]) => mode).join();
  if (at("mode").dataset.on === wanted) return;
  at("mode").dataset.on = wanted;
  at("mode").replaceChildren(...on.map(([, [picture, key]]) => note(picture, key)));
}

function note(picture, key) {
  const words = document.createElement("p");
  say(words, key);
  const line = document.createElement("div");
  line.className = "notice";
  line.dataset.tone = "calm";
  line.append(icon(picture), words);
  return line;
}

/** One sentence: that all is well, or about the first box that is not. */
function showHealth(boxes) {
  const ill = boxes.find((box) => box.state !== "ready");
  const [picture, tone] = ill ? (TONES[ill.state] ?? ["warning", "mind"]) : TONES.ready;
  const words = document.createElement("span");
  if (!boxes.length) say(words, "teacher-boxes-none");
  else if (ill) say(words, knows(`teacher-box-${ill.state}`) ? `teacher-box-${ill.state}` : "teacher-box-degraded", { box: ill.id });
  else say(words, "teacher-boxes-well", { count: boxes.length });
  const said = JSON.stringify([words.dataset.l10nId, words.dataset.l10nArgs, ill?.reason]);
  if (at("health").dataset.said === said) return;
  at("health").dataset.said = said;
  at("health").dataset.tone = boxes.length ? tone : "calm";
  at("health").replaceChildren(icon(boxes.length ? picture : "clock"), words);
  at("health").title = boxWords(ill?.reason ?? "");
}

/** The server adds the names of states once it knows the box's policy profile; then read them. */
function learnWords({ seats, alerts: open }) {
  const named = [...seats.map((seat) => seat.state), ...open.map((alert) => alert.affect)].filter(Boolean);
  if (named.every((state) => knows(`state-${state}`))) return;
  const now_s = Date.now() / 1000;
  if (now_s - Number(sessionStorage.getItem("classbox-read-s")) < RELOAD_S) return;
  sessionStorage.setItem("classbox-read-s", String(now_s));
  location.reload();
}
