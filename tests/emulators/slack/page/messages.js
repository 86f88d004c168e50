// A list of messages: one row each, made anew only when something about it has changed.
import { arrange, el, icon, iconButton } from "/page/dom.js";
import { blocks } from "/page/blocks.js";
import { act, get, me, person, world } from "/page/live.js";
import { confirmed, openMenu } from "/page/menu.js";
import { emoji, markdown, mrkdwn, typed, wired } from "/page/text.js";

const QUICK = ["white_check_mark", "eyes", "+1", "pray", "tada", "x"];
const FOLLOWS_WITHIN_S = 300;
const hidden = new Set();
const plain = (text) => ({ type: "plain_text", text });
let editing = "";

export const clock = (ts) => new Date(Number(ts) * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

/** Show these entries, `{kind, value, replies, isInline}`, oldest first, in a list. */
export function show(list, entries, { canReply, openThread, redraw }) {
  list.rows ??= new Map();
  const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const kept = new Map();
  let before = null;
  for (const entry of entries.filter((one) => !hidden.has(one.value.ts))) {
    const { value } = entry;
    const context = { ...entry, canReply, openThread, redraw, isFollowUp: follows(before, entry) };
    const isEditing = editing === value.ts;
    const signature = isEditing ? "editing" : JSON.stringify([value, entry.replies, entry.isInline, context.isFollowUp, person(value.user ?? "").name]);
    const old = list.rows.get(value.ts);
    const isSame = old?.signature === signature;
    const node = isSame ? old.node : isEditing ? editor(value, redraw) : row(context);
    if (old && !isSame) swap(old.node, node);
    kept.set(value.ts, { signature, node });
    before = entry;
  }
  list.rows = kept;
  arrange(list, [...kept.values()].map((one) => one.node));
  if (isAtEnd || list.dataset.isNew) list.scrollTop = list.scrollHeight;
  if (kept.size) delete list.dataset.isNew;
}

/** Put a row in the place of an old one; who was at a button of it stays there. */
function swap(old, node) {
  const at = old.contains(document.activeElement) ? document.activeElement : null;
  old.replaceWith(node);
  if (!at) return;
  const same = [...node.querySelectorAll("button, a, textarea")].find((one) => at.dataset.action ? one.dataset.action === at.dataset.action : one.getAttribute("aria-label") === at.getAttribute("aria-label") && one.textContent === at.textContent);
  (same ?? node).focus({ preventScroll: true });
}

function follows(before, entry) {
  if (!before || before.kind !== "message" || entry.kind !== "message" || before.replies || before.value.isGone) return false;
  const [a, b] = [before.value, entry.value];
  const isSameAuthor = a.user === b.user && a.username === b.username && a.isBot === b.isBot;
  return isSameAuthor && !b.isGone && before.isInline === entry.isInline && Number(b.ts) - Number(a.ts) < FOLLOWS_WITHIN_S && !b.blocks.length;
}

function row(context) {
  const { kind, value, isFollowUp, isInline } = context;
  const isWhisper = kind === "whisper";
  const author = isWhisper ? person(world().team.bot) : person(value.user);
  const name = value.username || (author.isBot ? author.short : author.name);
  const classes = ["row", isWhisper && "is-whisper", isFollowUp && "is-follow-up", isInline && "is-inline", value.user === me && "is-mine", value.isStreaming && "is-streaming"];
  const isApp = isWhisper || value.isBot;
  return el(
    "article",
    { class: classes.filter(Boolean).join(" "), tabindex: "-1", "aria-label": `${name}, ${clock(value.ts)}`, "aria-busy": value.isStreaming ? "true" : null, dataset: { ts: value.ts } },
    el("div", { class: "avatar", "aria-hidden": "true", dataset: { tone: isApp ? "app" : String(tone(value.user)) } }, isFollowUp ? "" : initials(name)),
    el(
      "div", { class: "row-body" },
      isWhisper ? el("p", { class: "whisper-mark" }, icon("eye"), "Only visible to you") : null,
      isFollowUp ? null : el(
        "p", { class: "byline" },
        el("strong", {}, name),
        isApp ? el("span", { class: "badge" }, "App") : null,
        el("time", { class: "at" }, clock(value.ts)),
      ),
      value.isGone ? el("p", { class: "faint" }, "This message was deleted.") : content(context),
      isWhisper || value.isGone ? null : under(context),
    ),
    value.isGone ? null : toolbar(context),
  );
}

function content({ kind, value }) {
  const use = (action, chosen) => act("click", { where: "message", channel: value.channel, ts: value.ts, action, value: chosen });
  const hasText = kind === "whisper" ? !value.blocks.length : value.isAboveBlocks;
  const parts = [];
  if (value.tasks?.length) {
    parts.push(el("ul", { class: "tasks" }, value.tasks.map((task) => el("li", { dataset: { status: task.status } }, task.title))));
  }
  if (hasText && value.text) {
    const said = value.isMarkdown ? markdown(value.text) : mrkdwn(value.text);
    parts.push(el("div", { class: value.subtype?.startsWith("channel_") ? "words faint" : "words" }, said));
  }
  if (value.blocks.length) {
    const isCard = value.blocks[0].type === "header";
    parts.push(el("div", { class: isCard ? "blocks is-card" : "blocks" }, blocks(value.blocks, use)));
  }
  if (value.isEdited) (parts.at(-1)?.lastElementChild ?? parts.at(-1))?.append(el("small", { class: "edited" }, " (edited)"));
  return parts;
}

function under({ value, replies, openThread }) {
  const session = get(`session/${value.channel}/${value.thread}`)?.state;
  return [
    value.files.length ? el("ul", { class: "files" }, value.files.map(fileOf)) : null,
    value.isStreaming ? stopButton(value.channel, value.thread, session) : null,
    value.reactions.length ? el("div", { class: "reactions" }, value.reactions.map((one) => reaction(value, one))) : null,
    replies ? el(
      "button", { type: "button", class: "replies", dataset: { action: "replies" }, onclick: () => openThread(value.ts) },
      icon("thread"), `${replies.count} ${replies.count === 1 ? "reply" : "replies"}`, el("small", {}, `last at ${clock(replies.last)}`),
    ) : null,
  ];
}

/** Return the native Stop of a thread. */
export function stopButton(channel, thread) {
  return el("button", { type: "button", class: "button is-stop", dataset: { action: "stop" }, onclick: () => act("stop", { channel, thread }) }, icon("stop"), "Stop");
}

function fileOf(file) {
  const address = `/page/files/${file.id}`;
  const size = file.size < 10_240 ? `${file.size} bytes` : `${Math.round(file.size / 1024)} KB`;
  const name = el("span", {}, file.name, el("small", {}, ` ${size}`));
  const picture = file.isImage ? el("img", { src: address, alt: file.name, loading: "lazy" }) : icon("file");
  return el("li", {}, el("a", { href: address, target: "_blank", rel: "noopener", download: file.isImage ? null : file.name }, picture, name));
}

function reaction(value, { name, users }) {
  const who = users.map((id) => person(id).short).join(", ");
  const label = `${name.replaceAll("_", " ")}, ${users.length}: ${who}`;
  const toggle = () => act("react", { channel: value.channel, ts: value.ts, name });
  return el("button", { type: "button", class: "reaction", title: who, "aria-label": label, "aria-pressed": String(users.includes(me)), onclick: toggle }, emoji(name), el("span", {}, users.length));
}

function toolbar(context) {
  const { kind, value, canReply, openThread, redraw } = context;
  if (kind === "whisper") {
    return el("div", { class: "tools" }, iconButton("close", "Dismiss", () => { hidden.add(value.ts); redraw(); }));
  }
  const opens = { "aria-haspopup": "menu", "aria-expanded": "false" };
  const signs = QUICK.map((name) => ({ sign: emoji(name), name: name.replaceAll("_", " "), act: () => act("react", { channel: value.channel, ts: value.ts, name }) }));
  const smile = iconButton("smile", "Add a reaction", () => openMenu(smile, signs, { label: "Reactions", isGrid: true }), { ...opens, dataset: { action: "react" } });
  const dots = iconButton("dots", "More actions", () => openMenu(dots, rare(value, redraw), { label: "Actions on this message" }), { ...opens, dataset: { action: "tools" } });
  const reply = canReply && !value.thread ? iconButton("thread", "Reply in thread", () => openThread(value.ts)) : null;
  return el("div", { class: "tools" }, smile, reply, dots);
}

/** Return what the menu of a message offers: shortcuts of the app, and what its author may do. */
function rare(value, redraw) {
  const place = { channel: value.channel, ts: value.ts };
  const entries = world().shortcuts.filter((one) => one.on === "message").map((one) => ({ label: one.name, note: "Copilot", act: () => act("shortcut", { id: one.id, ...place }) }));
  entries.push({ label: "Copy the link", act: () => navigator.clipboard?.writeText(`${location.origin}/#${value.channel}/${value.thread || value.ts}`) });
  if (value.user !== me || value.isBot) return entries;
  const remove = async () => {
    const isMeant = await confirmed({ title: plain("Delete the message?"), text: plain("It cannot be brought back."), confirm: plain("Delete"), deny: plain("Keep"), style: "danger" });
    if (isMeant) act("delete", place);
  };
  return [...entries, { label: "Edit", act: () => edit(value.ts, redraw) }, { label: "Delete", isDanger: true, act: remove }];
}

/** Begin to edit one's own message. */
export function edit(ts, redraw) {
  editing = ts;
  redraw();
  document.querySelector(".editor textarea")?.focus();
}

function editor(value, redraw) {
  const area = el("textarea", { "aria-label": "Edit the message", rows: "2" });
  area.value = typed(value.text);
  const finish = () => { editing = ""; redraw(); };
  const save = async () => { if (await act("edit", { channel: value.channel, ts: value.ts, text: wired(area.value) })) finish(); };
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); save(); }
    if (event.key === "Escape") { event.stopPropagation(); finish(); }
  });
  return el(
    "article", { class: "row editor", dataset: { ts: value.ts }, "aria-label": "Editing" },
    el("div", { class: "avatar", "aria-hidden": "true", dataset: { tone: String(tone(value.user)) } }, initials(person(value.user).name)),
    el("div", { class: "row-body" }, area, el(
      "div", { class: "b-actions" },
      el("button", { type: "button", class: "button", onclick: finish }, "Cancel"),
      el("button", { type: "button", class: "button is-primary", onclick: save }, "Save"),
    )),
  );
}

export const initials = (name) => name.split(/\s+/).map((word) => [...word][0] ?? "").slice(0, 2).join("").toUpperCase();
export const tone = (id) => [...(id ?? "")].reduce((sum, character) => sum + character.codePointAt(0), 0) % 5;
