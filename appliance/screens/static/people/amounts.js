/** Times and numbers as the page's language writes them. */

import { language } from "/static/house/l10n.js";

const TIME = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const MOMENT = new Intl.DateTimeFormat(language, { day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
const ORDER = new Intl.Collator(language, { numeric: true });

/** Hour and minute of a moment, seconds since 1970. */
export const clockTime = (at_s) => TIME.format(at_s * 1000);
/** Day and second of a moment, seconds since 1970. */
export const moment = (at_s) => MOMENT.format(at_s * 1000);
/** Day of a moment, seconds since 1970. */
export const day = (at_s) => DAY.format(at_s * 1000);
/** A number with so many digits after the point. */
export const amount = (value, digits = 0) => new Intl.NumberFormat(language, { maximumFractionDigits: digits, minimumFractionDigits: digits }).format(value);
/** Names as people count: a2 before a10. */
export const byName = (one, other) => ORDER.compare(one, other);
