// The page: where I am, what stands there, and what is open beside it.
import { el, icon, iconButton, toast } from "/page/dom.js";
import { blocks } from "/page/blocks.js";
import { composer } from "/page/composer.js";
import { act, all, follow, get, me, person, world } from "/page/live.js";
import { closeMenu } from "/page/menu.js";
import * as messages from "/page/messages.js";
import * as modal from "/page/modal.js";
import { mrkdwn, refreshDates } from "/page/text.js";

const byId = (id) => document.getElementById(id);
const [app, main, side, thread] = ["app", "main", "side", "thread"].map(byId);
const read = new Map();
let place = { id: "C1", thread: "" };
let drawn = { main: "", thread: "", home: "" };
let opened = "";
const isDirect = () => place.id === world().direct;

function route() {
  const [id, ts = ""] = decodeURIComponent(location.hash.slice(1)).split("/");
  const known = new Set(["home", ...world().channels.map((one) => one.id), world().direct]);
  const wanted = id === "direct" ? world().direct : id;
  place = { id: known.has(wanted) ? wanted : world().channels[0].id, thread: known.has(wanted) ? ts : "" };
  if (opened === place.id) return;
  opened = place.id;
  closeMenu();
  if (place.id === "home") act("open", { tab: "home" });
  if (isDirect()) act("open", { tab: "messages" });
}

const go = (id, ts = "") => { location.hash = ts ? `${id}/${ts}` : id; };

function draw() {
  if (!world()) return;
  const isFirst = !read.size;
  route();
  for (const channel of [...world().channels.map((one) => one.id), world().direct]) {
    const last = all(`message/${channel}/`).reduce((most, one) => (one.user !== me && one.ts > most ? one.ts : most), "");
    if (isFirst || (channel === place.id && !document.hidden) || !read.has(channel)) read.set(channel, last);
  }
  drawTop();
  drawSide();
  if (place.id === "home") drawHome();
  else drawChannel();
  drawThread();
  modal.show(get("view"));
  banner();
}

function drawTop() {
  const people = Object.values(world().users).filter((user) => !user.isBot);
  const signature = JSON.stringify([people.map((user) => user.name), location.hash]);
  if (byId("people").dataset.signature === signature) return;
  byId("people").dataset.signature = signature;
  byId("people").replaceChildren(
    el("span", { class: "people-label" }, "You are"),
    ...people.map((user) => el("a", { href: `?as=${encodeURIComponent(user.id)}${location.hash}`, title: `Be ${user.name}; Ctrl-click for a second tab`, "aria-current": user.id === me ? "true" : null }, user.short)),
  );
}

function drawSide() {
  const entries = [
    ...world().channels.map((one) => ({ id: one.id, name: one.name, sign: "hash", group: "Channels" })),
    { id: world().direct, name: person(world().team.bot).short, sign: "chat", group: "Direct messages", note: "as a customer" },
    { id: "home", name: "App Home", sign: "home", group: "App" },
  ];
  const signature = JSON.stringify([entries, place.id, entries.map((one) => unread(one.id))]);
  if (side.dataset.signature === signature) return;
  side.dataset.signature = signature;
  const at = side.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  const groups = [...new Set(entries.map((one) => one.group))];
  side.replaceChildren(
    el("p", { class: "workspace" }, world().team.name),
    ...groups.map((group, n) => [
      el("h2", { id: `group-${n}` }, group),
      el("ul", { "aria-labelledby": `group-${n}` }, entries.filter((one) => one.group === group).map(sideEntry)),
    ]).flat(),
    el("p", { class: "side-note" }, "Two people? Open another name above in a second tab (Ctrl-click)."),
  );
  if (at) [...side.querySelectorAll("a")].find((one) => one.getAttribute("href") === at)?.focus();
}

function sideEntry({ id, name, sign, note }) {
  const count = unread(id);
  const current = id === place.id ? "page" : null;
  return el("li", {}, el(
    "a", { href: `#${id}`, class: count ? "has-news" : "", "aria-current": current },
    icon(sign), el("span", {}, name), note ? el("small", {}, note) : null,
    count ? el("span", { class: "count", "aria-label": `${count} new` }, count) : null,
  ));
}

const unread = (id) => (id === place.id && !document.hidden ? 0 : all(`message/${id}/`).filter((one) => one.user !== me && one.ts > (read.get(id) ?? "")).length);

function frame(title, about, tail = null, titleId = "main-title") {
  return el("header", { class: "pane-head" }, el("h2", { id: titleId }, title), about ? el("p", {}, about) : null, tail);
}

function logOf(label) {
  return el("div", { class: "log", role: "log", tabindex: "0", "aria-label": label, dataset: { isNew: "1" } });
}

function drawChannel() {
  const direct = isDirect();
  const channel = world().channels.find((one) => one.id === place.id);
  const name = direct ? person(world().team.bot).short : `#${channel.name}`;
  if (drawn.main !== place.id) {
    drawn.main = place.id;
    const log = logOf(`Messages in ${name}`);
    const write = composer({ channel: place.id, label: `Message ${name}`, isDirect: direct, editLast: () => editLast(log) });
    const about = direct ? "You are a customer here: the bot answers you" : { support: "Customers who need a person", ops: "What operations should know" }[channel.name];
    main.replaceChildren(frame(name, about), log, el("div", { class: "beside" }), write.form);
    write.area.focus();
  }
  const log = main.querySelector(".log");
  const entries = entriesOf(place.id, (one) => direct || !one.thread || one.isBroadcast, direct);
  messages.show(log, entries, { canReply: true, openThread: (ts) => go(place.id, ts), redraw: draw });
  main.classList.toggle("is-empty", !entries.length);
  beside(main.querySelector(".beside"), place.id, (one) => direct || one === "");
}

/** Return what stands in a channel, whispers among messages, oldest first. */
function entriesOf(id, wanted, isInline = false) {
  const said = all(`message/${id}/`);
  const replies = new Map();
  for (const one of said.filter((each) => each.thread)) {
    const before = replies.get(one.thread) ?? { count: 0, last: "" };
    replies.set(one.thread, { count: before.count + 1, last: one.ts > before.last ? one.ts : before.last });
  }
  const entries = [
    ...said.filter(wanted).map((value) => ({ kind: "message", value, replies: isInline ? null : replies.get(value.ts) ?? null, isInline: isInline && Boolean(value.thread) })),
    ...all(`whisper/${id}/`).filter(wanted).map((value) => ({ kind: "whisper", value, replies: null, isInline: isInline && Boolean(value.thread) })),
  ];
  const key = ({ value }) => (isInline ? `${value.thread || value.ts}/${value.ts}` : value.ts);
  return entries.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function editLast(log) {
  const mine = [...log.querySelectorAll(".row.is-mine")].at(-1);
  if (mine) messages.edit(mine.dataset.ts, draw);
  return Boolean(mine);
}

/** Show status lines, Stop while the app is at work, and what it proposes to ask. */
function beside(node, id, wanted) {
  const statuses = all(`status/${id}/`).filter((one) => wanted(one.thread));
  const busy = all(`session/${id}/`).filter((one) => wanted(one.thread) && one.state === "processing");
  const isStreaming = all(`message/${id}/`).some((one) => one.isStreaming);
  const prompts = all(`message/${id}/`).some((one) => one.user === me) ? [] : all(`prompts/${id}/`).filter((one) => wanted(one.thread));
  const signature = JSON.stringify([statuses, busy, isStreaming, prompts]);
  if (node.dataset.signature === signature) return;
  node.dataset.signature = signature;
  node.replaceChildren(
    ...statuses.map((one) => el("p", { class: "status", role: "status" }, el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")), `${person(world().team.bot).short} ${one.loading[0] ?? one.text}`)),
    ...(isStreaming ? [] : busy.slice(-1).map((one) => messages.stopButton(id, one.thread))),
    ...prompts.flatMap((one) => one.prompts.map((prompt) => el("button", { type: "button", class: "button", onclick: () => act("say", { channel: id, thread: one.thread, text: prompt.message }) }, prompt.title))),
  );
}

function drawThread() {
  const ts = place.thread;
  const isOpen = Boolean(ts) && place.id !== "home" && !isDirect() && Boolean(get(`message/${place.id}/${ts}`));
  app.classList.toggle("has-thread", isOpen);
  thread.hidden = !isOpen;
  const key = isOpen ? `${place.id}/${ts}` : "";
  if (drawn.thread !== key) {
    drawn.thread = key;
    thread.replaceChildren();
    if (!isOpen) return;
    const log = logOf("Messages in the thread");
    const close = iconButton("close", "Close the thread", () => { go(place.id); main.querySelector("textarea")?.focus(); });
    const name = world().channels.find((one) => one.id === place.id)?.name ?? "";
    const write = composer({ channel: place.id, thread: ts, label: "Reply…", editLast: () => editLast(log) });
    thread.replaceChildren(frame("Thread", `#${name}`, close, "thread-title"), log, el("div", { class: "beside" }), write.form);
    write.area.focus();
  }
  if (!isOpen) return;
  const entries = entriesOf(place.id, (one) => one.ts === ts || one.thread === ts).map((entry) => ({ ...entry, replies: null }));
  messages.show(thread.querySelector(".log"), entries, { canReply: false, openThread: () => {}, redraw: draw });
  beside(thread.querySelector(".beside"), place.id, (one) => one === ts);
}

function drawHome() {
  if (drawn.main !== "home") {
    drawn.main = "home";
    drawn.home = "";
    main.classList.remove("is-empty");
    main.replaceChildren(frame("App Home", "The queue of support, for you alone"), el("div", { class: "log home", tabindex: "0", role: "region", "aria-label": "Queue" }));
  }
  const home = get("home");
  const signature = home?.hash ?? "none";
  if (drawn.home === signature) return;
  drawn.home = signature;
  const node = main.querySelector(".home");
  const at = node.contains(document.activeElement) ? document.activeElement.dataset.action : null;
  const use = (action, value) => act("click", { where: "home", action, value });
  node.replaceChildren(...(home ? blocks(home.blocks, use) : [el("p", { class: "faint" }, "The app has not shown you anything yet.")]));
  if (at) node.querySelector(`[data-action="${CSS.escape(at)}"]`)?.focus();
}

function banner() {
  const isLost = app.dataset.phase === "lost";
  const words = isLost ? "The demo does not answer. This page tries again by itself." : world().isHeard ? "" : "The app did not answer the last thing that happened here. Is `copilot serve` running?";
  if (byId("banner").dataset.words === words) return;
  byId("banner").dataset.words = words;
  byId("banner").hidden = !words;
  byId("banner").replaceChildren(...mrkdwn(words));
}

function phase(now) {
  const was = app.dataset.phase;
  app.dataset.phase = now;
  if (was !== now && world()) banner();
}

addEventListener("hashchange", draw);
addEventListener("visibilitychange", draw);
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !document.querySelector("dialog[open]") && place.thread) go(place.id);
});
addEventListener("unhandledrejection", () => toast("Something went wrong on this page: see the console."));
setInterval(refreshDates, 15_000);
follow(draw, phase);
