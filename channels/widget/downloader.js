// Fetches a file that came with a message. The pass goes in a header: it may never be in an address.

const FILES = "/v1/chat/files";
const KEPT_MS = 60_000;

/** Saves files with the pass of the open conversation. */
export class Downloader {
  /**
   * @param {import("./session.js").Session} session
   * @param {(key: string, values: Record<string, string>) => void} onProblem
   */
  constructor(session, onProblem) {
    Object.assign(this, { session, onProblem });
  }

  /**
   * Have the browser save a file. A pass that has run out is renewed once.
   *
   * @param {{file_id: string, name: string}} file
   */
  async save({ file_id: id, name }) {
    try {
      const answer = await this.fetch(id);
      if (!answer.ok) throw new Error(String(answer.status));
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await answer.blob());
      link.download = name;
      link.click();
      // The browser reads it after the click, and says nothing when it is done.
      setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
    } catch {
      this.onProblem("fileLost", { name });
    }
  }

  async fetch(id) {
    const answer = await this.ask(id);
    if (answer.status !== 401) return answer;
    this.session.invalidate();
    return this.ask(id);
  }

  async ask(id) {
    const { token } = await this.session.pass();
    return fetch(`${FILES}/${encodeURIComponent(id)}`, { headers: { Authorization: `Bearer ${token}` } });
  }
}
