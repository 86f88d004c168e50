// The list of entries: keeps an element per entry, day headings, and the end of the list in sight.

import { ChoicesView, ContactView, LineView, SurveyView } from "./cards.js";
import { el } from "./dom.js";
import { MessageView } from "./message.js";

const VIEWS = { message: MessageView, line: LineView, choices: ChoicesView, survey: SurveyView, contact: ContactView };
const NEAR_PX = 56;

/** Shows entries in order; only what changed is touched. */
export class List {
  /**
   * @param {object} parts
   * @param {HTMLElement} parts.scroller
   * @param {HTMLElement} parts.list
   * @param {HTMLElement} parts.jump the button to the newest entry
   * @param {object} parts.tools what the views of entries need
   */
  constructor({ scroller, list, jump, tools }) {
    Object.assign(this, { scroller, list, jump, tools });
    this.views = new Map();
    this.isAtEnd = true;
    scroller.addEventListener("scroll", () => this.look(), { passive: true });
    jump.addEventListener("click", () => this.toEnd());
    new ResizeObserver(() => this.isAtEnd && this.toEnd()).observe(scroller);
  }

  /**
   * Show these entries. Elements that stay are not moved, so focus and selection stay, too.
   *
   * @param {import("./state.js").Entry[]} entries
   * @param {Date} now
   * @returns {boolean} whether an entry is new
   */
  render(entries, now) {
    const isLonger = entries.some((entry) => !this.views.has(entry.key));
    const plan = this.plan(entries, now);
    for (const [key, view] of this.views) if (!plan.has(key)) view.node.remove();
    let cursor = this.list.firstElementChild;
    for (const { node } of plan.values()) {
      if (node === cursor) cursor = cursor.nextElementSibling;
      else this.list.insertBefore(node, cursor);
    }
    this.views = plan;
    return isLonger;
  }

  plan(entries, now) {
    const plan = new Map();
    let before = null;
    for (const entry of entries) {
      const day = entry.at.toDateString();
      if (before?.at.toDateString() !== day) plan.set(`day:${day}`, this.heading(entry, day, now));
      const view = this.viewOf(entry);
      view.node.classList.toggle("is-grouped", isGrouped(before, entry));
      plan.set(entry.key, view);
      before = entry;
    }
    return plan;
  }

  /** Keep the newest entry in sight, unless the customer reads above. @param {boolean} isLonger */
  follow(isLonger) {
    if (this.isAtEnd) this.toEnd();
    else if (isLonger) this.jump.hidden = false;
  }

  toEnd() {
    this.isAtEnd = true;
    this.jump.hidden = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  look() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    this.isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    if (this.isAtEnd) this.jump.hidden = true;
  }

  viewOf(entry) {
    const known = this.views.get(entry.key);
    const view = known ?? { revision: -1, ...wrap(new VIEWS[entry.kind](entry, this.tools)) };
    if (view.revision !== entry.revision || view.entry !== entry) {
      view.revision = entry.revision;
      view.entry = entry;
      view.inner.update(entry);
    }
    return view;
  }

  heading(entry, day, now) {
    const text = this.tools.calendar.heading(entry.at, now);
    const known = this.views.get(`day:${day}`);
    if (known) {
      known.text.textContent = text;
      return known;
    }
    const span = el("span", { text });
    return { node: el("li", { class: "day" }, span), text: span };
  }
}

function wrap(inner) {
  return { inner, node: inner.node };
}

function isGrouped(before, entry) {
  return before?.kind === "message" && entry.kind === "message" && before.author === entry.author && before.name === entry.name;
}
