/** The list of languages in the head of each page; choosing one loads the page in it. */

import { el, icon } from "./dom.js";
import { language } from "./l10n.js";
import { post } from "./post.js";

/** Put the list into `place`, hidden where there is nothing to choose. */
export async function offerLanguages(place) {
  const answer = await fetch("/texts").catch(() => null);
  if (!answer?.ok) return;
  const { languages } = await answer.json();
  if (languages.length < 2) return;
  const list = el("select", { id: "language", l10n: "language" });
  for (const { id, name, direction } of languages) {
    list.append(el("option", { value: id, lang: id, dir: direction, selected: id === language, text: name }));
  }
  list.addEventListener("change", async () => {
    const { ok } = await post("/language", { language: list.value });
    if (ok) location.reload();
    else list.value = language;
  });
  place.replaceChildren(el("div.languages", {}, icon("globe"), list));
}
