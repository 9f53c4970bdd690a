/** The room as its seats: one tile each, in the order in which people count them. */

import { el, icon, keyed, say } from "/static/house/dom.js";
import { byName, clockTime } from "/static/people/amounts.js";
import { known } from "/static/people/known.js";
import { consentIcon, line, sightLook, stateWord } from "/static/teacher/words.js";

const FILTERS = {
  all: () => true,
  observed: (seat) => seat.sight === "observed",
  unobserved: (seat) => seat.sight !== "observed",
  alert: (seat) => Boolean(seat.alert),
};

/**
 * Fill the filters and keep the tiles.
 *
 * @param {{filters: HTMLElement, seats: HTMLElement, none: HTMLElement, open: (seat: string) => void}} places
 */
export function seatBoard({ filters, seats, none, open }) {
  let chosen = "all";
  let rows = [];
  const buttons = Object.keys(FILTERS).map((name) => {
    const count = el("span.count.numbers");
    const choose = () => {
      chosen = name;
      render();
    };
    const chip = el("button.chip", { type: "button", id: `show-${name}`, on: { click: choose } }, el("span", { l10n: `teacher-show-${name}` }), count);
    filters.append(chip);
    return { name, chip, count };
  });

  function render() {
    for (const { name, chip, count } of buttons) {
      count.textContent = String(rows.filter(FILTERS[name]).length);
      chip.setAttribute("aria-pressed", String(name === chosen));
    }
    const shown = rows.filter(FILTERS[chosen]);
    keyed(seats, shown, ({ seat }) => tile(seat, open), fillTile);
    none.hidden = shown.length > 0;
    say(none, rows.length ? "teacher-seats-none-shown" : "teacher-seats-waiting");
  }

  return {
    show(state) {
      rows = state.seats.map((seat) => ({ ...seat, id: seat.seat })).sort((one, other) => byName(one.seat, other.seat));
      render();
    },
  };
}

function tile(seat, open) {
  return el("li", {}, el("button.tile", { type: "button", "aria-haspopup": "dialog", on: { click: () => open(seat) } }));
}

function fillTile(item, seat) {
  const button = item.firstElementChild;
  const said = JSON.stringify(seat);
  if (button.dataset.said === said) return;
  button.dataset.said = said;
  const [picture, tone] = sightLook(seat);
  button.dataset.tone = tone;
  button.classList.toggle("called", Boolean(seat.alert));
  button.replaceChildren(
    el("span.top", {}, el("bdi.name", { text: seat.seat }), marks(seat)),
    line("sight", picture, known("span", "room-sight", seat.sight)),
    ...below(seat),
  );
}

/** Exam and consent as pictures; their words are for those who cannot see these. */
function marks(seat) {
  const exam = seat.exam ? mark("paper", "room-exam-here", "exam") : null;
  return el("span.marks", {}, exam, mark(consentIcon(seat.consent), `room-consent-${seat.consent}`, "consent"));
}

function mark(picture, key, kind) {
  return el(`span.mark.${kind}`, {}, icon(picture), el("span.visually-hidden", { l10n: key }));
}

function below(seat) {
  const lines = [];
  if (seat.alert) lines.push(line("call", "bell", seat.state ? stateWord("span", seat.state) : el("span", { l10n: "room-alert-here" })));
  else if (seat.state) lines.push(el("span.state", {}, stateWord("span", seat.state)));
  if (seat.reason) lines.push(known("span.reason", "room-reason", seat.reason));
  if (seat.terminal === "offline") lines.push(line("away", "cloud-off", el("span", { l10n: "room-terminal-offline" })));
  if (seat.since_s) lines.push(el("span.since", { l10n: ["room-since", { time: clockTime(seat.since_s) }] }));
  return lines;
}
