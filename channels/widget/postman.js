// Hands letters of the outbox over, one message after the other, until each is confirmed.

import { newId } from "./outbox.js";

const ANSWER_MS = 10_000;
const LATER = new Set(["rate_limited", "busy", "draining"]);

/** Sends what the customer did: in order, again after a gap, never twice in effect. */
export class Postman {
  /**
   * @param {object} parts
   * @param {import("./outbox.js").Outbox} parts.outbox
   * @param {(frame: Record<string, any>) => boolean} parts.send
   * @param {() => void} parts.onChange
   * @param {(key: string, values?: object) => void} parts.onProblem a text to show; empty for none
   */
  constructor({ outbox, send, onChange, onProblem }) {
    Object.assign(this, { outbox, send, onChange, onProblem });
    this.entries = new Map();
    this.failed = [];
    this.inFlight = null;
    this.isOnline = false;
    this.notBefore = 0;
  }

  /**
   * Keep a new message and send it when its turn comes.
   *
   * @param {string} text
   * @param {{file_id: string, name: string, size: number}[]} files that the server has already
   */
  write(text, files) {
    const frame = { type: "message", client_id: newId(), text };
    if (files.length) frame.attachments = files.map((file) => file.file_id);
    const letter = this.outbox.put(frame, Date.now(), files);
    this.pump();
    return letter;
  }

  /** Do an act that needs no confirmation, now or as soon as there is a connection. */
  post(frame) {
    if (this.isOnline && this.send(frame)) return;
    this.outbox.put(frame, Date.now());
  }

  online() {
    this.isOnline = true;
    this.inFlight = null;
    this.pump();
  }

  offline() {
    this.isOnline = false;
    this.inFlight = null;
    clearTimeout(this.answerTimer);
    this.onChange();
  }

  /** @param {string} clientId a message that the server has */
  accepted(clientId) {
    this.outbox.take(clientId);
    this.entries.delete(clientId);
    if (this.inFlight !== clientId) return;
    this.inFlight = null;
    clearTimeout(this.answerTimer);
    this.onProblem("");
    this.pump();
  }

  /** @param {{code: string, client_id?: string, retry_after?: number}} error */
  refused(error) {
    const id = error.client_id ?? this.inFlight;
    if (LATER.has(error.code)) {
      this.inFlight = null;
      this.delay(Math.max(0.5, error.retry_after ?? 2), error.code);
    } else if (id) {
      const letter = this.outbox.take(id);
      if (letter) this.failed.push(letter);
      this.inFlight = null;
      this.onProblem("refused");
      this.pump();
    }
    this.onChange();
  }

  /** Wait, and count the seconds down for the customer. */
  delay(seconds, code) {
    clearInterval(this.countdown);
    clearTimeout(this.answerTimer);
    this.notBefore = performance.now() + seconds * 1000;
    const show = () => {
      const left = Math.ceil((this.notBefore - performance.now()) / 1000);
      if (left > 0) return this.onProblem(code === "rate_limited" ? "slowDown" : "busy", { count: left });
      clearInterval(this.countdown);
      this.onProblem("");
      return this.pump();
    };
    show();
    this.countdown = setInterval(show, 250);
  }

  pump() {
    if (!this.isOnline || performance.now() < this.notBefore) return;
    for (const letter of [...this.outbox.letters]) {
      if (letter.frame.type === "message") {
        if (this.inFlight === null && this.send(letter.frame)) this.await(letter.id);
        return;
      }
      if (!this.send(letter.frame)) return;
      this.outbox.take(letter.id);
    }
  }

  await(id) {
    this.inFlight = id;
    clearTimeout(this.answerTimer);
    this.answerTimer = setTimeout(() => {
      this.inFlight = null;
      this.pump();
    }, ANSWER_MS);
    this.onChange();
  }

  /** Entries for the list: what is on its way, waits, or was refused. */
  unconfirmed() {
    const failed = this.failed.map((letter) => this.entryOf(letter, "failed"));
    const waiting = this.outbox.messages().map((letter) => this.entryOf(letter, this.isOnline ? "sending" : "waiting"));
    return [...failed, ...waiting];
  }

  entryOf(letter, status) {
    const known = this.entries.get(letter.id);
    const entry = known ?? {
      key: `c:${letter.id}`,
      kind: "message",
      author: "customer",
      text: letter.frame.text,
      attachments: letter.files ?? [],
      at: new Date(letter.at),
      seq: 0,
      revision: 0,
    };
    if (entry.status !== status) Object.assign(entry, { status, revision: entry.revision + 1 });
    this.entries.set(letter.id, entry);
    return entry;
  }

  /** Another customer: nothing of the one before may stay on the screen. */
  forget() {
    this.entries.clear();
    this.failed = [];
    this.inFlight = null;
    this.notBefore = 0;
    clearInterval(this.countdown);
    this.onProblem("");
  }
}
