// What this person sees, kept up to date by the emulator, and what he does, sent to it.
import { toast } from "/page/dom.js";

export const me = new URLSearchParams(location.search).get("as") || "U1";
const seen = new Map();
let waiting = false;

/** Return what is known by a name, or undefined. */
export const get = (name) => seen.get(name);
export const world = () => seen.get("world");
export const person = (id) => world().users[id] ?? { id, name: id, short: id, isBot: false };

/** Return everything whose name begins so. */
export function all(prefix) {
  const found = [];
  for (const [name, value] of seen) if (name.startsWith(prefix)) found.push(value);
  return found;
}

/** Call back after each change, at most once a frame; `phase` is called with `online` or `lost`. */
export function follow(changed, phase) {
  const source = new EventSource(`/page/events?as=${encodeURIComponent(me)}`);
  const take = (event, isWhole) => {
    const told = JSON.parse(event.data);
    if (isWhole) seen.clear();
    for (const [name, value] of Object.entries(told.set)) seen.set(name, value);
    for (const name of told.gone) seen.delete(name);
    phase("online");
    if (waiting) return;
    waiting = true;
    // A hidden tab gets no frames, but must know what is unread.
    (document.hidden ? setTimeout : requestAnimationFrame)(() => {
      waiting = false;
      changed();
    });
  };
  source.addEventListener("whole", (event) => take(event, true));
  source.addEventListener("change", (event) => take(event, false));
  source.addEventListener("error", () => phase("lost"));
}

/** Do something; resolves to whether it was done. What went wrong is told. */
export async function act(name, fields = {}) {
  let answer;
  try {
    const response = await fetch("/page/act", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ as: me, act: name, ...fields }),
    });
    answer = await response.json();
  } catch {
    toast("The demo does not answer. Is it still running?");
    return false;
  }
  if (!answer.ok) {
    toast(answer.error);
    return false;
  }
  const isOfInterest = ["click", "submit", "command", "shortcut"].includes(name);
  if (isOfInterest && !(answer.status >= 200 && answer.status < 300)) {
    toast(answer.status ? `The app refused that (${answer.status}).` : "The app did not answer in time.");
    return false;
  }
  return true;
}
