// Where the customer writes: draft, length, typing, and Enter to send.

import { icon } from "./dom.js";

const TYPING_AGAIN_MS = 3_000;
const TYPING_OVER_MS = 4_000;
const DRAFT_MS = 250;
const COUNTER_FROM = 0.8;

/**
 * Return how many characters the server will count; it counts code points.
 *
 * @param {string} text
 * @returns {number}
 */
export function lengthOf(text) {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** The form at the bottom. */
export class Composer {
  /**
   * @param {object} parts
   * @param {HTMLFormElement} parts.form
   * @param {import("./texts.js").Texts} parts.texts
   * @param {import("./store.js").Store} parts.store
   * @param {import("./tray.js").Tray} parts.tray
   * @param {(text: string, files: object[]) => void} parts.onSend
   * @param {(isOn: boolean) => void} parts.onTyping
   */
  constructor({ form, texts, store, tray, onSend, onTyping }) {
    Object.assign(this, { form, texts, store, tray, onSend, onTyping });
    this.most = 8000;
    this.isTyping = false;
    this.typedAt = 0;
    this.text = form.querySelector("#text");
    this.button = form.querySelector("#send");
    this.counter = form.querySelector("#counter");
    this.label();
    this.listen();
  }

  label() {
    this.text.setAttribute("aria-label", this.texts.say("write"));
    this.text.placeholder = this.texts.say("placeholder");
    this.button.append(icon("send"));
    this.button.setAttribute("aria-label", this.texts.say("send"));
    this.form.querySelector("#hint").textContent = this.texts.say("hint");
  }

  listen() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.text.addEventListener("input", () => this.changed());
    this.text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.submit();
    });
    addEventListener("pagehide", () => this.keepDraft());
  }

  /** Show the draft of the store's customer. */
  restore() {
    this.text.value = this.store.get("draft", "");
    this.tray.restore();
    this.show();
  }

  submit() {
    const text = this.text.value.trim();
    if (lengthOf(text) > this.most || this.text.disabled) return;
    if (this.tray.isBusy) this.tray.say("fileWait");
    if (this.tray.isBusy || (!text && !this.tray.hasReady)) return;
    const files = this.tray.take();
    this.text.value = "";
    this.store.set("draft", null);
    this.stopTyping();
    this.show();
    this.onSend(text, files);
    this.text.focus();
  }

  changed() {
    this.show();
    clearTimeout(this.draftTimer);
    this.draftTimer = setTimeout(() => this.keepDraft(), DRAFT_MS);
    if (!this.text.value.trim()) return this.stopTyping();
    const now = performance.now();
    if (!this.isTyping || now - this.typedAt > TYPING_AGAIN_MS) {
      this.isTyping = true;
      this.typedAt = now;
      this.onTyping(true);
    }
    clearTimeout(this.typingTimer);
    this.typingTimer = setTimeout(() => this.stopTyping(), TYPING_OVER_MS);
  }

  stopTyping() {
    clearTimeout(this.typingTimer);
    if (this.isTyping) this.onTyping(false);
    this.isTyping = false;
  }

  keepDraft() {
    clearTimeout(this.draftTimer);
    this.store.set("draft", this.text.value || null);
  }

  /** @param {number} most characters that the server takes */
  limit(most) {
    this.most = most;
    this.show();
  }

  show() {
    const count = lengthOf(this.text.value.trim());
    const left = this.most - count;
    const isEmpty = count === 0 && !this.tray.hasReady;
    this.button.disabled = isEmpty || this.tray.isBusy || left < 0 || this.text.disabled;
    this.counter.classList.toggle("is-over", left < 0);
    if (left < 0) this.counter.textContent = this.texts.say("tooLong", { count: -left });
    else if (count > this.most * COUNTER_FROM) this.counter.textContent = this.texts.say("left", { count: left });
    else this.counter.textContent = "";
    this.text.setAttribute("aria-invalid", String(left < 0));
    this.grow();
  }

  grow() {
    this.text.style.height = "auto";
    if (this.text.scrollHeight) this.text.style.height = `${this.text.scrollHeight + 2}px`;
  }

  /** @param {boolean} isOpen */
  enable(isOpen) {
    this.text.disabled = !isOpen;
    this.tray.enable(isOpen);
    this.show();
  }

  focus() {
    this.text.focus({ preventScroll: true });
    this.grow();
  }
}
