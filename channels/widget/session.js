// The right to see one conversation: asks for a pass, keeps it fresh, and minds who the customer is.

const SESSIONS = "/v1/chat/sessions";
const EARLY_MS = 60_000;

/** A session that could not be opened. */
export class SessionProblem extends Error {
  /**
   * @param {string} reason `network`, `busy`, `forbidden` or `signedOut`
   * @param {{isFinal?: boolean, retryAfterMs?: number}} [more]
   */
  constructor(reason, { isFinal = false, retryAfterMs = 0 } = {}) {
    super(reason);
    this.reason = reason;
    this.isFinal = isFinal;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * @typedef {object} Identity What the page says of its customer.
 * @property {"visitor"|"known"|"failed"} state
 * @property {string} [token] short-lived, signed by the site
 * @property {{id: string, hash: string}} [user] the older form
 */

/**
 * Return the stable id that an identity claims; the server, not we, checks the claim.
 *
 * @param {Identity} identity
 * @returns {string} empty for a visitor
 */
export function customerOf(identity) {
  if (identity.state !== "known") return "";
  if (identity.user) return String(identity.user.id);
  try {
    const body = identity.token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(body), (char) => char.charCodeAt(0));
    return String(JSON.parse(new TextDecoder().decode(bytes)).sub ?? "");
  } catch {
    return "";
  }
}

/** Passes for the conversation of the current customer. */
export class Session {
  /**
   * @param {object} parts
   * @param {string} parts.siteKey
   * @param {string} parts.locale
   * @param {import("./store.js").Store} parts.store
   * @param {() => Promise<Identity>} parts.askIdentity a fresh one, from the page
   * @param {(identity: Identity) => void} parts.onStranger the page has another customer now
   * @param {() => void} parts.onOther the conversation is another one from now on
   * @param {(token: string) => void} parts.onRenewed a newer token for the open view
   */
  constructor(parts) {
    Object.assign(this, parts);
    this.identity = { state: "visitor" };
    this.era = 0;
    this.current = null;
    this.isRetried = false;
  }

  /** @param {Identity} identity from now on; the old pass is dropped. */
  adopt(identity) {
    this.identity = identity;
    this.isIdentityFresh = true;
    this.drop();
  }

  /** Forget the pass, not the conversation. */
  drop() {
    this.era += 1;
    this.current = null;
    this.isRetried = false;
    clearTimeout(this.renewal);
  }

  /** Forget the conversation, too: the next pass begins a new one. */
  leave() {
    this.store.set("conversation", null);
    this.drop();
  }

  /** The server did not take the pass. @returns {boolean} false when a new one was tried already */
  invalidate() {
    const mayRetry = !this.isRetried;
    this.isRetried = true;
    this.current = null;
    this.isIdentityFresh = false;
    return mayRetry;
  }

  /** The server took the pass. */
  confirm() {
    this.isRetried = false;
  }

  /**
   * Return a pass that is good for at least a minute.
   *
   * @returns {Promise<{token: string, conversation: string, socketUrl: string, expiresAt: number}>}
   * @throws {SessionProblem}
   */
  async pass() {
    if (this.current && this.current.expiresAt - performance.now() > EARLY_MS) return this.current;
    if (this.asking?.era !== this.era) this.asking = { era: this.era, answer: this.obtain() };
    const { asking } = this;
    try {
      return await asking.answer;
    } finally {
      if (this.asking === asking) this.asking = null;
    }
  }

  /** Two who need a pass at once share one: each would begin a conversation of its own. */
  async obtain() {
    const era = this.era;
    await this.refreshIdentity();
    const before = this.store.get("conversation");
    let answer = await this.ask(before);
    if (before && [403, 404, 410].includes(answer.status)) answer = await this.ask(null);
    const body = await bodyOf(answer);
    // Meanwhile the customer may have become another one: this pass is not his.
    if (era !== this.era) throw new SessionProblem("network");
    if (before !== body.conversation_id) this.onOther();
    this.store.set("conversation", body.conversation_id);
    this.current = passOf(body);
    this.schedule(body.expires_in ?? 600);
    return this.current;
  }

  async refreshIdentity() {
    if (this.identity.state !== "visitor" && !this.isIdentityFresh) {
      const identity = await this.askIdentity();
      if (identity.state !== "failed" && customerOf(identity) !== customerOf(this.identity)) {
        this.onStranger(identity);
        throw new SessionProblem("network");
      }
      if (identity.state === "failed") throw new SessionProblem("signedOut", { isFinal: true });
      this.identity = identity;
    }
    this.isIdentityFresh = false;
    if (this.identity.state === "failed") throw new SessionProblem("signedOut", { isFinal: true });
  }

  async ask(conversation) {
    const body = { site_key: this.siteKey, locale: this.locale };
    if (conversation) body.conversation_id = conversation;
    if (this.identity.user) body.user = this.identity.user;
    if (this.identity.token) body.identity = this.identity.token;
    try {
      return await fetch(SESSIONS, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
        cache: "no-store",
      });
    } catch {
      throw new SessionProblem("network");
    }
  }

  schedule(seconds) {
    clearTimeout(this.renewal);
    const delay = Math.max(5_000, seconds * 1000 - EARLY_MS);
    this.renewal = setTimeout(() => this.renew(), Math.min(delay, 2 ** 31 - 1));
  }

  async renew() {
    this.current = null;
    try {
      this.onRenewed((await this.pass()).token);
    } catch {
      // The open view ends with 4401 when its token does; the connection then decides.
    }
  }
}

function passOf(body) {
  const base = location.href.replace(/^http/, "ws");
  return {
    token: body.token,
    conversation: body.conversation_id,
    socketUrl: new URL(body.ws_url ?? "/v1/chat/ws", base).href,
    expiresAt: performance.now() + (body.expires_in ?? 600) * 1000,
  };
}

async function bodyOf(answer) {
  if (answer.ok) return answer.json();
  if (answer.status === 401) throw new SessionProblem("signedOut", { isFinal: true });
  if (answer.status === 403 || answer.status === 404) {
    throw new SessionProblem("forbidden", { isFinal: true });
  }
  const retryAfterMs = Number(answer.headers.get("Retry-After") ?? 0) * 1000;
  throw new SessionProblem("busy", { retryAfterMs });
}
