// Sends one file to the server. By XMLHttpRequest: fetch tells nothing about the way up.

const FILES = "/v1/chat/files";
const LONGEST_MS = 90_000;
const KEYS = { 400: "fileEmpty", 409: "fileLimit", 413: "fileTooBig", 415: "fileType" };
const LATER_MS = 2_000;
const OFF = new Set([404, 405]);

/**
 * @typedef {object} Outcome What became of one attempt.
 * @property {"done"|"refused"|"later"|"off"|"failed"|"aborted"} kind
 * @property {{file_id: string, name: string, size: number, media_type: string}} [file]
 * @property {string} [conversation] that has the file now
 * @property {string} [key] of the text that says why it was refused
 * @property {number} [delayMs] before the next attempt makes sense
 */

/** Uploads with the pass of the open conversation. */
export class Uploader {
  /** @param {import("./session.js").Session} session */
  constructor(session) {
    this.session = session;
  }

  /**
   * Upload a file. A pass that has run out is renewed once.
   *
   * @param {{file: File, name: string, type: string}} what
   * @param {(share: number) => void} onShare how much has left, in [0, 1]
   * @param {AbortSignal} signal
   * @returns {Promise<Outcome>}
   */
  async upload(what, onShare, signal) {
    for (const isLast of [false, true]) {
      let pass;
      try {
        pass = await this.session.pass();
      } catch (problem) {
        return problem.isFinal ? { kind: "failed" } : { kind: "later", delayMs: problem.retryAfterMs || LATER_MS };
      }
      if (signal.aborted) return { kind: "aborted" };
      const answer = await post(what, pass.token, onShare, signal);
      if (answer.status !== 401 || isLast) return outcomeOf(answer, pass.conversation, signal);
      this.session.invalidate();
    }
    return { kind: "failed" };
  }
}

function post({ file, name, type }, token, onShare, signal) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.open("POST", FILES);
    request.timeout = LONGEST_MS;
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.setRequestHeader("Content-Type", type);
    request.setRequestHeader("X-File-Name", encodeURIComponent(name.replace(/[\ud800-\udfff]/gu, "")));
    request.upload.onprogress = (event) => event.lengthComputable && onShare(event.loaded / event.total);
    request.onloadend = () => {
      signal.removeEventListener("abort", abort);
      resolve({ status: request.status, text: request.responseText, wait: request.getResponseHeader("Retry-After") });
    };
    signal.addEventListener("abort", abort);
    request.send(file);
  });
}

/** @returns {Outcome} */
function outcomeOf({ status, text, wait }, conversation, signal) {
  if (signal.aborted) return { kind: "aborted" };
  if (status === 201) return { kind: "done", file: JSON.parse(text), conversation };
  if (status === 429 || status === 503) return { kind: "later", delayMs: Number(wait) * 1000 || LATER_MS };
  if (OFF.has(status)) return { kind: "off" };
  return KEYS[status] ? { kind: "refused", key: KEYS[status] } : { kind: "failed" };
}
