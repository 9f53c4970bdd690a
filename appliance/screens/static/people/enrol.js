/** A code makes this browser a seat's screen. */

import { runForm, tellForm } from "/static/people/form.js";

const LENGTH = 10;
const code = document.getElementById("code");
const BY_STATUS = { 0: "room-unreachable", 400: "enrol-wrong", 401: "enrol-wrong", 403: "enrol-wrong", 404: "enrol-wrong", 409: "enrol-wrong", 429: "enrol-wait" };
const plain = (typed) => typed.toUpperCase().replace(/[^A-Z0-9]/g, "");

if (new URLSearchParams(location.search).has("ended")) tellForm("enrol-ended", "mind");
takeFragment();
addEventListener("hashchange", takeFragment);
runForm("/enrol", {
  read: () => ({ code: plain(code.value) }),
  lacks: (fields) => (fields.code.length === LENGTH ? null : ["enrol-short", "code"]),
  refused: (status) => [BY_STATUS[status] ?? "people-failed", "code"],
});

/** The code behind # stays neither in the address nor in the history. */
function takeFragment() {
  const found = plain(decode(location.hash.slice(1)));
  if (!location.hash) return;
  history.replaceState(null, "", location.pathname);
  if (found) code.value = found.slice(0, LENGTH);
}

function decode(fragment) {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return "";
  }
}
