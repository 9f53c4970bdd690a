/** The door: three ways in. */

import { el, icon } from "/static/house/dom.js";
import { startTexts } from "/static/house/l10n.js";
import { offerLanguages } from "/static/house/languages.js";

const WAYS = { seat: "screen", teacher: "people", box: "camera" };

await startTexts();
offerLanguages(document.getElementById("languages"));
document.getElementById("ways").append(
  ...Object.entries(WAYS).map(([way, picture]) =>
    el(
      "li",
      {},
      el("a.card.raised.way", { href: `/${way}` }, icon(picture), el("strong", { l10n: `door-${way}` }), el("span.muted", { l10n: `door-${way}-about` })),
    ),
  ),
);
