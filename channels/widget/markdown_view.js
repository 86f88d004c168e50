// Shows parsed Markdown as elements, and touches only the blocks that have changed.

import { el } from "./dom.js";
import { parse } from "./markdown.js";

const shown = new WeakMap();

/**
 * Make a node show a text. Blocks that did not change keep their elements, so that a selection or
 * a focused link survives the next delta.
 *
 * @param {HTMLElement} node
 * @param {string} text
 * @param {{isOpen: boolean, cite: (n: string) => Node, leaf: (text: string) => Node[]}} options
 *   `cite` makes a citation's chip, `leaf` the nodes of plain words.
 */
export function showMarkdown(node, text, { isOpen, ...make }) {
  const blocks = parse(text, isOpen);
  const before = shown.get(node) ?? [];
  const stamp = isOpen ? "open" : "done";
  blocks.forEach((block, index) => {
    const old = before[index];
    const mark = `${stamp}:${block.type}:${block.source}`;
    if (old?.mark === mark) return;
    const fresh = build(block, make);
    if (old) old.node.replaceWith(fresh);
    else node.append(fresh);
    before[index] = { mark, node: fresh };
  });
  for (const old of before.splice(blocks.length)) old.node.remove();
  shown.set(node, before);
}

function build(block, make) {
  if (block.type === "code") {
    return el("pre", { tabindex: 0, dir: "ltr" }, el("code", { text: block.inlines[0].text }));
  }
  if (block.type === "list") return buildList(block, make);
  return el("p", {}, ...block.inlines.flatMap((inline) => buildInline(inline, make)));
}

function buildList(block, make) {
  const tag = block.start === null ? "ul" : "ol";
  const list = el(tag, block.start > 1 ? { start: block.start } : {});
  for (const item of block.items) {
    const kids = item.inlines.flatMap((inline) => buildInline(inline, make));
    list.append(el("li", item.depth ? { class: `deep-${item.depth}` } : {}, ...kids));
  }
  return list;
}

function buildInline(inline, make) {
  const kids = (inline.children ?? []).flatMap((child) => buildInline(child, make));
  switch (inline.type) {
    case "bold":
      return el("strong", {}, ...kids);
    case "italic":
      return el("em", {}, ...kids);
    case "code":
      return el("code", { text: inline.text });
    case "link":
      return el(
        "a",
        { href: inline.url, target: "_blank", rel: "noopener noreferrer nofollow" },
        ...kids,
      );
    case "cite":
      return make.cite(inline.text);
    case "break":
      return el("br");
    default:
      return make.leaf(inline.text);
  }
}
