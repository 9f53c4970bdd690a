/** The two small forms that let somebody in: sign-in and enrolment. */

import { el, icon } from "/static/house/dom.js";
import { startTexts } from "/static/house/l10n.js";
import { offerLanguages } from "/static/house/languages.js";
import { post } from "/static/house/post.js";

const at = (id) => document.getElementById(id);

/**
 * Run a form.
 *
 * @param {string} path Where it is posted; the answer says where to `go`.
 * @param {() => object} read Its fields.
 * @param {(fields: object) => [string, string] | null} lacks Text and field of what is missing.
 * @param {(status: number) => [string, string]} refused Text and field of what the server refuses.
 */
export async function runForm(path, { read, lacks, refused }) {
  await startTexts();
  offerLanguages(at("languages"));
  at("form").querySelector("[autofocus]").focus(); // nothing could have it before it was shown
  let busy = false;
  at("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    const fields = read();
    const missing = lacks(fields);
    if (missing) {
      complain(...missing);
      return;
    }
    busy = true;
    at("go").setAttribute("aria-disabled", "true");
    const { ok, status, data } = await post(path, fields);
    if (ok && ownPath(data.go)) {
      location.replace(data.go);
      return;
    }
    busy = false;
    at("go").removeAttribute("aria-disabled");
    complain(...refused(status));
  });
}

/** A path of this server: never another site, whatever came. */
function ownPath(go) {
  return typeof go === "string" && /^\/(?![/\\])/.test(go);
}

/** Say something above the button, aloud and as the description of the fields. */
export function tellForm(key, tone) {
  at("wrong").replaceChildren(el("p.notice", { "data-tone": tone }, icon("warning"), el("span", { l10n: key })));
}

function complain(key, field) {
  for (const input of at("form").querySelectorAll("input[aria-describedby]")) {
    input.setAttribute("aria-invalid", String(input.id === field));
  }
  tellForm(key, "bad");
  at(field).focus();
  at(field).select();
}
