// What the customer did and the server has not confirmed yet; survives a reload.

/**
 * @typedef {object} Letter
 * @property {string} id a message's client_id
 * @property {Record<string, any>} frame
 * @property {number} at milliseconds since the epoch
 * @property {object[]} [files] what the screen shows of a message's files
 */

/** Frames on their way, oldest first. Messages stay until accepted, other acts until handed over. */
export class Outbox {
  /** @param {import("./store.js").Store} store */
  constructor(store) {
    this.store = store;
    this.letters = [];
  }

  /** Read what is kept for the store's customer. */
  reload() {
    this.letters = this.store.get("outbox", []);
  }

  /**
   * Keep a frame until it is confirmed.
   *
   * @param {Record<string, any>} frame
   * @param {number} now
   * @param {object[]} [files]
   * @returns {Letter}
   */
  put(frame, now, files = []) {
    const letter = { id: frame.client_id ?? newId(), frame, at: now };
    if (files.length) letter.files = files;
    this.merge([...this.stored(), letter]);
    return letter;
  }

  /** @param {string} id @returns {Letter|undefined} the letter that is confirmed or given up */
  take(id) {
    const letter = this.letters.find((one) => one.id === id);
    this.merge(this.stored().filter((one) => one.id !== id));
    return letter;
  }

  /** Messages that are not confirmed. @returns {Letter[]} */
  messages() {
    return this.letters.filter((letter) => letter.frame.type === "message");
  }

  /** Other tabs write here, too: each change starts from what is stored. */
  stored() {
    return this.store.get("outbox", this.letters);
  }

  merge(letters) {
    this.letters = letters;
    this.store.set("outbox", letters.length ? letters : null);
  }
}

/** Return a new id, unique without any server. @returns {string} */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
