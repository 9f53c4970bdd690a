/** Words of the box's own vocabulary; one that no catalogue has is shown as it came. */

import { el } from "/static/house/dom.js";
import { knows } from "/static/house/l10n.js";

/** An element with the text of `group-value`, or of `otherwise`, or the value itself. */
export function known(tag, group, value, otherwise = "") {
  const key = `${group}-${value}`;
  if (knows(key)) return el(tag, { l10n: key });
  return otherwise ? el(tag, { l10n: otherwise }) : el(tag, { text: value, dir: "auto" });
}
