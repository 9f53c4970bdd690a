/**
 * The words of the pages, from the catalogues of the server.
 *
 * An element names its text (`data-l10n-id`, `data-l10n-args` as JSON) and gets it here, whenever
 * either changes: the text as text, never as markup, and the attributes below from attributes of
 * the message. A key that a catalogue lacks is said in English; in tests, `missing` lists it.
 */

import { FluentBundle, FluentResource } from "./vendor/fluent-bundle.js";

const ATTRIBUTES = ["aria-label", "aria-description", "title", "placeholder", "alt", "label"];
const FALLBACK = "en";
const bundles = [];
export const missing = new Set();
export const language = document.documentElement.lang || FALLBACK;

/** Fetch the catalogue of the page's language, fill the page, and keep it filled. */
export async function startTexts() {
  const complete = ["en", "de"].includes(language);
  const wanted = complete ? [language] : [language, FALLBACK];
  bundles.push(...(await Promise.all(wanted.map(read))));
  fill(document.documentElement);
  new MutationObserver(noticed).observe(document.documentElement, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ["data-l10n-id", "data-l10n-args"],
  });
  document.documentElement.dataset.texts = "ready";
}

/** The text of a key, for what is said and not shown; "" where no catalogue has it. */
export function text(key, args = {}) {
  const [bundle, message] = found(key);
  return message?.value ? bundle.formatPattern(message.value, args, []) : "";
}

/** Whether a catalogue has this key: an unknown word of the server then gets the general text. */
export function knows(key) {
  return bundles.some((bundle) => bundle.hasMessage(key));
}

async function read(id) {
  const bundle = new FluentBundle([id, FALLBACK]);
  const answer = await fetch(`/texts/${id}.ftl`).catch(() => null);
  if (answer?.ok) bundle.addResource(new FluentResource(await answer.text()));
  return bundle;
}

function found(key) {
  for (const bundle of bundles) {
    const message = bundle.getMessage(key);
    if (message) return [bundle, message];
  }
  missing.add(key);
  return [null, null];
}

function noticed(changes) {
  const touched = new Set();
  for (const change of changes) {
    if (change.type === "attributes") touched.add(change.target);
    else for (const node of change.addedNodes) if (node.nodeType === Node.ELEMENT_NODE) fill(node);
  }
  touched.forEach(translate);
}

function fill(root) {
  if (root.dataset.l10nId) translate(root);
  root.querySelectorAll("[data-l10n-id]").forEach(translate);
}

function translate(element) {
  const key = element.dataset.l10nId;
  if (!key) return;
  const [bundle, message] = found(key);
  if (!message) return;
  const args = JSON.parse(element.dataset.l10nArgs ?? "{}");
  if (message.value) {
    const words = bundle.formatPattern(message.value, args, []);
    if (element.textContent !== words) element.textContent = words;
  }
  for (const name of ATTRIBUTES) {
    const pattern = message.attributes[name];
    if (pattern) element.setAttribute(name, bundle.formatPattern(pattern, args, []));
  }
}
