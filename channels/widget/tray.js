// The files of the message that is being written: choose, drop, paste, and one chip for each.

import { el, icon } from "./dom.js";
import { ACCEPTED, refusalOf, sizeText, typeOf } from "./files.js";
import { newId } from "./outbox.js";

const MOST_TRIES = 4;

/**
 * @typedef {object} Item One file, kept by the page only: a reload loses it.
 * @property {string} id
 * @property {File} file
 * @property {string} name
 * @property {string} type
 * @property {"waiting"|"uploading"|"ready"|"failed"} state
 * @property {object} [sent] what the server says of it
 * @property {string} [conversation] that has it
 */

/** Files on their way into a message; uploads one after the other. */
export class Tray {
  /**
   * @param {object} parts
   * @param {HTMLElement} parts.widget
   * @param {import("./texts.js").Texts} parts.texts
   * @param {import("./store.js").Store} parts.store
   * @param {import("./uploader.js").Uploader} parts.uploader
   * @param {() => void} parts.onChange
   */
  constructor({ widget, texts, store, uploader, onChange }) {
    Object.assign(this, { widget, texts, store, uploader, onChange });
    this.items = [];
    this.running = null;
    this.mostBytes = 5 * 1024 * 1024;
    this.mostFiles = 5;
    this.isOff = false;
    this.isOpen = false;
    for (const id of ["attach", "file", "chips", "drop"]) this[id] = widget.querySelector(`#${id}`);
    this.note = widget.querySelector("#file-note");
    this.label();
    this.listen();
  }

  label() {
    const words = this.texts.say("attach");
    this.attach.append(icon("clip"));
    this.attach.setAttribute("aria-label", words);
    this.attach.title = words;
    this.chips.setAttribute("aria-label", this.texts.say("filesToSend"));
    this.drop.append(icon("clip"), el("span", { text: this.texts.say("dropHere") }));
    this.file.accept = ACCEPTED;
  }

  listen() {
    this.attach.addEventListener("click", () => this.file.click());
    this.file.addEventListener("change", () => {
      this.add([...this.file.files]);
      this.file.value = "";
    });
    this.widget.addEventListener("paste", (event) => this.pasted(event));
    // Whatever is dropped, the browser must not leave the chat to show it.
    for (const type of ["dragenter", "dragover"]) document.addEventListener(type, (event) => this.dragged(event));
    document.addEventListener("dragleave", (event) => event.relatedTarget || this.showDrop(false));
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      this.showDrop(false);
      this.add([...(event.dataTransfer?.files ?? [])]);
    });
  }

  dragged(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = this.mayAdd ? "copy" : "none";
    this.showDrop(this.mayAdd);
  }

  pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length || event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    this.add(files);
  }

  get mayAdd() {
    return this.isOpen && !this.isOff;
  }

  /** Nothing can be sent yet. */
  get isBusy() {
    return this.items.some((item) => item.state === "waiting" || item.state === "uploading");
  }

  get hasReady() {
    return this.items.some((item) => item.state === "ready");
  }

  /** @param {File[]} files */
  add(files) {
    if (!this.mayAdd || !files.length) return;
    this.say("");
    for (const file of files) {
      const key = refusalOf(file, this.mostBytes);
      if (key) this.complain(key, file.name);
      else if (this.items.length >= this.mostFiles) this.complain("fileTooMany", file.name);
      else this.put({ id: newId(), file, name: file.name, type: typeOf(file), state: "waiting", tries: 0 });
    }
    this.changed();
    this.pump();
  }

  put(item) {
    const remove = this.texts.say("removeFile", { name: item.name });
    const again = this.texts.say("retryFile", { name: item.name });
    item.bar = el("progress", { max: 1, value: 0, "aria-label": this.texts.say("uploadingFile", { name: item.name }) });
    item.again = this.button("again", again, () => this.retry(item));
    item.remove = this.button("close", remove, () => this.remove(item));
    item.size = el("span", { class: "chip-size", text: sizeText(item.file.size, this.texts.locale) });
    const name = el("span", { class: "chip-name", dir: "auto", title: item.name, text: item.name });
    const body = el("span", { class: "chip-body" }, name, item.size, item.bar);
    item.node = el("li", { class: "chip" }, icon(item.type.startsWith("image/") ? "picture" : "source"), body, item.again, item.remove);
    this.items.push(item);
    this.chips.append(item.node);
  }

  button(sign, label, click) {
    return el("button", { type: "button", class: "chip-button", title: label, "aria-label": label, on: { click } }, icon(sign));
  }

  remove(item) {
    const place = this.items.indexOf(item);
    const hadFocus = item.node.contains(document.activeElement);
    this.discard(item);
    const next = this.items[place] ?? this.items[place - 1];
    if (hadFocus) (next?.remove ?? this.attach).focus();
    this.say("");
    this.changed();
    this.pump();
  }

  discard(item) {
    item.stop?.abort();
    item.node.remove();
    this.items = this.items.filter((each) => each !== item);
    if (this.running === item) this.running = null;
  }

  retry(item) {
    Object.assign(item, { state: "waiting", tries: 0 });
    item.remove.focus();
    this.say("");
    this.changed();
    this.pump();
  }

  /** Upload the next one that waits; one at a time, so that a slow line shows some of them soon. */
  async pump() {
    const item = this.items.find((each) => each.state === "waiting");
    if (this.running || !item) return;
    this.running = item;
    item.state = "uploading";
    item.stop = new AbortController();
    this.changed();
    const onShare = (share) => {
      item.bar.value = share;
    };
    const outcome = await this.uploader.upload(item, onShare, item.stop.signal);
    if (this.running !== item) return;
    this.running = null;
    this.settle(item, outcome);
    this.changed();
    this.pump();
  }

  settle(item, { kind, file, conversation, key, delayMs }) {
    item.tries += 1;
    if (kind === "done" && conversation === this.store.get("conversation", conversation)) {
      Object.assign(item, { state: "ready", sent: file, conversation });
      if (!this.note.classList.contains("is-bad")) this.say("fileReady", item.name);
    } else if (kind === "done") item.state = "waiting";
    else if (kind === "later" && item.tries < MOST_TRIES) {
      item.state = "uploading";
      setTimeout(() => this.wait(item), delayMs);
    } else if (kind === "refused") {
      this.discard(item);
      this.complain(key, item.name);
    } else if (kind === "off") this.hide();
    else {
      item.state = "failed";
      this.say("fileFailed", item.name);
    }
  }

  /** The time has come to try again. */
  wait(item) {
    if (!this.items.includes(item) || item.state !== "uploading" || this.running === item) return;
    item.state = "waiting";
    this.pump();
  }

  /** Take what is ready out, for the message that is sent now. @returns {object[]} */
  take() {
    const ready = this.items.filter((item) => item.state === "ready");
    for (const item of ready) this.discard(item);
    this.say("");
    this.changed();
    return ready.map((item) => item.sent);
  }

  /** The conversation is another one now: what the old one has is sent once more. */
  rehome() {
    for (const item of this.items) if (item.state === "ready") Object.assign(item, { state: "waiting", tries: 0 });
    this.changed();
    this.pump();
  }

  /** Another customer: his predecessor's files are gone. */
  clear() {
    for (const item of [...this.items]) this.discard(item);
    this.say("");
    this.show();
  }

  /** After a reload: say so when files were lost. */
  restore() {
    if (!this.store.get("draftFiles", 0) || this.items.length) return;
    this.store.set("draftFiles", null);
    this.say("filesLost");
  }

  /** @param {number} mostBytes of one file @param {number} mostFiles of one message */
  limit(mostBytes, mostFiles) {
    Object.assign(this, { mostBytes, mostFiles });
  }

  /** This server takes no files: no button that does nothing. */
  hide() {
    const hadSome = this.items.length > 0;
    this.isOff = true;
    this.clear();
    this.store.set("draftFiles", null);
    if (hadSome) this.say("filesOff");
    this.onChange();
  }

  /** @param {boolean} isOpen */
  enable(isOpen) {
    this.isOpen = isOpen;
    this.show();
  }

  complain(key, name) {
    const most = key === "fileTooBig" ? sizeText(this.mostBytes, this.texts.locale) : "";
    const words = this.texts.say(key, { name, most, count: this.mostFiles });
    this.note.textContent = this.note.classList.contains("is-bad") ? `${this.note.textContent} ${words}` : words;
    this.note.classList.add("is-bad");
  }

  /** @param {string} key empty takes the words away @param {string} [name] */
  say(key, name = "") {
    this.note.classList.remove("is-bad");
    this.note.textContent = key ? this.texts.say(key, { name }) : "";
  }

  changed() {
    this.store.set("draftFiles", this.items.length || null);
    this.show();
    this.onChange();
  }

  show() {
    this.attach.hidden = this.isOff;
    this.attach.disabled = !this.isOpen;
    this.chips.hidden = this.items.length === 0;
    for (const item of this.items) {
      item.node.dataset.state = item.state;
      item.bar.hidden = item.state === "ready" || item.state === "failed";
      item.again.hidden = item.state !== "failed";
    }
  }

  showDrop(isShown) {
    this.drop.hidden = !isShown;
  }
}
