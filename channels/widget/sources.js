// The sources of an answer: chips that open a title and the quoted words.

import { el, icon } from "./dom.js";
import { isSafe } from "./markdown.js";

let made = 0;

/** Sources of one message; at most one is open. */
export class Sources {
  /** @param {import("./texts.js").Texts} texts */
  constructor(texts) {
    this.texts = texts;
    this.id = `source-${(made += 1)}`;
    this.citations = new Map();
    this.chips = new Map();
    this.shown = null;
    this.row = el("div", { class: "sources", hidden: true });
    this.card = el("div", { class: "source-card", id: this.id, role: "group", hidden: true });
    this.card.addEventListener("keydown", (event) => this.onEscape(event));
    this.row.addEventListener("keydown", (event) => this.onEscape(event));
  }

  /** @param {{n: number, title: string, url: string, quote: string}[]} citations */
  show(citations) {
    this.citations = new Map(citations.map((citation) => [String(citation.n), citation]));
    this.chips.clear();
    this.open(null);
    this.row.hidden = citations.length === 0;
    this.row.replaceChildren(
      el("span", { class: "sources-title", text: this.texts.say("sources") }),
      ...citations.map((citation) => this.chip(String(citation.n), "source-chip", citation.title)),
    );
  }

  /**
   * Return the mark of a citation inside a text: a button once the source is known.
   *
   * @param {string} n
   * @returns {HTMLElement}
   */
  mark(n) {
    if (!this.citations.has(n)) return el("span", { class: "cite cite-idle", text: n });
    return this.chip(n, "cite", "");
  }

  chip(n, kind, title) {
    const label = this.texts.say("source", { n, title: this.citations.get(n).title });
    const chip = el(
      "button",
      {
        type: "button",
        class: kind,
        "aria-expanded": "false",
        "aria-controls": this.id,
        "aria-label": label,
        on: { click: () => this.open(this.shown === n ? null : n, chip), keydown: (event) => this.onEscape(event) },
      },
      el("span", { class: "cite-number", text: n }),
      title ? el("span", { class: "cite-title", dir: "auto", text: title }) : null,
    );
    this.chips.set(n, [...(this.chips.get(n) ?? []), chip]);
    return chip;
  }

  open(n, opener = null) {
    this.shown = n;
    if (opener) this.opener = opener;
    this.card.hidden = n === null;
    for (const [number, chips] of this.chips) {
      for (const chip of chips) chip.setAttribute("aria-expanded", String(number === n));
    }
    if (n === null) return;
    const { title, url, quote } = this.citations.get(n);
    this.card.setAttribute("aria-label", this.texts.say("source", { n, title }));
    this.card.replaceChildren(el("p", { class: "source-title", dir: "auto", text: title }));
    if (quote) this.card.append(el("blockquote", { dir: "auto", text: quote }));
    if (url && isSafe(url) && !url.startsWith("mailto:")) this.card.append(this.link(url));
    this.card.scrollIntoView({ block: "nearest" });
  }

  link(url) {
    return el(
      "a",
      { class: "source-link", href: url, target: "_blank", rel: "noopener noreferrer" },
      el("span", { text: this.texts.say("openSource") }),
      icon("open"),
    );
  }

  onEscape(event) {
    if (event.key !== "Escape" || this.shown === null) return;
    event.stopPropagation();
    this.open(null);
    this.opener?.focus();
  }
}
