/** The screens of the seats: which browsers are enrolled, codes for more, and signing them out. */

import { button, el, icon, keyed, say } from "/static/house/dom.js";
import { byName, clockTime } from "/static/people/amounts.js";
import { act, once, tell } from "/static/people/telling.js";

const SURE_S = 10;

/** Fill the part of the screens. */
export function terminalTable(place) {
  const chosen = new Set();
  let terminals = [];
  const all = el("input", { type: "checkbox", id: "choose-all", l10n: "box-terminal-choose-all" });
  const heads = ["box-terminal", "box-terminal-enrolled", "box-terminal-page", "box-terminal-connected"].map((key) => el("th", { scope: "col", l10n: key }));
  const body = el("tbody");
  const scroll = el(
    "div.scroll",
    { tabindex: 0, role: "group", "aria-labelledby": "terminals-name" },
    el("table.list.terminals", {}, el("thead", {}, el("tr", {}, el("td", {}, el("label.choice", {}, all)), ...heads, el("td"))), body),
  );
  const none = el("p.muted", { l10n: "box-terminals-none" });
  const make = el("button.button.primary", { type: "button", id: "codes-chosen" }, icon("key"), el("span"));
  const makeAll = button("box-codes-all", () => {}, { icon: "key", id: "codes-all" });
  const sheet = el("a.button", { href: "/box/sheet", id: "sheet" }, icon("print"), el("span", { l10n: "box-codes-sheet" }));
  const codes = codeList();
  once(make, () => issue([...chosen].filter((one) => terminals.some(({ terminal }) => terminal === one))));
  once(makeAll, () => issue(null));
  all.addEventListener("change", () => {
    terminals.forEach(({ terminal }) => (all.checked ? chosen.add(terminal) : chosen.delete(terminal)));
    render();
  });
  place.append(
    el("h2", { id: "terminals-name", l10n: "box-terminals" }),
    el("p.muted", { l10n: "box-terminals-about" }),
    el("div.row", {}, make, makeAll, sheet),
    codes.place,
    none,
    scroll,
  );

  async function issue(wanted) {
    if (wanted?.length === 0) return;
    const answer = await act("/box/codes", { terminals: wanted }, "codes");
    if (!answer) return;
    tell("good", "box-codes-made", { count: answer.codes?.length ?? 0 });
    wanted?.forEach((one) => chosen.delete(one)); // what was ticked meanwhile stays ticked
    render();
  }

  function render() {
    const rows = terminals.map((terminal) => ({ ...terminal, id: terminal.terminal })).sort((one, other) => byName(one.id, other.id));
    keyed(body, rows, (row) => terminalRow(row, choose), (element, row) => fillTerminal(element, row, chosen.has(row.id)));
    none.hidden = rows.length > 0;
    scroll.hidden = !rows.length;
    const count = rows.filter(({ id }) => chosen.has(id)).length;
    all.checked = count > 0 && count === rows.length;
    all.indeterminate = count > 0 && count < rows.length;
    say(make.lastElementChild, "box-codes-chosen", { count });
    make.toggleAttribute("disabled", count === 0);
  }

  function choose(terminal, on) {
    if (on) chosen.add(terminal);
    else chosen.delete(terminal);
    render();
  }

  return {
    show(state) {
      const coded = new Set((state.codes ?? []).map(({ terminal }) => terminal));
      terminals = state.terminals.map((one) => ({ ...one, coded: coded.has(one.terminal) }));
      codes.show(state.codes ?? []);
      render();
    },
  };
}

function terminalRow({ id }, choose) {
  const tick = el("input", { type: "checkbox", l10n: ["box-terminal-choose", { terminal: id }] });
  tick.addEventListener("change", () => choose(id, tick.checked));
  return el(
    "tr",
    {},
    el("td", {}, el("label.choice", {}, tick)),
    el("th", { scope: "row" }, el("bdi", { text: id })),
    el("td.numbers.enrolled"),
    el("td.shown"),
    el("td.link"),
    el("td.acts", {}, leaver(id)),
  );
}

function fillTerminal(row, { enrolled, page, connected, coded }, chosen) {
  row.dataset.coded = coded;
  row.querySelector("input").checked = chosen;
  row.querySelector(".enrolled").textContent = String(enrolled);
  row.querySelector(".sign-out").toggleAttribute("disabled", enrolled === 0);
  yesNo(row.querySelector(".shown"), page);
  yesNo(row.querySelector(".link"), connected);
}

function yesNo(place, is) {
  if (place.dataset.is === String(is)) return;
  place.dataset.is = String(is);
  place.replaceChildren(el("span.value", { "data-tone": is ? "good" : "" }, icon(is ? "check" : "cross"), el("span", { l10n: is ? "box-yes" : "box-no" })));
}

/**
 * Signing out cannot be taken back without walking to the seat, so the button asks once more. It
 * counts the seconds of its question, and says when it has gone back to what it was.
 */
function leaver(terminal) {
  const words = el("span", { "aria-hidden": "true" });
  const long = el("span.visually-hidden");
  const control = el("button.button.small.danger.sign-out", { type: "button" }, words, long);
  let counting = null;
  const calm = () => {
    clearInterval(counting);
    counting = null;
    say(words, "box-terminal-out");
    say(long, "box-terminal-out-long", { terminal });
  };
  const ask = () => {
    const code = control.closest("tr").dataset.coded === "true" ? "code" : "only";
    let left = SURE_S;
    say(long, `box-terminal-out-sure-${code}`, { terminal });
    say(words, "box-terminal-out-sure", { terminal, left });
    counting = setInterval(() => {
      left -= 1;
      if (left > 0) return say(words, "box-terminal-out-sure", { terminal, left });
      calm();
      tell("mind", "box-terminal-out-not", { terminal });
    }, 1_000);
    if (code === "code") tell("mind", "box-terminal-out-sure-code", { terminal });
  };
  calm();
  return once(control, async () => {
    if (counting === null) return ask();
    calm();
    await act("/box/revoke", { terminal }, "sign-out");
  });
}

function codeList() {
  const list = el("ul.codes");
  const place = el("div.stack", { hidden: true }, el("h3", { l10n: "box-codes" }), list);
  return {
    place,
    show(codes) {
      place.hidden = !codes.length;
      const rows = codes.map((code) => ({ ...code, id: `${code.terminal} ${code.ends_s}` })).sort((one, other) => byName(one.terminal, other.terminal));
      keyed(list, rows, codeCard);
    },
  };
}

function codeCard({ terminal, code, ends_s }) {
  return el(
    "li.card.quiet",
    {},
    el("bdi.name", { text: terminal }),
    el("code.numbers", { dir: "ltr", text: spaced(code) }),
    el("span.small.muted", { l10n: ["box-code-until", { time: clockTime(ends_s) }] }),
  );
}

/** In two halves, which are easier to read and to type. */
export function spaced(code) {
  const half = Math.ceil(code.length / 2);
  return `${code.slice(0, half)}-${code.slice(half)}`;
}
