// Keeps one view of the conversation open: connects, backs off, resumes, and knows when to stop.

import { SocketTransport } from "./socket.js";
import { StreamTransport } from "./stream.js";

const FIRST_MS = 500;
const LONGEST_MS = 30_000;
const GOING_AWAY_MS = 5_000;
const STABLE_MS = 5_000;
const ACK_EVERY = 32;
const ACK_MS = 2_000;
const REFUSALS_BEFORE_STREAM = 2;
const FINAL = { 4403: "forbidden", 4409: "elsewhere", 4410: "gone" };
const GOING_AWAY = new Set([1001, 1012]);

/**
 * Return how long to wait before the next attempt: full jitter under a doubling ceiling.
 *
 * @param {number} attempt from 0
 * @param {number} chance in [0, 1)
 * @returns {number} milliseconds
 */
export function backoff(attempt, chance) {
  return chance * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
}

/** The line to the server. Says what happens through `onFrame` and `onPhase`. */
export class Connection {
  /**
   * @param {object} parts
   * @param {import("./session.js").Session} parts.session
   * @param {(frame: Record<string, any>) => void} parts.onFrame each logged event once, in order
   * @param {(phase: string, reason: string) => void} parts.onPhase connecting, online, waiting, stopped
   */
  constructor({ session, onFrame, onPhase }) {
    this.session = session;
    this.onFrame = onFrame;
    this.onPhase = onPhase;
    this.transport = null;
    this.isRunning = false;
    this.run = 0;
    this.rewind();
    addEventListener("online", () => this.wake());
    addEventListener("offline", () => this.transport?.end(1006));
    document.addEventListener("visibilitychange", () => document.hidden || this.wake());
  }

  /** Begin from nothing: the next view gets the whole conversation. */
  rewind() {
    this.lastSeq = 0;
    this.epoch = null;
    this.acked = 0;
  }

  get isOnline() {
    return this.transport?.isOpen === true;
  }

  /** Connect, and stay connected until `stop` or a final answer of the server. */
  start() {
    if (this.isRunning) return;
    this.isRunning = true;
    this.run += 1;
    this.attempt = 0;
    this.refusals = 0;
    this.keep(this.run);
  }

  /** Disconnect. The conversation goes on at the server. */
  stop() {
    this.isRunning = false;
    this.run += 1;
    this.transport?.end(1000);
    this.wake();
  }

  /** @param {Record<string, any>} frame @returns {boolean} whether it was handed over */
  send(frame) {
    return this.isOnline && this.transport.send(frame);
  }

  /** Try again now instead of after the delay. */
  wake() {
    this.wakeUp?.();
  }

  async keep(run) {
    while (this.run === run) {
      this.onPhase("connecting", "");
      const { stop, delay } = await this.attemptOnce(run);
      if (this.run !== run) return;
      if (stop) {
        this.isRunning = false;
        this.onPhase("stopped", stop);
        return;
      }
      this.onPhase("waiting", navigator.onLine ? "lost" : "offline");
      await this.rest(delay);
    }
  }

  async attemptOnce(run) {
    let pass;
    try {
      pass = await this.session.pass();
    } catch (problem) {
      if (problem.isFinal) return { stop: problem.reason };
      return { delay: Math.max(problem.retryAfterMs ?? 0, this.nextDelay()) };
    }
    if (this.run !== run) return { stop: "replaced" };
    const usesStream = this.refusals >= REFUSALS_BEFORE_STREAM;
    const transport = usesStream ? new StreamTransport() : new SocketTransport();
    this.transport = transport;
    const since = performance.now();
    const { code, wasOpen } = await transport.run({
      pass,
      lastSeq: this.lastSeq,
      epoch: this.epoch,
      onFrame: (frame) => this.run === run && this.hear(frame),
    });
    if (this.run !== run) return { stop: "replaced" };
    this.transport = null;
    clearTimeout(this.ackTimer);
    this.ackTimer = null;
    if (wasOpen) this.refusals = usesStream ? REFUSALS_BEFORE_STREAM - 1 : 0;
    else this.refusals = usesStream ? 0 : this.refusals + 1;
    if (wasOpen && performance.now() - since > STABLE_MS) this.attempt = 0;
    return this.judge(code);
  }

  judge(code) {
    if (FINAL[code]) {
      this.session.drop();
      return { stop: FINAL[code] };
    }
    if (code === 4401) {
      if (!this.session.invalidate()) return { stop: "signedOut" };
      return { delay: 0 };
    }
    if (GOING_AWAY.has(code)) return { delay: Math.random() * GOING_AWAY_MS };
    if (code === 4429) this.attempt = Math.max(this.attempt, 3);
    return { delay: this.nextDelay() };
  }

  nextDelay() {
    const delay = backoff(this.attempt, Math.random());
    this.attempt += 1;
    return delay;
  }

  rest(delay) {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.wakeUp = null;
        resolve();
      };
      const timer = setTimeout(done, navigator.onLine ? delay : LONGEST_MS);
      this.wakeUp = done;
    });
  }

  hear(frame) {
    if (frame.type === "welcome") this.welcome(frame);
    else if (frame.type === "snapshot") this.lastSeq = frame.head_seq ?? 0;
    else if (typeof frame.seq === "number") {
      if (frame.seq <= this.lastSeq) return this.repeat(frame);
      this.lastSeq = frame.seq;
      this.acknowledge();
    }
    this.onFrame(frame);
  }

  /** An event that came before; when it confirms a message, that is still news for the outbox. */
  repeat(frame) {
    if (frame.client_id) this.onFrame({ type: "repeated", client_id: frame.client_id });
  }

  welcome(frame) {
    if (typeof frame.epoch === "number") this.epoch = frame.epoch;
    if (frame.resume === "snapshot") this.lastSeq = 0;
    this.session.confirm();
    this.onPhase("online", "");
  }

  acknowledge() {
    if (this.lastSeq - this.acked >= ACK_EVERY) this.sendAck();
    else this.ackTimer ??= setTimeout(() => this.sendAck(), ACK_MS);
  }

  sendAck() {
    clearTimeout(this.ackTimer);
    this.ackTimer = null;
    if (this.send({ type: "ack", seq: this.lastSeq })) this.acked = this.lastSeq;
  }
}
