/** Certificates with the days that are left, and who did what. */

import { el, icon } from "/static/house/dom.js";
import { day, moment } from "/static/people/amounts.js";
import { known } from "/static/people/known.js";

const SOON_DAYS = 30;
const DAY_S = 86_400;

/** Fill the part of certificates. */
export function certificateTable(place) {
  return table(place, {
    name: "certificates",
    heading: "box-certificates",
    about: null,
    none: "box-certificates-none",
    columns: ["box-certificate-name", "box-certificate-ends", "box-certificate-left"],
    rows: (state) => [...state.certificates].sort((one, other) => one.ends_s - other.ends_s),
    cells: ({ name, ends_s }) => [el("bdi", { text: name }), el("span", { text: day(ends_s) }), left(ends_s)],
  });
}

/** Fill the part of the record. */
export function auditTable(place) {
  return table(place, {
    name: "audit",
    heading: "audit-heading",
    about: "audit-about",
    none: "audit-none",
    columns: ["audit-time", "audit-who", "audit-what", "audit-about-column", "audit-outcome"],
    rows: (state) => state.audit,
    cells: ({ at_s, who, what, about, outcome }) => [el("span.numbers", { text: moment(at_s) }), el("bdi", { text: who ?? "" }), known("bdi", "audit-did", what ?? ""), ...[about, outcome].map((text) => el("bdi", { text: text ?? "" }))],
  });
}

function left(ends_s) {
  const days = Math.floor((ends_s - Date.now() / 1000) / DAY_S);
  if (days < 0) return el("span.tag", { "data-tone": "bad" }, icon("warning"), el("span", { l10n: "box-certificate-over" }));
  const words = el("span", { l10n: ["box-certificate-days", { days }] });
  if (days > SOON_DAYS) return words;
  return el("span.row", {}, words, el("span.tag", { "data-tone": "mind" }, icon("warning"), el("span", { l10n: "box-certificate-soon" })));
}

function table(place, { name, heading, about, none, columns, rows, cells }) {
  const body = el("tbody");
  const empty = el("p.muted", { l10n: none });
  const scroll = el(
    "div.scroll.tall",
    { tabindex: 0, role: "group", "aria-labelledby": `${name}-name` },
    el("table.list", {}, el("thead", {}, el("tr", {}, ...columns.map((key) => el("th", { scope: "col", l10n: key })))), body),
  );
  place.append(...[el("h2", { id: `${name}-name`, l10n: heading }), about && el("p.small.muted", { l10n: about }), empty, scroll].filter(Boolean));
  return {
    show(state) {
      const shown = rows(state);
      const said = JSON.stringify(shown);
      if (body.dataset.said === said) return;
      body.dataset.said = said;
      empty.hidden = shown.length > 0;
      scroll.hidden = !shown.length;
      body.replaceChildren(
        ...shown.map((row) => {
          const [first, ...others] = cells(row);
          return el("tr", {}, el("th", { scope: "row" }, first), ...others.map((cell) => el("td", {}, cell)));
        }),
      );
    },
  };
}
