/** The page of IT: what boxes, cameras and screens do, and what is to be done about them. */

import { keyed } from "/static/house/dom.js";
import { startTexts } from "/static/house/l10n.js";
import { follow } from "/static/house/stream.js";
import { aimPanel } from "/static/box/aim.js";
import { boxCard, fillBox } from "/static/box/boxes.js";
import { auditTable, certificateTable } from "/static/box/records.js";
import { terminalTable } from "/static/box/terminals.js";
import { linkWatch, startHead } from "/static/people/head.js";

const at = (id) => document.getElementById(id);

await startTexts();
startHead();
const watch = linkWatch(at("lost"));
const parts = [terminalTable(at("terminals")), aimPanel(at("aim")), certificateTable(at("certificates")), auditTable(at("audit"))];
follow("/box/stream", show, watch.onLink);

function show(state) {
  watch.onState(state);
  at("no-boxes").hidden = state.boxes.length > 0;
  keyed(at("box-list"), state.boxes, boxCard, fillBox);
  parts.forEach((part) => part.show(state));
}
