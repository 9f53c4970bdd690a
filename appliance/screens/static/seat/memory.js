/** What the page of this tab knows by id and must know after a reload: what is over, where it stood. */

const SHELF = "classbox-known";
const AT_MOST = 200;

/** What was noted for an id; `{}` for none. */
export function recall(id) {
  return read()[id] ?? {};
}

/** Note more for an id. */
export function note(id, facts) {
  const known = read();
  const { [id]: before = {}, ...others } = known;
  const kept = Object.entries(others).slice(1 - AT_MOST);
  sessionStorage.setItem(SHELF, JSON.stringify(Object.fromEntries([...kept, [id, { ...before, ...facts }]])));
}

/** All ids and facts, oldest first. */
export function everything() {
  return Object.entries(read());
}

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(SHELF)) ?? {};
  } catch {
    return {};
  }
}
