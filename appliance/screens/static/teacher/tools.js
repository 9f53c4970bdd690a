/** What a teacher does for the whole room, one tap each; each tap can be taken back by another. */

import { el, icon } from "/static/house/dom.js";
import { act, once, relabel } from "/static/people/telling.js";

const REQUEST = "/teacher/request";

/** Fill `place` with the room's buttons; `chart` is what the last one shows and hides. */
export function toolbar(place, { chart }) {
  let state = null;
  const pause = once(el("button.button.primary", { type: "button", id: "pause-room" }), () => {
    const command = state.paused ? "resume" : "pause";
    return act(REQUEST, { command }, command);
  });
  const unlock = once(el("button.button", { type: "button", id: "unlock-all" }), () =>
    act(REQUEST, { command: "unlock-all" }, "unlock-all"),
  );
  relabel(unlock, "unlock", "teacher-unlock-all");
  const onOff = el("span.on-off");
  const exam = once(
    el("button.button", { type: "button", id: "exam-mode", "aria-pressed": "false" }, icon("paper"), el("span", { l10n: "teacher-exam" }), onOff),
    () => act(REQUEST, { command: "exam", on: !state.exam }, "exam"),
  );
  const look = el(
    "button.button",
    { type: "button", id: "chart-button", "aria-expanded": "false", "aria-controls": "chart" },
    icon("chart"),
    el("span", { l10n: "teacher-chart" }),
  );
  look.addEventListener("click", () => look.setAttribute("aria-expanded", String(chart.toggle())));
  chart.onClose = () => {
    look.setAttribute("aria-expanded", "false");
    look.focus();
  };
  place.append(pause, unlock, exam, look);
  return {
    show(now) {
      state = now;
      relabel(pause, state.paused ? "play" : "pause", state.paused ? "teacher-resume-room" : "teacher-pause-room");
      exam.setAttribute("aria-pressed", String(Boolean(state.exam)));
      onOff.setAttribute("data-l10n-id", state.exam ? "teacher-exam-on" : "teacher-exam-off");
    },
  };
}
