/** The page of a seat: shows the state that the server sends, and nothing else. */

import { button, el, icon, say } from "../house/dom.js";
import { startTexts } from "../house/l10n.js";
import { offerLanguages } from "../house/languages.js";
import { deliver, post, watchKept } from "../house/post.js";
import { follow } from "../house/stream.js";
import { showHold } from "./hold.js";
import { clearPrompts, promptList, showPrompts, waitingCount } from "./prompts.js";
import { tellAgain } from "./shown.js";
import { showStatus, statusCards } from "./status.js";
import { announce } from "./voice.js";

const made = {};
let here = null;
let waiting = 0;

function build() {
  document.getElementById("brand").append(icon("box"), el("span", { l10n: "product" }));
  made.leave = button("leave", () => setHere(false), { look: "quiet", icon: "exit", hidden: true });
  document.getElementById("leave").append(made.leave);

  made.welcome = welcome();
  made.called = el("div.notice", { "data-tone": "good", hidden: true }, icon("hand"), el("div", {}, el("h2", { l10n: "teacher-called" }), el("p", { l10n: "teacher-called-text" })));
  made.now = el(
    "section.now.stack",
    { "aria-labelledby": "now-title", "data-empty": "true" },
    el("h1", { id: "now-title", tabindex: "-1", l10n: "prompts-title" }),
    made.called,
    el("div.stack", { id: "notices" }),
    promptList(),
    el("div.quiet-now", {}, el("img", { src: "/static/seat/quiet.svg", alt: "", width: 320, height: 200 }), el("p.lead", { l10n: "nothing" }), el("p.muted", { l10n: "nothing-text" })),
  );
  made.seat = el("div.columns", { hidden: true }, made.now, statusCards());
  document.getElementById("main").append(made.welcome, made.seat);

  made.offline = el("div.toast", { hidden: true }, icon("cloud-off"), el("span", { l10n: "offline" }));
  made.kept = el("div.toast", { hidden: true }, icon("clock"), el("span", {}));
  document.getElementById("toasts").append(made.offline, made.kept);
}

function welcome() {
  const point = (name, key) => el("li", {}, icon(name), el("span", { l10n: key }));
  made.begin = button("begin", () => setHere(true), { look: "primary large", icon: "forward" });
  made.beginWord = el("p.word", { role: "status" });
  return el(
    "section.card.raised.welcome",
    { hidden: true },
    el("img", { src: "/static/seat/quiet.svg", alt: "", width: 320, height: 200 }),
    el(
      "div.stack",
      {},
      el("h1", { l10n: "begin-title" }),
      el("p.lead", { l10n: "begin-lead" }),
      el("ul.points", {}, point("check", "begin-choice"), point("eye-off", "begin-pictures"), point("pause", "begin-stop")),
      el("div.row", {}, made.begin),
      made.beginWord,
    ),
  );
}

async function setHere(wanted) {
  const by = wanted ? made.begin : made.leave;
  if (by.getAttribute("aria-disabled")) return;
  by.setAttribute("aria-disabled", "true");
  delete made.beginWord.dataset.l10nId;
  made.beginWord.textContent = "";
  const { ok } = await post("/seat/here", { here: wanted });
  by.removeAttribute("aria-disabled");
  if (!ok && wanted) say(made.beginWord, "begin-failed");
  else if (!ok) announce("begin-failed");
}

function show(state) {
  if (here !== state.here) {
    const held = here !== null && (made.begin === document.activeElement || made.leave === document.activeElement);
    here = state.here;
    made.welcome.hidden = here;
    made.seat.hidden = !here;
    made.leave.hidden = !here;
    if (!here) clearPrompts();
    if (held) (here ? document.getElementById("now-title") : made.begin).focus({ preventScroll: true });
  }
  made.called.hidden = !state.view?.teacher_called;
  showStatus(state);
  showPrompts(here ? state.prompts : []);
  showHold(state.hold);
  const count = waitingCount();
  say(document.querySelector("title"), count ? "seat-title-waiting" : "seat-title", count ? { count } : null);
}

function showLink(alive) {
  made.offline.hidden = alive;
  showKept();
  if (!alive) return;
  tellAgain();
  deliver();
}

/** What was just answered is on its way; only without a link it is worth a word. */
function showKept() {
  made.kept.hidden = waiting === 0 || made.offline.hidden;
  if (waiting) say(made.kept.lastChild, "kept", { count: waiting });
}

await startTexts();
build();
offerLanguages(document.getElementById("languages"));
follow("/seat/stream", show, showLink);
watchKept("/seat/answer", (count) => {
  waiting = count;
  showKept();
});
