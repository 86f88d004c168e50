// Reads answers to screen readers, one finished sentence at a time, in a region of its own.

import { el } from "./dom.js";
import { plain } from "./markdown.js";

const MOST_LINES = 30;
const SENTENCE_END = /[.!?…]["'”’)\]]*(?=\s)|[。！？؟।]|\n/g;

/**
 * Return where the last finished sentence of a growing text ends.
 *
 * @param {string} text
 * @returns {number} 0 when none is finished
 */
export function finishedUpTo(text) {
  let end = 0;
  for (const match of text.matchAll(SENTENCE_END)) end = match.index + match[0].length;
  return end;
}

/** Appends finished sentences to a live region; says none of them twice. */
export class Announcer {
  /** @param {HTMLElement} region a visually hidden role=log */
  constructor(region) {
    this.region = region;
    this.said = new Map();
  }

  /** Take what is there already as heard: a returning customer is not read the whole history. */
  skip(entry) {
    this.said.set(entry.key, plain(entry.text));
  }

  /**
   * Say what is new and finished in a message.
   *
   * @param {import("./state.js").Entry} entry
   * @param {string} speaker who says it, read before the first sentence
   */
  follow(entry, speaker) {
    const isOpen = entry.status === "streaming";
    const text = plain(entry.text, isOpen);
    const said = this.said.get(entry.key) ?? "";
    const end = isOpen ? finishedUpTo(text) : text.length;
    if (!text.startsWith(said)) {
      // The answer began again, or its final text differs: what is final is read in full.
      this.said.set(entry.key, "");
      if (isOpen) return;
      this.say(`${speaker}: ${text}`);
    } else if (end > said.length) {
      this.say(`${said ? "" : `${speaker}: `}${text.slice(said.length, end).trim()}`);
    } else return;
    this.said.set(entry.key, text.slice(0, end));
  }

  /** @param {string} text */
  say(text) {
    if (!text) return;
    this.region.append(el("p", { text, dir: "auto" }));
    while (this.region.childElementCount > MOST_LINES) this.region.firstElementChild.remove();
  }

  /** Forget everything that was said. */
  clear() {
    this.said.clear();
    this.region.replaceChildren();
  }
}
