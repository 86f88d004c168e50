// One WebSocket of protocol v1: hello first, then frames both ways, until it closes.

const PROTOCOL = "copilot.chat.v1";
const WELCOME_MS = 10_000;
const IDLE_MS = 8_000;
const PONG_MS = 8_000;
const TICK_MS = 2_000;

export const SILENT = 4000;
const NEVER_OPENED = 1006;

/**
 * @typedef {object} Start What a transport needs to begin.
 * @property {{token: string, conversation: string, socketUrl: string}} pass
 * @property {number} lastSeq
 * @property {number|null} epoch
 * @property {(frame: Record<string, any>) => void} onFrame
 */

/** A view of the conversation over a WebSocket. A half-open one is noticed within 20 seconds. */
export class SocketTransport {
  constructor() {
    this.isOpen = false;
    this.ended = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  /**
   * Run until the socket closes.
   *
   * @param {Start} start
   * @returns {Promise<{code: number, wasOpen: boolean}>}
   */
  async run(start) {
    const socket = new WebSocket(start.pass.socketUrl, PROTOCOL);
    this.socket = socket;
    this.heardAt = performance.now();
    this.pingedAt = null;
    this.timers = [
      setTimeout(() => this.isOpen || this.end(NEVER_OPENED), WELCOME_MS),
      setInterval(() => this.look(), TICK_MS),
    ];
    socket.onopen = () => this.send(hello(start));
    socket.onmessage = (event) => this.hear(event.data, start.onFrame);
    socket.onclose = (event) => this.end(event.code);
    const code = await this.ended;
    for (const timer of this.timers) clearTimeout(timer);
    return { code, wasOpen: this.wasOpen === true };
  }

  hear(text, onFrame) {
    this.heardAt = performance.now();
    this.pingedAt = null;
    const frame = parseFrame(text);
    if (!frame) return;
    if (frame.type === "welcome") this.isOpen = this.wasOpen = true;
    onFrame(frame);
  }

  look() {
    const now = performance.now();
    if (!this.isOpen) return;
    if (this.pingedAt !== null) {
      if (now - this.pingedAt > PONG_MS) this.end(SILENT);
    } else if (now - this.heardAt > IDLE_MS) {
      this.pingedAt = now;
      this.send({ type: "ping", t: Math.round(now) });
    }
  }

  /** @param {Record<string, any>} frame @returns {boolean} whether it was handed over */
  send(frame) {
    if (this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  /** Close from our side; `run` returns at once, even when the other side is not there any more. */
  end(code) {
    this.isOpen = false;
    this.socket.onmessage = null;
    if (this.socket.readyState <= WebSocket.OPEN) this.socket.close(1000);
    this.resolve(code);
  }
}

/** @param {Start} start */
function hello({ pass, lastSeq, epoch }) {
  const frame = { type: "hello", v: 1, token: pass.token, last_seq: lastSeq, caps: ["citations", "choices", "csat"] };
  if (epoch !== null) frame.epoch = epoch;
  return { ...frame, conversation_id: pass.conversation };
}

/**
 * Return the frame in a text, or null when it is none.
 *
 * @param {string} text
 * @returns {Record<string, any>|null}
 */
export function parseFrame(text) {
  try {
    const frame = JSON.parse(text);
    return frame && typeof frame.type === "string" ? frame : null;
  } catch {
    return null;
  }
}
