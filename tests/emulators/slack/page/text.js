// What stands in Slack's texts: mrkdwn and Markdown, dates, mentions, emoji. All of it becomes
// elements and text nodes; whatever is not understood stays text.
import { el } from "/page/dom.js";
import { world, person, me } from "/page/live.js";
import { drawn, NAMES } from "/page/signs.js";

const BEFORE = "(?<![\\p{L}\\p{N}*_~`])";
const AFTER = "(?![\\p{L}\\p{N}*_~`])";
const pair = (mark, name) => `${BEFORE}${mark}(?=[^\\s${mark}])(?<${name}>[^${mark}\\n]*?[^\\s${mark}])${mark}${AFTER}`;
const MRKDWN = new RegExp(
  [
    "<(?<angle>[^<>\\n]+)>",
    "`(?<code>[^`\\n]+)`",
    pair("\\*", "bold"),
    pair("_", "italic"),
    pair("~", "struck"),
    ":(?<emoji>[a-z0-9_+'-]+):(?::skin-tone-[2-6]:)?",
  ].join("|"),
  "gu",
);
const MARKDOWN = new RegExp(
  [
    "\\\\(?<escape>[\\\\`*_\\[\\]()#+\\-.!>~|{}<&])",
    "`(?<code>[^`\\n]+)`",
    "\\[(?<label>[^\\[\\]\\n]+)\\]\\((?<url>[^()\\s]+)\\)",
    "<(?<auto>(?:https?://|mailto:)[^\\s<>]+)>",
    "(?<bare>https?://[^\\s<>()]*[^\\s<>().,;:!?])",
    "\\*\\*(?=\\S)(?<bold>[^\\n]*?\\S)\\*\\*",
    "(?<![\\w*])\\*(?=[^\\s*])(?<star>[^*\\n]*?[^\\s*])\\*(?![\\w*])",
    "(?<![\\w_])_(?=[^\\s_])(?<italic>[^_\\n]*?[^\\s_])_(?![\\w_])",
    "~~(?=\\S)(?<struck>[^\\n]*?\\S)~~",
    ":(?<emoji>[a-z0-9_+'-]+):",
  ].join("|"),
  "gu",
);
const SAFE = /^(https?:\/\/|mailto:)/i;

export const unescaped = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** Return nodes for a text object of a block. */
export function textObject(object) {
  if (!object) return [];
  if (object.type === "mrkdwn") return mrkdwn(object.text);
  return object.emoji === false ? lines(object.text) : emojified(object.text);
}

/** Return nodes for Slack's own markup. */
export const mrkdwn = (text) => blocksOf(text, mrkdwnInline, /^(?:>|&gt;) ?/, unescaped);

/** Return nodes for Markdown, the subset that answers are written in. */
export function markdown(text) {
  return blocksOf(text, markdownInline, /^\s{0,3}> ?/, (code) => code, true);
}

/** Return nodes for lines: fences, quotations, and for Markdown headings and lists. */
function blocksOf(text, inline, quote, raw, isMarkdown = false) {
  const found = [];
  text.split("```").forEach((piece, at, pieces) => {
    const isCode = at % 2 === 1 && at < pieces.length - (isMarkdown ? 0 : 1);
    if (isCode) {
      const code = isMarkdown ? piece.replace(/^[a-z0-9+-]*\n/i, "") : piece;
      found.push(el("pre", {}, el("code", {}, raw(code.replace(/^\n|\n$/g, "")))));
    } else {
      const rest = at % 2 === 1 ? "```" + piece : piece;
      found.push(...paragraphs(at ? rest.replace(/^\n/, "") : rest, inline, quote, isMarkdown));
    }
  });
  return found;
}

function paragraphs(text, inline, quote, isMarkdown) {
  const found = [];
  let run = [];
  let kind = "";
  const flush = () => {
    if (kind === "quote") found.push(el("blockquote", {}, inline(run.join("\n"))));
    else if (kind === "ul" || kind === "ol") {
      found.push(el(kind, {}, run.map((line) => el("li", {}, inline(line)))));
    } else if (run.join("").trim()) found.push(el("p", {}, inline(run.join("\n").replace(/^\n+|\n+$/g, ""))));
    run = [];
  };
  for (const line of text.split("\n")) {
    const item = isMarkdown && /^\s*(?:(?<ul>[-*+•])|(?<ol>\d{1,9}[.)]))\s+(?<rest>.*)/.exec(line);
    const heading = isMarkdown && /^\s{0,3}#{1,6}\s+(.*?)\s*#*$/.exec(line);
    const next = quote.test(line) ? "quote" : item ? (item.groups.ul ? "ul" : "ol") : heading ? "heading" : "text";
    const isGap = isMarkdown && !line.trim();
    if (next !== kind || next === "heading" || isGap) flush();
    kind = isGap ? "" : next;
    if (isGap) continue;
    if (heading) found.push(el("p", { class: "heading" }, inline(heading[1])));
    else run.push(item ? item.groups.rest : line.replace(quote, ""));
  }
  flush();
  return found;
}

function walk(text, pattern, plain, made) {
  const found = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    found.push(...plain(text.slice(from, match.index)), ...[made(match)].flat());
    from = match.index + match[0].length;
  }
  found.push(...plain(text.slice(from)));
  return found;
}

function mrkdwnInline(text) {
  return walk(text, MRKDWN, (piece) => lines(unescaped(piece)), (match) => {
    const { angle, code, bold, italic, struck, emoji: name } = match.groups;
    if (angle !== undefined) return angled(angle);
    if (code !== undefined) return el("code", {}, unescaped(code));
    if (bold !== undefined) return el("strong", {}, mrkdwnInline(bold));
    if (italic !== undefined) return el("em", {}, mrkdwnInline(italic));
    if (struck !== undefined) return el("s", {}, mrkdwnInline(struck));
    return emoji(name, match[0]);
  });
}

function markdownInline(text) {
  return walk(text, MARKDOWN, lines, (match) => {
    const found = match.groups;
    if (found.escape !== undefined) return found.escape;
    if (found.code !== undefined) return el("code", {}, found.code);
    if (found.label !== undefined) return link(found.url, markdownInline(found.label), match[0]);
    if (found.auto !== undefined) return link(found.auto, [found.auto], match[0]);
    if (found.bare !== undefined) return link(found.bare, [found.bare], match[0]);
    if (found.bold !== undefined) return el("strong", {}, markdownInline(found.bold));
    if (found.star ?? found.italic) return el("em", {}, markdownInline(found.star ?? found.italic));
    if (found.struck !== undefined) return el("s", {}, markdownInline(found.struck));
    return emoji(found.emoji, match[0]);
  });
}

const lines = (text) => text.split("\n").flatMap((line, at) => [...(at ? [el("br")] : []), ...signed(line)]);

let raw = null;

/** Return a line with the emoji drawn that stand in it as characters. */
function signed(line) {
  raw ??= new Map(NAMES.filter((name) => world().emoji[name]).map((name) => [world().emoji[name].replace("\ufe0f", ""), name]));
  const found = line.split(/(\p{Extended_Pictographic}\ufe0f?)/u).map((piece) => {
    const name = raw.get(piece.replace("\ufe0f", ""));
    return name ? el("span", { class: "emoji", role: "img", "aria-label": piece }, drawn(name)) : piece;
  });
  return found.filter((one) => one !== "");
}

const emojified = (text) => walk(text, /:(?<emoji>[a-z0-9_+'-]+):/g, lines, (match) => emoji(match.groups.emoji, match[0]));

/** Return the sign of an emoji with its name, or the text as it was. */
export function emoji(name, otherwise = `:${name}:`) {
  const sign = drawn(name) ?? world().emoji[name];
  return sign ? el("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " ") }, sign) : otherwise;
}

/** Return what stands between angles: a person, a channel, everybody, a date, a link. */
function angled(inside) {
  const [target, ...labels] = inside.split("|");
  const label = unescaped(labels.join("|"));
  if (target.startsWith("@")) return mention(target.slice(1), label);
  if (target.startsWith("#")) {
    const channel = world().channels.find((one) => one.id === target.slice(1));
    const name = channel?.name ?? (label || target.slice(1));
    return el("a", { class: "mention", href: `#${target.slice(1)}` }, `#${name}`);
  }
  if (target.startsWith("!date^")) return date(target, label);
  if (target.startsWith("!")) return el("span", { class: "mention is-me" }, label || `@${target.slice(1).split("^")[0]}`);
  return link(unescaped(target), [label || unescaped(target)], `<${unescaped(inside)}>`);
}

function mention(id, label) {
  const known = world().users[id];
  return el("span", { class: id === me ? "mention is-me" : "mention" }, `@${known ? person(id).short : label || id}`);
}

function link(url, children, otherwise) {
  if (!SAFE.test(url)) return otherwise;
  const archived = /^https?:\/\/[^/]+\/archives\/([A-Z0-9]+)\/p(\d+)(\d{6})(?:\?(?:.*&)?thread_ts=([\d.]+))?/.exec(url);
  if (archived && new URL(url).origin === location.origin) {
    const [, channel, seconds, rest, thread] = archived;
    return el("a", { href: `#${channel}/${thread ?? `${seconds}.${rest}`}` }, children);
  }
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, children);
}

function date(target, fallback) {
  const [, unix, format, url] = target.split("^");
  const at = new Date(Number(unix) * 1000);
  if (!Number.isFinite(at.getTime()) || !format) return fallback;
  const node = el("time", { datetime: at.toISOString(), title: at.toLocaleString(), dataset: { format } }, written(at, format));
  return url ? link(unescaped(url), [node], fallback) : node;
}

/** Say anew how long ago things were. */
export function refreshDates() {
  for (const node of document.querySelectorAll("time[data-format]")) {
    const words = written(new Date(node.dateTime), node.dataset.format);
    if (node.textContent !== words) node.textContent = words;
  }
}

function written(at, format) {
  const day = (options) => at.toLocaleDateString("en-US", options);
  const clock = (options) => at.toLocaleTimeString("en-GB", options);
  const short = day({ month: "short", day: "numeric", year: "numeric" });
  const long = day({ weekday: "long", month: "long", day: "numeric", year: "numeric" });
  const words = {
    date_num: at.toLocaleDateString("en-CA"), date: day({ month: "long", day: "numeric", year: "numeric" }),
    date_short: short, date_long: long,
    date_pretty: named(at) ?? day({ month: "long", day: "numeric", year: "numeric" }),
    date_short_pretty: named(at) ?? short, date_long_pretty: named(at) ?? long,
    time: clock({ hour: "2-digit", minute: "2-digit" }), time_secs: clock({}), ago: ago(at),
  };
  return format.replace(/\{(\w+)\}/g, (whole, name) => words[name] ?? whole);
}

function named(at) {
  const midnight = new Date().setHours(0, 0, 0, 0);
  const days = Math.round((new Date(at).setHours(0, 0, 0, 0) - midnight) / 86_400_000);
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[days];
}

function ago(at) {
  const seconds = Math.round((at - Date.now()) / 1000);
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  if (Math.abs(seconds) < 60) return seconds > 0 ? "in a moment" : "just now";
  if (Math.abs(seconds) < 3600) return words.format(Math.trunc(seconds / 60), "minute");
  if (Math.abs(seconds) < 86_400) return words.format(Math.trunc(seconds / 3600), "hour");
  return words.format(Math.trunc(seconds / 86_400), "day");
}

/** Return what somebody has typed as it goes over the wire: escaped, names turned into ids. */
export function wired(typed) {
  const names = new Map(Object.values(world().users).map((user) => [user.short.toLowerCase(), user.id]));
  const places = new Map(world().channels.map((channel) => [channel.name.toLowerCase(), channel]));
  return typed
    .replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replace(/(?<![\w@])@([\p{L}\w-]+)/gu, (whole, name) => {
      const id = names.get(name.toLowerCase());
      if (!id) return ["here", "channel", "everyone"].includes(name) ? `<!${name}>` : whole;
      return `<@${id}>`;
    })
    .replace(/(?<![\w#])#([\w-]+)/g, (whole, name) => {
      const channel = places.get(name.toLowerCase());
      return channel ? `<#${channel.id}|${channel.name}>` : whole;
    })
    .replace(/https?:\/\/[^\s<>]*[^\s<>.,;:!?)]/g, (url) => `<${url}>`);
}

/** Return what goes over the wire as somebody would type it. */
export function typed(text) {
  const plain = text.replace(/<([^<>]+)>/g, (whole, inside) => {
    const [target, label] = inside.split("|");
    if (target.startsWith("@")) return `@${person(target.slice(1)).short}`;
    if (target.startsWith("#")) return `#${label ?? target.slice(1)}`;
    return target.startsWith("!") ? `@${target.slice(1)}` : target;
  });
  return unescaped(plain);
}
