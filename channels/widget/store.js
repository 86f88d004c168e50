// What survives a reload, per site key and customer: conversation, draft, unsent messages, what was read.
// No history is kept here; it always comes from the server.

const PREFIX = "copilot";
const VISITOR = "visitor";

/**
 * Return the browser's lasting storage, or one that lasts as long as the page where that is barred.
 *
 * @param {Window} owner
 * @returns {Storage}
 */
export function lastingStorage(owner) {
  try {
    const storage = owner.localStorage;
    storage.setItem(`${PREFIX}:probe`, "1");
    storage.removeItem(`${PREFIX}:probe`);
    return storage;
  } catch {
    return new PageStorage();
  }
}

/** A Storage that forgets with the page. */
class PageStorage {
  constructor() {
    this.values = new Map();
  }
  get length() {
    return this.values.size;
  }
  key(index) {
    return [...this.values.keys()][index] ?? null;
  }
  getItem(key) {
    return this.values.get(key) ?? null;
  }
  setItem(key, value) {
    this.values.set(key, value);
  }
  removeItem(key) {
    this.values.delete(key);
  }
}

/** The small memory of one site's widget for the customer who uses it now. */
export class Store {
  /**
   * @param {Storage} storage
   * @param {string} siteKey
   */
  constructor(storage, siteKey) {
    this.storage = storage;
    this.site = `${PREFIX}:${siteKey}`;
    this.customer = this.read(`${this.site}:customer`) ?? VISITOR;
  }

  /**
   * Make this customer the current one. What was kept for any other is erased, also when somebody
   * signs in or out: whoever uses this browser next must not find it.
   *
   * @param {string} customer stable id from the identity; empty for a visitor.
   * @returns {boolean} whether the customer changed.
   */
  become(customer) {
    const next = customer ? `u-${fingerprint(customer)}` : VISITOR;
    const isChanged = next !== this.customer;
    this.customer = next;
    this.write(`${this.site}:customer`, next);
    for (const key of this.keys()) {
      if (!key.startsWith(`${this.site}:${next}:`) && key !== `${this.site}:customer`) {
        this.storage.removeItem(key);
      }
    }
    return isChanged;
  }

  /** @param {string|null} key of a storage event @returns {boolean} another tab changed customers */
  isCustomerKey(key) {
    return key === `${this.site}:customer` && this.read(key) !== this.customer;
  }

  keys() {
    const all = Array.from({ length: this.storage.length }, (_, index) => this.storage.key(index));
    return all.filter((key) => key?.startsWith(`${this.site}:`));
  }

  /** @param {string} name @param {any} [fallback] */
  get(name, fallback = null) {
    return this.read(`${this.site}:${this.customer}:${name}`) ?? fallback;
  }

  /** @param {string} name @param {any} value null forgets. */
  set(name, value) {
    this.write(`${this.site}:${this.customer}:${name}`, value);
  }

  read(key) {
    try {
      return JSON.parse(this.storage.getItem(key) ?? "null");
    } catch {
      return null;
    }
  }

  write(key, value) {
    try {
      if (value === null) this.storage.removeItem(key);
      else this.storage.setItem(key, JSON.stringify(value));
    } catch {
      // A full storage must not stop a conversation; the value lives on in the page.
    }
  }
}

/** Return 53 bits of a text (cyrb53, public domain), so that no id stands in the storage. */
function fingerprint(text) {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (const char of text) {
    const code = char.codePointAt(0);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36);
}
