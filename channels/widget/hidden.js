// Placeholders such as [EMAIL_1] stand where personal data was; this shows them as words.

import { el } from "./dom.js";

const PLACEHOLDER = /\[([A-Z]+(?:_[A-Z]+)*?)(?:_\d{1,4}| \*{2,6}(\d{2,4}))\]/g;

/**
 * Return the nodes of a plain text, with placeholders as small marks.
 *
 * @param {string} text
 * @param {import("./texts.js").Texts} texts
 * @returns {Node[]}
 */
export function showHidden(text, texts) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    const note = texts.hidden(match[1]);
    if (!note) continue;
    if (match.index > at) nodes.push(document.createTextNode(text.slice(at, match.index)));
    const word = texts.words.hidden[match[1]];
    nodes.push(el("span", { class: "hidden-value", title: note, text: match[2] ? `${word} ••${match[2]}` : word }));
    at = match.index + match[0].length;
  }
  if (at < text.length) nodes.push(document.createTextNode(text.slice(at)));
  return nodes;
}
