/** Codes on paper, six a page: cut them apart and lay one on each desk. */

import { el, icon, keyed } from "/static/house/dom.js";
import { startTexts } from "/static/house/l10n.js";
import { follow } from "/static/house/stream.js";
import { spaced } from "/static/box/terminals.js";
import { byName, clockTime } from "/static/people/amounts.js";

const at = (id) => document.getElementById(id);

await startTexts();
at("print").addEventListener("click", () => print());
at("print").prepend(icon("print"));
follow("/box/stream", ({ codes = [] }) => {
  const rows = codes.map((code) => ({ ...code, id: `${code.terminal} ${code.ends_s}` }));
  keyed(at("papers"), rows.sort((one, other) => byName(one.terminal, other.terminal)), paper);
  at("no-codes").hidden = rows.length > 0;
  at("print").toggleAttribute("disabled", !rows.length);
});

function paper({ terminal, code, url, ends_s }) {
  const picture = el("img", { src: `/box/qr/${encodeURIComponent(code)}.svg`, width: 200, height: 200, l10n: ["box-code-picture", { terminal }] });
  return el(
    "li.paper",
    {},
    el("h2", {}, el("bdi", { text: terminal })),
    picture,
    el("p.address", { dir: "ltr" }, el("span", { text: url.split("#")[0] }), el("code", { text: spaced(code) })),
    el("p.do", { l10n: "sheet-do" }),
    el("p.until", { l10n: ["sheet-until", { time: clockTime(ends_s) }] }),
  );
}
