/** Name and password of teachers and IT. */

import { runForm } from "/static/people/form.js";

const at = (id) => document.getElementById(id);
const BY_STATUS = { 0: "room-unreachable", 400: "sign-in-wrong", 401: "sign-in-wrong", 403: "sign-in-wrong", 429: "sign-in-wait" };

at("shown").addEventListener("change", () => {
  at("password").type = at("shown").checked ? "text" : "password";
});
runForm("/sign-in", {
  read: () => ({ name: at("name").value.trim(), password: at("password").value }),
  lacks: ({ name, password }) => (name && password ? null : ["sign-in-empty", name ? "password" : "name"]),
  refused: (status) => [BY_STATUS[status] ?? "people-failed", "password"],
});
