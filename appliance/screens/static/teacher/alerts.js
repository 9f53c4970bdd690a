/** Who may need the teacher, why, and what the teacher makes of it. */

import { el, icon, keyed } from "/static/house/dom.js";
import { text } from "/static/house/l10n.js";
import { byName, clockTime } from "/static/people/amounts.js";
import { act, once } from "/static/people/telling.js";
import { stateWord } from "/static/teacher/words.js";

const VERDICTS = { useful: "check", wrong: "cross", "not-now": "clock" };
const SHARES = [[0.95, "all"], [0.65, "most"], [0.35, "half"], [0, "some"]];
const GROUP_S = 20;

/** Keep the list of alerts: the most urgent and newest first, those answered last. */
export function alertList({ list, none, news, open }) {
  const known = new Set();
  return {
    show(state) {
      const groups = grouped(state.alerts);
      keyed(list, groups, () => el("li.card.alert"), (item, group) => fill(item, group, open));
      none.hidden = groups.length > 0;
      const fresh = state.alerts.filter((alert) => !known.has(alert.id));
      known.clear();
      state.alerts.forEach((alert) => known.add(alert.id));
      if (fresh.length) news.textContent = text("teacher-alert-new", { seats: fresh.map((alert) => alert.seat).sort(byName).join(", ") });
    },
  };
}

/** Alerts of the same kind that came together are one card: a class gets tired together. */
function grouped(alerts) {
  const groups = [];
  for (const alert of [...alerts].sort((one, other) => one.since_s - other.since_s)) {
    const kin = groups.find(
      ({ alerts: [first] }) =>
        first.affect === alert.affect && first.priority === alert.priority && first.verdict === alert.verdict && first.phase === alert.phase && alert.since_s - first.since_s <= GROUP_S,
    );
    if (kin) kin.alerts.push(alert);
    else groups.push({ id: alert.id, alerts: [alert] });
  }
  for (const group of groups) group.alerts.sort((one, other) => byName(one.seat, other.seat));
  const order = ({ alerts: [first] }) => (first.verdict ? 2 : first.priority === "highest" ? 0 : 1);
  return groups.sort((one, other) => order(one) - order(other) || other.alerts[0].since_s - one.alerts[0].since_s);
}

function fill(item, group, open) {
  const said = JSON.stringify(group);
  if (item.dataset.said === said) return;
  item.dataset.said = said;
  const [first] = group.alerts;
  const over = first.phase === "cleared"; // it waits for an answer, and its seat is paused
  const held = item.contains(document.activeElement) ? document.activeElement.dataset.what : null;
  item.dataset.tone = first.verdict || over ? "" : first.priority === "highest" ? "bad" : "mind";
  item.classList.toggle("answered", Boolean(first.verdict));
  const names = group.alerts.map(({ seat }) =>
    el("button.seat-name", { type: "button", "aria-haspopup": "dialog", "data-what": `seat ${seat}`, on: { click: () => open(seat) } }, el("bdi", { text: seat })),
  );
  const highest = first.priority === "highest" && !first.verdict && !over;
  item.replaceChildren(
    el("div.spread", {}, el("h3.row", {}, icon("bell"), ...names), el("span.small.muted.numbers", { l10n: ["room-since", { time: clockTime(first.since_s) }] })),
    ...(highest ? [el("span.tag", { "data-tone": "bad" }, icon("warning"), el("span", { l10n: "teacher-alert-highest" }))] : []),
    ...(over ? [el("span.tag", {}, icon("pause"), el("span", { l10n: "teacher-alert-over" }))] : []),
    ...(group.alerts.length === 1 ? [evidence(first)] : group.alerts.map((alert) => evidence(alert, true))),
    first.verdict ? el("p.said.small", {}, icon(VERDICTS[first.verdict] ?? "check"), el("span", { l10n: `teacher-alert-said-${first.verdict}` })) : answers(group),
  );
  if (held) item.querySelector(`[data-what="${CSS.escape(held)}"]`)?.focus();
}

/** "Tired for 4 minutes; most of the last half minute": what the box counted, in words. */
function evidence(alert, named = false) {
  const state = text(stateWord("span", alert.affect).dataset.l10nId);
  // A seat that shares another's message comes without numbers.
  let words = (alert.minutes ?? null) === null ? state : text("teacher-alert-evidence-minutes", { state, minutes: Math.round(alert.minutes) });
  if (alert.share !== null && alert.share !== undefined) {
    const [, share] = SHARES.find(([least]) => alert.share >= least);
    words = text("teacher-alert-evidence", { how: words, share: text(`teacher-alert-share-${share}`) });
  }
  return el("p.evidence", {}, named ? el("bdi.who", { text: alert.seat }) : null, el("span", { text: words }));
}

function answers(group) {
  const buttons = Object.keys(VERDICTS).map((verdict) =>
    once(el("button.button.small", { type: "button", "data-what": verdict, l10n: `teacher-alert-verdict-${verdict}` }), () =>
      Promise.all(group.alerts.map(({ id }) => act("/teacher/verdict", { alert: id, verdict }, "verdict"))),
    ),
  );
  const seats = group.alerts.map(({ seat }) => seat).join(", ");
  return el("div.row.verdicts", { role: "group", "aria-label": text("teacher-alert-answer", { seats }) }, ...buttons);
}
