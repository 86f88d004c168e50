// Talks with the loader in the embedding page. Only our parent is heard, and only from one origin.

const MARK = "support-copilot";

/** Messages between the frame and the page that embeds it. */
export class Bridge {
  /** @param {Window} owner */
  constructor(owner) {
    this.owner = owner;
    this.listeners = new Map();
    this.early = [];
    this.origin = null;
    owner.addEventListener("message", (event) => this.hear(event));
  }

  /** The frame was opened as a page of its own. */
  get isAlone() {
    return this.owner.parent === this.owner;
  }

  /**
   * Hear messages of a type, also those that came before anybody listened.
   *
   * @param {string} type
   * @param {(body: any) => void} listener
   */
  on(type, listener) {
    this.listeners.set(type, listener);
    const missed = this.early.filter((message) => message.type === type);
    this.early = this.early.filter((message) => message.type !== type);
    for (const message of missed) listener(message.body ?? {});
  }

  /** Resolve with the body of the next message of a type. @param {string} type */
  next(type) {
    return new Promise((resolve) => this.on(type, resolve));
  }

  hear(event) {
    if (event.source !== this.owner.parent || this.isAlone || event.data?.mark !== MARK) return;
    // `frame-ancestors` lets only the site's own origins embed us: the first one to speak is it.
    this.origin ??= event.origin;
    if (event.origin !== this.origin) return;
    const listener = this.listeners.get(event.data.type);
    if (listener) listener(event.data.body ?? {});
    else this.early.push(event.data);
  }

  /** @param {string} type @param {object} [body] never anything personal before the page has spoken */
  tell(type, body = {}) {
    if (this.isAlone) return;
    const target = this.origin ?? "*";
    if (target === "*" && type !== "ready") return;
    this.owner.parent.postMessage({ mark: MARK, type, body }, target);
  }
}
