// The fallback where a WebSocket cannot pass: events by fetch, acts by POST.

import { parseFrame } from "./socket.js";

const STREAM = "/v1/chat/stream";
const ACTS = "/v1/chat/messages";
const SILENCE_MS = 40_000;
const CODES = { 204: 4410, 401: 4401, 403: 4403, 404: 4410, 410: 4410, 429: 4429 };

/** A view of the conversation over server-sent events. */
export class StreamTransport {
  constructor() {
    this.isOpen = false;
    this.stop = new AbortController();
    this.code = 1006;
  }

  /**
   * Run until the stream ends.
   *
   * @param {import("./socket.js").Start} start
   * @returns {Promise<{code: number, wasOpen: boolean}>}
   */
  async run(start) {
    this.start = start;
    let wasOpen = false;
    try {
      const address = start.epoch === null ? STREAM : `${STREAM}?epoch=${start.epoch}`;
      const answer = await fetch(address, { headers: this.headers(), signal: this.stop.signal, cache: "no-store" });
      if (answer.status !== 200) return { code: CODES[answer.status] ?? 1006, wasOpen };
      this.isOpen = wasOpen = true;
      await this.read(answer.body.pipeThrough(new TextDecoderStream()).getReader());
    } catch {
      // The network failed or `end` was called; either way the view is over.
    }
    clearTimeout(this.watchdog);
    this.isOpen = false;
    return { code: this.code, wasOpen };
  }

  headers() {
    const headers = { Authorization: `Bearer ${this.start.pass.token}`, Accept: "text/event-stream" };
    headers["Last-Event-ID"] = String(this.start.lastSeq);
    return headers;
  }

  async read(reader) {
    const parser = new EventParser();
    for (;;) {
      this.watch();
      const { done, value } = await reader.read();
      if (done) return;
      for (const data of parser.feed(value)) {
        const frame = parseFrame(data);
        if (frame) this.start.onFrame(frame);
      }
    }
  }

  watch() {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.end(4000), SILENCE_MS);
  }

  /** @param {Record<string, any>} frame @returns {boolean} whether it was handed over */
  send(frame) {
    if (!this.isOpen) return false;
    if (frame.type === "ack" || frame.type === "ping") return true;
    if (frame.type === "auth") {
      this.start.pass.token = frame.token;
      return true;
    }
    this.post(frame);
    return true;
  }

  async post(frame) {
    const headers = { Authorization: `Bearer ${this.start.pass.token}`, "Content-Type": "application/json" };
    if (frame.client_id) headers["Idempotency-Key"] = frame.client_id;
    try {
      const answer = await fetch(ACTS, { method: "POST", headers, body: JSON.stringify(frame), signal: this.stop.signal });
      if (answer.status === 401) this.end(4401);
      else if (answer.status === 410) this.end(4410);
      else if (!answer.ok) this.start.onFrame(await errorOf(answer, frame.client_id));
      else for (const id of await repeatsIn(answer)) this.start.onFrame({ type: "repeated", client_id: id });
    } catch {
      this.end(1006);
    }
  }

  /** Close from our side. @param {number} code */
  end(code) {
    this.code = code;
    this.isOpen = false;
    this.stop.abort();
  }
}

/** The stream shows every event; an answer to a post only tells which messages were known before. */
async function repeatsIn(answer) {
  const body = await answer.json().catch(() => ({}));
  const frames = Array.isArray(body.frames) ? body.frames : [];
  return frames.map((frame) => frame?.client_id).filter((id) => id);
}

async function errorOf(answer, clientId) {
  const body = await answer.json().catch(() => ({}));
  const frame = { type: "error", code: body.error?.type ?? "refused", client_id: clientId };
  const wait = Number(answer.headers.get("Retry-After"));
  return wait > 0 ? { ...frame, retry_after: wait } : frame;
}

/** Splits a server-sent event stream, however it was cut, into the data of its events. */
export class EventParser {
  constructor() {
    this.rest = "";
  }

  /** @param {string} piece @returns {string[]} data of the events that are complete now */
  feed(piece) {
    const text = this.rest + piece;
    const isCut = text.endsWith("\r");
    const blocks = (isCut ? text.slice(0, -1) : text).replace(/\r\n?/g, "\n").split("\n\n");
    blocks[blocks.length - 1] += isCut ? "\r" : "";
    this.rest = blocks.pop();
    return blocks.map(dataOf).filter((data) => data);
  }
}

function dataOf(block) {
  return block
    .split("\n")
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5).replace(/^ /, ""))
    .join("\n");
}
