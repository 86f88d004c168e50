// The Markdown that an answer may use, parsed into plain values; anything else stays text.
//
// Blocks: paragraph, list, code. Inlines: bold, italic, code, link, cite, break.
// No HTML, no images. A link needs http, https or mailto, or it stays text.

const DEEPEST = 6;
const SAFE = /^(https?:\/\/|mailto:)[^\s<>"]+$/i;
const BARE = /^https?:\/\/[^\s<>"'`]+/i;
const FENCE = /^\s{0,3}(```|~~~)/;
const ITEM = /^(\s*)(?:[-*+•]|(\d{1,9})[.)])\s+(.*)$/;
const HEADING = /^\s{0,3}#{1,6}\s+(.*?)\s*#*$/;
const RULE = /^\s{0,3}([-*_])(\s*\1){2,}\s*$/;
const WORD = /[\p{L}\p{N}_]/u;
const ESCAPABLE = "\\`*_[]()#+-.!>~|{}";

/**
 * @typedef {{type: "text"|"code"|"cite"|"break", text: string}} Leaf
 * @typedef {{type: "bold"|"italic", children: Inline[]}} Span
 * @typedef {{type: "link", url: string, children: Inline[]}} Link
 * @typedef {Leaf|Span|Link} Inline
 * @typedef {{type: "paragraph"|"code", source: string, inlines: Inline[]}} TextBlock
 * @typedef {{depth: number, inlines: Inline[]}} Item
 * @typedef {{type: "list", source: string, start: number|null, items: Item[]}} List
 * @typedef {TextBlock|List} Block
 */

/**
 * Return the blocks of a text. `source` of a block is equal exactly when the block is.
 *
 * @param {string} text
 * @param {boolean} [isOpen] the text is still growing: a mark without its end counts up to here.
 * @returns {Block[]}
 */
export function parse(text, isOpen = false) {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const blocks = [];
  let at = 0;
  while (at < lines.length) {
    if (!lines[at].trim() || RULE.test(lines[at])) at += 1;
    else if (FENCE.test(lines[at])) at = takeCode(lines, at, blocks);
    else if (ITEM.test(lines[at])) at = takeList(lines, at, blocks, isOpen);
    else at = takeParagraph(lines, at, blocks, isOpen);
  }
  return blocks;
}

function takeCode(lines, from, blocks) {
  const fence = FENCE.exec(lines[from])[1];
  let end = from + 1;
  while (end < lines.length && !lines[end].trim().startsWith(fence)) end += 1;
  const body = lines.slice(from + 1, end).join("\n");
  blocks.push({ type: "code", source: `\`\`\`${body}`, inlines: [{ type: "text", text: body }] });
  return end + 1;
}

function takeList(lines, from, blocks, isOpen) {
  const first = ITEM.exec(lines[from]);
  const texts = [];
  let at = from;
  for (; at < lines.length && lines[at].trim(); at += 1) {
    const item = ITEM.exec(lines[at]);
    if (item && !RULE.test(lines[at])) texts.push({ depth: depthOf(item[1]), text: item[3] });
    else if (FENCE.test(lines[at])) break;
    else texts[texts.length - 1].text += ` ${lines[at].trim()}`;
  }
  const isLast = at >= lines.length;
  const items = texts.map(({ depth, text }, index) => ({
    depth,
    inlines: parseInline(text, isOpen && isLast && index === texts.length - 1),
  }));
  const start = first[2] === undefined ? null : Number(first[2]);
  const source = `${isOpen && isLast ? "open" : ""}${lines.slice(from, at).join("\n")}`;
  const before = blocks[blocks.length - 1];
  if (before?.type === "list" && (before.start === null) === (start === null)) {
    before.items.push(...items);
    before.source += `\n${source}`;
  } else blocks.push({ type: "list", source, start, items });
  return at;
}

function depthOf(indent) {
  return Math.min(2, Math.floor(indent.replace(/\t/g, "    ").length / 2));
}

function takeParagraph(lines, from, blocks, isOpen) {
  const heading = HEADING.exec(lines[from]);
  let at = from + 1;
  if (!heading) {
    while (at < lines.length && lines[at].trim() && !startsBlock(lines[at])) at += 1;
  }
  const isGrowing = isOpen && at >= lines.length;
  const body = heading ? heading[1] : lines.slice(from, at).join("\n").replace(/^\s*>\s?/gm, "");
  const inlines = parseInline(body, isGrowing);
  blocks.push({
    type: "paragraph",
    source: `${isGrowing ? "open" : ""}${heading ? "#" : ""}${body}`,
    inlines: heading ? [{ type: "bold", children: inlines }] : inlines,
  });
  return at;
}

function startsBlock(line) {
  return FENCE.test(line) || ITEM.test(line) || HEADING.test(line) || RULE.test(line);
}

/**
 * Return the inlines of one line or paragraph.
 *
 * @param {string} text
 * @param {boolean} [isOpen]
 * @param {number} [depth]
 * @returns {Inline[]}
 */
export function parseInline(text, isOpen = false, depth = 0) {
  const out = [];
  let plain = "";
  const flush = () => {
    if (plain) out.push({ type: "text", text: plain });
    plain = "";
  };
  let at = 0;
  while (at < text.length) {
    const found = depth < DEEPEST ? inlineAt(text, at, isOpen, depth) : null;
    if (found) {
      flush();
      if (found.inline) out.push(found.inline);
      at = found.end;
    } else if (text[at] === "\\" && ESCAPABLE.includes(text[at + 1] ?? " ")) {
      plain += text[at + 1];
      at += 2;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  flush();
  return out;
}

function inlineAt(text, at, isOpen, depth) {
  switch (text[at]) {
    case "\n":
      return { inline: { type: "break", text: "\n" }, end: at + 1 };
    case "`":
      return codeAt(text, at, isOpen);
    case "*":
    case "_":
      return emphasisAt(text, at, isOpen, depth);
    case "!":
      // A picture is never loaded: its description becomes a link to it.
      return text[at + 1] === "[" ? linkAt(text, at + 1, isOpen, depth) : null;
    case "[":
      return citeAt(text, at) ?? linkAt(text, at, isOpen, depth);
    case "h":
    case "H":
      return bareLinkAt(text, at);
    default:
      return null;
  }
}

function codeAt(text, at, isOpen) {
  let end = text.indexOf("`", at + 1);
  if (end < 0 && isOpen) end = text.length;
  if (end <= at + 1) return null;
  return { inline: { type: "code", text: text.slice(at + 1, end) }, end: end + 1 };
}

function emphasisAt(text, at, isOpen, depth) {
  const mark = text[at] === text[at + 1] ? text.slice(at, at + 2) : text[at];
  const inside = at + mark.length;
  if (!text[inside] || /\s/.test(text[inside])) return isOpen && !text[inside] ? hidden(text) : null;
  if (mark[0] === "_" && at > 0 && WORD.test(text[at - 1])) return null;
  let end = closing(text, inside, mark);
  if (end < 0 && isOpen) end = text.length;
  if (end < 0) return null;
  const body = end === text.length ? text.slice(inside).replace(/[*_]$/, "") : text.slice(inside, end);
  const children = parseInline(body, isOpen && end === text.length, depth + 1);
  return {
    inline: { type: mark.length === 2 ? "bold" : "italic", children },
    end: end + mark.length,
  };
}

function hidden(text) {
  return { inline: null, end: text.length };
}

function closing(text, from, mark) {
  for (let at = text.indexOf(mark, from); at >= 0; at = text.indexOf(mark, at + 1)) {
    const isDoubled = mark.length === 1 && text[at + 1] === mark;
    if (isDoubled) at += 1;
    else if (!/\s/.test(text[at - 1]) && at > from) {
      if (mark[0] !== "_" || !WORD.test(text[at + mark.length] ?? " ")) return at;
    }
  }
  return -1;
}

function citeAt(text, at) {
  const found = /^\[(\d{1,2})\](?!\()/.exec(text.slice(at, at + 6));
  return found ? { inline: { type: "cite", text: found[1] }, end: at + found[0].length } : null;
}

function linkAt(text, at, isOpen, depth) {
  const middle = text.indexOf("](", at + 1);
  if (middle < 0) return null;
  const label = text.slice(at + 1, middle);
  const end = text.indexOf(")", middle + 2);
  if (!label.trim() || label.includes("\n") || label.includes("[")) return null;
  if (end < 0) return isOpen ? { inline: { type: "text", text: label }, end: text.length } : null;
  const url = text.slice(middle + 2, end).trim();
  if (!isSafe(url)) return null;
  return { inline: { type: "link", url, children: parseInline(label, false, DEEPEST - 1) }, end: end + 1 };
}

function bareLinkAt(text, at) {
  if (at > 0 && WORD.test(text[at - 1])) return null;
  const found = BARE.exec(text.slice(at, at + 2048));
  if (!found) return null;
  const url = found[0].replace(/[.,;:!?)\]*_]+$/, "");
  if (!isSafe(url)) return null;
  return { inline: { type: "link", url, children: [{ type: "text", text: url }] }, end: at + url.length };
}

/**
 * Say whether an address may become a link: http, https or mailto, and nothing that breaks out.
 *
 * @param {string} url
 * @returns {boolean}
 */
export function isSafe(url) {
  if (!SAFE.test(url)) return false;
  try {
    return ["http:", "https:", "mailto:"].includes(new URL(url).protocol);
  } catch {
    return false;
  }
}

/**
 * Return what the text says without its marks, for a screen reader or a text file.
 *
 * @param {string} text
 * @param {boolean} [isOpen]
 * @returns {string}
 */
export function plain(text, isOpen = false) {
  return parse(text, isOpen).map(blockText).join("\n");
}

function blockText(block) {
  if (block.type !== "list") return block.inlines.map(inlineText).join("");
  return block.items
    .map((item, index) => {
      const mark = block.start === null ? "-" : `${block.start + index}.`;
      return `${mark} ${item.inlines.map(inlineText).join("")}`;
    })
    .join("\n");
}

function inlineText(inline) {
  if (inline.type === "cite") return "";
  return inline.children ? inline.children.map(inlineText).join("") : inline.text;
}
