// What the conversation looks like, as a function of the frames that came in. Touches no page.

import { instant } from "./calendar.js";

export const LEASE_MS = 6000;
const NOBODY_THERE = new Set(["nobody_there", "nobody", "no_human", "after_hours", "leave_contact"]);
const FINAL = new Set(["done", "stopped", "error", "blocked"]);

/**
 * @typedef {object} Entry One thing in the list, oldest first.
 * @property {string} key stable for the life of the page
 * @property {"message"|"line"|"choices"|"survey"|"contact"} kind
 * @property {number} revision rises with every change
 * @property {number} seq
 * @property {Date} at
 */

/** The conversation as one view knows it. */
export class State {
  constructor() {
    this.clear();
  }

  /** Forget everything; a snapshot or another customer follows. */
  clear() {
    this.entries = [];
    this.index = new Map();
    this.headSeq = 0;
    this.typing = { until: 0, name: "" };
    this.status = { until: 0, text: "" };
    this.human = { state: "none", name: "" };
    this.answering = "";
    this.ownTexts = new Map();
    this.ownFiles = new Map();
  }

  /**
   * Take one frame in.
   *
   * @param {Record<string, any>} frame
   * @param {number} now milliseconds since the epoch
   * @returns {boolean} false when the frame is none of ours, and changed nothing.
   */
  apply(frame, now) {
    const take = TAKERS[frame.type];
    if (!take) return false;
    take(this, frame, instant(frame.ts, new Date(now)), now);
    if (frame.seq > this.headSeq) this.headSeq = frame.seq;
    return true;
  }

  /** @param {Entry} entry */
  add(entry) {
    const known = this.index.get(entry.key);
    if (known) {
      Object.assign(known, entry, { revision: known.revision + 1 });
      return known;
    }
    const fresh = { revision: 0, seq: 0, ...entry };
    this.entries.push(fresh);
    this.index.set(fresh.key, fresh);
    return fresh;
  }

  /** @param {string} key @param {object} changes */
  change(key, changes) {
    const entry = this.index.get(key);
    if (entry) Object.assign(entry, changes, { revision: entry.revision + 1 });
    return entry;
  }

  /** What the customer sees about work in progress. @param {number} now */
  activity(now) {
    if (this.answering) return { isOn: false, text: "", name: "" };
    const isTyping = this.typing.until > now;
    const hasStatus = this.status.until > now;
    return {
      isOn: isTyping || hasStatus,
      text: hasStatus ? this.status.text : "",
      name: isTyping ? this.typing.name : "",
    };
  }

  /** Remember what the customer wrote here: the log may hold placeholders instead. */
  keepOwn(clientId, text, files) {
    this.ownTexts.set(clientId, text);
    this.ownFiles.set(clientId, files);
  }

  /** Messages to the customer after a seq. @param {number} seq @returns {Entry[]} */
  answersAfter(seq) {
    return this.entries.filter(
      (entry) =>
        entry.kind === "message" && entry.author !== "customer" && FINAL.has(entry.status) && entry.seq > seq,
    );
  }
}

const TAKERS = {
  "message.accepted": takeAccepted,
  "message.start": takeStart,
  "message.delta": takeDelta,
  "message.end": takeEnd,
  "message.reset": takeReset,
  escalation: takeEscalation,
  notice: takeNotice,
  choices: takeChoices,
  "csat.request": takeSurvey,
  "csat.answer": (state, frame) => state.change(`s:${frame.episode}`, { isAnswered: true }),
  feedback: (state, frame) => state.change(`m:${frame.message_id}`, { rated: frame.value }),
  "conversation.closed": takeClosed,
  typing: takeTyping,
  status: takeStatus,
  snapshot: takeSnapshot,
};

function takeAccepted(state, frame, at) {
  for (const entry of state.entries) {
    if (entry.kind === "choices" && !entry.isOver) state.change(entry.key, { isOver: true });
  }
  state.add({
    key: `c:${frame.client_id}`,
    kind: "message",
    id: frame.message_id,
    author: "customer",
    text: state.ownTexts.get(frame.client_id) ?? frame.text ?? "",
    attachments: state.ownFiles.get(frame.client_id) ?? filesOf(frame),
    status: "done",
    seq: frame.seq ?? 0,
    at,
  });
}

function filesOf(frame) {
  return Array.isArray(frame.attachments) ? frame.attachments : [];
}

function takeStart(state, frame, at) {
  state.typing.until = 0;
  state.status.until = 0;
  state.answering = frame.author === "bot" ? frame.message_id : "";
  state.add({
    key: `m:${frame.message_id}`,
    kind: "message",
    id: frame.message_id,
    author: frame.author,
    name: frame.name ?? (frame.author === "agent" ? state.human.name : ""),
    text: "",
    status: "streaming",
    citations: [],
    rated: "",
    seq: frame.seq ?? 0,
    at,
  });
}

function takeDelta(state, frame, at) {
  const entry = state.index.get(`m:${frame.message_id}`);
  if (!entry) takeStart(state, { ...frame, author: "bot" }, at);
  else if (FINAL.has(entry.status)) return;
  const known = state.index.get(`m:${frame.message_id}`);
  state.change(known.key, { text: known.text + frame.text });
}

function takeEnd(state, frame, at) {
  const before = state.index.get(`m:${frame.message_id}`);
  if (!before) takeStart(state, { ...frame, author: frame.author ?? "bot" }, at);
  state.change(`m:${frame.message_id}`, {
    text: frame.text ?? before?.text ?? "",
    status: FINAL.has(frame.status) ? frame.status : "done",
    author: frame.author ?? before?.author ?? "bot",
    citations: Array.isArray(frame.citations) ? frame.citations : [],
    attachments: filesOf(frame),
    seq: frame.seq ?? 0,
  });
  if (state.answering === frame.message_id) state.answering = "";
  state.typing.until = 0;
  state.status.until = 0;
}

function takeReset(state, frame) {
  const entry = state.change(`m:${frame.message_id}`, { text: "", status: "streaming", citations: [] });
  if (entry?.author === "bot") state.answering = frame.message_id;
}

function takeEscalation(state, frame, at) {
  takeHuman(state, frame);
  state.status.until = 0;
  // Nobody had come yet: the customer himself did not want to wait any longer.
  if (frame.state === "left" && !frame.name) return;
  state.add({ key: `e:${frame.seq}`, kind: "line", line: frame.state, name: frame.name ?? "", seq: frame.seq, at });
}

function takeHuman(state, escalation) {
  const isHere = escalation.state !== "left";
  state.human = { state: isHere ? escalation.state : "none", name: (isHere && escalation.name) || "" };
}

function takeNotice(state, frame, at) {
  const key = `n:${frame.seq ?? `${frame.code}-${at.getTime()}`}`;
  state.add({ key, kind: "line", line: "notice", code: frame.code, text: frame.text ?? "", seq: frame.seq ?? 0, at });
  if (NOBODY_THERE.has(frame.code)) {
    state.add({ key: `f:${key}`, kind: "contact", isDone: false, seq: frame.seq ?? 0, at });
  }
}

function takeChoices(state, frame, at) {
  const items = Array.isArray(frame.items) ? frame.items : [];
  state.add({ key: `o:${frame.seq}`, kind: "choices", items, chosen: "", isOver: false, seq: frame.seq ?? 0, at });
}

function takeSurvey(state, frame, at) {
  const key = `s:${frame.episode}`;
  if (state.index.get(key)?.isAnswered) return;
  state.add({ key, kind: "survey", episode: frame.episode, isAnswered: false, seq: frame.seq ?? 0, at });
}

function takeClosed(state, frame, at) {
  state.human = { state: "none", name: "" };
  state.answering = "";
  state.add({ key: `x:${frame.seq}`, kind: "line", line: "closed", text: "", seq: frame.seq ?? 0, at });
}

function takeTyping(state, frame, _at, now) {
  state.typing = { until: frame.on === false ? 0 : now + LEASE_MS, name: frame.name ?? "" };
  if (frame.on === false) state.status.until = 0;
}

function takeStatus(state, frame, _at, now) {
  state.status = { until: frame.text ? now + LEASE_MS : 0, text: frame.text ?? "" };
}

function takeSnapshot(state, frame, at, now) {
  const { ownTexts, ownFiles } = state;
  state.clear();
  Object.assign(state, { ownTexts, ownFiles });
  for (const message of frame.messages ?? []) {
    if (message.type) state.apply(message, now);
    else takeMessage(state, message, at);
  }
  if (frame.escalation) takeHuman(state, frame.escalation);
  state.headSeq = Math.max(state.headSeq, frame.head_seq ?? 0);
}

function takeMessage(state, message, at) {
  const when = instant(message.ts, at);
  if (message.author === "customer") {
    takeAccepted(state, { ...message, client_id: message.client_id ?? message.message_id }, when);
    return;
  }
  takeStart(state, message, when);
  const key = `m:${message.message_id}`;
  if (FINAL.has(message.status)) takeEnd(state, message, when);
  else state.change(key, { text: message.text ?? "" });
  if (message.rated) state.change(key, { rated: message.rated });
}
