/** The head of the pages of teachers and IT, and whether what they show is of now. */

import { button, el, icon, say } from "/static/house/dom.js";
import { offerLanguages } from "/static/house/languages.js";
import { post } from "/static/house/post.js";
import { clockTime } from "/static/people/amounts.js";
import { tellingPlace, untell } from "/static/people/telling.js";

/** Fill `.bar` and put a place for what is told under the page. */
export function startHead() {
  const leave = button("room-sign-out", signOut, { look: "quiet", icon: "exit" });
  const choice = el("div");
  document.querySelector(".bar").append(choice, leave);
  document.body.append(tellingPlace());
  offerLanguages(choice);
}

/** End the session and go where another begins. */
export async function signOut() {
  await post("/sign-out");
  location.assign("/sign-in");
}

/**
 * A line that says what the page cannot know now.
 *
 * @param {HTMLElement} place A live region.
 */
export function linkWatch(place) {
  let alive = false;
  let heard = null;
  let connected = true;
  const show = () => {
    const key = !alive ? "room-lost-stream" : connected ? "" : "room-lost-broker";
    const wanted = key && heard === null ? "room-lost-never" : key;
    document.body.classList.toggle("stale", wanted !== "");
    if (place.dataset.said === wanted) return;
    place.dataset.said = wanted;
    if (!wanted) return place.replaceChildren();
    const words = el("p");
    say(words, wanted, heard === null ? null : { time: clockTime(heard) });
    place.replaceChildren(el("div.notice", { "data-tone": "mind" }, icon("cloud-off"), words));
  };
  return {
    onLink(now) {
      alive = now;
      if (now) untell("room-unreachable");
      show();
    },
    onState(state) {
      alive = true;
      // What came while the broker was away says nothing of the room.
      if (state.connected) heard = Date.now() / 1000;
      connected = state.connected;
      show();
    },
  };
}
