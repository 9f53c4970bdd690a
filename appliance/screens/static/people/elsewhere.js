/** Signed in, but at a page of others: whose it is, and the ways on. */

import { button, say } from "/static/house/dom.js";
import { startTexts } from "/static/house/l10n.js";
import { offerLanguages } from "/static/house/languages.js";
import { signOut } from "/static/people/head.js";

const at = (id) => document.getElementById(id);
const { name, role } = at("elsewhere").dataset;
const whose = location.pathname.split("/")[1] === "box" ? "it" : "teacher";

say(at("whose"), `people-only-${whose}`);
say(at("who"), `people-as-${role}`, { name });
at("own").href = role === "it" ? "/box" : "/teacher";
at("elsewhere").append(button("people-other-account", signOut, { icon: "exit", id: "leave" }));
await startTexts();
offerLanguages(at("languages"));
