/** At a page of others, or at an address without a page: what it is, and the ways on. */

import { button, say } from "/static/house/dom.js";
import { startTexts } from "/static/house/l10n.js";
import { offerLanguages } from "/static/house/languages.js";
import { signOut } from "/static/people/head.js";

const HOME = { seat: "/seat", teacher: "/teacher", it: "/box" };
const at = (id) => document.getElementById(id);
const { name, role } = at("elsewhere").dataset;
const whose = { teacher: "teacher", box: "it" }[location.pathname.split("/")[1]];

if (whose && role in HOME && role !== "seat" && role !== whose) {
  say(at("whose"), `people-only-${whose}`);
  say(at("who"), `people-as-${role}`, { name });
  at("elsewhere").append(button("people-other-account", signOut, { icon: "exit", id: "leave" }));
} else {
  say(at("whose"), "people-lost");
  say(at("who"), "people-lost-about");
}
at("own").href = HOME[role] ?? "/";
if (!(role in HOME)) {
  say(at("own"), "people-back");
  at("door").remove();
}
await startTexts();
offerLanguages(at("languages"));
